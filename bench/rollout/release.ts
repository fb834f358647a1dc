import { createHash, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { toNodeId } from '../../src/domain/node-id.js';
import { ApiClient } from '../../src/cli/demo/client.js';
import type { Somebody } from './people.js';

/** The people that a release needs: its manager, its owner, and an operator. */
export interface Crew {
  readonly manager: ApiClient;
  readonly owner: ApiClient;
  readonly operator: ApiClient;
  readonly ownerId: string;
}

/** A client of the API for each of three people. */
export function crewOf(url: string, [manager, owner, operator]: readonly Somebody[]): Crew {
  const client = (name: string, one: Somebody | undefined) => new ApiClient(url, name, one?.token ?? '');
  return {
    manager: client('manager', manager),
    owner: client('owner', owner),
    operator: client('operator', operator),
    ownerId: owner?.id ?? '',
  };
}

/** How many items one command adds to a release. */
const PAGE = 500;

/** What a deployment tool has to know of targets and media. */
export interface Bindings {
  /** The tool. */
  readonly tool: string;
  /** Settings of a target, in which `{{name}}` stands for its name. */
  readonly target: object;
  /** Settings of the media. */
  readonly media: object;
}

type Queries = Pick<pg.ClientBase, 'query'>;

/** Authorised servers that nothing else works on. @returns their node ids */
async function servers(sql: Queries, count: number, prefix: string, bindings?: Bindings): Promise<string[]> {
  const text = bindings === undefined ? '{}' : JSON.stringify({ [bindings.tool]: bindings.target });
  const { rows } = await sql.query<{ id: string }>(
    `insert into configuration_item (id, name, ci_class, criticality, state, attributes, bindings, version,
       created_at, updated_at)
     select uuidv7(), $2 || '-' || n, 'SERVER', 'LOW', 'AUTHORISED', '{}',
       replace($3, '{{name}}', $2 || '-' || n)::jsonb, 1, now(), now()
     from generate_series(1, $1::int) n returning id`,
    [count, prefix, text],
  );
  return rows.map(({ id }) => toNodeId('ConfigurationItem', id));
}

/** An authorised version of a small package. */
async function media({ manager, owner }: Crew, prefix: string, bindings?: Bindings): Promise<string> {
  const repository = await manager.run('dmlRepositoryCreate', { name: `${prefix} library` }, 'dmlRepository');
  const item = await manager.run('dmlItemCreate', { repositoryId: repository.id, name: prefix }, 'dmlItem');
  const version = await manager.run(
    'dmlItemVersionRegister',
    { itemId: item.id, label: '1.0', ...(bindings && { bindings: { [bindings.tool]: bindings.media } }) },
    'dmlItemVersion',
  );
  const bytes = Buffer.from(`the bytes of ${prefix}`);
  const response = await fetch(`${manager.url}/media/versions/${version.id}`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${manager.token}`,
      'content-type': 'application/octet-stream',
      'x-checksum-sha256': createHash('sha256').update(bytes).digest('hex'),
    },
    body: bytes,
  });
  if (!response.ok) throw new Error(await response.text());
  for (;;) {
    const { node } = await manager.query<{ node: { verifiedAt: string | null } }>(
      'query($id: ID!) { node(id: $id) { ... on DmlItemVersion { verifiedAt } } }',
      { id: version.id },
    );
    if (node.verifiedAt !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await owner.run('dmlItemVersionAuthorise', { id: version.id }, 'dmlItemVersion');
  return version.id;
}

/** A release with new targets that can be distributed at once, made through the API. @returns its id */
export async function readyRelease(sql: Queries, crew: Crew, targets: number, bindings?: Bindings): Promise<string> {
  const { manager, owner, ownerId } = crew;
  const prefix = `roll-${randomUUID().slice(0, 8)}`;
  const release = await manager.run(
    'releaseCreate',
    { name: prefix, ownerId, backOutPlan: 'Return to the previous version.' },
    'release',
  );
  const ids = await servers(sql, targets, prefix, bindings);
  for (let from = 0; from < ids.length; from += PAGE)
    await manager.run(
      'releaseAddCi',
      { id: release.id, role: 'TARGET', ciIds: ids.slice(from, from + PAGE) },
      'release',
    );
  const version = await media(crew, prefix, bindings);
  await manager.run('releaseAddContent', { id: release.id, dmlItemVersionIds: [version] }, 'release');
  for (const command of ['releaseStartPlanning', 'releaseStartBuilding', 'releaseStartTesting'])
    await manager.run(command, { id: release.id }, 'release');
  await owner.run('releaseAccept', { id: release.id }, 'release');
  const startsAt = new Date().toISOString();
  const endsAt = new Date(Date.now() + 43_200_000).toISOString();
  await manager.run('releaseSchedule', { id: release.id, startsAt, endsAt }, 'release');
  await manager.run('releaseCommunicate', { id: release.id, audience: 'All', message: 'A benchmark.' }, 'release');
  return release.id;
}

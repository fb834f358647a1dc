import { sql } from 'kysely';
import { blocker, type Blocker } from '../../domain/blocker.js';
import { ENDED_DISTRIBUTION_STATES } from '../../domain/distribution/distribution.state.js';
import { notFound, RequestError } from '../../domain/errors.js';
import { fromNodeId, toNodeId } from '../../domain/node-id.js';
import { contentHasOneVersionOfEachItem, type DuplicateContent } from '../../domain/release/release.guards.js';
import type { CiRole } from '../../domain/release/release-scope.js';
import { ReleaseContent } from '../../entities/release/release-content.entity.js';
import { Release } from '../../entities/release/release.entity.js';
import { usableCis } from '../change/change-ci.service.js';
import { lockForCommand } from '../load.js';
import {
  changeScope,
  demandScope,
  distributedBlockers,
  insertCis,
  removeCis,
  replanIfCommunicated,
} from './release-scope.service.js';
import { recordAuthor } from '../contribution.service.js';
import { touch } from '../touch.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { DmlItem } from '../../entities/library/dml-item.entity.js';
import { DmlItemVersion } from '../../entities/library/dml-item-version.entity.js';

/** Most media versions that one call adds or removes. */
const MAX_VERSIONS = 200;

interface ScopeInput {
  /** The release. */
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly reason?: string | null;
  /** Consent to plan a communicated release again. */
  readonly agreeToReplan?: boolean | null;
}

/** Configuration items that a person adds to a release or takes out, without a change. */
export interface ReleaseCiInput extends ScopeInput {
  readonly role: CiRole;
  readonly ciIds: readonly string[];
}

/** Media versions that are added to the package of a release or taken out. */
export interface ReleaseContentInput extends ScopeInput {
  readonly dmlItemVersionIds: readonly string[];
}

const replanned = 'The scope of the release changed after it was communicated.';

const decode = (type: 'ConfigurationItem' | 'DmlItemVersion', ids: readonly string[], field: string) => [
  ...new Set(ids.map((id) => fromNodeId(type, id, field))),
];

async function direct(uow: UnitOfWork, release: Release, role: CiRole, ids: readonly string[]): Promise<Set<string>> {
  const rows = await uow.query<{ ci_id: string }>(
    sql`
      select ci_id from release_ci where release_id = ${release.id} and role = ${role} and via_change_id is null
        and ci_id = any(${ids}::uuid[])`,
  );
  return new Set(rows.map((row) => row.ci_id));
}

function record(uow: UnitOfWork, release: Release, input: ReleaseCiInput, type: string, ids: readonly string[]): void {
  uow.record({
    type,
    subjectType: 'Release',
    subject: release,
    topics: ids,
    reason: input.reason,
    data: { role: input.role, ciIds: ids.map((id) => toNodeId('ConfigurationItem', id)) },
  });
}

/**
 * Adds configuration items to a release directly. Those that are there directly already stay; what a change contributed
 * does not matter. The person takes part in planning by that, and can no longer accept the release.
 */
export async function releaseAddCi(uow: UnitOfWork, input: ReleaseCiInput): Promise<Release> {
  const release = await lockForCommand(uow, Release, 'Release', input);
  const wanted = decode('ConfigurationItem', input.ciIds, 'ciIds');
  const present = await direct(uow, release, input.role, wanted);
  const cis = await usableCis(uow, wanted, input.role);
  await demandScope(uow, release, 'releaseAddCi', input.agreeToReplan);
  const added = cis.filter(({ id }) => !present.has(id)).map(({ id }) => id);
  if (added.length === 0) return release;
  await recordAuthor(uow, 'Release', release.id);
  const rows = added.map((ciId) => ({ ciId, role: input.role }));
  await changeScope(uow, release, async () => await insertCis(uow, release, rows, null));
  record(uow, release, input, 'release.ci-added', added);
  await replanIfCommunicated(uow, release, replanned);
  return release;
}

/**
 * Takes out configuration items that were added directly. Where a change contributed the item too, it stays in scope
 * because of that.
 * @throws RequestError NOT_FOUND for an item that is not in scope, Refusal CI_VIA_CHANGE for one that only changes
 *   contributed
 */
export async function releaseRemoveCi(uow: UnitOfWork, input: ReleaseCiInput): Promise<Release> {
  const release = await lockForCommand(uow, Release, 'Release', input);
  const wanted = decode('ConfigurationItem', input.ciIds, 'ciIds');
  const present = await direct(uow, release, input.role, wanted);
  const blockers = await contributedByChanges(
    uow,
    release,
    input.role,
    wanted.filter((id) => !present.has(id)),
  );
  const removed = [...present];
  if (input.role === 'TARGET')
    blockers.push(
      ...(await distributedBlockers(
        uow,
        release,
        sql`s.via_change_id is null and s.ci_id = any(${removed}::uuid[])`,
        sql`o.via_change_id is not null`,
      )),
    );
  await demandScope(uow, release, 'releaseRemoveCi', input.agreeToReplan, blockers);
  if (removed.length === 0) return release;
  await changeScope(
    uow,
    release,
    async () =>
      await removeCis(
        uow,
        sql`release_id = ${release.id} and role = ${input.role} and via_change_id is null
          and ci_id = any(${removed}::uuid[])`,
      ),
  );
  record(uow, release, input, 'release.ci-removed', removed);
  await replanIfCommunicated(uow, release, replanned);
  return release;
}

async function contributedByChanges(
  uow: UnitOfWork,
  release: Release,
  role: CiRole,
  ids: readonly string[],
): Promise<Blocker[]> {
  if (ids.length === 0) return [];
  const rows = await uow.query<{ ci_id: string; ci: string; change_id: string; change: string }>(sql`
    select distinct on (s.ci_id) ci.id as ci_id, ci.name as ci, c.id as change_id, c.number as change
    from release_ci s join configuration_item ci on ci.id = s.ci_id join change c on c.id = s.via_change_id
    where s.release_id = ${release.id} and s.role = ${role} and s.ci_id = any(${ids}::uuid[]) order by s.ci_id, c.id`);
  if (rows.length < ids.length)
    throw new RequestError('NOT_FOUND', `A configuration item is not a ${role} of release ${release.number}.`, {
      field: 'ciIds',
    });
  return rows.map((row) =>
    blocker(
      'CI_VIA_CHANGE',
      `Configuration item ${row.ci} is in the release because of change ${row.change}. Take that change out of ` +
        'the release.',
      ['RELEASE_OWNER', 'RELEASE_MANAGER'],
      {
        subject: { type: 'ConfigurationItem', id: row.ci_id },
        via: [{ type: 'Change', id: row.change_id }],
      },
    ),
  );
}

/**
 * Adds media versions to the package of a release. The person takes part in planning by that, and can no longer accept
 * the release.
 * @throws Refusal MEDIA_NOT_AUTHORISED for every version that is not authorised in the DML, CONTENT_DUPLICATE for every
 *   second version of an item
 */
export async function releaseAddContent(uow: UnitOfWork, input: ReleaseContentInput): Promise<Release> {
  const release = await lockForCommand(uow, Release, 'Release', input);
  const { wanted, present } = await contents(uow, release, input);
  const versions = await uow.em.find(DmlItemVersion, { id: { $in: wanted } });
  if (versions.length < wanted.length) throw notFound('DmlItemVersion', 'dmlItemVersionIds');
  const names = new Map(
    (await uow.em.find(DmlItem, { id: { $in: versions.map(({ itemId }) => itemId) } })).map((item) => [
      item.id,
      item.name,
    ]),
  );
  await demandScope(uow, release, 'releaseAddContent', input.agreeToReplan, [
    ...versions
      .filter(({ state }) => state !== 'AUTHORISED')
      .map((version) =>
        blocker(
          'MEDIA_NOT_AUTHORISED',
          `${names.get(version.itemId) ?? 'Item'} ${version.label} is ${version.state}. Only versions authorised ` +
            'in the DML may enter a release package.',
          ['DML_LIBRARIAN', 'RELEASE_MANAGER'],
          { subject: { type: 'DmlItemVersion', id: version.id } },
        ),
      ),
    ...[contentHasOneVersionOfEachItem({ duplicateContent: await duplicates(uow, release, wanted) }) ?? []].flat(),
  ]);
  const added = wanted.filter((id) => !present.has(id));
  if (added.length === 0) return release;
  await recordAuthor(uow, 'Release', release.id);
  for (const dmlItemVersionId of added)
    uow.em.create(ReleaseContent, { releaseId: release.id, dmlItemVersionId, addedById: uow.actorId });
  await contentChanged(uow, release, input, 'release.content-added', added);
  return release;
}

/** The wanted versions of whose item the package holds, or would get, another version. */
async function duplicates(uow: UnitOfWork, release: Release, wanted: readonly string[]): Promise<DuplicateContent[]> {
  return await uow.query<DuplicateContent>(sql`
    with held as (select dml_item_version_id as id from release_content where release_id = ${release.id})
    select distinct on (v.id) json_build_object('id', v.id, 'name', i.name || ' ' || v.label) as version,
      json_build_object('id', o.id, 'name', i.name || ' ' || o.label) as other
    from dml_item_version v
    join dml_item i on i.id = v.item_id
    join dml_item_version o on o.item_id = v.item_id and o.id <> v.id
      and (o.id in (select id from held) or (o.id = any(${wanted}::uuid[]) and o.id < v.id))
    where v.id = any(${wanted}::uuid[]) and v.id not in (select id from held)
    order by v.id, o.id`);
}

/**
 * Takes media versions out of the package of a release.
 * @throws RequestError NOT_FOUND, Refusal DISTRIBUTION_NOT_ENDED while one is being delivered
 */
export async function releaseRemoveContent(uow: UnitOfWork, input: ReleaseContentInput): Promise<Release> {
  const release = await lockForCommand(uow, Release, 'Release', input);
  const { wanted, present } = await contents(uow, release, input);
  if (present.size < wanted.length)
    throw new RequestError('NOT_FOUND', `A media version is not in the package of release ${release.number}.`, {
      field: 'dmlItemVersionIds',
    });
  const delivering = await uow.query<{ id: string; number: string }>(sql`
    select distinct d.id, d.number from distribution d join distribution_content x on x.distribution_id = d.id
    where d.release_id = ${release.id} and x.dml_item_version_id = any(${wanted}::uuid[])
      and d.state <> all(${[...ENDED_DISTRIBUTION_STATES]}::text[]) order by d.id`);
  await demandScope(
    uow,
    release,
    'releaseRemoveContent',
    input.agreeToReplan,
    delivering.map((row) =>
      blocker(
        'DISTRIBUTION_NOT_ENDED',
        `Distribution ${row.number}, which is not over, delivers it. Take it out of that distribution, or cancel that.`,
        ['DEPLOYMENT_OPERATOR'],
        {
          subject: { type: 'Distribution', id: row.id },
        },
      ),
    ),
  );
  if (wanted.length === 0) return release;
  const removed = await uow.em.find(ReleaseContent, { releaseId: release.id, dmlItemVersionId: { $in: wanted } });
  for (const content of removed) uow.em.remove(content);
  await contentChanged(uow, release, input, 'release.content-removed', wanted);
  return release;
}

async function contents(
  uow: UnitOfWork,
  release: Release,
  input: ReleaseContentInput,
): Promise<{ wanted: string[]; present: Set<string> }> {
  const wanted = decode('DmlItemVersion', input.dmlItemVersionIds, 'dmlItemVersionIds');
  if (wanted.length > MAX_VERSIONS)
    throw new RequestError('LIMIT_EXCEEDED', `At most ${MAX_VERSIONS} media versions at once.`, {
      field: 'dmlItemVersionIds',
      max: MAX_VERSIONS,
    });
  const rows = await uow.query<{ id: string }>(
    sql`
      select dml_item_version_id as id from release_content where release_id = ${release.id}
        and dml_item_version_id = any(${wanted}::uuid[])`,
  );
  return { wanted, present: new Set(rows.map((row) => row.id)) };
}

async function contentChanged(
  uow: UnitOfWork,
  release: Release,
  input: ReleaseContentInput,
  type: string,
  ids: readonly string[],
): Promise<void> {
  touch(release);
  uow.record({
    type,
    subjectType: 'Release',
    subject: release,
    topics: ids,
    reason: input.reason,
    data: { dmlItemVersionIds: ids.map((id) => toNodeId('DmlItemVersion', id)) },
  });
  await replanIfCommunicated(uow, release, replanned);
}

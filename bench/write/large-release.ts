import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { toNodeId } from '../../src/domain/node-id.js';

/** Targets that the release has already. */
const TARGETS = 5_000;
/** Targets that one command adds. */
const ADDED = 500;

/** One line of the benchmark: items are added to a release that has many. */
export interface LargeRelease {
  readonly name: string;
  /** How many bodies there are for each server: each adds other items. */
  readonly times: number;
  /** Bodies of the command of Interlock. */
  readonly interlock: readonly string[];
  /** Bodies of the same rows, and an event with as many changes, for the bare server. */
  readonly bare: readonly string[];
  /** Takes all items out again that were added. */
  undo(): Promise<void>;
}

/**
 * Creates a release of 5,000 targets, past the API.
 * @param personId who owns the release and adds the items.
 * @param times how often items are added before {@link LargeRelease.undo}
 */
export async function largeRelease(sql: pg.ClientBase, personId: string, times: number): Promise<LargeRelease> {
  const made = await sql.query<{ id: string }>(
    `insert into configuration_item (id, name, ci_class, criticality, state, attributes, bindings, version,
       created_at, updated_at)
     select uuidv7(), 'large-' || n, 'SERVER', 'LOW', 'AUTHORISED', '{}', '{}', 1, now(), now()
     from generate_series(1, $1::int) n returning id`,
    [TARGETS + times * ADDED],
  );
  const cis = made.rows.map(({ id }) => id);
  const release = randomUUID();
  await sql.query(
    `insert into release (id, name, description, kind, packaging, owner_id, manager_id, version, created_at, updated_at)
     values ($1, 'Large', '', 'MINOR', 'PACKAGE', $2, $2, 1, now(), now())`,
    [release, personId],
  );
  await sql.query(
    `insert into release_ci (id, release_id, ci_id, role, added_by_id, created_at)
     select uuidv7(), $1, c, 'TARGET', $2, now() from unnest($3::uuid[]) c`,
    [release, personId, cis.slice(0, TARGETS)],
  );
  await sql.query('vacuum analyze release_ci, configuration_item');
  const spare = cis.slice(TARGETS);
  const pieces = Array.from({ length: times }, (_, n) => spare.slice(n * ADDED, (n + 1) * ADDED));
  const document = `mutation($input: ReleaseAddCiInput!) {
    releaseAddCi(input: $input) { release { id number version } userErrors { code } } }`;
  return {
    name: `releaseAddCi, ${ADDED} into ${TARGETS}`,
    times,
    interlock: pieces.map((ids) => {
      const ciIds = ids.map((id) => toNodeId('ConfigurationItem', id));
      const input = { id: toNodeId('Release', release), role: 'TARGET', ciIds };
      return JSON.stringify({ query: document, variables: { input } });
    }),
    bare: pieces.map((ids) =>
      JSON.stringify({
        table: 'release_ci',
        rows: ids.map((id) => ({
          id: randomUUID(),
          release_id: release,
          ci_id: id,
          role: 'TARGET',
          added_by_id: personId,
          created_at: new Date(),
        })),
        event: 'release.ci-added',
      }),
    ),
    undo: async () => {
      await sql.query('delete from release_ci where release_id = $1 and ci_id = any($2::uuid[])', [release, spare]);
      await sql.query('vacuum release_ci');
    },
  };
}

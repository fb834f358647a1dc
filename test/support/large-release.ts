import { fromNodeId, toNodeId } from '../../src/domain/node-id.js';
import type { TestApp } from './app.js';
import type { Story } from './story.js';

/** A release with many of everything. Ids are node ids. */
export interface LargeRelease {
  readonly id: string;
  /** Targets that were added directly. */
  readonly targets: readonly string[];
  /** Authorised servers that are in no release. */
  readonly spare: readonly string[];
  /** A change in the release that contributes as many targets of its own, beside the `size` others. */
  readonly change: string;
  /** Authorised media versions that are in no release, at most 200. */
  readonly media: readonly string[];
  readonly phase: string;
  readonly tasks: readonly string[];
}

/**
 * Makes a release in PLANNING with `size` targets and changes, up to 400 tasks, and a tenth of that in contents.
 * Most goes straight into the tables: the test is about what commands do with it.
 */
export async function largeRelease(app: TestApp, world: Story, size: number): Promise<LargeRelease> {
  const { pool } = app.readDatabase;
  const tag = `large-${size}-${Math.random().toString(36).slice(2, 8)}`;
  const ids = async (text: string, values: unknown[] = []) =>
    (await pool.query<{ id: string }>(text, values)).rows.map(({ id }) => id);
  const cis = async (what: string) =>
    await ids(
      `insert into configuration_item (id, name, ci_class, state, criticality, created_at, updated_at, version)
       select uuidv7(), $1 || '-' || n, 'SERVER', 'AUTHORISED', 'LOW', now(), now(), 1 from generate_series(1, $2) n
       returning id`,
      [`${tag}-${what}`, size],
    );
  const [targets, spare, ofChange] = [await cis('target'), await cis('spare'), await cis('of-change')];
  const { id } = await world.release(`Release ${tag}`);
  await world.step('releaseStartPlanning', id);
  const release = fromNodeId('Release', id, 'id');
  const person = fromNodeId('Person', world.manager.personId, 'id');
  const requester = fromNodeId('Person', world.requester.personId, 'id');
  await pool.query(
    `insert into release_ci (id, release_id, ci_id, role, added_by_id, created_at)
     select uuidv7(), $1, c, 'TARGET', $2, now() from unnest($3::uuid[]) c`,
    [release, person, targets],
  );
  const changes = await ids(
    `insert into change (id, title, requested_by_id, state, back_out_plan, created_at, updated_at, version)
     select uuidv7(), $1 || '-' || n, $2, 'AUTHORISED', 'Restore.', now(), now(), 1 from generate_series(0, $3) n
     returning id`,
    [tag, requester, size],
  );
  const large = changes[0] as string;
  await pool.query(
    `insert into release_change (id, release_id, change_id, live, added_by_id, created_at)
     select uuidv7(), $1, c, true, $2, now() from unnest($3::uuid[]) c`,
    [release, person, changes],
  );
  await pool.query(
    `insert into change_ci (id, change_id, ci_id, role, created_at)
     select uuidv7(), $1, c, 'TARGET', now() from unnest($2::uuid[]) c
     union all select uuidv7(), h, c, 'TARGET', now() from unnest($3::uuid[], $4::uuid[]) x(h, c)`,
    [large, ofChange, changes.slice(1), targets],
  );
  await pool.query(
    `insert into release_ci (id, release_id, ci_id, role, via_change_id, added_by_id, created_at)
     select uuidv7(), $1, ci_id, role, change_id, $2, now() from change_ci where change_id = any($3::uuid[])`,
    [release, person, changes],
  );
  const phase = (
    await world.manager.run('phaseAdd', { releaseId: id, name: 'Review', releaseState: 'IN_REVIEW' }, 'phase')
  ).id as string;
  const tasks = await ids(
    `insert into task (id, release_id, phase_id, name, position, state, mandatory, planned_start, planned_end,
       created_at, updated_at, version)
     select uuidv7(), $1, $2, 'task ' || n, n, 'PLANNED', false, now() + interval '300 days', now() +
       interval '301 days', now(), now(), 1 from generate_series(0, $3::int - 1) n returning id`,
    [release, fromNodeId('Phase', phase, 'id'), Math.min(size, 400)],
  );
  await pool.query(
    `insert into task_dependency (id, task_id, predecessor_id, created_at)
     select uuidv7(), t, $1, now() from unnest($2::uuid[]) t`,
    [tasks[0], tasks.slice(1)],
  );
  const versions = await clones(app, world, tag, Math.min(200, size) + Math.max(1, size / 10));
  const content = versions.splice(0, Math.max(1, size / 10));
  await pool.query(
    `insert into release_content (id, release_id, dml_item_version_id, added_by_id, created_at)
     select uuidv7(), $1, v, $2, now() from unnest($3::uuid[]) v`,
    [release, person, content],
  );
  const nodes = (type: 'ConfigurationItem' | 'DmlItemVersion' | 'Task', all: readonly string[]) =>
    all.map((uuid) => toNodeId(type, uuid));
  return {
    id,
    phase,
    tasks: nodes('Task', tasks),
    targets: nodes('ConfigurationItem', targets),
    spare: nodes('ConfigurationItem', spare),
    media: nodes('DmlItemVersion', versions),
    change: toNodeId('Change', large),
  };
}

// Copies of one authorised version, each of an item of its own.
async function clones(app: TestApp, world: Story, tag: string, count: number): Promise<string[]> {
  const first = await world.media(await world.item(`${tag}-item`), '1');
  const { rows } = await app.readDatabase.pool.query<{ id: string }>(
    `with made as (select n, uuidv7() as item, uuidv7() as version from generate_series(1, $2::int) n),
     items as (insert into dml_item select (jsonb_populate_record(null::dml_item, to_jsonb(i) || jsonb_build_object(
       'id', m.item, 'number', 'D' || m.item, 'name', i.name || '-' || m.n))).* from made m, dml_item i
       where i.id = (select item_id from dml_item_version where id = $1) returning id)
     insert into dml_item_version select (jsonb_populate_record(null::dml_item_version, to_jsonb(v) ||
       jsonb_build_object('id', m.version, 'number', 'V' || m.version, 'item_id', m.item))).*
     from made m, dml_item_version v where v.id = $1 and (select count(*) from items) > 0 returning id`,
    [fromNodeId('DmlItemVersion', first, 'id'), Math.round(count)],
  );
  return rows.map(({ id }) => id);
}

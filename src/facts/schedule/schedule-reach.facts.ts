import { sql } from 'kysely';
import { epochMs, idList } from '../../database/expressions.js';
import type { Queryable } from '../../database/queryable.js';
import { IMPACT_TO_SOURCE_KINDS, IMPACT_TO_TARGET_KINDS } from '../../domain/cmdb/configuration-item.machine.js';
import type { ImpactGraph, Reach } from '../../domain/cmdb/impact.js';
import type { ConflictEntry } from '../../domain/schedule/conflict-entry.js';
import { eachOf, type Steps } from '../../domain/steps.js';
import { inTurns } from '../turns.js';
import { unkeptReleases, type Unkept } from './conflict-entry.facts.js';
import { TIERS_OF_WORK } from './tiers.js';

/** Most items that are kept of what one piece of work touches. Work that touches more is looked at every time. */
export const MAX_KEPT_REACH = 30_000;

/** Work that is asked about, with what it touches. */
export interface AskedReach {
  readonly entry: ConflictEntry;
  readonly reach: Reach;
}

/** Work in the schedule that touches an item that asked work touches, too, at the same time. */
export interface TouchingWork {
  /** Index of the asked work. */
  readonly asked: number;
  readonly work: ConflictEntry;
  /** Whether one of the two works on an item that the other touches. */
  readonly isDirect: boolean;
  /** Whether both touch a group, such as a cluster, whose members stand in for each other. */
  readonly isGroup: boolean;
  /** The shared item that is nearest to both; the one with the lowest id of several. */
  readonly ciId: string;
  /** Whether what is kept of the work may not be up to date. */
  readonly isUnkept: boolean;
}

interface TouchingRow {
  readonly asked: number;
  readonly id: string;
  readonly name: string;
  readonly release: string;
  readonly distribution: string | null;
  readonly entry: string | null;
  readonly starts: number;
  readonly ends: number;
  readonly direct: boolean;
  readonly grouped: boolean;
  readonly ci: string;
  readonly unkept: boolean;
}

/** The items that work touches as lists for a statement; a group is an item that others are members of. */
function* listed(asked: readonly AskedReach[], graph: ImpactGraph) {
  const items = { asked: [] as number[], cis: [] as string[], steps: [] as number[], groups: [] as boolean[] };
  for (const [index, { reach }] of asked.entries()) {
    for (const ciId of reach.ids()) {
      if (items.cis.length % 1_000 === 0) yield;
      items.asked.push(index);
      items.cis.push(ciId);
      items.steps.push(reach.distance(ciId));
      items.groups.push(graph.groupSizes.has(ciId));
    }
  }
  return items;
}

/** Steps towards the statement of {@link touchingWork}. */
export function* touchingStatement(asked: readonly AskedReach[], graph: ImpactGraph, unkept: Unkept) {
  const items = yield* listed(asked, graph);
  const entries = asked.map(({ entry }) => entry);
  // Entries that belong to no release have a group of their own, which nothing in the schedule has.
  const groups = entries.map(({ groupId }) => (groupId === null || groupId.includes(':') ? null : groupId));
  return sql<TouchingRow>`
    with asked as (
      select * from unnest(${entries.map((_, index) => index)}::int[], ${groups}::uuid[],
        ${entries.map(({ startsAt }) => startsAt.toISOString())}::timestamptz[],
        ${entries.map(({ endsAt }) => endsAt.toISOString())}::timestamptz[]) as a(asked, release, starts, ends)),
    mine as (
      select * from unnest(${items.asked}::int[], ${items.cis}::uuid[], ${items.steps}::int[],
        ${items.groups}::boolean[]) as m(asked, ci, steps, grouped)),
    found as (
      select m.asked, r.work_id, bool_or(m.steps = 0 or r.steps = 0) as direct, bool_or(m.grouped) as grouped,
        (array_agg(m.ci order by m.steps + r.steps, m.ci))[1] as ci
      from asked a
      join mine m on m.asked = a.asked
      cross join ${TIERS_OF_WORK} t
      cross join lateral (
        select x.work_id, x.steps from schedule_reach x
        where x.ci_id = m.ci and x.tier = t.tier and x.starts_at < a.ends and x.starts_at > a.starts - t.longest
          and x.ends_at > a.starts
        offset 0) r
      group by 1, 2)
    select f.asked, w.id, coalesce(d.number || ' ' || d.name, r.number || ' ' || r.name) as name,
      w.release_id as release, w.distribution_id as distribution, w.entry_id as entry,
      ${epochMs('w.starts_at')} as starts, ${epochMs('w.ends_at')} as ends, f.direct, f.grouped, f.ci,
      w.release_id in ${unkeptReleases(unkept)} as unkept
    from found f
    join asked a on a.asked = f.asked
    join schedule_work w on w.id = f.work_id and w.release_id is distinct from a.release
    join release r on r.id = w.release_id
    left join distribution d on d.id = w.distribution_id`;
}

const workOf = (row: TouchingRow): ConflictEntry => ({
  id: row.id,
  name: row.name,
  startsAt: new Date(row.starts),
  endsAt: new Date(row.ends),
  groupId: row.release,
  ciIds: [],
  personIds: [],
  work: { entryId: row.entry, releaseId: row.release, distributionId: row.distribution, taskId: null },
});

/** What {@link touchingStatement} found. The targets of the work are not among it. */
export const touchingWork = (rows: readonly TouchingRow[]): TouchingWork[] =>
  rows.map((row) => ({
    asked: row.asked,
    work: workOf(row),
    isDirect: row.direct,
    isGroup: row.grouped,
    ciId: row.ci,
    isUnkept: row.unkept,
  }));

/** The way from a target of some kept work to an item that it touches. */
export interface KeptPath {
  readonly path: readonly string[];
  readonly relationIds: readonly string[];
  /** What the items are called. */
  readonly names: ReadonlyMap<string, string>;
}

/** The key of a {@link KeptPath}. */
export const pathKey = (workId: string, ciId: string): string => `${workId}:${ciId}`;

/** The ways from targets of kept work to items, by {@link pathKey}, in one statement. */
export async function keptPaths(
  db: Queryable,
  wanted: readonly { readonly workId: string; readonly ciId: string }[],
): Promise<Map<string, KeptPath>> {
  if (wanted.length === 0) return new Map();
  const works = idList(await inTurns(eachOf(wanted, ({ workId }) => workId)));
  const items = idList(await inTurns(eachOf(wanted, ({ ciId }) => ciId)));
  const rows = await db.query<{
    work: string;
    ci: string;
    path: string[];
    relations: (string | null)[];
    names: string[];
  }>(
    sql`
    with recursive way as (
      select p.work_id as work, p.ci_id as ci, r.via_id as at, array[p.ci_id] as path, array[]::uuid[] as relations
      from unnest(${works}::uuid[], ${items}::uuid[])
        as p(work_id, ci_id)
      join schedule_reach r on r.work_id = p.work_id and r.ci_id = p.ci_id
      union all
      select w.work, w.ci, r.via_id, w.at || w.path, (
        select x.id from (
          select x.id from ci_relation x where x.target_id = w.at and x.source_id = w.path[1]
            and x.kind = any(${[...IMPACT_TO_SOURCE_KINDS]}::text[])
          union all
          select x.id from ci_relation x where x.source_id = w.at and x.target_id = w.path[1]
            and x.kind = any(${[...IMPACT_TO_TARGET_KINDS]}::text[])) x
        order by x.id limit 1) || w.relations
      from way w join schedule_reach r on r.work_id = w.work and r.ci_id = w.at)
    select work, ci, to_json(path) as path, to_json(relations) as relations, (
      select json_agg(c.name order by p.n) from unnest(path) with ordinality as p(id, n)
      join configuration_item c on c.id = p.id) as names
    from way where at is null`,
  );
  const paths = new Map<string, KeptPath>();
  const keep = ({ work, ci, path, relations, names }: (typeof rows)[number]) =>
    paths.set(pathKey(work, ci), {
      path,
      relationIds: relations.filter((id) => id !== null),
      names: new Map(path.map((id, nth) => [id, names[nth] ?? id])),
    });
  await inTurns(eachOf(rows, keep));
  return paths;
}

/** What work touches, in the order in which it is kept: an item, its distance and the item before it. */
export interface KeptReach {
  readonly ciIds: readonly string[];
  readonly steps: readonly number[];
  readonly viaIds: readonly (string | null)[];
}

/** What work touches, to be kept. */
export function* keptReach(reach: Reach): Steps<KeptReach> {
  const found = { ciIds: [] as string[], steps: [] as number[], viaIds: [] as (string | null)[] };
  for (const ciId of reach.ids()) {
    if (found.ciIds.length % 500 === 0) yield;
    found.ciIds.push(ciId);
    found.steps.push(reach.distance(ciId));
    found.viaIds.push(reach.via(ciId));
  }
  return found;
}

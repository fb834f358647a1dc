import { sql } from 'kysely';
import { epochMs } from '../../database/expressions.js';
import type { Queryable } from '../../database/queryable.js';
import type { KeptFilter } from '../../domain/distribution/target-choice.js';
import { MAX_IMPACT_DEPTH } from '../../domain/cmdb/impact.js';
import { RequestError } from '../../domain/errors.js';
import { withBackOut, type ConflictEntry } from '../../domain/schedule/conflict-entry.js';
import { conflictMessage } from '../../domain/schedule/conflict-message.js';
import { scopedWindow } from '../../domain/schedule/conflict-window.js';
import type { Interval } from '../../domain/schedule/interval.js';
import { blackoutConflict, changeWindowConflicts } from '../../domain/schedule/window-conflict.js';
import type { Recurrence } from '../../domain/schedule/schedule.js';
import { eachOf, type Steps } from '../../domain/steps.js';
import { readImpactGraph } from '../cmdb/impact.facts.js';
import { inTurns } from '../turns.js';
import type { FoundConflict } from './clash.facts.js';
import { readWork } from './conflict-entry.facts.js';
import { occurrencesIn } from './occurrence-cache.js';
import { anyOf } from '../distribution/target-choice.facts.js';
import { conditionsOfWindows, holdsFor, holdsForEverything, windowConditions } from './window-scope.facts.js';
import { keptPaths, pathKey } from './schedule-reach.facts.js';
import { readWindows } from './schedule-slice.facts.js';
import { TIERS_OF_WORK } from './tiers.js';

/** A window as its conflicts depend on it. */
export interface AskedWindow extends Recurrence {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  readonly filter?: KeptFilter | null;
}

interface CoveredRow {
  readonly id: string;
  readonly name: string;
  readonly release: string;
  readonly distribution: string | null;
  readonly entry: string | null;
  readonly starts: number;
  readonly ends: number;
  readonly backOutEnds: number;
  readonly occurrence: number;
  readonly ci: string;
}

/** When the last kept work ends, with its back-out. */
async function endOfWork(db: Queryable): Promise<Date> {
  const [row] = await db.query<{ last: number | null }>(sql`
    select ${epochMs('max(back_out_ends_at)')} as last from schedule_work`);
  return new Date(row?.last ?? 0);
}

/** Most conflicts that the windows of one command may have. */
export const MAX_WINDOW_CONFLICTS = 300_000;

interface Occurring {
  readonly window: AskedWindow;
  readonly occurrence: Interval;
}

/** Steps to the occurrences of active windows that end after an instant, until another one. */
function* occurring(windows: readonly AskedWindow[], since: Date, end: Date): Steps<Occurring[]> {
  const found: Occurring[] = [];
  for (const window of windows) {
    yield;
    if (!window.active || end <= since) continue;
    for (const occurrence of occurrencesIn(window, { startsAt: since, endsAt: end }))
      found.push({ window, occurrence });
  }
  return found;
}

/**
 * The conflicts of blackouts with kept work that ends after an instant, in a number of statements that does not
 * depend on the data: their occurrences meet the work by time, and what the work touches says whether it is covered.
 * @throws RequestError LIMIT_EXCEEDED for more than {@link MAX_WINDOW_CONFLICTS}
 */
export async function conflictsOfBlackouts(
  db: Queryable,
  windows: readonly AskedWindow[],
  since: Date,
): Promise<FoundConflict[]> {
  const end = await endOfWork(db);
  const asked = await inTurns(occurring(windows, since, end));
  if (asked.length === 0) return [];
  const conditions = conditionsOfWindows(windows);
  const rows = await db.query<CoveredRow>(sql`
    with hit as (
      select o.n, o.window_id, s.*
      from unnest(${asked.map(({ window }) => window.id)}::uuid[],
        ${asked.map(({ occurrence }) => occurrence.startsAt.toISOString())}::timestamptz[],
        ${asked.map(({ occurrence }) => occurrence.endsAt.toISOString())}::timestamptz[])
        with ordinality as o(window_id, a, b, n)
      cross join ${TIERS_OF_WORK} t
      cross join lateral (
        select * from schedule_work x
        where x.tier = t.tier and x.starts_at < o.b and x.starts_at > o.a - t.longest
          and x.back_out_ends_at > o.a and x.ends_at > ${since}
        offset 0) s),
    covered as materialized (
      select s.id, s.window_id, (
        select r.ci_id from schedule_reach r join schedule_window w on w.id = s.window_id
        where r.work_id = s.id and ${holdsFor('w', sql`r.ci_id`, conditions)}
        order by r.steps, r.ci_id limit 1) as ci
      from (select distinct id, window_id from hit) s)
    select s.id, coalesce(d.number || ' ' || d.name, r.number || ' ' || r.name) as name, s.release_id as release,
      s.distribution_id as distribution, s.entry_id as entry, ${epochMs('s.starts_at')} as starts,
      ${epochMs('s.ends_at')} as ends, ${epochMs('s.back_out_ends_at')} as "backOutEnds", s.n::int as occurrence, k.ci
    from hit s
    join covered k on k.id = s.id and k.window_id = s.window_id and k.ci is not null
    join release r on r.id = s.release_id
    left join distribution d on d.id = s.distribution_id
    limit ${MAX_WINDOW_CONFLICTS + 1}`);
  if (rows.length > MAX_WINDOW_CONFLICTS)
    throw new RequestError(
      'LIMIT_EXCEEDED',
      `That would be more than ${MAX_WINDOW_CONFLICTS} conflicts with work in the schedule. Cover less at a time.`,
      { max: MAX_WINDOW_CONFLICTS },
    );
  const wanted = await inTurns(eachOf(rows, ({ id, ci }) => ({ workId: id, ciId: ci })));
  const paths = await keptPaths(db, wanted);
  const steps = function* (): Steps<FoundConflict[]> {
    const found: FoundConflict[] = [];
    for (const row of rows) {
      yield;
      const entry = entryOf(row);
      const { window, occurrence } = asked[row.occurrence - 1] ?? {};
      const way = paths.get(pathKey(row.id, row.ci));
      if (window === undefined || occurrence === undefined || way === undefined) continue;
      const conflict = blackoutConflict(entry, window, occurrence, row.ci, way.path);
      if (conflict === null) continue;
      const message = conflictMessage(conflict, (id) => way.names.get(id) ?? id);
      found.push({ ...conflict, message, relationIds: way.relationIds });
    }
    return found;
  };
  return await inTurns(steps());
}

const entryOf = (row: CoveredRow): ConflictEntry => ({
  id: row.id,
  name: row.name,
  startsAt: new Date(row.starts),
  endsAt: new Date(row.ends),
  backOutMs: row.backOutEnds - row.ends,
  groupId: row.release,
  ciIds: [],
  personIds: [],
  work: { entryId: row.entry, releaseId: row.release, distributionId: row.distribution, taskId: null },
});

/**
 * Ids of kept work that ends after an instant and has a target for which one of some change or maintenance windows
 * holds. Work that touches a service has a target that the service depends on.
 */
export async function workBoundBy(db: Queryable, windowIds: readonly string[], since: Date): Promise<string[]> {
  if (windowIds.length === 0) return [];
  const asked = sql`any(${[...windowIds]}::uuid[])`;
  const conditions = await windowConditions(db, windowIds);
  const rows = await db.query<{ id: string }>(sql`
    select s.id from schedule_work s
    where s.ends_at > ${since}
      and exists (select from schedule_window w where w.id = ${asked} and ${holdsForEverything('w')})
    union
    select r.work_id from schedule_window_ci x
    join schedule_reach r on r.ci_id = x.ci_id and (r.steps = 0 or x.as_service)
    where x.window_id = ${asked} and r.ends_at > ${since}
    union
    select r.work_id from schedule_window w
    join configuration_item c on c.ci_class = any(w.ci_classes)
    join schedule_reach r on r.ci_id = c.id and r.steps = 0
    where w.id = ${asked} and r.ends_at > ${since}
    union
    select r.work_id from configuration_item t join schedule_reach r on r.ci_id = t.id and r.steps = 0
    where r.ends_at > ${since} and ${anyOf([...conditions.values()])}`);
  return await inTurns(eachOf(rows, ({ id }) => id));
}

/** How deep impact is followed for change and maintenance windows: not at all, unless one holds for a service. */
async function depthOfWindows(db: Queryable): Promise<number> {
  const [row] = await db.query<{ some: boolean }>(sql`
    select exists (
      select from schedule_window_ci x join schedule_window w on w.id = x.window_id
      where x.as_service and w.active and w.kind <> 'BLACKOUT') as some`);
  return row?.some === true ? MAX_IMPACT_DEPTH : 0;
}

/** From how many on the times of work are not merged. */
const VERY_MUCH = 2_000;

const spansOf = async (entries: readonly Interval[]): Promise<readonly Interval[]> =>
  entries.length > VERY_MUCH ? await inTurns(around(entries)) : entries;

/** Steps to the span from the first to the last work: to merge the times of very much work takes long. */
function* around(entries: readonly Interval[]): Steps<Interval[]> {
  let [startsAt, endsAt] = [Infinity, -Infinity];
  const widen = (entry: Interval) => {
    startsAt = Math.min(startsAt, entry.startsAt.getTime());
    endsAt = Math.max(endsAt, entry.endsAt.getTime());
  };
  yield* eachOf(entries, widen);
  return [{ startsAt: new Date(startsAt), endsAt: new Date(endsAt) }];
}

/** Conflicts of some kept work with change and maintenance windows. They bind targets only. */
export async function conflictsOutsideWindows(db: Queryable, workIds: readonly string[]): Promise<FoundConflict[]> {
  const entries = await readWork(db, { workIds, releaseIds: [] });
  const ciIds = (await inTurns(eachOf(entries, (entry) => entry.ciIds))).flat();
  const graph = await readImpactGraph(db, ciIds, await depthOfWindows(db));
  const windows = (await readWindows(db, graph, await spansOf(entries.map(withBackOut))))
    .filter(({ kind }) => kind !== 'BLACKOUT')
    .map(scopedWindow);
  const steps = function* (): Steps<FoundConflict[]> {
    const found: FoundConflict[] = [];
    for (const entry of entries)
      found.push(
        ...(yield* changeWindowConflicts(
          entry,
          windows,
          (id) => graph.nodes.get(id)?.ciClass,
          (id) => graph.nodes.get(id)?.name ?? id,
        )).map((conflict) => ({ ...conflict, relationIds: [] })),
      );
    return found;
  };
  return await inTurns(steps());
}

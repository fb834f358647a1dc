import { epochMs } from '../../database/expressions.js';
import { sql } from 'kysely';
import { DISTRIBUTION_STATES_AT_TOOL } from '../../domain/distribution/distribution.state.js';
import type { NamedRef } from '../../domain/blocker.js';
import type { CiClass } from '../../domain/cmdb/configuration-item.machine.js';
import { RequestError } from '../../domain/errors.js';
import { reachFrom, type ImpactGraph, type Reach } from '../../domain/cmdb/impact.js';
import { mergeIntervals, type Interval } from '../../domain/schedule/interval.js';
import type { Recurrence, WindowKind } from '../../domain/schedule/schedule.js';
import type { WindowException } from '../../domain/schedule/window-exception.js';
import type { ConflictEntry } from '../../domain/schedule/conflict-entry.js';
import { ImpactReader } from '../cmdb/impact-reader.js';
import { endOf, occurrencesIn } from './occurrence-cache.js';
import type { Queryable } from '../../database/queryable.js';
import type { Steps } from '../../domain/steps.js';
import { inTurns } from '../turns.js';
import type { ConflictWindow } from '../../domain/schedule/conflict-window.js';

/** The part of the schedule that conflicts in some spans of time depend on. */
export interface ScheduleSlice {
  /** Live entries that overlap the spans, and the extra ones. */
  readonly entries: readonly ConflictEntry[];
  /** Active windows in scope, with their occurrences. */
  readonly windows: readonly ConflictWindow[];
  readonly graph: ImpactGraph;
  /** Finds what work on some items touches, within what one request may cost. @throws RequestError LIMIT_EXCEEDED */
  readonly reach: (ciIds: readonly string[]) => Reach;
}

const at = (milliseconds: number): Date => new Date(milliseconds);
const instantsOf = (spans: readonly Interval[], end: 'startsAt' | 'endsAt') =>
  spans.map((span) => span[end].toISOString());

interface EntryRow {
  readonly id: string;
  readonly name: string;
  readonly starts: number;
  readonly ends: number;
  readonly group: string | null;
  readonly distribution: string | null;
  readonly task: string | null;
  readonly cis: string[];
  readonly people: NamedRef[];
}

/** How long after the deadline of its attempt a distribution that a tool has may still be ended by it. */
const GRACE = sql`interval '1 minute'`;

/**
 * Distributions that a tool has, with the time they take: their booking, and on until the deadline of their attempt.
 * Work that is late still occupies its targets, and a retry does so without a booking. At the present, so does work
 * whose deadline is over and that nobody has ended yet: the server may have been away.
 * @param now the present; null when the question is not about it.
 */
const atWork = (now: Date | null) => sql`(
  select coalesce(e.id, d.id) as entry_id, d.id, d.number, d.name, d.release_id,
    least(d.started_at, e.starts_at) as starts_at,
    greatest(e.ends_at, b.deadline + ${GRACE}, ${now}::timestamptz + ${GRACE}) as ends_at
  from distribution d
  join lateral (
    select deadline from distribution_run b where b.distribution_id = d.id order by b.attempt desc limit 1) b on true
  left join schedule_entry e on e.distribution_id = d.id and e.kind = 'DISTRIBUTION' and e.live
  where d.state = any(${[...DISTRIBUTION_STATES_AT_TOOL]}::text[]))`;

/** Entries that cannot clash with the work that is asked about, so that what they touch is not looked up. */
export interface Unasked {
  /** The release whose own booking does not count. */
  readonly releaseId: string | null;
  /** The distribution whose booking does not count. */
  readonly distributionId: string | null;
}

const NOTHING: Unasked = { releaseId: null, distributionId: null };

/**
 * Live entries that overlap at least one of the spans, with their targets and people. A task that is over keeps nobody
 * busy;
 * meetings clash with nothing.
 * @param now the present, for a question about work that begins now.
 */
export async function readConflictEntries(
  db: Queryable,
  spans: readonly Interval[],
  now: Date | null = null,
  { releaseId, distributionId }: Unasked = NOTHING,
): Promise<ConflictEntry[]> {
  const merged = mergeIntervals(spans);
  if (merged.length === 0) return [];
  const [starts, ends] = [instantsOf(merged, 'startsAt'), instantsOf(merged, 'endsAt')];
  const rows = await db.query<EntryRow>(sql`
    with span as (select * from unnest(${starts}::timestamptz[], ${ends}::timestamptz[]) as s(a, b))
    select e.id, coalesce(d.number || ' ' || d.name, r.number || ' ' || r.name) as name, ${epochMs('e.starts_at')}
      as starts, ${epochMs('e.ends_at')} as ends,
      e.release_id as "group", e.distribution_id as distribution, null::uuid as task, '[]'::json as people,
      case e.kind
        when 'RELEASE' then (select coalesce(json_agg(distinct x.ci_id), '[]') from release_ci x
          where x.release_id = e.release_id and x.role = 'TARGET')
        else (select coalesce(json_agg(x.ci_id), '[]') from target_execution x
          where x.distribution_id = e.distribution_id)
      end as cis
    from schedule_entry e join release r on r.id = e.release_id left join distribution d on d.id = e.distribution_id
    where e.live
      and (e.kind = 'RELEASE' and e.release_id is distinct from ${releaseId}::uuid
        or e.kind = 'DISTRIBUTION' and e.distribution_id is distinct from ${distributionId}::uuid)
      and e.starts_at < ${ends.at(-1)}::timestamptz
      and e.ends_at > ${starts[0]}::timestamptz
      and (d.state is null or d.state <> all(${[...DISTRIBUTION_STATES_AT_TOOL]}::text[]))
      and exists (select from span where e.starts_at < span.b and e.ends_at > span.a)
    union all
    select w.entry_id, w.number || ' ' || w.name, ${epochMs('w.starts_at')}, ${epochMs('w.ends_at')},
      w.release_id, w.id, null, '[]'::json,
      (select coalesce(json_agg(x.ci_id), '[]') from target_execution x where x.distribution_id = w.id)
    from ${atWork(now)} w
    where w.id is distinct from ${distributionId}::uuid
      and w.starts_at < ${ends.at(-1)}::timestamptz and w.ends_at > ${starts[0]}::timestamptz
      and exists (select from span where w.starts_at < span.b and w.ends_at > span.a)
    union all
    select k.id, k.number || ' ' || k.name, ${epochMs('k.planned_start')}, ${epochMs('k.planned_end')},
      k.release_id, null, k.id, json_build_array(json_build_object('id', h.id, 'name', h.name)), '[]'::json
    from task k join release r on r.id = k.release_id join person h on h.id = k.assignee_id
    where k.state not in ('COMPLETED', 'SKIPPED', 'CANCELLED')
      and r.state not in ('CLOSED', 'CANCELLED')
      and k.planned_start < ${ends.at(-1)}::timestamptz and k.planned_end > ${starts[0]}::timestamptz
      and exists (select from span where k.planned_start < span.b and k.planned_end > span.a)`);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    startsAt: at(row.starts),
    endsAt: at(row.ends),
    groupId: row.group,
    ciIds: row.cis,
    personIds: row.people.map(({ id }) => id),
    personNames: Object.fromEntries(row.people.map(({ id, name }) => [id, name])),
    work: { entryId: row.id, releaseId: row.group, distributionId: row.distribution, taskId: row.task },
  }));
}

interface WindowRow {
  readonly id: string;
  readonly name: string;
  readonly kind: WindowKind;
  readonly starts: number;
  readonly ends: number;
  readonly rrule: string | null;
  readonly zone: string;
  readonly classes: CiClass[];
  readonly cis: string[];
  readonly exceptions: WindowException[];
}

/**
 * Active windows that hold for some of the items of a graph or for everything, with their occurrences in the spans. Of
 * its items a
 * window shows those of the graph only. Change windows that are not open in the spans are there too, as work is outside
 * them;
 * but not those that are over before, which no longer bind anything.
 */
export async function readWindows(
  db: Queryable,
  graph: ImpactGraph,
  spans: readonly Interval[],
): Promise<ConflictWindow[]> {
  const merged = mergeIntervals(spans);
  const [first, last] = [merged[0], merged.at(-1)];
  if (first === undefined || last === undefined || graph.nodes.size === 0) return [];
  const ids = [...graph.nodes.keys()];
  const classes = [...new Set([...graph.nodes.values()].map(({ ciClass }) => ciClass))];
  const rows = await db.query<WindowRow>(sql`
    with named as (select x.window_id, json_agg(x.ci_id) as cis from schedule_window_ci x
      where x.ci_id = any(${ids}::uuid[]) group by x.window_id)
    select w.id, w.name, w.kind, ${epochMs('w.starts_at')} as starts, ${epochMs('w.ends_at')} as ends,
      w.rrule, w.time_zone as zone, w.exceptions, to_json(w.ci_classes) as classes, coalesce(n.cis, '[]') as cis
    from schedule_window w left join named n on n.window_id = w.id
    where w.active and (w.rrule is not null or w.ends_at > ${first.startsAt.toISOString()}::timestamptz)
      and (w.kind <> 'BLACKOUT' or w.starts_at < ${last.endsAt.toISOString()}::timestamptz)
      and (n.window_id is not null or w.ci_classes && ${classes}::text[]
        or w.ci_classes = '{}' and not exists (select from schedule_window_ci x where x.window_id = w.id))
    order by w.id`);
  const known = (row: WindowRow): ConflictWindow[] => {
    const recurrence: Recurrence = {
      startsAt: at(row.starts),
      endsAt: at(row.ends),
      rrule: row.rrule,
      timeZone: row.zone,
      kind: row.kind,
      exceptions: row.exceptions,
    };
    // One occurrence can overlap several spans.
    const found = new Map(
      merged.flatMap((span) => occurrencesIn(recurrence, span).map((one) => [one.startsAt.getTime(), one] as const)),
    );
    const bindsUntil = row.kind === 'BLACKOUT' ? null : endOf(recurrence);
    const over = row.kind === 'BLACKOUT' ? found.size === 0 : bindsUntil !== null && bindsUntil <= first.startsAt;
    return over
      ? []
      : [
          {
            id: row.id,
            name: row.name,
            kind: row.kind,
            occurrences: [...found.values()],
            ciIds: row.cis,
            ciClasses: row.classes,
            bindsUntil,
          },
        ];
  };
  const steps = function* (): Steps<ConflictWindow[]> {
    const windows: ConflictWindow[] = [];
    for (const row of rows) {
      yield;
      windows.push(...known(row));
    }
    return windows;
  };
  return await inTurns(steps());
}

/**
 * Most items that the entries of one slice may touch in all: a question that touches more would stop the server for
 * others.
 */
const MAX_TOUCHED = 3_000_000;

function budgetedReach(graph: ImpactGraph): ScheduleSlice['reach'] {
  let touched = 0;
  return (ciIds) => {
    const reach = reachFrom(graph, ciIds);
    touched += reach.size;
    if (touched > MAX_TOUCHED)
      throw new RequestError(
        'LIMIT_EXCEEDED',
        'The entries in this time impact too many configuration items. Ask for a shorter time.',
        { max: MAX_TOUCHED },
      );
    return reach;
  };
}

/**
 * Loads what conflicts in some spans depend on, in three statements whatever the number of entries, items and windows.
 * @param extra entries that are not booked, such as work whose time is still to be chosen.
 * @param now the present, for a question about work that begins now.
 */
export async function readScheduleSlice(
  db: Queryable,
  spans: readonly Interval[],
  extra: readonly ConflictEntry[] = [],
  now: Date | null = null,
  unasked: Unasked = NOTHING,
  impact = new ImpactReader(db),
): Promise<ScheduleSlice> {
  const entries = [...(await readConflictEntries(db, spans, now, unasked)), ...extra];
  const graph = await impact.graph(entries.flatMap(({ ciIds }) => ciIds));
  // Entries reach beyond the spans, and have to be inside their windows as a whole.
  const windows = await readWindows(db, graph, [...spans, ...entries.filter(({ ciIds }) => ciIds.length > 0)]);
  return { entries, windows, graph, reach: budgetedReach(graph) };
}

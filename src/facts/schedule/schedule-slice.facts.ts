import { epochMs } from '../../database/expressions.js';
import { sql } from 'kysely';
import type { CiClass } from '../../domain/cmdb/configuration-item.machine.js';
import { RequestError } from '../../domain/errors.js';
import { reachFrom, type ImpactGraph, type Reach } from '../../domain/cmdb/impact.js';
import { mergeIntervals, type Interval } from '../../domain/schedule/interval.js';
import type { Recurrence, WindowKind } from '../../domain/schedule/schedule.js';
import type { WindowException } from '../../domain/schedule/window-exception.js';
import { withBackOut, type ConflictEntry } from '../../domain/schedule/conflict-entry.js';
import { ImpactReader } from '../cmdb/impact-reader.js';
import { ALL_ASKED, readConflictEntries, type Unasked } from './conflict-entry.facts.js';
import { endOf, occurrencesIn } from './occurrence-cache.js';
import type { Queryable } from '../../database/queryable.js';
import type { Steps } from '../../domain/steps.js';
import { inTurns } from '../turns.js';
import { conditionsOfWindows, dependencies, foundByWindows, holdsForEverything } from './window-scope.facts.js';
import type { KeptFilter } from '../../domain/distribution/target-choice.js';
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
  readonly services: string[];
  readonly filter: KeptFilter | null;
  readonly exceptions: WindowException[];
}

/**
 * Active windows that hold for some of the items of a graph or for everything, with their occurrences in the spans. Of
 * its items a window shows those of the graph only. Change windows that are not open in the spans are there too,
 * because work is outside them; but not those that are over before, which no longer bind anything.
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
    with named as (
      select x.window_id, json_agg(x.ci_id) filter (where not x.as_service) as cis,
        json_agg(x.ci_id) filter (where x.as_service) as services
      from schedule_window_ci x where x.ci_id = any(${ids}::uuid[]) group by x.window_id)
    select w.id, w.name, w.kind, ${epochMs('w.starts_at')} as starts, ${epochMs('w.ends_at')} as ends,
      w.rrule, w.time_zone as zone, w.exceptions, to_json(w.ci_classes) as classes, coalesce(n.cis, '[]') as cis,
      coalesce(n.services, '[]') as services, w.filter
    from schedule_window w left join named n on n.window_id = w.id
    where w.active and (w.rrule is not null or w.ends_at > ${first.startsAt.toISOString()}::timestamptz)
      and (w.kind <> 'BLACKOUT' or w.starts_at < ${last.endsAt.toISOString()}::timestamptz)
      and (n.window_id is not null or w.ci_classes && ${classes}::text[] or w.filter is not null
        or ${holdsForEverything('w')})
    order by w.id`);
  const found = await foundByWindows(db, conditionsOfWindows(rows), ids);
  const isScoped = ({ id, cis, services, classes: ofClasses, filter }: WindowRow) =>
    filter === null || found.has(id) || cis.length + services.length + ofClasses.length > 0;
  const dependedOn = dependencies(graph);
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
    const during = new Map(
      merged.flatMap((span) => occurrencesIn(recurrence, span).map((one) => [one.startsAt.getTime(), one] as const)),
    );
    const bindsUntil = row.kind === 'BLACKOUT' ? null : endOf(recurrence);
    const over = row.kind === 'BLACKOUT' ? during.size === 0 : bindsUntil !== null && bindsUntil <= first.startsAt;
    return over
      ? []
      : [
          {
            id: row.id,
            name: row.name,
            kind: row.kind,
            occurrences: [...during.values()],
            ciIds: row.cis,
            serviceCiIds: row.kind === 'BLACKOUT' ? row.services : dependedOn(row.services),
            foundCiIds: found.get(row.id) ?? [],
            ciClasses: row.classes,
            bindsUntil,
          },
        ];
  };
  const steps = function* (): Steps<ConflictWindow[]> {
    const windows: ConflictWindow[] = [];
    for (const row of rows.filter(isScoped)) {
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

/** Finds what work touches, within what one request may cost. @throws RequestError LIMIT_EXCEEDED */
export function budgetedReach(graph: ImpactGraph): ScheduleSlice['reach'] {
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
  unasked: Unasked = ALL_ASKED,
  impact = new ImpactReader(db),
): Promise<ScheduleSlice> {
  const entries = [...(await readConflictEntries(db, spans, now, unasked)), ...extra];
  const graph = await impact.graph(entries.flatMap(({ ciIds }) => ciIds));
  // Entries reach beyond the spans, and have to be inside their windows as a whole.
  const working = entries.filter(({ ciIds }) => ciIds.length > 0).map(withBackOut);
  const windows = await readWindows(db, graph, [...spans, ...working]);
  return { entries, windows, graph, reach: budgetedReach(graph) };
}

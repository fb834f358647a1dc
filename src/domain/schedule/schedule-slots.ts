import { intersection, intervalContains, mergeIntervals, subtractIntervals, type Interval } from './interval.js';
import type { ImpactGraph, Reach } from '../cmdb/impact.js';
import { firstCovered, scopedWindow, windowBinds, windowsFor, type ConflictWindow } from './schedule-conflict.js';

/** What decides when work on some items may be done. */
export interface SlotConstraints {
  /** Targets of the work. */
  readonly ciIds: readonly string[];
  /** Everything it touches: targets and what they impact. */
  readonly reach: Reach;
  /** Windows with their occurrences in the span that is searched. */
  readonly windows: readonly ConflictWindow[];
  readonly graph: ImpactGraph;
  /** Times at which other work stands in the way. */
  readonly busy: readonly Interval[];
}

/**
 * The times of the change and maintenance windows that work has to keep to which starts at an instant: one list of occurrences for
 * each set of windows that holds for some targets. Targets without windows are free and add none.
 */
export function changeWindowTimes(
  ciIds: readonly string[],
  windows: readonly ConflictWindow[],
  graph: ImpactGraph,
  startsAt: Date,
): Interval[][] {
  const scoped = windows
    .filter((window) => window.kind !== 'BLACKOUT' && windowBinds(window, startsAt))
    .map(scopedWindow);
  const sets = new Map<string, Interval[]>();
  for (const ciId of ciIds) {
    const applicable = windowsFor(ciId, graph.nodes.get(ciId)?.ciClass, scoped);
    if (applicable.length === 0) continue;
    const key = applicable.map(({ id }) => id).join();
    if (!sets.has(key))
      sets.set(
        key,
        applicable.flatMap(({ occurrences }) => occurrences),
      );
  }
  return [...sets.values()];
}

/** The blackouts that hold for something the work touches. */
export function hittingBlackouts(
  reach: Reach,
  windows: readonly ConflictWindow[],
  graph: ImpactGraph,
): ConflictWindow[] {
  return windows
    .filter(({ kind }) => kind === 'BLACKOUT')
    .map(scopedWindow)
    .filter((window) => firstCovered(window, reach, (ciId) => graph.nodes.get(ciId)?.ciClass) !== undefined);
}

/** The times of two lists of spans at once. */
function common(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  const [left, right] = [mergeIntervals(a), mergeIntervals(b)];
  const both: Interval[] = [];
  for (let i = 0, j = 0; i < left.length && j < right.length;) {
    const [one, other] = [left[i] as Interval, right[j] as Interval];
    const shared = intersection(one, other);
    if (shared !== null) both.push(shared);
    if (one.endsAt <= other.endsAt) i++;
    else j++;
  }
  return both;
}

/**
 * All time in a span in which the work may be done, in order: inside the windows of every target, no blackout, nothing in the way. A
 * stretch ends where a window is over and others bind from then on; work that runs on from one stretch into the next is bound by
 * the windows of its start.
 */
export function findFreeSpans(span: Interval, { ciIds, reach, windows, graph, busy }: SlotConstraints): Interval[] {
  const closed = [...busy, ...hittingBlackouts(reach, windows, graph).flatMap(({ occurrences }) => occurrences)];
  const allowed = subtractIntervals(span, closed);
  const ends = windows.flatMap(({ bindsUntil }) =>
    bindsUntil != null && intervalContains(span, bindsUntil) ? [bindsUntil.getTime()] : [],
  );
  const cuts = [...new Set([span.startsAt.getTime(), ...ends, span.endsAt.getTime()])].sort((a, b) => a - b);
  const free: Interval[] = [];
  for (const [index, cut] of cuts.slice(0, -1).entries()) {
    const startsAt = new Date(cut);
    let open = common(allowed, [{ startsAt, endsAt: span.endsAt }]);
    for (const times of changeWindowTimes(ciIds, windows, graph, startsAt)) open = common(open, times);
    for (const stretch of open) {
      // What the stretch before this cut runs on into is told with that.
      if (
        stretch.startsAt.getTime() >= (cuts[index + 1] as number) ||
        free.at(-1)?.endsAt.getTime() === stretch.endsAt.getTime()
      )
        continue;
      free.push(stretch);
    }
  }
  return free;
}

import { intersection, mergeIntervals, subtractIntervals, type Interval } from './interval.js';
import type { ImpactGraph, Reach } from './impact.js';
import { firstCovered, scopedWindow, windowsFor, type ConflictWindow } from './schedule-conflict.js';

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
 * The times of the change and maintenance windows that the targets have to keep to: one list of occurrences for each set of windows
 * that holds for some of them. Targets without windows are free and add none.
 */
export function changeWindowTimes(
  ciIds: readonly string[],
  windows: readonly ConflictWindow[],
  graph: ImpactGraph,
): Interval[][] {
  const scoped = windows.filter(({ kind }) => kind !== 'BLACKOUT').map(scopedWindow);
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
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    const [one, other] = [left[i] as Interval, right[j] as Interval];
    const shared = intersection(one, other);
    if (shared !== null) both.push(shared);
    if (one.endsAt <= other.endsAt) i++;
    else j++;
  }
  return both;
}

/** All time in a span in which the work may be done, in order: inside the windows of every target, no blackout, nothing in the way. */
export function findFreeSpans(span: Interval, { ciIds, reach, windows, graph, busy }: SlotConstraints): Interval[] {
  let open: Interval[] = [span];
  for (const times of changeWindowTimes(ciIds, windows, graph)) open = common(open, times);
  const closed = mergeIntervals([...busy, ...hittingBlackouts(reach, windows, graph).flatMap(({ occurrences }) => occurrences)]);
  return common(open, subtractIntervals(span, closed));
}

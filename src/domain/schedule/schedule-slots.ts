import { intersection, intervalContains, mergeIntervals, subtractIntervals, type Interval } from './interval.js';
import type { ImpactGraph, Reach } from '../cmdb/impact.js';
import { type ConflictWindow, firstCovered, scopedWindow, windowBinds, windowsFor } from './conflict-window.js';

/** What determines when work on some items is possible. */
export interface SlotConstraints {
  /** Targets of the work. */
  readonly ciIds: readonly string[];
  /** Everything that the work impacts, including its targets. */
  readonly reach: Reach;
  /** Windows with their occurrences in the searched span. */
  readonly windows: readonly ConflictWindow[];
  readonly graph: ImpactGraph;
  /** Times that other work occupies. */
  readonly busy: readonly Interval[];
}

/**
 * The times of the change and maintenance windows that bind work starting at an instant: one list of occurrences for
 * each set of windows that applies to some targets. Targets without windows add none.
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

/** The blackouts that apply to something the work impacts. */
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

/** The intersection of two lists of spans. */
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
 * All times in a span when the work is possible, in order: inside the windows of every target, outside blackouts, and
 * free of other work. A stretch ends where a window ends for good and other windows bind from then on. Work that
 * continues from one stretch into the next is bound by the windows of its start.
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
      // A stretch that continues from before this cut is already in the list.
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

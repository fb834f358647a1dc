import { mergeIntervals, type Interval } from '../schedule/interval.js';

/** Most tasks that the members of a team may have at once, as a limit of the limit. */
export const MAX_TASKS_AT_ONCE = 1_000;

/**
 * The times at which at least a number of intervals overlap, in order.
 * @param count at least 1
 */
export function timesWithAtLeast(count: number, intervals: readonly Interval[]): Interval[] {
  const changes = intervals
    .filter(({ startsAt, endsAt }) => startsAt < endsAt)
    .flatMap(({ startsAt, endsAt }) => [
      { at: startsAt, by: 1 },
      { at: endsAt, by: -1 },
    ])
    // What ends at an instant makes room for what starts at it.
    .sort((a, b) => a.at.getTime() - b.at.getTime() || a.by - b.by);
  const found: Interval[] = [];
  let active = 0;
  let since: Date | null = null;
  for (const { at, by } of changes) {
    active += by;
    if (active >= count) since ??= at;
    else if (since !== null) {
      found.push({ startsAt: since, endsAt: at });
      since = null;
    }
  }
  return mergeIntervals(found);
}

/** What the members of a team have to do and when they are away. */
export interface TeamTime {
  /** Most tasks of its members at once; null for no limit. */
  readonly maxTasksAtOnce: number | null;
  /** Tasks of the members. */
  readonly tasks: readonly Interval[];
  /** For each member the times at which they cannot take a task: off, absent or busy. */
  readonly unavailable: readonly (readonly Interval[])[];
}

/**
 * The times in a span at which a team can take no further task: as many as it may have are under way, or nobody is
 * free.
 */
export function timesWithoutCapacity({ maxTasksAtOnce, tasks, unavailable }: TeamTime, span: Interval): Interval[] {
  if (unavailable.length === 0) return [span];
  const full = maxTasksAtOnce === null ? [] : timesWithAtLeast(maxTasksAtOnce, tasks);
  const nobody = timesWithAtLeast(unavailable.length, unavailable.flatMap(mergeIntervals));
  return mergeIntervals([...full, ...nobody]);
}

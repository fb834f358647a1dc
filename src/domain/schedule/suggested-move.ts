import type { Interval } from './interval.js';
import type { FreeSlot } from './slot-rank.js';

/** Most moves that are suggested for one conflict. */
export const MAX_SUGGESTED_MOVES = 3;

/** Maximum number of other times of one entry that are judged. */
export const MAX_TRIED_MOVES = 4;

/** How far from its present time another time of an entry is looked for, in days: before and after. */
export const SUGGESTION_DAYS = { before: 7, after: 30 } as const;

/**
 * Other times for an entry, the nearest to its present time first: one in each stretch of free time.
 * @param stretches all places where it fits in
 */
export function nearestTimes(entry: Interval, stretches: readonly FreeSlot[]): Interval[] {
  const [from, length] = [entry.startsAt.getTime(), entry.endsAt.getTime() - entry.startsAt.getTime()];
  return stretches
    .map(({ startsAt, latestStartsAt }) => Math.min(Math.max(from, startsAt.getTime()), latestStartsAt.getTime()))
    .filter((start) => start !== from)
    .toSorted((a, b) => Math.abs(a - from) - Math.abs(b - from) || a - b)
    .slice(0, MAX_TRIED_MOVES)
    .map((start) => ({ startsAt: new Date(start), endsAt: new Date(start + length) }));
}

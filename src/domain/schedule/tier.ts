import type { Interval } from './interval.js';

const HOUR_MS = 3_600_000;

/**
 * How long the intervals of each tier last at most, in milliseconds: an hour, and four times as much from one tier to
 * the next. An index on tier and start finds what overlaps a span without a look at everything that began before it:
 * in a tier, only what began at most that long ago can.
 */
export const TIER_LENGTHS_MS: readonly number[] = Array.from({ length: 10 }, (_, tier) => HOUR_MS * 4 ** tier);

/** The tier of an interval; the last one for all that are longer than it. */
export function tierOf({ startsAt, endsAt }: Interval): number {
  const length = endsAt.getTime() - startsAt.getTime();
  const tier = TIER_LENGTHS_MS.findIndex((longest) => length <= longest);
  return tier === -1 ? TIER_LENGTHS_MS.length - 1 : tier;
}

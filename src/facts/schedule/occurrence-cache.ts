import { BoundedMap } from '../../domain/bounded-map.js';
import { intervalsOverlap, type Interval } from '../../domain/schedule/interval.js';
import { endOfRecurrence, expandOccurrences } from '../../domain/schedule/recurrence.js';
import type { Recurrence } from '../../domain/schedule/schedule.js';

const DAY = 86_400_000;

/** Length of the stretches in which occurrences are kept. */
const STRETCH_MS = 32 * DAY;

/** How many stretches are kept; the one that was not asked for longest goes first. */
const STRETCHES = { entries: 5_000, bytes: 33_554_432 };
/** How many ends of rules are kept. */
const ENDS = { entries: 5_000, bytes: 4_194_304 };
/** Size of an interval, which has two instants. */
const INTERVAL_BYTES = 160;

const stretches = new BoundedMap<readonly Interval[]>(STRETCHES);
const ends = new BoundedMap<{ readonly end: Date | null }>(ENDS);

const keyOf = ({ startsAt, endsAt, rrule, timeZone, kind, exceptions = [] }: Recurrence) =>
  [
    ...[startsAt.getTime(), endsAt.getTime(), rrule, timeZone, kind === 'BLACKOUT'],
    ...exceptions.flatMap((one) => [one.occurrence, one.startsAt, one.endsAt]),
  ].join('|');

function stretch(recurrence: Recurrence, number: number): readonly Interval[] {
  const key = `${keyOf(recurrence)}|${number}`;
  let found = stretches.get(key);
  if (!found) {
    found = expandOccurrences(recurrence, new Date(number * STRETCH_MS), new Date((number + 1) * STRETCH_MS));
    stretches.set(key, found, found.length * INTERVAL_BYTES);
  }
  return found;
}

/** When a window is over, like `endOfRecurrence`. */
export function endOf(recurrence: Recurrence): Date | null {
  if (recurrence.rrule == null) return recurrence.endsAt;
  const key = keyOf(recurrence);
  let found = ends.get(key);
  if (!found) ends.set(key, (found = { end: endOfRecurrence(recurrence) }), INTERVAL_BYTES);
  return found.end;
}

/**
 * The occurrences that overlap a span, in order and whole, like `expandOccurrences`, for a span of any length. What a
 * rule gives never changes, so it is worked out once per rule and stretch of time; nothing has to be made invalid.
 */
export function occurrencesIn(recurrence: Recurrence, span: Interval): Interval[] {
  if (recurrence.rrule == null)
    return intervalsOverlap(recurrence, span) ? [{ startsAt: recurrence.startsAt, endsAt: recurrence.endsAt }] : [];
  const found = new Map<number, Interval>();
  const last = Math.floor((span.endsAt.getTime() - 1) / STRETCH_MS);
  for (
    let number = Math.floor(Math.max(span.startsAt.getTime(), recurrence.startsAt.getTime() - DAY) / STRETCH_MS);
    number <= last;
    number++
  ) {
    for (const occurrence of stretch(recurrence, number))
      if (intervalsOverlap(occurrence, span)) found.set(occurrence.startsAt.getTime(), occurrence);
  }
  return [...found.values()];
}

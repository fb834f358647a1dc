import { intervalsOverlap, type Interval } from '../../domain/schedule/interval.js';
import { endOfRecurrence, expandOccurrences, type Recurrence } from '../../domain/schedule/schedule.js';

const DAY = 86_400_000;

/** Length of the stretches in which occurrences are kept. */
const STRETCH_MS = 32 * DAY;

/** Most stretches that are kept; the one that was not asked for longest goes first. */
const MAX_STRETCHES = 5_000;

/** Keeps what was worked out, up to a number of things. */
class Cache<T> {
  readonly #kept = new Map<string, T>();

  constructor(readonly size: number) {}

  get(key: string, work: () => T): T {
    const found = this.#kept.has(key) ? (this.#kept.get(key) as T) : work();
    this.#kept.delete(key);
    this.#kept.set(key, found);
    if (this.#kept.size > this.size) this.#kept.delete(this.#kept.keys().next().value as string);
    return found;
  }
}

const stretches = new Cache<readonly Interval[]>(MAX_STRETCHES);
const ends = new Cache<Date | null>(MAX_STRETCHES);

const keyOf = ({ startsAt, endsAt, rrule, timeZone, kind }: Recurrence) =>
  [startsAt.getTime(), endsAt.getTime(), rrule, timeZone, kind === 'BLACKOUT'].join('|');

const stretch = (recurrence: Recurrence, number: number): readonly Interval[] =>
  stretches.get(`${keyOf(recurrence)}|${number}`, () =>
    expandOccurrences(recurrence, new Date(number * STRETCH_MS), new Date((number + 1) * STRETCH_MS)),
  );

/** When a window is over, like `endOfRecurrence`. */
export const endOf = (recurrence: Recurrence): Date | null =>
  recurrence.rrule == null ? recurrence.endsAt : ends.get(keyOf(recurrence), () => endOfRecurrence(recurrence));

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

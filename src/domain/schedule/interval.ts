import { RequestError } from '../errors.js';

/** Longest interval that can be booked in the schedule, in days. */
export const MAX_ENTRY_DAYS = 400;

/** A span of time that includes its start and excludes its end, so adjacent spans do not overlap. */
export interface Interval {
  readonly startsAt: Date;
  readonly endsAt: Date;
}

/** A span of time from two instants, as epoch milliseconds; null unless both are known. */
export function intervalOf(startsAt: number | null, endsAt: number | null): Interval | null {
  return startsAt === null || endsAt === null ? null : { startsAt: new Date(startsAt), endsAt: new Date(endsAt) };
}

/** An instant moved by some milliseconds, negative for earlier; null when there is none. */
export function shifted(instant: Date | null | undefined, ms: number): Date | null {
  return instant == null ? null : new Date(instant.getTime() + ms);
}

/** Whether the span is empty. */
export function isEmptyInterval({ startsAt, endsAt }: Interval): boolean {
  return endsAt <= startsAt;
}

/** Whether two spans overlap. Adjacent spans do not, and an empty span overlaps nothing. */
export function intervalsOverlap(a: Interval, b: Interval): boolean {
  return !isEmptyInterval(a) && !isEmptyInterval(b) && a.startsAt < b.endsAt && b.startsAt < a.endsAt;
}

/** The overlap of two spans, or null. */
export function intersection(a: Interval, b: Interval): Interval | null {
  if (!intervalsOverlap(a, b)) return null;
  return {
    startsAt: a.startsAt > b.startsAt ? a.startsAt : b.startsAt,
    endsAt: a.endsAt < b.endsAt ? a.endsAt : b.endsAt,
  };
}

/** Whether the first span contains the second. */
export function intervalCovers(outer: Interval, inner: Interval): boolean {
  return inner.startsAt >= outer.startsAt && inner.endsAt <= outer.endsAt;
}

/** Whether a span contains an instant. */
export function intervalContains({ startsAt, endsAt }: Interval, instant: Date): boolean {
  return startsAt <= instant && instant < endsAt;
}

/** The union of the given spans as the fewest spans, in order. Adjacent spans are joined. */
export function mergeIntervals(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = [];
  const sorted = intervals
    .filter((interval) => !isEmptyInterval(interval))
    .sort((a, b) => a.startsAt.getTime() - b.startsAt.getTime());
  for (const next of sorted) {
    const last = merged.at(-1);
    if (last === undefined || next.startsAt > last.endsAt)
      merged.push({ startsAt: next.startsAt, endsAt: next.endsAt });
    else if (next.endsAt > last.endsAt) merged[merged.length - 1] = { startsAt: last.startsAt, endsAt: next.endsAt };
  }
  return merged;
}

/** The parts of a span that the given spans do not cover, in order. */
export function subtractIntervals(whole: Interval, cover: readonly Interval[]): Interval[] {
  const rest: Interval[] = [];
  let from = whole.startsAt;
  for (const { startsAt, endsAt } of mergeIntervals(cover)) {
    if (endsAt <= from) continue;
    if (startsAt >= whole.endsAt) break;
    if (startsAt > from) rest.push({ startsAt: from, endsAt: startsAt });
    from = endsAt;
  }
  if (from < whole.endsAt) rest.push({ startsAt: from, endsAt: whole.endsAt });
  return rest;
}

/** A span for people, e.g. `2026-11-27 22:00 UTC to 2026-11-27 23:00 UTC`. */
export function intervalText({ startsAt, endsAt }: Interval): string {
  const text = (date: Date): string => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `${text(startsAt)} to ${text(endsAt)}`;
}

/**
 * Checks a time that a client gives for the schedule.
 * @throws RequestError BAD_USER_INPUT when it is empty or longer than {@link MAX_ENTRY_DAYS} days.
 */
export function expectInterval(startsAt: Date, endsAt: Date, field: string): void {
  if (endsAt <= startsAt) throw new RequestError('BAD_USER_INPUT', `"${field}" must be after the start.`, { field });
  if (endsAt.getTime() - startsAt.getTime() > MAX_ENTRY_DAYS * 86_400_000)
    throw new RequestError('BAD_USER_INPUT', `"${field}" is at most ${MAX_ENTRY_DAYS} days after the start.`, {
      field,
      max: MAX_ENTRY_DAYS,
    });
}

import type { Temporal } from 'temporal-polyfill';
import type { RRuleTemporal } from 'rrule-temporal';
import { intervalsOverlap, type Interval } from './interval.js';
import { validateRecurrence } from './recurrence-problem.js';
import { instantOf, ruleParts, untilOf, wallClock, wallClockRule } from './recurrence-rule.js';
import type { Recurrence } from './schedule.js';
import { addedOccurrences, replacedStarts } from './window-exception.js';

/** Maximum span of one call of {@link expandOccurrences}, in days. */
export const MAX_EXPANSION_DAYS = 800;

const DAY = 86_400_000;

const milliseconds = (from: Temporal.PlainDateTime, to: Temporal.PlainDateTime): number =>
  from.until(to, { largestUnit: 'hour' }).total('millisecond');

/** An occurrence that lies wholly in the hour that the clock skips takes place after the jump, for its length. */
function placed(start: Temporal.PlainDateTime, end: Temporal.PlainDateTime, { timeZone, kind }: Recurrence): Interval {
  const startsAt = instantOf(start, timeZone, false);
  const endsAt = instantOf(end, timeZone, kind === 'BLACKOUT');
  return { startsAt, endsAt: endsAt > startsAt ? endsAt : new Date(startsAt.getTime() + milliseconds(start, end)) };
}

/** Sorts occurrences by time. Of two that a jump of the clock puts at one instant, the longer one is left. */
function inOrder(occurrences: readonly Interval[]): Interval[] {
  const byStart = new Map<number, Interval>();
  for (const occurrence of occurrences) {
    const known = byStart.get(occurrence.startsAt.getTime());
    if (known === undefined || known.endsAt < occurrence.endsAt) byStart.set(occurrence.startsAt.getTime(), occurrence);
  }
  return [...byStart.values()].sort((a, b) => a.startsAt.getTime() - b.startsAt.getTime());
}

/**
 * The occurrences that overlap a span of time, in order and not clipped to the span. A recurring window starts and ends
 * by local time: 22:00 to 06:00 stays 22:00 to 06:00 when daylight saving time makes that night an hour shorter or
 * longer. A time that the clock skips becomes the instant of the jump, and an occurrence that lies wholly in what the
 * clock skips begins there with its full length. Where the clock shows a time twice, a start is the first one, and so
 * is an end; the end of a blackout is the second one. The first occurrence is the one that was given. Exceptions take
 * the place of what the rule gives.
 * @throws RangeError for a span of more than {@link MAX_EXPANSION_DAYS} days, or a recurrence that does not validate.
 */
export function expandOccurrences(recurrence: Recurrence, from: Date, to: Date): Interval[] {
  const { startsAt, endsAt, rrule, timeZone, exceptions = [] } = recurrence;
  const span = { startsAt: from, endsAt: to };
  if (rrule == null) return intervalsOverlap({ startsAt, endsAt }, span) ? [{ startsAt, endsAt }] : [];
  if (to.getTime() - from.getTime() > MAX_EXPANSION_DAYS * DAY)
    throw new RangeError(`The maximum span for listing occurrences is ${MAX_EXPANSION_DAYS} days.`);
  const problem = validateRecurrence(recurrence)[0];
  if (problem !== undefined) throw new RangeError(problem.message);
  const start = wallClock(startsAt, timeZone);
  const length = start.until(wallClock(endsAt, timeZone));
  const rule = wallClockRule(start, rrule, timeZone);
  const until = untilOf(rrule, timeZone)?.instant ?? null;
  // Two days more on either side than an occurrence lasts, because zones are up to a day away from UTC.
  const longest = endsAt.getTime() - startsAt.getTime() + 2 * DAY;
  const first = new Date(Math.max(from.getTime() - longest, startsAt.getTime() - 2 * DAY));
  const last = new Date(to.getTime() + 2 * DAY);
  const found = rule
    .between(first, last, true)
    .map((occurrence) => occurrence.toPlainDateTime())
    .filter((wall) => !wall.equals(start))
    .map((wall) => placed(wall, wall.add(length), recurrence))
    .filter((occurrence) => until === null || occurrence.startsAt <= until);
  // The first occurrence counts whether the rule matches it or not; the library forgets it for some rules.
  const replaced = replacedStarts(exceptions);
  const ruled = [{ startsAt, endsAt }, ...found].filter((occurrence) => !replaced.has(occurrence.startsAt.getTime()));
  return inOrder([...ruled, ...addedOccurrences(exceptions)].filter((one) => intervalsOverlap(one, span)));
}

// Where the clock shows a time twice, the wall of an occurrence can be later than that of a UNTIL after it.
function lastWall(
  { wall, instant }: NonNullable<ReturnType<typeof untilOf>>,
  timeZone: string,
): Temporal.PlainDateTime {
  const repeated =
    instant === null ? 0 : instantOf(wall, timeZone, true).getTime() - instantOf(wall, timeZone, false).getTime();
  return wall.add({ milliseconds: repeated });
}

/**
 * When a window ends for good: the end of its last occurrence or, for a rule with UNTIL, an instant after it. Null for
 * a window that repeats endlessly, or for longer than can be worked out.
 * @throws RangeError for a recurrence that does not validate.
 */
export function endOfRecurrence(recurrence: Recurrence): Date | null {
  const { startsAt, endsAt, rrule, timeZone } = recurrence;
  if (rrule == null) return endsAt;
  const problem = validateRecurrence(recurrence)[0];
  if (problem !== undefined) throw new RangeError(problem.message);
  const start = wallClock(startsAt, timeZone);
  const until = untilOf(rrule, timeZone);
  const last =
    until !== undefined
      ? lastWall(until, timeZone)
      : ruleParts(rrule).has('COUNT')
        ? lastCounted(wallClockRule(start, rrule, timeZone))
        : null;
  if (last === null) return null;
  const length = start.until(wallClock(endsAt, timeZone), { largestUnit: 'day' });
  const wall = last ?? start;
  const { endsAt: end } = placed(wall, wall.add(length), { ...recurrence, kind: 'BLACKOUT' });
  const ends = [end, endsAt, ...addedOccurrences(recurrence.exceptions ?? []).map((one) => one.endsAt)];
  return new Date(Math.max(...ends.map((one) => one.getTime())));
}

// A rule with long pauses and a large count ends after the last year there is, or after too many steps.
function lastCounted(rule: RRuleTemporal<Temporal.ZonedDateTime>): Temporal.PlainDateTime | null | undefined {
  try {
    return rule.all().at(-1)?.toPlainDateTime();
  } catch {
    return null;
  }
}

import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';

/** Whether a name is an IANA time zone or UTC. Fixed offsets are not: they ignore daylight saving time. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

/** A rule as it is kept: calendars put "RRULE:" in front of it, and write it in any case. */
export const plainRule = (rrule: string): string =>
  rrule
    .trim()
    .replace(/^RRULE:/i, '')
    .toUpperCase();

/** The parts of a rule by name, e.g. FREQ. */
export function ruleParts(rrule: string): Map<string, string> {
  return new Map(rrule.split(';').map((part) => [part.split('=')[0] ?? '', part.split('=').slice(1).join('=')]));
}

/** What a clock on the wall shows at an instant. */
export function wallClock(instant: Date, timeZone: string): Temporal.PlainDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(timeZone).toPlainDateTime();
}

/** The instant of a local time. A time that occurs twice gives its first instant or, with `last`, its second. */
export function instantOf(wall: Temporal.PlainDateTime, timeZone: string, last: boolean): Date {
  const earlier = wall.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  if (earlier.toPlainDateTime().equals(wall)) {
    const chosen = last ? wall.toZonedDateTime(timeZone, { disambiguation: 'later' }) : earlier;
    return new Date(chosen.epochMilliseconds);
  }
  // The clock skips this time, so it becomes the instant of the jump.
  return new Date(earlier.getTimeZoneTransition('next')?.epochMilliseconds ?? earlier.epochMilliseconds);
}

/** The last time at which an occurrence may start. */
export interface Until {
  /** By the clock on the wall. */
  readonly wall: Temporal.PlainDateTime;
  /** The instant of a UNTIL in UTC; null for a local date or time, which the clock on the wall decides alone. */
  readonly instant: Date | null;
}

/** The UNTIL of a rule: a local date, a local time or, as RFC 5545 asks for, a time in UTC. */
export function untilOf(rrule: string, timeZone: string): Until | undefined {
  const until = ruleParts(rrule).get('UNTIL');
  if (until === undefined) return undefined;
  const [date = '', time = '235959'] = until.replace('Z', '').split('T');
  const plain = Temporal.PlainDateTime.from(`${date}T${time}`);
  if (!until.endsWith('Z')) return { wall: plain, instant: null };
  const zoned = plain.toZonedDateTime('UTC').withTimeZone(timeZone);
  return { wall: zoned.toPlainDateTime(), instant: new Date(zoned.epochMilliseconds) };
}

/**
 * The BYDAY of a yearly rule that the library understands. Of a list such as `1WE,MO` it keeps the numbered weekdays
 * only, so every weekday gets its numbers (docs/windows.md). The last one is -1, because not every year has a 53rd.
 */
function numberedWeekdays(parts: ReadonlyMap<string, string>): string | undefined {
  const days = (parts.get('BYDAY') ?? '').split(',');
  const isNumbered = (day: string) => day.length > 2;
  if (parts.get('FREQ') !== 'YEARLY' || !days.some(isNumbered) || days.every(isNumbered)) return undefined;
  const numbers = [...Array.from({ length: parts.has('BYMONTH') ? 4 : 52 }, (_, index) => index + 1), -1];
  return days.flatMap((day) => (isNumbered(day) ? day : numbers.map((number) => `${number}${day}`))).join(',');
}

/**
 * A rule in local time, as if that were UTC, so that daylight saving time neither drops nor moves an occurrence. Each
 * occurrence is placed in its zone afterwards. A UNTIL in UTC is a day late here: only the instant of an occurrence can
 * say whether it still counts, because the clock can show an hour twice.
 * @param maxIterations how many steps of its frequency it may take to the next occurrence. The library throws after it.
 */
export function wallClockRule(
  start: Temporal.PlainDateTime,
  rrule: string,
  timeZone: string,
  maxIterations?: number,
): RRuleTemporal<Temporal.ZonedDateTime> {
  const parts = ruleParts(rrule);
  const until = untilOf(rrule, timeZone);
  if (until !== undefined) {
    const wall = until.instant === null ? until.wall : until.wall.add({ days: 1 });
    parts.set('UNTIL', `${wall.toString({ smallestUnit: 'second' }).replace(/[-:]/g, '')}Z`);
  }
  const days = numberedWeekdays(parts);
  if (days !== undefined) parts.set('BYDAY', days);
  return new RRuleTemporal({
    rruleString: [...parts].map(([name, value]) => `${name}=${value}`).join(';'),
    dtstart: start.toZonedDateTime('UTC'),
    includeDtstart: true,
    temporal: Temporal,
    ...(maxIterations !== undefined && { maxIterations }),
  });
}

import { Temporal } from 'temporal-polyfill';
import { intervalsOverlap, mergeIntervals, subtractIntervals, type Interval } from '../schedule/interval.js';
import { instantOf, isTimeZone, wallClock } from '../schedule/recurrence-rule.js';

/** The days of the week, as ISO 8601 counts them. */
export const WEEKDAYS = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'] as const;

/** One of {@link WEEKDAYS}. */
export type Weekday = (typeof WEEKDAYS)[number];

/** Working hours of a day by local time: `HH:MM`. An end that is not after the start is on the next day. */
export interface WorkingHours {
  readonly from: string;
  readonly to: string;
}

/** Working hours of each week. */
export interface WeeklyHours extends WorkingHours {
  readonly day: Weekday;
}

/** The working hours that begin on one date, instead of those of its weekday. None: a day off, e.g. a holiday. */
export interface WorkingDay {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly hours: readonly WorkingHours[];
}

/** When somebody works: hours of each week by the clock of a zone, and dates that differ. */
export interface WorkingTimes {
  /** IANA name, e.g. `Europe/Berlin`. */
  readonly timeZone: string;
  readonly hours: readonly WeeklyHours[];
  readonly exceptions: readonly WorkingDay[];
}

/** Most stretches of hours in a week, and on one date. */
export const MAX_WEEKLY_HOURS = 50;

/** Most dates that differ. */
export const MAX_WORKING_DAYS = 500;

/** What is wrong with working times, and in which input field. */
export interface WorkingTimesProblem {
  readonly field: string;
  readonly message: string;
}

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

function problemsOfHours(hours: readonly WorkingHours[], path: string): WorkingTimesProblem[] {
  if (hours.length > MAX_WEEKLY_HOURS)
    return [{ field: path, message: `There are at most ${MAX_WEEKLY_HOURS} working hours here.` }];
  return hours.flatMap(({ from, to }, index) => {
    const field = `${path}.${index}`;
    const isEnd = TIME.test(to) || to === '24:00';
    if (!TIME.test(from)) return [{ field: `${field}.from`, message: 'A time looks like 09:30.' }];
    if (!isEnd) return [{ field: `${field}.to`, message: 'A time looks like 17:30; the end of a day is 24:00.' }];
    return from === to ? [{ field: `${field}.to`, message: 'The end must differ from the start.' }] : [];
  });
}

function isDate(text: string): boolean {
  try {
    return /^\d{4}-\d{2}-\d{2}$/.test(text) && Temporal.PlainDate.from(text).toString() === text;
  } catch {
    return false;
  }
}

function problemsOfDays(days: readonly WorkingDay[]): WorkingTimesProblem[] {
  const field = 'exceptions';
  if (days.length > MAX_WORKING_DAYS) return [{ field, message: `There are at most ${MAX_WORKING_DAYS} exceptions.` }];
  const known = new Set<string>();
  return days.flatMap(({ date, hours }, index) => {
    const path = `${field}.${index}`;
    const repeated = known.has(date);
    known.add(date);
    if (!isDate(date)) return [{ field: `${path}.date`, message: 'A date looks like 2027-12-24.' }];
    if (repeated) return [{ field: `${path}.date`, message: `${date} is named twice.` }];
    return problemsOfHours(hours, `${path}.hours`);
  });
}

/** Everything that is wrong with working times; empty for those that make sense. */
export function problemsOfWorkingTimes({ timeZone, hours, exceptions }: WorkingTimes): WorkingTimesProblem[] {
  const zone = isTimeZone(timeZone)
    ? []
    : [{ field: 'timeZone', message: `"${timeZone}" is not an IANA time zone such as Europe/Berlin.` }];
  const never =
    hours.length === 0 && exceptions.every((day) => day.hours.length === 0)
      ? [{ field: 'hours', message: 'A calendar without any hours never works. Give at least one.' }]
      : [];
  return [...zone, ...problemsOfHours(hours, 'hours'), ...problemsOfDays(exceptions), ...never];
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/**
 * When somebody works in a span, in order and not clipped to it. Hours keep their local times whatever the clock does:
 * a time that it skips becomes the instant of the jump, one that it shows twice is the first of both as a start and the
 * second as an end. Hours that lie wholly in what is skipped do not take place.
 */
export function workingTimes({ timeZone, hours, exceptions }: WorkingTimes, span: Interval): Interval[] {
  const byDate = new Map(exceptions.map((day) => [day.date, day.hours]));
  const byDay = WEEKDAYS.map((day) => hours.filter((one) => one.day === day));
  const last = wallClock(span.endsAt, timeZone).toPlainDate();
  const found: Interval[] = [];
  let date = wallClock(span.startsAt, timeZone).toPlainDate().subtract({ days: 1 });
  for (; Temporal.PlainDate.compare(date, last) <= 0; date = date.add({ days: 1 })) {
    const own: readonly WorkingHours[] = byDate.get(date.toString()) ?? byDay[date.dayOfWeek - 1] ?? [];
    const midnight = date.toPlainDateTime();
    for (const { from, to } of own) {
      const [start, end] = [minutesOf(from), minutesOf(to)];
      const length = end > start ? end : end + 24 * 60;
      const interval = {
        startsAt: instantOf(midnight.add({ minutes: start }), timeZone, false),
        endsAt: instantOf(midnight.add({ minutes: length }), timeZone, true),
      };
      if (intervalsOverlap(interval, span)) found.push(interval);
    }
  }
  return mergeIntervals(found);
}

/** When somebody does not work in a span, in order. Somebody with several calendars works when one of them says so. */
export function timesOff(calendars: readonly WorkingTimes[], span: Interval): Interval[] {
  if (calendars.length === 0) return [];
  return subtractIntervals(
    span,
    calendars.flatMap((calendar) => workingTimes(calendar, span)),
  );
}

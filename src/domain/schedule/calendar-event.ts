import ICAL from 'ical.js';
import { Temporal } from 'temporal-polyfill';
import type { Steps } from '../steps.js';
import { ianaZoneOf } from './windows-zones.js';
import { instantOf, isTimeZone } from './recurrence-rule.js';
import type { Recurrence, WindowKind } from './schedule.js';
import type { WindowException } from './window-exception.js';

/** Between which years the events of a calendar lie. */
const YEARS = { first: 1900, last: 2200 };

/** When a window of a calendar is open. */
export interface CalendarRecurrence extends Recurrence {
  readonly rrule: string | null;
  readonly exceptions: readonly WindowException[];
}

/** How a calendar is read: the kind of the windows, and the zone of days and of times without a zone. */
export interface CalendarReading {
  readonly kind: WindowKind;
  readonly timeZone: string;
}

/** An event of a calendar that makes no window. */
export class Unreadable extends Error {}

/** A text, cut where it is too long. */
export const cut = (text: string, length: number) => (text.length <= length ? text : `${text.slice(0, length - 1)}…`);

/** A local time with its zone: its own, UTC, or that of the reader for a day and a time without zone. */
function zoneOf(property: ICAL.Property, time: ICAL.Time, readersZone: string): string {
  if (time.zone === ICAL.Timezone.utcTimezone) return 'UTC';
  const named = property.getParameter('tzid');
  if (named === undefined) return readersZone;
  // Some programs put their own name before that of the zone: /citadel.org/20210210_1/Europe/Berlin.
  const parts = String(named).split('/').slice(-3);
  const known = parts.map((_, from) => parts.slice(from).join('/')).find(isTimeZone);
  const name = known ?? ianaZoneOf(String(named));
  if (name === undefined)
    throw new Unreadable(
      `"${cut(String(named), 100)}" is neither an IANA time zone such as Europe/Berlin nor one of Windows.`,
    );
  return name;
}

function wallOf({ year, month, day, hour, minute, second }: ICAL.Time): Temporal.PlainDateTime {
  if (year < YEARS.first || year > YEARS.last)
    throw new Unreadable(`The year ${year} is not between ${YEARS.first} and ${YEARS.last}.`);
  return Temporal.PlainDateTime.from({ year, month, day, hour, minute, second }, { overflow: 'reject' });
}

const instant = (property: ICAL.Property, time: ICAL.Time, readersZone: string): Date =>
  instantOf(wallOf(time), zoneOf(property, time, readersZone), false);

/** The values of a property as they were written. */
const rawValues = (property: ICAL.Property) => (property.toJSON() as unknown[]).slice(3).map(String);
const rawValue = (property: ICAL.Property) => rawValues(property)[0] ?? '';

/** The times of a property. The library makes 3 March of 31 February, which nobody meant. */
function timesOf(property: ICAL.Property): ICAL.Time[] {
  const written = rawValues(property);
  return property.getValues().filter((value, index): value is ICAL.Time => {
    if (!(value instanceof ICAL.Time)) return false;
    if (value.toString() !== written[index]) throw new Unreadable(`"${cut(written[index] ?? '', 30)}" is no time.`);
    return true;
  });
}

function start(event: ICAL.Component, readersZone: string) {
  const property = event.getFirstProperty('dtstart');
  const [time] = property === null ? [] : timesOf(property);
  if (property === null || time === undefined) throw new Unreadable('The event has no DTSTART.');
  return {
    time,
    startsAt: instant(property, time, readersZone),
    timeZone: zoneOf(property, time, readersZone),
  };
}

/** A duration that is as long as a window may be, and no longer: the library counts a huge one day by day. */
const DURATION = /^\+?P(?:(\d{1,3})W|(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?)$/;

/** When an event ends that lasts so long. Days are those of the calendar, hours are those of a clock that runs on. */
function endAfter(duration: string, wall: Temporal.PlainDateTime, timeZone: string): Date {
  const [weeks, days, hours, minutes, seconds] = (DURATION.exec(duration) ?? [])
    .slice(1)
    .map((part) => Number(part ?? 0));
  if (weeks === undefined) throw new Unreadable(`"${cut(duration, 30)}" is no duration that a window may have.`);
  const later = instantOf(wall.add({ weeks, days: days ?? 0 }), timeZone, false);
  return new Date(later.getTime() + (((hours ?? 0) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1_000);
}

/** Start and end of an event. A day without an end lasts that day. */
function spanOf(event: ICAL.Component, readersZone: string) {
  const { time, startsAt, timeZone } = start(event, readersZone);
  const end = event.getFirstProperty('dtend');
  const [endTime] = end === null ? [] : timesOf(end);
  if (end !== null && endTime !== undefined) return { startsAt, endsAt: instant(end, endTime, readersZone), timeZone };
  const [duration = time.isDate ? 'P1D' : undefined] = event.getAllProperties('duration').map(rawValue);
  if (duration === undefined) throw new Unreadable('The event has neither DTEND nor DURATION, so it takes no time.');
  return { startsAt, endsAt: endAfter(duration, wallOf(time), timeZone), timeZone };
}

/** Whether an event says that it does not take place. */
export const cancels = (event: ICAL.Component): boolean =>
  String(event.getFirstPropertyValue('status')).toUpperCase() === 'CANCELLED';

/** How many times are read in one step. */
const TIMES_PER_STEP = 100;

/** Steps through the times of the properties with a name. */
function* eachTime<T>(
  event: ICAL.Component,
  name: string,
  readersZone: string,
  change: (instant: Date) => T,
): Steps<T[]> {
  const found: T[] = [];
  for (const property of event.getAllProperties(name)) {
    const times = timesOf(property);
    if (times.length < property.getValues().length)
      throw new Unreadable(`An ${name.toUpperCase()} with something else than times is not supported.`);
    for (const time of times) {
      if (found.length % TIMES_PER_STEP === 0) yield;
      found.push(change(instant(property, time, readersZone)));
    }
  }
  return found;
}

const text = (instant: Date) => instant.toISOString();

function* exceptionsOf(
  master: ICAL.Component,
  overrides: readonly ICAL.Component[],
  length: number,
  readersZone: string,
): Steps<WindowException[]> {
  const cancelled = yield* eachTime(master, 'exdate', readersZone, (instant) => ({
    occurrence: text(instant),
    startsAt: null,
    endsAt: null,
  }));
  const added = yield* eachTime(master, 'rdate', readersZone, (instant) => ({
    occurrence: null,
    startsAt: text(instant),
    endsAt: text(new Date(instant.getTime() + length)),
  }));
  const moved: WindowException[] = [];
  for (const event of overrides) {
    yield;
    if (event.getFirstProperty('recurrence-id')?.getParameter('range') !== undefined)
      throw new Unreadable('A RANGE of occurrences is not supported.');
    const [occurrence] = yield* eachTime(event, 'recurrence-id', readersZone, text);
    if (occurrence === undefined) throw new Unreadable('A RECURRENCE-ID is no time.');
    const span = cancels(event) ? null : spanOf(event, readersZone);
    moved.push({ occurrence, startsAt: span && text(span.startsAt), endsAt: span && text(span.endsAt) });
  }
  return [...cancelled, ...added, ...moved];
}

/**
 * Steps to when an event takes place, with its moved and cancelled occurrences.
 * @throws Unreadable for what a window cannot say; whatever the library throws
 */
export function* recurrenceOf(
  master: ICAL.Component,
  overrides: readonly ICAL.Component[],
  { kind, timeZone: readersZone }: CalendarReading,
): Steps<CalendarRecurrence> {
  const { startsAt, endsAt, timeZone } = spanOf(master, readersZone);
  const rules = master.getAllProperties('rrule');
  if (master.getFirstProperty('exrule') !== null) throw new Unreadable('EXRULE is not supported.');
  if (rules.length > 1) throw new Unreadable('The event has more than one RRULE.');
  const exceptions = yield* exceptionsOf(master, overrides, endsAt.getTime() - startsAt.getTime(), readersZone);
  const [rule] = rules;
  // RDATE may stand without a rule. A window has exceptions of a rule only, so it gets one that matches once.
  const once = exceptions.length > 0 ? 'FREQ=DAILY;COUNT=1' : null;
  return {
    kind,
    startsAt,
    endsAt,
    timeZone,
    rrule: rule === undefined ? once : String(rule.getFirstValue()),
    exceptions,
  };
}

import {
  ICalCalendar,
  ICalEventStatus,
  ICalEventTransparency,
  type ICalCalendarData,
  type ICalEventData,
  type ICalTemporalZonedDateTimeStub,
} from 'ical-generator';
import { Temporal } from 'temporal-polyfill';
import { tzlib_get_ical_block as timeZoneBlock } from 'timezones-ical-library';
import { toNodeId } from '../../domain/node-id.js';
import { calendarExceptions, ruleWithUtcEnd } from '../../domain/schedule/calendar-feed.js';
import type { Interval } from '../../domain/schedule/interval.js';
import { atOnce, type Steps } from '../../domain/steps.js';
import { occurrencesIn } from '../../facts/schedule/occurrence-cache.js';
import type { ScheduleEntryType } from '../../schema/schedule/schedule-entry.type.js';
import type { ScheduleWindowType } from '../../schema/schedule/schedule-window.type.js';

/** How often calendar programs ask again if they follow the advice, in seconds. */
export const REFRESH_SECONDS = 900;

/** What a calendar object is made of. */
export interface CalendarContent {
  readonly name: string;
  /** What readers should know of the calendar, for example that something is missing. */
  readonly description?: string | undefined;
  readonly entries: readonly ScheduleEntryType[];
  readonly windows: readonly ScheduleWindowType[];
  /** The period for which the occurrences of windows are checked. */
  readonly span: Interval;
}

// Text of a VTIMEZONE and the name under which it is known: an old name such as US/Eastern has a newer one.
function zoneOf(timeZone: string): { readonly name: string; readonly block: string } | undefined {
  const [block, parameter] = timeZoneBlock(timeZone) || [];
  return block && parameter ? { name: parameter.slice('TZID='.length), block } : undefined;
}

/**
 * What a program compares to see which of two states of an event is newer. It grows with every version, and once more
 * when the entry is cancelled because its release was, which gives the entry itself no new version.
 */
const sequenceOf = (version: number, live: boolean): number => 2 * version + (live ? 0 : 1);

const status = (live: boolean) => (live ? ICalEventStatus.CONFIRMED : ICalEventStatus.CANCELLED);

const entryEvent = (entry: ScheduleEntryType): ICalEventData => ({
  id: `${toNodeId('ScheduleEntry', entry.id)}@interlock`,
  stamp: new Date(entry.updatedAt),
  lastModified: new Date(entry.updatedAt),
  sequence: sequenceOf(entry.version, entry.live),
  status: status(entry.live),
  start: new Date(entry.startsAt),
  end: new Date(entry.endsAt),
  summary: entry.title,
  categories: [{ name: entry.kind }],
});

const plainText = (wall: Temporal.PlainDateTime): string =>
  wall.toString({ smallestUnit: 'second' }).replace(/[-:]/g, '');

/** A local time that the zone may skip, as it is. The library would write a later one that exists. */
function asItIs(wall: Temporal.PlainDateTime, timeZone: string): ICalTemporalZonedDateTimeStub {
  const { year, month, day, hour, minute, second } = wall;
  const self: ICalTemporalZonedDateTimeStub = {
    ...{ year, month, day, hour, minute, second },
    timeZoneId: timeZone,
    toInstant: () => wall.toZonedDateTime(timeZone).toInstant(),
    toPlainDateTime: () => wall,
    withTimeZone: () => self,
    toJSON: () => wall.toJSON(),
  };
  return self;
}

function windowEvents(window: ScheduleWindowType, span: Interval): ICalEventData[] {
  const { rrule, kind } = window;
  const recurrence = { ...window, startsAt: new Date(window.startsAt), endsAt: new Date(window.endsAt) };
  const event: ICalEventData = {
    id: `${toNodeId('ScheduleWindow', window.id)}@interlock`,
    stamp: new Date(window.updatedAt),
    lastModified: new Date(window.updatedAt),
    sequence: sequenceOf(window.version, window.active),
    status: status(window.active),
    // A window is no appointment: it makes nobody busy.
    transparency: ICalEventTransparency.TRANSPARENT,
    start: recurrence.startsAt,
    end: recurrence.endsAt,
    summary: `${window.number} ${window.name}`,
    ...(window.description !== '' && { description: window.description }),
    categories: [{ name: kind }],
  };
  const zone = zoneOf(window.timeZone);
  if (rrule === null || zone === undefined) return [event];
  const inZone = (instant: Date) =>
    Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(zone.name);
  const zoned = { ...event, timezone: zone.name };
  const ruled = occurrencesIn({ ...recurrence, exceptions: [] }, span);
  const { cancelled, moved, added } = calendarExceptions({ ...recurrence, rrule }, ruled);
  const exdates = cancelled.map((wall) => `EXDATE;TZID=${zone.name}:${plainText(wall)}`);
  return [
    {
      ...zoned,
      start: inZone(recurrence.startsAt),
      end: inZone(recurrence.endsAt),
      repeating: [`RRULE:${ruleWithUtcEnd(rrule, window.timeZone)}`, ...exdates].join('\r\n'),
    },
    ...moved.map(({ startsAt, endsAt, wall }) => ({
      ...zoned,
      recurrenceId: asItIs(wall, zone.name),
      start: inZone(startsAt),
      end: inZone(endsAt),
    })),
    // An event of its own each: a further date (RDATE) would have the length of the first occurrence.
    ...added.map(({ startsAt, endsAt }) => ({
      ...event,
      id: `${toNodeId('ScheduleWindow', window.id)}.${startsAt.getTime()}@interlock`,
      start: startsAt,
      end: endsAt,
    })),
  ];
}

const END = 'END:VCALENDAR';

/** How many entries are written in one step. */
const ENTRIES_PER_STEP = 50;

/** Events as the lines of a calendar. */
function linesOf(events: readonly ICalEventData[]): string {
  const { head, text } = written({ name: null }, events);
  return text.slice(head.length, -END.length);
}

/** A calendar, and the part of it before its events. */
function written(data: ICalCalendarData, events: readonly ICalEventData[]) {
  const calendar = new ICalCalendar(data);
  const head = calendar.toString().slice(0, -END.length);
  for (const event of events) calendar.createEvent(event);
  return { head, text: calendar.toString() };
}

/**
 * Steps to entries and windows of the schedule as an iCalendar object (RFC 5545). Entries are in UTC and calendar
 * programs convert them; recurring windows are in their time zone, which the object defines. The same content gives the
 * same text.
 */
export function* calendarSteps({ name, description, entries, windows, span }: CalendarContent): Steps<string> {
  const { head } = written(
    {
      name,
      ...(description !== undefined && { description }),
      prodId: { company: 'Interlock', product: 'Change Implementation Schedule', language: 'EN' },
      ttl: REFRESH_SECONDS,
    },
    [],
  );
  const lines: string[] = [];
  const zones = new Map<string, string>();
  for (let at = 0; at < entries.length; at += ENTRIES_PER_STEP) {
    yield;
    lines.push(linesOf(entries.slice(at, at + ENTRIES_PER_STEP).map(entryEvent)));
  }
  for (const window of windows) {
    yield;
    lines.push(linesOf(windowEvents(window, span)));
    const zone = window.rrule === null ? undefined : zoneOf(window.timeZone);
    if (zone !== undefined) zones.set(zone.name, zone.block);
  }
  const blocks = [...zones.values()].map((block) => `${block.trim().replace(/\r?\n/g, '\r\n')}\r\n`);
  return [head, ...blocks, ...lines, END, '\r\n'].join('');
}

/** The same at once; see {@link calendarSteps}. */
export const calendarObject = (content: CalendarContent): string => atOnce(calendarSteps(content));

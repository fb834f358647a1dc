import ICAL from 'ical.js';
import type { Steps } from '../steps.js';
import {
  cancels,
  cut,
  recurrenceOf,
  Unreadable,
  type CalendarReading,
  type CalendarRecurrence,
} from './calendar-event.js';
import { calendarEvents } from './calendar-text.js';
import type { WindowProblemCode } from './recurrence-problem.js';
import { ruleParts } from './recurrence-rule.js';
import { MAX_EXCEPTIONS } from './window-exception.js';
import { newWindowSteps } from './window-problem.js';

/** Maximum COUNT of a rule of a calendar. An endless rule counts nothing, and costs less. */
export const MAX_CALENDAR_COUNT = 1_000;

/** Maximum number of EXDATE and RDATE of all events of a calendar: each is looked for. */
export const MAX_CALENDAR_EXCEPTIONS = 2_000;

/** Why an event makes no window. */
export type CalendarProblemCode = WindowProblemCode | 'EVENT_MALFORMED';

/** What a calendar says about a window. */
export interface CalendarWindow {
  /** What identifies the event in its calendar. */
  readonly uid: string;
  readonly name: string;
  readonly description: string;
  /** Whether the calendar says that the event does not take place. */
  readonly cancelled: boolean;
  /** Null for an event that cannot be read. */
  readonly recurrence: CalendarRecurrence | null;
  /** Why it makes no window. Empty for one that does. */
  readonly problems: readonly { readonly code: CalendarProblemCode; readonly message: string }[];
}

/** The longest lines: of a property with one value, and of a text for people. */
const MAX_LINE = 1_000;
const MAX_TEXT_LINE = 20_000;

/** The most lines of an event. Each property stands in it once, but those for dates. */
const MAX_LINES = MAX_EXCEPTIONS + 50;

const isList = (line: string) => /^(?:EXDATE|RDATE)[;:]/i.test(line);
const isText = (line: string) => /^(?:SUMMARY|DESCRIPTION)[;:]/i.test(line);

const exceptionsIn = (lines: readonly string[]) =>
  lines.filter(isList).reduce((sum, line) => sum + line.split(',').length, 0);

/** An event as it was written, as a component. @throws Unreadable */
function componentOf(lines: readonly string[]): ICAL.Component {
  if (exceptionsIn(lines) > MAX_EXCEPTIONS)
    throw new Unreadable(`The event has more than ${MAX_EXCEPTIONS} EXDATE and RDATE.`);
  if (lines.length > MAX_LINES) throw new Unreadable(`The event has more than ${MAX_LINES} lines.`);
  const long = lines.find((line) => !isList(line) && line.length > (isText(line) ? MAX_TEXT_LINE : MAX_LINE));
  if (long !== undefined) throw new Unreadable(`The line "${cut(long, 30)}" is too long.`);
  const text = ['BEGIN:VEVENT', ...lines, 'END:VEVENT'].join('\r\n');
  return new ICAL.Component(ICAL.parse(text) as ConstructorParameters<typeof ICAL.Component>[0]);
}

const textOf = (event: ICAL.Component, name: string, length: number) =>
  cut(String(event.getFirstPropertyValue(name) ?? '').trim(), length);

/** The title of an event as a name: a tab or a line break in it is a space. */
const nameOf = (event: ICAL.Component) => cut(textOf(event, 'summary', 1_000).replace(/\s+/g, ' '), 200);

/** What the library makes of hostile text is not foreseen: whatever it throws, the event cannot be read. */
function* reading<T>(read: () => Steps<T>): Steps<{ readonly done: T } | { readonly message: string }> {
  try {
    return { done: yield* read() };
  } catch (error) {
    return { message: cut(error instanceof Error ? error.message : String(error), 300) };
  }
}

interface Said {
  readonly uid: string;
  readonly name: string;
  readonly description: string;
  readonly cancelled: boolean;
}

const malformed = (said: Said, message: string): CalendarWindow => ({
  ...said,
  recurrence: null,
  problems: [{ code: 'EVENT_MALFORMED', message }],
});

const isOverride = (event: ICAL.Component) => event.getFirstProperty('recurrence-id') !== null;

function* windowOf(uid: string, events: readonly ICAL.Component[], as: CalendarReading): Steps<CalendarWindow> {
  const masters = events.filter((event) => !isOverride(event));
  const [master = events[0] as ICAL.Component] = masters;
  const description = textOf(master, 'description', 10_000);
  const said = { uid, name: nameOf(master), description, cancelled: cancels(master) };
  if (masters.length !== 1) return malformed(said, `The calendar has ${masters.length} events with this UID, not one.`);
  const overrides = events.filter(isOverride);
  const read = yield* reading(() => recurrenceOf(master, overrides, as));
  if ('message' in read) return malformed(said, read.message);
  const recurrence = read.done;
  if (Number(ruleParts(recurrence.rrule ?? '').get('COUNT') ?? 0) > MAX_CALENDAR_COUNT) {
    const message = `A rule of a calendar counts to ${MAX_CALENDAR_COUNT} at most, or not at all.`;
    return { ...said, recurrence: null, problems: [{ code: 'TOO_MANY_OCCURRENCES', message }] };
  }
  yield;
  return { ...said, recurrence, problems: yield* newWindowSteps(recurrence) };
}

/**
 * The windows that an iCalendar describes, one per UID, in their order. Rules are expanded by Interlock, not by the
 * calendar's own VTIMEZONE: a zone needs its IANA name, or that of Windows.
 * @throws RangeError for a text that is too long, no iCalendar or has too many events.
 */
export function* calendarWindows(calendar: string, as: CalendarReading): Steps<CalendarWindow[]> {
  const found: CalendarWindow[] = [];
  const byUid = new Map<string, ICAL.Component[]>();
  let exceptions = 0;
  for (const lines of yield* calendarEvents(calendar)) {
    yield;
    if ((exceptions += exceptionsIn(lines)) > MAX_CALENDAR_EXCEPTIONS)
      throw new RangeError(`A calendar has at most ${MAX_CALENDAR_EXCEPTIONS} EXDATE and RDATE in all.`);
    const read = yield* reading(function* () {
      yield;
      const event = componentOf(lines);
      return { event, uid: textOf(event, 'uid', 1_000) };
    });
    const said = { uid: '', name: '', description: '', cancelled: false };
    if ('message' in read) found.push(malformed(said, read.message));
    else if (read.done.uid === '') {
      const message = 'The event has no UID, by which it would be found again.';
      found.push(malformed({ ...said, name: nameOf(read.done.event) }, message));
    } else byUid.set(read.done.uid, [...(byUid.get(read.done.uid) ?? []), read.done.event]);
  }
  for (const [uid, events] of byUid) {
    yield;
    found.push(yield* windowOf(uid, events, as));
  }
  return found;
}

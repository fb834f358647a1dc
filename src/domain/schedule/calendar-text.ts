import type { Steps } from '../steps.js';

/** Maximum length of a calendar that is read, in characters. */
export const MAX_CALENDAR_LENGTH = 200_000;

/** Maximum number of events of a calendar that is read. */
export const MAX_CALENDAR_EVENTS = 500;

/** How deep components may stand in each other: an alarm stands in an event, and an event in a calendar. */
const MAX_DEPTH = 5;

/** How many lines are looked at in one step. */
const LINES_PER_STEP = 1_000;

/** The properties of an event that are read. Attachments, people and properties of programs can be very long. */
const READ = /^(?:UID|SUMMARY|DESCRIPTION|STATUS|DTSTART|DTEND|DURATION|RRULE|EXRULE|EXDATE|RDATE|RECURRENCE-ID)[;:]/i;

const unreadable = (line: number, message: string) =>
  new RangeError(`The calendar cannot be read. Line ${line}: ${message}`);

/**
 * The lines of each event of an iCalendar, as far as they are read: without zones, alarms and other components, because
 * Interlock expands rules by itself. Continued lines are put together.
 * @throws RangeError for a text that is too long, no iCalendar or has too many events.
 */
export function* calendarEvents(calendar: string): Steps<string[][]> {
  if (calendar.length > MAX_CALENDAR_LENGTH)
    throw new RangeError(`A calendar has at most ${MAX_CALENDAR_LENGTH} characters. This one has ${calendar.length}.`);
  const lines = calendar
    .replace(/^\uFEFF/, '')
    .replaceAll(/\r?\n[ \t]/g, '')
    .split(/\r?\n/);
  const open: string[] = [];
  const events: string[][] = [];
  for (const [index, line] of lines.entries()) {
    if (index % LINES_PER_STEP === 0) yield;
    const [, begins, name] = /^(BEGIN|END):([A-Z0-9-]+)\s*$/i.exec(line)?.map((part) => part.toUpperCase()) ?? [];
    if (begins === undefined || name === undefined) {
      if (open.length === 0 && line.trim() !== '') throw unreadable(index + 1, 'It stands outside a VCALENDAR.');
      if (open.length === 2 && open[1] === 'VEVENT' && READ.test(line)) events.at(-1)?.push(line);
    } else if (begins === 'BEGIN') {
      if (open.length === 0 && name !== 'VCALENDAR') throw unreadable(index + 1, `A ${name} is no VCALENDAR.`);
      if (open.push(name) > MAX_DEPTH) throw unreadable(index + 1, 'Components stand too deep in each other.');
      if (open.length === 2 && name === 'VEVENT') events.push([]);
      if (events.length > MAX_CALENDAR_EVENTS)
        throw new RangeError(`A calendar has at most ${MAX_CALENDAR_EVENTS} events. This one has more.`);
    } else if (open.pop() !== name) throw unreadable(index + 1, `The ${name} that ends here was not begun.`);
  }
  if (open.length > 0) throw unreadable(lines.length, `The ${open.at(-1)} does not end.`);
  return events;
}

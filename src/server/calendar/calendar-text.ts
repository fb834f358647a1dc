import { toNodeId } from '../../domain/node-id.js';
import type { ScheduleEntryType } from '../../schema/schedule/schedule-entry.type.js';

/** Maximum octets of a line; longer ones are folded (RFC 5545, 3.1). */
const LINE_OCTETS = 75;

const escaped = (text: string) => text.replace(/[\\;,]/g, (letter) => `\\${letter}`).replace(/\r?\n/g, '\\n');

/** `2027-02-01T20:00:00.000Z` to `20270201T200000Z`. */
const instant = (iso: string) => `${iso.slice(0, 19).replace(/[-:]/g, '')}Z`;

/** Folds a content line: it continues after 75 octets in the next line, after a space. Characters stay whole. */
export function foldLine(line: string): string {
  const lines: string[] = [];
  let current = '';
  let octets = 0;
  for (const letter of line) {
    const size = Buffer.byteLength(letter);
    if (octets + size > LINE_OCTETS) {
      lines.push(current);
      current = ' ';
      octets = 1;
    }
    current += letter;
    octets += size;
  }
  return [...lines, current].join('\r\n');
}

/** Entries of the schedule as an iCalendar object (RFC 5545). All times are UTC; calendar programs convert them. */
export function calendarText(entries: readonly ScheduleEntryType[]): string {
  const events = entries.flatMap((entry) => [
    'BEGIN:VEVENT',
    `UID:${toNodeId('ScheduleEntry', entry.id)}@interlock`,
    `DTSTAMP:${instant(entry.updatedAt)}`,
    `SEQUENCE:${entry.version}`,
    `DTSTART:${instant(entry.startsAt)}`,
    `DTEND:${instant(entry.endsAt)}`,
    `SUMMARY:${escaped(entry.title)}`,
    `CATEGORIES:${entry.kind}`,
    'END:VEVENT',
  ]);
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Interlock//Change Implementation Schedule//EN',
    'CALSCALE:GREGORIAN',
    ...events,
    'END:VCALENDAR',
  ];
  return `${lines.map(foldLine).join('\r\n')}\r\n`;
}

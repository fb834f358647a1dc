import { Temporal } from 'temporal-polyfill';
import type { EntryCount } from '../../reads/schedule/schedule-entry.reads.js';
import type { ScheduleEntryType } from '../../schema/schedule/schedule-entry.type.js';

const [CELL_WIDTH, CELL_HEIGHT, MARGIN, HEAD] = [200, 104, 12, 64];
/** How many entries of a day are written out; the rest is counted. */
const PER_DAY = 4;
/** Letters of a title that fit into a day. */
const LETTERS = 20;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

// One sign for each kind, so that colour is not the only difference.
const SIGNS: Readonly<Record<ScheduleEntryType['kind'], string>> = {
  RELEASE: '■',
  DISTRIBUTION: '▶',
  TASK: '○',
  CHANGE: '◆',
  CAB_MEETING: '☰',
};

const STYLE = `
  svg { font: 12px sans-serif; background: #ffffff; }
  text { fill: #1f2328; } .soft { fill: #59636e; } .cell { fill: none; stroke: #d1d9e0; } .out { fill: #f6f8fa; }
  .RELEASE { fill: #0550ae; } .DISTRIBUTION { fill: #6639ba; } .TASK { fill: #57606a; } .CHANGE { fill: #953800; }
  .CAB_MEETING { fill: #116329; } .title { font-size: 18px; font-weight: bold; }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117; }
    text { fill: #f0f6fc; } .soft { fill: #9198a1; } .cell { stroke: #3d444d; } .out { fill: #151b23; }
    .RELEASE { fill: #79c0ff; } .DISTRIBUTION { fill: #d2a8ff; } .TASK { fill: #b1bac4; } .CHANGE { fill: #ffa657; }
    .CAB_MEETING { fill: #7ee787; }
  }`;

// eslint-disable-next-line no-control-regex -- XML allows no control characters
const NOT_IN_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;
const escaped = (text: string): string =>
  text.replace(NOT_IN_XML, '').replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

const shortened = (text: string): string => {
  const letters = [...text];
  return letters.length > LETTERS ? `${letters.slice(0, LETTERS - 1).join('')}…` : text;
};

/** The interval that a month takes in a time zone. */
export function intervalOfMonth(month: Temporal.PlainYearMonth, timeZone: string) {
  const at = (day: Temporal.PlainDate) => new Date(day.toZonedDateTime(timeZone).epochMilliseconds);
  return { startsAt: at(month.toPlainDate({ day: 1 })), endsAt: at(month.add({ months: 1 }).toPlainDate({ day: 1 })) };
}

/** When each day of a month begins in a time zone, and when the last one ends. */
export function daysOfMonth(month: Temporal.PlainYearMonth, timeZone: string): Date[] {
  const first = month.toPlainDate({ day: 1 });
  const at = (days: number) => new Date(first.add({ days }).toZonedDateTime(timeZone).epochMilliseconds);
  return Array.from({ length: month.daysInMonth + 1 }, (_, days) => at(days));
}

/** The entries that start on each day. Only the days are looked up in the zone, because entries can be many. */
function entriesByDay(
  month: Temporal.PlainYearMonth,
  timeZone: string,
  entries: readonly ScheduleEntryType[],
): ScheduleEntryType[][] {
  const [, ...ends] = daysOfMonth(month, timeZone);
  const days = ends.map((): ScheduleEntryType[] => []);
  for (const entry of entries) {
    const startsAt = new Date(entry.startsAt);
    days[ends.findIndex((end) => startsAt < end)]?.push(entry);
  }
  return days;
}

/** The entries of a month, by start; or, where they are too many, how many there are of each kind on each day. */
export type MonthContent =
  { readonly entries: readonly ScheduleEntryType[] } | { readonly counts: readonly EntryCount[] };

/** What a cell says for each day: lines, and how many entries it does not name. */
interface DayLines {
  readonly lines: readonly ((x: number, y: number) => string)[];
  readonly more: number;
}

function linesByDay(month: Temporal.PlainYearMonth, timeZone: string, content: MonthContent): DayLines[] {
  if ('entries' in content)
    return entriesByDay(month, timeZone, content.entries).map((entries) => ({
      lines: entries.slice(0, PER_DAY).map((entry) => (x, y) => entryLine(entry, timeZone, x, y)),
      more: Math.max(0, entries.length - PER_DAY),
    }));
  return Array.from({ length: month.daysInMonth }, (_, day) => {
    const counts = content.counts.filter((one) => one.day === day + 1);
    return { lines: counts.map((one) => (x, y) => countLine(one, x, y)), more: 0 };
  });
}

const kindText = (kind: ScheduleEntryType['kind']): string => kind.toLowerCase().replace('_', ' ');

const countLine = ({ kind, count }: EntryCount, x: number, y: number): string =>
  `<text x="${x}" y="${y}" class="${kind}">${SIGNS[kind]} ${count} ${kindText(kind)}${count === 1 ? '' : 's'}</text>`;

function entryLine(entry: ScheduleEntryType, timeZone: string, x: number, y: number): string {
  const start = Temporal.Instant.from(entry.startsAt).toZonedDateTimeISO(timeZone);
  const time = start.toPlainTime().toString({ smallestUnit: 'minute' });
  const whole = `${entry.kind} ${entry.title}, ${entry.startsAt} to ${entry.endsAt}`;
  const text = `${SIGNS[entry.kind]} ${time} ${shortened(entry.title)}`;
  return `<text x="${x}" y="${y}" class="${entry.kind}"><title>${escaped(whole)}</title>${escaped(text)}</text>`;
}

/**
 * A month of the schedule as SVG: a cell for each day with the entries that start on it, or with their numbers. It
 * follows the light or dark scheme of its reader, and says in words what it shows.
 */
export function monthPicture(month: Temporal.PlainYearMonth, timeZone: string, content: MonthContent): string {
  const byDay = linesByDay(month, timeZone, content);
  const isCounted = 'counts' in content;
  const total = isCounted ? content.counts.reduce((sum, { count }) => sum + count, 0) : content.entries.length;
  const first = month.toPlainDate({ day: 1 });
  const weeks = Math.ceil((first.dayOfWeek - 1 + month.daysInMonth) / 7);
  const [width, height] = [2 * MARGIN + 7 * CELL_WIDTH, HEAD + weeks * CELL_HEIGHT + 2 * MARGIN + 16];
  const parts = WEEKDAYS.map(
    (name, day) => `<text x="${MARGIN + day * CELL_WIDTH + 6}" y="56" class="soft">${name}</text>`,
  );
  for (let cell = 0; cell < weeks * 7; cell++) {
    const day = first.add({ days: cell - (first.dayOfWeek - 1) });
    const [x, y] = [MARGIN + (cell % 7) * CELL_WIDTH, HEAD + Math.floor(cell / 7) * CELL_HEIGHT];
    const inside = day.month === month.month;
    parts.push(
      `<rect x="${x}" y="${y}" width="${CELL_WIDTH}" height="${CELL_HEIGHT}" class="cell${inside ? '' : ' out'}"/>`,
    );
    if (!inside) continue;
    parts.push(`<text x="${x + 6}" y="${y + 17}" class="soft">${day.day}</text>`);
    const { lines, more } = byDay[day.day - 1] ?? { lines: [], more: 0 };
    for (const [index, line] of lines.entries()) parts.push(line(x + 6, y + 35 + index * 16));
    if (more > 0) parts.push(`<text x="${x + 32}" y="${y + 17}" class="soft">and ${more} more</text>`);
  }
  const legend = Object.entries(SIGNS).map(([kind, sign]) => `${sign} ${kindText(kind as ScheduleEntryType['kind'])}`);
  const says = isCounted ? 'counts' : 'lists';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
    ` role="img" aria-labelledby="title desc"><style>${STYLE}</style>`,
    `<title id="title">Schedule of ${month.toString()}, ${escaped(timeZone)}</title>`,
    `<desc id="desc">A calendar of one month with ${total} entries. Each day ${says} what starts on it.</desc>`,
    `<text x="${MARGIN}" y="30" class="title">${month.toString()}</text>`,
    `<text x="${MARGIN + 90}" y="30" class="soft">${total} entries, times in ${escaped(timeZone)}</text>`,
    ...parts,
    `<text x="${MARGIN}" y="${height - MARGIN}" class="soft">${legend.join('   ')}</text>`,
    '</svg>\n',
  ].join('\n');
}

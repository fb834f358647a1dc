import { Temporal } from 'temporal-polyfill';
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

/** The entries that start on each day. Only the days are looked up in the zone, because entries can be many. */
function entriesByDay(
  month: Temporal.PlainYearMonth,
  timeZone: string,
  entries: readonly ScheduleEntryType[],
): ScheduleEntryType[][] {
  const ends = Array.from(
    { length: month.daysInMonth },
    (_, day) =>
      month
        .toPlainDate({ day: 1 })
        .add({ days: day + 1 })
        .toZonedDateTime(timeZone).epochMilliseconds,
  );
  const days = ends.map((): ScheduleEntryType[] => []);
  for (const entry of entries) {
    const startsAt = Date.parse(entry.startsAt);
    days[ends.findIndex((end) => startsAt < end)]?.push(entry);
  }
  return days;
}

function entryLine(entry: ScheduleEntryType, timeZone: string, x: number, y: number): string {
  const start = Temporal.Instant.from(entry.startsAt).toZonedDateTimeISO(timeZone);
  const time = start.toPlainTime().toString({ smallestUnit: 'minute' });
  const whole = `${entry.kind} ${entry.title}, ${entry.startsAt} to ${entry.endsAt}`;
  const text = `${SIGNS[entry.kind]} ${time} ${shortened(entry.title)}`;
  return `<text x="${x}" y="${y}" class="${entry.kind}"><title>${escaped(whole)}</title>${escaped(text)}</text>`;
}

/**
 * A month of the schedule as SVG: a cell for each day with the entries that start on it. It follows the light or dark
 * scheme of its reader, and says in words what it shows.
 * @param entries of the month, by start.
 */
export function monthPicture(
  month: Temporal.PlainYearMonth,
  timeZone: string,
  entries: readonly ScheduleEntryType[],
): string {
  const byDay = entriesByDay(month, timeZone, entries);
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
    const found = byDay[day.day - 1] ?? [];
    for (const [index, entry] of found.slice(0, PER_DAY).entries())
      parts.push(entryLine(entry, timeZone, x + 6, y + 35 + index * 16));
    if (found.length > PER_DAY)
      parts.push(`<text x="${x + 32}" y="${y + 17}" class="soft">and ${found.length - PER_DAY} more</text>`);
  }
  const legend = Object.entries(SIGNS).map(([kind, sign]) => `${sign} ${kind.toLowerCase().replace('_', ' ')}`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
    ` role="img" aria-labelledby="title desc"><style>${STYLE}</style>`,
    `<title id="title">Schedule of ${month.toString()}, ${escaped(timeZone)}</title>`,
    `<desc id="desc">A calendar of one month with ${entries.length} entries. Each day lists what starts on it.</desc>`,
    `<text x="${MARGIN}" y="30" class="title">${month.toString()}</text>`,
    `<text x="${MARGIN + 90}" y="30" class="soft">${entries.length} entries, times in ${escaped(timeZone)}</text>`,
    ...parts,
    `<text x="${MARGIN}" y="${height - MARGIN}" class="soft">${legend.join('   ')}</text>`,
    '</svg>\n',
  ].join('\n');
}

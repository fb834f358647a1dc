/**
 * An oracle of recurrence that shares nothing with the product or its libraries: it looks at every local day and, where
 * the clock jumps, at every minute. Days are numbers since 1970-01-01; the local time of an instant comes from Intl.
 */
const DAY = 86_400_000;
const MINUTE = 60_000;
const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

/** A rule by its parts. */
export type OracleRule = Readonly<Record<string, string>>;

/** Start and end of an occurrence in milliseconds. */
export type OracleSpan = readonly [number, number];

const clocks = new Map<string, Intl.DateTimeFormat>();

/** What the clock of a zone shows, as milliseconds of the same time in UTC. */
export function localTime(instant: number, timeZone: string): number {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    const numeric = 'numeric' as const;
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    });
    clocks.set(timeZone, clock);
  }
  const part = Object.fromEntries(clock.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(part['year']!, part['month']! - 1, part['day'], part['hour'], part['minute'], part['second']);
}

/** Every instant at which the clock shows a time, in order: none, one or two. */
export function instantsOf(local: number, timeZone: string): number[] {
  const offsets = [-1.2, 0, 1.2].map((days) => {
    const near = local + days * DAY;
    return localTime(near, timeZone) - near;
  });
  const candidates = [...new Set(offsets)].map((offset) => local - offset);
  return candidates.filter((instant) => localTime(instant, timeZone) === local).sort((a, b) => a - b);
}

/** The first instant whose clock shows a later time than one that it skips. */
function jumpOver(local: number, timeZone: string): number {
  let instant = local - 28 * 60 * MINUTE;
  while (localTime(instant, timeZone) <= local) instant += MINUTE;
  return instant;
}

const startAt = (local: number, timeZone: string) => instantsOf(local, timeZone)[0] ?? jumpOver(local, timeZone);
const endAt = (local: number, timeZone: string, isBlackout: boolean) =>
  instantsOf(local, timeZone).at(isBlackout ? -1 : 0) ?? jumpOver(local, timeZone);

/** An occurrence by local times, where it is in time. */
export function spanAt(start: number, end: number, timeZone: string, isBlackout: boolean): OracleSpan {
  const from = startAt(start, timeZone);
  const to = endAt(end, timeZone, isBlackout);
  return [from, to > from ? to : from + (end - start)];
}

const dateOf = (day: number) => new Date(day * DAY);
const monthOf = (day: number) => dateOf(day).getUTCMonth() + 1;
const yearOf = (day: number) => dateOf(day).getUTCFullYear();
const list = (value: string | undefined) => value?.split(',');

/** First day of the period of a frequency that a day lies in, and its number. */
function periodOf(day: number, frequency: string, wkst: string): number {
  if (frequency === 'DAILY') return day;
  if (frequency === 'WEEKLY') return Math.floor((day + 4 - WEEKDAYS.indexOf(wkst)) / 7);
  return frequency === 'MONTHLY' ? yearOf(day) * 12 + monthOf(day) - 1 : yearOf(day);
}

/** Whether a day is the nth of its weekday in a month or year, from its start or, below zero, from its end. */
function isNth(day: number, nth: number, isOfYear: boolean): boolean {
  const inside = (other: number) => yearOf(other) === yearOf(day) && (isOfYear || monthOf(other) === monthOf(day));
  let position = 1;
  for (let other = day - Math.sign(nth) * 7; inside(other); other -= Math.sign(nth) * 7) position++;
  return position === Math.abs(nth);
}

function matchesParts(day: number, first: number, rule: OracleRule): boolean {
  const [months, days, weekdays] = [list(rule['BYMONTH']), list(rule['BYMONTHDAY']), list(rule['BYDAY'])];
  const frequency = rule['FREQ'];
  const date = dateOf(day).getUTCDate();
  const monthLength = new Date(Date.UTC(yearOf(day), monthOf(day), 0)).getUTCDate();
  if (months && !months.includes(String(monthOf(day)))) return false;
  if (days && !days.some((one) => [date, date - monthLength - 1].includes(Number(one)))) return false;
  const isOfYear = frequency === 'YEARLY' && !months;
  const isWeekday = (one: string) =>
    one.endsWith(WEEKDAYS[dateOf(day).getUTCDay()]!) && (one.length === 2 || isNth(day, parseInt(one, 10), isOfYear));
  if (weekdays) return weekdays.some(isWeekday);
  if (days || frequency === 'DAILY') return true;
  if (frequency === 'WEEKLY') return dateOf(day).getUTCDay() === dateOf(first).getUTCDay();
  if (date !== dateOf(first).getUTCDate()) return false;
  return frequency === 'MONTHLY' || months !== undefined || monthOf(day) === monthOf(first);
}

/** The days of a rule from its first one on: that one, and those that match, day by day. */
export function daysOf(rule: OracleRule, first: number, through: number): number[] {
  const { FREQ = '', INTERVAL = '1', WKST = 'MO' } = rule;
  const period = (day: number) => periodOf(day, FREQ, WKST);
  const sets = new Map<number, number[]>();
  // A set is counted from the start of its period, which lies before the first day.
  for (let day = first - 370; day <= through + 370; day++) {
    if ((period(day) - period(first)) % Number(INTERVAL) !== 0 || !matchesParts(day, first, rule)) continue;
    sets.set(period(day), [...(sets.get(period(day)) ?? []), day]);
  }
  const positions = list(rule['BYSETPOS'])?.map(Number);
  const chosen = [...sets.values()].flatMap((set) =>
    positions === undefined
      ? set
      : set.filter((_, index) => positions.some((one) => one === index + 1 || one === index - set.length)),
  );
  const days = [...new Set([first, ...chosen])].filter((day) => day >= first && day <= through).sort((a, b) => a - b);
  return rule['COUNT'] === undefined ? days : days.slice(0, Number(rule['COUNT']));
}

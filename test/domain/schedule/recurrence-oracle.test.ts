import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { expandOccurrences } from '../../../src/domain/schedule/recurrence.js';
import { problemsOfNewWindow } from '../../../src/domain/schedule/window-problem.js';
import type { Recurrence } from '../../../src/domain/schedule/schedule.js';
import { daysOf, instantsOf, localTime, spanAt, type OracleRule } from '../../support/calendar-oracle.js';

const DAY = 86_400_000;
const MINUTE = 60_000;
const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

const ZONES = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Pacific/Apia'];
/** Local days around which the clock of a zone changes, or a year is a leap year. Apia skipped 2011-12-30. */
const TIMES = ['2026-03-01', '2026-10-20', '2027-10-28', '2028-02-20', '2011-12-20', '2010-09-20'];

const numbered = fc
  .tuple(fc.constantFrom(1, 2, 4, -1, -2), fc.constantFrom(...WEEKDAYS))
  .map(([n, day]) => `${n}${day}`);
const plain = fc.constantFrom(...WEEKDAYS);
const some = <T>(one: fc.Arbitrary<T>, maxLength: number) =>
  fc.uniqueArray(one, { minLength: 1, maxLength }).map((all) => all.join());
const maybe = (name: string, value: fc.Arbitrary<string>, freq = 2) =>
  fc.option(value, { freq }).map((text): OracleRule => (text === null ? {} : { [name]: text }));

const anyRule = fc.constantFrom('DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY').chain((frequency) =>
  fc
    .tuple(
      maybe('INTERVAL', fc.constantFrom('1', '2', '3', '7')),
      maybe('BYDAY', some(frequency === 'MONTHLY' || frequency === 'YEARLY' ? fc.oneof(numbered, plain) : plain, 3)),
      maybe('BYMONTH', some(fc.integer({ min: 1, max: 12 }), 4), 1),
      // The library reads days of the month in a weekly rule; RFC 5545 has no meaning for them.
      frequency === 'WEEKLY'
        ? fc.constant<OracleRule>({})
        : maybe('BYMONTHDAY', some(fc.constantFrom(1, 2, 13, 29, 30, 31, -1, -3), 2), 1),
      maybe('BYSETPOS', some(fc.constantFrom(1, 2, -1, -2), 2), 1),
      maybe('WKST', fc.constantFrom('SU', 'WE'), 1),
      maybe('COUNT', fc.constantFrom('1', '3', '20'), 1),
    )
    .map((parts): OracleRule => Object.assign({ FREQ: frequency }, ...parts)),
);

const text = (rule: OracleRule) =>
  Object.entries(rule)
    .map(([name, value]) => `${name}=${value}`)
    .join(';');
const show = (spans: readonly (readonly [number, number])[]) =>
  spans.map((span) => span.map((one) => new Date(one).toISOString().slice(0, 16)).join(' '));

/** What the oracle says: every local day that matches, at the times of the first occurrence. */
function expected({ startsAt, endsAt, timeZone, kind }: Recurrence, rule: OracleRule, days: number): string[] {
  const start = localTime(startsAt.getTime(), timeZone);
  const length = localTime(endsAt.getTime(), timeZone) - start;
  const first = Math.floor(start / DAY);
  const found = new Map<number, number>([[startsAt.getTime(), endsAt.getTime()]]);
  for (const day of daysOf(rule, first, first + days).slice(1)) {
    const wall = day * DAY + (start % DAY);
    const [from, to] = spanAt(wall, wall + length, timeZone, kind === 'BLACKOUT');
    found.set(from, Math.max(to, found.get(from) ?? 0));
  }
  const until = startsAt.getTime() + (days - 3) * DAY;
  return show([...found].filter(([from]) => from < until).sort(([a], [b]) => a - b));
}

const anyRecurrence = fc
  .record({
    timeZone: fc.constantFrom(...ZONES),
    day: fc.constantFrom(...TIMES),
    minute: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 95 })).map((quarter) => quarter * 15),
    length: fc.constantFrom(15, 30, 60, 240, 1_440, 4_000),
    kind: fc.constantFrom('BLACKOUT' as const, 'CHANGE_WINDOW' as const),
  })
  .map(({ timeZone, day, minute, length, kind }) => {
    const local = Date.parse(`${day}T00:00Z`) + minute * MINUTE;
    const startsAt = instantsOf(local, timeZone)[0] ?? Number.NaN;
    return { startsAt: new Date(startsAt), endsAt: new Date(startsAt + length * MINUTE), timeZone, kind };
  });

function agree(times: Omit<Recurrence, 'rrule'>, rule: OracleRule, days: number): void {
  const recurrence = { ...times, rrule: text(rule) };
  if (problemsOfNewWindow(recurrence).length > 0) return;
  const until = new Date(times.startsAt.getTime() + (days - 3) * DAY);
  const found = expandOccurrences(recurrence, times.startsAt, until);
  expect({ ...recurrence, found: show(found.map((one) => [one.startsAt.getTime(), one.endsAt.getTime()])) }).toEqual({
    ...recurrence,
    found: expected(recurrence, rule, days),
  });
}

describe('occurrences, counted day by day and minute by minute', () => {
  test('daily windows are there once a day through every change of the clock', () => {
    fc.assert(
      fc.property(anyRecurrence, (times) => agree(times, { FREQ: 'DAILY' }, 45)),
      { numRuns: 120 },
    );
  });

  test('rules with any parts open on the days that RFC 5545 means', () => {
    fc.assert(
      fc.property(anyRecurrence, anyRule, (times, rule) => agree(times, rule, 500)),
      { numRuns: 120 },
    );
  });
});

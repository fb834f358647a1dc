import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { timesWithAtLeast, timesWithoutCapacity } from '../../../src/domain/people/capacity.js';
import {
  problemsOfWorkingTimes,
  timesOff,
  WEEKDAYS,
  workingTimes,
  type WorkingTimes,
} from '../../../src/domain/people/working-calendar.js';
import { intervalContains, type Interval } from '../../../src/domain/schedule/interval.js';
import { instantsOf, localTime } from '../../support/calendar-oracle.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
// Each of these weeks has a change of the clock in one of the zones.
const ZONES = [
  ['Europe/Berlin', '2027-03-25T00:00:00Z'],
  ['America/New_York', '2027-11-04T00:00:00Z'],
  ['Australia/Lord_Howe', '2027-04-01T00:00:00Z'],
  ['Asia/Kolkata', '2027-03-25T00:00:00Z'],
  ['Pacific/Apia', '2011-12-27T00:00:00Z'],
] as const;

const pad = (value: number) => String(value).padStart(2, '0');
const anyTime = fc.integer({ min: 0, max: 47 }).map((half) => `${pad(half >> 1)}:${half % 2 ? '30' : '00'}`);
const anyHours = fc
  .record({ from: anyTime, to: fc.oneof(anyTime, fc.constant('24:00')) })
  .filter(({ from, to }) => from !== to);
const anyTimes = fc.record({
  hours: fc.array(
    fc.tuple(fc.constantFrom(...WEEKDAYS), anyHours).map(([day, hours]) => ({ day, ...hours })),
    { minLength: 1, maxLength: 6 },
  ),
  off: fc.boolean(),
});

const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/** Whether somebody works at an instant: told by what the clock shows, for instants where it shows a time once. */
function worksAt(instant: number, { timeZone, hours, exceptions }: WorkingTimes): boolean | undefined {
  const local = localTime(instant, timeZone);
  if (instantsOf(local, timeZone).length !== 1) return undefined;
  return [0, 1].some((daysAgo) => {
    const midnight = Math.floor(local / DAY) * DAY - daysAgo * DAY;
    const date = new Date(midnight).toISOString().slice(0, 10);
    const day = WEEKDAYS[(new Date(midnight).getUTCDay() + 6) % 7];
    const own = exceptions.find((one) => one.date === date)?.hours ?? hours.filter((one) => one.day === day);
    return own.some(({ from, to }) => {
      const end = minutes(to) > minutes(from) ? minutes(to) : minutes(to) + 1_440;
      const minute = (local - midnight) / 60_000;
      return minute >= minutes(from) && minute < end;
    });
  });
}

describe('working times', () => {
  test.each(ZONES)(
    'in %s are what its clock says, half hour by half hour, over a change of the clock',
    (zone, from) => {
      const start = Date.parse(from);
      const span = { startsAt: new Date(start), endsAt: new Date(start + 7 * DAY) };
      const dayOff = new Date(start + 4 * DAY).toISOString().slice(0, 10);
      fc.assert(
        fc.property(anyTimes, ({ hours, off }) => {
          const times = { timeZone: zone, hours, exceptions: off ? [{ date: dayOff, hours: [] }] : [] };
          expect(problemsOfWorkingTimes(times)).toEqual([]);
          const found = workingTimes(times, span);
          const free = timesOff([times], span);
          for (let at = start + 1; at < span.endsAt.getTime(); at += HOUR / 2) {
            // The day that Apia skipped has hours, but no instants.
            const expected = worksAt(at - 1, times);
            if (expected === undefined) continue;
            const has = (list: readonly Interval[]) => list.some((one) => intervalContains(one, new Date(at)));
            expect([has(found), has(free)]).toEqual([expected, !expected]);
          }
        }),
        { numRuns: 25 },
      );
    },
  );

  test('of several calendars are those of any, and without one there is no time off', () => {
    const span = { startsAt: new Date('2027-06-07T00:00:00Z'), endsAt: new Date('2027-06-08T00:00:00Z') };
    const shift = (from: string, to: string): WorkingTimes => ({
      timeZone: 'UTC',
      hours: [{ day: 'MONDAY', from, to }],
      exceptions: [],
    });
    const text = (list: readonly Interval[]) =>
      list.map(
        ({ startsAt, endsAt }) => `${startsAt.toISOString().slice(11, 16)}-${endsAt.toISOString().slice(11, 16)}`,
      );
    expect(text(timesOff([shift('06:00', '14:00'), shift('14:00', '22:00')], span))).toEqual([
      '00:00-06:00',
      '22:00-00:00',
    ]);
    expect(timesOff([], span)).toEqual([]);
  });

  test.each([
    ['timeZone', { timeZone: '+02:00' }],
    ['hours', { hours: [] }],
    ['hours.0.from', { hours: [{ day: 'MONDAY', from: '24:00', to: '10:00' }] }],
    ['hours.0.to', { hours: [{ day: 'MONDAY', from: '09:00', to: '9:30' }] }],
    ['hours.0.to', { hours: [{ day: 'MONDAY', from: '09:00', to: '09:00' }] }],
    ['hours', { hours: Array.from({ length: 51 }, () => ({ day: 'MONDAY', from: '09:00', to: '10:00' })) }],
    ['exceptions.0.date', { exceptions: [{ date: '2027-02-29', hours: [] }] }],
    ['exceptions.1.date', { exceptions: [0, 1].map(() => ({ date: '2027-02-28', hours: [] })) }],
    ['exceptions.0.hours.0.to', { exceptions: [{ date: '2027-02-28', hours: [{ from: '09:00', to: 'x' }] }] }],
    ['exceptions', { exceptions: Array.from({ length: 501 }, () => ({ date: '2027-02-28', hours: [] })) }],
  ] as const)('that make no sense are refused in %s', (field, nonsense) => {
    const hours = [{ day: 'MONDAY', from: '09:00', to: '17:00' }] as const;
    const [problem] = problemsOfWorkingTimes({ timeZone: 'UTC', hours, exceptions: [], ...nonsense } as WorkingTimes);
    expect(problem?.field).toBe(field);
  });
});

describe('the capacity of a team', () => {
  const LENGTH = 20;
  const ticks = Array.from({ length: LENGTH }, (_, tick) => tick);
  const span = (from: number, to: number): Interval => ({ startsAt: new Date(from), endsAt: new Date(to) });
  const anySpans = fc.array(
    fc.tuple(fc.nat(LENGTH - 1), fc.integer({ min: 1, max: 9 })).map(([at, length]) => span(at, at + length)),
    { maxLength: 5 },
  );
  const covers = (list: readonly Interval[], tick: number) => list.some((one) => intervalContains(one, new Date(tick)));

  test('is used up where as many tasks as it may have are under way, or nobody is free', () => {
    fc.assert(
      fc.property(
        fc.array(anySpans, { minLength: 1, maxLength: 3 }),
        anySpans,
        fc.nat(3),
        (unavailable, tasks, max) => {
          const maxTasksAtOnce = max === 0 ? null : max;
          const whole = span(0, LENGTH);
          const full = timesWithoutCapacity({ maxTasksAtOnce, tasks, unavailable }, whole);
          const many = timesWithAtLeast(2, tasks);
          for (const tick of ticks) {
            const active = tasks.filter((task) => covers([task], tick)).length;
            expect(covers(many, tick)).toBe(active >= 2);
            const expected =
              (maxTasksAtOnce !== null && active >= maxTasksAtOnce) || unavailable.every((list) => covers(list, tick));
            expect(covers(full, tick)).toBe(expected);
          }
          expect(timesWithoutCapacity({ maxTasksAtOnce, tasks, unavailable: [] }, whole)).toEqual([whole]);
        },
      ),
    );
  });
});

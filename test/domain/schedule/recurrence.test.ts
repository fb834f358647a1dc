import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { intervalsOverlap } from '../../../src/domain/schedule/interval.js';
import { validateRecurrence } from '../../../src/domain/schedule/recurrence-problem.js';
import { isTimeZone } from '../../../src/domain/schedule/recurrence-rule.js';
import { endOfRecurrence, expandOccurrences } from '../../../src/domain/schedule/recurrence.js';
import { WINDOW_KIND_DESCRIPTIONS, WINDOW_KINDS, type Recurrence } from '../../../src/domain/schedule/schedule.js';
import { growth } from '../../support/growth.js';

const utc = (text: string): Date => new Date(`${text}Z`);
const show = (recurrence: Recurrence, from: string, to: string): string[] =>
  expandOccurrences(recurrence, utc(from), utc(to)).map(
    ({ startsAt, endsAt }) => `${startsAt.toISOString().slice(0, 16)} ${endsAt.toISOString().slice(0, 16)}`,
  );

const berlinNight: Recurrence = {
  startsAt: utc('2026-03-07T21:00'),
  endsAt: utc('2026-03-08T05:00'),
  rrule: 'FREQ=WEEKLY;BYDAY=SA',
  timeZone: 'Europe/Berlin',
};
const newYorkNight: Recurrence = {
  startsAt: utc('2026-02-28T03:00'),
  endsAt: utc('2026-02-28T11:00'),
  rrule: 'FREQ=WEEKLY;BYDAY=FR',
  timeZone: 'America/New_York',
};

describe('expandOccurrences at daylight saving', () => {
  test('Europe/Berlin, spring: 22:00 to 06:00 stays so, and that night is an hour shorter', () => {
    expect(show(berlinNight, '2026-03-20T00:00', '2026-04-06T00:00')).toEqual([
      '2026-03-21T21:00 2026-03-22T05:00',
      '2026-03-28T21:00 2026-03-29T04:00',
      '2026-04-04T20:00 2026-04-05T04:00',
    ]);
  });

  test('Europe/Berlin, autumn: 22:00 to 06:00 stays so, and that night is an hour longer', () => {
    expect(show(berlinNight, '2026-10-17T00:00', '2026-11-02T00:00')).toEqual([
      '2026-10-17T20:00 2026-10-18T04:00',
      '2026-10-24T20:00 2026-10-25T05:00',
      '2026-10-31T21:00 2026-11-01T05:00',
    ]);
  });

  test('America/New_York changes on other days than Europe', () => {
    expect(show(newYorkNight, '2026-03-06T12:00', '2026-03-15T00:00')).toEqual([
      '2026-03-07T03:00 2026-03-07T11:00',
      '2026-03-14T02:00 2026-03-14T10:00',
    ]);
    expect(show(newYorkNight, '2026-10-30T12:00', '2026-11-08T00:00')).toEqual([
      '2026-10-31T02:00 2026-10-31T10:00',
      '2026-11-07T03:00 2026-11-07T11:00',
    ]);
  });

  test('a time that the clock jumps over counts as the moment of the jump', () => {
    const early: Recurrence = {
      startsAt: utc('2026-03-22T01:30'),
      endsAt: utc('2026-03-22T04:00'),
      rrule: 'FREQ=WEEKLY',
      timeZone: 'Europe/Berlin',
    };
    expect(show(early, '2026-03-28T00:00', '2026-03-30T00:00')).toEqual(['2026-03-29T01:00 2026-03-29T03:00']);
    const newYork: Recurrence = {
      startsAt: utc('2026-03-01T07:30'),
      endsAt: utc('2026-03-01T09:00'),
      rrule: 'FREQ=WEEKLY',
      timeZone: 'America/New_York',
    };
    expect(show(newYork, '2026-03-08T00:00', '2026-03-09T00:00')).toEqual(['2026-03-08T07:00 2026-03-08T08:00']);
  });

  test('an occurrence that lies wholly in what the clock jumps over takes place right after the jump', () => {
    const inside: Recurrence = {
      startsAt: utc('2026-03-22T01:10'),
      endsAt: utc('2026-03-22T01:50'),
      rrule: 'FREQ=WEEKLY;COUNT=3',
      timeZone: 'Europe/Berlin',
    };
    expect(show(inside, '2026-03-20T00:00', '2026-04-20T00:00')).toEqual([
      '2026-03-22T01:10 2026-03-22T01:50',
      '2026-03-29T01:00 2026-03-29T01:40',
      '2026-04-05T00:10 2026-04-05T00:50',
    ]);
  });

  test('where the clock shows a time twice, a start is the first, and the end of a blackout the last', () => {
    const twice = (kind: 'CHANGE_WINDOW' | 'BLACKOUT', startsAt: string, endsAt: string): string[] =>
      show(
        { startsAt: utc(startsAt), endsAt: utc(endsAt), rrule: 'FREQ=WEEKLY', timeZone: 'Europe/Berlin', kind },
        '2026-10-24T00:00',
        '2026-10-26T00:00',
      );
    expect(twice('CHANGE_WINDOW', '2026-10-18T00:30', '2026-10-18T03:00')).toEqual([
      '2026-10-25T00:30 2026-10-25T04:00',
    ]);
    expect(twice('CHANGE_WINDOW', '2026-10-17T22:00', '2026-10-18T00:30')).toEqual([
      '2026-10-24T22:00 2026-10-25T00:30',
    ]);
    expect(twice('BLACKOUT', '2026-10-17T22:00', '2026-10-18T00:30')).toEqual(['2026-10-24T22:00 2026-10-25T01:30']);
  });

  test('a daily window keeps its local hours on every day of two years', () => {
    const hours = (zone: string, startsAt: string, endsAt: string) => {
      const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });
      const all = expandOccurrences(
        { startsAt: utc(startsAt), endsAt: utc(endsAt), rrule: 'FREQ=DAILY', timeZone: zone },
        utc('2026-01-02T00:00'),
        utc('2028-01-02T00:00'),
      );
      return [all.length, new Set(all.map((one) => `${clock.format(one.startsAt)}-${clock.format(one.endsAt)}`))];
    };
    expect(hours('Europe/Berlin', '2026-01-01T19:00', '2026-01-01T23:00')).toEqual([730, new Set(['20:00-00:00'])]);
    expect(hours('America/New_York', '2026-01-02T01:00', '2026-01-02T05:00')).toEqual([730, new Set(['20:00-00:00'])]);
    expect(hours('Australia/Lord_Howe', '2026-01-01T09:00', '2026-01-01T13:00')).toEqual([
      730,
      new Set(['20:00-00:00']),
    ]);
  });
});

describe('expandOccurrences', () => {
  test('a window without a rule is open once', () => {
    const once: Recurrence = { startsAt: utc('2026-12-20T00:00'), endsAt: utc('2027-01-04T00:00'), timeZone: 'UTC' };
    expect(show(once, '2026-12-31T00:00', '2027-01-01T00:00')).toEqual(['2026-12-20T00:00 2027-01-04T00:00']);
    expect(show(once, '2027-01-04T00:00', '2027-01-05T00:00')).toEqual([]);
    expect(show({ ...once, rrule: null }, '2026-12-01T00:00', '2026-12-20T00:00')).toEqual([]);
  });

  test('finds an occurrence that began before the span, and none that only touches it', () => {
    const weekend: Recurrence = {
      startsAt: utc('2026-01-02T18:00'),
      endsAt: utc('2026-01-05T06:00'),
      rrule: 'FREQ=WEEKLY',
      timeZone: 'UTC',
    };
    expect(show(weekend, '2026-11-22T12:00', '2026-11-22T13:00')).toEqual(['2026-11-20T18:00 2026-11-23T06:00']);
    expect(show(weekend, '2026-11-23T06:00', '2026-11-27T18:00')).toEqual([]);
  });

  test('finds occurrences of zones far from UTC at either end of a span', () => {
    const at = (startsAt: string, endsAt: string, timeZone: string): Recurrence => ({
      startsAt: utc(startsAt),
      endsAt: utc(endsAt),
      rrule: 'FREQ=DAILY',
      timeZone,
    });
    const east = at('2026-01-01T20:00', '2026-01-01T20:30', 'Pacific/Kiritimati');
    const west = at('2026-01-01T04:00', '2026-01-01T04:30', 'Pacific/Niue');
    expect(show(east, '2026-11-22T20:00', '2026-11-22T20:01')).toEqual(['2026-11-22T20:00 2026-11-22T20:30']);
    expect(show(east, '2026-11-22T20:29', '2026-11-23T20:00')).toEqual(['2026-11-22T20:00 2026-11-22T20:30']);
    expect(show(west, '2026-11-22T04:00', '2026-11-22T04:01')).toEqual(['2026-11-22T04:00 2026-11-22T04:30']);
  });

  test('understands monthly and yearly rules, COUNT, UNTIL and INTERVAL', () => {
    const at = (rrule: string): Recurrence => ({
      startsAt: utc('2026-01-25T23:00'),
      endsAt: utc('2026-01-26T01:00'),
      rrule,
      timeZone: 'Europe/Berlin',
    });
    const starts = (rrule: string, to: string): string[] =>
      show(at(rrule), '2026-01-01T00:00', to).map((text) => text.slice(0, 10));
    expect(starts('FREQ=MONTHLY;BYDAY=-1MO', '2026-05-01T00:00')).toEqual([
      '2026-01-25',
      '2026-02-22',
      '2026-03-29',
      '2026-04-26',
    ]);
    expect(starts('FREQ=DAILY;INTERVAL=10;COUNT=3', '2027-01-01T00:00')).toEqual([
      '2026-01-25',
      '2026-02-04',
      '2026-02-14',
    ]);
    expect(starts('FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=26', '2028-01-01T00:00')).toEqual(['2026-01-25', '2027-01-25']);
    expect(starts('FREQ=DAILY;UNTIL=20260127T230000Z', '2027-01-01T00:00')).toEqual([
      '2026-01-25',
      '2026-01-26',
      '2026-01-27',
    ]);
    expect(starts('FREQ=DAILY;UNTIL=20260127T225959Z', '2027-01-01T00:00')).toEqual(['2026-01-25', '2026-01-26']);
    expect(starts('FREQ=DAILY;UNTIL=20260127', '2027-01-01T00:00')).toEqual(['2026-01-25', '2026-01-26']);
  });

  test('is quick and right far from the first occurrence', () => {
    const old: Recurrence = {
      startsAt: utc('1996-01-01T03:00'),
      endsAt: utc('1996-01-01T05:00'),
      rrule: 'FREQ=DAILY',
      timeZone: 'Europe/Berlin',
    };
    expect(show(old, '2026-11-22T00:00', '2026-11-23T00:00')).toEqual(['2026-11-22T03:00 2026-11-22T05:00']);
  });

  test('gives the same for a span as for the parts it is cut into', () => {
    const rules = [
      'FREQ=DAILY',
      'FREQ=WEEKLY;BYDAY=MO,TH',
      'FREQ=MONTHLY;BYMONTHDAY=-1',
      'FREQ=DAILY;INTERVAL=3;COUNT=40',
    ];
    const zones = ['Europe/Berlin', 'America/New_York', 'Pacific/Kiritimati', 'UTC'];
    const day = 86_400_000;
    fc.assert(
      fc.property(
        fc.constantFrom(...rules),
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 60 }),
        (rrule, timeZone, offset, a, b) => {
          const recurrence: Recurrence = {
            startsAt: utc('2026-01-05T20:30'),
            endsAt: utc('2026-01-07T02:15'),
            rrule,
            timeZone,
          };
          const from = new Date(utc('2026-01-01T00:00').getTime() + offset * day);
          const middle = new Date(from.getTime() + a * day);
          const to = new Date(middle.getTime() + b * day);
          const text = (list: readonly { startsAt: Date; endsAt: Date }[]): string[] =>
            list.map((one) => one.startsAt.toISOString());
          const whole = expandOccurrences(recurrence, from, to);
          const parts = [...expandOccurrences(recurrence, from, middle), ...expandOccurrences(recurrence, middle, to)];
          expect([...new Set(text(parts))]).toEqual(text(whole));
          expect(whole.every((one) => intervalsOverlap(one, { startsAt: from, endsAt: to }))).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('refuses a span without measure and a rule that does not validate', () => {
    expect(() => expandOccurrences(berlinNight, utc('2026-01-01T00:00'), utc('2036-01-01T00:00'))).toThrow(RangeError);
    expect(() =>
      expandOccurrences({ ...berlinNight, rrule: 'FREQ=HOURLY' }, utc('2026-01-01T00:00'), utc('2026-01-02T00:00')),
    ).toThrow(RangeError);
  });
});

describe('validateRecurrence', () => {
  test('accepts what expandOccurrences understands', () => {
    for (const rrule of [
      null,
      'FREQ=DAILY',
      'FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1',
      'FREQ=WEEKLY;WKST=SU;BYDAY=SU;UNTIL=20271231T000000Z',
    ])
      expect(validateRecurrence({ ...berlinNight, rrule })).toEqual([]);
  });

  test.each<[string, Partial<Recurrence>, string]>([
    ['an end before the start', { endsAt: utc('2026-03-07T20:00') }, 'endsAt'],
    ['an offset instead of a zone', { timeZone: '+02:00' }, 'timeZone'],
    ['an unknown zone', { timeZone: 'Europe/Atlantis' }, 'timeZone'],
    ['an empty rule', { rrule: '' }, 'rrule'],
    ['an hourly rule', { rrule: 'FREQ=HOURLY' }, 'rrule'],
    ['a rule with hours of its own', { rrule: 'FREQ=DAILY;BYHOUR=1,2,3' }, 'rrule'],
    ['a month that does not exist', { rrule: 'FREQ=YEARLY;BYMONTH=13' }, 'rrule'],
    ['an interval of nothing', { rrule: 'FREQ=DAILY;INTERVAL=0' }, 'rrule'],
    ['a part given twice', { rrule: 'FREQ=DAILY;FREQ=WEEKLY' }, 'rrule'],
    ['COUNT with UNTIL', { rrule: 'FREQ=DAILY;COUNT=2;UNTIL=20270101' }, 'rrule'],
    ['UNTIL on a day that does not exist', { rrule: 'FREQ=DAILY;UNTIL=20270231' }, 'rrule'],
    ['a rule with its name', { rrule: 'RRULE:FREQ=DAILY' }, 'rrule'],
    ['an occurrence of two months', { endsAt: utc('2026-05-08T05:00') }, 'endsAt'],
    [
      'a first occurrence that ends before it starts by the clock',
      { startsAt: utc('2026-10-25T00:30'), endsAt: utc('2026-10-25T01:15') },
      'endsAt',
    ],
  ])('refuses %s', (_, fault, path) => {
    const problems = validateRecurrence({ ...berlinNight, ...fault });
    expect(problems.map((problem) => problem.path)).toContain(path);
  });

  test('knows IANA zones', () => {
    expect(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires'].map(isTimeZone)).toEqual([true, true, true]);
    expect(['', 'Mars/Olympus', '-05:00', '+0200'].map(isTimeZone)).toEqual([false, false, false, false]);
    expect(Object.keys(WINDOW_KIND_DESCRIPTIONS)).toEqual([...WINDOW_KINDS]);
  });
});

describe('endOfRecurrence', () => {
  const nightly = (rrule: string | null): Recurrence => ({
    startsAt: utc('2026-03-26T21:00'),
    endsAt: utc('2026-03-27T05:00'),
    rrule,
    timeZone: 'Europe/Berlin',
  });

  test('is the end of the last occurrence, by the clock on the wall', () => {
    expect(endOfRecurrence(nightly(null))).toEqual(utc('2026-03-27T05:00'));
    // The third night is that of the change to daylight saving.
    expect(endOfRecurrence(nightly('FREQ=DAILY;COUNT=3'))).toEqual(utc('2026-03-29T04:00'));
    expect(endOfRecurrence(nightly('FREQ=DAILY'))).toBeNull();
  });

  test('is not before the last occurrence where UNTIL ends it', () => {
    for (const until of ['20260410T200000Z', '20260410', '20260327T000000Z']) {
      const recurrence = nightly(`FREQ=WEEKLY;UNTIL=${until}`);
      const last = expandOccurrences(recurrence, utc('2026-03-01T00:00'), utc('2027-01-01T00:00')).at(-1);
      expect(endOfRecurrence(recurrence)?.getTime()).toBeGreaterThanOrEqual(last?.endsAt.getTime() ?? Number.NaN);
    }
  });

  test('refuses what does not validate', () => {
    expect(() => endOfRecurrence(nightly('FREQ=HOURLY'))).toThrow(RangeError);
  });
});

describe('a window that was made long ago', () => {
  const DAY = 86_400_000;
  const days = fc.subarray(['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']);
  const rule = fc
    .record({
      frequency: fc.constantFrom('DAILY', 'WEEKLY', 'MONTHLY'),
      interval: fc.integer({ min: 1, max: 5 }),
      byDay: days,
      wkst: fc.constantFrom('', ';WKST=SU'),
    })
    .map(
      ({ frequency, interval, byDay, wkst }) =>
        `FREQ=${frequency};INTERVAL=${interval}${byDay.length > 0 ? `;BYDAY=${byDay.join()}` : ''}${wkst}`,
    );

  test('opens when it would if all its occurrences were counted from the first', () => {
    fc.assert(
      fc.property(
        rule,
        fc.constantFrom('Europe/Berlin', 'America/New_York', 'UTC'),
        fc.nat(30),
        fc.integer({ min: 0, max: 2_000 }),
        (rrule, timeZone, day, later) => {
          const startsAt = new Date(utc('2019-01-01T21:00').getTime() + day * DAY);
          const recurrence: Recurrence = { startsAt, endsAt: new Date(startsAt.getTime() + DAY / 4), rrule, timeZone };
          const from = new Date(startsAt.getTime() + later * DAY);
          const to = new Date(from.getTime() + 40 * DAY);
          expect(expandOccurrences(recurrence, from, to)).toEqual(
            expandOccurrences({ ...recurrence, rrule: `${rrule};COUNT=9999` }, from, to),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  test('does not take longer for its age', () => {
    const expand = (startsAt: string, endsAt: string) => () => {
      const recurrence: Recurrence = {
        startsAt: utc(startsAt),
        endsAt: utc(endsAt),
        rrule: 'FREQ=DAILY',
        timeZone: 'Europe/Berlin',
      };
      for (let i = 0; i < 20; i++)
        expect(expandOccurrences(recurrence, utc('2026-11-01T00:00'), utc('2026-11-08T00:00'))).toHaveLength(8);
    };
    // The old one has come back 13,000 times before.
    const young = expand('2026-10-01T21:00', '2026-10-02T03:00');
    expect(growth(young, expand('1990-01-01T21:00', '1990-01-02T03:00'))).toBeLessThan(10);
  });
});

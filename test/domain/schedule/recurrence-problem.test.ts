import { describe, expect, test } from '@jest/globals';
import { validateRecurrence } from '../../../src/domain/schedule/recurrence-problem.js';
import { endOfRecurrence, expandOccurrences } from '../../../src/domain/schedule/recurrence.js';
import { problemsOfNewWindow } from '../../../src/domain/schedule/window-problem.js';
import type { Recurrence } from '../../../src/domain/schedule/schedule.js';

const utc = (text: string): Date => new Date(`${text}Z`);
const nightly: Recurrence = {
  startsAt: utc('2026-03-02T21:00'),
  endsAt: utc('2026-03-03T05:00'),
  rrule: 'FREQ=DAILY',
  timeZone: 'Europe/Berlin',
};
const rule = (rrule: string) => ({ rrule });

describe('a new window', () => {
  test.each<[string, Partial<Recurrence>, string, string]>([
    ['an end before the start', { endsAt: utc('2026-03-02T20:00') }, 'ENDS_BEFORE_START', 'endsAt'],
    ['an unknown zone', { timeZone: 'Europe/Atlantis' }, 'UNKNOWN_TIME_ZONE', 'timeZone'],
    ['occurrences of 40 days', { endsAt: utc('2026-04-11T21:00') }, 'OCCURRENCE_TOO_LONG', 'endsAt'],
    ['a rule by the hour', rule('FREQ=HOURLY'), 'RULE_MALFORMED', 'rrule'],
    ['the second Monday of a week', rule('FREQ=WEEKLY;BYDAY=2MO'), 'RULE_MALFORMED', 'rrule'],
    ['the last Monday of a day', rule('FREQ=DAILY;BYDAY=TU,-1MO'), 'RULE_MALFORMED', 'rrule'],
    ['a numbered weekday by the date', rule('FREQ=YEARLY;BYMONTHDAY=7;BYDAY=1MO'), 'RULE_MALFORMED', 'rrule'],
    ['a lone BYSETPOS', rule('FREQ=MONTHLY;BYSETPOS=1'), 'RULE_MALFORMED', 'rrule'],
    ['UNTIL before the start', rule('FREQ=DAILY;UNTIL=20260302T205959Z'), 'UNTIL_BEFORE_START', 'rrule'],
    ['a day of UNTIL before the start', rule('FREQ=DAILY;UNTIL=20260301'), 'UNTIL_BEFORE_START', 'rrule'],
    ['a million occurrences', rule('FREQ=DAILY;COUNT=1000000'), 'TOO_MANY_OCCURRENCES', 'rrule'],
    ['a million days until the end', rule('FREQ=DAILY;UNTIL=47631231'), 'TOO_MANY_OCCURRENCES', 'rrule'],
    ['30 February', rule('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'), 'NEVER_AGAIN', 'rrule'],
    ['30 February, once', rule('FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30,-31;COUNT=2'), 'NEVER_AGAIN', 'rrule'],
    ['two of one day', rule('FREQ=DAILY;BYDAY=MO;BYSETPOS=2'), 'SEARCH_ENDLESS', 'rrule'],
    ['a sixth Monday of the month', rule('FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6'), 'SEARCH_ENDLESS', 'rrule'],
    ['Tuesdays every seventh day from a Monday', rule('FREQ=DAILY;INTERVAL=7;BYDAY=TU'), 'NEVER_AGAIN', 'rrule'],
  ])('with %s has its own problem', (_, fault, code, path) => {
    expect(problemsOfNewWindow({ ...nightly, ...fault })).toEqual([
      { code, path, message: expect.stringMatching(/^[A-Z"].{20,}\.$/) },
    ]);
  });

  test.each([
    'FREQ=YEARLY;BYDAY=1WE,MO',
    'FREQ=MONTHLY;BYDAY=2MO',
    'FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1',
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29',
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU',
    'FREQ=DAILY;UNTIL=20260302T210000Z',
    'FREQ=DAILY;UNTIL=20260302',
    'FREQ=DAILY;UNTIL=21260302',
    'FREQ=DAILY;COUNT=9999',
  ])('with %s has none', (rrule) => expect(problemsOfNewWindow({ ...nightly, rrule })).toEqual([]));

  test('has every problem at once, and a saved one goes on with a rule that a new one may not have', () => {
    const both = problemsOfNewWindow({ ...nightly, timeZone: 'Mars', rrule: 'FREQ=WEEKLY;COUNT=0' });
    expect(both.map(({ path }) => path)).toEqual(['timeZone', 'rrule']);
    const old = { ...nightly, rrule: 'FREQ=WEEKLY;BYDAY=2MO' };
    expect(validateRecurrence(old)).toEqual([]);
    expect(expandOccurrences(old, utc('2026-03-01T00:00'), utc('2026-03-30T00:00'))).toHaveLength(4);
  });
});

describe('hours that do not exist and hours that exist twice', () => {
  const starts = (recurrence: Recurrence, from: string, to: string) =>
    expandOccurrences(recurrence, utc(from), utc(to)).map(
      ({ startsAt, endsAt }) => `${startsAt.toISOString().slice(5, 16)} ${endsAt.toISOString().slice(5, 16)}`,
    );

  test('a window in the hour that New York skips is there after the jump', () => {
    const window = {
      startsAt: utc('2027-03-12T07:00'),
      endsAt: utc('2027-03-12T07:30'),
      rrule: 'FREQ=DAILY',
      timeZone: 'America/New_York',
    };
    expect(starts(window, '2027-03-13T00:00', '2027-03-16T00:00')).toEqual([
      '03-13T07:00 03-13T07:30',
      '03-14T07:00 03-14T07:30',
      '03-15T06:00 03-15T06:30',
    ]);
  });

  test('midnight in Cairo on the day that has none is there at one', () => {
    const window = {
      startsAt: utc('2027-04-27T22:00'),
      endsAt: utc('2027-04-27T22:30'),
      rrule: 'FREQ=DAILY',
      timeZone: 'Africa/Cairo',
    };
    expect(starts(window, '2027-04-28T00:00', '2027-05-01T00:00')).toEqual([
      '04-28T22:00 04-28T22:30',
      '04-29T22:00 04-29T22:30',
      '04-30T21:00 04-30T21:30',
    ]);
  });

  test('a window in the hour that New York repeats is there once, and UNTIL in that hour keeps it', () => {
    const window = (rrule: string) => ({
      startsAt: utc('2026-10-30T05:45'),
      endsAt: utc('2026-10-30T05:55'),
      rrule,
      timeZone: 'America/New_York',
    });
    const before = ['10-31T05:45 10-31T05:55', '11-01T05:45 11-01T05:55'];
    const of = (rrule: string) => starts(window(rrule), '2026-10-31T00:00', '2026-11-03T00:00');
    expect(of('FREQ=DAILY')).toEqual([...before, '11-02T06:45 11-02T06:55']);
    // 01:15 by the clock, the second time: half an hour after 01:45 the first time.
    expect(of('FREQ=DAILY;UNTIL=20261101T061500Z')).toEqual(before);
    expect(of('FREQ=DAILY;UNTIL=20261101T054500Z')).toEqual(before);
    expect(of('FREQ=DAILY;UNTIL=20261101T054459Z')).toEqual(before.slice(0, 1));
    expect(endOfRecurrence(window('FREQ=DAILY;UNTIL=20261101T061500Z'))?.getTime()).toBeGreaterThanOrEqual(
      utc('2026-11-01T05:55').getTime(),
    );
  });

  test('the first occurrence is the one that was given, also in the second of two equal hours', () => {
    const window = {
      startsAt: utc('2026-11-01T06:30'),
      endsAt: utc('2026-11-01T06:45'),
      rrule: 'FREQ=WEEKLY;COUNT=2',
      timeZone: 'America/New_York',
    };
    expect(starts(window, '2026-11-01T00:00', '2026-11-30T00:00')).toEqual([
      '11-01T06:30 11-01T06:45',
      '11-08T06:30 11-08T06:45',
    ]);
  });
});

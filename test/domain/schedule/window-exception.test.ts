import { describe, expect, test } from '@jest/globals';
import type { Interval } from '../../../src/domain/schedule/interval.js';
import { endOfRecurrence, expandOccurrences } from '../../../src/domain/schedule/recurrence.js';
import type { Recurrence } from '../../../src/domain/schedule/schedule.js';
import type { WindowException } from '../../../src/domain/schedule/window-exception.js';
import { previewWindow } from '../../../src/domain/schedule/window-preview.js';
import { problemsOfNewWindow } from '../../../src/domain/schedule/window-problem.js';
import { endOf, occurrencesIn } from '../../../src/facts/schedule/occurrence-cache.js';

const utc = (text: string): Date => new Date(`${text}Z`);
const iso = (day: string) => utc(day).toISOString();
const exception = (occurrence: string | null, startsAt: string | null = null, endsAt: string | null = null) =>
  ({
    occurrence: occurrence && iso(occurrence),
    startsAt: startsAt && iso(startsAt),
    endsAt: endsAt && iso(endsAt),
  }) satisfies WindowException;

const sundays: Recurrence = {
  startsAt: utc('2027-01-03T21:00'),
  endsAt: utc('2027-01-04T01:00'),
  rrule: 'FREQ=WEEKLY;COUNT=4',
  timeZone: 'Europe/Berlin',
};
const cancelled = exception('2027-01-10T21:00');
const moved = exception('2027-01-17T21:00', '2027-01-18T21:00', '2027-01-18T23:00');
const added = exception(null, '2027-02-03T21:00', '2027-02-04T00:00');
const changed = { ...sundays, exceptions: [cancelled, moved, added] };
const show = (list: readonly Interval[]) =>
  list.map(({ startsAt, endsAt }) => `${startsAt.toISOString().slice(5, 16)} ${endsAt.toISOString().slice(5, 16)}`);
const year = { startsAt: utc('2027-01-01T00:00'), endsAt: utc('2028-01-01T00:00') };

describe('exceptions of a window', () => {
  const all = [
    '01-03T21:00 01-04T01:00',
    '01-18T21:00 01-18T23:00',
    '01-24T21:00 01-25T01:00',
    '02-03T21:00 02-04T00:00',
  ];

  test('cancel, move and add occurrences', () => {
    expect(problemsOfNewWindow(changed)).toEqual([]);
    expect(show(expandOccurrences(changed, year.startsAt, year.endsAt))).toEqual(all);
    expect(endOfRecurrence(changed)).toEqual(utc('2027-02-04T00:00'));
    const first = { ...sundays, exceptions: [exception('2027-01-03T21:00')] };
    expect(show(expandOccurrences(first, year.startsAt, utc('2027-01-11T00:00')))).toEqual(['01-10T21:00 01-11T01:00']);
  });

  test('are part of what is remembered about a window', () => {
    expect(show(occurrencesIn(sundays, year))).toHaveLength(4);
    expect(show(occurrencesIn(changed, year))).toEqual(all);
    expect(show(occurrencesIn({ ...sundays, exceptions: [cancelled] }, year))).toHaveLength(3);
    expect([endOf(sundays), endOf(changed)]).toEqual([utc('2027-01-25T01:00'), utc('2027-02-04T00:00')]);
  });

  test.each<[string, Partial<Recurrence>, string, string]>([
    ['a window without a rule', { rrule: null, exceptions: [added] }, 'EXCEPTION_MALFORMED', 'exceptions'],
    ['nothing', { exceptions: [exception(null)] }, 'EXCEPTION_MALFORMED', 'exceptions.0.occurrence'],
    [
      'half a time',
      { exceptions: [exception(null, null, '2027-02-01T00:00')] },
      'EXCEPTION_MALFORMED',
      'exceptions.0.startsAt',
    ],
    [
      'a time before the first',
      { exceptions: [exception(null, '2027-01-01T00:00', '2027-01-01T01:00')] },
      'EXCEPTION_MALFORMED',
      'exceptions.0.startsAt',
    ],
    [
      'an end before the start',
      { exceptions: [exception(null, '2027-01-11T02:00', '2027-01-11T01:00')] },
      'ENDS_BEFORE_START',
      'exceptions.0.endsAt',
    ],
    [
      '40 days',
      { exceptions: [exception(null, '2027-01-11T02:00', '2027-02-20T02:00')] },
      'OCCURRENCE_TOO_LONG',
      'exceptions.0.endsAt',
    ],
    [
      'no occurrence',
      { exceptions: [cancelled, exception('2027-01-11T21:00')] },
      'NO_SUCH_OCCURRENCE',
      'exceptions.1.occurrence',
    ],
    ['one occurrence twice', { exceptions: [cancelled, cancelled] }, 'EXCEPTION_MALFORMED', 'exceptions'],
    ['501 of them', { exceptions: Array.from({ length: 501 }, () => added) }, 'TOO_MANY_OCCURRENCES', 'exceptions'],
    [
      'every occurrence of a count',
      { rrule: 'FREQ=WEEKLY;COUNT=1', exceptions: [exception('2027-01-03T21:00')] },
      'NEVER_OPENS',
      'exceptions',
    ],
    [
      'every occurrence until an end',
      { rrule: 'FREQ=WEEKLY;UNTIL=20270111', exceptions: [cancelled, exception('2027-01-03T21:00')] },
      'NEVER_OPENS',
      'exceptions',
    ],
  ])('that are about %s are refused', (_, fault, code, path) => {
    expect(problemsOfNewWindow({ ...sundays, ...fault })).toEqual([{ code, path, message: expect.any(String) }]);
  });

  test('may be spread over 30 years', () => {
    const years = Array.from({ length: 30 }, (_, index) => exception(`${2027 + index}-01-03T21:00`));
    const yearly = { ...sundays, rrule: 'FREQ=YEARLY' };
    expect(problemsOfNewWindow({ ...yearly, exceptions: years })).toEqual([]);
    expect(problemsOfNewWindow({ ...yearly, exceptions: [...years, exception('2058-01-03T21:00')] })).toMatchObject([
      { code: 'EXCEPTION_MALFORMED', path: 'exceptions' },
    ]);
  });
});

describe('a preview', () => {
  test('shows the next occurrences, and when the window is over for good', () => {
    expect(previewWindow(changed, sundays.startsAt, 2)).toMatchObject({
      problems: [],
      endsForGoodAt: utc('2027-02-04T00:00'),
    });
    expect(show(previewWindow(changed, sundays.startsAt, 2).occurrences)).toHaveLength(2);
    const rare = { ...sundays, rrule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29' };
    expect(show(previewWindow(rare, utc('2027-06-01T00:00'), 5).occurrences)).toEqual([
      '02-29T21:00 03-01T01:00',
      '02-29T21:00 03-01T01:00',
      '02-29T21:00 03-01T01:00',
    ]);
  });

  test('of a window with problems has all of them and nothing else', () => {
    const wrong = { ...sundays, rrule: 'FREQ=DAILY;BYDAY=2MO;UNTIL=20260101' };
    expect(previewWindow(wrong, sundays.startsAt, 5)).toEqual({
      problems: [
        { code: 'RULE_MALFORMED', field: 'rrule', message: expect.stringContaining('2MO') },
        { code: 'UNTIL_BEFORE_START', field: 'rrule', message: expect.any(String) },
      ],
      occurrences: [],
      endsForGoodAt: null,
    });
  });
});

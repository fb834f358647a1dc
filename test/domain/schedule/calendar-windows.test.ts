import { describe, expect, test } from '@jest/globals';
import { MAX_CALENDAR_EVENTS, MAX_CALENDAR_LENGTH } from '../../../src/domain/schedule/calendar-text.js';
import { calendarWindows } from '../../../src/domain/schedule/calendar-windows.js';
import { expandOccurrences } from '../../../src/domain/schedule/recurrence.js';
import { atOnce } from '../../../src/domain/steps.js';

const as = { kind: 'BLACKOUT' as const, timeZone: 'Europe/Berlin' };
const calendar = (...events: readonly string[][]) =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//test//EN',
    ...events.flatMap((lines) => ['BEGIN:VEVENT', ...lines, 'END:VEVENT']),
    'END:VCALENDAR',
    '',
  ].join('\r\n');
const readText = (text: string) => atOnce(calendarWindows(text, as));
const read = (...events: readonly string[][]) => readText(calendar(...events));
const first = (event: readonly string[]) => read([...event])[0];

describe('windows of a calendar', () => {
  test('a public holiday is that day in the zone of the reader', () => {
    expect(
      first(['UID:unity', 'SUMMARY:Day of German Unity', 'DTSTART;VALUE=DATE:20271003', 'RRULE:FREQ=YEARLY']),
    ).toEqual({
      uid: 'unity',
      name: 'Day of German Unity',
      description: '',
      cancelled: false,
      problems: [],
      recurrence: {
        kind: 'BLACKOUT',
        startsAt: new Date('2027-10-02T22:00Z'),
        endsAt: new Date('2027-10-03T22:00Z'),
        timeZone: 'Europe/Berlin',
        rrule: 'FREQ=YEARLY',
        exceptions: [],
      },
    });
  });

  test('EXDATE, RDATE and RECURRENCE-ID become exceptions', () => {
    const zone = 'TZID=America/New_York';
    const [found] = read(
      [
        'UID:freeze',
        'SUMMARY:Freeze',
        `DTSTART;${zone}:20270104T090000`,
        'DURATION:PT8H',
        'RRULE:FREQ=WEEKLY;COUNT=4',
        `EXDATE;${zone}:20270111T090000`,
        `RDATE;${zone}:20270203T090000`,
      ],
      [
        'UID:freeze',
        `RECURRENCE-ID;${zone}:20270118T090000`,
        `DTSTART;${zone}:20270119T100000`,
        `DTEND;${zone}:20270119T110000`,
      ],
      ['UID:freeze', `RECURRENCE-ID;${zone}:20270125T090000`, `DTSTART;${zone}:20270125T090000`, 'STATUS:Cancelled'],
    );
    expect(found?.problems).toEqual([]);
    const all = expandOccurrences(found?.recurrence as never, new Date('2027-01-01'), new Date('2028-01-01'));
    expect(all.map(({ startsAt, endsAt }) => [startsAt, endsAt].map((one) => one.toISOString().slice(5, 16)))).toEqual([
      ['01-04T14:00', '01-04T22:00'],
      ['01-19T15:00', '01-19T16:00'],
      ['02-03T14:00', '02-03T22:00'],
    ]);
  });

  test('a list of dates needs no rule', () => {
    const found = first(['UID:x', 'DTSTART:20270104T090000Z', 'DTEND:20270104T100000Z', 'RDATE:20270301T090000Z']);
    expect(found?.recurrence).toMatchObject({ timeZone: 'UTC', rrule: 'FREQ=DAILY;COUNT=1' });
    expect(found?.problems).toEqual([]);
  });

  test.each<[string, string[], RegExp]>([
    ['no start', [], /DTSTART/],
    ['no length', ['DTSTART:20270104T090000Z'], /DURATION/],
    ['an unknown zone', ['DTSTART;TZID=W. Europe:20270104T090000', 'DURATION:PT1H'], /IANA/],
    ['two rules', ['DTSTART;VALUE=DATE:20270104', 'RRULE:FREQ=DAILY', 'RRULE:FREQ=WEEKLY'], /more than one RRULE/],
    ['a rule by the hour', ['DTSTART;VALUE=DATE:20270104', 'RRULE:FREQ=HOURLY'], /HOURLY/],
    [
      'a rule with an exception by rule',
      ['DTSTART;VALUE=DATE:20270104', 'RRULE:FREQ=DAILY', 'EXRULE:FREQ=WEEKLY'],
      /EXRULE/,
    ],
    ['too large a count', ['DTSTART;VALUE=DATE:20270104', 'RRULE:FREQ=DAILY;COUNT=9999'], /counts to 1000/],
    ['a day that does not exist', ['DTSTART;VALUE=DATE:20270231'], /31/],
    ['a year far away', ['DTSTART;VALUE=DATE:99990104'], /between/],
    ['a time that is none', ['DTSTART:tomorrow'], /./],
    ['a rule that is none', ['DTSTART;VALUE=DATE:20270104', 'RRULE:FREQ=;;=;BYDAY'], /./],
    ['a huge line', ['DTSTART;VALUE=DATE:20270104', `RRULE:FREQ=DAILY;BYMONTH=${'1,'.repeat(9_999)}1`], /too long/],
    [
      'thousands of dates',
      ['DTSTART;VALUE=DATE:20270104', `RDATE;VALUE=DATE:${'20270105,'.repeat(600)}20270106`],
      /500/,
    ],
    ['thousands of names', ['DTSTART;VALUE=DATE:20270104', ...Array(9_000).fill('SUMMARY:x')], /lines/],
    ['an endless duration', ['DTSTART:20270104T090000Z', 'DURATION:P9999999999999W'], /duration/],
    ['a duration backwards', ['DTSTART:20270104T090000Z', 'DURATION:-P1W'], /duration/],
    ['no duration', ['DTSTART:20270104T090000Z', 'DURATION:P'], /after the start/],
    [
      'a period',
      ['DTSTART:20270104T090000Z', 'DURATION:PT1H', 'RDATE;VALUE=PERIOD:20270105T090000Z/PT2H'],
      /something else/,
    ],
    ['an end before the start', ['DTSTART:20270104T090000Z', 'DTEND:20270104T080000Z'], /after the start/],
  ])('an event with %s is reported, and the others are read', (_, lines, message) => {
    const found = read(['UID:wrong', ...lines], ['UID:right', 'DTSTART;VALUE=DATE:20270104']);
    expect(found[0]?.problems).toEqual([expect.objectContaining({ message: expect.stringMatching(message) })]);
    expect(found[1]).toMatchObject({ uid: 'right', problems: [] });
  });

  test('a program may put its own name before that of a zone', () => {
    const found = first([
      'UID:x',
      'DTSTART;TZID=/citadel.org/20210210_1/Europe/Berlin:20270104T090000',
      'DURATION:PT1H',
    ]);
    expect(found?.recurrence?.timeZone).toBe('Europe/Berlin');
  });

  test('zones, alarms and what programs add are passed over, and long lines are put together', () => {
    const text = [
      '\uFEFFBEGIN:VCALENDAR',
      'BEGIN:VTIMEZONE',
      'TZID:Nonsense',
      'BEGIN:STANDARD',
      'RRULE:FREQ=SECONDLY;COUNT=999999999',
      'END:STANDARD',
      'END:VTIMEZONE',
      'BEGIN:VEVENT',
      'UID:x',
      'SUMMARY:Year',
      '  end',
      'DTSTART:20271224T000000Z',
      `ATTACH;ENCODING=BASE64;VALUE=BINARY:${'A'.repeat(50_000)}`,
      'DURATION:P2D',
      'BEGIN:VALARM',
      'TRIGGER:nonsense',
      'UID:alarm',
      'END:VALARM',
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ];
    for (const end of ['\r\n', '\n'])
      expect(readText(text.join(end))).toEqual([expect.objectContaining({ uid: 'x', name: 'Year end', problems: [] })]);
  });

  test.each([
    ['no calendar', 'Monday to Friday', 'outside a VCALENDAR'],
    ['a card', 'BEGIN:VCARD\r\nEND:VCARD\r\n', 'no VCALENDAR'],
    ['without an end', 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n', 'VEVENT does not end'],
    ['crossed', 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n', 'was not begun'],
    ['deep', 'BEGIN:VCALENDAR\r\n'.repeat(20_000 / 2), 'too deep'],
    ['too long', ' '.repeat(MAX_CALENDAR_LENGTH + 1), 'characters'],
    ['too many', calendar(...Array.from({ length: MAX_CALENDAR_EVENTS + 1 }, () => [])), 'events'],
  ])('a text that is %s is refused', (_, text, message) => {
    expect(() => readText(text)).toThrow(RangeError);
    expect(() => readText(text)).toThrow(message);
  });
});

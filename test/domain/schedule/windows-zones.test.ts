import { expect, test } from '@jest/globals';
import { calendarWindows } from '../../../src/domain/schedule/calendar-windows.js';
import { isTimeZone } from '../../../src/domain/schedule/recurrence-rule.js';
import { ianaZoneOf, WINDOWS_ZONES } from '../../../src/domain/schedule/windows-zones.js';
import { atOnce } from '../../../src/domain/steps.js';

test('every zone of Windows is one that can be computed with', () => {
  expect(Object.keys(WINDOWS_ZONES).length).toBeGreaterThan(130);
  expect(Object.values(WINDOWS_ZONES).filter((zone) => !isTimeZone(zone))).toEqual([]);
});

test.each([
  ['W. Europe Standard Time', 'Europe/Berlin'],
  ['Eastern Standard Time', 'America/New_York'],
  ['Lord Howe Standard Time', 'Australia/Lord_Howe'],
  ['Customized Time Zone', undefined],
  ['constructor', undefined],
])('%s is %s', (name, zone) => expect(ianaZoneOf(name)).toBe(zone));

test('a calendar of Outlook has its local times, before and after a change of clocks', () => {
  const [window] = atOnce(
    calendarWindows(
      [
        'BEGIN:VCALENDAR',
        'BEGIN:VEVENT',
        'UID:freeze',
        'SUMMARY:Freeze',
        'DTSTART;TZID="W. Europe Standard Time":20270327T090000',
        'DURATION:PT1H',
        'RRULE:FREQ=DAILY;COUNT=3',
        'END:VEVENT',
        'END:VCALENDAR',
      ].join('\r\n'),
      { kind: 'BLACKOUT', timeZone: 'UTC' },
    ),
  );
  expect(window?.problems).toEqual([]);
  expect(window?.recurrence).toMatchObject({
    timeZone: 'Europe/Berlin',
    startsAt: new Date('2027-03-27T08:00:00Z'),
    rrule: 'FREQ=DAILY;COUNT=3',
  });
});

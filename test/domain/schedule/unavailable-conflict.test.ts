import { expect, test } from '@jest/globals';
import type { WorkingTimes } from '../../../src/domain/people/working-calendar.js';
import type { ConflictEntry } from '../../../src/domain/schedule/conflict-entry.js';
import { unavailableConflicts } from '../../../src/domain/schedule/unavailable-conflict.js';
import { atOnce } from '../../../src/domain/steps.js';

// Monday, 7 June 2027, and later days by their hours.
const at = (hour: number): Date => new Date(Date.UTC(2027, 5, 7, hour));
const task = (id: string, from: number, to: number, person = 'ann'): ConflictEntry => ({
  id,
  name: id,
  startsAt: at(from),
  endsAt: at(to),
  groupId: 'release',
  ciIds: [],
  personIds: [person],
});
const office: WorkingTimes = {
  timeZone: 'UTC',
  hours: [
    { day: 'MONDAY', from: '09:00', to: '17:00' },
    { day: 'TUESDAY', from: '09:00', to: '17:00' },
  ],
  exceptions: [],
};
const away = { startsAt: at(24), endsAt: at(48) };
const people = new Map([
  ['ann', { name: 'Ann', calendars: [office], absences: [away] }],
  ['bob', { name: 'Bob', calendars: [], absences: [] }],
]);
const found = (...tasks: ConflictEntry[]) => atOnce(unavailableConflicts(tasks, people));

test('a task at no time of which its person works is a conflict: at night, or in an absence', () => {
  const conflicts = found(task('night', 18, 22), task('away', 33, 41), task('day', 10, 12), task('edge', 16, 20));
  expect(conflicts.map(({ key, severity }) => [key, severity])).toEqual([
    ['RESOURCE_OVERLOAD:ann:night', 'LOW'],
    ['RESOURCE_OVERLOAD:ann:away', 'LOW'],
  ]);
  expect(conflicts[0]?.message).toBe(
    'Ann is absent or does not work during "night" from 2027-06-07 18:00 UTC to 2027-06-07 22:00 UTC.',
  );
});

test('days with a working hour in them are none, and neither is anything of somebody without a calendar', () => {
  expect(found(task('days', 16, 100), task('night', 18, 22, 'bob'), task('night', 18, 22, 'stranger'))).toEqual([]);
});

test('a long task is looked at until somebody works, and one of years not at all', () => {
  const steps = (one: ConflictEntry) => [...unavailableConflicts([one], people)].length;
  expect(steps(task('year', 16, 24 * 365))).toBeLessThan(5);
  expect(steps({ ...task('for ever', 18, 19), endsAt: new Date('9999-12-31T00:00:00Z') })).toBeLessThan(5);
  const sabbatical = new Map([
    ['ann', { name: 'Ann', calendars: [office], absences: [{ startsAt: at(0), endsAt: at(24 * 365) }] }],
  ]);
  const during = (to: number) => atOnce(unavailableConflicts([task('long', 18, to)], sabbatical)).length;
  // The absence ends on Tuesday, 7 June 2028, before the day begins.
  expect([during(24 * 365), during(24 * 366)]).toEqual([1, 0]);
});

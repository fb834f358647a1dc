import { expect, test } from '@jest/globals';
import type { ConflictEntry } from '../../../src/domain/schedule/conflict-entry.js';
import { teamConflicts } from '../../../src/domain/schedule/team-conflict.js';
import { atOnce } from '../../../src/domain/steps.js';
import { Chance } from '../../support/random-input.js';

const at = (hour: number): Date => new Date(Date.UTC(2027, 5, 7, hour));
const task = (id: string, from: number, to: number): ConflictEntry => ({
  id,
  name: id,
  startsAt: at(from),
  endsAt: at(to),
  groupId: 'release',
  ciIds: [],
  personIds: ['ann'],
});
const found = (maxTasksAtOnce: number, ...tasks: ConflictEntry[]) =>
  atOnce(teamConflicts({ id: 'ops', name: 'Ops', maxTasksAtOnce }, tasks));
const told = (maxTasksAtOnce: number, ...tasks: ConflictEntry[]) =>
  found(maxTasksAtOnce, ...tasks).map(
    ({ left, right, interval }) =>
      `${left.id}/${right.id} ${interval.startsAt.getUTCHours()}-${interval.endsAt.getUTCHours()}`,
  );

test('a task that begins while a team is full is a conflict until enough tasks have ended', () => {
  expect(told(1, task('a', 9, 12), task('b', 10, 11), task('c', 12, 13))).toEqual(['b/a 10-11']);
  expect(told(2, task('a', 9, 12), task('b', 9, 15), task('c', 10, 20), task('d', 11, 14))).toEqual([
    'c/b 10-12',
    'd/c 11-14',
  ]);
  expect(told(3, task('a', 9, 12), task('b', 9, 15), task('c', 10, 20))).toEqual([]);
});

test('of tasks that begin together, those with later ids are the ones too many; one that lasts no time is none', () => {
  expect(told(1, task('c', 9, 10), task('a', 9, 12), task('b', 9, 11), task('d', 9, 9))).toEqual([
    'b/a 9-11',
    'c/a 9-10',
  ]);
});

test('it is a notice that names the team, both tasks and the time', () => {
  expect(found(1, task('a', 9, 12), task('b', 10, 11))).toMatchObject([
    {
      key: 'TEAM_OVERLOAD:ops:b:a',
      severity: 'LOW',
      team: { id: 'ops', name: 'Ops' },
      person: null,
      message:
        'Team "Ops" has too many tasks at once with "b", "a" among them, ' +
        'from 2027-06-07 10:00 UTC to 2027-06-07 11:00 UTC.',
    },
  ]);
});

test('of many tasks at the same time few are looked at for each', () => {
  const count = 2_000;
  let looks = 0;
  const tasks = Array.from({ length: count }, (_, n) => ({
    ...task(`t${String(n).padStart(4, '0')}`, 0, 0),
    startsAt: new Date(n),
    get endsAt() {
      looks++;
      return new Date(3 * count - n);
    },
  }));
  expect(found(5, ...tasks)).toHaveLength(count - 5);
  expect(looks).toBeLessThan(100 * count);
});

test('hours with a conflict are those with more tasks than the team may have, whatever the tasks are', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const chance = new Chance(seed);
    const max = 1 + chance.below(4);
    const tasks = Array.from({ length: chance.below(15) }, (_, n) => {
      const from = chance.below(20);
      return task(`t${n}`, from, from + chance.below(9));
    });
    const conflicts = found(max, ...tasks);
    const hours = Array.from({ length: 30 }, (_, hour) => at(hour));
    const over = (list: readonly { startsAt: Date; endsAt: Date }[], hour: Date) =>
      list.filter(({ startsAt, endsAt }) => startsAt <= hour && hour < endsAt).length;
    const isOver = (hour: Date) =>
      over(
        conflicts.map(({ interval }) => interval),
        hour,
      ) > 0;
    expect([seed, hours.filter(isOver)]).toEqual([seed, hours.filter((hour) => over(tasks, hour) > max)]);
    const byId = new Map(tasks.map((one) => [one.id, one]));
    for (const { left, right, interval } of conflicts)
      for (const id of [left.id, right.id]) {
        expect(byId.get(id)!.startsAt <= interval.startsAt && byId.get(id)!.endsAt >= interval.endsAt).toBe(true);
        expect(left.id).not.toBe(right.id);
      }
  }
});

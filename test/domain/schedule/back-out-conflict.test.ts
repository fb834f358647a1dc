import { expect, test } from '@jest/globals';
import { impactGraph } from '../../../src/domain/cmdb/impact.js';
import type { ConflictWindow } from '../../../src/domain/schedule/conflict-window.js';
import { conflicts } from '../../../src/domain/schedule/schedule-conflict.js';
import type { Interval } from '../../../src/domain/schedule/interval.js';
import { Chance } from '../../support/random-input.js';

const HOUR = 3_600_000;
const START = Date.UTC(2027, 0, 4);
const at = (hour: number) => new Date(START + hour * HOUR);
const hours = ({ startsAt, endsAt }: Interval) =>
  `${(startsAt.getTime() - START) / HOUR}-${(endsAt.getTime() - START) / HOUR}`;
const graph = impactGraph([{ id: 'web', name: 'web', ciClass: 'SERVER' }], []);
const window = (id: string, kind: ConflictWindow['kind'], ...times: [number, number][]): ConflictWindow => ({
  id,
  name: id,
  kind,
  occurrences: times.map(([from, to]) => ({ startsAt: at(from), endsAt: at(to) })),
  ciIds: ['web'],
  ciClasses: [],
});
const found = (from: number, to: number, backOut: number | undefined, windows: ConflictWindow[]) =>
  conflicts(
    [
      {
        id: 'work',
        name: 'REL-1',
        startsAt: at(from),
        endsAt: at(to),
        groupId: null,
        ciIds: ['web'],
        personIds: [],
        ...(backOut !== undefined && { backOutMs: backOut * HOUR }),
      },
    ],
    windows,
    graph,
  );
const told = (...asked: Parameters<typeof found>) =>
  found(...asked).map(({ kind, severity, right, interval }) => `${kind} ${severity} ${right.id} ${hours(interval)}`);

const nights = window('nights', 'CHANGE_WINDOW', [0, 6], [24, 30]);

test.each<[string, number, number, number | undefined, ConflictWindow[], string[]]>([
  ['nobody said how long it takes', 4, 6, undefined, [nights], []],
  ['it ends as the window closes', 2, 4, 2, [nights], []],
  ['the window closes before', 2, 4, 3, [nights], ['NO_TIME_TO_BACK_OUT MEDIUM nights 6-7']],
  ['the work itself is outside', 5, 7, 3, [nights], ['OUTSIDE_CHANGE_WINDOW HIGH nights 6-7']],
  [
    'a blackout begins before',
    2,
    4,
    3,
    [window('freeze', 'BLACKOUT', [5, 9])],
    ['NO_TIME_TO_BACK_OUT MEDIUM freeze 5-7'],
  ],
  ['a blackout begins after', 2, 4, 1, [window('freeze', 'BLACKOUT', [5, 9])], []],
  ['the work itself is in the blackout', 2, 4, 3, [window('freeze', 'BLACKOUT', [3, 9])], ['BLACKOUT HIGH freeze 3-4']],
])('there is time for a back-out, or not: %s', (_, from, to, backOut, windows, expected) =>
  expect(told(from, to, backOut, windows)).toEqual(expected),
);

test('names the work and the window', () => {
  expect(found(2, 4, 3, [nights])[0]).toMatchObject({
    key: 'NO_TIME_TO_BACK_OUT:work:nights',
    message:
      'After "REL-1" too little time is left for a back-out, because of "nights", ' +
      'from 2027-01-04 06:00 UTC to 2027-01-04 07:00 UTC.',
  });
});

test('is found exactly where an hour of the back-out is closed, and none of the work', () => {
  const chance = new Chance(20261128);
  const kinds = new Set<string>();
  for (let round = 0; round < 500; round++) {
    const times = () =>
      Array.from({ length: 1 + chance.below(3) }, (): [number, number] => {
        const from = chance.below(30);
        return [from, from + 1 + chance.below(12)];
      });
    const windows = [window('open', 'CHANGE_WINDOW', ...times()), window('closed', 'BLACKOUT', ...times())];
    const [from, backOut] = [chance.below(30), chance.below(8)];
    const to = from + 1 + chance.below(6);
    const isIn = (which: ConflictWindow, hour: number) =>
      which.occurrences.some(({ startsAt, endsAt }) => startsAt <= at(hour) && endsAt > at(hour));
    const some = (first: number, last: number, holds: (hour: number) => boolean) =>
      Array.from({ length: last - first }, (_, n) => first + n).some(holds);
    const [open, closed] = windows as [ConflictWindow, ConflictWindow];
    const expected = new Set<string>();
    const isOutside = some(from, to, (hour) => !isIn(open, hour));
    if (isOutside) expected.add('OUTSIDE_CHANGE_WINDOW open');
    else if (some(to, to + backOut, (hour) => !isIn(open, hour))) expected.add('NO_TIME_TO_BACK_OUT open');
    for (const one of closed.occurrences) {
      const only = { ...closed, occurrences: [one] };
      if (some(from, to, (hour) => isIn(only, hour))) expected.add('BLACKOUT closed');
      else if (some(to, to + backOut, (hour) => isIn(only, hour))) expected.add('NO_TIME_TO_BACK_OUT closed');
    }
    const given = new Set(found(from, to, backOut, windows).map(({ kind, right }) => `${kind} ${right.id}`));
    expect([round, ...[...given].sort()]).toEqual([round, ...[...expected].sort()]);
    for (const one of given) kinds.add(one);
  }
  expect(kinds.size).toBe(4);
});

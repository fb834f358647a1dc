import { expect, test } from '@jest/globals';
import { nearestTimes } from '../../../src/domain/schedule/suggested-move.js';

const at = (hour: number) => new Date(Date.UTC(2027, 0, 4, hour));
const stretch = (from: number, latest: number) => ({
  startsAt: at(from),
  endsAt: at(from + 2),
  latestStartsAt: at(latest),
  freeUntil: at(latest + 2),
});
const times = (from: number, stretches: [number, number][]) =>
  nearestTimes(
    { startsAt: at(from), endsAt: at(from + 2) },
    stretches.map(([first, last]) => stretch(first, last)),
  ).map(({ startsAt, endsAt }) => `${startsAt.getUTCHours()}-${endsAt.getUTCHours()}`);

test.each<[string, number, [number, number][], string[]]>([
  ['the end of a stretch before', 10, [[1, 8]], ['8-10']],
  ['the start of a stretch after', 10, [[13, 20]], ['13-15']],
  [
    'the nearest first',
    10,
    [
      [1, 2],
      [12, 13],
      [15, 20],
    ],
    ['12-14', '15-17', '2-4'],
  ],
  [
    'the earlier one of equals',
    10,
    [
      [1, 8],
      [12, 13],
    ],
    ['8-10', '12-14'],
  ],
  ['not the time that it has', 10, [[9, 11]], []],
  [
    'four at most',
    10,
    [
      [0, 1],
      [2, 3],
      [4, 5],
      [6, 7],
      [12, 13],
    ],
    ['12-14', '7-9', '5-7', '3-5'],
  ],
])('the nearest times are %s', (_, from, stretches, expected) => expect(times(from, stretches)).toEqual(expected));

import { expect, test } from '@jest/globals';
import type { ConflictEntry } from '../../../src/domain/schedule/conflict-entry.js';
import {
  dependencyConflicts,
  endOfPredecessor,
  startOfDependent,
} from '../../../src/domain/schedule/dependency-conflict.js';

const at = (hour: number) => new Date(Date.UTC(2027, 0, 4, hour));
const work = (id: string, from: number, to: number, distributionId: string | null = null): ConflictEntry => ({
  id,
  name: id.toUpperCase(),
  startsAt: at(from),
  endsAt: at(to),
  groupId: null,
  ciIds: [],
  personIds: [],
  work: { entryId: id, releaseId: 'release', distributionId },
});
const found = (dependent: ConflictEntry[], predecessor: ConflictEntry[]) =>
  dependencyConflicts(dependent, predecessor).map(
    ({ left, right, interval }) =>
      `${left.id} ${right.id} ${interval.startsAt.getUTCHours()}-${interval.endsAt.getUTCHours()}`,
  );

test.each<[string, ConflictEntry[], ConflictEntry[], string[]]>([
  ['one after the other', [work('a', 5, 6)], [work('b', 3, 5)], []],
  ['an overlap', [work('a', 4, 6)], [work('b', 3, 5)], ['a b 4-5']],
  ['the wrong order, with time between', [work('a', 1, 2)], [work('b', 8, 9)], ['a b 1-9']],
  ['nothing booked', [work('a', 1, 2)], [], []],
  ['a slot, and no distribution in it', [work('a', 1, 9), work('d', 2, 3, 'd')], [work('b', 3, 5)], ['a b 1-5']],
  ['a late run after the slot', [work('a', 6, 9)], [work('b', 3, 5), work('d', 4, 8, 'd')], []],
  [
    'distributions without a slot',
    [work('c', 1, 2, 'c'), work('d', 4, 6, 'd'), work('e', 7, 8, 'e')],
    [work('x', 0, 2, 'x'), work('y', 3, 5, 'y'), work('z', 4, 5, 'z')],
    ['c z 1-5', 'd z 4-5'],
  ],
])('%s', (_, dependent, predecessor, expected) => expect(found(dependent, predecessor)).toEqual(expected));

test('says which release begins too early, and is of severity HIGH', () => {
  const [conflict] = dependencyConflicts([work('a', 1, 2)], [work('b', 8, 9)]);
  expect(conflict).toMatchObject({ kind: 'DEPENDENCY_ORDER', severity: 'HIGH', ciId: null, path: [] });
  expect(conflict?.message).toBe(
    '"A" begins before "B" has ended, on which it depends: 2027-01-04 01:00 UTC to 2027-01-04 09:00 UTC.',
  );
});

test('gives the work between which there is room', () => {
  expect(endOfPredecessor([work('a', 1, 3), work('d', 2, 9, 'd')])?.id).toBe('a');
  expect(startOfDependent([work('c', 5, 6, 'c'), work('d', 2, 9, 'd')])?.id).toBe('d');
  expect(endOfPredecessor([])).toBeUndefined();
});

import { expect, test } from '@jest/globals';
import { MAX_RELEASES_OF_PART, partsOfChange } from '../../../src/domain/schedule/conflict-change.js';
import type { ScheduleConflict } from '../../../src/domain/schedule/schedule-conflict.js';
import { atOnce } from '../../../src/domain/steps.js';

const conflict = (n: number): ScheduleConflict => ({
  key: `BLACKOUT:${n}`,
  kind: 'BLACKOUT',
  severity: 'HIGH',
  interval: { startsAt: new Date(0), endsAt: new Date(1) },
  left: { type: 'ScheduleEntry', id: `e${n}`, name: '', work: { entryId: `e${n}`, releaseId: `r${n}` } },
  right: { type: 'ScheduleWindow', id: 'w', name: '' },
  ciId: null,
  person: null,
  path: [],
  message: '',
});

test('a change without conflicts has no parts, a small one has one', () => {
  expect(atOnce(partsOfChange([], []))).toEqual([]);
  const [part, ...others] = atOnce(partsOfChange([conflict(1)], [conflict(2)]));
  expect(others).toEqual([]);
  expect(part).toEqual({ releaseIds: new Set(['r1', 'r2']), added: [conflict(1)], removed: [conflict(2)] });
});

test('a large one has several, which share nothing, leave nothing out, and are bounded', () => {
  const added = Array.from({ length: 1_700 }, (_, n) => conflict(n));
  const removed = Array.from({ length: 800 }, (_, n) => conflict(10_000 + n));
  const parts = atOnce(partsOfChange(added, removed));
  expect(parts).toHaveLength(3);
  for (const { releaseIds } of parts) expect(releaseIds.size).toBeLessThanOrEqual(MAX_RELEASES_OF_PART);
  expect(parts.flatMap((part) => part.added)).toEqual(added);
  expect(parts.flatMap((part) => part.removed)).toEqual(removed);
});

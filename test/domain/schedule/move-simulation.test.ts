import { expect, test } from '@jest/globals';
import { movedConflicts } from '../../../src/domain/schedule/move-simulation.js';
import type { ScheduleConflict } from '../../../src/domain/schedule/schedule-conflict.js';

const conflict = (left: string, right: string, more: Partial<ScheduleConflict> = {}): ScheduleConflict => ({
  key: `${left}:${right}`,
  kind: 'CI_CONFLICT',
  severity: 'HIGH',
  interval: { startsAt: new Date(0), endsAt: new Date(1) },
  left: { type: 'Release', id: left, name: left },
  right: { type: 'ScheduleEntry', id: right, name: right },
  ciId: 'web',
  person: null,
  path: ['web'],
  message: '',
  ...more,
});

test('a conflict with the same party about the same item is kept, whichever starts later', () => {
  const before = [conflict('mine', 'other'), conflict('mine', 'third')];
  const after = [conflict('other', 'mine'), conflict('mine', 'fourth')];
  expect(movedConflicts(before, after)).toEqual({ breaks: [after[1]], fixes: [before[1]], keeps: [after[0]] });
});

test('one that is worse, or about another item, is another conflict', () => {
  const before = [conflict('mine', 'other', { severity: 'LOW' }), conflict('mine', 'third')];
  const after = [conflict('mine', 'other'), conflict('mine', 'third', { ciId: 'db' })];
  expect(movedConflicts(before, after)).toEqual({ breaks: after, fixes: before, keeps: [] });
});

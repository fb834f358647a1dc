import { describe, expect, test } from '@jest/globals';
import { planIsOpen } from '../../../src/domain/release/plan.guards.js';
import {
  phaseHasBegun,
  phaseRank,
  planIsClosed,
  taskPlaceProblems,
  type PlanTask,
} from '../../../src/domain/release/release-plan.js';
import { RELEASE_STATES, type ReleaseState } from '../../../src/domain/release/release.state.js';
import { PHASE_STATES } from '../../../src/domain/release/template.js';

const at = (hour: number): Date => new Date(Date.UTC(2027, 0, 4, hour));

const task = (id: string, more: Partial<PlanTask> = {}): PlanTask => ({
  id,
  name: id,
  after: [],
  phaseState: 'PLANNING',
  plannedStart: null,
  plannedEnd: null,
  ...more,
});
const messages = (tasks: readonly PlanTask[], id: string) =>
  taskPlaceProblems(tasks, id).map(({ path, message }) => `${path?.join('.')}: ${message}`);

describe('phases', () => {
  test('begin when the release reaches their state and stay begun', () => {
    const way: ReleaseState[] = [
      'DRAFT',
      'PLANNING',
      'BUILDING',
      'TESTING',
      'ACCEPTED',
      'SCHEDULED',
      'COMMUNICATED',
      'DISTRIBUTING',
      'DEPLOYED',
      'IN_REVIEW',
      'CLOSED',
    ];
    const begun = way.map((state) => PHASE_STATES.filter((phase) => phaseHasBegun(state, phase)).length);
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 7, 8, 8]);
  });

  test('of a back-out begin only in a back-out', () => {
    expect(RELEASE_STATES.filter((state) => phaseHasBegun(state, 'BACKING_OUT'))).toEqual([
      'BACKING_OUT',
      'BACKED_OUT',
    ]);
    expect(phaseHasBegun('BACKING_OUT', 'DISTRIBUTING')).toBe(true);
    expect(phaseHasBegun('BACKING_OUT', 'IN_REVIEW')).toBe(false);
  });

  test('never begin in a draft or a cancelled release', () => {
    for (const state of ['DRAFT', 'CANCELLED'] as const)
      expect(PHASE_STATES.some((phase) => phaseHasBegun(state, phase))).toBe(false);
  });

  test('have ranks in the order of their states', () => {
    const ranks = PHASE_STATES.map(phaseRank);
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
  });
});

describe('a plan', () => {
  test('is open until the release is over', () => {
    expect(RELEASE_STATES.filter((state) => !planIsOpen(state))).toEqual(['CLOSED', 'CANCELLED']);
    expect(planIsClosed('CLOSED')).toMatchObject({ code: 'ILLEGAL_TRANSITION' });
    expect(planIsClosed('IN_REVIEW')).toBeUndefined();
  });
});

describe('the place of a task', () => {
  test('is right when order, phases and dates agree; touching dates do', () => {
    const tasks = [
      task('a', { plannedStart: at(8), plannedEnd: at(9) }),
      task('b', { after: ['a'], plannedStart: at(9), plannedEnd: at(9) }),
      task('c', { after: ['b'], phaseState: 'BUILDING' }),
    ];
    for (const { id } of tasks) expect(messages(tasks, id)).toEqual([]);
  });

  test('is wrong in a circle, which is named, and tells by which tasks', () => {
    const tasks = [task('a', { after: ['c'] }), task('b', { after: ['a'] }), task('c', { after: ['b'] })];
    const [problem] = taskPlaceProblems(tasks, 'a');
    expect(problem).toMatchObject({
      code: 'PLAN_INVALID',
      message: 'The tasks would wait for one another: "a" after "c" after "b" after "a".',
      path: ['predecessorIds'],
    });
    expect(problem?.via?.map(({ id }) => id)).toEqual(['a', 'c', 'b', 'a']);
  });

  test('is wrong after a task of a later phase or of a back-out, and in contradiction to dates, all at once', () => {
    const tasks = [
      task('late', { phaseState: 'TESTING' }),
      task('undo', { phaseState: 'BACKING_OUT' }),
      task('long', { plannedEnd: at(12) }),
      task('it', { phaseState: 'IN_REVIEW', after: ['undo', 'long'], plannedStart: at(11), plannedEnd: at(10) }),
      task('next', { phaseState: 'PLANNING', after: ['it'], plannedStart: at(9) }),
    ];
    expect(messages(tasks, 'it')).toEqual([
      'plannedEnd: Task "it" would end before it starts.',
      'predecessorIds: Task "undo" happens only in a back-out, so "it" cannot wait for it.',
      'plannedStart: Task "it" would start before its predecessor "long" ends.',
      'phaseId: Task "it" belongs to IN_REVIEW, which comes after PLANNING, the state of "next". ' +
        'Each would wait for the other.',
      'plannedEnd: Task "next" would start before its predecessor "it" ends.',
    ]);
    expect(messages([task('a', { after: ['late'] }), tasks[0] as PlanTask], 'a')).toEqual([
      expect.stringContaining('Each would wait for the other'),
    ]);
  });

  test('of a task that is not in the plan has no problems', () => {
    expect(messages([task('a')], 'b')).toEqual([]);
  });
});

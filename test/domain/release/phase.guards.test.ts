import { describe, expect, test } from '@jest/globals';
import { blocker } from '../../../src/domain/blocker.js';
import {
  phaseBlockers,
  phaseRange,
  type LeavingTask,
  type PhaseCommand,
  type PhaseFacts,
} from '../../../src/domain/release/phase.guards.js';
import { TASK_STATES } from '../../../src/domain/release/task.machine.js';
import { goodTaskFacts } from '../facts.js';

const { actorId, actorRoles, release } = goodTaskFacts;
const good: PhaseFacts = { actorId, actorRoles, release, releaseState: 'PLANNING' };
const codes = (command: PhaseCommand, facts: Partial<PhaseFacts>) =>
  phaseBlockers(command, { ...good, ...facts }).map(({ code }) => code);
const leaving = (id: string, more: Partial<LeavingTask> = {}): LeavingTask => ({
  id,
  name: `Task ${id}`,
  state: 'READY',
  facts: goodTaskFacts,
  ...more,
});

describe('the phases of a plan', () => {
  test('are fixed once the release has ended', () => {
    for (const command of ['phaseAdd', 'phaseUpdate', 'phaseRemove', 'taskAdd'] as const) {
      expect(codes(command, {})).toEqual([]);
      expect(codes(command, { releaseState: 'CLOSED' })).toEqual(['ILLEGAL_TRANSITION']);
      expect(codes(command, { releaseState: 'CANCELLED' })).toEqual(['ILLEGAL_TRANSITION']);
    }
  });

  test('are edited only by the owner and the manager of the release', () => {
    for (const command of ['phaseAdd', 'phaseUpdate', 'phaseRemove', 'taskAdd'] as const) {
      expect(codes(command, { actorId: 'owner' })).toEqual([]);
      expect(codes(command, { actorId: 'stranger', actorRoles: ['RELEASE_MANAGER', 'RELEASE_OWNER'] })).toEqual([
        'NOT_RELEASE_OWNER',
      ]);
    }
  });

  test('have room for a state behind the earlier and among the same states', () => {
    const plan = ['PLANNING', 'BUILDING', 'BUILDING', 'IN_REVIEW'] as const;
    expect(phaseRange(plan, 'PLANNING')).toEqual({ first: 0, last: 1 });
    expect(phaseRange(plan, 'BUILDING')).toEqual({ first: 1, last: 3 });
    expect(phaseRange(plan, 'TESTING')).toEqual({ first: 3, last: 3 });
    expect(phaseRange([], 'TESTING')).toEqual({ first: 0, last: 0 });
  });

  test('stay in the order of their states', () => {
    for (const command of ['phaseAdd', 'phaseUpdate'] as const) {
      const allowed = [0, 1, 2, 3].filter(
        (wanted) => codes(command, { position: { wanted, first: 1, last: 2 } }).length === 0,
      );
      expect(allowed).toEqual([1, 2]);
    }
    const refused = (first: number, last: number) =>
      phaseBlockers('phaseAdd', { ...good, position: { wanted: 9, first, last } });
    expect(refused(1, 2)).toMatchObject([
      { code: 'PLAN_INVALID', path: ['position'], message: expect.stringContaining('positions 1 to 2.') },
    ]);
    expect(refused(1, 1)).toMatchObject([{ message: expect.stringContaining('only have position 1.') }]);
  });

  test('go with their tasks when each of these may be removed, and name the ones that may not', () => {
    const free = TASK_STATES.filter(
      (state) => codes('phaseRemove', { leaving: [leaving('a', { state })] }).length === 0,
    );
    expect(free).toEqual(['PLANNED', 'BLOCKED', 'READY']);
    const mandatory = { ...goodTaskFacts, mandatory: true };
    expect(
      phaseBlockers('phaseRemove', {
        ...good,
        leaving: [
          leaving('fine'),
          leaving('started', { state: 'IN_PROGRESS' }),
          leaving('locked', { facts: mandatory }),
          leaving('waived', { facts: { ...mandatory, waivers: [{ reason: 'Agreed.', grantedById: 'owner' }] } }),
        ],
      }),
    ).toMatchObject([
      {
        code: 'ILLEGAL_TRANSITION',
        message: expect.stringMatching(/^Task "Task started" is IN_PROGRESS\./),
        subject: { type: 'Task', id: 'started' },
      },
      { code: 'WAIVER_REQUIRED', subject: { type: 'Task', id: 'locked' } },
    ]);
  });

  test('take tasks whose order and dates agree with the plan', () => {
    const misplaced = blocker('PLAN_INVALID', 'Wrong.', ['RELEASE_MANAGER']);
    expect(codes('taskAdd', { placeProblems: [] })).toEqual([]);
    expect(codes('taskAdd', { placeProblems: [misplaced] })).toEqual(['PLAN_INVALID']);
  });
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { blocker } from '../../../src/domain/blocker.js';
import { DISTRIBUTION_STATES } from '../../../src/domain/distribution/distribution.state.js';
import { distributionMachine } from '../../../src/domain/distribution/distribution.machine.js';
import { taskPlaceProblems, type PlanTask } from '../../../src/domain/release/release-plan.js';
import {
  commandToStart,
  followOf,
  linkProblems,
  type LinkedDistribution,
} from '../../../src/domain/release/task-distribution.js';
import { TASK_FOLLOW_ROWS, TASK_STATES, taskMachine } from '../../../src/domain/release/task.machine.js';
import { decideSystem } from '../../../src/domain/state-machine.js';
import { goodDistributionFacts, goodTaskFacts } from '../facts.js';
import { refusal } from '../matrix.js';

const after = (state: (typeof TASK_STATES)[number], command: Parameters<typeof decideSystem>[2]) =>
  decideSystem(TASK_FOLLOW_ROWS, state, command as 'taskFollowStart')?.to;

describe('a task with a distribution', () => {
  test('follows it from state to state', () => {
    const follows = DISTRIBUTION_STATES.map((to) => [to, followOf('RUNNING', to)]).filter(([, command]) => command);
    expect(Object.fromEntries(follows)).toEqual({
      STARTING: 'taskFollowStart',
      SUCCEEDED: 'taskFollowComplete',
      PARTIALLY_SUCCEEDED: 'taskFollowFail',
      FAILED: 'taskFollowFail',
      STOPPED: 'taskFollowFail',
      BACKED_OUT: 'taskFollowFail',
    });
    expect(followOf('START_UNKNOWN', 'SCHEDULED')).toBe('taskFollowUnstart');
    expect(followOf('AWAITING_APPROVAL', 'SCHEDULED')).toBeNull();
    // What is done stays done, and what never began does not fail.
    expect(TASK_STATES.filter((state) => after(state, 'taskFollowFail'))).toEqual(['IN_PROGRESS', 'WAITING_FOR_INPUT']);
    expect(TASK_STATES.filter((state) => !after(state, 'taskFollowComplete'))).toEqual([
      'COMPLETED',
      'SKIPPED',
      'CANCELLED',
    ]);
    expect(after('FAILED', 'taskFollowStart')).toBe('IN_PROGRESS');
  });

  const linked = (more: Partial<LinkedDistribution> = {}) => ({
    ...goodTaskFacts,
    kind: 'DISTRIBUTION' as const,
    actorRoles: ['DEPLOYMENT_OPERATOR'] as const,
    distribution: { id: 'distribution-1', name: 'DST-1', state: 'SCHEDULED' as const, startBlockers: [], ...more },
  });
  const said = blocker('RELEASE_ON_HOLD', 'On hold.', ['RELEASE_MANAGER']);
  const first = { type: 'Task', id: 'first' };
  const closed = blocker('WINDOW_CLOSED', 'Closed.', ['DEPLOYMENT_OPERATOR']);
  const before = blocker('TASK_PREDECESSOR', 'First.', ['RELEASE_MANAGER'], { subject: first });

  test('is started by whom may start the distribution, and refused with what stands against that, once', () => {
    const start = (fault: object) => refusal(taskMachine, 'READY', 'taskStart', { ...linked(), ...fault });
    expect(start({})).toEqual([]);
    expect(start({ phaseHasBegun: false })).toEqual([]);
    expect(start({ actorRoles: ['RELEASE_MANAGER'] })).toEqual(['TASK_NOT_ASSIGNED']);
    const blocked = linked({ startBlockers: [said, closed, before] });
    expect(start(blocked)).toEqual(['RELEASE_ON_HOLD', 'TASK_PREDECESSOR', 'WINDOW_CLOSED']);
    expect(
      start({ ...blocked, onHold: { reason: 'audit' }, openPredecessors: [{ id: 'first', name: 'first' }] }),
    ).toEqual(['RELEASE_ON_HOLD', 'TASK_PREDECESSOR', 'WINDOW_CLOSED']);
  });

  test.each(['taskComplete', 'taskFail'] as const)('%s waits for the end of the distribution', (command) => {
    const refused = DISTRIBUTION_STATES.filter(
      (state) => refusal(taskMachine, 'IN_PROGRESS', command, linked({ state })).length > 0,
    );
    const ended = ['SUCCEEDED', 'PARTIALLY_SUCCEEDED', 'FAILED', 'STOPPED', 'BACKED_OUT'];
    expect(refused).toEqual(DISTRIBUTION_STATES.filter((state) => !ended.includes(state)));
  });

  test('that is mandatory keeps its distribution, but may get a first one', () => {
    const update = (facts: object) =>
      refusal(taskMachine, 'READY', 'taskUpdate', {
        ...linked(),
        mandatory: true,
        changes: ['distributionId'],
        ...facts,
      });
    expect(update({})).toEqual(['WAIVER_REQUIRED']);
    expect(update({ distribution: null })).toEqual([]);
    expect(refusal(taskMachine, 'IN_PROGRESS', 'taskUpdate', { ...linked(), changes: ['distributionId'] })).toEqual([
      'ILLEGAL_TRANSITION',
    ]);
  });

  test('gets one that has not begun, and starts it, or after an end retries it', () => {
    const linkable = DISTRIBUTION_STATES.filter(
      (state) => linkProblems({ id: 'distribution-1', name: 'DST-1', state }).length === 0,
    );
    expect(linkable).toEqual(['PLANNED', 'AWAITING_APPROVAL', 'SCHEDULED', 'MISSED']);
    expect(commandToStart('SCHEDULED')).toBe('distributionStart');
    expect(commandToStart('FAILED')).toBe('distributionRetryFailed');
  });

  test('holds its distribution back until what comes before it is done', () => {
    const task = { id: 'task-2', name: 'install' };
    const facts = { ...goodDistributionFacts, tasksBefore: [{ task, before: { id: 'first', name: 'stop service' } }] };
    for (const operation of ['INSTALL', 'REMOVE'] as const)
      expect(refusal(distributionMachine, 'SCHEDULED', 'distributionStart', { ...facts, operation })).toContain(
        'TASK_PREDECESSOR',
      );
    expect(refusal(distributionMachine, 'FAILED', 'distributionRetryFailed', facts)).toContain('TASK_PREDECESSOR');
  });
});

describe('the place of a task with a distribution', () => {
  const task = (id: string, distributionId: string | null, ...wait: string[]): PlanTask => ({
    id,
    name: id,
    after: wait,
    phaseState: 'DISTRIBUTING',
    plannedStart: null,
    plannedEnd: null,
    distributionId,
  });

  test('is in a phase of DISTRIBUTING', () => {
    expect(taskPlaceProblems([{ ...task('a', 'd'), phaseState: 'COMMUNICATED' }], 'a')).toMatchObject([
      { code: 'PLAN_INVALID', path: ['distributionId'] },
    ]);
    expect(taskPlaceProblems([{ ...task('a', null), phaseState: 'COMMUNICATED' }], 'a')).toEqual([]);
  });

  test('lets no distribution wait for its own end', () => {
    const [problem] = taskPlaceProblems([task('a', 'd'), task('check', null, 'a'), task('b', 'd', 'check')], 'b');
    expect(problem?.message).toContain('"a" with "b" after "check" after "a" with "b"');
  });

  /** Whether a plan can be worked off: a distribution ends when nothing is left before any of its tasks. */
  function canBeFinished(tasks: readonly PlanTask[]): boolean {
    const done = new Set<string>();
    for (let before = -1; before !== done.size;) {
      before = done.size;
      for (const { id, distributionId } of tasks) {
        const together =
          distributionId == null
            ? tasks.filter((t) => t.id === id)
            : tasks.filter((t) => t.distributionId === distributionId);
        if (together.every((t) => t.after.every((other) => done.has(other)))) for (const t of together) done.add(t.id);
      }
    }
    return done.size === tasks.length;
  }

  test('is right exactly if the plan can be worked off', () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const row = fc.record({
      distribution: fc.constantFrom(null, null, 'x', 'y'),
      wait: fc.uniqueArray(fc.constantFrom(...ids), { maxLength: 2 }),
    });
    let wrong = 0;
    fc.assert(
      fc.property(fc.array(row, { minLength: 5, maxLength: 5 }), (rows) => {
        const tasks = rows.map(({ distribution, wait }, n) => task(ids[n]!, distribution, ...wait));
        const problems = taskPlaceProblems(tasks, 'a');
        if (problems.length > 0) wrong += 1;
        expect(problems.length === 0).toBe(canBeFinished(tasks));
      }),
      { numRuns: 500 },
    );
    expect(wrong).toBeGreaterThan(0);
  });
});

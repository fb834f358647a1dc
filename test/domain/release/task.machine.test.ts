import { describe, expect, test } from '@jest/globals';
import { blocker } from '../../../src/domain/blocker.js';
import type { TaskFacts } from '../../../src/domain/release/task.guards.js';
import { TASK_STATES, taskMachine, type TaskCommand } from '../../../src/domain/release/task.machine.js';
import { decide } from '../../../src/domain/state-machine.js';
import { goodTaskFacts } from '../facts.js';
import { refusal } from '../matrix.js';

const misplaced = blocker('PLAN_INVALID', 'Wrong.', ['RELEASE_MANAGER'], { path: ['plannedEnd'] });

const agreed = { reason: 'Agreed.', grantedById: 'owner' };

describe('commands that keep the state of a task', () => {
  const refused = (command: TaskCommand, fault: Partial<TaskFacts>) =>
    refusal(taskMachine, 'READY', command, { ...goodTaskFacts, ...fault });
  const approval = { kind: 'APPROVAL', assigneeId: null, role: 'CHANGE_AUTHORITY' } as const;
  const unassigned = { assigneeId: null, role: 'TEST_MANAGER' } as const;

  const foreign = { release: { id: 'release-2', name: 'REL-2', ownerId: 'owner', managerId: 'manager' } };
  const roles = { actorRoles: ['RELEASE_MANAGER', 'RELEASE_OWNER'] } as const;

  test.each<[TaskCommand, Partial<TaskFacts>, string[]]>([
    ...(['taskUpdate', 'taskMove', 'taskSetPredecessors', 'taskRemove', 'taskSkip'] as const).map(
      (command): [TaskCommand, Partial<TaskFacts>, string[]] => [
        command,
        { ...foreign, ...roles },
        ['NOT_RELEASE_OWNER'],
      ],
    ),
    ['taskAssign', { ...foreign, assigneeId: 'other' }, ['TASK_NOT_ASSIGNED']],
    ['taskAssign', { assigneeId: 'other', actorRoles: ['RELEASE_MANAGER'] }, []],
    ['taskAssign', { ...foreign, assigneeId: 'other', actorRoles: ['RELEASE_MANAGER'] }, ['TASK_NOT_ASSIGNED']],
    ['taskAssign', { ...unassigned, actorRoles: ['TEST_MANAGER'] }, []],
    ['taskAssign', { releaseState: 'CLOSED' }, []],
    ['taskClaim', { ...foreign, ...unassigned }, ['TASK_NOT_ASSIGNED']],
    ['taskClaim', { ...unassigned, actorRoles: ['TEST_MANAGER'] }, []],
    // Not even a release manager takes a task from its assignee by claiming it.
    ['taskClaim', { assigneeId: 'other', actorRoles: ['RELEASE_MANAGER'] }, ['TASK_NOT_ASSIGNED']],
    ['taskUpdate', { releaseState: 'CLOSED' }, ['ILLEGAL_TRANSITION']],
    ['taskUpdate', { mandatory: true }, []],
    ['taskUpdate', { mandatory: true, changes: ['kind'] }, ['WAIVER_REQUIRED']],
    ['taskUpdate', { mandatory: true, changes: ['name'] }, ['WAIVER_REQUIRED']],
    ['taskUpdate', { mandatory: true, changes: ['mandatory'] }, ['WAIVER_REQUIRED']],
    ['taskUpdate', { mandatory: true, changes: ['mandatory'], waivers: [agreed] }, []],
    ['taskUpdate', { mandatory: false, changes: ['kind', 'name'] }, []],
    ['taskUpdate', { mandatory: false, changes: ['mandatory'] }, []],
    ['taskUpdate', { placeProblems: [misplaced] }, ['PLAN_INVALID']],
    ['taskMove', { mandatory: true, move: { from: 'TESTING', to: 'TESTING' } }, []],
    ['taskMove', { mandatory: true, move: { from: 'TESTING', to: 'IN_REVIEW' } }, ['WAIVER_REQUIRED']],
    ['taskMove', { mandatory: true, move: { from: 'IN_REVIEW', to: 'BACKING_OUT' } }, ['WAIVER_REQUIRED']],
    ['taskMove', { mandatory: true, move: { from: 'TESTING', to: 'IN_REVIEW' }, waivers: [agreed] }, []],
    ['taskMove', { mandatory: false, move: { from: 'TESTING', to: 'IN_REVIEW' } }, []],
    ['taskMove', { releaseState: 'CANCELLED' }, ['ILLEGAL_TRANSITION']],
    ['taskMove', { placeProblems: [misplaced] }, ['PLAN_INVALID']],
    ['taskSetPredecessors', { releaseState: 'CANCELLED' }, ['ILLEGAL_TRANSITION']],
    ['taskSetPredecessors', { placeProblems: [misplaced, misplaced] }, ['PLAN_INVALID', 'PLAN_INVALID']],
    ['taskRemove', { releaseState: 'CLOSED' }, ['ILLEGAL_TRANSITION']],
    ['taskRemove', { mandatory: true }, ['WAIVER_REQUIRED']],
    ['taskRemove', { mandatory: true, waivers: [agreed] }, []],
    // Not by somebody who is not the owner, or was, or planned.
    ['taskRemove', { mandatory: true, waivers: [{ ...agreed, grantedById: 'other' }] }, ['WAIVER_REQUIRED']],
    ['taskRemove', { mandatory: true, waivers: [agreed], ownerId: 'heir' }, ['WAIVER_REQUIRED']],
    ['taskRemove', { mandatory: true, waivers: [agreed], plannerIds: ['owner'] }, ['WAIVER_REQUIRED']],
    ['taskSkip', { mandatory: true, givenWaiver: 'Agreed.' }, ['NOT_RELEASE_OWNER']],
    ['taskSkip', { mandatory: true, givenWaiver: 'Agreed.', ownerId: 'actor' }, []],
    ['taskSkip', { mandatory: true, givenWaiver: ' ', ownerId: 'actor' }, ['WAIVER_REQUIRED']],
    [
      'taskSkip',
      { mandatory: true, givenWaiver: 'Agreed.', ownerId: 'actor', plannerIds: ['actor'] },
      ['SELF_APPROVAL'],
    ],
    // A judgement is given by whom it is asked of; a manager assigns it, but does not give it instead.
    ['taskStart', { ...approval }, ['TASK_NOT_ASSIGNED']],
    ['taskStart', { ...approval, actorRoles: ['RELEASE_MANAGER'] }, ['TASK_NOT_ASSIGNED']],
    ['taskStart', { ...approval, actorRoles: ['CHANGE_AUTHORITY'] }, []],
    ['taskStart', { ...approval, assigneeId: 'actor' }, ['TASK_NOT_ASSIGNED']],
    ['taskStart', { ...approval, assigneeId: 'other', actorRoles: ['CHANGE_AUTHORITY'] }, ['TASK_NOT_ASSIGNED']],
    ['taskStart', { ...approval, kind: 'REVIEW', actorRoles: ['RELEASE_MANAGER'] }, ['TASK_NOT_ASSIGNED']],
    ['taskStart', { ...approval, kind: 'MANUAL', actorRoles: ['RELEASE_MANAGER'] }, []],
    ['taskStart', { kind: 'APPROVAL' }, []],
    ['taskStart', { kind: 'APPROVAL', contributorIds: ['actor'] }, ['SELF_APPROVAL']],
    ['taskStart', { kind: 'REVIEW', contributorIds: ['actor'] }, []],
    ['taskStart', { kind: 'APPROVAL', assigneeId: null, actorRoles: ['RELEASE_MANAGER'] }, []],
    ['taskClaim', { ...approval, actorRoles: ['RELEASE_MANAGER'] }, ['TASK_NOT_ASSIGNED']],
    ['taskAssign', { ...approval, actorRoles: ['RELEASE_MANAGER'], mandatory: true }, []],
    [
      'taskAssign',
      { ...approval, actorRoles: ['RELEASE_MANAGER'], mandatory: true, changes: ['role'] },
      ['WAIVER_REQUIRED'],
    ],
    [
      'taskAssign',
      { ...approval, actorRoles: ['RELEASE_MANAGER'], mandatory: true, changes: ['role'], waivers: [agreed] },
      [],
    ],
    ['taskAssign', { kind: 'APPROVAL', mandatory: true, changes: ['role'] }, []],
  ])('%s with %j: %j', (command, fault, codes) => {
    expect(refused(command, fault)).toEqual(codes);
  });

  test('fix the kind of a task that was started, and whether it is mandatory', () => {
    const reshaped = { ...goodTaskFacts, mandatory: true, changes: ['kind', 'mandatory'] as const };
    const fixed = TASK_STATES.map((state) => decide(taskMachine, state, 'taskUpdate', reshaped)).flatMap((decision) =>
      !decision.ok && decision.reason === 'BLOCKED'
        ? [decision.blockers.map(({ code, path }) => [code, path?.[0]])]
        : [],
    );
    const unstarted = [['WAIVER_REQUIRED', undefined]];
    const started = [['ILLEGAL_TRANSITION', 'kind'], ['ILLEGAL_TRANSITION', 'mandatory'], ...unstarted];
    expect(fixed).toEqual([unstarted, unstarted, unstarted, started, started, started]);
  });

  test('refuse an update with everything that is wrong at once', () => {
    expect(
      refusal(taskMachine, 'IN_PROGRESS', 'taskUpdate', {
        ...goodTaskFacts,
        releaseState: 'CLOSED',
        mandatory: true,
        changes: ['mandatory'],
        placeProblems: [misplaced],
      }),
    ).toEqual(['ILLEGAL_TRANSITION', 'ILLEGAL_TRANSITION', 'PLAN_INVALID', 'WAIVER_REQUIRED']);
  });
});

import { describe, expect, test } from '@jest/globals';
import { blocker } from '../../../src/domain/blocker.js';
import type { ReleaseFacts } from '../../../src/domain/release/release.guards.js';
import { releaseMachine } from '../../../src/domain/release/release.machine.js';
import type { ReleaseState } from '../../../src/domain/release/release.state.js';
import type { ScheduleConflict } from '../../../src/domain/schedule/schedule-conflict.js';
import { availableCommands, decide, SAME_STATE } from '../../../src/domain/state-machine.js';
import { goodReleaseFacts } from '../facts.js';
import { refusal } from '../matrix.js';

const skipping = (...skippedStates: ReleaseState[]): ReleaseFacts => ({ ...goodReleaseFacts, skippedStates });
const thing = { id: 'thing-1', name: 'Thing' };
const left = { id: 'distribution-1', name: 'DST-1', targets: 7, targetNames: ['web-1'] };
const conflict = (over: Partial<ScheduleConflict & { waived: boolean }>): ScheduleConflict & { waived: boolean } => ({
  key: 'k',
  kind: 'BLACKOUT',
  severity: 'HIGH',
  interval: { startsAt: new Date(0), endsAt: new Date(1) },
  left: { type: 'ScheduleEntry', id: 'entry-1', name: 'REL-1' },
  right: { type: 'ScheduleWindow', id: 'window-1', name: 'Year end' },
  ciId: 'ci-1',
  person: null,
  path: ['ci-1', 'ci-2'],
  message: 'It clashes.',
  waived: false,
  ...over,
});

const edits = [...new Set(releaseMachine.rows.filter(({ to }) => to === SAME_STATE).map(({ command }) => command))];

/** Facts of a release in a state. */
const atState = (state: ReleaseState, more: Partial<ReleaseFacts> = {}): Partial<ReleaseFacts> => ({
  ...more,
  release: { ...goodReleaseFacts.release, state },
});

describe('a release refuses what its rules do not allow', () => {
  test('what was not returned is named up to a limit, with the rest counted', () => {
    const many = Array.from({ length: 23 }, (_, n) => ({ ...left, id: `d${n}`, name: `DST-${n}` }));
    const decision = decide(releaseMachine, 'BACKING_OUT', 'releaseCompleteBackOut', {
      ...goodReleaseFacts,
      leftByDistributions: many,
    });
    const blockers = decision.ok ? [] : decision.blockers;
    expect(blockers).toHaveLength(20);
    expect(blockers[0]?.message).toContain('DST-0 delivered is, or may be, still on 7 targets (web-1 and 6 more)');
    expect(blockers.at(-1)?.message).toContain('The same applies to 3 more distributions.');
    expect(
      refusal(releaseMachine, 'BACKING_OUT', 'releaseCompleteBackOut', {
        ...goodReleaseFacts,
        leftByDistributions: many,
        residualGiven: true,
      }),
    ).toEqual([]);
  });

  const open = (releaseState: ReleaseState): Partial<ReleaseFacts> => ({ openTasks: [{ ...thing, releaseState }] });

  test.each<[string, ReleaseState, (typeof releaseMachine.commands)[number], Partial<ReleaseFacts>, string[]]>([
    ['a hold', 'DRAFT', 'releaseStartPlanning', { onHold: { reason: 'audit' } }, ['RELEASE_ON_HOLD']],
    ['an open planning task', 'PLANNING', 'releaseStartBuilding', open('PLANNING'), ['TASK_OPEN']],
    ['an open building task', 'BUILDING', 'releaseStartTesting', open('BUILDING'), ['TASK_OPEN']],
    ['an open testing task', 'TESTING', 'releaseAccept', open('TESTING'), ['TASK_OPEN']],
    ['an open acceptance task', 'ACCEPTED', 'releaseSchedule', open('ACCEPTED'), ['TASK_OPEN']],
    ['an open scheduling task', 'SCHEDULED', 'releaseCommunicate', open('SCHEDULED'), ['TASK_OPEN']],
    ['an open communication task', 'COMMUNICATED', 'releaseStartDistribution', open('COMMUNICATED'), ['TASK_OPEN']],
    ['an open distribution task', 'DEPLOYED', 'releaseStartReview', open('DISTRIBUTING'), ['TASK_OPEN']],
    ['an open review task', 'IN_REVIEW', 'releaseClose', open('IN_REVIEW'), ['TASK_OPEN']],
    ['an open back-out task', 'BACKING_OUT', 'releaseCompleteBackOut', open('BACKING_OUT'), ['TASK_OPEN']],
    ['a phase that lost its tasks', 'TESTING', 'releaseAccept', { emptyStates: ['TESTING'] }, ['PHASE_EMPTY']],
    ['a phase that lost its tasks', 'IN_REVIEW', 'releaseClose', { emptyStates: ['IN_REVIEW'] }, ['PHASE_EMPTY']],
    ['a phase of a back-out without tasks', 'IN_REVIEW', 'releaseClose', { emptyStates: ['BACKING_OUT'] }, []],
    [
      'something that was not returned',
      'BACKING_OUT',
      'releaseCompleteBackOut',
      { leftByDistributions: [left, left] },
      ['BACK_OUT_INCOMPLETE', 'BACK_OUT_INCOMPLETE'],
    ],
    [
      'a residual that another person than the owner decides',
      'BACKING_OUT',
      'releaseCompleteBackOut',
      { leftByDistributions: [left], residualGiven: true, ownerId: 'owner' },
      ['NOT_RELEASE_OWNER'],
    ],
    ['an empty package', 'TESTING', 'releaseAccept', { contentCount: 0 }, ['NO_CONTENT']],
    [
      'two versions of one item',
      'TESTING',
      'releaseAccept',
      { duplicateContent: [{ version: { id: 'v2', name: 'payroll 2' }, other: { id: 'v1', name: 'payroll 1' } }] },
      ['CONTENT_DUPLICATE'],
    ],
    ['no target', 'TESTING', 'releaseAccept', { targetCount: 0 }, ['NO_TARGETS']],
    [
      'a target that is not authorised',
      'TESTING',
      'releaseAccept',
      { unauthorisedTargets: [thing] },
      ['CI_NOT_AUTHORISED'],
    ],
    [
      'media that are not authorised',
      'TESTING',
      'releaseAccept',
      { unauthorisedMedia: [thing] },
      ['MEDIA_NOT_AUTHORISED'],
    ],
    [
      'a change that is not authorised',
      'TESTING',
      'releaseAccept',
      { changes: [{ ...thing, state: 'ASSESSED' }] },
      ['CHANGE_NOT_AUTHORISED'],
    ],
    ['no back-out plan', 'TESTING', 'releaseAccept', { hasBackOutPlan: false }, ['BACKOUT_PLAN_MISSING']],
    ['no test', 'TESTING', 'releaseAccept', { completedTests: [] }, ['TEST_EVIDENCE_MISSING']],
    ['no test', 'ACCEPTED', 'releaseSchedule', { completedTests: [] }, ['TEST_EVIDENCE_MISSING']],
    ['no test', 'COMMUNICATED', 'releaseMoveSchedule', { completedTests: [] }, ['TEST_EVIDENCE_MISSING']],
    ['no test', 'COMMUNICATED', 'releaseStartDistribution', { completedTests: [] }, ['TEST_EVIDENCE_MISSING']],
    ['no test', 'FAILED', 'releaseRetryDistribution', { completedTests: [] }, ['TEST_EVIDENCE_MISSING']],
    [
      'a back-out plan that went',
      'COMMUNICATED',
      'releaseStartDistribution',
      { hasBackOutPlan: false },
      ['BACKOUT_PLAN_MISSING'],
    ],
    ['content that was not tested', 'TESTING', 'releaseAccept', { contents: [] }, ['TEST_EVIDENCE_STALE']],
    ['a test of its own', 'TESTING', 'releaseAccept', { contributorIds: ['tester'] }, ['SELF_APPROVAL']],
    ['no test that anybody wants', 'TESTING', 'releaseAccept', { completedTests: [], testEvidenceRequired: false }, []],
    ['somebody who does not own it', 'TESTING', 'releaseAccept', { ownerId: 'owner' }, ['NOT_RELEASE_OWNER']],
    ['its own planner', 'TESTING', 'releaseAccept', { plannerIds: ['somebody', 'actor'] }, ['SELF_APPROVAL']],
    ['no dates', 'ACCEPTED', 'releaseSchedule', { hasSchedule: false }, ['SCHEDULE_MISSING']],
    ['a conflict', 'ACCEPTED', 'releaseSchedule', { conflicts: [conflict({})] }, ['BLACKOUT']],
    [
      'an edit of the dates',
      'SCHEDULED',
      'releaseUpdate',
      atState('SCHEDULED', { edited: ['plannedStart'] }),
      ['ILLEGAL_TRANSITION'],
    ],
    [
      'a late edit of its kind',
      'DEPLOYED',
      'releaseUpdate',
      atState('DEPLOYED', { edited: ['kind'] }),
      ['ILLEGAL_TRANSITION'],
    ],
    ['a stranger', 'DRAFT', 'releaseAddCi', { actorId: 'stranger' }, ['NOT_RELEASE_OWNER']],
    ['a closed scope', 'DEPLOYED', 'releaseRemoveCi', atState('DEPLOYED'), ['RELEASE_NOT_OPEN_FOR_SCOPE']],
    [
      'no consent to plan again',
      'COMMUNICATED',
      'releaseAddContent',
      atState('COMMUNICATED'),
      ['RELEASE_NOT_OPEN_FOR_SCOPE'],
    ],
    [
      'consent to plan again',
      'COMMUNICATED',
      'releaseAddContent',
      atState('COMMUNICATED', { replanningAgreed: true }),
      [],
    ],
    [
      'an item that cannot leave',
      'DRAFT',
      'releaseRemoveContent',
      { itemBlockers: [blocker('CI_IN_USE', 'x', [])] },
      ['CI_IN_USE'],
    ],
    [
      'a release before it that is not deployed',
      'COMMUNICATED',
      'releaseStartDistribution',
      { missingPredecessors: [{ ...thing, state: 'BUILDING' }] },
      ['RELEASE_PREDECESSOR'],
    ],
    [
      'a release before it that is not deployed',
      'SCHEDULED',
      'releaseStartDistribution',
      { missingPredecessors: [{ ...thing, state: 'FAILED' }], skippedStates: ['COMMUNICATED'] },
      ['RELEASE_PREDECESSOR'],
    ],
    [
      'a release before it that is backed out',
      'FAILED',
      'releaseRetryDistribution',
      { missingPredecessors: [{ ...thing, state: 'BACKED_OUT' }] },
      ['RELEASE_PREDECESSOR'],
    ],
    [
      'a release before it, at its acceptance',
      'TESTING',
      'releaseAccept',
      { missingPredecessors: [{ ...thing, state: 'DRAFT' }] },
      [],
    ],
    [
      'a circle of dependencies',
      'DRAFT',
      'releaseAddDependency',
      { itemBlockers: [blocker('DEPENDENCY_CYCLE', 'x', [])] },
      ['DEPENDENCY_CYCLE'],
    ],
    ['a stranger', 'DRAFT', 'releaseRemoveDependency', { actorId: 'stranger' }, ['NOT_RELEASE_OWNER']],
    ['a new time with a conflict', 'SCHEDULED', 'releaseMoveSchedule', { conflicts: [conflict({})] }, ['BLACKOUT']],
    [
      'a new time while distributing',
      'COMMUNICATED',
      'releaseMoveSchedule',
      { distributions: [{ ...thing, state: 'RUNNING' }] },
      ['DISTRIBUTION_NOT_ENDED'],
    ],
    [
      'a distribution that would be left behind',
      'SCHEDULED',
      'releaseMoveSchedule',
      { distributionsOutside: [thing] },
      ['DISTRIBUTION_OUTSIDE_RELEASE'],
    ],
    ['a second hold', 'DRAFT', 'releaseHold', { onHold: { reason: 'x' } }, ['ILLEGAL_TRANSITION']],
    ['nothing to resume', 'DRAFT', 'releaseResume', {}, ['ILLEGAL_TRANSITION']],
    ['a review before its time', 'DEPLOYED', 'releaseRecordReview', {}, ['ILLEGAL_TRANSITION']],
    [
      'a running distribution',
      'SCHEDULED',
      'releaseUnschedule',
      { distributions: [{ ...thing, state: 'STARTING' }] },
      ['DISTRIBUTION_NOT_ENDED'],
    ],
    [
      'a running distribution',
      'DEPLOYED',
      'releaseStartBackOut',
      { distributions: [{ ...thing, state: 'RUNNING' }] },
      ['DISTRIBUTION_NOT_ENDED'],
    ],
    [
      'a planned distribution',
      'DISTRIBUTING',
      'releaseRecordDeployed',
      { distributions: [{ ...thing, state: 'SCHEDULED' }] },
      ['DISTRIBUTION_NOT_ENDED'],
    ],
    [
      'a closed change',
      'FAILED',
      'releaseRetryDistribution',
      { changes: [{ ...thing, state: 'CLOSED' }] },
      ['CHANGE_ALREADY_CLOSED'],
    ],
    [
      'an open change',
      'IN_REVIEW',
      'releaseClose',
      { changes: [{ ...thing, state: 'IMPLEMENTED' }] },
      ['CHANGE_NOT_CLOSED'],
    ],
    ['no review', 'IN_REVIEW', 'releaseClose', { reviewRecorded: false }, ['REVIEW_MISSING']],
  ])('%s blocks a release in %s from %s', (_, state, command, fault, codes) => {
    expect(refusal(releaseMachine, state, command, { ...goodReleaseFacts, ...fault })).toEqual(codes);
  });

  test('tells everything that is wrong at once', () => {
    const broken: ReleaseFacts = {
      ...goodReleaseFacts,
      onHold: { reason: 'audit' },
      openTasks: [{ ...thing, releaseState: 'TESTING' }],
      plannerIds: ['actor'],
      hasBackOutPlan: false,
      completedTests: [],
      contentCount: 0,
      targetCount: 0,
      unauthorisedTargets: [thing],
      unauthorisedMedia: [thing],
      changes: [{ ...thing, state: 'OPEN' }],
    };
    expect(refusal(releaseMachine, 'TESTING', 'releaseAccept', broken)).toEqual([
      'BACKOUT_PLAN_MISSING',
      'CHANGE_NOT_AUTHORISED',
      'CI_NOT_AUTHORISED',
      'MEDIA_NOT_AUTHORISED',
      'NO_CONTENT',
      'NO_TARGETS',
      'RELEASE_ON_HOLD',
      'SELF_APPROVAL',
      'TASK_OPEN',
      'TEST_EVIDENCE_MISSING',
    ]);
    const offered = availableCommands(releaseMachine, 'TESTING', broken).filter(
      ({ command }) => !edits.includes(command),
    );
    expect(offered.map(({ command, allowed }) => [command, allowed])).toEqual([
      ['releaseAccept', false],
      ['releaseCancel', true],
    ]);
    for (const blocker of offered[0]?.blockers ?? []) {
      expect(blocker.resolvableBy.length).toBeGreaterThan(0);
      expect(blocker.message).toMatch(/\.$/);
    }
  });

  test('a template that skips acceptance still checks what acceptance would have checked', () => {
    const broken = {
      ...skipping('BUILDING', 'TESTING', 'ACCEPTED'),
      contentCount: 0,
      hasBackOutPlan: false,
      unauthorisedMedia: [thing],
    };
    expect(refusal(releaseMachine, 'PLANNING', 'releaseSchedule', broken)).toEqual([
      'BACKOUT_PLAN_MISSING',
      'MEDIA_NOT_AUTHORISED',
      'NO_CONTENT',
    ]);
  });

  test('tasks of later phases and of a back-out that was not needed do not block', () => {
    expect(
      refusal(releaseMachine, 'PLANNING', 'releaseStartBuilding', { ...goodReleaseFacts, ...open('TESTING') }),
    ).toEqual([]);
    expect(
      refusal(releaseMachine, 'IN_REVIEW', 'releaseClose', { ...goodReleaseFacts, ...open('BACKING_OUT') }),
    ).toEqual([]);
  });

  test('waived conflicts and notices do not block; others name the other party and the way to it', () => {
    const facts = {
      ...goodReleaseFacts,
      conflicts: [conflict({ waived: true }), conflict({ severity: 'LOW' }), conflict({ kind: 'CI_CONFLICT' })],
    };
    const decision = decide(releaseMachine, 'ACCEPTED', 'releaseSchedule', facts);
    expect(decision.ok ? [] : decision.blockers).toEqual([
      {
        code: 'CI_CONFLICT',
        message: 'It clashes. Choose another time, or have the conflict waived.',
        subject: { type: 'ScheduleWindow', id: 'window-1' },
        via: [
          { type: 'ConfigurationItem', id: 'ci-1' },
          { type: 'ConfigurationItem', id: 'ci-2' },
        ],
        resolvableBy: ['RELEASE_MANAGER', 'CHANGE_AUTHORITY', 'RELEASE_OWNER'],
        waivable: true,
      },
    ]);
  });

  test('a release whose template asks for no back-out plan may do without one', () => {
    expect(
      refusal(releaseMachine, 'TESTING', 'releaseAccept', {
        ...goodReleaseFacts,
        hasBackOutPlan: false,
        backOutPlanRequired: false,
      }),
    ).toEqual([]);
  });
});

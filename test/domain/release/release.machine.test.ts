import { describe, expect, test } from '@jest/globals';
import { blocker } from '../../../src/domain/blocker.js';
import { distributionHasEnded, DISTRIBUTION_STATES } from '../../../src/domain/distribution/distribution.state.js';
import type { ReleaseFacts } from '../../../src/domain/release/release.guards.js';
import { releaseMachine } from '../../../src/domain/release/release.machine.js';
import {
  commandToDistribute,
  ITUP_STATUS_DESCRIPTIONS,
  ITUP_STATUSES,
  itupStatus,
  RELEASE_STATE_DESCRIPTIONS,
  RELEASE_STATES,
  type ReleaseState,
} from '../../../src/domain/release/release.state.js';
import type { ScheduleConflict } from '../../../src/domain/schedule/schedule-conflict.js';
import { availableCommands, decide, SAME_STATE } from '../../../src/domain/state-machine.js';
import { goodReleaseFacts } from '../facts.js';
import { actualTable, refusal, table } from '../matrix.js';

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

/** The commands that lead from state to state; those that keep the state are tested apart. */
const moves = (facts: ReleaseFacts) =>
  actualTable(
    { ...releaseMachine, commands: releaseMachine.commands.filter((command) => !edits.includes(command)) },
    facts,
  );
const edits = [...new Set(releaseMachine.rows.filter(({ to }) => to === SAME_STATE).map(({ command }) => command))];

/** Facts of a release in a state. */
const atState = (state: ReleaseState, more: Partial<ReleaseFacts> = {}): Partial<ReleaseFacts> => ({
  ...more,
  release: { ...goodReleaseFacts.release, state },
});

describe('release machine', () => {
  test('has these commands that keep the state', () => {
    const allowed = RELEASE_STATES.map((state) => {
      const facts = { ...goodReleaseFacts, ...atState(state) };
      return `${state}: ${edits.filter((command) => decide(releaseMachine, state, command, facts).ok).join(' ')}`;
    });
    const scope = 'releaseAddCi releaseRemoveCi releaseAddContent releaseRemoveContent releaseRemoveChange';
    expect(allowed).toEqual([
      ...['DRAFT', 'PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED', 'SCHEDULED'].map(
        (state) => `${state}: releaseUpdate releaseHandOver releaseHold ${scope} releaseSaveAsTemplate`,
      ),
      ...['COMMUNICATED', 'DISTRIBUTING', 'DEPLOYED', 'PARTIALLY_DEPLOYED', 'FAILED'].map(
        (state) => `${state}: releaseUpdate releaseHandOver releaseHold releaseSaveAsTemplate`,
      ),
      'IN_REVIEW: releaseUpdate releaseHandOver releaseHold releaseRecordReview releaseSaveAsTemplate',
      'CLOSED: releaseSaveAsTemplate',
      'BACKING_OUT: releaseUpdate releaseHandOver releaseHold releaseSaveAsTemplate',
      'BACKED_OUT: releaseUpdate releaseHandOver releaseHold releaseSaveAsTemplate',
      'CANCELLED: releaseSaveAsTemplate',
    ]);
  });

  test('does exactly this when no state is skipped', () => {
    expect(moves(goodReleaseFacts)).toEqual(
      table(`
        DRAFT: startPlanning>PLANNING cancel>CANCELLED
        PLANNING: startBuilding>BUILDING cancel>CANCELLED
        BUILDING: startTesting>TESTING cancel>CANCELLED
        TESTING: accept>ACCEPTED cancel>CANCELLED
        ACCEPTED: schedule>SCHEDULED cancel>CANCELLED
        SCHEDULED: unschedule>ACCEPTED moveSchedule>SCHEDULED communicate>COMMUNICATED
          startDistribution!NOT_COMMUNICATED cancel>CANCELLED
        COMMUNICATED: unschedule>ACCEPTED moveSchedule>SCHEDULED startDistribution>DISTRIBUTING cancel>CANCELLED
        DISTRIBUTING: recordDeployed>DEPLOYED recordPartiallyDeployed>PARTIALLY_DEPLOYED recordFailed>FAILED
          startBackOut>BACKING_OUT
        DEPLOYED: startBackOut>BACKING_OUT startReview>IN_REVIEW
        PARTIALLY_DEPLOYED: retryDistribution>DISTRIBUTING startBackOut>BACKING_OUT startReview>IN_REVIEW
        FAILED: retryDistribution>DISTRIBUTING startBackOut>BACKING_OUT startReview>IN_REVIEW
        IN_REVIEW: close>CLOSED
        CLOSED:
        BACKING_OUT: recordFailed>FAILED completeBackOut>BACKED_OUT
        BACKED_OUT: reopenBackOut>BACKING_OUT startReview>IN_REVIEW
        CANCELLED:
      `),
    );
  });

  test.each<[ReleaseState[], string]>([
    [['BUILDING'], 'PLANNING: startTesting>TESTING cancel>CANCELLED'],
    [['BUILDING', 'TESTING'], 'PLANNING: accept>ACCEPTED cancel>CANCELLED'],
    [['TESTING'], 'BUILDING: accept>ACCEPTED cancel>CANCELLED'],
    [['ACCEPTED'], 'TESTING: schedule>SCHEDULED cancel>CANCELLED'],
    [['TESTING', 'ACCEPTED'], 'BUILDING: schedule>SCHEDULED cancel>CANCELLED'],
    [['BUILDING', 'TESTING', 'ACCEPTED'], 'PLANNING: schedule>SCHEDULED cancel>CANCELLED'],
    [
      ['COMMUNICATED'],
      'SCHEDULED: unschedule>ACCEPTED moveSchedule>SCHEDULED communicate>COMMUNICATED ' +
        'startDistribution>DISTRIBUTING cancel>CANCELLED',
    ],
  ])('skipping %j opens the direct way and closes the other', (skipped, line) => {
    expect(moves(skipping(...skipped))).toContain(line);
  });

  test('no template can skip DISTRIBUTING or IN_REVIEW', () => {
    expect(moves(skipping('DISTRIBUTING', 'IN_REVIEW'))).toEqual(moves(goodReleaseFacts));
  });

  const everything: ReleaseState[] = ['PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED', 'SCHEDULED', 'COMMUNICATED'];
  test.each<[ReleaseState[], string]>([
    [['PLANNING'], 'DRAFT: startBuilding>BUILDING cancel>CANCELLED'],
    [['PLANNING', 'BUILDING'], 'DRAFT: startTesting>TESTING cancel>CANCELLED'],
    [['PLANNING', 'BUILDING', 'TESTING'], 'DRAFT: accept>ACCEPTED cancel>CANCELLED'],
    [['PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED'], 'DRAFT: schedule>SCHEDULED cancel>CANCELLED'],
    [['SCHEDULED'], 'ACCEPTED: communicate>COMMUNICATED cancel>CANCELLED'],
    [['SCHEDULED'], 'COMMUNICATED: unschedule>ACCEPTED startDistribution>DISTRIBUTING cancel>CANCELLED'],
    [['SCHEDULED', 'COMMUNICATED'], 'ACCEPTED: startDistribution>DISTRIBUTING cancel>CANCELLED'],
    [['ACCEPTED', 'SCHEDULED'], 'TESTING: communicate>COMMUNICATED cancel>CANCELLED'],
    [everything, 'DRAFT: startDistribution>DISTRIBUTING cancel>CANCELLED'],
  ])('skipping %j, a release takes this way: %s', (skipped, line) => {
    expect(moves(skipping(...skipped))).toContain(line);
  });

  test('a release that skips everything is asked at its distribution what its booking would have asked', () => {
    const broken = { ...skipping(...everything), contentCount: 0, hasBackOutPlan: false, unauthorisedMedia: [thing] };
    expect(refusal(releaseMachine, 'DRAFT', 'releaseStartDistribution', broken)).toEqual([
      'BACKOUT_PLAN_MISSING',
      'MEDIA_NOT_AUTHORISED',
      'NO_CONTENT',
    ]);
  });

  test('a stale acceptance can be renewed, and only a stale one', () => {
    const stale = { ...goodReleaseFacts, acceptanceLapses: [{ message: 'the scope changed' }] };
    expect(decide(releaseMachine, 'ACCEPTED', 'releaseAccept', stale)).toEqual({ ok: true, to: 'ACCEPTED' });
    expect(refusal(releaseMachine, 'ACCEPTED', 'releaseAccept', goodReleaseFacts)).toEqual(['ILLEGAL_TRANSITION']);
    expect(refusal(releaseMachine, 'ACCEPTED', 'releaseSchedule', stale)).toEqual(['APPROVAL_STALE']);
    expect(refusal(releaseMachine, 'COMMUNICATED', 'releaseStartDistribution', stale)).toEqual(['APPROVAL_STALE']);
  });

  test('what was not returned is named up to a limit, with the rest counted', () => {
    const many = Array.from({ length: 23 }, (_, n) => ({ ...left, id: `d${n}`, name: `DST-${n}` }));
    const decision = decide(releaseMachine, 'BACKING_OUT', 'releaseCompleteBackOut', {
      ...goodReleaseFacts,
      leftByDistributions: many,
    });
    const blockers = decision.ok ? [] : decision.blockers;
    expect(blockers).toHaveLength(20);
    expect(blockers[0]?.message).toContain('DST-0 delivered is, or may be, still on 7 targets (web-1 and 6 more)');
    expect(blockers.at(-1)?.message).toContain('The same holds for 3 more distributions.');
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

  test('a distribution counts as under way or over exactly in these states', () => {
    expect(DISTRIBUTION_STATES.filter(distributionHasEnded)).toEqual([
      'SUCCEEDED',
      'PARTIALLY_SUCCEEDED',
      'FAILED',
      'STOPPED',
      'BACKED_OUT',
    ]);
    const blocking = DISTRIBUTION_STATES.filter(
      (state) =>
        refusal(releaseMachine, 'COMMUNICATED', 'releaseCancel', {
          ...goodReleaseFacts,
          distributions: [{ ...thing, state }],
        }).length > 0,
    );
    expect(blocking).toEqual(['STARTING', 'RUNNING', 'PAUSED', 'STOPPING', 'BACKING_OUT', 'START_UNKNOWN']);
  });

  test('maps to the eight statuses of ITUP', () => {
    expect(RELEASE_STATES.map((state) => `${state} ${itupStatus(state)}`)).toEqual([
      'DRAFT OPEN',
      'PLANNING OPEN',
      'BUILDING OPEN',
      'TESTING BUILT',
      'ACCEPTED ACCEPTED',
      'SCHEDULED SCHEDULED',
      'COMMUNICATED COMMUNICATED',
      'DISTRIBUTING COMMUNICATED',
      'DEPLOYED DEPLOYED',
      'PARTIALLY_DEPLOYED DEPLOYED',
      'FAILED DEPLOYED',
      'IN_REVIEW DEPLOYED',
      'CLOSED CLOSED',
      'BACKING_OUT DEPLOYED',
      'BACKED_OUT DEPLOYED',
      'CANCELLED CANCELLED',
    ]);
    expect(Object.keys(ITUP_STATUS_DESCRIPTIONS)).toEqual([...ITUP_STATUSES]);
    expect(Object.keys(RELEASE_STATE_DESCRIPTIONS)).toEqual([...RELEASE_STATES]);
  });

  test('knows what a starting distribution does to its release', () => {
    expect(
      RELEASE_STATES.filter((state) => commandToDistribute(state, ['SCHEDULED', 'COMMUNICATED']) !== null),
    ).toEqual(['ACCEPTED', 'SCHEDULED', 'COMMUNICATED', 'PARTIALLY_DEPLOYED', 'FAILED']);
    expect(RELEASE_STATES.filter((state) => commandToDistribute(state, []) === 'releaseStartDistribution')).toEqual([
      'SCHEDULED',
      'COMMUNICATED',
    ]);
    expect(RELEASE_STATES.filter((state) => commandToDistribute(state, []) === 'releaseRetryDistribution')).toEqual([
      'PARTIALLY_DEPLOYED',
      'FAILED',
    ]);
  });
});

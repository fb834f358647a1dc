import { blocker } from '../../../src/domain/blocker.js';
import { describe, expect, test } from '@jest/globals';
import type { DistributionFacts } from '../../../src/domain/distribution/distribution.guards.js';
import {
  DISTRIBUTION_SYSTEM_ROWS,
  distributionMachine,
} from '../../../src/domain/distribution/distribution.machine.js';
import {
  DISTRIBUTION_OPERATION_DESCRIPTIONS,
  DISTRIBUTION_OPERATIONS,
  DISTRIBUTION_STATE_DESCRIPTIONS,
  DISTRIBUTION_STATES,
  RECONCILE_DECISION_DESCRIPTIONS,
  RECONCILE_DECISIONS,
  STOP_MODE_DESCRIPTIONS,
  STOP_MODES,
  type DistributionCommand,
  type DistributionState,
  type ReconcileDecision,
} from '../../../src/domain/distribution/distribution.state.js';
import { RELEASE_STATES, type ReleaseState } from '../../../src/domain/release/release.state.js';
import { availableCommands, decide, decideSystem } from '../../../src/domain/state-machine.js';
import { goodDistributionFacts } from '../facts.js';
import { actualTable, refusal, table } from '../matrix.js';

const good = goodDistributionFacts;
const thing = { id: 'thing-1', name: 'Thing' };
const withRelease = (over: Partial<DistributionFacts['release']>): DistributionFacts => ({
  ...good,
  release: { ...good.release, ...over },
});
const withTool = (over: Partial<DistributionFacts['tool']>): DistributionFacts => ({
  ...good,
  tool: { ...good.tool, ...over },
});

describe('distribution machine', () => {
  test('does exactly this', () => {
    expect(actualTable(distributionMachine, good)).toEqual(
      table(`
        PLANNED: update>PLANNED planWaves>PLANNED preflight>PLANNED requestApproval>AWAITING_APPROVAL
          schedule>SCHEDULED cancel>STOPPED
        AWAITING_APPROVAL: preflight>AWAITING_APPROVAL approve>SCHEDULED cancel>STOPPED replan>PLANNED
        SCHEDULED: preflight>SCHEDULED start>STARTING miss>MISSED cancel>STOPPED replan>PLANNED
        STARTING: submitted>RUNNING startUnknown>START_UNKNOWN endWave>BETWEEN_WAVES trip>AWAITING_DECISION
          finishSucceeded>SUCCEEDED finishPartiallySucceeded>PARTIALLY_SUCCEEDED finishFailed>FAILED
        RUNNING: planWaves>RUNNING endWave>BETWEEN_WAVES trip>AWAITING_DECISION pause>PAUSED stop>STOPPING
          abandon!RUN_STOPPABLE endTarget!TARGET_NOT_SILENT finishSucceeded>SUCCEEDED
          finishPartiallySucceeded>PARTIALLY_SUCCEEDED finishFailed>FAILED finishStopped>STOPPED
        BETWEEN_WAVES: planWaves>BETWEEN_WAVES preflight>BETWEEN_WAVES advance>STARTING pause>PAUSED stop>STOPPED
          finishSucceeded>SUCCEEDED
          finishPartiallySucceeded>PARTIALLY_SUCCEEDED finishFailed>FAILED finishStopped>STOPPED
          startBackOut>BACKING_OUT
        AWAITING_DECISION: planWaves>AWAITING_DECISION preflight>AWAITING_DECISION repeatWave>STARTING
          passWave>BETWEEN_WAVES stop>STOPPED startBackOut>BACKING_OUT
        SUCCEEDED: preflight>SUCCEEDED retryFailed>STARTING startBackOut>BACKING_OUT
        PARTIALLY_SUCCEEDED: preflight>PARTIALLY_SUCCEEDED finishSucceeded>SUCCEEDED retryFailed>STARTING
          startBackOut>BACKING_OUT
        FAILED: preflight>FAILED finishSucceeded>SUCCEEDED finishPartiallySucceeded>PARTIALLY_SUCCEEDED
          retryFailed>STARTING startBackOut>BACKING_OUT
        PAUSED: planWaves>PAUSED trip>AWAITING_DECISION resume>RUNNING stop>STOPPING abandon!RUN_STOPPABLE
          endTarget!TARGET_NOT_SILENT finishSucceeded>SUCCEEDED finishPartiallySucceeded>PARTIALLY_SUCCEEDED
          finishFailed>FAILED finishStopped>STOPPED
        STOPPING: abandon>STOPPING endTarget!TARGET_NOT_SILENT finishSucceeded>SUCCEEDED
          finishPartiallySucceeded>PARTIALLY_SUCCEEDED finishFailed>FAILED finishStopped>STOPPED
        STOPPED: preflight>STOPPED finishSucceeded>SUCCEEDED finishPartiallySucceeded>PARTIALLY_SUCCEEDED
          finishFailed>FAILED retryFailed>STARTING startBackOut>BACKING_OUT
        BACKING_OUT: abandon>BACKING_OUT endTarget!TARGET_NOT_SILENT finishFailed>FAILED completeBackOut>BACKED_OUT
        BACKED_OUT: finishPartiallySucceeded>PARTIALLY_SUCCEEDED
        START_UNKNOWN: submitted>RUNNING reconcile>START_UNKNOWN
        MISSED: cancel>STOPPED replan>PLANNED
      `),
    );
  });

  test.each<[ReconcileDecision, DistributionState]>([
    ['STARTED', 'RUNNING'],
    ['NOT_STARTED', 'SCHEDULED'],
    ['ABANDONED', 'FAILED'],
  ])('reconciling with %s leads to %s', (reconcileDecision, to) => {
    expect(
      decide(distributionMachine, 'START_UNKNOWN', 'distributionReconcile', { ...good, reconcileDecision }),
    ).toEqual({
      ok: true,
      to,
    });
  });

  test('reconcile is offered once, before anybody decided', () => {
    expect(availableCommands(distributionMachine, 'START_UNKNOWN', good)).toEqual([
      { command: 'distributionReconcile', allowed: true, blockers: [] },
    ]);
  });

  test('people are offered what people may do, never what the tool reports', () => {
    const offered = new Set(
      DISTRIBUTION_STATES.flatMap((state) =>
        availableCommands(distributionMachine, state, good).map(({ command }) => command),
      ),
    );
    expect([...offered].sort()).toEqual([
      'distributionAbandon',
      'distributionAdvance',
      'distributionApprove',
      'distributionCancel',
      'distributionEndTarget',
      'distributionPause',
      'distributionPlanWaves',
      'distributionPreflight',
      'distributionReconcile',
      'distributionReplan',
      'distributionRequestApproval',
      'distributionResume',
      'distributionRetryFailed',
      'distributionSchedule',
      'distributionStart',
      'distributionStartBackOut',
      'distributionStop',
      'distributionUpdate',
    ]);
  });

  test('the server decides by the rows that the machine has, and without facts', () => {
    // A decision to repeat a wave is carried out by the server, and asks the rules as a start does.
    const system = distributionMachine.rows.filter(
      ({ system, command }) => system && command !== 'distributionRepeatWave',
    );
    expect(system).toEqual(DISTRIBUTION_SYSTEM_ROWS);
    expect(decideSystem(DISTRIBUTION_SYSTEM_ROWS, 'STARTING', 'distributionSubmitted')).toEqual({
      ok: true,
      to: 'RUNNING',
    });
    expect(decideSystem(DISTRIBUTION_SYSTEM_ROWS, 'PLANNED', 'distributionSubmitted')).toBeUndefined();
  });

  test('does exactly this while its release is being backed out', () => {
    const returning = { ...withRelease({ state: 'BACKING_OUT' }), operation: 'REMOVE' } as const;
    const commands = (facts: DistributionFacts) =>
      DISTRIBUTION_STATES.flatMap((state) =>
        availableCommands(distributionMachine, state, facts)
          .filter(({ allowed }) => allowed)
          .map(({ command }) => `${state} ${command.replace('distribution', '')}`)
          .toSorted(),
      );
    expect(commands(returning)).toEqual(commands({ ...withRelease({ state: 'DISTRIBUTING' }) }));
    // It may begin at any time and in any weather: the tool has to be well, and what it takes has to be ours.
    const inTrouble: DistributionFacts = {
      ...returning,
      release: { ...returning.release, onHold: { reason: 'audit' }, slot: null, slotIsBooked: false },
      ownTime: null,
      hasPlannedStart: false,
      windowIsOpen: false,
      activeBlackouts: [thing],
      unauthorisedTargets: [thing],
      unauthorisedMedia: [thing],
      alteredMedia: [thing],
      outOfScope: [{ ...thing, type: 'ConfigurationItem' }],
      leftOut: [{ ...thing, type: 'ConfigurationItem' }],
    };
    expect(commands(inTrouble)).toEqual(commands(returning));
    const starts = [
      ['PLANNED', 'distributionSchedule'],
      ['PLANNED', 'distributionRequestApproval'],
      ['AWAITING_APPROVAL', 'distributionApprove'],
      ['SCHEDULED', 'distributionStart'],
      ['PAUSED', 'distributionResume'],
      ['FAILED', 'distributionRetryFailed'],
    ] as const;
    for (const [state, command] of starts) {
      const codes = (over: Partial<DistributionFacts>) =>
        refusal(distributionMachine, state, command, { ...returning, ...over });
      expect(codes({})).toEqual([]);
      for (const operation of ['INSTALL', 'VERIFY', 'COMMIT'] as const)
        expect(codes({ operation })).toEqual(['BACK_OUT_ONLY']);
      expect(codes({ operation: 'UNDO' })).toEqual([]);
      expect(codes({ notReturned: [{ ...thing, contents: ['ledger 1.0'] }] })).toEqual(['NOTHING_TO_RETURN']);
    }
    expect(
      refusal(distributionMachine, 'SUCCEEDED', 'distributionStartBackOut', { ...returning, isOwed: false }),
    ).toEqual(['NOTHING_TO_RETURN']);
    const start = (over: Partial<DistributionFacts>) =>
      refusal(distributionMachine, 'SCHEDULED', 'distributionStart', { ...returning, ...over });
    expect(start({ approvalRequired: true, approvalIsStale: true })).toEqual(['APPROVAL_STALE']);
    expect(start({ worksThere: [{ ...thing, target: 'web' }] })).toEqual(['DISTRIBUTION_NOT_ENDED']);
    expect(start({ tool: { ...good.tool, state: 'BROKEN' } })).toEqual(['ADAPTER_UNHEALTHY']);
    expect(
      refusal(distributionMachine, 'PLANNED', 'distributionSchedule', { ...returning, approvalRequired: true }),
    ).toEqual(['APPROVAL_MISSING']);
  });

  test('starts only for a release in the right state', () => {
    const codes = (state: ReleaseState, skipsCommunication: boolean) =>
      refusal(distributionMachine, 'SCHEDULED', 'distributionStart', withRelease({ state, skipsCommunication })).join();
    expect(RELEASE_STATES.filter((state) => codes(state, false) === '')).toEqual([
      'COMMUNICATED',
      'DISTRIBUTING',
      'PARTIALLY_DEPLOYED',
      'FAILED',
    ]);
    expect(codes('SCHEDULED', false)).toBe('NOT_COMMUNICATED');
    expect(codes('SCHEDULED', true)).toBe('');
    expect(codes('ACCEPTED', true)).toBe('RELEASE_NOT_READY');
    expect(
      RELEASE_STATES.filter(
        (state) =>
          refusal(distributionMachine, 'FAILED', 'distributionRetryFailed', withRelease({ state })).length === 0,
      ),
    ).toEqual(['DISTRIBUTING', 'PARTIALLY_DEPLOYED', 'FAILED']);
    expect(
      RELEASE_STATES.filter(
        (state) =>
          refusal(distributionMachine, 'FAILED', 'distributionStartBackOut', withRelease({ state })).length === 0,
      ),
    ).toEqual(['DISTRIBUTING', 'BACKING_OUT']);
  });

  test.each<[string, DistributionState, (typeof distributionMachine.commands)[number], DistributionFacts, string[]]>([
    ['no target', 'PLANNED', 'distributionRequestApproval', { ...good, targetCount: 0 }, ['NO_TARGETS']],
    [
      'no start time',
      'PLANNED',
      'distributionRequestApproval',
      { ...good, hasPlannedStart: false },
      ['SCHEDULE_MISSING'],
    ],
    [
      'rules of the release itself',
      'SCHEDULED',
      'distributionStart',
      withRelease({
        startBlockers: [blocker('TASK_OPEN', 'A task is open.', ['RELEASE_MANAGER'])],
      }),
      ['TASK_OPEN'],
    ],
    [
      'nothing to back out',
      'STOPPED',
      'distributionStartBackOut',
      { ...withRelease({ state: 'BACKING_OUT' }), somethingWasDelivered: false },
      ['NO_TARGETS'],
    ],
    [
      'what is not in the release any more',
      'SCHEDULED',
      'distributionStart',
      { ...good, outOfScope: [{ type: 'ConfigurationItem', id: 'ci-9', name: 'web-9' }] },
      ['PLAN_INVALID'],
    ],
    [
      'a required approval',
      'PLANNED',
      'distributionSchedule',
      { ...good, approvalRequired: true },
      ['APPROVAL_MISSING'],
    ],
    [
      'its own planner',
      'AWAITING_APPROVAL',
      'distributionApprove',
      { ...good, plannerIds: ['planner', 'actor', 'third'] },
      ['SELF_APPROVAL'],
    ],
    [
      'a stale approval',
      'SCHEDULED',
      'distributionStart',
      { ...good, approvalRequired: true, approvalIsStale: true },
      ['APPROVAL_STALE'],
    ],
    ['a hold', 'SCHEDULED', 'distributionStart', withRelease({ onHold: { reason: 'audit' } }), ['RELEASE_ON_HOLD']],
    ['a closed window', 'SCHEDULED', 'distributionStart', { ...good, windowIsOpen: false }, ['WINDOW_CLOSED']],
    ['a blackout', 'SCHEDULED', 'distributionStart', { ...good, activeBlackouts: [thing] }, ['BLACKOUT']],
    ...(
      [
        ['SCHEDULED', 'distributionStart'],
        ['FAILED', 'distributionRetryFailed'],
        ['SUCCEEDED', 'distributionStartBackOut'],
      ] as const
    ).map(([state, command]): [string, DistributionState, DistributionCommand, DistributionFacts, string[]] => [
      `another work on the same content and target (${command})`,
      state,
      command,
      { ...good, someTargetFailed: true, worksThere: [{ ...thing, target: 'web-1' }] },
      ['DISTRIBUTION_NOT_ENDED'],
    ]),
    [
      'a target that lost its authorisation',
      'SCHEDULED',
      'distributionStart',
      { ...good, unauthorisedTargets: [thing] },
      ['CI_NOT_AUTHORISED'],
    ],
    [
      'recalled media',
      'SCHEDULED',
      'distributionStart',
      { ...good, unauthorisedMedia: [thing] },
      ['MEDIA_NOT_AUTHORISED'],
    ],
    ['altered media', 'SCHEDULED', 'distributionStart', { ...good, alteredMedia: [thing] }, ['MEDIA_DIGEST_MISMATCH']],
    ['a broken tool', 'SCHEDULED', 'distributionStart', withTool({ state: 'BROKEN' }), ['ADAPTER_UNHEALTHY']],
    ['a disabled tool', 'PAUSED', 'distributionResume', withTool({ state: 'DISABLED' }), ['ADAPTER_UNHEALTHY']],
    [
      'recalled media',
      'PAUSED',
      'distributionResume',
      { ...good, unauthorisedMedia: [thing] },
      ['MEDIA_NOT_AUTHORISED'],
    ],
    [
      'a tool that cannot pause',
      'RUNNING',
      'distributionPause',
      withTool({ canPause: false }),
      ['ADAPTER_UNSUPPORTED'],
    ],
    [
      'a tool that cannot cancel',
      'RUNNING',
      'distributionStop',
      withTool({ canCancel: false }),
      ['ADAPTER_UNSUPPORTED'],
    ],
    [
      'a tool that cannot undo',
      'SUCCEEDED',
      'distributionStartBackOut',
      withTool({ canUndo: false }),
      ['ADAPTER_UNSUPPORTED'],
    ],
    [
      'a plan that does not fit',
      'PLANNED',
      'distributionUpdate',
      { ...good, planProblems: [blocker('BINDING_INVALID', 'It has no address.', ['CONFIGURATION_MANAGER'])] },
      ['BINDING_INVALID'],
    ],
    [
      'a decision without a reason',
      'START_UNKNOWN',
      'distributionReconcile',
      { ...good, reconcileDecision: 'STARTED', reasonGiven: false },
      ['EVIDENCE_MISSING'],
    ],
    ['nothing to retry', 'FAILED', 'distributionRetryFailed', { ...good, someTargetFailed: false }, ['NO_TARGETS']],
  ])('%s blocks a distribution in %s from %s', (_, state, command, facts, codes) => {
    expect(refusal(distributionMachine, state, command, facts)).toEqual(codes);
  });

  test('tells everything that is wrong at the moment of the start at once', () => {
    const broken: DistributionFacts = {
      ...good,
      approvalRequired: true,
      approvalIsStale: true,
      release: { ...good.release, state: 'CANCELLED', onHold: { reason: 'audit' } },
      windowIsOpen: false,
      activeBlackouts: [thing],
      targetCount: 0,
      unauthorisedTargets: [thing],
      unauthorisedMedia: [thing],
      alteredMedia: [thing],
      tool: { ...good.tool, state: 'STARTING' },
    };
    const decision = decide(distributionMachine, 'SCHEDULED', 'distributionStart', broken);
    const blockers = decision.ok ? [] : decision.blockers;
    expect(blockers.map(({ code }) => code)).toEqual([
      'RELEASE_NOT_READY',
      'APPROVAL_STALE',
      'RELEASE_ON_HOLD',
      'WINDOW_CLOSED',
      'BLACKOUT',
      'ADAPTER_UNHEALTHY',
      'NO_TARGETS',
      'CI_NOT_AUTHORISED',
      'MEDIA_NOT_AUTHORISED',
      'MEDIA_DIGEST_MISMATCH',
    ]);
    expect(blockers.filter(({ waivable }) => waivable).map(({ code }) => code)).toEqual(['WINDOW_CLOSED', 'BLACKOUT']);
    for (const blocker of blockers) expect(blocker.resolvableBy.length).toBeGreaterThan(0);
  });

  test('every value is described', () => {
    expect(Object.keys(DISTRIBUTION_STATE_DESCRIPTIONS)).toEqual([...DISTRIBUTION_STATES]);
    expect(Object.keys(DISTRIBUTION_OPERATION_DESCRIPTIONS)).toEqual([...DISTRIBUTION_OPERATIONS]);
    expect(Object.keys(RECONCILE_DECISION_DESCRIPTIONS)).toEqual([...RECONCILE_DECISIONS]);
    expect(Object.keys(STOP_MODE_DESCRIPTIONS)).toEqual([...STOP_MODES]);
  });
});

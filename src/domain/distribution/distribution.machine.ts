import { actorRunsTheRelease } from '../release/release-scope.js';
import {
  type DistributionFacts,
  type DistributionGuard,
  actorMayPlanForTheRelease,
  abandonHasReason,
  approvalIsNotRequired,
  approverDidNotPlan,
  decisionHasReason,
  digestsAreAsBaselined,
  distributedReleaseIsNotOnHold,
  distributionApprovalIsFresh,
  distributionHasPlannedStart,
  distributionHasTargets,
  everyMediaIsAuthorised,
  everyTargetIsAuthorised,
  noBlackoutCoversNow,
  nothingElseWorksThere,
  planFits,
  plannedTimeWasMissed,
  releaseAllowsBackOut,
  runCannotBeStopped,
  releaseAllowsRetry,
  releaseIsReadyForDistribution,
  releaseLetsItStart,
  scopeIsStillTheReleases,
  someTargetFailed,
  timeToEndIsOver,
  somethingWasDelivered,
  toolCanCancel,
  toolCanPause,
  toolCanPreflight,
  toolCanUndo,
  toolIsHealthy,
  windowIsOpenNow,
} from './distribution.guards.js';
import { tasksBeforeAreDone } from '../release/task-distribution.js';
import { protectedTargetsAreCovered, targetsAreInService } from '../cmdb/target.guards.js';
import {
  conflictsOfItsTimeAreResolved,
  itsTimeIsNow,
  nothingIsLeftOut,
  releaseIsBooked,
  slotIsNow,
  timeIsInsideTheSlot,
  timeIsNotPast,
} from './distribution-time.guards.js';
import {
  everyTargetHasAWave,
  noRunIsOpen,
  rolloutHasWaves,
  runIsOpen,
  WAVE_MAY_BEGIN,
  waveKeepsEveryGroup,
} from './wave.guards.js';
import { endOfTargetHasReason, targetIsSilent } from './target-end.guards.js';
import { isDriftCheck } from './drift-check.js';
import { delivers, isReturn, itTakesAway, itTakesOnlyWhatWasDelivered, somethingOfItIsLeft } from './return.guards.js';
import {
  DISTRIBUTION_COMMANDS,
  DISTRIBUTION_STATES,
  type DistributionCommand,
  type DistributionState,
  type DistributionSystemCommand,
  type ReconcileDecision,
} from './distribution.state.js';
import { SAME_STATE, type Machine, type Row, type SystemRow } from '../state-machine.js';

const MATERIAL_IS_RIGHT: readonly DistributionGuard[] = [
  distributionHasTargets,
  scopeIsStillTheReleases,
  everyTargetIsAuthorised,
  targetsAreInService,
  protectedTargetsAreCovered,
  everyMediaIsAuthorised,
  digestsAreAsBaselined,
  nothingIsLeftOut,
];
/** What commits to a time asks whether that time is free. */
const TIME_IS_RIGHT: readonly DistributionGuard[] = [
  releaseIsBooked,
  distributionHasPlannedStart,
  timeIsNotPast,
  timeIsInsideTheSlot,
  conflictsOfItsTimeAreResolved,
];
const MOMENT_IS_RIGHT: readonly DistributionGuard[] = [
  distributedReleaseIsNotOnHold,
  windowIsOpenNow,
  noBlackoutCoversNow,
  conflictsOfItsTimeAreResolved,
  toolIsHealthy,
];

/** What a return asks before it is committed to. It may have any time, or none: then a person starts it. */
const RETURN_IS_RIGHT: readonly DistributionGuard[] = [
  itTakesAway,
  distributionHasTargets,
  itTakesOnlyWhatWasDelivered,
  timeIsNotPast,
];
/**
 * What a return asks when it begins or goes on. As for a back-out by the tool, neither slot, window, conflict nor hold
 * keeps it from beginning, and the state of its targets and media does not matter.
 */
const RETURN_MAY_RUN: readonly DistributionGuard[] = [
  itTakesAway,
  itTakesOnlyWhatWasDelivered,
  nothingElseWorksThere,
  toolIsHealthy,
];
const RETURN_ROWS: readonly Row<DistributionState, DistributionCommand, DistributionFacts>[] = (
  [
    ['PLANNED', 'distributionRequestApproval', 'AWAITING_APPROVAL', [actorMayPlanForTheRelease, ...RETURN_IS_RIGHT]],
    [
      'AWAITING_APPROVAL',
      'distributionApprove',
      'SCHEDULED',
      [actorRunsTheRelease, approverDidNotPlan, ...RETURN_IS_RIGHT],
    ],
    [
      'PLANNED',
      'distributionSchedule',
      'SCHEDULED',
      [actorMayPlanForTheRelease, approvalIsNotRequired, ...RETURN_IS_RIGHT],
    ],
    [
      'SCHEDULED',
      'distributionStart',
      'STARTING',
      [distributionApprovalIsFresh, tasksBeforeAreDone, ...WAVE_MAY_BEGIN, ...RETURN_MAY_RUN],
    ],
    [
      'BETWEEN_WAVES',
      'distributionAdvance',
      'STARTING',
      [distributionApprovalIsFresh, ...WAVE_MAY_BEGIN, ...RETURN_MAY_RUN],
    ],
    ['PAUSED', 'distributionResume', 'RUNNING', RETURN_MAY_RUN],
    [
      ['PARTIALLY_SUCCEEDED', 'FAILED', 'STOPPED'],
      'distributionRetryFailed',
      'STARTING',
      [someTargetFailed, distributionApprovalIsFresh, tasksBeforeAreDone, ...RETURN_MAY_RUN],
    ],
  ] as const
).map(([from, command, to, guards]) => ({ from, command, to, guards, when: isReturn }));

/** What a drift check asks before it is committed to. It may have any time, or none: then a person starts it. */
const CHECK_IS_RIGHT: readonly DistributionGuard[] = [
  distributionHasTargets,
  everyTargetHasAWave,
  scopeIsStillTheReleases,
  everyTargetIsAuthorised,
  targetsAreInService,
  digestsAreAsBaselined,
  timeIsNotPast,
];
/**
 * What a drift check asks when it begins or goes on. It changes nothing on a target, so neither the slot of the
 * release, which is over, nor its changes and acceptance matter. The calendar does: during other work it would find
 * nothing certain.
 */
const CHECK_MAY_RUN: readonly DistributionGuard[] = [
  distributionApprovalIsFresh,
  scopeIsStillTheReleases,
  everyTargetIsAuthorised,
  targetsAreInService,
  digestsAreAsBaselined,
  nothingElseWorksThere,
  ...MOMENT_IS_RIGHT,
];
const CHECK_ROWS: readonly Row<DistributionState, DistributionCommand, DistributionFacts>[] = (
  [
    ['PLANNED', 'distributionRequestApproval', 'AWAITING_APPROVAL', [actorMayPlanForTheRelease, ...CHECK_IS_RIGHT]],
    [
      'AWAITING_APPROVAL',
      'distributionApprove',
      'SCHEDULED',
      [actorRunsTheRelease, approverDidNotPlan, ...CHECK_IS_RIGHT],
    ],
    [
      'PLANNED',
      'distributionSchedule',
      'SCHEDULED',
      [actorMayPlanForTheRelease, approvalIsNotRequired, ...CHECK_IS_RIGHT],
    ],
    ['SCHEDULED', 'distributionStart', 'STARTING', [tasksBeforeAreDone, ...WAVE_MAY_BEGIN, ...CHECK_MAY_RUN]],
    ['BETWEEN_WAVES', 'distributionAdvance', 'STARTING', [...WAVE_MAY_BEGIN, ...CHECK_MAY_RUN]],
    ['PAUSED', 'distributionResume', 'RUNNING', CHECK_MAY_RUN],
  ] as const
).map(([from, command, to, guards]) => ({ from, command, to, guards, when: isDriftCheck }));

/** What is asked before a wave, or its repetition, goes to the tool. */
const WORK_MAY_GO_ON: readonly DistributionGuard[] = [
  releaseLetsItStart,
  distributionApprovalIsFresh,
  slotIsNow,
  ...MOMENT_IS_RIGHT,
  ...MATERIAL_IS_RIGHT,
];

/** What is asked before the targets that did not succeed get another attempt. */
const RETRY_IS_RIGHT: readonly DistributionGuard[] = [
  releaseAllowsRetry,
  releaseLetsItStart,
  someTargetFailed,
  distributionApprovalIsFresh,
  slotIsNow,
  tasksBeforeAreDone,
  nothingElseWorksThere,
  waveKeepsEveryGroup,
  ...MOMENT_IS_RIGHT,
  ...MATERIAL_IS_RIGHT,
];

// Without a decision nothing is settled: the last row lets the command be offered before an operator has decided.
const RECONCILED: readonly (readonly [ReconcileDecision | undefined, DistributionState])[] = [
  ['STARTED', 'RUNNING'],
  ['NOT_STARTED', 'SCHEDULED'],
  ['ABANDONED', 'FAILED'],
  [undefined, 'START_UNKNOWN'],
];
const RECONCILE_ROWS = RECONCILED.map(
  ([decision, to]): Row<DistributionState, DistributionCommand, DistributionFacts> => ({
    from: 'START_UNKNOWN',
    command: 'distributionReconcile',
    to,
    when: ({ reconcileDecision }) => reconcileDecision === decision,
    guards: [decisionHasReason],
  }),
);

/**
 * What the server itself does to a distribution. It follows the tool, the targets and the clock, so no rule guards it.
 */
export const DISTRIBUTION_SYSTEM_ROWS: readonly SystemRow<DistributionState, DistributionSystemCommand>[] = [
  { from: ['STARTING', 'START_UNKNOWN'], command: 'distributionSubmitted', to: 'RUNNING', system: true },
  { from: 'STARTING', command: 'distributionStartUnknown', to: 'START_UNKNOWN', system: true },
  // A wave that ends while it is paused leaves the distribution paused.
  { from: ['STARTING', 'RUNNING'], command: 'distributionEndWave', to: 'BETWEEN_WAVES', system: true },
  {
    from: ['STARTING', 'RUNNING', 'PAUSED'],
    command: 'distributionTrip',
    to: 'AWAITING_DECISION',
    system: true,
  },
  { from: 'AWAITING_DECISION', command: 'distributionPassWave', to: 'BETWEEN_WAVES', system: true },
  // The later rows of each finish correct an end that a late report from the tool has overtaken.
  {
    // From STARTING: a retry that the tool refused leaves a success by policy standing.
    from: ['STARTING', 'RUNNING', 'PAUSED', 'STOPPING', 'BETWEEN_WAVES'],
    command: 'distributionFinishSucceeded',
    to: 'SUCCEEDED',
    system: true,
  },
  {
    from: ['PARTIALLY_SUCCEEDED', 'FAILED', 'STOPPED'],
    command: 'distributionFinishSucceeded',
    to: 'SUCCEEDED',
    system: true,
  },
  {
    // From STARTING: a retry that the tool refused leaves the successes of earlier attempts standing.
    from: ['STARTING', 'RUNNING', 'PAUSED', 'STOPPING', 'BETWEEN_WAVES'],
    command: 'distributionFinishPartiallySucceeded',
    to: 'PARTIALLY_SUCCEEDED',
    system: true,
  },
  {
    // From BACKED_OUT: a late report about a target that the back-out was not for.
    from: ['FAILED', 'STOPPED', 'BACKED_OUT'],
    command: 'distributionFinishPartiallySucceeded',
    to: 'PARTIALLY_SUCCEEDED',
    system: true,
  },
  {
    from: ['STARTING', 'RUNNING', 'PAUSED', 'STOPPING', 'BETWEEN_WAVES', 'BACKING_OUT'],
    command: 'distributionFinishFailed',
    to: 'FAILED',
    system: true,
  },
  { from: 'STOPPED', command: 'distributionFinishFailed', to: 'FAILED', system: true },
  {
    from: ['RUNNING', 'PAUSED', 'STOPPING', 'BETWEEN_WAVES'],
    command: 'distributionFinishStopped',
    to: 'STOPPED',
    system: true,
  },
  { from: 'SCHEDULED', command: 'distributionMiss', to: 'MISSED', system: true },
  { from: 'BACKING_OUT', command: 'distributionCompleteBackOut', to: 'BACKED_OUT', system: true },
];

/** The life cycle of a distribution. */
export const distributionMachine: Machine<DistributionState, DistributionCommand, DistributionFacts> = {
  name: 'distribution',
  initial: 'PLANNED',
  states: DISTRIBUTION_STATES,
  final: [],
  commands: DISTRIBUTION_COMMANDS,
  computed: { MISSED: [plannedTimeWasMissed] },
  rows: [
    { from: 'PLANNED', command: 'distributionUpdate', to: SAME_STATE, guards: [actorMayPlanForTheRelease, planFits] },
    {
      from: 'PLANNED',
      command: 'distributionPlanWaves',
      to: SAME_STATE,
      guards: [actorMayPlanForTheRelease, distributionHasTargets, planFits],
    },
    // The tool is asked later, and again while it is away, so its health is no condition.
    {
      from: ['PLANNED', 'AWAITING_APPROVAL', 'SCHEDULED', 'BETWEEN_WAVES'],
      command: 'distributionPreflight',
      to: SAME_STATE,
      guards: [actorMayPlanForTheRelease, distributionHasTargets, toolCanPreflight],
    },
    // After the start, only those who run the release change what was approved. Waves that have begun stay.
    {
      from: ['RUNNING', 'PAUSED', 'BETWEEN_WAVES', 'AWAITING_DECISION'],
      command: 'distributionPlanWaves',
      to: SAME_STATE,
      guards: [actorRunsTheRelease, rolloutHasWaves, planFits],
    },
    // Between two waves the tool has nothing to resume or stop, so it is not asked.
    {
      from: 'PAUSED',
      command: 'distributionResume',
      to: 'BETWEEN_WAVES',
      when: noRunIsOpen,
      guards: [distributedReleaseIsNotOnHold],
    },
    { from: 'PAUSED', command: 'distributionStop', to: 'STOPPED', when: noRunIsOpen },
    ...RETURN_ROWS,
    ...CHECK_ROWS,
    {
      from: 'PLANNED',
      command: 'distributionRequestApproval',
      to: 'AWAITING_APPROVAL',
      when: delivers,
      guards: [
        actorMayPlanForTheRelease,
        distributionHasTargets,
        everyTargetHasAWave,
        ...TIME_IS_RIGHT,
        nothingIsLeftOut,
      ],
    },
    {
      from: 'AWAITING_APPROVAL',
      command: 'distributionApprove',
      to: 'SCHEDULED',
      when: delivers,
      guards: [actorRunsTheRelease, approverDidNotPlan, everyTargetHasAWave, ...TIME_IS_RIGHT, ...MATERIAL_IS_RIGHT],
    },
    {
      from: 'PLANNED',
      command: 'distributionSchedule',
      to: 'SCHEDULED',
      when: delivers,
      guards: [
        actorMayPlanForTheRelease,
        approvalIsNotRequired,
        everyTargetHasAWave,
        ...TIME_IS_RIGHT,
        ...MATERIAL_IS_RIGHT,
      ],
    },
    {
      from: 'SCHEDULED',
      command: 'distributionStart',
      to: 'STARTING',
      when: delivers,
      guards: [
        releaseIsReadyForDistribution,
        releaseLetsItStart,
        distributionApprovalIsFresh,
        itsTimeIsNow,
        timeIsInsideTheSlot,
        tasksBeforeAreDone,
        nothingElseWorksThere,
        ...WAVE_MAY_BEGIN,
        ...MOMENT_IS_RIGHT,
        ...MATERIAL_IS_RIGHT,
      ],
    },
    {
      from: 'BETWEEN_WAVES',
      command: 'distributionAdvance',
      to: 'STARTING',
      when: delivers,
      guards: [nothingElseWorksThere, ...WAVE_MAY_BEGIN, ...WORK_MAY_GO_ON],
    },
    // Part of a decision: `decisionPointDecide` issues it.
    {
      from: 'AWAITING_DECISION',
      command: 'distributionRepeatWave',
      to: 'STARTING',
      when: delivers,
      guards: [nothingElseWorksThere, waveKeepsEveryGroup, ...WORK_MAY_GO_ON],
      system: true,
    },
    {
      from: 'AWAITING_DECISION',
      command: 'distributionRepeatWave',
      to: 'STARTING',
      when: isReturn,
      guards: [waveKeepsEveryGroup, distributionApprovalIsFresh, ...RETURN_MAY_RUN],
      system: true,
    },
    {
      from: 'AWAITING_DECISION',
      command: 'distributionRepeatWave',
      to: 'STARTING',
      when: isDriftCheck,
      guards: [waveKeepsEveryGroup, ...CHECK_MAY_RUN],
      system: true,
    },
    ...RECONCILE_ROWS,
    { from: 'RUNNING', command: 'distributionPause', to: 'PAUSED', guards: [toolCanPause] },
    { from: 'BETWEEN_WAVES', command: 'distributionPause', to: 'PAUSED' },
    {
      from: 'PAUSED',
      command: 'distributionResume',
      to: 'RUNNING',
      when: delivers,
      guards: WORK_MAY_GO_ON,
    },
    { from: 'RUNNING', command: 'distributionStop', to: 'STOPPING', guards: [toolCanCancel] },
    { from: 'PAUSED', command: 'distributionStop', to: 'STOPPING', when: runIsOpen, guards: [toolCanCancel] },
    { from: ['BETWEEN_WAVES', 'AWAITING_DECISION'], command: 'distributionStop', to: 'STOPPED' },
    // Its targets become UNKNOWN, and its state follows from them.
    {
      from: ['RUNNING', 'PAUSED'],
      command: 'distributionAbandon',
      to: SAME_STATE,
      when: runIsOpen,
      guards: [runCannotBeStopped, abandonHasReason],
    },
    {
      from: ['STOPPING', 'BACKING_OUT'],
      command: 'distributionAbandon',
      to: SAME_STATE,
      guards: [timeToEndIsOver, abandonHasReason],
    },
    // Its target becomes UNKNOWN. The distribution ends only if that was the last one without a result: so a tool that
    // has to end its work gets its time here, too.
    {
      from: ['RUNNING', 'PAUSED', 'STOPPING', 'BACKING_OUT'],
      command: 'distributionEndTarget',
      to: SAME_STATE,
      when: runIsOpen,
      guards: [timeToEndIsOver, targetIsSilent, endOfTargetHasReason],
    },
    {
      from: ['PARTIALLY_SUCCEEDED', 'FAILED', 'STOPPED'],
      command: 'distributionRetryFailed',
      to: 'STARTING',
      when: delivers,
      guards: RETRY_IS_RIGHT,
    },
    // Succeeded by policy: what failed can be tried again.
    {
      from: 'SUCCEEDED',
      command: 'distributionRetryFailed',
      to: 'STARTING',
      when: (facts) => delivers(facts) && facts.failedTargetCount > 0,
      guards: RETRY_IS_RIGHT,
    },
    {
      from: 'SUCCEEDED',
      command: 'distributionRetryFailed',
      to: 'STARTING',
      when: (facts) => isReturn(facts) && facts.failedTargetCount > 0,
      guards: [distributionApprovalIsFresh, tasksBeforeAreDone, ...RETURN_MAY_RUN],
    },
    {
      from: ['SUCCEEDED', 'PARTIALLY_SUCCEEDED', 'FAILED', 'STOPPED', 'BETWEEN_WAVES', 'AWAITING_DECISION'],
      command: 'distributionStartBackOut',
      to: 'BACKING_OUT',
      guards: [
        releaseAllowsBackOut,
        somethingWasDelivered,
        somethingOfItIsLeft,
        nothingElseWorksThere,
        toolIsHealthy,
        toolCanUndo,
      ],
    },
    {
      from: ['PLANNED', 'AWAITING_APPROVAL', 'SCHEDULED', 'MISSED'],
      command: 'distributionCancel',
      to: 'STOPPED',
      guards: [actorMayPlanForTheRelease],
    },
    {
      from: ['AWAITING_APPROVAL', 'SCHEDULED', 'MISSED'],
      command: 'distributionReplan',
      to: 'PLANNED',
      guards: [actorMayPlanForTheRelease],
    },
    ...DISTRIBUTION_SYSTEM_ROWS,
  ],
};

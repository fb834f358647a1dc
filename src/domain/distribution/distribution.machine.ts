import { actorRunsTheRelease } from '../release/release-scope.js';
import {
  type DistributionFacts,
  actorMayPlanForTheRelease,
  abandonHasReason,
  approvalIsNotRequired,
  approverDidNotPlan,
  decisionHasReason,
  distributedReleaseIsNotOnHold,
  distributionApprovalIsFresh,
  distributionHasTargets,
  nothingElseWorksThere,
  planFits,
  plannedTimeWasMissed,
  releaseAllowsBackOut,
  runCannotBeStopped,
  releaseIsReadyForDistribution,
  releaseLetsItStart,
  timeToEndIsOver,
  somethingWasDelivered,
  toolCanCancel,
  toolCanPause,
  toolHasLogs,
} from './distribution.guards.js';
import { tasksBeforeAreDone } from '../release/task-distribution.js';
import { itsTimeIsNow, nothingIsLeftOut, timeIsInsideTheSlot } from './distribution-time.guards.js';
import {
  everyTargetHasAWave,
  noRunIsOpen,
  rolloutHasWaves,
  runIsOpen,
  WAVE_MAY_BEGIN,
  waveKeepsEveryGroup,
} from './wave.guards.js';
import { everyToolCanUndo, everyToolHasAWave, everyToolToUndoIsHealthy } from './wave-tool.guards.js';
import { endOfTargetHasReason, targetIsSilent } from './target-end.guards.js';
import { delivers, somethingOfItIsLeft } from './return.guards.js';
import {
  DISTRIBUTION_COMMANDS,
  DISTRIBUTION_STATES_AT_TOOL,
  DISTRIBUTION_STATES,
  type DistributionCommand,
  type DistributionState,
  type DistributionSystemCommand,
  type ReconcileDecision,
} from './distribution.state.js';
import {
  MATERIAL_IS_RIGHT,
  MOMENT_IS_RIGHT,
  RETRY_IS_RIGHT,
  TIME_IS_RIGHT,
  WORK_MAY_GO_ON,
} from './distribution-start.guards.js';
import { PREFLIGHT_ROWS } from './preflight.rows.js';
import { CHECK_ROWS, RETURN_ROWS } from './special-work.rows.js';
import { SAME_STATE, type Machine, type Row, type SystemRow } from '../state-machine.js';

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
    ...PREFLIGHT_ROWS,
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
        everyToolHasAWave,
        ...TIME_IS_RIGHT,
        nothingIsLeftOut,
      ],
    },
    {
      from: 'AWAITING_APPROVAL',
      command: 'distributionApprove',
      to: 'SCHEDULED',
      when: delivers,
      guards: [
        actorRunsTheRelease,
        approverDidNotPlan,
        everyTargetHasAWave,
        everyToolHasAWave,
        ...TIME_IS_RIGHT,
        ...MATERIAL_IS_RIGHT,
      ],
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
        everyToolHasAWave,
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
    // Reading changes nothing, so it is possible as soon as an order was given, and as long as the tool keeps its log.
    {
      from: [...DISTRIBUTION_STATES_AT_TOOL, 'SUCCEEDED', 'PARTIALLY_SUCCEEDED', 'FAILED', 'STOPPED', 'BACKED_OUT'],
      command: 'distributionFollowLog',
      to: SAME_STATE,
      when: ({ toolReceivedIt }) => toolReceivedIt !== false,
      guards: [toolHasLogs],
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
      when: (facts) => delivers(facts) && facts.someTargetFailed,
      guards: RETRY_IS_RIGHT,
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
        everyToolToUndoIsHealthy,
        everyToolCanUndo,
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

import {
  type DistributionFacts,
  type DistributionGuard,
  approvalIsNotRequired,
  approverDidNotPlan,
  digestsAreAsBaselined,
  distributedReleaseIsNotOnHold,
  distributionApprovalIsFresh,
  distributionHasPlannedStart,
  distributionHasTargets,
  everyMediaIsAuthorised,
  everyTargetIsAuthorised,
  noBlackoutCoversNow,
  releaseAllowsBackOut,
  releaseAllowsRetry,
  releaseIsReadyForDistribution,
  releaseLetsItStart,
  scopeIsStillTheReleases,
  someTargetFailed,
  somethingWasDelivered,
  toolCanCancel,
  toolCanPause,
  toolCanUndo,
  toolIsHealthy,
  windowIsOpenNow,
} from './distribution.guards.js';
import {
  DISTRIBUTION_COMMANDS,
  DISTRIBUTION_STATES,
  type DistributionCommand,
  type DistributionState,
  type ReconcileDecision,
} from './distribution.state.js';
import type { Machine } from '../state-machine.js';

const MATERIAL_IS_RIGHT: readonly DistributionGuard[] = [
  distributionHasTargets,
  scopeIsStillTheReleases,
  everyTargetIsAuthorised,
  everyMediaIsAuthorised,
  digestsAreAsBaselined,
];
const MOMENT_IS_RIGHT: readonly DistributionGuard[] = [
  distributedReleaseIsNotOnHold,
  windowIsOpenNow,
  noBlackoutCoversNow,
  toolIsHealthy,
];
const decided =
  (decision: ReconcileDecision | undefined) =>
  (facts: DistributionFacts): boolean =>
    facts.reconcileDecision === decision;

/** The life cycle of a distribution. */
export const distributionMachine: Machine<DistributionState, DistributionCommand, DistributionFacts> = {
  name: 'distribution',
  initial: 'PLANNED',
  states: DISTRIBUTION_STATES,
  final: ['BACKED_OUT'],
  commands: DISTRIBUTION_COMMANDS,
  rows: [
    {
      from: 'PLANNED',
      command: 'distributionRequestApproval',
      to: 'AWAITING_APPROVAL',
      guards: [distributionHasTargets, distributionHasPlannedStart],
    },
    {
      from: 'AWAITING_APPROVAL',
      command: 'distributionApprove',
      to: 'SCHEDULED',
      guards: [approverDidNotPlan, distributionHasPlannedStart, ...MATERIAL_IS_RIGHT],
    },
    {
      from: 'PLANNED',
      command: 'distributionSchedule',
      to: 'SCHEDULED',
      guards: [approvalIsNotRequired, distributionHasPlannedStart, ...MATERIAL_IS_RIGHT],
    },
    {
      from: 'SCHEDULED',
      command: 'distributionStart',
      to: 'STARTING',
      guards: [
        releaseIsReadyForDistribution,
        releaseLetsItStart,
        distributionApprovalIsFresh,
        ...MOMENT_IS_RIGHT,
        ...MATERIAL_IS_RIGHT,
      ],
    },
    { from: ['STARTING', 'START_UNKNOWN'], command: 'distributionSubmitted', to: 'RUNNING', system: true },
    { from: 'STARTING', command: 'distributionStartUnknown', to: 'START_UNKNOWN', system: true },
    { from: 'START_UNKNOWN', command: 'distributionReconcile', to: 'RUNNING', when: decided('STARTED') },
    { from: 'START_UNKNOWN', command: 'distributionReconcile', to: 'SCHEDULED', when: decided('NOT_STARTED') },
    { from: 'START_UNKNOWN', command: 'distributionReconcile', to: 'FAILED', when: decided('ABANDONED') },
    // Without a decision nothing is settled: this row lets the command be offered before an operator has said anything.
    { from: 'START_UNKNOWN', command: 'distributionReconcile', to: 'START_UNKNOWN', when: decided(undefined) },
    { from: 'RUNNING', command: 'distributionPause', to: 'PAUSED', guards: [toolCanPause] },
    {
      from: 'PAUSED',
      command: 'distributionResume',
      to: 'RUNNING',
      guards: [...MOMENT_IS_RIGHT, ...MATERIAL_IS_RIGHT],
    },
    { from: ['RUNNING', 'PAUSED'], command: 'distributionStop', to: 'STOPPING', guards: [toolCanCancel] },
    // The later rows of each finish correct an end that a late report from the tool has overtaken.
    { from: ['RUNNING', 'PAUSED', 'STOPPING'], command: 'distributionFinishSucceeded', to: 'SUCCEEDED', system: true },
    {
      from: ['PARTIALLY_SUCCEEDED', 'FAILED', 'STOPPED'],
      command: 'distributionFinishSucceeded',
      to: 'SUCCEEDED',
      system: true,
    },
    {
      // From STARTING: a retry that the tool refused leaves the successes of earlier attempts standing.
      from: ['STARTING', 'RUNNING', 'PAUSED', 'STOPPING'],
      command: 'distributionFinishPartiallySucceeded',
      to: 'PARTIALLY_SUCCEEDED',
      system: true,
    },
    {
      from: ['FAILED', 'STOPPED'],
      command: 'distributionFinishPartiallySucceeded',
      to: 'PARTIALLY_SUCCEEDED',
      system: true,
    },
    {
      from: ['STARTING', 'RUNNING', 'PAUSED', 'STOPPING', 'BACKING_OUT'],
      command: 'distributionFinishFailed',
      to: 'FAILED',
      system: true,
    },
    { from: 'STOPPED', command: 'distributionFinishFailed', to: 'FAILED', system: true },
    { from: ['RUNNING', 'PAUSED', 'STOPPING'], command: 'distributionFinishStopped', to: 'STOPPED', system: true },
    { from: 'SCHEDULED', command: 'distributionMiss', to: 'MISSED', system: true },
    {
      from: ['PARTIALLY_SUCCEEDED', 'FAILED', 'STOPPED'],
      command: 'distributionRetryFailed',
      to: 'STARTING',
      guards: [
        releaseAllowsRetry,
        releaseLetsItStart,
        someTargetFailed,
        distributionApprovalIsFresh,
        ...MOMENT_IS_RIGHT,
        ...MATERIAL_IS_RIGHT,
      ],
    },
    {
      from: ['SUCCEEDED', 'PARTIALLY_SUCCEEDED', 'FAILED', 'STOPPED'],
      command: 'distributionStartBackOut',
      to: 'BACKING_OUT',
      guards: [releaseAllowsBackOut, somethingWasDelivered, toolIsHealthy, toolCanUndo],
    },
    { from: 'BACKING_OUT', command: 'distributionCompleteBackOut', to: 'BACKED_OUT', system: true },
    { from: ['PLANNED', 'AWAITING_APPROVAL', 'SCHEDULED', 'MISSED'], command: 'distributionCancel', to: 'STOPPED' },
    { from: ['AWAITING_APPROVAL', 'SCHEDULED', 'MISSED'], command: 'distributionReplan', to: 'PLANNED' },
  ],
};

/** The states of a distribution: one package sent to a set of targets by one deployment tool. */
export const DISTRIBUTION_STATES = [
  'PLANNED',
  'AWAITING_APPROVAL',
  'SCHEDULED',
  'STARTING',
  'RUNNING',
  'BETWEEN_WAVES',
  'AWAITING_DECISION',
  'SUCCEEDED',
  'PARTIALLY_SUCCEEDED',
  'FAILED',
  'PAUSED',
  'STOPPING',
  'STOPPED',
  'BACKING_OUT',
  'BACKED_OUT',
  'START_UNKNOWN',
  'MISSED',
] as const;

/** One of {@link DISTRIBUTION_STATES}. */
export type DistributionState = (typeof DISTRIBUTION_STATES)[number];

/** What each state means. */
export const DISTRIBUTION_STATE_DESCRIPTIONS: Readonly<Record<DistributionState, string>> = {
  PLANNED: 'Targets, tool and time can still be changed.',
  AWAITING_APPROVAL: 'Waiting for approval by a person other than the planner.',
  SCHEDULED: 'Starts at the scheduled time, or when an operator starts it.',
  STARTING: 'The order is stored and is being sent to the tool.',
  RUNNING: 'The tool has confirmed the order.',
  BETWEEN_WAVES:
    'A wave passed, and the next one has not started: it soaks, waits for its window, or for an operator to advance.',
  AWAITING_DECISION: 'A wave tripped a threshold. Nothing starts until somebody decides, or the decision is due.',
  SUCCEEDED: 'Every target succeeded, or as many as the outcome policy requires.',
  PARTIALLY_SUCCEEDED: 'Some targets succeeded and some did not.',
  FAILED: 'No target succeeded, or the tool refused it.',
  PAUSED: 'Paused. Targets that the tool already works on can still finish.',
  STOPPING: 'A stop was requested. The tool has not confirmed it for every target yet.',
  STOPPED: 'Stopped on request before all targets were done, possibly before the first.',
  BACKING_OUT: 'The targets are being returned to their previous state.',
  BACKED_OUT: 'The targets were returned to their previous state. Only a late report changes it.',
  START_UNKNOWN:
    'The order was sent without an answer, and the tool cannot say whether it runs. A person has to find out.',
  MISSED: 'The scheduled time passed before the distribution could start.',
};

/** What a distribution does on its targets. */
export const DISTRIBUTION_OPERATIONS = ['INSTALL', 'REMOVE', 'VERIFY', 'UNDO', 'COMMIT'] as const;

/** One of {@link DISTRIBUTION_OPERATIONS}. */
export type DistributionOperation = (typeof DISTRIBUTION_OPERATIONS)[number];

/** What each operation does. */
export const DISTRIBUTION_OPERATION_DESCRIPTIONS: Readonly<Record<DistributionOperation, string>> = {
  INSTALL: 'Puts the content on the targets.',
  REMOVE: 'Takes the content off the targets.',
  VERIFY: 'Checks that the targets have the content, and changes nothing.',
  UNDO: 'Returns the targets to their previous content, if the tool kept it.',
  COMMIT: 'Commits an installation, so that it can no longer be undone.',
};

/** Commands on a distribution. */
export const DISTRIBUTION_COMMANDS = [
  'distributionUpdate',
  'distributionPlanWaves',
  'distributionPreflight',
  'distributionRequestApproval',
  'distributionApprove',
  'distributionSchedule',
  'distributionStart',
  'distributionSubmitted',
  'distributionStartUnknown',
  'distributionEndWave',
  'distributionTrip',
  'distributionAdvance',
  'distributionRepeatWave',
  'distributionPassWave',
  'distributionReconcile',
  'distributionPause',
  'distributionResume',
  'distributionStop',
  'distributionAbandon',
  'distributionEndTarget',
  'distributionFollowLog',
  'distributionFinishSucceeded',
  'distributionFinishPartiallySucceeded',
  'distributionFinishFailed',
  'distributionFinishStopped',
  'distributionMiss',
  'distributionRetryFailed',
  'distributionStartBackOut',
  'distributionCompleteBackOut',
  'distributionCancel',
  'distributionReplan',
] as const;

/** One of {@link DISTRIBUTION_COMMANDS}. */
export type DistributionCommand = (typeof DISTRIBUTION_COMMANDS)[number];

/** The commands that only the server issues. */
export type DistributionSystemCommand = Extract<
  DistributionCommand,
  | 'distributionSubmitted'
  | 'distributionStartUnknown'
  | 'distributionEndWave'
  | 'distributionTrip'
  | 'distributionPassWave'
  | `distributionFinish${string}`
  | 'distributionMiss'
  | 'distributionCompleteBackOut'
>;

/** How far a stop of a distribution goes. */
export const STOP_MODES = ['GRACEFUL', 'ABORT'] as const;

/** One of {@link STOP_MODES}. */
export type StopMode = (typeof STOP_MODES)[number];

/** What each mode means. */
export const STOP_MODE_DESCRIPTIONS: Readonly<Record<StopMode, string>> = {
  GRACEFUL: 'Starts no further target. Work in progress ends normally.',
  ABORT: 'Also ends work in progress. A target can be left half done.',
};

/** What an operator can say about a distribution whose start is unknown. */
export const RECONCILE_DECISIONS = ['STARTED', 'NOT_STARTED', 'ABANDONED'] as const;

/** One of {@link RECONCILE_DECISIONS}. */
export type ReconcileDecision = (typeof RECONCILE_DECISIONS)[number];

/** What each decision means. */
export const RECONCILE_DECISION_DESCRIPTIONS: Readonly<Record<ReconcileDecision, string>> = {
  STARTED: 'The tool runs it. The server observes the run from now on.',
  NOT_STARTED: 'The tool never started the run. The distribution can be started again.',
  ABANDONED: 'Nobody can tell. The distribution is recorded as failed, its targets as unknown.',
};

/**
 * States in which a deployment tool has a distribution, or may have it. Between two waves the rest of it is still to
 * come, so its targets and its tool are not free.
 */
export const DISTRIBUTION_STATES_AT_TOOL = [
  'STARTING',
  'START_UNKNOWN',
  'RUNNING',
  'BETWEEN_WAVES',
  'AWAITING_DECISION',
  'PAUSED',
  'STOPPING',
  'BACKING_OUT',
] as const satisfies readonly DistributionState[];

/**
 * States in which a distribution is over as far as its release is concerned. Late reports, a retry and a
 * back-out can still follow.
 */
export const ENDED_DISTRIBUTION_STATES = [
  'SUCCEEDED',
  'PARTIALLY_SUCCEEDED',
  'FAILED',
  'STOPPED',
  'BACKED_OUT',
] as const satisfies readonly DistributionState[];

/** Whether a distribution in this state is over as far as its release is concerned. */
export function distributionHasEnded(state: DistributionState): boolean {
  return (ENDED_DISTRIBUTION_STATES as readonly DistributionState[]).includes(state);
}

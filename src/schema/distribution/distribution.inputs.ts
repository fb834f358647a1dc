import { RECONCILE_DECISION_DESCRIPTIONS, RECONCILE_DECISIONS } from '../../domain/distribution/distribution.state.js';
import { enumFrom } from '../enums.js';
import { commandInput } from '../inputs.js';

export const ReconcileDecisionEnum = enumFrom(
  'ReconcileDecision',
  RECONCILE_DECISIONS,
  'Finding of an operator about a distribution with an unknown start.',
  RECONCILE_DECISION_DESCRIPTIONS,
);

/** Extent of a stop. */
export type StopMode = 'GRACEFUL' | 'ABORT';

export const StopModeEnum = enumFrom('StopMode', ['GRACEFUL', 'ABORT'], 'Extent of a stop.', {
  GRACEFUL: 'Starts no further target and lets work in progress finish.',
  ABORT: 'Also ends work in progress, which can leave a target incomplete.',
});

export const DistributionRequestApprovalInput = commandInput('distributionRequestApproval', 'distribution');
export const DistributionApproveInput = commandInput('distributionApprove', 'distribution');
export const DistributionScheduleInput = commandInput('distributionSchedule', 'distribution');
export const DistributionReplanInput = commandInput('distributionReplan', 'distribution');
export const DistributionStartInput = commandInput('distributionStart', 'distribution');
export const DistributionPauseInput = commandInput('distributionPause', 'distribution');
export const DistributionResumeInput = commandInput('distributionResume', 'distribution');
export const DistributionRetryFailedInput = commandInput('distributionRetryFailed', 'distribution');
export const DistributionStartBackOutInput = commandInput('distributionStartBackOut', 'distribution');
export const DistributionCancelInput = commandInput('distributionCancel', 'distribution');

import { RECONCILE_DECISION_DESCRIPTIONS, RECONCILE_DECISIONS } from '../../domain/distribution/distribution.state.js';
import { enumFrom } from '../enums.js';
import { commandInput } from '../inputs.js';

export const ReconcileDecisionEnum = enumFrom(
  'ReconcileDecision',
  RECONCILE_DECISIONS,
  'What an operator found out about a distribution whose start is unknown.',
  RECONCILE_DECISION_DESCRIPTIONS,
);

/** How far a stop goes. */
export type StopMode = 'GRACEFUL' | 'ABORT';

export const StopModeEnum = enumFrom('StopMode', ['GRACEFUL', 'ABORT'], 'How far a stop goes.', {
  GRACEFUL: 'Begin no further target; let what is under way end.',
  ABORT: 'Also end what is under way. A target may be left half done.',
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

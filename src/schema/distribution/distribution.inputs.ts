import {
  RECONCILE_DECISION_DESCRIPTIONS,
  RECONCILE_DECISIONS,
  STOP_MODE_DESCRIPTIONS,
  STOP_MODES,
} from '../../domain/distribution/distribution.state.js';
import { OUTCOME_POLICIES, OUTCOME_POLICY_DESCRIPTIONS } from '../../domain/distribution/outcome-policy.js';
import { ID, Int } from 'type-graphql';
import { enumFrom } from '../enums.js';
import { clearable, optional } from '../fields.js';

export const ReconcileDecisionEnum = enumFrom(
  'ReconcileDecision',
  RECONCILE_DECISIONS,
  'Finding about a run whose start is unknown.',
  RECONCILE_DECISION_DESCRIPTIONS,
);

export const StopModeEnum = enumFrom(
  'StopMode',
  STOP_MODES,
  'Way in which a distribution stops.',
  STOP_MODE_DESCRIPTIONS,
);

export const OutcomePolicyEnum = enumFrom(
  'OutcomePolicy',
  OUTCOME_POLICIES,
  'What a distribution needs to be SUCCEEDED. It does not decide about the release, which is DEPLOYED only if every ' +
    'target has every content.',
  OUTCOME_POLICY_DESCRIPTIONS,
);

/** Fields with which the input of a distribution sets its retry policy. */
export const retryPolicyFields = {
  retryLimit: optional(
    Int,
    'Maximum number of retries that the server makes by itself, 0 to 10, for each wave or for the distribution. ' +
      'Default 0: a person retries.',
  ),
  retryAfterMinutes: optional(
    Int,
    'Minutes before the first retry, 1 to 1440. The wait doubles with each further one. Default 5.',
  ),
  retryReasons: clearable(
    [String],
    'Reason codes after which the server retries, 1 to 50. If a target failed for another reason, a person decides. ' +
      'Default: failures that the tool calls retryable.',
  ),
};

/** Fields with which the input of a distribution sets its outcome policy. */
export const outcomePolicyFields = {
  outcomePolicy: optional(
    OutcomePolicyEnum,
    'What the distribution needs to be SUCCEEDED. Default ALL. Only the owner and the manager of the release can ' +
      'relax it.',
  ),
  outcomePercent: optional(
    Int,
    'Share of the targets that must succeed, 1 to 100 percent. Required for AT_LEAST_PERCENT, and only for that.',
  ),
};

/** The field with which the input of a distribution names tools for single waves. */
export const furtherToolFields = {
  furtherDeploymentToolIds: optional(
    [ID],
    'Ids of deployment tools that single waves can have in place of that of the distribution, at most 9. Each target ' +
      'has to fit one of the tools. `distributionPlanWaves` gives them their waves.',
  ),
};

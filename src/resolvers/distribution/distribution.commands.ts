import { ID, Int } from 'type-graphql';
import { distributionRead } from '../../reads/distribution/distribution.reads.js';
import { commandsOn } from '../commands-on.js';
import { DistributionOperationEnum } from '../../schema/distribution/deployment-tool.type.js';
import {
  furtherToolFields,
  outcomePolicyFields,
  ReconcileDecisionEnum,
  retryPolicyFields,
  StopModeEnum,
} from '../../schema/distribution/distribution.inputs.js';
import { DistributionType } from '../../schema/distribution/distribution.type.js';
import { targetChoiceFields } from '../../schema/distribution/target-choice.inputs.js';
import { clearable, commandFields, editFields, optional, reasonField, required } from '../../schema/fields.js';
import { DateTime, JSONObject } from '../../schema/scalars.js';
import * as distributionCommandUseCases from '../../services/distribution/distribution-command.service.js';
import * as distributionPlanUseCases from '../../services/distribution/distribution-plan.service.js';

const useCases = { ...distributionCommandUseCases, ...distributionPlanUseCases };

const subject = { field: 'distribution', type: () => DistributionType, model: distributionRead };

const distributionFields = {
  name: optional(String, 'Name of the distribution, 1 to 200 characters. Default: names of release and tool.'),
  ...targetChoiceFields,
  ...furtherToolFields,
  contentIds: optional([ID], 'Ids of DML item versions from the package of the release. Default: all of them.'),
  scheduledStart: clearable(DateTime, 'Time of the automatic start, once scheduled.'),
  scheduledEnd: clearable(
    DateTime,
    'End of the booking in the schedule. A run ends at this time at the latest. Default: start plus deadline.',
  ),
  deadlineMinutes: optional(
    Int,
    'Minutes after the start at which targets without a result become UNKNOWN or EXPIRED, 1 to 43200. Default 60.',
  ),
  maxParallel: clearable(Int, 'Maximum number of simultaneous targets. Default: decided by the tool.'),
  stopAfterFailures: clearable(
    Int,
    'Number of failed targets after which no further target starts. Default: no limit.',
  ),
  parameters: optional(
    JSONObject,
    'Parameters for the tool, besides package and targets. They must match its `parametersSchema`. ' +
      'Replaces all of them.',
  ),
  ...outcomePolicyFields,
  ...retryPolicyFields,
  approvalRequired: optional(
    Boolean,
    'Whether a person other than the planner must approve. Always required if a target is CRITICAL.',
  ),
};

/** Commands on distributions. */
export const DistributionCommands = commandsOn(subject, useCases, {
  distributionRequestApproval: {
    roles: ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
    description: 'Requests the approval of a distribution by a person other than the planner.',
    about: 'Distribution to submit for approval.',
  },
  distributionApprove: {
    roles: ['RELEASE_OWNER', 'RELEASE_MANAGER'],
    description:
      'Approves a distribution. It becomes scheduled and starts at its scheduled time. The planner cannot approve it.',
    about: 'Distribution to approve.',
  },
  distributionSchedule: {
    roles: ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
    description: 'Schedules a distribution that needs no approval. It starts at its scheduled time.',
    about: 'Distribution to schedule.',
  },
  distributionReplan: {
    roles: ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
    description: 'Returns a distribution to PLANNED so that it can be edited. An existing approval becomes void.',
    about: 'Distribution to return to planning.',
  },
  distributionStart: {
    roles: ['DEPLOYMENT_OPERATOR'],
    description:
      'Starts a distribution now. Every rule is checked again. The order is stored first and sent after the ' +
      'response; it is never sent twice.',
    about: 'Distribution to start.',
    run: (uow, input, services) => useCases.distributionStart(uow, input, services.tools),
  },
  distributionPause: {
    roles: ['DEPLOYMENT_OPERATOR'],
    description: 'Pauses a distribution. Targets in progress at the tool can still finish.',
    about: 'Distribution to pause.',
  },
  distributionResume: {
    roles: ['DEPLOYMENT_OPERATOR'],
    description: 'Resumes a paused distribution. Every rule is checked again.',
    about: 'Distribution to resume.',
  },
  distributionStop: {
    roles: ['DEPLOYMENT_OPERATOR'],
    description:
      'Requests that the tool stops a distribution. The tool can refuse. Results that arrive in the ' +
      'meantime are still recorded.',
    about: 'Distribution to stop.',
    input: {
      ...commandFields('distribution'),
      ...reasonField,
      mode: optional(StopModeEnum, 'Extent of the stop. Default GRACEFUL.'),
    },
  },
  distributionRetryFailed: {
    roles: ['DEPLOYMENT_OPERATOR'],
    description: 'Retries a distribution on the targets that did not succeed.',
    about: 'Distribution to retry.',
    run: (uow, input, services) => useCases.distributionRetryFailed(uow, input, services.tools),
  },
  distributionStartBackOut: {
    roles: ['DEPLOYMENT_OPERATOR'],
    description: 'Starts a back-out: the tool restores the previous installations on the targets.',
    about: 'Distribution to back out.',
    run: (uow, input, services) => useCases.distributionStartBackOut(uow, input, services.tools),
  },
  distributionReconcile: {
    roles: ['DEPLOYMENT_OPERATOR'],
    description: 'Resolves a start with an unknown outcome.',
    about: 'Distribution to reconcile.',
    inputDescription: 'Input of `distributionReconcile`. `reason` is required: state how you found out.',
    input: {
      ...commandFields('distribution'),
      ...reasonField,
      decision: required(ReconcileDecisionEnum, 'Your finding about the start.'),
    },
  },
  distributionCancel: {
    roles: ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
    description: 'Cancels a distribution before its start.',
    about: 'Distribution to cancel.',
  },
  distributionPlan: {
    roles: ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
    description:
      'Plans the delivery of a release to some or all of its targets through a deployment tool. A refusal ' +
      'has one error per target or content that does not fit the tool. While the release is being backed ' +
      'out, a distribution removes what the release delivered. It can start at any time, and `allTargets` ' +
      'selects the targets that still have something.',
    about: 'Distribution to plan.',
    inputDescription:
      'Distribution to plan. Name targets or groups, or set `allTargets: true`; targets are never added implicitly.',
    input: {
      ...distributionFields,
      releaseId: required(ID, 'Id of the release to deliver.'),
      deploymentToolId: required(ID, 'Id of the deployment tool.'),
      operation: optional(
        DistributionOperationEnum,
        'Operation on the targets. Default INSTALL. While the release is being backed out: REMOVE or UNDO.',
      ),
    },
    run: (uow, input, services) => useCases.distributionPlan(uow, input, services.tools),
  },
  distributionUpdate: {
    roles: ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
    description: 'Updates a distribution in state PLANNED. The person who updates it becomes its planner.',
    about: 'Changes to the distribution.',
    inputDescription: 'Changes to a distribution in state PLANNED. Absent fields keep their values.',
    input: { ...editFields('distribution'), ...distributionFields },
    run: (uow, input, services) => useCases.distributionUpdate(uow, input, services.tools),
  },
});

import { ID, Int } from 'type-graphql';
import { distributionRead } from '../../reads/distribution/distribution.reads.js';
import { commandsOn } from '../commands-on.js';
import { DistributionOperationEnum } from '../../schema/distribution/deployment-tool.type.js';
import { ReconcileDecisionEnum, StopModeEnum } from '../../schema/distribution/distribution.inputs.js';
import { DistributionType } from '../../schema/distribution/distribution.type.js';
import { commandFields, editFields, optional, reasonField, required } from '../../schema/fields.js';
import { DateTime, JSONObject } from '../../schema/scalars.js';
import * as distributionCommandUseCases from '../../services/distribution/distribution-command.service.js';
import * as distributionPlanUseCases from '../../services/distribution/distribution-plan.service.js';

const useCases = { ...distributionCommandUseCases, ...distributionPlanUseCases };

const subject = { field: 'distribution', type: () => DistributionType, model: distributionRead };

const distributionFields = {
  name: optional(String, 'Name, 1 to 200 characters. Default: release and tool.'),
  targetIds: optional(
    [ID],
    'The target configuration items, each a target of the release. Either this or `allTargets`.',
  ),
  allTargets: optional(Boolean, 'True: every target that the release has now. Never implied.'),
  contentIds: optional([ID], 'The DML item versions, each content of the release. Default: all of them.'),
  scheduledStart: optional(DateTime, 'When it starts by itself, once scheduled.'),
  scheduledEnd: optional(
    DateTime,
    'Until when it may start and is booked in the schedule. Default: the start plus the deadline.',
  ),
  deadlineMinutes: optional(
    Int,
    'Minutes after the start at which targets without a result count as unknown, 1 to 43200. Default 60.',
  ),
  maxParallel: optional(Int, 'Most targets under way at a time. Default: as the tool does it.'),
  stopAfterFailures: optional(Int, 'After so many failed targets begin no further one. Default: never stop.'),
  parameters: optional(JSONObject, 'What the tool is told beyond package and targets. Replaces all of it.'),
  approvalRequired: optional(
    Boolean,
    'Ask for approval by somebody else even when no target is CRITICAL. With a CRITICAL target it is always required.',
  ),
};

/** The commands of distribution objects. */
export const DistributionCommands = commandsOn(subject, useCases, {
  distributionRequestApproval: {
    roles: ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
    description: 'Asks somebody other than the planner to approve it.',
    about: 'Which distribution.',
  },
  distributionApprove: {
    roles: ['RELEASE_OWNER', 'RELEASE_MANAGER'],
    description: 'Approves it: it is scheduled and will start at its time. Never by who planned it.',
    about: 'Which distribution.',
  },
  distributionSchedule: {
    roles: ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
    description: 'Schedules it without approval, where none is required: it will start at its time.',
    about: 'Which distribution.',
  },
  distributionReplan: {
    roles: ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
    description: 'Takes it back to PLANNED so that it can be edited. An approval it had is void.',
    about: 'Which distribution.',
  },
  distributionStart: {
    roles: ['DEPLOYMENT_OPERATOR'],
    description:
      'Starts it now. Every rule is checked again at this moment. The order is stored first and sent after the ' +
      'answer; it is never sent twice.',
    about: 'Which distribution.',
    run: (uow, input, services) => useCases.distributionStart(uow, input, services.tools),
  },
  distributionPause: {
    roles: ['DEPLOYMENT_OPERATOR'],
    description: 'Holds it. Targets that the tool has in hand may still finish.',
    about: 'Which distribution.',
  },
  distributionResume: {
    roles: ['DEPLOYMENT_OPERATOR'],
    description: 'Lets it go on. Every rule is checked again.',
    about: 'Which distribution.',
  },
  distributionStop: {
    roles: ['DEPLOYMENT_OPERATOR'],
    description: 'Asks the tool to stop. The tool may refuse, and what happened meanwhile is recorded as it was.',
    about: 'Which distribution.',
    input: {
      ...commandFields('distribution'),
      ...reasonField,
      mode: optional(StopModeEnum, 'How far the stop goes. Default GRACEFUL.'),
    },
  },
  distributionRetryFailed: {
    roles: ['DEPLOYMENT_OPERATOR'],
    description: 'Tries again, only on the targets that did not succeed.',
    about: 'Which distribution.',
    run: (uow, input, services) => useCases.distributionRetryFailed(uow, input, services.tools),
  },
  distributionStartBackOut: {
    roles: ['DEPLOYMENT_OPERATOR'],
    description: 'Lets the tool return the targets to what they carried before.',
    about: 'Which distribution.',
    run: (uow, input, services) => useCases.distributionStartBackOut(uow, input, services.tools),
  },
  distributionReconcile: {
    roles: ['DEPLOYMENT_OPERATOR'],
    description: 'Settles a start of which the server cannot tell whether it took effect.',
    about: 'Which distribution.',
    inputDescription: 'Input of `distributionReconcile`. The reason, how you found out, is required.',
    input: {
      ...commandFields('distribution'),
      ...reasonField,
      decision: required(ReconcileDecisionEnum, 'What you found out.'),
    },
  },
  distributionCancel: {
    roles: ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
    description: 'Gives it up before it has started.',
    about: 'Which distribution.',
  },
  distributionPlan: {
    roles: ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
    description:
      'Plans the delivery of a release to some or all of its targets through a deployment tool. Refused with one ' +
      'error per target or content that does not fit the tool.',
    about: 'What goes where, how and when.',
    inputDescription:
      'A delivery to be planned. The targets are always named, or asked for with `allTargets: true`; nothing ever widens them.',
    input: {
      ...distributionFields,
      releaseId: required(ID, 'The release.'),
      deploymentToolId: required(ID, 'The deployment tool.'),
      operation: optional(DistributionOperationEnum, 'What is done on the targets. Default INSTALL.'),
    },
    run: (uow, input, services) => useCases.distributionPlan(uow, input, services.tools),
  },
  distributionUpdate: {
    roles: ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
    description: 'Edits a distribution that is still PLANNED. Who edits it counts as its planner.',
    about: 'What changes.',
    inputDescription: 'Changes to a distribution that is still PLANNED. What is absent stays as it is.',
    input: { ...editFields('distribution'), ...distributionFields },
    run: (uow, input, services) => useCases.distributionUpdate(uow, input, services.tools),
  },
});

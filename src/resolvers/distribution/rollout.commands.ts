import { ID, Int } from 'type-graphql';
import { distributionRead } from '../../reads/distribution/distribution.reads.js';
import { DecisionChoiceEnum } from '../../schema/distribution/decision-point.type.js';
import { DistributionType } from '../../schema/distribution/distribution.type.js';
import { wavePlanFields } from '../../schema/distribution/distribution-wave.type.js';
import { commandFields, editFields, optional, reasonField, required } from '../../schema/fields.js';
import { distributionAbandon, distributionAdvance } from '../../services/distribution/distribution-command.service.js';
import { distributionPreflight } from '../../services/distribution/distribution-preflight.service.js';
import { distributionFollowLog } from '../../services/distribution/run-log.service.js';
import { distributionEndTarget } from '../../services/distribution/target-end.service.js';
import { distributionPlanWaves } from '../../services/distribution/wave-plan.service.js';
import { commandsOn } from '../commands-on.js';

const useCases = {
  distributionAbandon,
  distributionAdvance,
  distributionEndTarget,
  distributionFollowLog,
  distributionPlanWaves,
  distributionPreflight,
};

const subject = { field: 'distribution', type: () => DistributionType, model: distributionRead };

/** Commands on the waves of a distribution. */
export const RolloutCommands = commandsOn(subject, useCases, {
  distributionAdvance: {
    roles: ['DEPLOYMENT_OPERATOR'],
    description:
      'Starts the next wave of a rollout, after a wave that advances manually. Every rule is checked again, and the ' +
      'soak time must be over.',
    about: 'Distribution to advance.',
    run: (uow, input, services) => useCases.distributionAdvance(uow, input, services.tools),
  },
  distributionAbandon: {
    roles: ['DEPLOYMENT_OPERATOR'],
    description:
      'Gives up a run that nobody can end. Targets without a result become UNKNOWN and should be verified; their ' +
      'configuration items are free. Only for runs that the tool cannot stop, or has not stopped on request.',
    about: 'Distribution to abandon.',
    inputDescription: 'Distribution to abandon. `reason` is required: state why nobody can end the run.',
  },
  distributionPreflight: {
    roles: ['DEPLOYMENT_OPERATOR', 'RELEASE_OWNER', 'RELEASE_MANAGER'],
    description:
      'Asks the deployment tool what it would say to the order of a distribution, before its start or a retry. ' +
      'Nothing changes on a target. The answer follows as `preflight`, with the event `distribution.preflighted`. ' +
      'Each start asks again.',
    about: 'Distribution to check.',
  },
  distributionFollowLog: {
    roles: ['DEPLOYMENT_OPERATOR', 'RELEASE_OWNER', 'RELEASE_MANAGER'],
    description:
      'Has the server read the log that the deployment tool has of a run, or of one target, until the log ends. ' +
      '`DistributionRun.log` and `TargetExecution.log` show what was read, and `runLogStream` follows it.',
    about: 'Log to follow.',
    inputDescription: 'Log of a distribution to follow.',
    input: {
      ...commandFields('distribution'),
      attempt: optional(Int, 'Attempt whose log to read. Default: the latest one, or that of the target.'),
      targetExecutionId: optional(ID, 'Id of the target execution whose log to read. Default: that of the whole run.'),
    },
  },
  distributionEndTarget: {
    roles: ['DEPLOYMENT_OPERATOR'],
    description:
      'Ends a single target that never answers, while the run goes on. It becomes UNKNOWN and should be verified. ' +
      'Its configuration item stays kept until the run ends, and a later report still counts. Only for a target ' +
      'without a report for ten minutes, one that the tool refused to cancel, or a tool that does not answer.',
    about: 'Distribution of the target.',
    inputDescription: 'Target to end. `reason` is required: state why no result can be expected.',
    input: {
      ...commandFields('distribution'),
      ...reasonField,
      targetExecutionId: required(ID, 'Id of the target execution to end.'),
    },
  },
  distributionPlanWaves: {
    roles: ['DEPLOYMENT_OPERATOR', 'RELEASE_OWNER', 'RELEASE_MANAGER'],
    description:
      'Divides the targets of a distribution into waves. Replaces the waves that have not begun. During the rollout, ' +
      'only the owner and the manager of the release can do it, and waves that have begun stay as they are.',
    about: 'Distribution and division.',
    inputDescription: 'How to divide the targets of a distribution into waves.',
    input: {
      ...editFields('distribution'),
      ...wavePlanFields,
      decisionDefault: optional(
        DecisionChoiceEnum,
        'Choice that takes effect if nobody decides about a tripped wave in time: CONTINUE, BACK_OUT or STOP. ' +
          'Default STOP.',
      ),
      ...reasonField,
    },
    run: (uow, input, services) => useCases.distributionPlanWaves(uow, input, services.tools),
  },
});

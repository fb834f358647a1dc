import { ID } from 'type-graphql';
import { decisionPointRead } from '../../reads/distribution/decision-point.reads.js';
import { DecisionChoiceEnum, DecisionPointType } from '../../schema/distribution/decision-point.type.js';
import { commandFields, optional, required } from '../../schema/fields.js';
import * as useCases from '../../services/distribution/decision-point.service.js';
import { commandsOn } from '../commands-on.js';

const subject = {
  field: 'decisionPoint',
  noun: 'decision point',
  type: () => DecisionPointType,
  model: decisionPointRead,
};

/** Commands on decision points. */
export const DecisionPointCommands = commandsOn(subject, useCases, {
  decisionPointClaim: {
    roles: ['DEPLOYMENT_OPERATOR', 'RELEASE_OWNER', 'RELEASE_MANAGER'],
    description:
      'Claims a decision, so that others know who takes care of it. Only the claimer can decide. A claim by somebody ' +
      'else is taken over.',
    about: 'Decision point to claim.',
  },
  decisionPointUnclaim: {
    roles: ['DEPLOYMENT_OPERATOR', 'RELEASE_OWNER', 'RELEASE_MANAGER'],
    description: 'Gives back a decision that you have claimed.',
    about: 'Decision point to give back.',
  },
  decisionPointDecide: {
    roles: ['DEPLOYMENT_OPERATOR', 'RELEASE_OWNER', 'RELEASE_MANAGER'],
    description:
      'Decides how a rollout goes on, and does it at once. Every rule is checked again, and a refusal leaves the ' +
      'decision open.',
    about: 'Decision point and choice.',
    inputDescription: 'Decision about a rollout whose wave tripped a threshold.',
    input: {
      ...commandFields('decision point'),
      choice: required(DecisionChoiceEnum, 'How the rollout goes on.'),
      targetIds: optional([ID], 'For EXCLUDE: ids of the configuration items to take out of the rollout.'),
      reason: required(String, 'Reason, 1 to 2,000 characters. Recorded in the event.'),
    },
    run: (uow, input, services) => useCases.decisionPointDecide(uow, input, services.tools),
  },
});

import { deploymentToolRead } from '../../reads/distribution/deployment-tool.reads.js';
import { commandsOn } from '../commands-on.js';
import { DeploymentToolType } from '../../schema/distribution/deployment-tool.type.js';
import * as useCases from '../../services/distribution/deployment-tool.service.js';

const subject = {
  field: 'deploymentTool',
  noun: 'deployment tool',
  type: () => DeploymentToolType,
  model: deploymentToolRead,
};

/** The commands of deployment tool objects. */
export const DeploymentToolCommands = commandsOn(subject, useCases, {
  deploymentToolProbe: {
    roles: ['ADMINISTRATOR', 'DEPLOYMENT_OPERATOR'],
    description:
      'Asks for a probe of the tool as soon as possible. What it finds comes as an event when it differs from ' +
      'what was known.',
    about: 'Which tool.',
  },
  deploymentToolDisable: {
    roles: ['ADMINISTRATOR', 'DEPLOYMENT_OPERATOR'],
    description: 'Takes the tool out of use. Refused while it has a distribution in hand.',
    about: 'Which tool.',
  },
  deploymentToolEnable: {
    roles: ['ADMINISTRATOR', 'DEPLOYMENT_OPERATOR'],
    description: 'Puts the tool back into use. It is probed next.',
    about: 'Which tool.',
  },
});

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

/** Commands on deployment tools. */
export const DeploymentToolCommands = commandsOn(subject, useCases, {
  deploymentToolProbe: {
    roles: ['ADMINISTRATOR', 'DEPLOYMENT_OPERATOR'],
    description:
      'Requests a probe of a deployment tool as soon as possible. A result that differs from the known one is ' +
      'recorded as an event.',
    about: 'Deployment tool to probe.',
  },
  deploymentToolDisable: {
    roles: ['ADMINISTRATOR', 'DEPLOYMENT_OPERATOR'],
    description: 'Disables a deployment tool. Refused while the tool works on a distribution.',
    about: 'Deployment tool to disable.',
  },
  deploymentToolEnable: {
    roles: ['ADMINISTRATOR', 'DEPLOYMENT_OPERATOR'],
    description: 'Enables a disabled deployment tool. A probe follows.',
    about: 'Deployment tool to enable.',
  },
});

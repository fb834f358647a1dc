import { Int } from 'type-graphql';
import { clearable, editFields, reasonField } from '../../schema/fields.js';
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
  deploymentToolUpdate: {
    roles: ['ADMINISTRATOR'],
    description:
      'Sets how many targets a deployment tool works on at a time. A run that would exceed it waits, and a wave that ' +
      'is larger cannot be scheduled.',
    about: 'Changes to the deployment tool.',
    inputDescription: 'Changes to a deployment tool. Absent fields keep their values.',
    input: {
      ...editFields('deployment tool'),
      ...reasonField,
      maxTargetsAtOnce: clearable(
        Int,
        'Maximum number of targets at a time, over all distributions of the tool, 1 to 20,000. Null: no limit.',
      ),
    },
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

import { ID, Int } from 'type-graphql';
import type { Role } from '../../domain/roles.js';
import { targetGroupRead } from '../../reads/distribution/target-group.reads.js';
import { configurationItemList } from '../../schema/cmdb/configuration-item.type.js';
import { TargetGroupType } from '../../schema/distribution/target-group.type.js';
import { clearable, commandFields, editFields, optional, reasonField, required } from '../../schema/fields.js';
import * as useCases from '../../services/distribution/target-group.service.js';
import { commandsOn } from '../commands-on.js';

const subject = { field: 'targetGroup', noun: 'target group', type: () => TargetGroupType, model: targetGroupRead };

const roles: readonly Role[] = ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER', 'CONFIGURATION_MANAGER'];

const maxTargetsAtOnce = clearable(
  Int,
  'Maximum number of members that distributions work on at a time, 1 to 20,000: e.g. for a site, by a filter on its ' +
    'attribute. Null: no limit. Requires the role CONFIGURATION_MANAGER.',
);

/** Commands on target groups. */
export const TargetGroupCommands = commandsOn(subject, useCases, {
  targetGroupCreate: {
    roles,
    description: 'Creates a target group.',
    about: 'Target group to create.',
    inputDescription: 'Target group to create.',
    input: {
      name: required(String, 'Name of the group, 1 to 200 characters. Unique, whatever its case.'),
      description: optional(String, 'Purpose of the group.'),
      ciIds: optional([ID], 'Ids of the configuration items that are its members, at most 20,000. Default: none.'),
      filter: optional(
        configurationItemList.Filter,
        'Filter that finds the members, whenever they are asked for. At most 50 conditions. Excludes `ciIds`.',
      ),
      maxTargetsAtOnce,
    },
  },
  targetGroupUpdate: {
    roles,
    description: 'Updates name, description, filter and limit of a target group.',
    about: 'Changes to the target group.',
    inputDescription: 'Changes to a target group. Absent fields keep their values.',
    input: {
      ...editFields('target group'),
      name: optional(String, 'Name of the group, 1 to 200 characters. Unique, whatever its case.'),
      description: optional(String, 'Purpose of the group.'),
      filter: optional(configurationItemList.Filter, 'Filter that finds the members. Only for a group that has one.'),
      maxTargetsAtOnce,
    },
  },
  targetGroupAddCis: {
    roles,
    description:
      'Adds members to a target group. Existing members stay. Distributions that were planned before keep their ' +
      'targets.',
    about: 'Configuration items to add.',
    inputDescription: 'Configuration items to add to a target group.',
    input: {
      ...commandFields('target group'),
      ...reasonField,
      ciIds: required([ID], 'Configuration items. A group has at most 20,000 members.'),
    },
  },
  targetGroupRemoveCis: {
    roles,
    description:
      'Removes members from a target group. Items that are not members are ignored. Distributions that were planned ' +
      'before keep their targets.',
    about: 'Configuration items to remove.',
    inputDescription: 'Configuration items to remove from a target group.',
    input: {
      ...commandFields('target group'),
      ...reasonField,
      ciIds: required([ID], 'Configuration items, at most 20,000.'),
    },
  },
  targetGroupRetire: {
    roles,
    description: 'Permanently retires a target group. No further distribution can be planned for it.',
    about: 'Target group to retire.',
  },
});

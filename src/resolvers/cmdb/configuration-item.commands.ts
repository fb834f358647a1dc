import { ID } from 'type-graphql';
import { ciRelationRead, configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { commandsOn } from '../commands-on.js';
import { CiRelationType, ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { CiClassEnum, CiRelationKindEnum, CriticalityEnum, LifecycleStateEnum } from '../../schema/enums.js';
import { ExternalRefInput } from '../../schema/external-ref.type.js';
import { editFields, optional, required } from '../../schema/fields.js';
import { JSONObject } from '../../schema/scalars.js';
import * as useCases from '../../services/cmdb/configuration-item.service.js';

const subject = {
  field: 'configurationItem',
  noun: 'configuration item',
  type: () => ConfigurationItemType,
  model: configurationItemRead,
};

const configurationItemFields = {
  description: optional(String, 'What it is and what it is for.'),
  criticality: optional(CriticalityEnum, 'How much the business depends on it. Default MEDIUM.'),
  lifecycleState: optional(LifecycleStateEnum, 'Where the item is in its own life. Default NOT_READY.'),
  ownerTeamId: optional(ID, 'The team that owns it.'),
  attributes: optional(JSONObject, 'Further attributes, by name. Replaces all of them.'),
  bindings: optional(
    JSONObject,
    'By name of a deployment tool instance: what that tool knows the item by. Replaces all of them.',
  ),
};

/** The commands of configuration item objects. */
export const ConfigurationItemCommands = commandsOn(subject, useCases, {
  configurationItemRegister: {
    roles: ['CONFIGURATION_MANAGER'],
    description:
      'Registers a configuration item. It starts as DISCOVERED and must be authorised before it can be a target.',
    about: 'The new item.',
    inputDescription: 'A new configuration item. It starts as DISCOVERED.',
    input: {
      ...configurationItemFields,
      name: required(String, 'Name, 1 to 200 characters.'),
      ciClass: required(CiClassEnum, 'What kind of thing it is.'),
      externalRef: optional(ExternalRefInput, 'Its name in the system it came from.'),
    },
  },
  configurationItemUpdate: {
    roles: ['CONFIGURATION_MANAGER'],
    description:
      'Edits a configuration item. In a protected lifecycle state this needs an authorised change that names it ' +
      'as target.',
    about: 'What changes.',
    inputDescription: 'Changes to a configuration item. What is absent stays as it is.',
    input: {
      ...editFields('configuration item'),
      ...configurationItemFields,
      name: optional(String, 'Name, 1 to 200 characters.'),
    },
  },
  configurationItemUpsert: {
    roles: ['CONFIGURATION_MANAGER'],
    description: 'Registers or edits the configuration item that another system knows by a reference.',
    about: 'The item as the other system knows it.',
    inputDescription: 'A configuration item of another system: made when its reference is new, changed otherwise.',
    input: {
      ...configurationItemFields,
      externalRef: required(ExternalRefInput, 'Its name in the system it comes from.'),
      name: required(String, 'Name, 1 to 200 characters.'),
      ciClass: required(CiClassEnum, 'What kind of thing it is. Cannot change once set.'),
    },
  },
  configurationItemAuthorise: {
    roles: ['CONFIGURATION_MANAGER'],
    description: 'Puts a configuration item under the control of Configuration Management, so that it can be a target.',
    about: 'Which item.',
  },
  configurationItemRetire: {
    roles: ['CONFIGURATION_MANAGER'],
    description: 'Takes a configuration item out of use for good.',
    about: 'Which item.',
  },
  configurationItemRelate: {
    roles: ['CONFIGURATION_MANAGER'],
    description: 'Records a relation between two configuration items. Recording it again changes nothing.',
    about: 'The relation.',
    shows: { field: 'ciRelation', type: () => CiRelationType, model: ciRelationRead },
    inputDescription: 'A relation to be recorded: "source KIND target".',
    input: {
      sourceId: required(ID, 'The configuration item the relation starts from.'),
      kind: required(CiRelationKindEnum, 'Kind of the relation.'),
      targetId: required(ID, 'The configuration item the relation leads to.'),
    },
  },
  configurationItemUnrelate: {
    roles: ['CONFIGURATION_MANAGER'],
    description: 'Removes a relation between two configuration items.',
    about: 'Which relation.',
    shows: {
      field: 'configurationItem',
      noun: 'relation',
      type: () => ConfigurationItemType,
      model: configurationItemRead,
    },
  },
});

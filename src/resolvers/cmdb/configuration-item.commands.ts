import { ID } from 'type-graphql';
import { ciRelationRead } from '../../reads/cmdb/ci-relation.reads.js';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { commandsOn } from '../commands-on.js';
import { CiRelationType } from '../../schema/cmdb/ci-relation.type.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { CiClassEnum, CiRelationKindEnum, CriticalityEnum, LifecycleStateEnum } from '../../schema/enums.js';
import { ExternalRefInput } from '../../schema/external-ref.type.js';
import { clearable, commandFields, editFields, optional, reasonField, required } from '../../schema/fields.js';
import { DateTime, JSONObject } from '../../schema/scalars.js';
import * as useCases from '../../services/cmdb/configuration-item.service.js';

const subject = {
  field: 'configurationItem',
  noun: 'configuration item',
  type: () => ConfigurationItemType,
  model: configurationItemRead,
};

const configurationItemFields = {
  description: optional(String, 'Description and purpose of the item.'),
  criticality: optional(CriticalityEnum, 'Degree to which the business depends on the item. Default MEDIUM.'),
  lifecycleState: optional(LifecycleStateEnum, 'Stage of the item in its lifecycle. Default NOT_READY.'),
  ownerTeamId: clearable(ID, 'Id of the team that owns the item.'),
  ownerId: clearable(ID, 'Id of the person who answers for the item.'),
  supportTeamId: clearable(ID, 'Id of the team that supports the item.'),
  environment: clearable(
    String,
    'Environment that the item belongs to, in your own words, e.g. `test`; 1 to 50 characters. Stored in lower case.',
  ),
  location: clearable(String, 'Place where the item is, 1 to 200 characters.'),
  serialNumber: clearable(String, 'Serial number of the item, 1 to 100 characters.'),
  manufacturer: clearable(String, 'Manufacturer of the item, 1 to 200 characters.'),
  customClass: clearable(
    String,
    'Key of a class of your own that the item is of. The class is below `ciClass`, and the attributes have to fit it.',
  ),
  attributes: optional(JSONObject, 'Further attributes by name. Replaces all of them.'),
  bindings: optional(JSONObject, 'Identification of the item in deployment tools, by tool name. Replaces all of them.'),
};

const validFrom = optional(
  DateTime,
  'Since when it has been so, for a fact that comes late. Default: now. Snapshots of earlier times then show it, ' +
    'unless they ask for what was known before.',
);

/** Commands on configuration items. */
export const ConfigurationItemCommands = commandsOn(subject, useCases, {
  configurationItemRegister: {
    roles: ['CONFIGURATION_MANAGER'],
    description:
      'Registers a configuration item. It starts as DISCOVERED and must be authorised before it can be a target.',
    about: 'Configuration item to register.',
    inputDescription: 'Configuration item to register. It starts as DISCOVERED.',
    input: {
      ...configurationItemFields,
      validFrom,
      name: required(String, 'Name of the item, 1 to 200 characters.'),
      ciClass: required(CiClassEnum, 'Class of the item, e.g. SERVER.'),
      externalRef: optional(ExternalRefInput, 'Reference in the system that the item came from.'),
    },
  },
  configurationItemUpdate: {
    roles: ['CONFIGURATION_MANAGER'],
    description:
      'Updates a configuration item. In a protected lifecycle state, or with `validFrom` in a time of one, this ' +
      'needs an authorised change with the item as a target.',
    about: 'Changes to the configuration item.',
    inputDescription: 'Changes to a configuration item. Absent fields keep their values.',
    input: {
      ...editFields('configuration item'),
      ...configurationItemFields,
      validFrom,
      name: optional(String, 'Name of the item, 1 to 200 characters.'),
    },
  },
  configurationItemUpsert: {
    roles: ['CONFIGURATION_MANAGER'],
    description: 'Registers or updates a configuration item by its reference in another system.',
    about: 'Configuration item as recorded in the other system.',
    inputDescription: 'Configuration item in another system: registered if the reference is new, updated otherwise.',
    input: {
      ...configurationItemFields,
      validFrom,
      externalRef: required(ExternalRefInput, 'Reference in the system that the item comes from.'),
      name: required(String, 'Name of the item, 1 to 200 characters.'),
      ciClass: required(CiClassEnum, 'Class of the item, e.g. SERVER. Cannot change once set.'),
    },
  },
  configurationItemAuthorise: {
    roles: ['CONFIGURATION_MANAGER'],
    description:
      'Authorises a configuration item: it comes under the control of Configuration Management and can be a target.',
    about: 'Configuration item to authorise.',
  },
  configurationItemRetire: {
    roles: ['CONFIGURATION_MANAGER'],
    description: 'Permanently retires a configuration item.',
    about: 'Configuration item to retire.',
  },
  configurationItemRelate: {
    roles: ['CONFIGURATION_MANAGER'],
    description:
      'Records a relation between two configuration items. Recording an existing relation changes nothing. Neither ' +
      'item may be retired, and one in a protected lifecycle state needs an authorised change with it as a target.',
    about: 'Relation to record.',
    shows: { field: 'ciRelation', type: () => CiRelationType, model: ciRelationRead },
    inputDescription: 'Relation to record, read as "source KIND target".',
    input: {
      sourceId: required(ID, 'Id of the configuration item at the start of the relation.'),
      kind: required(CiRelationKindEnum, 'Kind of relation.'),
      targetId: required(ID, 'Id of the configuration item at the end of the relation.'),
      validFrom,
    },
  },
  configurationItemUnrelate: {
    roles: ['CONFIGURATION_MANAGER'],
    description:
      'Removes a relation between two configuration items. An item in a protected lifecycle state needs an ' +
      'authorised change with it as a target.',
    about: 'Relation to remove.',
    input: {
      ...commandFields('relation'),
      ...reasonField,
      validTo: optional(DateTime, 'Until when there was the relation, for a fact that comes late. Default: now.'),
    },
    shows: {
      field: 'configurationItem',
      noun: 'relation',
      type: () => ConfigurationItemType,
      model: configurationItemRead,
    },
  },
});

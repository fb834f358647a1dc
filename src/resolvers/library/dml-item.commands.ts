import { ID } from 'type-graphql';
import { commandsOn } from '../commands-on.js';
import { ExternalRefInput } from '../../schema/external-ref.type.js';
import { clearable, editFields, optional, required } from '../../schema/fields.js';
import { DmlItemKindEnum, DmlItemType } from '../../schema/library/dml-item.type.js';
import * as useCases from '../../services/library/dml-item.service.js';
import { dmlItemRead } from '../../reads/library/dml-item.reads.js';

const subject = { field: 'dmlItem', type: () => DmlItemType, model: dmlItemRead };

const dmlItemFields = {
  description: optional(String, 'Description and purpose of the item.'),
  kind: optional(DmlItemKindEnum, 'Kind of item. Default SOFTWARE.'),
  vendor: optional(String, 'Manufacturer or publisher. At most 200 characters.'),
  licence: optional(String, 'Licence under which the item is used. At most 500 characters.'),
  configurationItemId: clearable(ID, 'Id of the configuration item that represents the item in the CMDB.'),
};

/** Commands on DML items. */
export const DmlItemCommands = commandsOn(subject, useCases, {
  dmlItemCreate: {
    roles: ['DML_LIBRARIAN'],
    description: 'Adds an item to a repository of the Definitive Media Library.',
    about: 'DML item to add.',
    inputDescription: 'Item to add to the Definitive Media Library.',
    input: {
      ...dmlItemFields,
      repositoryId: required(ID, 'Id of the repository that holds the item.'),
      name: required(String, 'Name of the item, 1 to 200 characters. Unique in its repository.'),
      externalRef: optional(ExternalRefInput, 'Reference in the system that the item came from.'),
    },
  },
  dmlItemUpdate: {
    roles: ['DML_LIBRARIAN'],
    description: 'Updates an item of the Definitive Media Library.',
    about: 'Changes to the DML item.',
    inputDescription: 'Changes to a DML item. Absent fields keep their values.',
    input: {
      ...editFields('item'),
      ...dmlItemFields,
      name: optional(String, 'Name of the item, 1 to 200 characters. Unique in its repository.'),
    },
  },
  dmlItemUpsert: {
    roles: ['DML_LIBRARIAN'],
    description: 'Adds or updates a DML item by its reference in another system.',
    about: 'DML item as recorded in the other system.',
    inputDescription: 'DML item in another system: added if the reference is new, updated otherwise.',
    input: {
      ...dmlItemFields,
      externalRef: required(ExternalRefInput, 'Reference in the system that the item comes from.'),
      repositoryId: required(ID, 'Id of the repository that holds the item. Cannot change once set.'),
      name: required(String, 'Name of the item, 1 to 200 characters. Unique in its repository.'),
    },
  },
});

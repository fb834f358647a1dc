import { ID } from 'type-graphql';
import { commandsOn } from '../commands-on.js';
import { ExternalRefInput } from '../../schema/external-ref.type.js';
import { editFields, optional, required } from '../../schema/fields.js';
import { DmlItemKindEnum, DmlItemType } from '../../schema/library/dml-item.type.js';
import * as useCases from '../../services/library/dml-item.service.js';
import { dmlItemRead } from '../../reads/library/dml-item.reads.js';

const subject = { field: 'dmlItem', type: () => DmlItemType, model: dmlItemRead };

const dmlItemFields = {
  description: optional(String, 'What it is and what it is for.'),
  kind: optional(DmlItemKindEnum, 'What it is made of. Default SOFTWARE.'),
  vendor: optional(String, 'Who makes it. At most 200 characters.'),
  licence: optional(String, 'Licence under which it is used. At most 500 characters.'),
  configurationItemId: optional(ID, 'The configuration item that stands for it in the CMDB.'),
};

/** The commands of dml item objects. */
export const DmlItemCommands = commandsOn(subject, useCases, {
  dmlItemCreate: {
    roles: ['DML_LIBRARIAN'],
    description: 'Adds an item to a repository of the Definitive Media Library.',
    about: 'The new item.',
    inputDescription: 'A new item of the Definitive Media Library.',
    input: {
      ...dmlItemFields,
      repositoryId: required(ID, 'The repository that holds it.'),
      name: required(String, 'Name, 1 to 200 characters, unique in its repository.'),
      externalRef: optional(ExternalRefInput, 'Its name in the system it came from.'),
    },
  },
  dmlItemUpdate: {
    roles: ['DML_LIBRARIAN'],
    description: 'Edits an item of the Definitive Media Library.',
    about: 'What changes.',
    inputDescription: 'Changes to a DML item. What is absent stays as it is.',
    input: {
      ...editFields('item'),
      ...dmlItemFields,
      name: optional(String, 'Name, 1 to 200 characters, unique in its repository.'),
    },
  },
  dmlItemUpsert: {
    roles: ['DML_LIBRARIAN'],
    description: 'Adds or edits the item that another system knows by a reference.',
    about: 'The item as the other system knows it.',
    inputDescription: 'A DML item of another system: made when its reference is new, changed otherwise.',
    input: {
      ...dmlItemFields,
      externalRef: required(ExternalRefInput, 'Its name in the system it comes from.'),
      repositoryId: required(ID, 'The repository that holds it. Cannot change once set.'),
      name: required(String, 'Name, 1 to 200 characters, unique in its repository.'),
    },
  },
});

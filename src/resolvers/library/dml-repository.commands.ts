import { ID } from 'type-graphql';
import { commandsOn } from '../commands-on.js';
import { editFields, optional, required } from '../../schema/fields.js';
import { DmlRepositoryType } from '../../schema/library/dml-repository.type.js';
import * as useCases from '../../services/library/dml-repository.service.js';
import { dmlRepositoryRead } from '../../reads/library/dml-repository.reads.js';

const subject = { field: 'dmlRepository', type: () => DmlRepositoryType, model: dmlRepositoryRead };

const dmlRepositoryFields = {
  description: optional(String, 'What it holds and for whom.'),
  location: optional(String, 'Where it is: an address, a room, a safe. At most 500 characters.'),
  deploymentToolId: optional(ID, 'The deployment tool it feeds; none for manual distribution.'),
};

/** The commands of dml repository objects. */
export const DmlRepositoryCommands = commandsOn(subject, useCases, {
  dmlRepositoryCreate: {
    roles: ['DML_LIBRARIAN'],
    description: 'Adds a repository to the Definitive Media Library.',
    about: 'The new repository.',
    inputDescription: 'A new repository of the Definitive Media Library.',
    input: {
      ...dmlRepositoryFields,
      name: required(String, 'Name, 1 to 200 characters, unique among the repositories.'),
    },
  },
  dmlRepositoryUpdate: {
    roles: ['DML_LIBRARIAN'],
    description: 'Edits a repository of the Definitive Media Library.',
    about: 'What changes.',
    inputDescription: 'Changes to a DML repository. What is absent stays as it is.',
    input: {
      ...editFields('repository'),
      ...dmlRepositoryFields,
      name: optional(String, 'Name, 1 to 200 characters, unique among the repositories.'),
    },
  },
});

import { ID } from 'type-graphql';
import { commandsOn } from '../commands-on.js';
import { clearable, editFields, optional, required } from '../../schema/fields.js';
import { DmlRepositoryType } from '../../schema/library/dml-repository.type.js';
import * as useCases from '../../services/library/dml-repository.service.js';
import { dmlRepositoryRead } from '../../reads/library/dml-repository.reads.js';

const subject = { field: 'dmlRepository', type: () => DmlRepositoryType, model: dmlRepositoryRead };

const dmlRepositoryFields = {
  description: optional(String, 'Content and purpose of the repository.'),
  location: optional(String, 'Location of the repository, e.g. an address, a room or a safe. At most 500 characters.'),
  deploymentToolId: clearable(
    ID,
    'Id of the deployment tool that distributes from the repository. Without it, distribution is manual.',
  ),
};

/** Commands on DML repositories. */
export const DmlRepositoryCommands = commandsOn(subject, useCases, {
  dmlRepositoryCreate: {
    roles: ['DML_LIBRARIAN'],
    description: 'Adds a repository to the Definitive Media Library.',
    about: 'Repository to add.',
    inputDescription: 'Repository to add to the Definitive Media Library.',
    input: {
      ...dmlRepositoryFields,
      name: required(String, 'Name of the repository, 1 to 200 characters. Unique among repositories.'),
    },
  },
  dmlRepositoryUpdate: {
    roles: ['DML_LIBRARIAN'],
    description: 'Updates a repository of the Definitive Media Library.',
    about: 'Changes to the repository.',
    inputDescription: 'Changes to a DML repository. Absent fields keep their values.',
    input: {
      ...editFields('repository'),
      ...dmlRepositoryFields,
      name: optional(String, 'Name of the repository, 1 to 200 characters. Unique among repositories.'),
    },
  },
});

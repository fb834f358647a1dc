import { ID } from 'type-graphql';
import { commandsOn } from '../commands-on.js';
import { required } from '../../schema/fields.js';
import { CommunicationType } from '../../schema/release/communication.type.js';
import * as useCases from '../../services/release/communication.service.js';
import { communicationRead } from '../../reads/release/communication.reads.js';

const subject = { field: 'communication', type: () => CommunicationType, model: communicationRead };

/** Mutations on communications. */
export const CommunicationCommands = commandsOn(subject, useCases, {
  communicationRecord: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description:
      'Records a message to stakeholders without changing the state of ' +
      'the release. Use `releaseCommunicate` to do both.',
    about: 'Message to record.',
    inputDescription: 'Message about a release to its stakeholders.',
    input: {
      releaseId: required(ID, 'Release that the message is about.'),
      audience: required(String, 'People or groups informed, e.g. "payroll users, service desk". 1 to 500 characters.'),
      message: required(String, 'Text of the message, 1 to 10,000 characters.'),
    },
  },
});

import { ID } from 'type-graphql';
import { commandsOn } from '../commands-on.js';
import { required } from '../../schema/fields.js';
import { CommunicationType } from '../../schema/release/communication.type.js';
import * as useCases from '../../services/release/waiver.service.js';
import { communicationRead } from '../../reads/release/communication.reads.js';

const subject = { field: 'communication', type: () => CommunicationType, model: communicationRead };

/** The commands of communication objects. */
export const CommunicationCommands = commandsOn(subject, useCases, {
  communicationRecord: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description:
      'Records what stakeholders were told about a release at any time, without moving the release. `releaseCommunicate` does both.',
    about: 'Who was told what.',
    inputDescription: 'What stakeholders were told about a release.',
    input: {
      releaseId: required(ID, 'The release.'),
      audience: required(String, 'Who was told, e.g. "payroll users, service desk". 1 to 500 characters.'),
      message: required(String, 'What they were told.'),
    },
  },
});

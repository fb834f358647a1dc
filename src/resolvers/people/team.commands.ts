import { ID, Int } from 'type-graphql';
import { teamRead } from '../../reads/people/team.reads.js';
import { commandsOn } from '../commands-on.js';
import { ExternalRefInput } from '../../schema/external-ref.type.js';
import { editFields, optional, required } from '../../schema/fields.js';
import { TeamType } from '../../schema/people/team.type.js';
import * as useCases from '../../services/people/team.service.js';

const subject = { field: 'team', type: () => TeamType, model: teamRead };

const teamMemberInput = {
  id: required(ID, 'The team.'),
  personId: required(ID, 'The person.'),
  expectedVersion: optional(
    Int,
    'The version of the team that was read; when given, another one is refused with CONFLICT.',
  ),
};

/** The commands of team objects. */
export const TeamCommands = commandsOn(subject, useCases, {
  teamCreate: {
    roles: ['ADMINISTRATOR', 'CONFIGURATION_MANAGER'],
    description: 'Makes a team.',
    about: 'The new team.',
    inputDescription: 'A new team.',
    input: {
      name: required(String, 'Name, 1 to 200 characters; no other team may have it.'),
      description: optional(String, 'What the team is for.'),
      externalRef: optional(ExternalRefInput, 'Its name in the system the record comes from.'),
    },
  },
  teamUpdate: {
    roles: ['ADMINISTRATOR', 'CONFIGURATION_MANAGER'],
    description: 'Edits a team.',
    about: 'What changes.',
    inputDescription: 'Changes to a team. What is absent stays as it is.',
    input: {
      ...editFields('team'),
      name: optional(String, 'Name, 1 to 200 characters; no other team may have it.'),
      description: optional(String, 'What the team is for.'),
    },
  },
  teamUpsert: {
    roles: ['ADMINISTRATOR', 'CONFIGURATION_MANAGER'],
    description: 'Makes or edits the team that a directory knows by a reference.',
    about: 'The team as the directory knows it.',
    inputDescription: 'A team of a directory: made when the reference is new, changed otherwise.',
    input: {
      externalRef: required(ExternalRefInput, 'Its name in the directory.'),
      name: required(String, 'Name, 1 to 200 characters; no other team may have it.'),
      description: optional(String, 'What the team is for.'),
    },
  },
  teamAddMember: {
    roles: ['ADMINISTRATOR', 'CONFIGURATION_MANAGER'],
    description: 'Adds a person to a team. Somebody who is a member already changes nothing.',
    about: 'Whom to which team.',
    inputDescription: 'A person who becomes a member of a team.',
    input: { ...teamMemberInput },
  },
  teamRemoveMember: {
    roles: ['ADMINISTRATOR', 'CONFIGURATION_MANAGER'],
    description: 'Takes a person out of a team. Somebody who is no member changes nothing.',
    about: 'Whom out of which team.',
    inputDescription: 'A person who leaves a team.',
    input: { ...teamMemberInput },
  },
});

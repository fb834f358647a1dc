import { ID, Int } from 'type-graphql';
import { teamRead } from '../../reads/people/team.reads.js';
import { commandsOn } from '../commands-on.js';
import { ExternalRefInput } from '../../schema/external-ref.type.js';
import { commandFields, editFields, optional, reasonField, required } from '../../schema/fields.js';
import { TeamType } from '../../schema/people/team.type.js';
import * as useCases from '../../services/people/team.service.js';

const subject = { field: 'team', type: () => TeamType, model: teamRead };

const teamMemberInput = {
  id: required(ID, 'Id of the team.'),
  personId: required(ID, 'Id of the person.'),
  expectedVersion: optional(Int, 'Version you last read. If given, a stale one fails with CONFLICT.'),
};

/** Commands on teams. */
export const TeamCommands = commandsOn(subject, useCases, {
  teamCreate: {
    roles: ['ADMINISTRATOR', 'CONFIGURATION_MANAGER'],
    description: 'Creates a team.',
    about: 'Team to create.',
    inputDescription: 'Team to create.',
    input: {
      name: required(String, 'Name of the team, 1 to 200 characters. Must be unique among teams.'),
      description: optional(String, 'Purpose of the team.'),
      externalRef: optional(ExternalRefInput, 'Reference in the system that the record comes from.'),
    },
  },
  teamUpdate: {
    roles: ['ADMINISTRATOR', 'CONFIGURATION_MANAGER'],
    description: 'Updates the name or description of a team.',
    about: 'Changes to the team.',
    inputDescription: 'Changes to a team. Absent fields keep their values.',
    input: {
      ...editFields('team'),
      name: optional(String, 'Name of the team, 1 to 200 characters. Must be unique among teams.'),
      description: optional(String, 'Purpose of the team.'),
    },
  },
  teamUpsert: {
    roles: ['ADMINISTRATOR', 'CONFIGURATION_MANAGER'],
    description: 'Creates or updates a team by its reference in a directory.',
    about: 'Team as recorded in the directory.',
    inputDescription: 'Team in a directory: created if the reference is new, updated otherwise.',
    input: {
      externalRef: required(ExternalRefInput, 'Reference of the team in the directory.'),
      name: required(String, 'Name of the team, 1 to 200 characters. Must be unique among teams.'),
      description: optional(String, 'Purpose of the team.'),
    },
  },
  teamSetCapacity: {
    roles: ['ADMINISTRATOR', 'CONFIGURATION_MANAGER', 'RELEASE_MANAGER'],
    description: 'Sets how many tasks the members of a team can have at once.',
    about: 'Team and its capacity.',
    inputDescription: 'Capacity of a team.',
    input: {
      ...commandFields('team'),
      ...reasonField,
      maxTasksAtOnce: optional(Int, 'Maximum number of tasks at once, 1 to 1,000. Null: no limit. It must be given.'),
    },
  },
  teamAddMember: {
    roles: ['ADMINISTRATOR', 'CONFIGURATION_MANAGER'],
    description: 'Adds a person to a team. Adding a person who is already a member changes nothing.',
    about: 'Person and team.',
    inputDescription: 'Person to add to a team.',
    input: { ...teamMemberInput },
  },
  teamRemoveMember: {
    roles: ['ADMINISTRATOR', 'CONFIGURATION_MANAGER'],
    description: 'Removes a person from a team. Removing a person who is not a member changes nothing.',
    about: 'Person and team.',
    inputDescription: 'Person to remove from a team.',
    input: { ...teamMemberInput },
  },
});

import { personRead } from '../../reads/people/person.reads.js';
import { commandsOn } from '../commands-on.js';
import { RoleEnum } from '../../schema/enums.js';
import { ExternalRefInput } from '../../schema/external-ref.type.js';
import { commandFields, editFields, optional, reasonField, required, withDefault } from '../../schema/fields.js';
import { PersonKindEnum, PersonType } from '../../schema/people/person.type.js';
import * as useCases from '../../services/people/person.service.js';

const subject = { field: 'person', type: () => PersonType, model: personRead };

const personRoleInput = { role: required(RoleEnum, 'The role.') };

/** The commands of person objects. */
export const PersonCommands = commandsOn(subject, useCases, {
  personCreate: {
    roles: ['ADMINISTRATOR'],
    description:
      'Makes a person or service account. They sign in through the identity provider or with a token (`accessTokenCreate`).',
    about: 'The new person.',
    inputDescription: 'A new person or service account.',
    input: {
      name: required(String, 'Name, 1 to 200 characters.'),
      email: required(String, 'E-mail address; nobody else may have it.'),
      kind: withDefault(PersonKindEnum, 'HUMAN', 'Whether it is a human being or a program.'),
      roles: withDefault([RoleEnum], [], 'Roles to hold from the start.'),
      subject: optional(String, 'Their `sub` at the identity provider, so that their sign-in is recognised.'),
      externalRef: optional(ExternalRefInput, 'Their name in the system the record comes from.'),
    },
  },
  personUpdate: {
    roles: ['ADMINISTRATOR'],
    description: 'Edits who a person is.',
    about: 'What changes.',
    inputDescription: 'Changes to a person. What is absent stays as it is.',
    input: {
      ...editFields('person'),
      name: optional(String, 'Name, 1 to 200 characters.'),
      email: optional(String, 'E-mail address; nobody else may have it.'),
      subject: optional(String, 'Their `sub` at the identity provider; null takes it away.'),
    },
  },
  personUpsert: {
    roles: ['ADMINISTRATOR'],
    description: 'Makes or edits the person that a directory knows by a reference.',
    about: 'The person as the directory knows them.',
    inputDescription: 'A person of a directory: made when the reference is new, changed otherwise.',
    input: {
      externalRef: required(ExternalRefInput, 'Their name in the directory.'),
      name: required(String, 'Name, 1 to 200 characters.'),
      email: required(String, 'E-mail address; nobody else may have it.'),
      kind: optional(
        PersonKindEnum,
        'Whether it is a human being or a program. Default HUMAN; cannot change once set.',
      ),
      roles: optional([RoleEnum], 'The roles to hold: replaces all of them. Absent leaves them as they are.'),
      subject: optional(String, 'Their `sub` at the identity provider; null takes it away.'),
    },
  },
  personGrantRole: {
    roles: ['ADMINISTRATOR'],
    description: 'Grants a role. Nobody can grant one to themselves.',
    about: 'Whom which role.',
    inputDescription: 'A role to be granted.',
    input: { ...commandFields('person'), ...reasonField, ...personRoleInput },
  },
  personRevokeRole: {
    roles: ['ADMINISTRATOR'],
    description:
      'Takes a role away, also from running requests and subscriptions within about a second. The last administrator cannot lose theirs.',
    about: 'From whom which role.',
    inputDescription: 'A role to be taken away.',
    input: { ...commandFields('person'), ...reasonField, ...personRoleInput },
  },
  personDeactivate: {
    roles: ['ADMINISTRATOR'],
    description:
      'Ends all access of a person within about a second: sign-ins, tokens, running subscriptions. What they did stays in the records.',
    about: 'Which person.',
  },
  personActivate: {
    roles: ['ADMINISTRATOR'],
    description: 'Lets a deactivated person in again, with the roles they had and the tokens that have not expired.',
    about: 'Which person.',
  },
});

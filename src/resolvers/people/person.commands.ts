import { personRead } from '../../reads/people/person.reads.js';
import { commandsOn } from '../commands-on.js';
import { RoleEnum } from '../../schema/enums.js';
import { ExternalRefInput } from '../../schema/external-ref.type.js';
import {
  commandFields,
  editFields,
  clearable,
  optional,
  reasonField,
  required,
  withDefault,
} from '../../schema/fields.js';
import { PersonKindEnum, PersonType } from '../../schema/people/person.type.js';
import * as useCases from '../../services/people/person.service.js';

const subject = { field: 'person', type: () => PersonType, model: personRead };

const personRoleInput = { role: required(RoleEnum, 'Role to grant or revoke.') };

/** Commands on people. */
export const PersonCommands = commandsOn(subject, useCases, {
  personCreate: {
    roles: ['ADMINISTRATOR'],
    description:
      'Creates a person or service account, which signs in through the identity provider or with a token. ' +
      'For roles with authority and for a token, use `accessGrantProposeRoles` and `accessGrantProposeToken`.',
    about: 'Person to create.',
    inputDescription: 'Person or service account to create.',
    input: {
      name: required(String, 'Name of the person, 1 to 200 characters.'),
      email: required(String, 'E-mail address. Must be unique among people.'),
      kind: withDefault(PersonKindEnum, 'HUMAN', 'Kind of account: human being or program.'),
      roles: withDefault([RoleEnum], [], 'Roles without authority that the person holds from the start.'),
      subject: clearable(String, 'Claim `sub` at the identity provider, which identifies the person at sign-in.'),
      externalRef: optional(ExternalRefInput, 'Reference in the system that the record comes from.'),
    },
  },
  personUpdate: {
    roles: ['ADMINISTRATOR'],
    description:
      'Updates the name of a person, or removes their subject at the identity provider. A new address or ' +
      'subject requires two administrators: use `accessGrantProposeIdentity`.',
    about: 'Changes to the person.',
    inputDescription: 'Changes to a person. Absent fields keep their values.',
    input: {
      ...editFields('person'),
      name: optional(String, 'Name of the person, 1 to 200 characters.'),
      email: optional(String, 'E-mail address. Only the current value is accepted.'),
      subject: clearable(String, 'Claim `sub` at the identity provider. Only the current value is accepted.'),
    },
  },
  personUpsert: {
    roles: ['ADMINISTRATOR'],
    description:
      'Creates or updates a person by their reference in a directory. Changes that require two ' +
      'administrators are refused: roles with authority, and a new address or subject of an existing ' +
      'person.',
    about: 'Person as recorded in the directory.',
    inputDescription: 'Person in a directory: created if the reference is new, updated otherwise.',
    input: {
      externalRef: required(ExternalRefInput, 'Reference of the person in the directory.'),
      name: required(String, 'Name of the person, 1 to 200 characters.'),
      email: required(String, 'E-mail address. Must be unique among people.'),
      kind: optional(PersonKindEnum, 'Kind of account: human being or program. Default HUMAN. Cannot change once set.'),
      roles: optional([RoleEnum], 'Roles of the person. Replaces all of them; if absent, they stay as they are.'),
      subject: clearable(String, 'Claim `sub` at the identity provider.'),
    },
  },
  personGrantRole: {
    roles: ['ADMINISTRATOR'],
    description:
      'Grants a role without authority to a person: REQUESTER, TASK_ASSIGNEE, AUDITOR, ADAPTER or DISCOVERY. You ' +
      'cannot grant a role to yourself. Other roles require two administrators: use ' +
      '`accessGrantProposeRoles`.',
    about: 'Role and person.',
    inputDescription: 'Role to grant to a person.',
    input: { ...commandFields('person'), ...reasonField, ...personRoleInput },
  },
  personRevokeRole: {
    roles: ['ADMINISTRATOR'],
    description:
      'Revokes a role of a person. It takes effect within about a second, also on running subscriptions. The last ' +
      'administrator cannot lose that role.',
    about: 'Role and person.',
    inputDescription: 'Role to revoke from a person.',
    input: { ...commandFields('person'), ...reasonField, ...personRoleInput },
  },
  personDeactivate: {
    roles: ['ADMINISTRATOR'],
    description:
      'Ends all access of a person within about a second: sign-ins, tokens and running subscriptions. The records ' +
      'of the person are kept.',
    about: 'Person to deactivate.',
  },
  personActivate: {
    roles: ['ADMINISTRATOR'],
    description:
      'Restores the access of a deactivated person, with the previous roles and the tokens that have not expired. ' +
      'For a person with authority, use `accessGrantProposeActivation`.',
    about: 'Person to activate.',
  },
});

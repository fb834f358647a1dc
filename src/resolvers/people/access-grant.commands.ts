import { ID, Int } from 'type-graphql';
import { accessGrantRead } from '../../reads/people/access-grant.reads.js';
import { RoleEnum } from '../../schema/enums.js';
import { commandFields, optional, required, withDefault } from '../../schema/fields.js';
import { AccessGrantType } from '../../schema/people/access-grant.type.js';
import * as useCases from '../../services/people/access-grant.service.js';
import { commandsOn } from '../commands-on.js';

const subject = { field: 'accessGrant', noun: 'access grant', type: () => AccessGrantType, model: accessGrantRead };

const proposal = {
  personId: required(ID, 'Person who receives the access.'),
  reason: required(String, 'Why the person needs it, 1 to 2,000 characters.'),
};

const CONFIRMED =
  `Another administrator confirms it with \`accessGrantConfirm\` within ${useCases.GRANT_DAYS} days; until then ` +
  `nothing changes.`;

/** Commands on access that takes two administrators, but for `accessGrantConfirm`, which returns a secret. */
export const AccessGrantCommands = commandsOn(subject, useCases, {
  accessGrantProposeRoles: {
    roles: ['ADMINISTRATOR'],
    description: `Proposes roles for a person, including yourself. ${CONFIRMED}`,
    about: 'Roles and person.',
    inputDescription: 'Roles to propose for a person.',
    input: {
      ...proposal,
      roles: required([RoleEnum], 'Roles to grant. Roles that the person already holds are ignored.'),
    },
  },
  accessGrantProposeToken: {
    roles: ['ADMINISTRATOR'],
    description:
      'Proposes a bearer token that acts as a person or service account. ' +
      `${CONFIRMED} The token is shown to the administrator who confirms. ` +
      'It expires no later than the tokens with which it is proposed and confirmed, and is revoked with them.',
    about: 'Token and person.',
    inputDescription: 'Bearer token to propose for a person.',
    input: {
      ...proposal,
      name: required(String, 'Purpose of the token, e.g. `build pipeline`. 1 to 200 characters.'),
      roles: required([RoleEnum], 'Roles of the token: some or all of the roles that the person holds.'),
      days: withDefault(Int, 30, 'Days from now until the token expires, 1 to 366.'),
    },
  },
  accessGrantProposeIdentity: {
    roles: ['ADMINISTRATOR'],
    description: `Proposes the subject or the address by which the identity provider knows a person. ${CONFIRMED}`,
    about: 'Identity and person.',
    inputDescription: 'Identity to propose for a person. Absent fields keep their values.',
    input: {
      ...proposal,
      subject: optional(String, 'Claim `sub` at the identity provider, 1 to 255 characters.'),
      email: optional(String, 'E-mail address. Must be unique among people.'),
    },
  },
  accessGrantProposeActivation: {
    roles: ['ADMINISTRATOR'],
    description: `Proposes to activate a deactivated person again, with their roles and tokens. ${CONFIRMED}`,
    about: 'Person to activate.',
    inputDescription: 'Deactivated person to activate, with the reason.',
    input: proposal,
  },
  accessGrantDecline: {
    roles: ['ADMINISTRATOR'],
    description: 'Declines an access grant. You can also decline your own proposal.',
    about: 'Access grant to decline, with the reason.',
    inputDescription: 'Access grant to decline, with the reason.',
    input: {
      ...commandFields('access grant'),
      reason: required(String, 'Reason, 1 to 2,000 characters; shown as `decisionReason`.'),
    },
  },
});

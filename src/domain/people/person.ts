import { blocker, type Blocker, type NamedRef } from '../blocker.js';
import { WORKING_ROLES, type Role } from '../roles.js';

/** Whether an actor is a human or a service account. */
export const PERSON_KINDS = ['HUMAN', 'SERVICE'] as const;

/** One of {@link PERSON_KINDS}. */
export type PersonKind = (typeof PERSON_KINDS)[number];

/**
 * Why an administrator alone cannot do it: it gives authority or access, so one proposes and another one confirms it.
 * @param what for the message, e.g. `the role RELEASE_OWNER`.
 * @param propose the mutation that proposes it.
 */
export function takesTwo(what: string, propose: string, field: string): Blocker {
  return blocker(
    'SECOND_PERSON_REQUIRED',
    `Two administrators are required to give ${what}. Propose it with ${propose}, and have another ` +
      'administrator confirm it.',
    ['ADMINISTRATOR'],
    { path: [field] },
  );
}

/** A person that a command names for a part. */
export interface NamedPerson extends NamedRef {
  /** Roles granted in Interlock. What an identity provider claims is known only while the person is signed in. */
  readonly roles: readonly Role[];
}

/**
 * What stands against naming a person for a part that requires a role.
 * @param part for the message, e.g. `owner of a release`.
 * @param field of the input that names the person.
 */
export function lacksRole(person: NamedPerson, role: Role, part: string, field: string): Blocker | undefined {
  return person.roles.includes(role)
    ? undefined
    : blocker(
        'PERSON_LACKS_ROLE',
        `${person.name} does not hold the role ${role}, so they cannot be ${part}. Name somebody who does, or have ` +
          'the role granted.',
        ['RELEASE_MANAGER', 'ADMINISTRATOR'],
        { subject: { type: 'Person', id: person.id }, path: [field] },
      );
}

/** What stands against giving a task to a person: those who only read, report or run the server cannot work on it. */
export function cannotWork(person: NamedPerson, field: string): Blocker | undefined {
  return person.roles.some((role) => WORKING_ROLES.includes(role))
    ? undefined
    : blocker(
        'PERSON_LACKS_ROLE',
        `${person.name} holds no role that works on tasks. Assign somebody else, or have a role granted.`,
        ['RELEASE_MANAGER', 'ADMINISTRATOR'],
        { subject: { type: 'Person', id: person.id }, path: [field] },
      );
}

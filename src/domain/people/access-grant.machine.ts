import { blocker, type NamedRef } from '../blocker.js';
import type { ActorFacts, Role } from '../roles.js';
import type { Guard, Machine } from '../state-machine.js';
import { lacksRole, type NamedPerson } from './person.js';

/** The states of an access grant. */
export const ACCESS_GRANT_STATES = ['PROPOSED', 'CONFIRMED', 'DECLINED', 'EXPIRED'] as const;

/** One of {@link ACCESS_GRANT_STATES}. */
export type AccessGrantState = (typeof ACCESS_GRANT_STATES)[number];

/** What each state means. */
export const ACCESS_GRANT_STATE_DESCRIPTIONS: Readonly<Record<AccessGrantState, string>> = {
  PROPOSED: 'Waiting for a second administrator.',
  CONFIRMED: 'A second administrator confirmed it, and it took effect. Final.',
  DECLINED: 'An administrator declined it, or its proposer lost the access to propose it. Final.',
  EXPIRED: 'Not decided before it expired. Final.',
};

/** Commands on an access grant. */
export const ACCESS_GRANT_COMMANDS = [
  'accessGrantConfirm',
  'accessGrantDecline',
  'accessGrantDeclineUnasked',
  'accessGrantExpire',
] as const;

/** One of {@link ACCESS_GRANT_COMMANDS}. */
export type AccessGrantCommand = (typeof ACCESS_GRANT_COMMANDS)[number];

/** What an access grant gives. */
export const ACCESS_GRANT_KINDS = ['ROLES', 'TOKEN', 'IDENTITY', 'ACTIVATION'] as const;

/** One of {@link ACCESS_GRANT_KINDS}. */
export type AccessGrantKind = (typeof ACCESS_GRANT_KINDS)[number];

/** What each kind gives. */
export const ACCESS_GRANT_KIND_DESCRIPTIONS: Readonly<Record<AccessGrantKind, string>> = {
  ROLES: 'Roles for a person.',
  TOKEN: 'A bearer token that acts as a person.',
  IDENTITY: 'The subject at the identity provider or the e-mail address by which a person signs in.',
  ACTIVATION: 'The access that a person had before they were deactivated.',
};

/** What the rules of an access grant need to know. */
export interface AccessGrantFacts extends ActorFacts {
  /** False for a service account. */
  readonly actorIsHuman: boolean;
  /** Database ids of the token in use and of those that it goes back to; empty without a token. */
  readonly actorLineage: readonly string[];
  readonly kind: AccessGrantKind;
  /** Who receives the access. */
  readonly person: NamedPerson & { readonly active: boolean };
  /** The roles of the grant, or of its token. */
  readonly roles: readonly Role[];
  readonly proposer: NamedRef;
  /** Like `actorLineage`, for the proposal. */
  readonly proposerLineage: readonly string[];
  /** Whether its time to be confirmed is over. */
  readonly expired: boolean;
  /** Whether its token would be valid for longer than the one that the actor uses. */
  readonly outlivesActor: boolean;
}

type GrantGuard = Guard<AccessGrantFacts>;

const ANOTHER = ['ADMINISTRATOR'] as const;

/** A proposal is confirmed in time. */
export const grantIsInTime: GrantGuard = ({ expired }) =>
  expired ? blocker('GRANT_EXPIRED', 'The grant has expired. Propose it again.', ANOTHER) : undefined;

/** The second person is another one than the proposer and the one who gains by it, and no program. */
export const confirmerIsAnotherPerson: GrantGuard = ({ actorId, actorIsHuman, proposer, person }) => {
  if (!actorIsHuman)
    return blocker(
      'SELF_APPROVAL',
      'A service account does not count as a second person. Ask an administrator.',
      ANOTHER,
    );
  if (actorId === proposer.id)
    return blocker('SELF_APPROVAL', 'You proposed the grant. Another administrator has to confirm it.', ANOTHER);
  if (actorId === person.id)
    return blocker('SELF_APPROVAL', 'The access is for you. Another administrator has to confirm it.', ANOTHER);
  return undefined;
};

/** Two tokens of which one goes back to the other, or both to a third, may be used by one person. */
export const tokensShareNoLineage: GrantGuard = ({ actorId, proposer, actorLineage, proposerLineage }) =>
  actorId !== proposer.id && actorLineage.some((id) => proposerLineage.includes(id))
    ? blocker(
        'SELF_APPROVAL',
        'Your token and the one of the proposal descend from the same token. Sign in another way, or ask another ' +
          'administrator.',
        ANOTHER,
      )
    : undefined;

/** Who is deactivated gets no access, except by being activated. */
export const personIsActive: GrantGuard = ({ kind, person }) =>
  person.active || kind === 'ACTIVATION'
    ? undefined
    : blocker('PERSON_DEACTIVATED', `${person.name} is deactivated. Activate them first.`, ANOTHER, {
        subject: { type: 'Person', id: person.id },
      });

/** A token carries only roles that its person holds. */
export const personHoldsTheRoles: GrantGuard = ({ kind, person, roles }) =>
  kind === 'TOKEN'
    ? roles.flatMap((role) => lacksRole(person, role, `the bearer of a token with ${role}`, 'roles') ?? [])
    : undefined;

/** The new token goes back to the token with which it is confirmed, so it does not outlive that one. */
export const tokenEndsInTime: GrantGuard = ({ outlivesActor }) =>
  outlivesActor
    ? blocker(
        'TOKEN_OUTLIVES_ANCESTOR',
        'The token would outlive the one that you use. Sign in at the identity provider, or propose a shorter one.',
        ANOTHER,
      )
    : undefined;

/** The life cycle of access that takes two administrators: the one proposes it, the other confirms it. */
export const accessGrantMachine: Machine<AccessGrantState, AccessGrantCommand, AccessGrantFacts> = {
  name: 'access grant',
  initial: 'PROPOSED',
  states: ACCESS_GRANT_STATES,
  final: ['CONFIRMED', 'DECLINED', 'EXPIRED'],
  commands: ACCESS_GRANT_COMMANDS,
  rows: [
    {
      from: 'PROPOSED',
      command: 'accessGrantConfirm',
      to: 'CONFIRMED',
      guards: [
        grantIsInTime,
        confirmerIsAnotherPerson,
        tokensShareNoLineage,
        personIsActive,
        personHoldsTheRoles,
        tokenEndsInTime,
      ],
    },
    { from: 'PROPOSED', command: 'accessGrantDecline', to: 'DECLINED' },
    // Its proposer lost their access, or the token behind it was revoked.
    { from: 'PROPOSED', command: 'accessGrantDeclineUnasked', to: 'DECLINED', system: true },
    { from: 'PROPOSED', command: 'accessGrantExpire', to: 'EXPIRED', system: true },
  ],
};

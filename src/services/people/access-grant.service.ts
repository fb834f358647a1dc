import { RequestError } from '../../domain/errors.js';
import { accessGrantMachine, type AccessGrantKind } from '../../domain/people/access-grant.machine.js';
import { toNodeId } from '../../domain/node-id.js';
import type { Role } from '../../domain/roles.js';
import { AccessGrant } from '../../entities/people/access-grant.entity.js';
import { Person } from '../../entities/people/person.entity.js';
import { accessGrantFacts } from '../../facts/people/access-grant.facts.js';
import { factsOf } from '../facts-of.js';
import { lock, lockForCommand, refer } from '../load.js';
import { line, name, optionalReason, requiredReason } from '../text.js';
import { transition } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { aboutGrant, grantDecided } from './access-grant-end.service.js';
import {
  endSignInTokens,
  expiryOf,
  lineageInUse,
  issueAccessToken,
  refuseForeignRoles,
} from './access-token.service.js';
import { emailAddress } from './person.service.js';

const TYPE = 'AccessGrant' as const;

/** Number of days in which a proposal has to be confirmed. */
export const GRANT_DAYS = 7;
const DAY_MS = 86_400_000;

interface Proposal {
  readonly personId: string;
  readonly reason: string;
}

type Given = Partial<Pick<AccessGrant, 'roles' | 'tokenName' | 'tokenExpiresAt' | 'subject' | 'email'>>;

async function propose(
  uow: UnitOfWork,
  kind: AccessGrantKind,
  input: Proposal,
  given: (person: Person) => Given,
): Promise<AccessGrant> {
  await lineageInUse(uow); // a token that is revoked at this moment proposes nothing
  const person = await refer(uow, Person, 'Person', input.personId, 'personId');
  const grant = uow.em.create(AccessGrant, {
    kind,
    personId: person.id,
    ...given(person),
    reason: requiredReason(input.reason),
    expiresAt: new Date(uow.now.getTime() + GRANT_DAYS * DAY_MS),
    proposedById: uow.actorId,
    proposedWithId: uow.actor.tokenId ?? null,
  });
  uow.record({
    type: 'access-grant.proposed',
    subjectType: TYPE,
    subject: grant,
    topics: [person.id],
    reason: grant.reason,
    data: aboutGrant(grant),
  });
  await uow.em.flush();
  return grant;
}

const nothingNew = (field: string, message: string) => new RequestError('BAD_USER_INPUT', message, { field });

/** Proposes roles for a person. @throws RequestError BAD_USER_INPUT when they hold all of them */
export const accessGrantProposeRoles = async (uow: UnitOfWork, input: Proposal & { readonly roles: readonly Role[] }) =>
  await propose(uow, 'ROLES', input, (person) => {
    const roles = [...new Set(input.roles)].filter((role) => !person.roles.includes(role)).sort();
    if (roles.length === 0) throw nothingNew('roles', `${person.name} already holds these roles.`);
    return { roles };
  });

/**
 * Proposes a token that acts as somebody else. It expires the given number of days after now.
 * @throws RequestError BAD_USER_INPUT for roles that the person does not hold, or to outlive the token in use
 */
export const accessGrantProposeToken = async (
  uow: UnitOfWork,
  input: Proposal & { readonly name: string; readonly roles: readonly Role[]; readonly days: number },
) =>
  await propose(uow, 'TOKEN', input, (person) => {
    // Its text goes to the administrator who confirms, who could then act as the proposer.
    if (person.id === uow.actorId) throw nothingNew('personId', 'Create a token for yourself with accessTokenCreate.');
    if (input.roles.length === 0) throw nothingNew('roles', 'A token needs at least one role.');
    refuseForeignRoles(person, input.roles);
    const roles = [...new Set(input.roles)].sort();
    return { roles, tokenName: name(input.name), tokenExpiresAt: expiryOf(uow, input.days) };
  });

/** Proposes the subject or the address by which a person signs in at the identity provider. */
export const accessGrantProposeIdentity = async (
  uow: UnitOfWork,
  input: Proposal & { readonly subject?: string | null; readonly email?: string | null },
) =>
  await propose(uow, 'IDENTITY', input, (person) => {
    const subject = input.subject == null ? null : line(input.subject, 'subject', { min: 1, max: 255 });
    const email = input.email == null ? null : emailAddress(input.email);
    if ((subject ?? person.subject ?? null) === (person.subject ?? null) && (email ?? person.email) === person.email)
      throw nothingNew('subject', 'Give another subject or another address.');
    return { subject, email };
  });

/** Proposes to activate a person again. @throws RequestError BAD_USER_INPUT when they are active */
export const accessGrantProposeActivation = async (uow: UnitOfWork, input: Proposal) =>
  await propose(uow, 'ACTIVATION', input, (person) => {
    if (person.active) throw nothingNew('personId', `${person.name} is active.`);
    return {};
  });

/** A command on a grant. */
export interface GrantCommandInput {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly reason?: string | null;
}

/**
 * Gives what a grant is about.
 * @param lineage of a new token.
 * @returns the text of a new token, which is not stored
 */
async function give(uow: UnitOfWork, grant: AccessGrant, lineage: readonly string[]): Promise<string | null> {
  const person = await lock(uow, Person, 'Person', grant.personId);
  const data = { accessGrantId: toNodeId(TYPE, grant.id), ...aboutGrant(grant) };
  const tell = (type: string, more: Record<string, unknown> = {}) =>
    uow.record({ type, subjectType: 'Person', subject: person, reason: grant.reason, data: { ...more, ...data } });
  switch (grant.kind) {
    case 'ROLES':
      person.roles = [...new Set([...person.roles, ...grant.roles])].sort();
      tell('person.roles-granted', { roles: grant.roles });
      return null;
    case 'IDENTITY':
      if (grant.subject != null && grant.subject !== person.subject) {
        person.subject = grant.subject;
        await endSignInTokens(uow, person, 'Its person signs in as another subject now.');
      }
      if (grant.email != null) person.email = grant.email;
      tell('person.linked', { by: 'access grant' });
      return null;
    case 'ACTIVATION':
      person.active = true;
      tell('person.activated');
      return null;
    case 'TOKEN': {
      const { roles, personId, tokenName, tokenExpiresAt } = grant;
      if (tokenName == null || tokenExpiresAt == null)
        throw new Error('The grant of a token lacks its name or expiry.');
      const token = { name: tokenName, personId, roles, expiresAt: tokenExpiresAt, lineage };
      const { accessToken, text } = issueAccessToken(uow, token, data);
      await uow.em.flush();
      grant.accessTokenId = accessToken.id;
      return text;
    }
  }
}

/**
 * Confirms a grant as the second administrator: it takes effect at once. A token goes back to the tokens of both.
 * @returns the grant, and the text of its token, which is not stored
 */
export async function accessGrantConfirm(
  uow: UnitOfWork,
  input: GrantCommandInput,
): Promise<{ readonly grant: AccessGrant; readonly text: string | null }> {
  const lineage = await lineageInUse(uow);
  const grant = await lockForCommand(uow, AccessGrant, TYPE, input);
  const reason = optionalReason(input.reason);
  const facts = await factsOf(uow, accessGrantFacts, TYPE, grant);
  transition(uow, accessGrantMachine, grant, 'accessGrantConfirm', facts, {
    type: 'access-grant.confirmed',
    subjectType: TYPE,
    topics: [grant.personId],
    reason,
    data: aboutGrant(grant),
  });
  grantDecided(uow, grant, reason);
  return { grant, text: await give(uow, grant, [...facts.proposerLineage, ...lineage]) };
}

/** Declines a grant, which an administrator can always do. */
export async function accessGrantDecline(
  uow: UnitOfWork,
  input: GrantCommandInput & { readonly reason: string },
): Promise<AccessGrant> {
  const grant = await lockForCommand(uow, AccessGrant, TYPE, input);
  const reason = requiredReason(input.reason);
  transition(uow, accessGrantMachine, grant, 'accessGrantDecline', await factsOf(uow, accessGrantFacts, TYPE, grant), {
    type: 'access-grant.declined',
    subjectType: TYPE,
    topics: [grant.personId],
    reason,
    data: aboutGrant(grant),
  });
  grantDecided(uow, grant, reason);
  return grant;
}

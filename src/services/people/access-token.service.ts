import { createHash, randomBytes } from 'node:crypto';
import { LockMode } from '@mikro-orm/core';
import { sql } from 'kysely';
import { newId } from '../../database/new-id.js';
import { refuse, RequestError } from '../../domain/errors.js';
import { fromNodeId, toNodeId } from '../../domain/node-id.js';
import { takesTwo } from '../../domain/people/person.js';
import type { Role } from '../../domain/roles.js';
import { AccessToken } from '../../entities/people/access-token.entity.js';
import { Person } from '../../entities/people/person.entity.js';
import { lockForCommand, refer } from '../load.js';
import { name } from '../text.js';
import { declineGrantsWith } from './access-grant-end.service.js';
import type { EventDraft, UnitOfWork } from '../unit-of-work.js';

// `ilk_<id as in TypeID>_<256 bits>`: recognisable by secret scanners, looked up by id, checked by hash.
const TOKEN = /^ilk_([0-9a-z]{26})_([A-Za-z0-9-]{43,64})$/;

/** The id and secret in a service token, or undefined if the text is not one, e.g. a JWT. */
export function parseAccessToken(token: string): { readonly id: string; readonly secret: string } | undefined {
  const [, suffix, secret] = TOKEN.exec(token) ?? [];
  if (suffix === undefined || secret === undefined) return undefined;
  try {
    return { id: fromNodeId('AccessToken', `tok_${suffix}`, 'token'), secret };
  } catch {
    return undefined;
  }
}

/** Maximum lifetime of a service token, in days. */
export const MAX_TOKEN_DAYS = 366;

/** Maximum lifetime of a token that somebody creates after a sign-in at the identity provider, in days. */
export const MAX_SIGN_IN_TOKEN_DAYS = 30;

const DAY_MS = 86_400_000;

/** A new token. */
export interface AccessTokenInput {
  readonly name: string;
  /** Database id of the person or service account that acts with it. */
  readonly personId: string;
  /** Roles of the token. A request with it has those of them that the person still holds. */
  readonly roles: readonly Role[];
  /** Database ids of the tokens that it goes back to, see {@link lineageInUse}. Default: none. */
  readonly lineage?: readonly string[];
  /** Subject at the identity provider with whose sign-in it is created. */
  readonly subject?: string | null;
}

/** When a new token expires: in 1 to {@link MAX_TOKEN_DAYS} days, or at an instant that {@link expiryOf} gave. */
type Expiry = { readonly days: number } | { readonly expiresAt: Date };

/**
 * The lineage of the token in use, by database id: the token itself, and those that it goes back to. They are locked
 * against being revoked until the unit of work ends, so that what is created with them falls with them.
 * @returns nothing for an actor without a token
 * @throws RequestError UNAUTHENTICATED when one of them has been revoked meanwhile
 */
export async function lineageInUse(uow: UnitOfWork): Promise<readonly string[]> {
  const { tokenId } = uow.actor;
  if (tokenId === undefined) return [];
  const lineage = await uow.query<{ id: string; revoked: boolean }>(sql`
    select t.id, t.revoked_at is not null as revoked from access_token t
    where t.id = ${tokenId} or t.id = any((select u.lineage from access_token u where u.id = ${tokenId})::uuid[])
    order by t.id for share of t`);
  if (lineage.some(({ revoked }) => revoked)) throw new RequestError('UNAUTHENTICATED', 'Your token has been revoked.');
  return lineage.map(({ id }) => id);
}

/**
 * Creates a token without checking the actor. Its text is returned once and not stored.
 * @param data further facts for the event.
 * @throws RequestError BAD_USER_INPUT
 */
export function issueAccessToken(
  uow: UnitOfWork,
  input: AccessTokenInput & Expiry,
  data: Record<string, unknown> = {},
): { readonly accessToken: AccessToken; readonly text: string } {
  if (input.roles.length === 0)
    throw new RequestError('BAD_USER_INPUT', 'A token needs at least one role.', { field: 'roles' });
  const secret = randomBytes(32).toString('base64url').replaceAll('_', '-');
  const accessToken = uow.em.create(AccessToken, {
    id: newId(),
    name: name(input.name),
    personId: input.personId,
    roles: [...new Set(input.roles)].sort(),
    secretHash: createHash('sha256').update(secret).digest('hex'),
    expiresAt: 'days' in input ? expiryOf(uow, input.days) : input.expiresAt,
    lineage: [...(input.lineage ?? [])],
    subject: input.subject ?? null,
  });
  uow.record({
    type: 'access-token.issued',
    subjectType: 'AccessToken',
    subject: accessToken,
    topics: [input.personId],
    data: {
      personId: toNodeId('Person', input.personId),
      roles: accessToken.roles,
      expiresAt: accessToken.expiresAt.toISOString(),
      ...(uow.actor.tokenId !== undefined && { issuedWith: toNodeId('AccessToken', uow.actor.tokenId) }),
      ...data,
    },
  });
  return { accessToken, text: `ilk_${toNodeId('AccessToken', accessToken.id).slice('tok_'.length)}_${secret}` };
}

const isAdministrator = (uow: UnitOfWork) => uow.actor.roles.includes('ADMINISTRATOR');

// Otherwise a token could extend its life by creating a successor, and give it roles that it does not have itself.
function refuseMoreThanOwn(uow: UnitOfWork, roles: readonly Role[]): void {
  const foreign = roles.filter((role) => !uow.actor.roles.includes(role));
  if (foreign.length > 0)
    throw new RequestError(
      'FORBIDDEN',
      `You do not act as ${foreign.join(', ')} in this request, so your token cannot carry it.`,
      { field: 'roles', roles: foreign },
    );
}

/**
 * When a token expires that is created now.
 * @param days 1 to {@link MAX_TOKEN_DAYS}.
 * @throws RequestError BAD_USER_INPUT for another number, and to outlive the token in use
 */
export function expiryOf(uow: UnitOfWork, days: number): Date {
  if (!(days >= 1 && days <= MAX_TOKEN_DAYS))
    throw new RequestError('BAD_USER_INPUT', `"days" must be 1 to ${MAX_TOKEN_DAYS}.`, { field: 'days' });
  const expiresAt = new Date(uow.now.getTime() + days * DAY_MS);
  const { tokenId, expiresAt: last = 0 } = uow.actor;
  if (tokenId !== undefined && expiresAt.getTime() > last)
    throw new RequestError(
      'BAD_USER_INPUT',
      'A token created with a token cannot outlive it. Choose fewer days, or sign in again.',
      { field: 'days', expiresAt: new Date(last).toISOString() },
    );
  return expiresAt;
}

/** @throws RequestError BAD_USER_INPUT for roles that a person does not hold, and for a deactivated person */
export function refuseForeignRoles(person: Person, roles: readonly Role[]): void {
  const missing = roles.filter((role) => !person.roles.includes(role));
  if (missing.length > 0)
    throw new RequestError(
      'BAD_USER_INPUT',
      `${person.name} does not hold ${missing.join(', ')} on this server, so a token cannot carry it.`,
      { field: 'roles', roles: missing },
    );
  if (!person.active) throw new RequestError('BAD_USER_INPUT', `${person.name} is deactivated.`, { field: 'personId' });
}

/**
 * Creates a token for yourself, with roles of the current request. One created with a token neither carries more nor
 * lasts longer than that one. One created after a sign-in at the identity provider lasts 30 days and ends with the link
 * of its person to that subject: a stolen sign-in gives no year of access.
 * @throws Refusal SECOND_PERSON_REQUIRED for somebody else
 * @throws RequestError FORBIDDEN
 * @throws RequestError BAD_USER_INPUT for roles that the person does not hold, or to outlive the token in use
 */
export async function accessTokenCreate(
  uow: UnitOfWork,
  input: {
    readonly name: string;
    readonly personId?: string | null;
    readonly roles: readonly Role[];
    readonly days: number;
  },
) {
  const person = await refer(uow, Person, 'Person', input.personId ?? toNodeId('Person', uow.actorId), 'personId');
  if (person.id !== uow.actorId) {
    if (!isAdministrator(uow))
      throw new RequestError('FORBIDDEN', 'You can create a token only for yourself.', { roles: ['ADMINISTRATOR'] });
    refuse([takesTwo('a token for somebody else', 'accessGrantProposeToken', 'personId')]);
  }
  refuseMoreThanOwn(uow, input.roles);
  refuseForeignRoles(person, input.roles);
  const lineage = await lineageInUse(uow);
  if (uow.actor.via !== 'oidc') return issueAccessToken(uow, { ...input, personId: person.id, lineage });
  if (input.days > MAX_SIGN_IN_TOKEN_DAYS)
    throw new RequestError(
      'BAD_USER_INPUT',
      `A token created after a sign-in at the identity provider is valid for at most ${MAX_SIGN_IN_TOKEN_DAYS} days. ` +
        'For a longer one, have two administrators propose and confirm it.',
      { field: 'days', max: MAX_SIGN_IN_TOKEN_DAYS },
    );
  // The subject of this sign-in, even if the person has another one since a moment ago.
  const { subject } = uow.actor;
  return issueAccessToken(
    uow,
    { ...input, personId: person.id, lineage, subject: subject ?? '' },
    { afterSignIn: true },
  );
}

const revoked = (uow: UnitOfWork, accessToken: AccessToken, event: Partial<EventDraft>): void => {
  accessToken.revokedAt = uow.now;
  uow.record({
    ...event,
    type: 'access-token.revoked',
    subjectType: 'AccessToken',
    subject: accessToken,
    topics: [accessToken.personId],
    data: { personId: toNodeId('Person', accessToken.personId), ...event.data },
  });
};

/**
 * Revokes a token and all that go back to it. They stop working within a second.
 * @throws RequestError FORBIDDEN for the token of somebody else
 */
export async function accessTokenRevoke(
  uow: UnitOfWork,
  input: { readonly id: string; readonly expectedVersion?: number | null; readonly reason?: string | null },
): Promise<AccessToken> {
  const accessToken = await lockForCommand(uow, AccessToken, 'AccessToken', input);
  if (uow.actor.via !== 'system' && accessToken.personId !== uow.actorId && !isAdministrator(uow)) {
    throw new RequestError('FORBIDDEN', 'Only an administrator can revoke the token of somebody else.', {
      roles: ['ADMINISTRATOR'],
    });
  }
  await revokeWithDescendants(uow, accessToken, input.reason ?? null);
  return accessToken;
}

/**
 * Revokes the tokens that a person created after a sign-in at the identity provider, because that sign-in ended: the
 * person was deactivated, or has another subject from now on.
 */
export async function endSignInTokens(uow: UnitOfWork, person: Person, reason: string): Promise<void> {
  const tokens = await uow.em.find(
    AccessToken,
    { personId: person.id, subject: { $ne: null }, revokedAt: null },
    { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } },
  );
  for (const token of tokens) await revokeWithDescendants(uow, token, reason);
}

async function revokeWithDescendants(uow: UnitOfWork, accessToken: AccessToken, reason: string | null): Promise<void> {
  if (!accessToken.revokedAt) revoked(uow, accessToken, { reason });
  // Also when it was revoked before: an earlier version left them alone.
  const descendants = await uow.em.find(
    AccessToken,
    { lineage: { $contains: [accessToken.id] } },
    { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } },
  );
  const revokedWith = toNodeId('AccessToken', accessToken.id);
  for (const descendant of descendants)
    if (!descendant.revokedAt) revoked(uow, descendant, { reason, data: { revokedWith } });
  const ids = [accessToken, ...descendants].map(({ id }) => id);
  await declineGrantsWith(uow, ids, 'The token with which it was proposed was revoked.');
}

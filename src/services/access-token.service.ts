import { createHash, randomBytes } from 'node:crypto';
import { RequestError } from '../domain/errors.js';
import { fromNodeId, toNodeId } from '../domain/node-id.js';
import type { Role } from '../domain/roles.js';
import { AccessToken } from '../entities/access-token.entity.js';
import { Person } from '../entities/person.entity.js';
import { lockForCommand, refer } from './load.js';
import { name } from './text.js';
import type { UnitOfWork } from './unit-of-work.js';

// `ilk_<id as in TypeID>_<256 bits>`: recognisable for secret scanners, found by id, checked by hash.
const TOKEN = /^ilk_([0-9a-z]{26})_([A-Za-z0-9-]{43,64})$/;

/** The id and secret inside a service token, or undefined when the text is not one (it may be a JWT then). */
export function parseAccessToken(token: string): { readonly id: string; readonly secret: string } | undefined {
  const [, suffix, secret] = TOKEN.exec(token) ?? [];
  if (suffix === undefined || secret === undefined) return undefined;
  try {
    return { id: fromNodeId('AccessToken', `tok_${suffix}`, 'token'), secret };
  } catch {
    return undefined;
  }
}

/** Longest life of a service token, in days. */
export const MAX_TOKEN_DAYS = 366;

/** What a new token is for. */
export interface AccessTokenInput {
  readonly name: string;
  /** Database id of the person or service that will act with it. */
  readonly personId: string;
  /** Roles that hold for requests with it. */
  readonly roles: readonly Role[];
  /** Days until it expires, 1 to {@link MAX_TOKEN_DAYS}. */
  readonly days: number;
}

/** Makes a token. Its text is returned once and kept nowhere. @throws RequestError BAD_USER_INPUT */
export function issueAccessToken(uow: UnitOfWork, input: AccessTokenInput): { readonly accessToken: AccessToken; readonly text: string } {
  if (input.roles.length === 0) throw new RequestError('BAD_USER_INPUT', 'A token needs at least one role.', { field: 'roles' });
  if (!(input.days > 0 && input.days <= MAX_TOKEN_DAYS)) throw new RequestError('BAD_USER_INPUT', `A token lives 1 to ${MAX_TOKEN_DAYS} days.`, { field: 'days' });
  const secret = randomBytes(32).toString('base64url').replaceAll('_', '-');
  const accessToken = uow.em.create(AccessToken, {
    name: name(input.name),
    personId: input.personId,
    roles: [...new Set(input.roles)],
    secretHash: createHash('sha256').update(secret).digest('hex'),
    expiresAt: new Date(uow.now.getTime() + input.days * 86_400_000),
  });
  uow.record({ type: 'access-token.issued', subjectType: 'AccessToken', subject: accessToken, topics: [input.personId], data: { roles: accessToken.roles, expiresAt: accessToken.expiresAt.toISOString() } });
  return { accessToken, text: `ilk_${toNodeId('AccessToken', accessToken.id).slice('tok_'.length)}_${secret}` };
}

/** Makes a token for a person named by node id. @throws RequestError */
export async function createAccessToken(uow: UnitOfWork, input: { readonly name: string; readonly personId: string; readonly roles: readonly Role[]; readonly days: number }) {
  const person = await refer(uow, Person, 'Person', input.personId, 'personId');
  return issueAccessToken(uow, { ...input, personId: person.id });
}

/** Ends a token at once: within a second no request is answered with it any more. */
export async function revokeAccessToken(uow: UnitOfWork, input: { readonly id: string; readonly expectedVersion?: number | null; readonly reason?: string | null }): Promise<AccessToken> {
  const accessToken = await lockForCommand(uow, AccessToken, 'AccessToken', input);
  if (!accessToken.revokedAt) {
    accessToken.revokedAt = uow.now;
    uow.record({ type: 'access-token.revoked', subjectType: 'AccessToken', subject: accessToken, topics: [accessToken.personId], reason: input.reason });
  }
  return accessToken;
}

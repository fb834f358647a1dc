import { createHash, randomBytes } from 'node:crypto';
import { v7 } from 'uuid';
import { RequestError } from '../../domain/errors.js';
import { fromNodeId, toNodeId } from '../../domain/node-id.js';
import type { Role } from '../../domain/roles.js';
import { AccessToken } from '../../entities/people/access-token.entity.js';
import { Person } from '../../entities/people/person.entity.js';
import { lockForCommand, refer } from '../load.js';
import { name } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';

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

const DAY_MS = 86_400_000;

/** What a new token is for. */
export interface AccessTokenInput {
  readonly name: string;
  /** Database id of the person or service that will act with it. */
  readonly personId: string;
  /** Roles it may carry. A request with it has those of them that the person holds at that moment. */
  readonly roles: readonly Role[];
  /** Days until it expires, 1 to {@link MAX_TOKEN_DAYS}. */
  readonly days: number;
}

/** Makes a token, whoever asks. Its text is returned once and kept nowhere. @throws RequestError BAD_USER_INPUT */
export function issueAccessToken(
  uow: UnitOfWork,
  input: AccessTokenInput,
): { readonly accessToken: AccessToken; readonly text: string } {
  if (input.roles.length === 0)
    throw new RequestError('BAD_USER_INPUT', 'A token needs at least one role.', { field: 'roles' });
  if (!(input.days >= 1 && input.days <= MAX_TOKEN_DAYS))
    throw new RequestError('BAD_USER_INPUT', `A token lives 1 to ${MAX_TOKEN_DAYS} days.`, { field: 'days' });
  const secret = randomBytes(32).toString('base64url').replaceAll('_', '-');
  const accessToken = uow.em.create(AccessToken, {
    id: v7(),
    name: name(input.name),
    personId: input.personId,
    roles: [...new Set(input.roles)].sort(),
    secretHash: createHash('sha256').update(secret).digest('hex'),
    expiresAt: new Date(uow.now.getTime() + input.days * DAY_MS),
  });
  uow.record({
    type: 'access-token.issued',
    subjectType: 'AccessToken',
    subject: accessToken,
    topics: [input.personId],
    data: {
      personId: input.personId,
      roles: accessToken.roles,
      expiresAt: accessToken.expiresAt.toISOString(),
      ...(uow.actor.tokenId !== undefined && { issuedWith: uow.actor.tokenId }),
    },
  });
  return { accessToken, text: `ilk_${toNodeId('AccessToken', accessToken.id).slice('tok_'.length)}_${secret}` };
}

const isAdministrator = (uow: UnitOfWork) => uow.actor.roles.includes('ADMINISTRATOR');

/**
 * Makes a token as a client asks: for oneself with roles of the present request, or as an administrator for anybody with roles of
 * that person. What somebody may do with a token they could therefore do without it.
 * @throws RequestError FORBIDDEN, BAD_USER_INPUT for roles that the person does not hold or that outlives the token in use.
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
  if (!isAdministrator(uow)) {
    if (person.id !== uow.actorId)
      throw new RequestError('FORBIDDEN', 'Only an administrator can make a token for somebody else.', {
        roles: ['ADMINISTRATOR'],
      });
    const foreign = input.roles.filter((role) => !uow.actor.roles.includes(role));
    if (foreign.length > 0)
      throw new RequestError(
        'FORBIDDEN',
        `You do not act as ${foreign.join(', ')} now, so a token of yours cannot either.`,
        {
          field: 'roles',
          roles: foreign,
        },
      );
    // Or else a stolen token could give itself another year, under another id that nobody thinks of revoking.
    if (uow.actor.via === 'token' && uow.now.getTime() + input.days * DAY_MS > (uow.actor.expiresAt ?? 0)) {
      throw new RequestError(
        'BAD_USER_INPUT',
        'A token that is made with a token cannot outlive it. Ask for fewer days, or sign in anew.',
        {
          field: 'days',
          expiresAt: new Date(uow.actor.expiresAt ?? 0).toISOString(),
        },
      );
    }
  }
  const missing = input.roles.filter((role) => !person.roles.includes(role));
  if (missing.length > 0) {
    throw new RequestError(
      'BAD_USER_INPUT',
      `${person.name} has not been granted ${missing.join(', ')} on this server, so a token cannot carry it.`,
      {
        field: 'roles',
        roles: missing,
      },
    );
  }
  if (!person.active) throw new RequestError('BAD_USER_INPUT', `${person.name} is deactivated.`, { field: 'personId' });
  return issueAccessToken(uow, { ...input, personId: person.id });
}

/** Ends a token: within a second no request is answered with it any more. @throws RequestError FORBIDDEN when it is somebody else's. */
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
  if (!accessToken.revokedAt) {
    accessToken.revokedAt = uow.now;
    uow.record({
      type: 'access-token.revoked',
      subjectType: 'AccessToken',
      subject: accessToken,
      topics: [accessToken.personId],
      reason: input.reason,
      data: { personId: accessToken.personId },
    });
  }
  return accessToken;
}

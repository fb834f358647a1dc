import type { AuthChecker } from 'type-graphql';
import { RequestError } from '../domain/errors.js';
import { canRead, type Role } from '../domain/roles.js';
import type { Context } from './context.js';
import type { Actor } from '../domain/actor.js';

/** The actor of a request. @throws RequestError UNAUTHENTICATED without a valid sign-in. */
export function signedIn(context: Context): Actor {
  const { actor } = context;
  if (!actor) throw new RequestError('UNAUTHENTICATED', 'Sign in: send "Authorization: Bearer <token>".');
  if (actor.expiresAt !== undefined && actor.expiresAt <= context.services.clock().getTime()) {
    throw new RequestError('UNAUTHENTICATED', 'Your token has expired.');
  }
  return actor;
}

/** Declared instead of roles by an operation that is open to every signed-in actor, even one without roles. */
export const SIGNED_IN = 'SIGNED_IN';

/**
 * Checks every `@Authorized(...)`. With roles, the actor must hold one of them; without roles, every actor that can
 * read passes. A test ensures that every operation declares `@Authorized`.
 */
export const authChecker: AuthChecker<Context, Role | typeof SIGNED_IN> = ({ context }, roles) => {
  const actor = signedIn(context);
  if (roles.includes(SIGNED_IN)) return true;
  const allowed = roles.length === 0 ? canRead(actor.roles) : actor.roles.some((role) => roles.includes(role));
  if (!allowed) {
    throw new RequestError(
      'FORBIDDEN',
      roles.length === 0
        ? 'None of your roles has read access.'
        : `This requires one of the roles ${roles.join(', ')}.`,
      { roles },
    );
  }
  return true;
};

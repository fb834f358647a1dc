import type { IncomingMessage } from 'node:http';
import { RequestError } from '../../domain/errors.js';
import type { Actor } from '../../domain/actor.js';
import type { Authenticator } from './authenticate.js';
import type { RateLimit } from './rate-limit.js';

/** What {@link Entrance} needs. */
export interface EntranceOptions {
  readonly authenticator: Authenticator;
  readonly rateLimit: RateLimit;
}

/** The error for a caller without credentials. */
export const notSignedIn = (): RequestError =>
  new RequestError('UNAUTHENTICATED', 'Sign in: send "Authorization: Bearer <token>".');

/** The address of the client of a request. */
export const addressOf = (request: IncomingMessage): string => request.socket.remoteAddress ?? '';

/**
 * The one way in. Both doors and all other routes ask it before they read more of a request than its head. So a caller
 * without valid credentials costs next to nothing and learns nothing.
 */
export class Entrance {
  constructor(readonly options: EntranceOptions) {}

  /**
   * Finds out who sends a request, and counts it.
   * @returns null for a caller without credentials.
   * @throws RequestError UNAUTHENTICATED for credentials that are not valid, UNAVAILABLE when they cannot be checked
   *   now, RATE_LIMITED for one request too many
   */
  async enter(request: IncomingMessage): Promise<Actor | null> {
    const actor = await this.signIn(request.headers.authorization, () => addressOf(request), request.socket);
    if (actor) await this.admit(actor);
    return actor;
  }

  /** Like {@link enter}, where nobody has access without credentials. @throws RequestError also UNAUTHENTICATED then */
  async enterSignedIn(request: IncomingMessage): Promise<Actor> {
    const actor = await this.enter(request);
    if (!actor) throw notSignedIn();
    return actor;
  }

  /** Counts an operation of somebody who is signed in. @throws RequestError RATE_LIMITED */
  async admit(actor: Actor): Promise<void> {
    await this.options.rateLimit.admit(actor, undefined);
  }

  /**
   * Finds out whose credentials these are, and counts them if they are nobody's.
   * @param connection over which they came, any object that lives as long.
   * @throws RequestError as {@link enter}
   */
  async signIn(authorization: string | undefined, address: () => string, connection?: object): Promise<Actor | null> {
    const { authenticator, rateLimit } = this.options;
    const actor = await authenticator.authenticate(authorization, connection);
    if (!actor) await rateLimit.admit(null, address());
    return actor;
  }
}

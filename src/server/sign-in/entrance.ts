import type { IncomingMessage } from 'node:http';
import { RequestError } from '../../domain/errors.js';
import type { Actor } from '../../domain/actor.js';
import type { AddressOf } from '../http/client-address.js';
import type { Authenticator } from './authenticate.js';
import type { RateLimit } from './rate-limit.js';

/** What {@link Entrance} needs. */
export interface EntranceOptions {
  readonly authenticator: Authenticator;
  readonly rateLimit: RateLimit;
  readonly addressOf: AddressOf;
}

/** The error for a caller without credentials. */
export const notSignedIn = (): RequestError =>
  new RequestError('UNAUTHENTICATED', 'Sign in: send "Authorization: Bearer <token>".');

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
    const actor = await this.signIn(
      request.headers.authorization,
      () => this.options.addressOf(request),
      request.socket,
    );
    if (actor) this.admit(actor);
    return actor;
  }

  /**
   * Like {@link enter}, for a connection that has sent the same credentials a moment ago.
   * @returns undefined when it has not; ask {@link enter} then.
   * @throws RequestError RATE_LIMITED
   */
  enterAgain({ headers, socket }: IncomingMessage): Actor | undefined {
    const actor = this.options.authenticator.recognise(headers.authorization, socket);
    if (actor) this.admit(actor);
    return actor;
  }

  /** Like {@link enter}, where nobody has access without credentials. @throws RequestError also UNAUTHENTICATED then */
  async enterSignedIn(request: IncomingMessage): Promise<Actor> {
    const actor = await this.enter(request);
    if (!actor) throw notSignedIn();
    return actor;
  }

  /**
   * Counts a callback for its run, or for the address if there is no such run.
   * @throws RequestError RATE_LIMITED
   */
  enterByCallback(request: IncomingMessage, runId: string | undefined): void {
    const { rateLimit, addressOf } = this.options;
    if (runId === undefined) rateLimit.stranger(addressOf(request));
    else rateLimit.callback(runId);
  }

  /**
   * Counts a request for a calendar feed for its person, or for the address if there is no such feed.
   * @throws RequestError RATE_LIMITED
   */
  enterByFeed(request: IncomingMessage, actor: Actor | undefined): void {
    const { rateLimit, addressOf } = this.options;
    if (actor === undefined) rateLimit.stranger(addressOf(request));
    else rateLimit.admit(actor);
  }

  /** Counts an operation of somebody who is signed in. @throws RequestError RATE_LIMITED */
  admit(actor: Actor): void {
    this.options.rateLimit.admit(actor);
  }

  /**
   * Finds out whose credentials these are, and counts them for the address if they are nobody's. Valid credentials
   * get in however many others fail behind the same address: a whole company may share it.
   * @param connection over which they came, any object that lives as long.
   * @throws RequestError as {@link enter}
   */
  async signIn(authorization: string | undefined, address: () => string, connection?: object): Promise<Actor | null> {
    const { authenticator, rateLimit } = this.options;
    try {
      const actor = await authenticator.authenticate(authorization, connection);
      if (!actor) rateLimit.stranger(address());
      return actor;
    } catch (error) {
      if (error instanceof RequestError && error.code === 'UNAUTHENTICATED') rateLimit.stranger(address());
      throw error;
    }
  }
}

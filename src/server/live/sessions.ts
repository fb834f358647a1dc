import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Authenticator } from '../sign-in/authenticate.js';
import type { Actor } from '../../domain/actor.js';

/** Close code of graphql-ws for "forbidden". Its clients reconnect after it, with fresh credentials, and resume. */
export const FORBIDDEN = 4403;

/**
 * How often the actors of all open sockets are checked, in milliseconds. Revocation takes effect within it, even on
 * idle streams.
 */
const REVIEW_MS = 500;

/** A socket and its actor. */
export class Session {
  /** Null before the sign-in and after its end. */
  actor: Actor | null = null;

  constructor(
    readonly socket: WebSocket,
    /** The stream that the socket's frames are written to. */
    readonly wire: Duplex,
    readonly clock: () => Date,
    /** Address of the client. */
    readonly address: string,
  ) {}

  /** Whether the actor's credentials are still valid; checked before every message. */
  get valid(): boolean {
    return this.actor !== null && (this.actor.expiresAt ?? Infinity) > this.clock().getTime();
  }

  end(reason: string): void {
    this.actor = null;
    this.socket.close(FORBIDDEN, reason);
  }
}

/**
 * The signed-in sockets of this process. When a token expires or is revoked, or a person is deactivated or gets other
 * roles, the sockets are closed within about a second, even if they are idle. One statement checks all of them.
 */
export class Sessions {
  readonly #open = new Set<Session>();
  readonly #timer: NodeJS.Timeout;
  #reviewing = false;

  constructor(
    readonly authenticator: Authenticator,
    readonly onError: (error: unknown) => void,
  ) {
    this.#timer = setInterval(() => void this.review(), REVIEW_MS);
    this.#timer.unref();
  }

  /** Checks a session from now on, until its socket closes. */
  add(session: Session): void {
    if (session.socket.readyState !== session.socket.OPEN) return; // it left while its token was checked
    this.#open.add(session);
    session.socket.once('close', () => this.#open.delete(session));
  }

  /**
   * Ends every session that has lost its access. While the database is away sessions go on: no event reaches them
   * either.
   */
  async review(): Promise<void> {
    if (this.#reviewing || this.#open.size === 0) return;
    this.#reviewing = true;
    try {
      const sessions = [...this.#open].filter((session) => session.actor !== null);
      const ended = await this.authenticator.review(sessions.map((session) => session.actor as Actor));
      for (const session of sessions) {
        const reason = session.actor && ended.get(session.actor);
        if (reason) session.end(reason);
      }
    } catch (error) {
      this.onError(error);
    } finally {
      this.#reviewing = false;
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

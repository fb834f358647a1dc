import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Authenticator } from '../sign-in/authenticate.js';
import { Share } from '../sign-in/share.js';
import type { Actor } from '../../domain/actor.js';

/** Close code of graphql-ws for "forbidden". Its clients reconnect after it, with fresh credentials, and resume. */
export const FORBIDDEN = 4403;

/**
 * How often the actors of all open sockets are checked, in milliseconds. Revocation takes effect within it, even on
 * idle streams.
 */
const REVIEW_MS = 500;

/** "Try again later", for a client that the server cannot let in now. */
export const TRY_AGAIN = 1_013;

/** How many sockets may wait for their sign-in at a time, in this process. Each of them has three seconds for it. */
const MAX_WAITING = 2_000;

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
  /** Sockets that have not signed in, in the order in which they came. */
  readonly #waiting = new Set<Session>();
  readonly #share: Share;
  readonly #maxWaiting: number;
  readonly #timer: NodeJS.Timeout;
  #reviewing = false;

  constructor(
    readonly authenticator: Authenticator,
    readonly onError: (error: unknown) => void,
    { maxSockets, maxWaiting = MAX_WAITING }: { readonly maxSockets: number; readonly maxWaiting?: number },
  ) {
    this.#share = new Share(maxSockets, 'sockets');
    this.#maxWaiting = maxWaiting;
    this.#timer = setInterval(() => void this.review(), REVIEW_MS);
    this.#timer.unref();
  }

  /**
   * Notes a session that has not signed in. If too many wait, the one that came first has to go: it takes a client no
   * time to sign in, so that is hardly one who wants to, and nobody is kept out by those who never sign in.
   */
  wait(session: Session): void {
    this.#waiting.add(session);
    session.socket.once('close', () => this.#waiting.delete(session));
    if (this.#waiting.size <= this.#maxWaiting) return;
    const [first] = this.#waiting;
    this.#waiting.delete(first as Session);
    first?.socket.close(TRY_AGAIN, 'Too many sockets wait for their sign-in');
  }

  /**
   * Gives a session its actor, and checks it from now on, until its socket closes.
   * @throws RequestError RATE_LIMITED when the person has too many sockets
   */
  signedIn(session: Session, actor: Actor): void {
    if (session.socket.readyState !== session.socket.OPEN) return; // it left while its token was checked
    const end = this.#share.take(actor.id ?? actor.name);
    session.actor = actor;
    this.#waiting.delete(session);
    this.#open.add(session);
    session.socket.once('close', () => {
      this.#open.delete(session);
      end();
    });
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

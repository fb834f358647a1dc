import { hash } from 'node:crypto';
import { BoundedMap } from '../../domain/bounded-map.js';
import { RequestError } from '../../domain/errors.js';
import type { Actor } from '../../domain/actor.js';
import { Credentials, type CredentialsOptions, refusedToken } from './credentials.js';

/**
 * How long a valid token is trusted without asking the database, in milliseconds; revocation takes effect within it.
 */
const TRUST_MS = 500;
/** How many tokens are trusted at a time. */
const TRUSTED = { entries: 10_000, bytes: 8_388_608 };
/** What is kept of a token beside its hash, in bytes: its actor with a name and roles. */
const TRUSTED_BYTES = 600;

/** A token that was found valid. */
interface Trusted {
  readonly until: number;
  readonly actor: Promise<Actor>;
}

/** Finds out who sends a request, and whether they still have access. It remembers valid tokens for a moment. */
export class Authenticator {
  readonly #credentials: Credentials;
  readonly #clock: () => Date;
  /** By the hash of the token, so that no token stays in memory. */
  readonly #trusted = new BoundedMap<Trusted>(TRUSTED);
  /** Checks that run now. Nothing is remembered of tokens that turn out to be invalid. */
  readonly #checking = new Map<string, Promise<Actor>>();
  /** What a connection sent last: one that sends the same again is recognised without hashing. */
  readonly #sentBefore = new WeakMap<
    object,
    { readonly authorization: string; readonly until: number; readonly actor: Actor }
  >();

  constructor(options: CredentialsOptions) {
    this.#credentials = new Credentials(options);
    this.#clock = options.services.clock;
  }

  /** Size of what is remembered of tokens, in bytes. */
  get bytes(): number {
    return this.#trusted.bytes;
  }

  /**
   * The actor of a connection that has sent the same header before, while the check of that time is trusted; undefined
   * when {@link authenticate} has to find out.
   */
  recognise(authorization: string | undefined, connection: object): Actor | undefined {
    const before = this.#sentBefore.get(connection);
    if (!before || before.authorization !== authorization || before.until <= Date.now()) return undefined;
    return this.#isExpired(before.actor) ? undefined : before.actor;
  }

  /**
   * @param authorization the `Authorization` header, or its equivalent in the parameters of a WebSocket.
   * @param connection over which it came, any object that lives as long.
   * @returns null when there is no header.
   * @throws RequestError UNAUTHENTICATED when the header is not valid, UNAVAILABLE when it cannot be checked now.
   */
  async authenticate(authorization: string | undefined, connection?: object): Promise<Actor | null> {
    if (authorization === undefined || authorization.trim() === '') return null;
    const recognised = connection && this.recognise(authorization, connection);
    if (recognised) return recognised;
    const [, credentials] = /^Bearer +([A-Za-z0-9._~+/=-]{1,8192})$/i.exec(authorization.trim()) ?? [];
    if (credentials === undefined)
      throw new RequestError('UNAUTHENTICATED', 'The header must be "Authorization: Bearer <token>".');
    const key = hash('sha256', credentials, 'base64url');
    const known = this.#trusted.get(key);
    if (known && known.until > Date.now()) {
      const actor = await this.#stillValid(known);
      if (connection) this.#sentBefore.set(connection, { authorization, until: known.until, actor });
      return actor;
    }
    return await this.#check(key, credentials);
  }

  /**
   * Checks actors again that were let in before, with one statement per kind of credentials.
   * @returns why an actor's access has ended or changed: expired, revoked, other roles. Actors that are missing may go
   *   on.
   */
  async review(actors: readonly Actor[]): Promise<Map<Actor, string>> {
    return await this.#credentials.review(actors);
  }

  // Requests that come while the check runs wait for the same one; a check that failed is not remembered.
  #check(key: string, credentials: string): Promise<Actor> {
    const running = this.#checking.get(key);
    if (running) return running;
    const until = Date.now() + TRUST_MS;
    const actor = this.#credentials.check(credentials);
    this.#checking.set(key, actor);
    actor.then(
      () => {
        this.#checking.delete(key);
        this.#trusted.set(key, { until, actor }, TRUSTED_BYTES);
      },
      () => {
        this.#checking.delete(key);
        this.#trusted.delete(key);
      },
    );
    return actor;
  }

  async #stillValid({ actor: checked }: Trusted): Promise<Actor> {
    const actor = await checked;
    if (this.#isExpired(actor)) throw refusedToken();
    return actor;
  }

  #isExpired({ expiresAt }: Actor): boolean {
    return expiresAt !== undefined && expiresAt <= this.#clock().getTime();
  }
}

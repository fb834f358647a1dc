import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { BoundedMap } from '../../domain/bounded-map.js';
import { RequestError } from '../../domain/errors.js';
import type { Actor } from '../../domain/actor.js';

/** Period over which requests are counted, in seconds. */
const WINDOW_SECONDS = 10;

/** How many callers are counted at a time. The one that asked longest ago is forgotten first. */
const MAX_COUNTED = { entries: 50_000, bytes: 8_388_608 };

/** How many times the limit of one token all tokens of a person may use together. */
const TOKENS_OF_A_PERSON = 2;

/** Counts requests by key. The counting is that of rate-limiter-flexible, which keeps any number of keys by itself. */
class Count {
  readonly #limiter: RateLimiterMemory;
  readonly #keys: BoundedMap<true>;

  constructor(
    readonly max: number,
    readonly what: string,
  ) {
    this.#limiter = new RateLimiterMemory({ points: max, duration: WINDOW_SECONDS });
    this.#keys = new BoundedMap<true>(MAX_COUNTED, (_, key) => void this.#limiter.delete(key));
  }

  async add(key: string): Promise<void> {
    if (this.max === 0) return;
    if (!this.#keys.get(key)) this.#keys.set(key, true);
    try {
      await this.#limiter.consume(key);
    } catch (reached) {
      if (!(reached instanceof RateLimiterRes)) throw reached;
      const retryAfterSeconds = Math.max(1, Math.ceil(reached.msBeforeNext / 1_000));
      throw new RequestError(
        'RATE_LIMITED',
        `The limit is ${this.max} ${this.what} in ${WINDOW_SECONDS} s. Try again in ${retryAfterSeconds} s.`,
        { retryAfterSeconds },
      );
    }
  }
}

/** How many requests each caller may send in ten seconds, in this process; 0 = unlimited. */
export interface RateLimits {
  /** Requests with one token. */
  readonly rateLimit: number;
  /** Requests from one address without valid credentials. */
  readonly strangerLimit: number;
}

/** Counts the requests of each caller in this process and refuses those above the limit. */
export class RateLimit {
  readonly #tokens: Count;
  readonly #people: Count;
  readonly #strangers: Count;
  readonly #runs: Count;

  constructor({ rateLimit, strangerLimit }: RateLimits) {
    this.#tokens = new Count(rateLimit, 'requests with one token');
    this.#people = new Count(rateLimit * TOKENS_OF_A_PERSON, 'requests with all tokens of a person');
    this.#strangers = new Count(strangerLimit, 'requests without valid credentials from one address');
    this.#runs = new Count(rateLimit, 'callbacks of one run');
  }

  /**
   * Counts a request of somebody who is signed in. A thief with one token of a person leaves the other tokens of that
   * person half of what they may use together: enough to revoke the stolen one.
   * @throws RequestError RATE_LIMITED with `retryAfterSeconds`
   */
  async admit(actor: Actor): Promise<void> {
    const person = actor.id ?? actor.name;
    await this.#tokens.add(actor.tokenId ?? `${actor.via} ${person}`);
    await this.#people.add(person);
  }

  /** Counts a request without valid credentials. @throws RequestError RATE_LIMITED with `retryAfterSeconds` */
  async stranger(address: string): Promise<void> {
    await this.#strangers.add(address);
  }

  /** Counts a callback of a run. @throws RequestError RATE_LIMITED with `retryAfterSeconds` */
  async callback(runId: string): Promise<void> {
    await this.#runs.add(runId);
  }
}

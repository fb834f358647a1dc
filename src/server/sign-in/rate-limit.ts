import { BoundedMap } from '../../domain/bounded-map.js';
import { RequestError } from '../../domain/errors.js';
import type { Actor } from '../../domain/actor.js';

/** Period over which requests are counted, in seconds. */
const WINDOW_SECONDS = 10;

/** How many callers are counted at a time. The one that asked longest ago is forgotten first. */
const MAX_COUNTED = { entries: 50_000, bytes: 8_388_608 };

/** How many times the limit of one token all tokens of a person may use together. */
const TOKENS_OF_A_PERSON = 2;

/** The requests of a caller since its first one in a period. */
interface Window {
  readonly begin: number;
  count: number;
}

/** Counts requests by key. A period begins with the first request that no other period of the caller has. */
class Count {
  readonly #windows = new BoundedMap<Window>(MAX_COUNTED);

  constructor(
    readonly max: number,
    readonly what: string,
  ) {}

  add(key: string): void {
    if (this.max === 0) return;
    const now = performance.now();
    let window = this.#windows.get(key);
    if (!window || now - window.begin >= WINDOW_SECONDS * 1_000) {
      window = { begin: now, count: 0 };
      this.#windows.set(key, window);
    }
    window.count++;
    if (window.count <= this.max) return;
    const retryAfterSeconds = Math.max(1, Math.ceil(WINDOW_SECONDS - (now - window.begin) / 1_000));
    throw new RequestError(
      'RATE_LIMITED',
      `The limit is ${this.max} ${this.what} in ${WINDOW_SECONDS} s. Try again in ${retryAfterSeconds} s.`,
      { retryAfterSeconds },
    );
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
  admit(actor: Actor): void {
    const person = actor.id ?? actor.name;
    this.#tokens.add(actor.tokenId ?? `${actor.via} ${person}`);
    this.#people.add(person);
  }

  /** Counts a request without valid credentials. @throws RequestError RATE_LIMITED with `retryAfterSeconds` */
  stranger(address: string): void {
    this.#strangers.add(address);
  }

  /** Counts a callback of a run. @throws RequestError RATE_LIMITED with `retryAfterSeconds` */
  callback(runId: string): void {
    this.#runs.add(runId);
  }
}

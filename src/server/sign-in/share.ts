import { RequestError } from '../../domain/errors.js';

/** When a person who has too much open may try again, in seconds. Nobody knows when they close something. */
const RETRY_SECONDS = 5;

/** How much each person has open at a time, such as sockets or uploads, with a maximum. */
export class Share {
  readonly #open = new Map<string, number>();

  /** @param what in the plural, such as `uploads`. */
  constructor(
    readonly max: number,
    readonly what: string,
  ) {}

  /**
   * Opens one more, or so much more.
   * @returns a function that closes it again.
   * @throws RequestError RATE_LIMITED with `max` and `retryAfterSeconds`
   */
  take(person: string, amount = 1): () => void {
    const open = this.#open.get(person) ?? 0;
    if (open + amount > this.max)
      throw new RequestError('RATE_LIMITED', `A person may have ${this.max} ${this.what} open at a time.`, {
        max: this.max,
        retryAfterSeconds: RETRY_SECONDS,
      });
    this.#open.set(person, open + amount);
    let taken = true;
    return () => {
      if (!taken) return;
      taken = false;
      const left = (this.#open.get(person) ?? amount) - amount;
      if (left > 0) this.#open.set(person, left);
      else this.#open.delete(person);
    };
  }
}

import { RequestError } from '../domain/errors.js';

/** The error of a statement that nobody waits for now. */
export const clientHasGone = (): RequestError => new RequestError('UNAVAILABLE', 'The client has gone.');

/** The statements that run for a request, so that all of them can be ended. */
export class Running {
  #isStopped = false;
  readonly #ends = new Set<() => void>();

  /** Whether statements may no longer begin. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Notes a statement by the way to end it. @returns forgets it */
  add(end: () => void): () => void {
    this.#ends.add(end);
    return () => void this.#ends.delete(end);
  }

  /** Ends all. */
  stop(): void {
    this.#isStopped = true;
    for (const end of this.#ends) end();
  }
}

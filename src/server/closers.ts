/** What has been opened so far. It is closed in reverse order, also after a start that failed half-way. */
export class Closers {
  readonly #closers: (() => Promise<unknown>)[] = [];
  readonly #onError: (error: unknown) => void;
  #closed: Promise<void> | undefined;

  /** @param onError receives what a closer throws; the others still run. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Adds how to close what has just been opened. */
  add(close: () => Promise<unknown>): void {
    this.#closers.push(close);
  }

  /** Closes everything, once. Never throws. */
  async close(): Promise<void> {
    await (this.#closed ??= this.#closeAll());
  }

  async #closeAll(): Promise<void> {
    for (const close of this.#closers.toReversed()) await close().catch(this.#onError);
  }
}

import type { IncomingMessage } from 'node:http';

/**
 * How long a parsed request body may take to arrive, in milliseconds. Uploads have no such limit, but must keep moving.
 */
const BODY_MS = 60_000;
/** How often late bodies are looked for, in milliseconds. */
const LOOK_MS = 5_000;

/**
 * Ends requests whose body takes too long. One timer looks at all of them: nearly every body comes with its head, and a
 * timer for each would cost more than reading it.
 */
export class LateBodies {
  /** When each request came. They are as many as the open sockets. */
  readonly #since = new Map<IncomingMessage, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(
    readonly bodyMs = BODY_MS,
    lookMs = LOOK_MS,
  ) {
    this.#timer = setInterval(() => this.#look(), lookMs).unref();
  }

  /** Begins to wait for a body, if there is one. */
  expect(request: IncomingMessage): void {
    if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) return;
    this.#since.set(request, performance.now());
  }

  /** The request has been answered. */
  forget(request: IncomingMessage): void {
    this.#since.delete(request);
  }

  /** Stops waiting for all of them. */
  stop(): void {
    clearInterval(this.#timer);
    this.#since.clear();
  }

  #look(): void {
    const late = performance.now() - this.bodyMs;
    for (const [request, since] of this.#since) {
      if (request.complete || request.destroyed) this.#since.delete(request);
      else if (since < late) request.destroy();
    }
  }
}

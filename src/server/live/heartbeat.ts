import type { WebSocket } from 'ws';

/** Number of portions in which sockets are pinged: thousands of pings at once would delay events. */
const PORTIONS = 48;

/**
 * Pings every socket once per period, spread evenly over it, and cuts off sockets that have not answered by the next
 * ping.
 */
export class Heartbeat {
  readonly #portions: readonly Map<WebSocket, boolean>[] = Array.from(
    { length: PORTIONS },
    () => new Map<WebSocket, boolean>(),
  );
  readonly #timer: NodeJS.Timeout;
  #next = 0;
  #joined = 0;

  /** @param periodMs between two pings of a socket, in milliseconds */
  constructor(periodMs: number) {
    this.#timer = setInterval(() => this.#beat(), periodMs / PORTIONS);
    this.#timer.unref();
  }

  /** Pings a socket from now on, until it closes. */
  add(socket: WebSocket): void {
    const portion = this.#portions[this.#joined++ % PORTIONS] as Map<WebSocket, boolean>;
    portion.set(socket, true);
    socket.on('pong', () => portion.set(socket, true));
    socket.once('close', () => portion.delete(socket));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    const portion = this.#portions[this.#next++ % PORTIONS] as Map<WebSocket, boolean>;
    for (const [socket, answered] of portion) {
      if (!answered) socket.terminate();
      else if (socket.readyState === socket.OPEN) {
        portion.set(socket, false);
        socket.ping();
      }
    }
  }
}

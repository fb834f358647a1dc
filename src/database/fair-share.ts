import { RequestError } from '../domain/errors.js';
import { clientHasGone, type Running } from './running.js';

interface Line {
  running: number;
  /** Lets the next one go, in the order in which they came. */
  readonly waiting: Set<() => void>;
}

/** When a person whose line is full may try again, in seconds. */
const RETRY_SECONDS = 1;

/** How many statements of one person wait at most, if the person may have few sockets. */
const MIN_WAITING = 1_000;

/** How many statements of one person may wait: after a restart, all their sockets catch up with the log at once. */
export const waitingOf = (sockets: number): number => Math.max(MIN_WAITING, 2 * sockets);

/**
 * A bound on what one person runs at a time, so that nobody takes all connections: the others are for everybody else.
 * Who has reached the bound waits in a line of their own, which is bounded, too.
 */
export class FairShare {
  readonly #lines = new Map<string, Line>();

  /**
   * @param max how much one person runs at a time, at least 1.
   * @param maxWaiting how much more of one person waits.
   */
  constructor(
    readonly max: number,
    readonly maxWaiting: number,
  ) {}

  /** How much of a person waits now. */
  waiting(person: string): number {
    return this.#lines.get(person)?.waiting.size ?? 0;
  }

  /**
   * Runs something for a person, when it is its turn.
   * @param running when it is stopped, this leaves the line.
   * @throws RequestError RATE_LIMITED when the line is full, UNAVAILABLE when `running` was stopped in it
   */
  async run<T>(person: string, task: () => Promise<T>, running?: Running): Promise<T> {
    let line = this.#lines.get(person);
    if (!line) this.#lines.set(person, (line = { running: 0, waiting: new Set() }));
    // Who leaves hands the place to the next.
    if (line.running >= this.max) await this.#turn(line, running);
    else line.running++;
    try {
      return await task();
    } finally {
      const [next] = line.waiting;
      if (next) {
        line.waiting.delete(next);
        next();
      } else if (--line.running === 0) this.#lines.delete(person);
    }
  }

  async #turn({ waiting }: Line, running: Running | undefined): Promise<void> {
    if (waiting.size >= this.maxWaiting)
      throw new RequestError(
        'RATE_LIMITED',
        `${this.maxWaiting} statements of yours wait for the database already. Wait for their answers.`,
        { max: this.maxWaiting, retryAfterSeconds: RETRY_SECONDS },
      );
    await new Promise<void>((go, leave) => {
      const place = (): void => {
        forget?.();
        go();
      };
      const forget = running?.add(() => {
        if (waiting.delete(place)) leave(clientHasGone());
      });
      waiting.add(place);
    });
  }
}

/** How many of some connections one person may use: three quarters, and at least one. */
export const shareOf = (connections: number): number => Math.max(1, Math.floor((connections * 3) / 4));

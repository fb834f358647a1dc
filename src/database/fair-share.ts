interface Line {
  running: number;
  readonly waiting: (() => void)[];
}

/**
 * A bound on what one person runs at a time, so that nobody takes all connections: the others are for everybody else.
 * Who has reached the bound waits in a line of their own.
 */
export class FairShare {
  readonly #lines = new Map<string, Line>();

  /** @param max how much one person runs at a time, at least 1. */
  constructor(readonly max: number) {}

  /** Runs something for a person, when it is its turn. */
  async run<T>(person: string, task: () => Promise<T>): Promise<T> {
    let line = this.#lines.get(person);
    if (!line) this.#lines.set(person, (line = { running: 0, waiting: [] }));
    const { waiting } = line;
    // Who leaves hands the place to the next.
    if (line.running >= this.max) await new Promise<void>((go) => waiting.push(go));
    else line.running++;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else if (--line.running === 0) this.#lines.delete(person);
    }
  }
}

/** How many of some connections one person may use: three quarters, and at least one. */
export const shareOf = (connections: number): number => Math.max(1, Math.floor((connections * 3) / 4));

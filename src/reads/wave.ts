/**
 * The answers of one statement, as they go through the resolvers. When they are many, some wait for a later turn of the
 * event loop. What all of them read next is held back until the last has passed, so that it stays one statement.
 */
export class Wave {
  #waiting = 0;
  #held: (() => void)[] = [];

  /** Runs something when all that is ready now has run, and no member of the wave still waits. */
  afterwards(next: () => void): void {
    void Promise.resolve().then(() =>
      process.nextTick(() => {
        if (this.#waiting > 0) this.#held.push(next);
        else next();
      }),
    );
  }

  /** Waits for a turn, as part of the wave. */
  async hold(turn: Promise<void>): Promise<void> {
    this.#waiting++;
    await turn;
    this.#waiting--;
    if (this.#waiting > 0) return;
    const held = this.#held;
    this.#held = [];
    for (const next of held) this.afterwards(next);
  }
}

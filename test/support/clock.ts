/** A clock that stands still until it is moved. Fake timers would break the database driver. */
export class TestClock {
  #now: number;

  constructor(start: string | Date = '2026-11-22T12:00:00Z') {
    this.#now = new Date(start).getTime();
  }

  readonly now = (): Date => new Date(this.#now);

  /** Moves the clock forward. */
  advance(ms: number): void {
    this.#now += ms;
  }

  set(instant: string | Date): void {
    this.#now = new Date(instant).getTime();
  }
}

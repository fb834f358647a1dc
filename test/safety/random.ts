/** Chance that can be repeated: the same seed gives the same sequence (mulberry32). */
export class Chance {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0, inclusive, to 1, exclusive. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** True in this share of cases, 0 to 1. */
  chance(share: number): boolean {
    return this.next() < share;
  }

  /** A whole number from 0 to `below - 1`. */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** Some of the items, at least `least`, in their order. */
  some<T>(items: readonly T[], least = 1): T[] {
    const wanted = least + this.below(Math.max(1, items.length - least + 1));
    const chosen = new Set<number>();
    while (chosen.size < Math.min(wanted, items.length)) chosen.add(this.below(items.length));
    return items.filter((_item, index) => chosen.has(index));
  }
}

/** How much a {@link BoundedMap} keeps. */
export interface Bounds {
  /** Maximum number of entries. */
  readonly entries: number;
  /** Maximum size of all entries together, in bytes as the caller of `set` counts them. */
  readonly bytes: number;
}

/** The size of a text in memory, in bytes. It counts two for each character; V8 uses at most that. */
export const bytesOf = (text: string): number => text.length * 2;

interface Entry<V> {
  readonly value: V;
  readonly bytes: number;
}

/**
 * A map that keeps what was used last, up to a number of entries and of bytes. Whatever the server remembers for later
 * stands in one of these, so that no caller can make it remember without limit.
 */
export class BoundedMap<V> {
  readonly #entries = new Map<string, Entry<V>>();
  #youngest: Entry<V> | undefined;
  #bytes = 0;

  /** @param onEvict receives each entry that has to make room. */
  constructor(
    readonly bounds: Bounds,
    readonly onEvict: (value: V, key: string) => void = () => {},
  ) {}

  /** Number of entries. */
  get size(): number {
    return this.#entries.size;
  }

  /** Size of all entries together. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The value of a key, which becomes the youngest. */
  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    // Moving an entry costs several times as much as finding it.
    if (!entry || entry === this.#youngest) return entry?.value;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#youngest = entry;
    return entry.value;
  }

  /** Whether there is such a key. It does not become younger. */
  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /**
   * Keeps a value, in the place of the oldest ones if necessary.
   * @param bytes size of the value; the key is added.
   * @returns false when it is larger than an eighth of the whole. Then it is not kept: it would push out too much.
   */
  set(key: string, value: V, bytes = 0): boolean {
    const size = bytes + bytesOf(key);
    if (size > this.bounds.bytes / 8) return false;
    this.delete(key);
    while (this.#entries.size >= this.bounds.entries || this.#bytes + size > this.bounds.bytes) {
      const oldest = this.#entries.keys().next().value as string;
      const { value: gone } = this.#entries.get(oldest) as { value: V };
      this.delete(oldest);
      this.onEvict(gone, oldest);
    }
    this.#youngest = { value, bytes: size };
    this.#entries.set(key, this.#youngest);
    this.#bytes += size;
    return true;
  }

  /** Forgets a key. */
  delete(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }
}

import type { FieldChange } from './change-log.js';

/**
 * Most fields and elements of lists that one event tells of. A start of 5,000 targets changes each of them; an event
 * that tells of all would be a megabyte for everybody who follows the distribution.
 */
export const MOST_CHANGES = 1_000;

const lengthOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0);

const part = (list: unknown, from: number, to: number): unknown => (Array.isArray(list) ? list.slice(from, to) : list);

/** The elements that left a list come first, then those that came to it: neither order matters to the other. */
function slice(change: FieldChange, from: number, to: number): FieldChange {
  const left = lengthOf(change.before);
  return {
    ...change,
    before: part(change.before, from, to),
    after: part(change.after, Math.max(0, from - left), Math.max(0, to - left)),
  };
}

/**
 * Divides changes among as many events as it takes for each to tell of at most {@link MOST_CHANGES}. Long lists are
 * divided, too.
 * @returns the changes of each event; one without changes where there are none.
 */
export function pagesOf(changes: readonly FieldChange[], most = MOST_CHANGES): FieldChange[][] {
  const pages: FieldChange[][] = [[]];
  let room = most;
  const turn = () => {
    pages.push([]);
    room = most;
  };
  for (const change of changes) {
    const size = lengthOf(change.before) + lengthOf(change.after);
    if (size <= 1) {
      if (room === 0) turn();
      pages.at(-1)?.push(change);
      room--;
      continue;
    }
    for (let from = 0; from < size;) {
      if (room === 0) turn();
      const to = Math.min(size, from + room);
      pages.at(-1)?.push(from === 0 && to === size ? change : slice(change, from, to));
      room -= to - from;
      from = to;
    }
  }
  return pages;
}

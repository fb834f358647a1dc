import { parseNodeId } from '../domain/node-id.js';
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

function* idsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') {
    const id = parseNodeId(value)?.uuid;
    if (id !== undefined) yield id;
  } else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) yield* idsIn(part);
  }
}

/**
 * The topics of each page: the first one has all of an event. The others have those that they tell of, and those that
 * no page tells of, such as the release of a distribution. With all topics on each page, the plan of 20,000 targets
 * would be 400,000 entries in the index of topics, and 20 events in the history of each configuration item.
 * @param topics ids of what the followers of an event follow.
 */
export function topicsOfPages(
  topics: readonly string[],
  pages: readonly (readonly FieldChange[])[],
): readonly (readonly string[])[] {
  const objects = pages.map((changes) => changes.flatMap(({ object }) => parseNodeId(object)?.uuid ?? []));
  if (pages.length === 1) return [unique([...topics, ...(objects[0] as string[])])];
  const told = pages.map((changes) => new Set(changes.flatMap((change) => [...idsIn(change)])));
  const untold = topics.filter((topic) => !told.some((ids) => ids.has(topic)));
  return pages.map((_, page) => {
    const some = page === 0 ? topics : [...untold, ...topics.filter((topic) => told[page]?.has(topic))];
    return unique([...some, ...(objects[page] as string[])]);
  });
}

const unique = (ids: readonly string[]): string[] => [...new Set(ids)];

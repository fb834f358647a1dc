import { parseNodeId } from '../domain/node-id.js';
import { atOnce, type Steps } from '../domain/steps.js';
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
export const topicsOfPages = (
  topics: readonly string[],
  pages: readonly (readonly FieldChange[])[],
): readonly (readonly string[])[] => atOnce(topicsOfPagesSteps(topics, pages));

/** {@link topicsOfPages} in steps, one for each page: a command can tell of 20,000 targets. */
export function* topicsOfPagesSteps(
  topics: readonly string[],
  pages: readonly (readonly FieldChange[])[],
): Steps<readonly (readonly string[])[]> {
  const objectsOf = (changes: readonly FieldChange[]) =>
    changes.flatMap(({ object }) => parseNodeId(object)?.uuid ?? []);
  const [only] = pages;
  if (pages.length === 1 && only !== undefined) return [unique([...topics, ...objectsOf(only)])];
  const told: Set<string>[] = [];
  const toldAnywhere = new Set<string>();
  for (const changes of pages) {
    yield;
    const ids = new Set(changes.flatMap((change) => [...idsIn(change)]));
    told.push(ids);
    for (const id of ids) toldAnywhere.add(id);
  }
  const untold = topics.filter((topic) => !toldAnywhere.has(topic));
  const followed = new Set(topics);
  const found: string[][] = [];
  for (const [page, changes] of pages.entries()) {
    yield;
    const some =
      page === 0 ? topics : [...untold, ...[...(told[page] as Set<string>)].filter((id) => followed.has(id))];
    found.push(unique([...some, ...objectsOf(changes)]));
  }
  return found;
}

const unique = (ids: readonly string[]): string[] => [...new Set(ids)];

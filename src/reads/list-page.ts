import { RequestError } from '../domain/errors.js';
import { pageBounds } from './page.js';
import type { PageInput } from '../domain/list.js';

/** One page of a list that was worked out in memory, in the shape that the connection types of the schema show. */
export interface ListPage<T> {
  readonly edges: readonly { readonly node: T; readonly cursor: string }[];
  readonly nodes: readonly T[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  count(): Promise<number>;
}

const encode = (sortKey: string) => Buffer.from(`k1.${sortKey}`).toString('base64url');

function decode(cursor: string, field: string): string {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  if (!text.startsWith('k1.'))
    throw new RequestError('BAD_USER_INPUT', `"${field}" is not a cursor of this list.`, { field });
  return text.slice(3);
}

/** A list that is worked out in memory and has an order. Only the items of the asked page are made. */
export interface OrderedList<T> {
  /** Number of items. */
  readonly size: number;
  /** The items from the start, or from the end. */
  items(backward: boolean): Iterable<T>;
}

/** What a page asks for: how many items, from which end, and beyond which sort key. */
export interface KeyedBounds {
  readonly size: number;
  readonly backward: boolean;
  /** The sort key of the item beyond which the page begins; undefined for the start or end of the list. */
  readonly beyond: string | undefined;
}

/** Reads the bounds of a page whose cursors hold sort keys. @throws RequestError BAD_USER_INPUT */
export function keyedBounds(input: PageInput): KeyedBounds {
  const { count, backward, cursor } = pageBounds(input);
  return {
    size: count,
    backward,
    beyond: cursor == null ? undefined : decode(cursor, backward ? 'before' : 'after'),
  };
}

/**
 * A page from the items beyond its bounds, in the order in which the page walks: from its cursor on. It may be given
 * one item more than it shows, so that it knows whether there are more.
 */
export function keyedPage<T>(
  items: readonly T[],
  { size, backward, beyond }: KeyedBounds,
  sortKey: (item: T) => string,
  count: () => Promise<number>,
): ListPage<T> {
  const cut = items.slice(0, size);
  const more = items.length > size;
  if (backward) cut.reverse();
  const cursorOf = (item: T | undefined) => (item === undefined ? null : encode(sortKey(item)));
  return {
    get edges() {
      return cut.map((node) => ({ node, cursor: encode(sortKey(node)) }));
    },
    nodes: cut,
    get pageInfo() {
      return {
        hasNextPage: backward ? beyond !== undefined : more,
        hasPreviousPage: backward ? more : beyond !== undefined,
        startCursor: cursorOf(cut.at(0)),
        endCursor: cursorOf(cut.at(-1)),
      };
    },
    count,
  };
}

/** Whether a sort key lies beyond the bounds of a page. Keys are in the order of their code points. */
export function isBeyond(key: string, { backward, beyond }: KeyedBounds): boolean {
  if (beyond === undefined) return true;
  const place = Buffer.compare(Buffer.from(key), Buffer.from(beyond));
  return backward ? place < 0 : place > 0;
}

/**
 * Cuts a page out of a list that is worked out afresh for each request. Cursors hold the place in the order, not a
 * number: when items come or go between two requests none is shown twice or left out.
 * @param sortKey a text per item, unique, by which the list is sorted, in the order of its code points.
 */
export function orderedPage<T>(list: OrderedList<T>, input: PageInput, sortKey: (item: T) => string): ListPage<T> {
  const bounds = keyedBounds(input);
  const cut: T[] = [];
  for (const item of list.items(bounds.backward)) {
    if (!isBeyond(sortKey(item), bounds)) continue;
    cut.push(item);
    if (cut.length > bounds.size) break;
  }
  return keyedPage(cut, bounds, sortKey, async () => list.size);
}

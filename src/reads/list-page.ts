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

/**
 * Cuts a page out of a list that is worked out afresh for each request. Cursors hold the place in the order, not a
 * number: when items come or go between two requests none is shown twice or left out.
 * @param sortKey a text per item, unique, by which the list is sorted, in the order of its code points.
 */
export function orderedPage<T>(list: OrderedList<T>, input: PageInput, sortKey: (item: T) => string): ListPage<T> {
  const { count, backward, cursor } = pageBounds(input);
  const from = cursor == null ? undefined : Buffer.from(decode(cursor, backward ? 'before' : 'after'));
  const isBeyond = (item: T): boolean => {
    if (from === undefined) return true;
    const place = Buffer.compare(Buffer.from(sortKey(item)), from);
    return backward ? place < 0 : place > 0;
  };
  const cut: T[] = [];
  let more = false;
  for (const item of list.items(backward)) {
    if (!isBeyond(item)) continue;
    more = cut.length === count;
    if (more) break;
    cut.push(item);
  }
  if (backward) cut.reverse();
  const cursorOf = (item: T | undefined) => (item === undefined ? null : encode(sortKey(item)));
  return {
    get edges() {
      return cut.map((node) => ({ node, cursor: encode(sortKey(node)) }));
    },
    nodes: cut,
    get pageInfo() {
      return {
        hasNextPage: backward ? cursor != null : more,
        hasPreviousPage: backward ? more : cursor != null,
        startCursor: cursorOf(cut.at(0)),
        endCursor: cursorOf(cut.at(-1)),
      };
    },
    count: async () => list.size,
  };
}

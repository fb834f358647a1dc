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

/**
 * Cuts a page out of a list that is worked out afresh for each request. Cursors hold the place in the order, not a
 * number: when items come or go between two requests none is shown twice or left out.
 * @param sortKey a text per item, unique, by which the list is sorted.
 */
export function listPage<T>(items: readonly T[], input: PageInput, sortKey: (item: T) => string): ListPage<T> {
  const { count, backward, cursor } = pageBounds(input);
  const keyed = items.map((node) => ({ node, key: sortKey(node) })).sort((a, b) => (a.key < b.key ? -1 : 1));
  const from = cursor == null ? undefined : decode(cursor, backward ? 'before' : 'after');
  const rest = from === undefined ? keyed : keyed.filter(({ key }) => (backward ? key < from : key > from));
  const cut = backward ? rest.slice(Math.max(rest.length - count, 0)) : rest.slice(0, count);
  const edges = cut.map(({ node, key }) => ({ node, cursor: encode(key) }));
  const more = rest.length > cut.length;
  return {
    edges,
    nodes: cut.map(({ node }) => node),
    pageInfo: {
      hasNextPage: backward ? cursor != null : more,
      hasPreviousPage: backward ? more : cursor != null,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    count: async () => items.length,
  };
}

import { DEFAULT_PAGE, MAX_PAGE, type ListInput, type OrderTerm, type PageInput } from '../domain/list.js';
import { sql, type RawBuilder } from 'kysely';
import { byLanguage } from '../database/expressions.js';
import { RequestError } from '../domain/errors.js';
import { CURSOR_VALUES } from '../domain/value.js';
import type { OrderSpec, ReadModel, ReadRow } from './model.js';
import { isMadeUp } from './single-statement/example.js';

/** A page cut to SQL: how many rows, from where, in which order. */
export interface PageCut {
  readonly size: number;
  readonly backward: boolean;
  readonly terms: readonly { readonly spec: OrderSpec; readonly descending: boolean; readonly field: string }[];
  readonly orderBy: RawBuilder<unknown>;
  readonly after: RawBuilder<unknown> | undefined;
  readonly hasCursor: boolean;
  /** What stands in the place of the table in this order, if anything does. */
  readonly table: RawBuilder<unknown> | undefined;
}

function size(value: number | null | undefined, field: string): number | undefined {
  if (value === null || value === undefined) return undefined;
  if (value < 0) throw new RequestError('BAD_USER_INPUT', `"${field}" must not be negative.`, { field });
  if (value > MAX_PAGE)
    throw new RequestError('LIMIT_EXCEEDED', `"${field}" is ${value}; a page has at most ${MAX_PAGE} items.`, {
      field,
      max: MAX_PAGE,
    });
  return value;
}

/** The SQL names of a row's order values, so that a cursor can be made from the row alone. */
export const orderAlias = (index: number): string => `__o${index}`;

const encodeCursor = (values: readonly unknown[]) => Buffer.from(JSON.stringify(values)).toString('base64url');

// Clients can write cursors of their own: every value must be one of its column. Made-up values stand for real ones,
// which are looked at when no plan is needed or the statement fails.
function decodeCursor(cursor: string, terms: PageCut['terms'], field: string): readonly unknown[] {
  try {
    const values = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown;
    if (Array.isArray(values) && values.length === terms.length + 1 && values[0] === signatureOf(terms)) {
      const rest = values.slice(1) as unknown[];
      if (terms.every(({ spec }, i) => CURSOR_VALUES[spec.type](rest[i]) || isMadeUp(rest[i]))) return rest;
    }
  } catch {
    // falls through to the one error for every kind of malformed cursor
  }
  throw new RequestError('BAD_USER_INPUT', `"${field}" is not a cursor of this list in this order.`, { field });
}

/** Names an order inside its cursors, so that a cursor of another order is recognised. */
export const signatureOf = (terms: PageCut['terms']) =>
  terms.map((t) => `${t.field}${t.descending ? '-' : '+'}`).join('');

/**
 * What Relay's arguments ask for: how many items, from which end, beyond which cursor.
 * @throws RequestError BAD_USER_INPUT for contradictory arguments, LIMIT_EXCEEDED for too large pages.
 */
export function pageBounds(input: PageInput): {
  readonly count: number;
  readonly backward: boolean;
  readonly cursor: string | null | undefined;
} {
  const first = size(input.first, 'first');
  const last = size(input.last, 'last');
  if (first !== undefined && last !== undefined)
    throw new RequestError('BAD_USER_INPUT', 'Use "first" or "last", not both.', { field: 'last' });
  const backward = last !== undefined || (input.before != null && first === undefined);
  if (backward ? input.after != null : input.before != null) {
    throw new RequestError('BAD_USER_INPUT', 'Use "first" with "after", or "last" with "before".', {
      field: backward ? 'after' : 'before',
    });
  }
  return { count: first ?? last ?? DEFAULT_PAGE, backward, cursor: backward ? input.before : input.after };
}

// Texts sort by a collation of their own, in the order, beyond a cursor and in the index alike.
const sortable = (spec: OrderSpec): OrderSpec =>
  spec.type === 'text' ? { ...spec, column: byLanguage(spec.column) } : spec;

// The terms of an order. One that a client names a part of has a table of its own, with the columns that it needs.
function termsOf(
  model: ReadModel,
  named: readonly OrderTerm[],
  filter: object | null | undefined,
): Pick<PageCut, 'terms' | 'table'> {
  const byName = named.filter(({ field }) => model.named?.[field]);
  if (byName.length > 1)
    throw new RequestError('BAD_USER_INPUT', 'An order has at most one attribute.', { field: 'orderBy' });
  const stray = named.find(({ field, attribute }) => attribute != null && !model.named?.[field]);
  if (stray)
    throw new RequestError('BAD_USER_INPUT', '"attribute" belongs to the sort field ATTRIBUTE.', { field: 'orderBy' });
  const [term] = byName;
  const own = term && model.named?.[term.field]?.(term, filter);
  const terms = named.flatMap(({ field, direction, attribute }) => {
    const descending = direction === 'DESC';
    if (own && field === term.field)
      return own.specs.map((spec, i) => ({
        spec: sortable(spec),
        field: `${field}.${attribute ?? ''}.${i}`,
        descending,
      }));
    const spec = model.order[field];
    if (!spec) throw new Error(`${model.type} has no order ${field}`);
    return [{ spec: own && field === 'ID' ? { ...spec, column: own.id } : sortable(spec), field, descending }];
  });
  return { terms, table: own?.table };
}

/**
 * Turns Relay's arguments and an order into SQL. The order always ends with the id, so that it is total.
 * @throws RequestError BAD_USER_INPUT for contradictory or malformed arguments, LIMIT_EXCEEDED for too large pages.
 */
export function cutPage(
  model: ReadModel,
  input: PageInput & Pick<ListInput, 'filter'>,
  orderBy: readonly OrderTerm[] | null | undefined,
  fallback: readonly OrderTerm[] = [],
): PageCut {
  const { count, backward, cursor } = pageBounds(input);
  const wanted = orderBy && orderBy.length > 0 ? orderBy : fallback;
  if (wanted.length > 3)
    throw new RequestError('LIMIT_EXCEEDED', 'An order has at most 3 terms.', { field: 'orderBy' });
  const named = [
    ...wanted,
    ...(wanted.some((t) => t.field === 'ID')
      ? []
      : [{ field: 'ID', direction: wanted.at(-1)?.direction ?? 'ASC' } as const]),
  ];
  const { terms, table } = termsOf(model, named, input.filter);
  const orderSql = sql.join(
    terms.map((t) => sql`${t.spec.column} ${sql.raw(t.descending !== backward ? 'desc' : 'asc')}`),
    sql`, `,
  );
  return {
    size: count,
    backward,
    terms,
    orderBy: orderSql,
    hasCursor: cursor != null,
    table,
    after:
      cursor == null ? undefined : beyond(terms, backward, decodeCursor(cursor, terms, backward ? 'before' : 'after')),
  };
}

// Rows beyond the cursor: a row comparison where all terms run the same way (an index can serve it), else the expanded
// form.
function beyond(terms: PageCut['terms'], backward: boolean, values: readonly unknown[]): RawBuilder<unknown> {
  const value = (i: number) => sql`${values[i]}::${sql.raw(terms[i]?.spec.type ?? 'text')}`;
  const down = terms.map((t) => t.descending !== backward);
  if (down.every((d) => d === down[0])) {
    return sql`
      (${sql.join(terms.map((t) => t.spec.column))}) ${sql.raw(down[0] ? '<' : '>')}
      (${sql.join(terms.map((_, i) => value(i)))})`;
  }
  const cases = terms.map((term, i) =>
    sql.join(
      [
        ...terms.slice(0, i).map((t, j) => sql`${t.spec.column} = ${value(j)}`),
        sql`${term.spec.column} ${sql.raw(down[i] ? '<' : '>')} ${value(i)}`,
      ],
      sql` and `,
    ),
  );
  return sql`(${sql.join(
    cases.map((c) => sql`(${c})`),
    sql` or `,
  )})`;
}

const TEXT_IN_CURSORS = ['uuid', 'timestamptz', 'float8'];

// The value of an order term as a cursor carries it.
const orderValue = ({ column, type }: OrderSpec) => (TEXT_IN_CURSORS.includes(type) ? sql`(${column})::text` : column);

/** Extra select items that carry the order values. Timestamps come in full precision. */
export const orderSelect = (cut: PageCut): RawBuilder<unknown> =>
  sql.join(
    cut.terms.map(({ spec }, i) => sql`${orderValue(spec)} as ${sql.id(orderAlias(i))}`),
    sql`, `,
  );

/** One page of a list, as the connection types of the schema show it. */
export class Page<Row extends ReadRow = ReadRow> {
  readonly nodes: readonly Row[];
  readonly #cut: PageCut;
  readonly #more: boolean;
  readonly #signature: string;

  /**
   * @param rows up to `size + 1` rows in SQL order; the extra one only tells that there is more.
   * @param count computes the size of the whole list; called only when the client asks.
   */
  constructor(
    rows: readonly Row[],
    cut: PageCut,
    readonly count: () => Promise<number>,
  ) {
    const kept = rows.slice(0, cut.size);
    this.nodes = cut.backward ? kept.reverse() : kept;
    this.#cut = cut;
    this.#more = rows.length > cut.size;
    this.#signature = signatureOf(cut.terms);
  }

  #cursor(row: Row): string {
    const values = row as unknown as Record<string, unknown>;
    return encodeCursor([this.#signature, ...this.#cut.terms.map((_, i) => values[orderAlias(i)])]);
  }

  /** Edges in the order of the list. */
  get edges(): { readonly node: Row; readonly cursor: string }[] {
    return this.nodes.map((node) => ({ node, cursor: this.#cursor(node) }));
  }

  /** Relay's page info. */
  get pageInfo(): {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  } {
    const [start, end] = [this.nodes.at(0), this.nodes.at(-1)];
    return {
      hasNextPage: this.#cut.backward ? this.#cut.hasCursor : this.#more,
      hasPreviousPage: this.#cut.backward ? this.#more : this.#cut.hasCursor,
      startCursor: start ? this.#cursor(start) : null,
      endCursor: end ? this.#cursor(end) : null,
    };
  }
}

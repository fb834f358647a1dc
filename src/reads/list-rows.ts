import { sql, type RawBuilder } from 'kysely';
import { filterCondition } from '../database/filter.js';
import { inGroups } from './groups.js';
import type { Part, ReadModel } from './model.js';

/** Which rows of a list are wanted. */
interface Wanted {
  readonly filter: object | null | undefined;
  /** Conditions on the rows `t` besides the filter. */
  readonly where: readonly (RawBuilder<unknown> | undefined)[];
}

/** The first rows in an order. */
interface Cut {
  /** A table with the rows in this order, in place of that of the list. */
  readonly table?: RawBuilder<unknown> | undefined;
  readonly orderBy: RawBuilder<unknown>;
  readonly limit: number;
}

const allOf = (conditions: readonly (RawBuilder<unknown> | undefined)[]): RawBuilder<unknown> => {
  const given = conditions.filter((condition) => condition !== undefined);
  return given.length === 0 ? sql`true` : sql.join(given, sql` and `);
};

// Each part has its own first rows, by its own indexes, and the page is among them. Ordered as a whole, PostgreSQL
// would read every row that fits and sort them.
function unionOf(parts: readonly Part[], { filter, where }: Wanted, cut?: Cut): RawBuilder<unknown> {
  const selects = parts.map(({ columns, rows, filters }) => {
    const first = cut ? sql`order by ${cut.orderBy} limit ${sql.lit(cut.limit)}` : sql``;
    const conditions = allOf([...where, filterCondition(filters, filter)]);
    return sql`(select ${columns} from (${rows}) t where ${conditions} ${first})`;
  });
  return sql`(${sql.join(selects, sql` union all `)}) t`;
}

/**
 * `from … where …` of a page of a list, whose rows are `t`. The page still has to be ordered and cut: there may be more
 * rows.
 */
export function pageRows(model: ReadModel, wanted: Wanted, cut: Cut): RawBuilder<unknown> {
  if (model.parts) return sql`from ${unionOf(model.parts, wanted, cut)}`;
  const { filter, where } = wanted;
  const conditions = allOf([...where.slice(0, 1), filterCondition(model.filters, filter), ...where.slice(1)]);
  const rows = cut.table ? sql`${cut.table} t` : inGroups(model, { filter, where, ...cut });
  return sql`from ${rows} where ${conditions}`;
}

/** `from … where …` of all rows of a list, to count them. */
export function allRows(model: ReadModel, wanted: Wanted): RawBuilder<unknown> {
  if (model.parts) return sql`from ${unionOf(model.parts, wanted)}`;
  const conditions = allOf([...wanted.where, filterCondition(model.filters, wanted.filter)]);
  return sql`from ${sql.raw(model.table)} t where ${conditions}`;
}

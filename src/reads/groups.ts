import { sql, type RawBuilder } from 'kysely';
import { filterCondition } from '../database/filter.js';
import type { ReadModel } from './model.js';

/** A page that a list is cut to. */
interface Wanted {
  readonly filter: object | null | undefined;
  /** The conditions on the rows `t` besides the filter. */
  readonly where: readonly (RawBuilder<unknown> | undefined)[];
  readonly orderBy: RawBuilder<unknown>;
  /** Number of rows. */
  readonly limit: number;
}

/**
 * Where a page of a list comes from: `table t`, or the first rows of every group that the filter chooses.
 *
 * An index on (type, order) gives the newest rows of one type in order, and of several types in none. So PostgreSQL
 * either sorts all rows of these types or walks through the table until enough of them have come by. Each group has its
 * own first rows, and the page is among them.
 */
export function inGroups(model: ReadModel, { filter, where, orderBy, limit }: Wanted): RawBuilder<unknown> {
  for (const [field, groupsOf] of Object.entries(model.groups ?? {})) {
    const { [field]: comparison, ...rest } = (filter ?? {}) as Record<string, Record<string, unknown> | null>;
    const groups = comparison && groupsOf(comparison);
    const spec = model.filters[field];
    if (!groups || !spec || !('column' in spec)) continue;
    const chosen = filterCondition({ [field]: { ...spec, column: sql`g.v` } as typeof spec }, { [field]: comparison });
    // Without this field's comparison, which would make PostgreSQL expect few rows in a group, and sort them.
    const inside = [sql`${groups.column} = g.v`, ...where, filterCondition(model.filters, rest)];
    return sql`(
      select t.* from (select g.v from (${groups.keys}) g(v) where ${chosen ?? sql`true`}) g
      cross join lateral (
        select t.* from ${sql.raw(model.table)} t where ${sql.join(
          inside.filter((c) => c !== undefined),
          sql` and `,
        )}
        order by ${orderBy} limit ${sql.lit(limit)}
      ) t) t`;
  }
  return sql`${sql.raw(model.table)} t`;
}

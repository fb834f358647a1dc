import { sql, type RawBuilder } from 'kysely';
import { compile } from '../database/compile.js';
import type { Queryable } from '../database/queryable.js';

/** The two instants of a question about the past. Null stands for the latest state and the latest knowledge. */
export interface Moment {
  /** When it was so. */
  readonly asOf: string | null;
  /** When it was believed to be so. */
  readonly knownAt: string | null;
}

/** Tables with a history that triggers keep: `x_history` has the states of the rows of `x`. */
export const TRACKED_TABLES = [
  'configuration_item',
  'ci_relation',
  'installation',
  'change',
  'change_ci',
  'release',
  'release_change',
  'release_ci',
  'release_content',
  'release_dependency',
  'dml_item',
  'dml_item_version',
] as const;

/** Tables whose rows say themselves from when to when they hold. Their history tells what was known when. */
const WITH_OWN_PERIOD: ReadonlySet<string> = new Set(['installation']);

const NEVER = sql`'infinity'::timestamptz`;

// Not `valid @> at`: PostgreSQL would find all states of that instant by the index of the constraint, to meet them with
// those of one item. The few states that the item's own indexes find are filtered in a tenth of the time.
const holds = (range: RawBuilder<unknown>, at: RawBuilder<unknown>) =>
  sql`lower(${range}) <= ${at} and coalesce(upper(${range}), 'infinity') > ${at}`;
const isKnown = ({ knownAt }: Moment) =>
  knownAt === null ? sql`upper_inf(h.known)` : holds(sql`h.known`, sql`${knownAt}::timestamptz`);

const known = ({ knownAt }: Moment) => (knownAt === null ? NEVER : sql`${knownAt}::timestamptz`);

/**
 * The rows of a table at an instant, as they were known at another: a select over `h` with its conditions, to which
 * more can be added.
 */
export function statesAt(table: string, moment: Moment): RawBuilder<unknown> {
  const states = sql`select h.* from ${sql.ref(`${table}_history`)} h`;
  const believed = known(moment);
  if (WITH_OWN_PERIOD.has(table)) {
    const at = moment.asOf === null ? sql`now()` : sql`${moment.asOf}::timestamptz`;
    const then = moment.knownAt === null ? sql`upper_inf(h.valid)` : holds(sql`h.valid`, believed);
    return sql`${states} where ${then} and ${isKnown(moment)}
      and h.valid_from <= ${at} and (h.valid_to is null or h.valid_to > ${at})`;
  }
  // Nobody knows what follows: who asks at an instant for a later one gets what was valid at the earlier of both.
  const at = moment.asOf === null ? believed : sql`least(${moment.asOf}::timestamptz, ${believed})`;
  const then = moment.asOf === null && moment.knownAt === null ? sql`upper_inf(h.valid)` : holds(sql`h.valid`, at);
  return sql`${states} where ${then} and ${isKnown(moment)}`;
}

const NAMES = new RegExp(`\\b(${TRACKED_TABLES.join('|')})\\b`, 'g');

/**
 * A `with` clause that puts the past in the place of the tables that a statement names. Everything after it reads what
 * was there at that moment, without a word of its own about time.
 */
export function pastOf(moment: Moment, statement: RawBuilder<unknown>): RawBuilder<unknown> {
  const named = [...new Set(compile(statement).text.match(NAMES))];
  if (named.length === 0) return sql``;
  const tables = named.map((table) => sql`${sql.ref(table)} as not materialized (${statesAt(table, moment)})`);
  return sql`with ${sql.join(tables, sql`, `)} `;
}

/** A database as it was. */
export const pastDatabase = (db: Queryable, moment: Moment): Queryable => ({
  query: async <T>(statement: RawBuilder<T>) => await db.query(sql<T>`${pastOf(moment, statement)}${statement}`),
});

import { sql, type RawBuilder } from 'kysely';

/** `ciClass` to `ci_class`: the column of a field. */
export const snakeCase = (field: string): string => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A column as a field: `owner_id` to `ownerId`. */
export const camelCase = (column: string): string =>
  column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** A `timestamptz` expression as epoch milliseconds. @param expression SQL text of the server's own, never input. */
export const epochMs = (expression: string): RawBuilder<number> =>
  sql.raw(`(extract(epoch from ${expression}) * 1000)::float8`);

/** PostgreSQL's pattern for an instant as the API writes it: ISO 8601 in UTC with milliseconds. */
export const INSTANT_FORMAT = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"';

/** A `timestamptz` expression as the text that the API shows. */
export const instantText = (expression: RawBuilder<unknown>): RawBuilder<string> =>
  sql`to_char(${expression} at time zone 'UTC', ${sql.lit(INSTANT_FORMAT)})`;

/**
 * A text expression that is compared as people sort, with the letters of all languages in every case: `ä` stands beside
 * `a`, and before `B`. The collation is the same in each database, whatever it was created with, and total: texts that
 * it holds equal are compared by their bytes.
 */
export const byLanguage = (expression: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`(${expression} collate "und-x-icu")`;

/** Ids as the text of an array of PostgreSQL. The driver would write a long list element by element, in one go. */
export const idList = (ids: Iterable<string>): string => `{${[...ids].join()}}`;

import type { RawBuilder } from 'kysely';

/** Something that runs SQL: the transaction of a unit of work, or the read pool. */
export interface Queryable {
  /** Runs a Kysely `sql` fragment and gives its rows as plain objects with the column names of the fragment. */
  query<T>(fragment: RawBuilder<T>): Promise<T[]>;
}

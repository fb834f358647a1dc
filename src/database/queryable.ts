import type { RawBuilder } from 'kysely';

/** Something that runs SQL: the transaction of a unit of work, or the read pool. */
export interface Queryable {
  /**
   * Runs a Kysely `sql` fragment and returns its rows as plain objects with the column names of the fragment.
   * In a unit of work it first writes what the ORM still holds (`em.flush()`), so that the SQL sees entities that were
   * created or changed before. The read pool sees committed rows only.
   */
  query<T>(fragment: RawBuilder<T>): Promise<T[]>;
}

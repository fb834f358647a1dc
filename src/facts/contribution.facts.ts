import { sql, type RawBuilder } from 'kysely';

/**
 * An SQL query for the people who wrote what somebody else approves.
 * @param subject SQL for the id of the object.
 */
export const authorsOf = (subject: RawBuilder<string>): RawBuilder<unknown> =>
  sql`select x.person_id from contribution x where x.subject_id = ${subject} and x.part = 'AUTHOR'`;

/** The same as an SQL array. */
export const authorIdsOf = (subject: RawBuilder<string>): RawBuilder<string[]> => sql`array(${authorsOf(subject)})`;

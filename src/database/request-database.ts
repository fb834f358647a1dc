import type { RawBuilder } from 'kysely';
import { RequestError } from '../domain/errors.js';
import type { Queryable } from './queryable.js';
import type { ReadDatabase } from './read-database.js';

/** The read database as one request sees it. */
export interface RequestDatabase extends Queryable, Pick<ReadDatabase, 'text'> {
  /** Lets it read again after the end: what follows is a new piece of work. */
  renew(): void;
}

/**
 * Reads for one request, until the database takes too long or cannot be reached. From then on every statement gets the
 * same error at once: an operation that is tried in another way, or that reads in many places, waits only once.
 */
export function requestDatabase(database: ReadDatabase): RequestDatabase {
  let end: RequestError | undefined;
  const run = async <T>(read: () => Promise<T>): Promise<T> => {
    if (end) throw end;
    try {
      return await read();
    } catch (error) {
      if (error instanceof RequestError && ['TIMEOUT', 'UNAVAILABLE'].includes(error.code)) end ??= error;
      throw error;
    }
  };
  return {
    query: async <T>(fragment: RawBuilder<T>) => await run(async () => await database.query(fragment)),
    text: async (text, values) => await run(async () => await database.text(text, values)),
    renew: () => void (end = undefined),
  };
}

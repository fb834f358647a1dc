import type { RawBuilder } from 'kysely';
import type pg from 'pg';
import { RequestError } from '../domain/errors.js';
import type { FairShare } from './fair-share.js';
import type { Queryable } from './queryable.js';
import type { ReadDatabase } from './read-database.js';
import { clientHasGone, Running } from './running.js';

/** What ends the reads of a request: an answer that is too large is not smaller when it is read row by row. */
const ENDS: ReadonlySet<string> = new Set(['TIMEOUT', 'UNAVAILABLE', 'LIMIT_EXCEEDED', 'RATE_LIMITED']);

/** The read database as one request sees it. */
export interface RequestDatabase extends Queryable, Pick<ReadDatabase, 'text' | 'given'> {
  /** Lets it read again after the end: what follows is a new piece of work. */
  renew(): void;
  /** Ends all reads for good, those that run included: nobody waits for what they find. */
  stop(): void;
}

/** The person who makes a request, and what they share with everybody else. */
export interface Reader {
  /** Key of the person. */
  readonly person: string;
  /** How much one person runs at a time. */
  readonly share: FairShare;
}

/**
 * Reads for one request, until the database takes too long, cannot be reached or has an answer that is too large.
 * From then on every statement gets the same error at once: an operation that is tried in another way, or that reads in
 * many places, waits only once.
 */
export function requestDatabase(database: ReadDatabase, { person, share }: Reader): RequestDatabase {
  let end: RequestError | undefined;
  let isStopped = false;
  const running = new Running();
  const run = async <T>(read: () => Promise<T>): Promise<T> => {
    if (end) throw end;
    try {
      return await share.run(
        person,
        async () => {
          if (end) throw end;
          return await read();
        },
        running,
      );
    } catch (error) {
      if (error instanceof RequestError && ENDS.has(error.code)) end ??= error;
      throw error;
    }
  };
  return {
    query: async <T>(fragment: RawBuilder<T>) => await run(async () => await database.query(fragment, running)),
    text: async (text, values) => await run(async () => await database.text(text, values, running)),
    given: async <T>(statement: pg.QueryConfig) => await run(async () => await database.given<T>(statement, running)),
    renew: () => {
      if (!isStopped) end = undefined;
    },
    stop: () => {
      isStopped = true;
      end ??= clientHasGone();
      running.stop();
    },
  };
}

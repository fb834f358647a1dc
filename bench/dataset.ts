import type pg from 'pg';
import { changeRows } from './dataset/change.js';
import { cmdbRows } from './dataset/cmdb.js';
import { distributionRows } from './dataset/distribution.js';
import { eventsRows } from './dataset/events.js';
import { libraryRows } from './dataset/library.js';
import { peopleRows } from './dataset/people.js';
import { releaseRows } from './dataset/release.js';
import { scheduleRows } from './dataset/schedule.js';
import { SIZES, type Size, wordsOf } from './dataset/words.js';
import { TRACKED_TABLES } from '../src/facts/past.js';

export { counts, DATASET_VERSION, LARGE_TARGETS, SIZES, type Size } from './dataset/words.js';

/** The statements that fill an empty database, in the order of their references. */
export function statements(cis: number, seed: number): string[] {
  const words = wordsOf(cis, seed);
  return [
    ...peopleRows(words),
    ...cmdbRows(words),
    ...libraryRows(words),
    ...releaseRows(words),
    ...changeRows(words),
    ...distributionRows(words),
    ...scheduleRows(words),
    ...eventsRows(words),
  ];
}

/**
 * Fills a migrated, empty database.
 * @param client a connection. With a superuser, foreign keys are not checked row by row; they hold by construction.
 * @param seed another seed gives another data set of the same shape.
 */
export async function fill(client: pg.ClientBase, size: Size, seed: number): Promise<void> {
  await client.query('set synchronous_commit = off');
  await client.query('set timezone = utc');
  await client.query('set session_replication_role = replica').catch(() => undefined);
  for (const statement of statements(SIZES[size], seed)) {
    try {
      await client.query(statement);
    } catch (error) {
      throw new Error(`Cannot create the data set: ${(error as Error).message}\n${statement.slice(0, 200)}`, {
        cause: error,
      });
    }
  }
  // Triggers were off. The history of each table begins with what is there now.
  for (const table of TRACKED_TABLES) {
    await client.query('begin');
    await client.query('select history_begin($1)', [table]);
    await client.query('commit');
  }
  await client.query('reset session_replication_role').catch(() => undefined);
  await client.query('vacuum (analyze)');
}

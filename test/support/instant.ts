import type { TestApp } from './app.js';

/**
 * An instant of the database's clock after all that was written, and before all that follows: histories count in
 * milliseconds, so it waits until one has passed.
 */
export async function instant(app: Pick<TestApp, 'readDatabase'>): Promise<string> {
  const { rows } = await app.readDatabase.pool.query<{ at: string }>(
    `select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at from pg_sleep(0.001)
     union all select null from pg_sleep(0.001)`,
  );
  return rows[0]?.at as string;
}

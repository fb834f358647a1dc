import pg from 'pg';
import type { Database } from './database.js';

// The number only has to differ from other advisory locks.
const MIGRATION_LOCK = 7_301_942_002;

// Operators read this at start: what is wrong and which setting helps, but never the password inside the address.
function unreachable(databaseUrl: string, error: unknown): Error {
  const { host, pathname } = new URL(databaseUrl);
  const { message, code } = error as { message: string; code?: string };
  return new Error(
    `Cannot use the database ${host}${pathname}: ${message || code}. Check DATABASE_URL and that the server is ` +
      'running.',
    { cause: error },
  );
}

/**
 * Brings the database to the schema of this version. Several processes may call it at once: they take turns.
 * @throws Error with advice when the database cannot be reached.
 */
export async function migrate(database: Database, databaseUrl: string): Promise<void> {
  // The lock belongs to a session, so it has a connection of its own: closing that unlocks it whatever happens.
  const turn = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'interlock-migrate',
    connectionTimeoutMillis: 5_000,
  });
  await turn.connect().catch((error: unknown) => {
    throw unreachable(databaseUrl, error);
  });
  try {
    await turn.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await database.migrator.up();
  } finally {
    await turn.end();
  }
}

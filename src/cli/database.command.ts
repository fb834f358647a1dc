import { migrate } from '../entities/migrate.js';
import { loadConfig } from '../config.js';
import { openDatabase, type Database } from '../entities/database.js';
import { startEmbeddedPostgres } from '../server/postgres/embedded-postgres.js';

/** Opens the configured database for one command line task and closes it afterwards. */
export async function withDatabase<T>(task: (database: Database, url: string) => Promise<T>): Promise<T> {
  const config = loadConfig();
  const embedded = config.databaseUrl === undefined ? await startEmbeddedPostgres(config.dataDir) : undefined;
  const url = config.databaseUrl ?? (embedded as { url: string }).url;
  const database = openDatabase(url, { poolSize: 2, statementTimeoutMs: 600_000 });
  try {
    return await task(database, url);
  } finally {
    await database.close(true);
    await embedded?.stop();
  }
}

/** Brings the database to the schema of this version. */
export async function migrateCommand(): Promise<void> {
  await withDatabase(async (database, url) => await migrate(database, url));
  console.log('The database is up to date.');
}

/** Writes a migration with what the entities have and the migrations lack. */
export async function migrationCreate(): Promise<void> {
  await withDatabase(async (database, url) => {
    await migrate(database, url);
    const { fileName } = await database.migrator.create();
    console.log(fileName === '' ? 'Nothing to migrate.' : `Written: migrations/${fileName}. Review it.`);
  });
}

/** @throws Error if the entities have what the migrations lack */
export async function migrationCheck(): Promise<void> {
  await withDatabase(async (database, url) => {
    await migrate(database, url);
    if (await database.migrator.checkSchema())
      throw new Error('A migration is missing for changes of the entities: run `npm run migration:create`.');
    console.log('The migrations match the entities.');
  });
}

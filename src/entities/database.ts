import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entities } from './index.js';

/** The write side's connection to PostgreSQL. */
export type Database = MikroORM;

// The package root, found upwards: this file runs from src/ (tests) and from dist/src/ (the server).
function packageRoot(): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, 'package.json'))) dir = dirname(dir);
  return dir;
}

/** How {@link openDatabase} connects. */
export interface DatabaseOptions {
  /** Connections in the write pool. */
  readonly poolSize: number;
  /** Longest time one statement may take, in milliseconds. */
  readonly statementTimeoutMs: number;
}

/**
 * Opens the ORM for the write side. No connection is made before the first statement.
 * @param url address of the database.
 */
export function openDatabase(url: string, { poolSize, statementTimeoutMs }: DatabaseOptions): Database {
  const root = packageRoot();
  return new MikroORM({
    clientUrl: url,
    entities,
    extensions: [Migrator],
    forceUtcTimezone: true,
    // The ORM's own log goes to standard output in colours; what matters arrives as errors in ours.
    logger: () => {},
    pool: { min: 0, max: poolSize },
    driverOptions: { application_name: 'interlock-write', statement_timeout: statementTimeoutMs, idle_in_transaction_session_timeout: 60_000 },
    migrations: {
      tableName: 'migration',
      path: join(root, 'dist', 'migrations'),
      pathTs: join(root, 'migrations'),
      snapshotName: '.snapshot',
      transactional: true,
      disableForeignKeys: false,
    },
    schemaGenerator: { disableForeignKeys: false, ignoreSchema: ['pgboss'] },
  });
}

import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import { existsSync } from 'node:fs';
import type pg from 'pg';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entities } from './index.js';
import { PLANNER } from '../database/read-database.js';
import { nameStatements } from './named-statements.js';
import { SetBasedDriver } from './set-based-driver.js';

/** The connection of the write side to PostgreSQL. */
export type Database = MikroORM;

// Searched upwards, because this file runs from src/ (tests) and from dist/src/ (the server).
function packageRoot(): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, 'package.json'))) dir = dirname(dir);
  return dir;
}

/** A pooled client whose `release` can be replaced; the types of node-postgres do not allow that. */
interface LentClient extends pg.PoolClient {
  release: (error?: Error | boolean) => void;
}

/**
 * Returns connections that break inside a transaction to the pool, which discards them. Kysely fails to do so when
 * `begin`, `commit`
 * or `rollback` fails (https://github.com/kysely-org/kysely/issues/1990): each broken connection would keep its slot
 * until no slot is left and every write waits.
 */
function discardBrokenConnections(pool: pg.Pool): void {
  const lent = new WeakSet<pg.PoolClient>();
  pool.on('acquire', (client) => void lent.add(client));
  pool.on('release', (_error, client) => void lent.delete(client));
  pool.on('connect', (client: LentClient) => {
    client.on('error', (error) => {
      if (!lent.has(client)) return; // the pool itself discards idle clients
      const { release } = client;
      client.release = () => {}; // its borrower may still call it
      release.call(client, error);
    });
  });
}

// More rows than any command writes; the largest limit is that of the targets of a distribution.
const MAX_ROWS = 20_000;

/** Options of {@link openDatabase}. */
export interface DatabaseOptions {
  /** Maximum number of connections in the write pool. */
  readonly poolSize: number;
  /** Maximum duration of one statement, in milliseconds. */
  readonly statementTimeoutMs: number;
  /** Additional settings of node-postgres. */
  readonly connection?: object;
}

/**
 * Opens the ORM for the write side. No connection is made before the first statement.
 * @param url connection string of the database.
 */
export function openDatabase(url: string, { poolSize, statementTimeoutMs, connection }: DatabaseOptions): Database {
  const root = packageRoot();
  return new MikroORM({
    clientUrl: url,
    driver: SetBasedDriver,
    // A command writes the rows of a table by one statement, however many they are.
    batchSize: MAX_ROWS,
    entities,
    extensions: [Migrator],
    forceUtcTimezone: true,
    // The log of the ORM goes to standard output in colours; what matters reaches our own log as errors.
    logger: () => {},
    pool: { min: 0, max: poolSize },
    driverOptions: {
      application_name: 'interlock-write',
      statement_timeout: statementTimeoutMs,
      idle_in_transaction_session_timeout: 60_000,
      connectionTimeoutMillis: 5_000,
      onPoolCreated: (pool: pg.Pool) => {
        discardBrokenConnections(pool);
        nameStatements(pool);
      },
      ...connection,
      options: `-c timezone=UTC ${PLANNER}`,
    },
    migrations: {
      tableName: 'migration',
      path: join(root, 'dist', 'migrations'),
      pathTs: join(root, 'migrations'),
      snapshotName: '.snapshot',
      // Only `migration create` writes the snapshot: what `up` reads back from the database differs from it in details.
      snapshotOnMigrate: false,
      transactional: true,
      disableForeignKeys: false,
    },
    schemaGenerator: { disableForeignKeys: false, ignoreSchema: ['pgboss'] },
  });
}

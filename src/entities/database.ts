import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import { existsSync } from 'node:fs';
import type pg from 'pg';
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

/** What of a client of the pool is not in its types: whoever lent it gives it back by this. */
interface LentClient extends pg.PoolClient {
  release: (error?: Error | boolean) => void;
}

/**
 * Gives connections that break in the middle of a transaction back to the pool, which throws them away. Kysely does not where `begin`,
 * `commit` or `rollback` fails (https://github.com/kysely-org/kysely/issues/1990): each would keep its place for ever, and when the
 * last place is gone nothing could be written any more.
 */
function releaseBroken(pool: pg.Pool): void {
  const lent = new WeakSet<pg.PoolClient>();
  pool.on('acquire', (client) => void lent.add(client));
  pool.on('release', (_error, client) => void lent.delete(client));
  pool.on('connect', (client: LentClient) => {
    client.on('error', (error) => {
      if (!lent.has(client)) return; // the pool itself takes care of those that wait in it
      const { release } = client;
      client.release = () => {}; // whoever holds it may still give it back
      release.call(client, error);
    });
  });
}

/** How {@link openDatabase} connects. */
export interface DatabaseOptions {
  /** Connections in the write pool. */
  readonly poolSize: number;
  /** Longest time one statement may take, in milliseconds. */
  readonly statementTimeoutMs: number;
  /** More settings of node-postgres. */
  readonly connection?: object;
}

/**
 * Opens the ORM for the write side. No connection is made before the first statement.
 * @param url address of the database.
 */
export function openDatabase(url: string, { poolSize, statementTimeoutMs, connection }: DatabaseOptions): Database {
  const root = packageRoot();
  return new MikroORM({
    clientUrl: url,
    entities,
    extensions: [Migrator],
    forceUtcTimezone: true,
    // The ORM's own log goes to standard output in colours; what matters arrives as errors in ours.
    logger: () => {},
    pool: { min: 0, max: poolSize },
    driverOptions: {
      application_name: 'interlock-write',
      statement_timeout: statementTimeoutMs,
      idle_in_transaction_session_timeout: 60_000,
      connectionTimeoutMillis: 5_000,
      onPoolCreated: releaseBroken,
      ...connection,
    },
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

import 'reflect-metadata';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '../src/entities/migrate.js';
import { ROLES } from '../src/domain/roles.js';
import { openDatabase } from '../src/entities/database.js';
import { Person } from '../src/entities/people/person.entity.js';
import { startEmbeddedPostgres } from '../src/server/postgres/embedded-postgres.js';
import { issueAccessToken } from '../src/services/people/access-token.service.js';
import { transact } from '../src/services/unit-of-work.js';
import { DATASET_VERSION, fill, type Size } from './dataset.js';
import { SYSTEM } from '../src/domain/actor.js';

/** The benchmark's own database. */
export interface BenchDatabase {
  readonly url: string;
  /** A token that can read everything. */
  readonly token: string;
  /** The PostgreSQL server, for the report. */
  readonly server: string;
  /** Seconds that it took to create the data set; 0 for a kept one. */
  readonly loadSeconds: number;
  /** Drops the database unless it is kept, and stops the server that was started for it. */
  end(): Promise<void>;
}

/** Options of {@link openBenchDatabase}. */
export interface BenchDatabaseOptions {
  readonly size: Size;
  readonly seed: number;
  /** Folder of an embedded PostgreSQL that keeps its databases for the next run. Default: a temporary folder. */
  readonly keep?: string | undefined;
  /** True for a run that changes the database (live events): it is never kept. */
  readonly fresh?: boolean;
  /** More settings of the embedded server. */
  readonly settings?: readonly string[];
}

async function withClient<T>(url: string, task: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'interlock-bench' });
  await client.connect();
  try {
    return await task(client);
  } finally {
    await client.end();
  }
}

async function benchToken(url: string): Promise<string> {
  const database = openDatabase(url, { poolSize: 1, statementTimeoutMs: 60_000 });
  try {
    const services = { database, clock: () => new Date(), enqueue: async () => {}, committed: () => {} };
    return await transact(services, { actor: SYSTEM, requestId: 'bench' }, async (uow) => {
      const email = 'bench@bench.test';
      const person =
        (await uow.em.findOne(Person, { email })) ?? uow.em.create(Person, { name: 'Bench', email, roles: [...ROLES] });
      await uow.em.flush();
      return issueAccessToken(uow, { name: 'bench', personId: person.id, roles: ROLES, days: 1 }).text;
    });
  } finally {
    await database.close(true);
  }
}

/** Creates a database with the data set, or opens a kept one, on the server of DATABASE_URL or on an embedded one. */
export async function openBenchDatabase({
  size,
  seed,
  keep,
  fresh,
  settings,
}: BenchDatabaseOptions): Promise<BenchDatabase> {
  const given = process.env['DATABASE_URL'];
  let folder: string | undefined;
  let server: { url: string; stop?: () => Promise<void> };
  if (given !== undefined && given !== '') server = { url: given };
  else {
    folder = keep ?? mkdtempSync(join(tmpdir(), 'interlock-bench-'));
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o755); // as root the embedded server runs as another user
    // A vacuum during the turn of one server would count against that server. The data set is vacuumed when it is
    // created. The peers get the same cost of random pages that Interlock sets on its own connections.
    const flags = ['autovacuum=off', 'random_page_cost=1.1', ...(settings ?? [])];
    const { ownerUrl, stop } = await startEmbeddedPostgres(folder, flags);
    server = { url: ownerUrl, stop };
  }
  const name = `interlock_bench_${size}_${seed}_v${DATASET_VERSION}${fresh === true ? `_${process.pid}` : ''}`;
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  const kept = keep !== undefined && fresh !== true;
  const drop = async () =>
    await withClient(server.url, async (client) => await client.query(`drop database if exists ${name} with (force)`));
  const begin = performance.now();
  let loadSeconds = 0;
  const found = await withClient(
    server.url,
    async (client) => (await client.query('select 1 from pg_database where datname = $1', [name])).rowCount === 1,
  );
  if (!found || !kept) {
    await drop();
    await withClient(server.url, async (client) => await client.query(`create database ${name}`));
    try {
      const database = openDatabase(url.href, { poolSize: 1, statementTimeoutMs: 600_000 });
      await migrate(database, url.href);
      await database.close(true);
      await withClient(url.href, async (client) => await fill(client, size, seed));
    } catch (error) {
      await drop();
      throw error;
    }
    loadSeconds = (performance.now() - begin) / 1_000;
  }
  const version = await withClient(
    url.href,
    async (client) => (await client.query<{ v: string }>(`select current_setting('server_version') as v`)).rows[0]?.v,
  );
  return {
    url: url.href,
    token: await benchToken(url.href),
    server: `PostgreSQL ${version} (${given ? 'DATABASE_URL' : 'embedded'})`,
    loadSeconds,
    end: async () => {
      if (!kept) await drop();
      await server.stop?.();
      if (folder !== undefined && keep === undefined && existsSync(folder))
        rmSync(folder, { recursive: true, force: true });
    },
  };
}

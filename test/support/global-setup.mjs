// Once per test run: a PostgreSQL (DATABASE_URL's, or an embedded one in a temporary folder) and in it a template
// database that the migrations themselves built. Test files clone the template, which takes milliseconds.
import { accessSync, chmodSync, constants, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

const GIB = 2 ** 30;
const MEMORY = '/dev/shm';

/** Where databases live: in memory where there is plenty, because a clone is a thousand files; otherwise on disk. */
function placeOfDatabases() {
  try {
    accessSync(MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(MEMORY);
    if (bavail * bsize > 6 * GIB && freemem() > 6 * GIB) return MEMORY;
  } catch {
    // This system has no such place.
  }
  return tmpdir();
}

export default async function setup() {
  await import('reflect-metadata');
  const { migrate } = await import('../../dist/src/entities/migrate.js');
  const { openDatabase } = await import('../../dist/src/entities/database.js');
  const { Jobs } = await import('../../dist/src/jobs/jobs.js');
  const { startEmbeddedPostgres } = await import('../../dist/src/server/postgres/embedded-postgres.js');

  const folder = mkdtempSync(join(tmpdir(), 'interlock-test-'));
  chmodSync(folder, 0o755); // as root the embedded server runs as another user
  let server = process.env.DATABASE_URL;
  if (!server) {
    const databases = mkdtempSync(join(placeOfDatabases(), 'interlock-test-'));
    globalThis.__interlockDatabases = databases;
    chmodSync(databases, 0o755);
    const embedded = await startEmbeddedPostgres(databases, [
      'fsync=off',
      'synchronous_commit=off',
      'full_page_writes=off',
      // Databases live for seconds: nothing to vacuum, and no replica. Tests that need statistics run ANALYZE.
      'autovacuum=off',
      // Without statistics a plan for given values is no better than one for any, and planning is a third of the work.
      'plan_cache_mode=force_generic_plan',
      'wal_level=minimal',
      'max_wal_senders=0',
      'max_wal_size=2GB',
    ]);
    globalThis.__interlockPostgres = embedded;
    server = embedded.ownerUrl;
  }
  try {
    await buildTemplate(server, folder, { migrate, openDatabase, Jobs });
  } catch (error) {
    // There is no teardown after a failed setup; the database must not stay behind.
    await globalThis.__interlockPostgres?.stop();
    for (const place of [folder, globalThis.__interlockDatabases ?? folder])
      rmSync(place, { recursive: true, force: true });
    throw error;
  }
}

async function buildTemplate(server, folder, { migrate, openDatabase, Jobs }) {
  const name = `interlock_template_${process.pid}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  await admin.query(`drop database if exists ${name} with (force)`);
  await admin.query(`create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const database = openDatabase(url.href, { poolSize: 2, statementTimeoutMs: 60_000 });
  await migrate(database, url.href);
  await database.close(true);
  const jobs = await Jobs.open({
    databaseUrl: url.href,
    jobs: [],
    sweeps: [],
    services: () => ({}),
    onError: console.error,
    onJob: () => {},
    stopTimeoutMs: 1_000,
  });
  await jobs.stop();
  await admin.end();
  process.env.INTERLOCK_TEST_SERVER = server;
  process.env.INTERLOCK_TEST_TEMPLATE = name;
  process.env.INTERLOCK_TEST_FOLDER = folder;
}

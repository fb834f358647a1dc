import { rmSync } from 'node:fs';
import pg from 'pg';

export default async function teardown() {
  const admin = new pg.Client({ connectionString: process.env.INTERLOCK_TEST_SERVER });
  await admin.connect();
  await admin.query(`drop database if exists ${process.env.INTERLOCK_TEST_TEMPLATE} with (force)`);
  await admin.end();
  await globalThis.__interlockPostgres?.stop();
  const folder = process.env.INTERLOCK_TEST_FOLDER;
  for (const place of [folder, globalThis.__interlockDatabases ?? folder])
    rmSync(place, { recursive: true, force: true });
}

import { chmodSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { Migration20261128085000_history } from '../../migrations/Migration20261128085000_history.js';
import { Migration20261128095000_name_trigrams } from '../../migrations/Migration20261128095000_name_trigrams.js';
import { startEmbeddedPostgres } from '../../src/server/postgres/embedded-postgres.js';
import { interlock } from '../support/command.js';

// Two migrations ask for an extension. A database that refuses it, or whose server does not have it, works without. The
// test needs a superuser, so it has a PostgreSQL of its own.

let server: Awaited<ReturnType<typeof startEmbeddedPostgres>>;
let database: URL;
let superuser: pg.Client;

const values = async (statement: string) => (await superuser.query<{ x: string }>(statement)).rows.map(({ x }) => x);
const extensions = async () => await values(`select extname as x from pg_extension where extname <> 'plpgsql'`);

beforeAll(async () => {
  const folder = mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'extensions-'));
  chmodSync(folder, 0o755);
  server = await startEmbeddedPostgres(folder);
  database = new URL(server.ownerUrl);
  const admin = new pg.Client({ connectionString: server.ownerUrl });
  await admin.connect();
  await admin.query('create database bare');
  await admin.end();
  database.pathname = '/bare';
  superuser = new pg.Client({ connectionString: database.href });
  await superuser.connect();
}, 60_000);
afterAll(async () => {
  await superuser.end();
  await server.stop();
});

test('a role that may not create extensions migrates, and keeps histories without their constraint', async () => {
  await superuser.query(`create role limited login password 'x'; grant create on schema public to limited`);
  const url = new URL(database);
  [url.username, url.password] = ['limited', 'x'];
  expect(await interlock(['migrate'], { env: { DATABASE_URL: url.href } })).toMatchObject({ code: 0 });
  expect(await extensions()).toEqual([]);
  expect(await values(`select indexname as x from pg_indexes where indexname like '%_trigrams'`)).toEqual([]);
  expect(await values(`select conname as x from pg_constraint where contype = 'x'`)).toEqual([]);
  await superuser.query(`
    insert into configuration_item
      (id, number, name, ci_class, state, lifecycle_state, criticality, version, created_at, updated_at)
    values (gen_random_uuid(), 'CI-1', 'web', 'SERVER', 'DISCOVERED', 'BUILD', 'LOW', 1, now(), now())`);
  await superuser.query(`update configuration_item set name = 'shop'`);
  const names = await values('select name as x from configuration_item_history order by lower(valid)');
  expect(names).toEqual(['web', 'shop']);
}, 60_000);

test('a server that does not have the extensions lets the migrations go on', async () => {
  await superuser.query(`set extension_control_path = '/nowhere'`);
  await expect(superuser.query('create extension pg_trgm')).rejects.toThrow('not available');
  const trigrams = new Migration20261128095000_name_trigrams({} as never, {} as never);
  const history = new Migration20261128085000_history({} as never, {} as never);
  trigrams.up();
  history.up();
  const asking = [...trigrams.getQueries(), ...history.getQueries()]
    .map(String)
    .filter((query) => query.includes('create extension'));
  expect(asking).toHaveLength(2);
  for (const query of asking) await superuser.query(query);
  expect(await extensions()).toEqual([]);
});

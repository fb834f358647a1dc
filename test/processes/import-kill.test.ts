import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { ndjson } from '../support/files.js';
import { freePort, ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';

const run = promisify(execFile);
const ROWS = 20_000;
const KILLS = 3;

let database: TestDatabase;
let pool: pg.Pool;
let server: ServerProcess;
let token: string;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 2 });
  const env = {
    DATABASE_URL: database.url,
    INTERLOCK_DATA_DIR: mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'import-kill-')),
    NODE_ENV: 'development',
    LOG_LEVEL: 'fatal',
  };
  server = new ServerProcess(await freePort(), env);
  await server.start();
  const args = ['bin/interlock.mjs', 'token', 'create', '--role', 'CONFIGURATION_MANAGER', '--name', 'Carl'];
  token = (await run(process.execPath, args, { env: { ...process.env, ...env } })).stdout.trim();
}, 60_000);

afterAll(async () => {
  await server?.kill('SIGTERM');
  await pool?.end();
  await database?.drop();
});

// A database that was empty also has sample data.
const ITEMS = `configuration_item where external_source = 'kill'`;
const EVENTS = `domain_event where type = 'configuration-item.registered' and payload ? 'import'`;
const HISTORY = `configuration_item_history where external_source = 'kill'`;

const count = async (from: string): Promise<number> =>
  Number((await pool.query<{ n: string }>(`select count(*) as n from ${from}`)).rows[0]?.n);

const send = async (file: string) =>
  await fetch(`${server.url}/import/configuration-items`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
    body: file,
  });

test('a server is killed in the middle of a file; sent again, the file goes on and writes no row twice', async () => {
  const file = ndjson(
    Array.from({ length: ROWS }, (_, n) => ({
      externalRef: { source: 'kill', key: String(n) },
      name: `item ${n}`,
      ciClass: 'SERVER',
    })),
  );
  let position = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const broken = send(file).then(
      () => false,
      () => true,
    );
    const before = position;
    await until(async () => (await count(`file_import where position > ${before}`)) === 1, 'a batch to be written');
    await server.kill();
    expect(await broken).toBe(true);
    position = Number((await pool.query('select position from file_import')).rows[0]?.position);
    // What is written has its result, its event and its history, and nothing else is.
    expect(await count(ITEMS)).toBe(position);
    expect(await count(EVENTS)).toBe(position);
    expect(await count(HISTORY)).toBe(position);
    await server.start();
  }
  expect(position).toBeGreaterThan(0);
  expect(position).toBeLessThan(ROWS);
  const answer = await send(file);
  expect((await answer.json()) as object).toMatchObject({
    import: { state: 'COMPLETED', position: ROWS, created: ROWS, updated: 0, unchanged: 0, failed: 0 },
  });
  expect(await count('file_import')).toBe(1);
  expect(await count(ITEMS)).toBe(ROWS);
  expect(await count(`(select distinct external_key from ${ITEMS}) k`)).toBe(ROWS);
  expect(await count(EVENTS)).toBe(ROWS);
}, 120_000);

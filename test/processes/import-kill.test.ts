import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { interlock, launch } from '../support/command.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { ndjson } from '../support/files.js';
import { freePort, ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';

const run = promisify(execFile);
const ROWS = 20_000;
const KILLS = 3;

let folder: string;
let database: TestDatabase;
let pool: pg.Pool;
let server: ServerProcess;
let token: string;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 2 });
  folder = mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'import-kill-'));
  const env = {
    DATABASE_URL: database.url,
    INTERLOCK_DATA_DIR: folder,
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

test('interlock import goes on by itself when its server comes back', async () => {
  const file = join(folder, 'cis.ndjson');
  const item = (n: number) => ({
    externalRef: { source: 'back', key: String(n) },
    name: `item ${n}`,
    ciClass: 'SERVER',
  });
  writeFileSync(file, ndjson(Array.from({ length: ROWS }, (_, n) => item(n))));
  const env = { INTERLOCK_URL: server.url, INTERLOCK_TOKEN: token };
  const { ended } = launch(['import', file, '--json'], { env });
  const begun = `file_import where digest = '${createHash('sha256').update(readFileSync(file)).digest('hex')}'`;
  await until(async () => (await count(`${begun} and position > 0`)) === 1, 'a batch to be written');
  await server.kill();
  await server.start();
  const { code, stdout, stderr } = await ended;
  expect(stderr).toMatch(/^The connection was lost: [^\n]+ Going on in 1 s\.\n/);
  expect([code, JSON.parse(stdout).import]).toMatchObject([0, { state: 'COMPLETED', created: ROWS, failed: 0 }]);
  expect(await count(`configuration_item where external_source = 'back'`)).toBe(ROWS);

  // What a server refuses is not tried again, however much there is to send.
  const refused = await interlock(['import', file], { env: { ...env, INTERLOCK_TOKEN: 'ilk_nonsense' } });
  expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^[^\n]*token[^\n]*\n$/i) });
}, 120_000);

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MAX_PREPARED } from '../../../src/database/prepared-statements.js';
import { openDatabase } from '../../../src/entities/database.js';
import { openReadDatabase, type ReadDatabase } from '../../../src/database/read-database.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';

let database: TestDatabase;
let reads: ReadDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  // One connection, so that what it has prepared can be asked of it.
  reads = openReadDatabase(database.url, { poolSize: 1, statementTimeoutMs: 10_000, onError: () => {} });
});
afterAll(async () => {
  await reads.close();
  await database.drop();
});

const statement = (n: number, padding = '') => `select $1 || ${n}::text${padding} as data`;

async function ask(n: number, times: number, padding = ''): Promise<void> {
  for (let i = 0; i < times; i++) expect(await reads.text(statement(n, padding), ['n'])).toBe(`n${n}`);
}

async function prepared(): Promise<string[]> {
  const { rows } = await reads.pool.query<{ statement: string }>('select statement from pg_prepared_statements');
  return rows.map((row) => row.statement);
}

test('a statement that came once is not prepared', async () => {
  await ask(0, 1);
  expect(await prepared()).toEqual([]);
  await ask(0, 1);
  expect(await prepared()).toEqual([statement(0)]);
});

test('after any number of other statements a new one is still prepared, and old ones have gone', async () => {
  for (let n = 1; n <= MAX_PREPARED.entries * 2 + 200; n++) {
    await ask(n, 2);
    if (n % 100 === 0) await ask(0, 1); // it is used all the time, and stays
  }
  const kept = await prepared();
  expect(kept).toHaveLength(MAX_PREPARED.entries);
  expect(kept).toContain(statement(MAX_PREPARED.entries * 2 + 200));
  expect(kept).toContain(statement(0));
  expect(kept).not.toContain(statement(1));
  // What has gone runs again, and is prepared again.
  await ask(1, 2);
  expect(await prepared()).toContain(statement(1));
}, 30_000);

test('statements that came once push no other one out', async () => {
  const before = await prepared();
  for (let n = 10_000; n < 10_700; n++) await ask(n, 1);
  expect(await prepared()).toEqual(before);
}, 30_000);

test('long statements are bounded by their text', async () => {
  const padding = ' '.repeat(200_000);
  for (let n = 20_000; n < 20_040; n++) await ask(n, 2, padding);
  const texts = await prepared();
  expect(texts.join('').length * 2).toBeLessThanOrEqual(MAX_PREPARED.bytes);
  expect(texts).toContain(statement(20_039, padding));
});

test('those that make room together are deallocated by one statement', async () => {
  for (let n = 30_000; n < 30_060; n++) await ask(n, 2, ' '.repeat(100_000));
  const before = await prepared();
  const client = await reads.pool.connect();
  const { query } = client;
  const sent: unknown[] = [];
  Object.assign(client, {
    query: (...args: Parameters<typeof query>) => {
      sent.push(args[0]);
      return query.apply(client, args);
    },
  });
  client.release();
  const long = ' '.repeat(250_000);
  await ask(30_060, 2, long);
  Object.assign(client, { query });
  const after = await prepared();
  expect(after.includes(statement(30_060, long))).toBe(true);
  expect(before.filter((text) => !after.includes(text)).length).toBeGreaterThan(1);
  expect(sent.filter((text) => String(text).startsWith('deallocate'))).toHaveLength(1);
});

test('both pools tell the planner the same', async () => {
  const orm = openDatabase(database.url, { poolSize: 1, statementTimeoutMs: 10_000 });
  const asked = "select current_setting('jit') as jit, current_setting('random_page_cost') as page";
  try {
    const told = { jit: 'off', page: '1.1' };
    expect((await reads.pool.query(asked)).rows).toEqual([told]);
    expect(await orm.em.getConnection().execute(asked)).toEqual([told]);
  } finally {
    await orm.close(true);
  }
});

test('a statement that fails does not cost the connection', async () => {
  const pid = async () => await reads.text('select pg_backend_pid()::text as data', []);
  const before = await pid();
  await expect(reads.text('select (1 / $1::int)::text as data', [0])).rejects.toThrow('division by zero');
  expect(await pid()).toBe(before);
});

test('commands name their statements, too, and a connection still sees a failed one as what it is', async () => {
  const orm = openDatabase(database.url, { poolSize: 1, statementTimeoutMs: 10_000 });
  const em = orm.em.fork();
  try {
    const run = async (text: string, ...values: unknown[]) => await em.getConnection().execute(text, values);
    for (let n = 0; n < 3; n++) expect(await run('select ?::text as data', n)).toEqual([{ data: String(n) }]);
    for (let n = 0; n < 3; n++) await expect(run('select 1 / ?::int', 0)).rejects.toThrow('division by zero');
    const kept = (await run('select statement from pg_prepared_statements')).map(({ statement: text }: any) => text);
    expect(kept.toSorted()).toEqual(['begin', 'commit', 'select $1::text as data', 'select 1 / $1::int']);
  } finally {
    await orm.close(true);
  }
});

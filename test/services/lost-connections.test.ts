import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openDatabase, type Database } from '../../src/entities/database.js';
import { inTransaction } from '../../src/entities/transaction.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { openDatabaseProxy, type DatabaseProxy } from '../support/proxy.js';

let testDatabase: TestDatabase;
let proxy: DatabaseProxy;
let database: Database;
const PLACES = 2;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  proxy = await openDatabaseProxy(testDatabase.url);
  database = openDatabase(proxy.url, { poolSize: PLACES, statementTimeoutMs: 5_000 });
});
afterAll(async () => {
  await database.close(true); // waits for every place of the pool
  await proxy.close();
  await testDatabase.drop();
});

const ask = async (): Promise<unknown> =>
  await inTransaction(database, async (em) => await em.execute('select 1 as one'));

// A connection whose `begin`, `commit` or `rollback` fails must not keep its place: with two, the third failure would
// be the last.
test.each([
  ['between two statements', async () => proxy.cut(), async () => {}],
  [
    'in the middle of a statement',
    async () => void setTimeout(() => proxy.cut(), 50),
    async () => await new Promise((resolve) => setTimeout(resolve, 10)),
  ],
])('a connection that breaks %s of a transaction gives its place in the pool back', async (_when, cut, pause) => {
  for (let i = 0; i < PLACES * 2 + 1; i++) {
    const broken = inTransaction(database, async (em) => {
      await em.execute('select 1');
      await cut();
      await pause();
      await em.execute('select pg_sleep(2)');
    });
    await expect(broken).rejects.toThrow(/Connection terminated|not queryable|ECONNRESET|EPIPE/);
    proxy.mend();
    expect(await ask()).toEqual([{ one: 1 }]);
  }
});

test('a connection that breaks while it waits in the pool is not handed out', async () => {
  for (let i = 0; i < PLACES * 2 + 1; i++) {
    expect(await ask()).toEqual([{ one: 1 }]);
    proxy.cut();
    // Whether the pool has noticed by now is chance: refused or broken, it must go on afterwards.
    await expect(ask()).rejects.toThrow();
    proxy.mend();
    expect(await ask()).toEqual([{ one: 1 }]);
  }
});

test('as many transactions at once as there are places, all of them cut, leave all places free', async () => {
  const all = Array.from({ length: PLACES }, () =>
    inTransaction(database, async (em) => await em.execute('select pg_sleep(2)')),
  );
  const settled = Promise.allSettled(all);
  await new Promise((resolve) => setTimeout(resolve, 100));
  proxy.cut();
  expect((await settled).map(({ status }) => status)).toEqual(all.map(() => 'rejected'));
  proxy.mend();
  expect(await Promise.all(Array.from({ length: PLACES }, ask))).toEqual(
    Array.from({ length: PLACES }, () => [{ one: 1 }]),
  );
});

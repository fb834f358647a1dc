import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Socket } from 'node:net';
import type pg from 'pg';
import { openDatabase, type Database } from '../../src/entities/database.js';
import { READ_TYPES } from '../../src/database/read-database.js';
import { finishTransaction } from '../../src/entities/named-statements.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

interface Connection {
  getNativeClient(): Promise<pg.Pool>;
}

let database: TestDatabase;
let orm: Database;
let pool: pg.Pool;
/** A connection as the query builder borrows it. */
let client: pg.PoolClient;

beforeAll(async () => {
  database = await createTestDatabase();
  orm = openDatabase(database.url, { poolSize: 1, statementTimeoutMs: 10_000 });
  pool = await (orm.em.getConnection() as unknown as Connection).getNativeClient();
  await pool.query('create table noted (n int primary key check (n > 0))');
});
beforeEach(async () => void (client = await pool.connect()));
afterEach(async () => {
  client.release();
  await pool.query('truncate noted');
});
afterAll(async () => {
  await orm.close(true);
  await database.drop();
});

const INSERT = 'insert into noted (n) values ($1)';
const note = async (n: number) => await client.query(INSERT, [n]);
const noteAndCommit = async (n: number) => await finishTransaction(client, { text: INSERT, values: [n] });
const run = async (text: string) => await client.query(text);

/** What others see. */
async function noted(): Promise<number[]> {
  const other = openDatabase(database.url, { poolSize: 1, statementTimeoutMs: 10_000 });
  try {
    const rows = await other.em.getConnection().execute<{ n: number }[]>('select n from noted order by n');
    return rows.map(({ n }) => n);
  } finally {
    await other.close(true);
  }
}

/** How many messages are sent to PostgreSQL together while something runs. */
async function sends(work: () => Promise<unknown>): Promise<number> {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  const { write, uncork } = stream;
  let count = 0;
  let corked = false;
  Object.assign(stream, {
    cork: () => {
      corked = true;
      Object.getPrototypeOf(stream).cork.call(stream);
    },
    uncork: () => {
      corked = false;
      count++;
      uncork.call(stream);
    },
    write: (...args: unknown[]) => {
      if (!corked) count++;
      return (write as (...all: unknown[]) => boolean).apply(stream, args);
    },
  });
  try {
    await work();
  } finally {
    for (const name of ['cork', 'uncork', 'write']) Reflect.deleteProperty(stream, name);
  }
  return count;
}

describe('the ends of a transaction', () => {
  test('travel with its first and its last statement', async () => {
    const count = await sends(async () => {
      await run('begin');
      expect(await note(1)).toMatchObject({ command: 'INSERT', rowCount: 1 });
      expect((await client.query('select n from noted where n > $1', [0])).rows).toEqual([{ n: 1 }]);
      expect(await noteAndCommit(2)).toBeUndefined();
      await run('commit');
    });
    expect(count).toBe(3);
    expect(await noted()).toEqual([1, 2]);
  });

  test('travel with its only statement', async () => {
    const once = async (n: number) =>
      await sends(async () => {
        await run('begin');
        await noteAndCommit(n);
        await run('commit');
      });
    expect([await once(1), await once(2), await once(3)]).toEqual([1, 1, 1]);
    expect(await noted()).toEqual([1, 2, 3]);
  });

  test('are not sent when nothing happens between them', async () => {
    const count = await sends(async () => {
      await run('begin');
      await run('commit');
      await run('begin');
      await run('rollback');
    });
    expect(count).toBe(0);
  });

  test('hold for statements without values', async () => {
    await run('begin');
    await run('insert into noted (n) values (1)');
    await run('rollback');
    expect(await noted()).toEqual([]);
  });

  test('hold back what is not committed', async () => {
    await run('begin');
    await note(1);
    expect(await noted()).toEqual([]);
    await run('rollback');
    expect(await noted()).toEqual([]);
  });

  test.each([
    ['the first statement', async () => await note(0), []],
    ['a later statement', async () => void (await note(1), await note(0)), []],
    ['the last statement', async () => void (await note(1), await noteAndCommit(0)), []],
    ['the only statement', async () => await noteAndCommit(0), []],
  ])('undo everything when %s fails, and the next transaction is whole', async (_, work, left) => {
    await run('begin');
    await expect(work()).rejects.toMatchObject({ code: '23514' });
    await run('rollback');
    expect(await noted()).toEqual(left);
    await run('begin');
    await note(7);
    await run('rollback');
    expect(await noted()).toEqual([]);
  });

  test('let no statement follow the last one', async () => {
    await run('begin');
    await noteAndCommit(1);
    await expect(note(2)).rejects.toThrow('follows the one that committed');
    await expect(run('insert into noted (n) values (3)')).rejects.toThrow('follows the one that committed');
    await run('commit');
    await note(4);
    expect(await noted()).toEqual([1, 4]);
  });

  test('take along what is read after the commit', async () => {
    const found: unknown[] = [];
    const once = async (n: number) =>
      await sends(async () => {
        await run('begin');
        const reading = { text: 'select n, at from noted, seen where n = $1', values: [n], types: READ_TYPES };
        found.push(await finishTransaction(client, { text: INSERT, values: [n] }, reading));
        await run('commit');
      });
    await run("create table seen as select '2026-11-28T00:00:00Z'::timestamptz as at");
    expect([await once(1), await once(2), await once(3)]).toEqual([1, 1, 1]);
    expect(found).toEqual([1, 2, 3].map((n) => [{ n, at: '2026-11-28T00:00:00.000Z' }]));
  });

  test('are done, even if what is read afterwards fails', async () => {
    for (let n = 1; n <= 4; n++) {
      await run('begin');
      const reading = { text: 'select 1 / $1::int', values: [n === 4 ? 1 : 0], types: READ_TYPES };
      const read = await finishTransaction(client, { text: INSERT, values: [n] }, reading);
      expect(read).toEqual(n === 4 ? [{ '?column?': 1 }] : undefined);
      await run('commit');
    }
    expect(await noted()).toEqual([1, 2, 3, 4]);
  });

  test('do not reach into the next use of the connection', async () => {
    await run('begin');
    client.release();
    client = await pool.connect();
    await note(5);
    expect(await noted()).toEqual([5]);
  });
});

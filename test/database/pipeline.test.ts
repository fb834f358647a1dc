import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { Pipeline, type FixedStatement, type TextRow } from '../../src/database/pipeline.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('create table noted (n int primary key)');
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const run = async (...statements: FixedStatement[]): Promise<readonly TextRow[]> =>
  await new Promise((found, failed) => {
    client.query(
      new Pipeline(statements, (error, rows = []) => (error == null ? found(rows) : failed(error as Error))),
    );
  });
const ONE = { name: 'one', text: 'insert into noted select coalesce(max(n), 0) + 1 from noted returning n' };
const ALL = { name: 'all', text: 'select count(*), null from noted' };
const BROKEN = { name: 'broken', text: 'select 1 / (select count(*) - 4 from noted)' };
const UNKNOWN = { name: 'unknown', text: 'select n from missing' };

test('its statements see each other, and give their rows one after the other', async () => {
  expect(await run(ONE, ONE, ALL)).toEqual([['1'], ['2'], ['2', null]]);
  expect(await run(ONE, ALL)).toEqual([['3'], ['3', null]]);
});

test('all of them happen or none, and the connection goes on', async () => {
  await expect(run(ONE, BROKEN)).rejects.toThrow('division by zero');
  await expect(run(ONE, UNKNOWN)).rejects.toThrow('"missing" does not exist');
  await expect(run(ONE, BROKEN)).rejects.toThrow('division by zero');
  expect(await run(ALL)).toEqual([['3', null]]);
});

test('they are prepared once', async () => {
  await run(ONE, ALL);
  const { rows } = await client.query<{ n: number }>(
    `select (generic_plans + custom_plans)::int as n from pg_prepared_statements where name = 'all'`,
  );
  expect(rows[0]?.n).toBeGreaterThan(2);
});

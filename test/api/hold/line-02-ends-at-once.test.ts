import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';

let app: TestApp;
let reader: TestClient;
let locker: pg.Client;

beforeAll(async () => {
  app = await startTestApp({ env: { INTERLOCK_STATEMENT_TIMEOUT_MS: '300' } });
  reader = await app.as('Audrey', 'AUDITOR');
  locker = new pg.Client({ connectionString: app.testDatabase.url });
  await locker.connect();
});
afterAll(async () => {
  await locker.end();
  await app.end();
});

const QUERY = '{ teams(first: 5) { nodes { id name } totalCount } }';

test('a statement that takes too long is not tried in other ways', async () => {
  await reader.ok(QUERY);
  await reader.ok(QUERY); // from now on a known query, answered by one statement
  await locker.query('begin; lock table team in access exclusive mode');
  try {
    const before = app.readDatabase.statements;
    const { errors } = await reader.send(QUERY);
    expect(errors?.[0]?.extensions.code).toBe('TIMEOUT');
    expect(app.readDatabase.statements - before).toBe(1);
    // A document that was not there before goes another way to the same end.
    const other = await reader.send('{ teams(first: 6) { nodes { id } } }');
    expect(other.errors?.[0]?.extensions.code).toBe('TIMEOUT');
    expect(app.readDatabase.statements - before).toBe(2);
  } finally {
    await locker.query('rollback');
  }
  expect((await reader.ok(QUERY)).teams.totalCount).toBe(0);
});

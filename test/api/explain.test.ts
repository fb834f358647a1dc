import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadSampleData } from '../../src/cli/sample-data.js';
import { formatSql } from '../../src/database/format-sql.js';
import { explain } from '../../src/server/graphql/explain.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { TestClient } from '../support/client.js';

let app: TestApp;
let auditor: TestClient;

beforeAll(async () => {
  // Also in the run of the API tests by graphql-js: one statement is what this test is about.
  app = await startTestApp({ env: { INTERLOCK_EXECUTOR: 'compiled' } });
  auditor = await app.as('audrey', 'AUDITOR');
  await app.transact(loadSampleData);
});
afterAll(async () => await app.end());

const QUERY = `{
  releases(first: 5, orderBy: [{ field: NAME }]) {
    totalCount
    edges { cursor node { id name onHold { reason } owner { name } phases { nodes { tasks { nodes { name state } } } }
      } }
    pageInfo { hasNextPage endCursor }
  }
  configurationItems(last: 3, filter: { name: { contains: "e" } }) { nodes { name attributes externalRef { key } } }
  scheduleEntries(first: 3) { nodes { id startsAt } }
}`;

test('what it prints is the statement that the server runs', async () => {
  const { statement } = (await explain({ schema: app.schema, source: QUERY, roles: ['AUDITOR'] })) as Extract<
    Awaited<ReturnType<typeof explain>>,
    { statement: unknown }
  >;
  const formatted = formatSql(statement.text);
  expect(formatted.split('\n').length).toBeGreaterThan(40);
  const answer = await app.readDatabase.text(statement.text, statement.values);
  expect(await app.readDatabase.text(formatted, statement.values)).toBe(answer);
  expect(answer).toContain('"totalCount"');
  expect(await app.statements(() => auditor.ok(QUERY))).toBe(1);
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { MAX_PATTERN } from '../../../src/database/filter.js';
import { MAX_CONDITIONS } from '../../../src/server/conditions.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { until } from '../../support/until.js';

const POOL = 4;
const SHARE = 3;

let app: TestApp;
let reader: TestClient;
let other: TestClient;

beforeAll(async () => {
  app = await startTestApp({ env: { INTERLOCK_READ_POOL: String(POOL), INTERLOCK_STATEMENT_TIMEOUT_MS: '60000' } });
  reader = await app.as('Audrey', 'AUDITOR');
  other = await app.as('Otto', 'AUDITOR');
  for (const client of [reader, other]) await client.ok('{ viewer { person { id } } }');
});
afterAll(async () => await app.end());

/** The code that a query is refused with, and how many statements it ran. */
async function refusal(query: string, variables: Record<string, unknown> = {}) {
  const before = app.readDatabase.statements;
  const { errors } = await reader.send(query, variables);
  return { code: errors?.[0]?.extensions.code, statements: app.readDatabase.statements - before };
}

const REFUSED = { code: 'LIMIT_EXCEEDED', statements: 0 };
const nested = (ors: number, contains: number) => ({
  or: Array.from({ length: ors }, (_, i) => ({
    or: Array.from({ length: contains }, (__, k) => ({ name: { contains: `${i}-${k}` } })),
  })),
});

describe('conditions in filters', () => {
  const QUERY =
    'query($filter: ConfigurationItemFilter) { configurationItems(filter: $filter, first: 5) { totalCount } }';

  test('a filter of 100 times 40 nested conditions is refused before anything runs', async () => {
    expect(await refusal(QUERY, { filter: nested(100, 40) })).toEqual(REFUSED);
    expect((await refusal(QUERY, { filter: nested(5, 10) })).code).toBeUndefined();
  });

  test('also for a query that is known with a small filter', async () => {
    for (let time = 0; time < 3; time++) await reader.ok(QUERY, { filter: nested(1, 2) });
    expect(await refusal(QUERY, { filter: nested(100, 40) })).toEqual(REFUSED);
  });

  test('all filters of an operation count together, wherever they stand', async () => {
    const many = (n: number) =>
      `{ or: [${Array.from({ length: n }, (_, i) => `{ name: { eq: "x${i}" } }`).join(' ')}] }`;
    const lists = (n: number) => `a: teams(filter: ${many(n)}) { totalCount } ...Two`;
    const two = (n: number) => `fragment Two on Query { b: teams(filter: ${many(n)}) { totalCount } }`;
    const half = MAX_CONDITIONS / 2;
    expect((await refusal(`{ ${lists(half)} } ${two(half)}`)).code).toBeUndefined();
    expect(await refusal(`{ ${lists(half)} } ${two(half + 1)}`)).toEqual(REFUSED);
  });

  test('a list of values is one condition', async () => {
    const values = Array.from({ length: 500 }, (_, i) => `x${i}`);
    expect((await refusal(QUERY, { filter: { name: { in: values } } })).code).toBeUndefined();
  });

  test.each(['contains', 'startsWith'])('%s takes a text of bounded length', async (operator) => {
    const asked = async (length: number) =>
      (await refusal(QUERY, { filter: { name: { [operator]: 'x'.repeat(length) } } })).code;
    expect(await asked(MAX_PATTERN)).toBeUndefined();
    expect(await asked(MAX_PATTERN + 1)).toBe('LIMIT_EXCEEDED');
  });
});

describe('statements that wait', () => {
  let locker: pg.Client;
  beforeEach(async () => {
    locker = new pg.Client({ connectionString: app.testDatabase.url });
    await locker.connect();
    await locker.query('begin; lock table team in access exclusive mode');
  });
  afterEach(async () => await locker.end());

  // A transaction sees the activity as it was when it first looked, unless it says otherwise.
  async function waiting(): Promise<number> {
    await locker.query('select pg_stat_clear_snapshot()');
    const { rows } = await locker.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity
       where datname = current_database() and application_name = 'interlock-read' and wait_event_type = 'Lock'`,
    );
    return rows[0]?.n ?? 0;
  }
  const whenWaiting = async (n: number) => {
    let seen = -1;
    await until(
      async () => (seen = await waiting()) === n,
      () => `${n} statements to wait; ${seen} do`,
      20_000,
    );
  };

  test('one person does not take all connections', async () => {
    const answers = Array.from({ length: 12 }, (_, n) => reader.send(`{ teams(first: ${n + 1}) { nodes { id } } }`));
    await whenWaiting(SHARE);
    expect(await other.ok('{ people(first: 1) { totalCount } }')).toBeDefined();
    expect(await waiting()).toBe(SHARE);
    await locker.query('rollback');
    for (const { errors } of await Promise.all(answers)) expect(errors).toBeUndefined();
  });

  test('a client that has gone waits for nothing, and leaves its connections to others', async () => {
    const gone = new AbortController();
    const answers = Array.from({ length: 6 }, (_, n) =>
      fetch(`${app.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...reader.headers },
        body: JSON.stringify({ query: `{ teams(first: ${n + 21}) { nodes { id } } }` }),
        signal: gone.signal,
      }).catch(() => undefined),
    );
    await whenWaiting(SHARE);
    const before = app.readDatabase.statements;
    gone.abort();
    await Promise.all(answers);
    await whenWaiting(0);
    expect(app.readDatabase.statements).toBe(before); // those that stood in line never began
    await until(
      () => app.readDatabase.pool.idleCount === app.readDatabase.pool.totalCount,
      () => 'all connections to be free',
    );
    await locker.query('rollback');
    expect((await reader.ok('{ teams(first: 1) { totalCount } }')).teams.totalCount).toBe(0);
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { RawSocket } from '../../support/raw-socket.js';
import { until } from '../../support/until.js';

// The share leaves three connections: the server itself looks into the log with two of them.
const POOL = 12;
const SHARE = 9;
const MANY = 1_000;
/** How many statements of a person may wait. */
const LINE = 1_000;

let app: TestApp;
let reader: TestClient;
let other: TestClient;
let locker: pg.Client;
let sockets: RawSocket[];
let followed: string;

beforeAll(async () => {
  app = await startTestApp({
    env: {
      INTERLOCK_READ_POOL: String(POOL),
      INTERLOCK_STATEMENT_TIMEOUT_MS: '60000',
      INTERLOCK_MAX_SUBSCRIPTIONS: String(MANY),
    },
  });
  reader = await app.as('Audrey', 'AUDITOR');
  other = await app.as('Otto', 'AUDITOR');
  for (const client of [reader, other]) followed = (await client.ok('{ viewer { person { id } } }')).viewer.person.id;
});
afterAll(async () => await app.end());

beforeEach(async () => {
  sockets = [];
  locker = new pg.Client({ connectionString: app.testDatabase.url });
  await locker.connect();
});
afterEach(async () => {
  await locker.query('rollback');
  await locker.end();
  for (const socket of sockets) await socket.close();
});

/** From now on every page of the log waits. */
const lockLog = async () => await locker.query('begin; lock table domain_event in access exclusive mode');

const whenWaiting = async (n: number) => {
  let seen = -1;
  await until(
    async () => {
      // A transaction sees the activity as it was when it first looked, unless it says otherwise.
      await locker.query('select pg_stat_clear_snapshot()');
      const { rows } = await locker.query<{ n: number }>(
        `select count(*)::int as n from pg_stat_activity
         where datname = current_database() and application_name = 'interlock-read' and wait_event_type = 'Lock'
           and query like '%topics && $3%'`,
      );
      return (seen = rows[0]?.n ?? 0) === n;
    },
    () => `${n} statements to wait; ${seen} do`,
    20_000,
  );
};

async function openSocket(): Promise<RawSocket> {
  const socket = await new RawSocket(app.url).init(reader.token);
  sockets.push(socket);
  return socket;
}

/** Starts subscriptions that catch up with the log. */
const catchUp = async (socket: RawSocket, count: number) =>
  await socket.send(
    ...Array.from({ length: count }, (_, n) => ({
      id: `s${n}`,
      type: 'subscribe',
      payload: { query: `subscription { eventStream(of: "${followed}") { endCursor } }` },
    })),
  );

const allIdle = async () =>
  await until(
    () => app.readDatabase.pool.idleCount === app.readDatabase.pool.totalCount,
    () => 'all connections to be free',
  );

describe('statements of subscriptions', () => {
  test('a socket that starts 1,000 and closes leaves nothing behind, and everybody else is served', async () => {
    const socket = await openSocket();
    await lockLog();
    const before = app.readDatabase.statements;
    await catchUp(socket, MANY);
    await whenWaiting(SHARE);
    await until(
      () => app.readDatabase.statements - before >= SHARE,
      () => 'the statements to begin',
    );
    expect(await other.ok('{ people(first: 1) { totalCount } }')).toBeDefined();
    const started = app.readDatabase.statements;
    await socket.close();
    await whenWaiting(0);
    expect(app.readDatabase.statements).toBe(started); // those that stood in line never began
    await locker.query('rollback');
    await allIdle();
  });

  test('a completed subscription leaves its connection to the next, and its place in the line', async () => {
    const socket = await openSocket();
    await lockLog();
    await catchUp(socket, SHARE + 2);
    await whenWaiting(SHARE);
    await socket.send(...[SHARE, SHARE + 1, 0].map((n) => ({ id: `s${n}`, type: 'complete' })));
    await whenWaiting(SHARE - 1);
    await locker.query('rollback');
    const left = Array.from({ length: SHARE - 1 }, (_, n) => `s${n + 1}`);
    const messages = await socket.until((all) => left.every((id) => all.some((one) => one.id === id)));
    expect(new Set(messages.flatMap(({ id }) => id ?? []))).toEqual(new Set(left));
    await allIdle();
  });

  test('the line of a person has an end, and others do not stand in it', async () => {
    const [first, second] = [await openSocket(), await openSocket()];
    await lockLog();
    const half = 600;
    await catchUp(first, half);
    await catchUp(second, half);
    const refused = () =>
      sockets.flatMap(({ messages }) =>
        messages.filter(({ type }) => type === 'error').map(({ payload }) => payload[0]),
      );
    await until(
      () => refused().length === 2 * half - SHARE - LINE,
      () => `the rest to be refused; ${refused().length} are`,
      20_000,
    );
    expect(refused()[0]).toMatchObject({
      message: expect.stringContaining('wait for the database'),
      extensions: { code: 'RATE_LIMITED', max: LINE, retryAfterSeconds: 1 },
    });
    // The same person over HTTP stands in the same line; another person does not.
    expect((await reader.send('{ people(first: 1) { totalCount } }')).errors?.[0]?.extensions.code).toBe(
      'RATE_LIMITED',
    );
    expect(await other.ok('{ people(first: 1) { totalCount } }')).toBeDefined();
    await locker.query('rollback');
    const answered = () =>
      sockets.reduce((sum, { messages }) => sum + messages.filter((m) => m.type === 'next').length, 0);
    await until(
      () => answered() === SHARE + LINE,
      () => `those in the line to be answered; ${answered()} are`,
      20_000,
    );
    expect(await reader.ok('{ people(first: 1) { totalCount } }')).toBeDefined();
  });
});

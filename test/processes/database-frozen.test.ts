import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { castOf } from '../support/cast.js';
import type { TestClient } from '../support/client.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { openDatabaseProxy, type DatabaseProxy } from '../support/proxy.js';
import { until } from '../support/until.js';

let database: TestDatabase;
let proxy: DatabaseProxy;
let app: TestApp;
let manager: TestClient;

const REGISTER =
  'mutation($input: ConfigurationItemRegisterInput!) { configurationItemRegister(input: $input) { ' +
  'configurationItem { id } userErrors { message } } }';
const register = async (name: string) => await manager.send(REGISTER, { input: { name, ciClass: 'SERVER' } });
const ready = async () => (await fetch(`${app.url}/readyz`)).status;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await openDatabaseProxy(database.url);
  app = await startTestApp({ work: 'start', env: { DATABASE_URL: proxy.url, INTERLOCK_STATEMENT_TIMEOUT_MS: '500' } });
  ({ configurationManager: manager } = await castOf(app, 'configurationManager'));
});

afterAll(async () => {
  proxy.mend();
  await app.end();
  await proxy.close();
  await database.drop();
}, 90_000);

// Nothing is broken and nothing is refused: no error ever comes from the network.
test(
  'a database that falls silent is given up: whoever waits is told, and when it speaks again all goes on by ' +
    'itself',
  async () => {
    const stream = manager.subscribe(
      'subscription { eventStream(types: ["configuration-item"]) { events { subject { name } } endCursor caughtUp } }',
    );
    await stream.next();
    expect((await register('before')).errors).toBeUndefined();
    expect((await stream.next()).value?.data?.eventStream.events).toEqual([{ subject: { name: 'before' } }]);

    proxy.freeze();
    const [state, query, mutation] = await Promise.all([
      ready(),
      manager.send('{ configurationItems { nodes { name } } }'),
      register('during'),
    ]);
    expect(state).toBe(503);
    expect(query.errors?.map(({ extensions }: any) => extensions.code)).toEqual(['UNAVAILABLE']);
    expect(mutation.errors?.map(({ extensions }: any) => extensions.code)).toEqual(['UNAVAILABLE']);
    // Not only the first: what is dead is not handed out again and again.
    expect((await register('still during')).errors?.map(({ extensions }: any) => extensions.code)).toEqual([
      'UNAVAILABLE',
    ]);

    proxy.mend();
    await until(async () => (await ready()) === 200, 'the server to be ready again', 30_000);
    await until(async () => (await register('after')).errors === undefined, 'a command to be taken', 30_000);
    const { nodes } = (await manager.ok('{ configurationItems { nodes { name } } }')).configurationItems;
    expect(nodes).toEqual([{ name: 'before' }, { name: 'after' }]);
    expect((await stream.next()).value?.data?.eventStream.events).toEqual([{ subject: { name: 'after' } }]);
    await stream.return?.();
  },
  120_000,
);

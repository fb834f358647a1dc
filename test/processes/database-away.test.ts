import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
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

const status = async (path: string) => (await fetch(`${app.url}${path}`)).status;
const register = (name: string) => ({ name, ciClass: 'SERVER' });
const names = async (client: TestClient) =>
  (await client.ok('{ configurationItems { nodes { name } } }')).configurationItems.nodes.map(
    (n: { name: string }) => n.name,
  );

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await openDatabaseProxy(database.url);
  app = await startTestApp({ env: { DATABASE_URL: proxy.url } });
  ({ configurationManager: manager } = await castOf(app, 'configurationManager'));
  await manager.run('configurationItemRegister', register('before'), 'configurationItem');
});

afterAll(async () => {
  proxy.mend();
  await app.end();
  await proxy.close();
  await database.drop();
});

describe('the database goes away under a running server', () => {
  test('commands and queries answer UNAVAILABLE, /readyz 503, and all recovers by itself', async () => {
    await app.relay();
    const stream = manager.subscribe(
      'subscription { eventStream { events { type subject { name } } endCursor caughtUp } }',
    );
    await stream.next();
    expect(await status('/readyz')).toBe(200);

    proxy.cut();
    await until(() => proxy.connections === 0, 'all connections to be broken');
    const query = await manager.send('{ configurationItems { nodes { name } } }');
    expect(query.errors?.[0]?.extensions.code).toBe('UNAVAILABLE');
    const mutation = await manager.send(
      'mutation($input: ConfigurationItemRegisterInput!) { configurationItemRegister(input: $input) { ' +
        'configurationItem { id } } }',
      {
        input: register('during'),
      },
    );
    expect(mutation.errors?.[0]?.extensions.code).toBe('UNAVAILABLE');
    expect(JSON.stringify([query.errors, mutation.errors])).not.toMatch(/ECONN|127\.0\.0\.1|interlock:/);
    expect(await status('/readyz')).toBe(503);
    expect(await status('/healthz')).toBe(200);

    proxy.mend();
    await until(async () => (await status('/readyz')) === 200, 'the server to be ready again');
    await manager.run('configurationItemRegister', register('after'), 'configurationItem');
    expect(await names(manager)).toEqual(['before', 'after']);

    // The subscription that was open all the time goes on, without a gap.
    const { value } = await stream.next();
    expect(value?.data?.eventStream.events).toEqual([
      { type: 'configuration-item.registered', subject: { name: 'after' } },
    ]);
    await stream.return?.();
  });
});

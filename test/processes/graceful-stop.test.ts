import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { castOf } from '../support/cast.js';
import { deafSocket, RawSocket, textFrame } from '../support/raw-socket.js';
import { until } from '../support/until.js';

let app: TestApp;
let hub: TestApp | undefined;
afterEach(async () => {
  await app.end().catch(() => {});
  await hub?.end();
});

const STREAM = { id: '1', type: 'subscribe', payload: { query: 'subscription { eventStream { caughtUp } }' } };

/** Locks a table, so that a command that writes to it waits. @returns a function that lets it go on */
async function hold(beside: TestApp, table: string): Promise<() => Promise<void>> {
  const client = await beside.readDatabase.pool.connect();
  await client.query(`begin; lock table ${table} in exclusive mode`);
  return async () => {
    await client.query('rollback');
    client.release();
  };
}

const waiting = async (beside: TestApp) =>
  await until(async () => (await beside.count(`pg_locks where not granted`)) > 0, 'the command to wait for the table');

/** Sends a request by hand on a connection that stays open, and collects what comes back. */
function byHand(
  url: string,
  text: string,
): { readonly socket: Socket; readonly received: () => string; readonly ended: Promise<void> } {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let received = '';
  socket.on('data', (chunk) => (received += String(chunk))).on('error', () => {});
  const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.write(text);
  return { socket, received: () => received, ended };
}

describe('a graceful stop', () => {
  test('says so at once, lets a command end, sends clients away to resume, and cuts deaf ones off', async () => {
    hub = await startTestApp(); // keeps the database and watches it
    app = await startTestApp({ beside: hub });
    const { configurationManager } = await castOf(app, 'configurationManager');
    const polite = await new RawSocket(app.url).init(configurationManager.token);
    await polite.send(STREAM);
    await polite.until((all) => all.some((m) => m.id === '1'));
    const deaf = await deafSocket(app.url);
    deaf.write(textFrame(JSON.stringify({ type: 'ping' })));
    await until(() => app.sockets() === 2, 'both sockets to be open');

    const release = await hold(hub, 'configuration_item');
    const body = JSON.stringify({
      query:
        'mutation { configurationItemRegister(input: { name: "in flight", ciClass: SERVER }) { configurationItem ' +
        '{ name } } }',
    });
    const request = byHand(
      app.url,
      `POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${configurationManager.token}\r\nContent-Type: ` +
        `application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await waiting(hub);

    const started = Date.now();
    const stopped = app.stop();
    // Not ready from the first moment on, while everything else still works: who routes traffic here shall see it
    // first.
    const ready = await fetch(`${app.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'unready', reason: 'stopping' }]);
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
    expect(await polite.closed()).toMatchObject({ code: 1012 });
    expect(await new RawSocket(app.url).closed()).toMatchObject({ refused: 503 });
    // The deaf one gets two seconds.
    await new Promise<void>((resolve) => deaf.on('close', () => resolve()));
    expect(Date.now() - started).toBeLessThan(3_000);
    await release();
    await stopped;
    await request.ended;
    expect(Date.now() - started).toBeLessThan(3_500);
    expect(request.received()).toMatch(/^HTTP\/1.1 200 OK/);
    expect(request.received()).toMatch(/connection: close/i);
    expect(request.received()).toContain(
      '{"data":{"configurationItemRegister":{"configurationItem":{"name":"in flight"}}}}',
    );
    expect(await hub.count(`configuration_item where name = 'in flight'`)).toBe(1);
    await expect(fetch(`${app.url}/healthz`)).rejects.toThrow(); // nobody listens any more
  }, 20_000);

  test('goes on to answer while load balancers notice', async () => {
    hub = await startTestApp();
    app = await startTestApp({ beside: hub, env: { INTERLOCK_STOP_DELAY_MS: '700' } });
    const { configurationManager } = await castOf(app, 'configurationManager');
    const stopped = app.stop();
    for (const path of ['/readyz', '/healthz', '/readyz']) {
      const { status } = await fetch(`${app.url}${path}`);
      expect([path, status]).toEqual([path, path === '/readyz' ? 503 : 200]);
    }
    expect((await configurationManager.ok('{ viewer { roles } }')).viewer.roles).toEqual(['CONFIGURATION_MANAGER']);
    await stopped;
    await expect(fetch(`${app.url}/healthz`)).rejects.toThrow();
  });

  test('does not wait longer than the drain time for a request that never ends', async () => {
    hub = await startTestApp();
    app = await startTestApp({ beside: hub, env: { INTERLOCK_DRAIN_TIMEOUT_MS: '300' } });
    const { configurationManager } = await castOf(app, 'configurationManager');
    // It promises a body and never sends it.
    const request = byHand(
      app.url,
      `POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${configurationManager.token}\r\nContent-Type: ` +
        'application/json\r\nContent-Length: 100\r\n\r\n{',
    );
    await until(() => request.socket.bytesWritten > 100, 'the request to be sent');
    await until(
      async () =>
        (await new Promise<number>((resolve) => app.http.server.getConnections((_error, count) => resolve(count)))) > 0,
      'the server to have the connection',
    );
    const started = Date.now();
    await app.stop();
    expect(Date.now() - started).toBeLessThan(2_500);
    await request.ended;
    expect(request.received()).not.toMatch(/200 OK/);
  });

  test('is the same stop when it is asked for twice', async () => {
    hub = undefined;
    app = await startTestApp();
    await Promise.all([app.stop(), app.stop()]);
    await expect(fetch(`${app.url}/healthz`)).rejects.toThrow();
  });
});

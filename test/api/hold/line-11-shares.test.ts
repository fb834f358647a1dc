import { request, type ClientRequest } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { makeItem, registerVersion, upload } from '../../support/media.js';
import { RawSocket } from '../../support/raw-socket.js';
import { until } from '../../support/until.js';

let app: TestApp;
let lara: TestClient;
let liam: TestClient;

beforeAll(async () => {
  app = await startTestApp({ env: { INTERLOCK_MAX_SOCKETS: '2', INTERLOCK_MAX_UPLOADS: '1' } });
  lara = await app.as('lara', 'DML_LIBRARIAN');
  liam = await app.as('liam', 'DML_LIBRARIAN');
});
afterAll(async () => await app.end());

test('a person has so many sockets open at a time, whichever token opens them; others have theirs', async () => {
  const open = await Promise.all([lara, lara].map(async ({ token }) => await new RawSocket(app.url).init(token)));
  const other = await app.as('lara', 'DML_LIBRARIAN', 'AUDITOR');
  for (const { token } of [lara, other]) {
    const third = await new RawSocket(app.url).send({
      type: 'connection_init',
      payload: { authorization: `Bearer ${token}` },
    });
    expect(await third.closed()).toMatchObject({
      code: 1013,
      reason: expect.stringContaining('2 sockets'),
      messages: [],
    });
  }
  await (await new RawSocket(app.url).init(liam.token)).close();
  await open[0]?.close();
  await until(() => app.sockets() === 1, 'the first socket to be gone');
  await (await new RawSocket(app.url).init(lara.token)).close();
  await open[1]?.close();
});

test('what a person subscribes to has a bound in bytes, and an end frees it', async () => {
  const socket = await new RawSocket(app.url).init(liam.token);
  // Each comment is a token of its own: a document of 40 kB takes some 10 MB.
  const query = (i: number) => `subscription { eventStream { caughtUp } } #${i}${'\n#'.repeat(20_000)}`;
  const subscribe = async (id: string, i: number) =>
    await socket.send({ id, type: 'subscribe', payload: { query: query(i) } });
  for (let i = 0; i < 30; i++) await subscribe(`s${i}`, i);
  await socket.until((all) => all.length >= 30);
  const refused = socket.messages.filter(({ type }) => type === 'error');
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(10);
  for (const { payload } of refused) expect(payload).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }]);
  await socket.send({ id: 's0', type: 'complete' }, { id: 's1', type: 'complete' }, { type: 'ping' });
  await socket.until((all) => all.some(({ type }) => type === 'pong'));
  await until(() => app.services.hub.followers < 30 - refused.length, 'the subscriptions to end');
  await subscribe('again', 0);
  await socket.until((all) => all.some(({ id, type }) => id === 'again' && type === 'next'));
  await socket.close();
});

function beginUpload(client: TestClient, version: string): ClientRequest {
  const { hostname, port } = new URL(client.url);
  const sent = request({
    method: 'PUT',
    hostname,
    port,
    path: `/media/versions/${version}`,
    headers: { ...client.headers, 'transfer-encoding': 'chunked' },
  });
  sent.write('half');
  return sent;
}

test('a person has so many uploads under way at a time; others have theirs, a cut one frees its place', async () => {
  const item = await makeItem(lara, 'shared');
  const [a, b, c] = [
    await registerVersion(lara, item, '1'),
    await registerVersion(lara, item, '2'),
    await registerVersion(lara, item, '3'),
  ];
  // The place of the probe below may be taken when the first upload comes; then it comes again.
  let half = beginUpload(lara, a);
  const again = () => {
    half.on('error', () => {});
    half.on('response', () => {
      half = beginUpload(lara, a);
      again();
    });
  };
  again();
  const refused = await until(async () => {
    const answer = await upload(lara, b, 'x');
    return answer.status === 429 ? answer : undefined;
  }, 'the first upload to begin');
  expect(refused.body.errors[0].extensions).toEqual({ code: 'RATE_LIMITED', max: 1, retryAfterSeconds: 5 });
  expect((await upload(liam, c, 'y')).status).toBe(201);
  half.destroy();
  await until(async () => (await upload(lara, b, 'x')).status !== 429, 'the place to be free');
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { castOf } from '../support/cast.js';
import type { TestClient } from '../support/client.js';
import { RawSocket } from '../support/raw-socket.js';
import { until } from '../support/until.js';

let app: TestApp;
let reader: TestClient;
let writer: TestClient;

beforeAll(async () => {
  app = await startTestApp();
  ({ auditor: reader, configurationManager: writer } = await castOf(app, 'auditor', 'configurationManager'));
});
afterAll(async () => await app.end());

const STREAM = 'subscription { eventStream { events { type } caughtUp } }';
const subscribe = (id: string, query = STREAM, variables?: object) => ({
  id,
  type: 'subscribe',
  payload: { query, ...(variables && { variables }) },
});
const open = (options?: ConstructorParameters<typeof RawSocket>[1]) => new RawSocket(app.url, options);

describe('the graphql-transport-ws protocol', () => {
  test('is the only subprotocol', async () => {
    const other = open({ protocol: 'graphql-ws' });
    const heard = await other.closed();
    expect(heard.messages).toEqual([]);
    // The server takes no subprotocol, which a client must treat as a failed handshake; one that went on would get
    // 4406.
    expect([1006, 4406]).toContain(heard.code);
    const none = open({ protocol: [] });
    expect(await none.closed()).toMatchObject({ code: 4406 });
  });

  test('closes with 4401 on subscribe before the acknowledgement', async () => {
    const socket = await open().send(subscribe('1'));
    expect(await socket.closed()).toMatchObject({ code: 4401, messages: [] });
  });

  test('closes with 4408 when no connection_init comes', async () => {
    expect(await open().closed()).toMatchObject({ code: 4408, messages: [] });
  });

  test('closes with 4429 on a second connection_init', async () => {
    const socket = await open().init(reader.token);
    await socket.send({ type: 'connection_init', payload: {} });
    expect(await socket.closed()).toMatchObject({ code: 4429 });
  });

  test.each([
    ['text that is not JSON', '{"type":'],
    ['an unknown type', '{"type":"start"}'],
    ['a message without type', '[]'],
    ['a subscribe without query', '{"id":"1","type":"subscribe","payload":{}}'],
  ])('closes with 4400 on %s', async (_what, text) => {
    const socket = await open().init(reader.token);
    await socket.send(text);
    expect(await socket.closed()).toMatchObject({ code: 4400 });
  });

  test('closes with 4409 when an id is used twice at once', async () => {
    const socket = await open().init(reader.token);
    await socket.send(subscribe('1'), subscribe('1'));
    expect(await socket.closed()).toMatchObject({ code: 4409 });
  });

  test('answers a ping with a pong that carries the same payload', async () => {
    const socket = await open().init(reader.token);
    await socket.send({ type: 'ping', payload: { n: 7 } });
    const messages = await socket.until((all) => all.some((m) => m.type === 'pong'));
    expect(messages.at(-1)).toEqual({ type: 'pong', payload: { n: 7 } });
    await socket.close();
  });

  test('gives exactly one error, and no complete, for a document that is wrong', async () => {
    const socket = await open().init(reader.token);
    await socket.send(subscribe('1', 'subscription { nothing }'), { type: 'ping' });
    const messages = await socket.until((all) => all.some((m) => m.type === 'pong') && all.some((m) => m.id === '1'));
    expect(messages.filter((m) => m.id === '1')).toEqual([
      {
        id: '1',
        type: 'error',
        payload: [expect.objectContaining({ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } })],
      },
    ]);
    await socket.close();
  });

  test('stops a stream on complete, after which the id is free again', async () => {
    const socket = await open().init(reader.token);
    await socket.send(subscribe('1'));
    await socket.until((all) => all.some((m) => m.id === '1'));
    await socket.send({ id: '1', type: 'complete' });
    await until(() => app.services.hub.followers === 0, 'the stream to end');
    await socket.send(subscribe('1'));
    await socket.until((all) => all.filter((m) => m.id === '1' && m.type === 'next').length === 2);
    await writer.run('configurationItemRegister', { name: 'seen', ciClass: 'SERVER' }, 'configurationItem');
    const messages = await socket.until((all) => all.filter((m) => m.id === '1').length === 3);
    expect(messages.at(-1)).toMatchObject({
      id: '1',
      type: 'next',
      payload: { data: { eventStream: { events: [{ type: 'configuration-item.registered' }] } } },
    });
    await socket.close();
  });

  test('closes with 1009 on a frame beyond the limit', async () => {
    const socket = await open().init(reader.token);
    await socket.send(JSON.stringify({ type: 'ping', payload: { x: 'x'.repeat(70_000) } }));
    expect(await socket.closed()).toMatchObject({ code: 1009 });
  });

  test('lets pages of its own and of configured origins in, and refuses others at the upgrade', async () => {
    expect(await open({ origin: 'https://evil.example' }).closed()).toMatchObject({ refused: 403 });
    const own = await open({ origin: app.url }).init(reader.token);
    await own.close();
  });

  test('refuses the 101st subscription on a socket, and leaves the others alone', async () => {
    const socket = await open().init(reader.token);
    await socket.send(...Array.from({ length: 100 }, (_, i) => subscribe(`s${i}`)));
    await socket.until((all) => all.filter((m) => m.type === 'next').length === 100);
    await socket.send(subscribe('one too many'));
    expect(await socket.ended('one too many')).toEqual([
      {
        id: 'one too many',
        type: 'error',
        payload: [{ message: expect.any(String), extensions: { code: 'LIMIT_EXCEEDED', max: 100 } }],
      },
    ]);
    expect(app.services.hub.followers).toBe(1); // all hundred ask the same
    await writer.run('configurationItemRegister', { name: 'for all', ciClass: 'SERVER' }, 'configurationItem');
    await socket.until(
      (all) => all.filter((m) => m.type === 'next' && m.payload.data.eventStream.events.length === 1).length === 100,
    );
    await socket.close();
  });

  test('lets go of everything when a client vanishes', async () => {
    const socket = await open().init(reader.token);
    await socket.send(subscribe('1'));
    await socket.until((all) => all.some((m) => m.id === '1'));
    socket.socket.terminate();
    await until(() => app.services.hub.followers === 0 && app.sockets() === 0, 'the socket and its stream to be gone');
  });

  test('has no room for other paths', async () => {
    const other = new RawSocket(`${app.url}/elsewhere`);
    expect(await other.closed()).toMatchObject({ refused: 404 });
  });
});

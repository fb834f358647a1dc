import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import WebSocket from 'ws';
import { MAX_BUFFERED_BYTES } from '../../src/server/live/live.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { castOf } from '../support/cast.js';
import type { TestClient } from '../support/client.js';
import { until } from '../support/until.js';

let app: TestApp;
let reader: TestClient;

beforeAll(async () => {
  app = await startTestApp();
  ({ auditor: reader } = await castOf(app, 'auditor'));
});
afterAll(async () => await app.end());

const QUERY =
  'subscription($after: String) { eventStream(after: $after, types: ["change"]) { events { cursor data } ' +
  'endCursor caughtUp } }';
const PAYLOAD = 4_000;
const EVENTS = 4_000;
/** Committed at once: more than the kernel holds for a socket, and as much as the relay takes in one pass. */
const BURST = 1_000;

interface Message {
  readonly type: string;
  readonly payload?: any;
}

/** A subscriber on a bare socket, whose reading can be stopped. */
async function subscribe(after: string | null = null) {
  const socket = new WebSocket(`${app.url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws');
  const messages: Message[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(String(data)) as Message));
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send(JSON.stringify({ type: 'connection_init', payload: reader.headers }));
  await until(() => messages.some((m) => m.type === 'connection_ack'), 'the acknowledgement');
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: QUERY, variables: { after } } }));
  await until(() => messages.some((m) => m.type === 'next'), 'the first message');
  const events = () =>
    messages.filter((m) => m.type === 'next').flatMap((m) => m.payload.data.eventStream.events as { cursor: string }[]);
  return { socket, messages, events };
}

test('a reader that stalls costs bounded memory, is told where to resume, and slows nobody else', async () => {
  const stalled = await subscribe();
  const quick = await subscribe();
  await until(() => app.services.hub.followers === 1, 'both to share one group');
  stalled.socket.pause();

  // Written in portions, so that the quick one has a chance; each event is as large as a snapshot may be.
  for (let i = 0; i < EVENTS / 200; i++) {
    await app.readDatabase.pool.query(
      `insert into domain_event (id, type, aggregate_type, aggregate_id,
         aggregate_version, topics, at, actor_name, request_id, payload)
       select gen_random_uuid(), 'change.noted', 'Change', $1, 1, array[$1::uuid], now(), 'test', 'test',
         jsonb_build_object('text', repeat('x', ${PAYLOAD})) from generate_series(1, 200)`,
      [randomUUID()],
    );
    await app.relay();
    await until(() => quick.events().length === (i + 1) * 200, 'the quick reader to keep up');
  }
  expect(new Set(quick.events().map((e) => e.cursor)).size).toBe(EVENTS);

  // The server let go of it when its limit was reached: nobody but the quick one is followed for any more, and what
  // waits is bounded.
  stalled.socket.resume();
  const error = await until(
    () => stalled.messages.find((m) => m.type === 'error'),
    'the end of the stalled subscription',
  );
  expect(error.payload).toMatchObject([
    { extensions: { code: 'SUBSCRIPTION_LAGGED', resumeAfter: expect.any(String) } },
  ]);
  const seen = stalled.events();
  expect(seen.length).toBeGreaterThan(0);
  // What it got is what the kernel held plus at most the limit: far less than there was.
  expect(seen.length * PAYLOAD).toBeLessThan(MAX_BUFFERED_BYTES + 10 * 1_048_576);

  // From there on it misses nothing.
  const { resumeAfter } = error.payload[0].extensions as { resumeAfter: string };
  const again = await subscribe(resumeAfter);
  await until(() => again.events().length === EVENTS - seen.length, 'the rest of the events', 30_000);
  expect([...seen, ...again.events()].map((e) => e.cursor)).toEqual(quick.events().map((e) => e.cursor));
  for (const { socket } of [stalled, quick, again]) socket.terminate();
}, 120_000);

test('a reader that keeps reading is not taken for a stalled one, however much is committed at once', async () => {
  const { socket, events, messages } = await subscribe();
  const before = events().length;
  await app.readDatabase.pool.query(
    `insert into domain_event (id, type, aggregate_type, aggregate_id,
         aggregate_version, topics, at, actor_name, request_id, payload)
     select gen_random_uuid(), 'change.noted', 'Change', $1, 1, array[$1::uuid], now(), 'test', 'test',
       jsonb_build_object('text', repeat('x', ${8 * PAYLOAD})) from generate_series(1, ${BURST})`,
    [randomUUID()],
  );
  await app.relay();
  await until(
    () => events().length - before === BURST || messages.some((m) => m.type === 'error'),
    'all of it',
    30_000,
  );
  expect(messages.filter((m) => m.type === 'error')).toEqual([]);
  expect(new Set(events().map((e) => e.cursor)).size).toBe(BURST + before);
  socket.terminate();
}, 60_000);

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { startTestApp, type TestApp } from '../support/app.js';
import { castOf } from '../support/cast.js';
import type { TestClient } from '../support/client.js';
import { until } from '../support/until.js';

const STREAM = `subscription($after: String, $of: [ID!], $types: [String!], $size: Int!) {
  eventStream(after: $after, of: $of, types: $types, batchSize: $size) { events { cursor type subject { id name }
    requestId } endCursor caughtUp }
}`;

interface Batch {
  events: { cursor: string; type: string; subject: { id: string; name: string }; requestId: string }[];
  endCursor: string;
  caughtUp: boolean;
}

let a: TestApp;
let b: TestApp;
let onA: TestClient;
let onB: TestClient;

beforeAll(async () => {
  a = await startTestApp();
  b = await startTestApp({ beside: a });
  ({ configurationManager: onA } = await castOf(a, 'configurationManager'));
  ({ configurationManager: onB } = await castOf(b, 'configurationManager'));
});
afterAll(async () => {
  await b.end();
  await a.end();
});

const register = async (client: TestClient, name: string): Promise<string> =>
  (await client.run('configurationItemRegister', { name, ciClass: 'SERVER' }, 'configurationItem')).id;

/** Opens a subscription and gives a function that takes the next message. */
function open(client: TestClient, variables: Record<string, unknown>) {
  const messages = client.subscribe<{ eventStream: Batch }>(STREAM, { size: 100, ...variables });
  return {
    next: async (): Promise<Batch> => {
      const { value } = await messages.next();
      if (!value?.data) throw new Error(JSON.stringify(value));
      return value.data.eventStream;
    },
    stop: async () => void (await messages.return?.()),
  };
}

describe('the event stream', () => {
  test('starts with a cursor before anything happens', async () => {
    const stream = open(onA, {});
    expect(await stream.next()).toEqual({ events: [], endCursor: expect.any(String), caughtUp: true });
    await stream.stop();
  });

  test('brings what a mutation on one process does to a subscriber of another', async () => {
    const stream = open(onB, { types: ['configuration-item'] });
    await stream.next();
    const id = await register(onA, 'across');
    expect((await stream.next()).events).toMatchObject([
      { type: 'configuration-item.registered', subject: { id, name: 'across' } },
    ]);
    await stream.stop();
  });

  test('gives an event the id that the list of events gives it, whatever executes the query', async () => {
    const interpreting = await startTestApp({ beside: a, env: { INTERLOCK_EXECUTOR: 'graphql-js' } });
    const { auditor } = await castOf(interpreting, 'auditor');
    const messages = onA.subscribe<{ eventStream: { events: { id: string }[]; endCursor: string } }>(
      'subscription { eventStream(types: ["configuration-item"]) { events { id } endCursor } }',
      {},
    );
    await messages.next();
    const ciId = await register(onA, 'one id');
    const { value } = await messages.next();
    const streamed = value?.data?.eventStream.events.map(({ id }: { id: string }) => id);
    await messages.return?.();
    const query = 'query($of: ID!) { node(id: $of) { ... on ConfigurationItem { events { nodes { id } } } } }';
    const listed = async (client: TestClient) =>
      (await client.ok(query, { of: ciId })).node.events.nodes.map(({ id }: { id: string }) => id);
    expect(streamed).toEqual([expect.stringMatching(/^evt_[0-9a-z]{26}$/)]);
    expect(await listed(onA)).toEqual(streamed);
    expect(await listed(auditor)).toEqual(streamed);
    await interpreting.end();
  });

  test('follows single objects', async () => {
    const [one, other] = [await register(onA, 'one'), await register(onA, 'other')];
    const stream = open(onA, { of: [one] });
    await stream.next();
    await onA.run('configurationItemAuthorise', { id: other }, 'configurationItem');
    await onA.run('configurationItemAuthorise', { id: one }, 'configurationItem');
    expect((await stream.next()).events.map((e) => e.subject.id)).toEqual([one]);
    await stream.stop();
  });

  test('refuses a cursor that is none', async () => {
    const stream = onA.subscribe(STREAM, { size: 10, after: 'nonsense' });
    await expect(stream.next()).rejects.toMatchObject([
      { path: ['eventStream'], extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  });

  test('ends at once when the client goes, also while it waits', async () => {
    const stream = open(onB, {});
    await stream.next();
    await until(() => b.services.hub.followers === 1, 'the subscriber to be live');
    await stream.stop();
    await until(() => b.services.hub.followers === 0, 'the subscriber to be gone');
  });

  test('gives each event once, in order, to subscribers that vanish while two processes write', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            writes: fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 6 }),
            readOn: fc.constantFrom('a', 'b'),
            take: fc.integer({ min: 1, max: 3 }),
            size: fc.integer({ min: 1, max: 4 }),
          }),
          {
            minLength: 3,
            maxLength: 8,
          },
        ),
        async (rounds) => {
          const first = open(onA, { types: ['configuration-item'] });
          let cursor = (await first.next()).endCursor;
          await first.stop();
          const written: string[] = [];
          const seen: string[] = [];
          const cursors: string[] = [];
          for (const { writes, readOn, take, size } of rounds) {
            // The writers run side by side, so that commits happen in another order than their sequence numbers.
            const total = written.length + writes.length;
            const writing = Promise.all(
              writes.map(async (on) => written.push(await register(on === 'a' ? onA : onB, 'x'))),
            );
            const stream = open(readOn === 'a' ? onA : onB, { after: cursor, types: ['configuration-item'], size });
            for (let i = 0; i < take && seen.length < total; i++) {
              const batch = await stream.next();
              expect(batch.events.length).toBeLessThanOrEqual(size);
              seen.push(...batch.events.map((e) => e.subject.id));
              cursors.push(...batch.events.map((e) => e.cursor));
              cursor = batch.endCursor;
            }
            await stream.stop();
            await writing;
          }
          const rest = open(onB, { after: cursor, types: ['configuration-item'] });
          while (seen.length < written.length) {
            const batch = await rest.next();
            seen.push(...batch.events.map((e) => e.subject.id));
            cursors.push(...batch.events.map((e) => e.cursor));
          }
          await rest.stop();
          expect(seen.toSorted()).toEqual(written.toSorted());
          expect(new Set(cursors).size).toBe(written.length);
          const positions = cursors.map((c) => Number.parseInt(Buffer.from(c, 'base64url').toString().slice(3), 36));
          expect(positions).toEqual(positions.toSorted((x, y) => x - y));
        },
      ),
      { numRuns: 15 },
    );
  }, 60_000);
});

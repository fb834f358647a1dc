import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { castOf } from '../../support/cast.js';
import type { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { post } from '../../support/doors.js';
import { metricsOf } from '../../support/metrics.js';
import { RawSocket } from '../../support/raw-socket.js';
import { writingNothing } from '../../support/refusals.js';

let app: TestApp;
let auditor: TestClient;
let expired: string;

beforeAll(async () => {
  app = await startTestApp();
  ({ auditor } = await castOf(app, 'auditor'));
  expired = (await app.as('late', 'AUDITOR')).token as string;
  await app.readDatabase.pool.query(
    `update access_token t set expires_at = now() - interval '1 second' from person p where p.id = t.person_id ` +
      `and p.name = 'late'`,
  );
});
afterAll(async () => await app.end());

/** How many documents were parsed, and how much is remembered of them. */
async function work(of = app) {
  const metrics = await metricsOf(of);
  return [...metrics].filter(([name]) => /^interlock_(documents_parsed_total|cache_bytes)/.test(name));
}

const STRANGERS: readonly (readonly [string, () => Record<string, string>])[] = [
  ['no credentials', () => ({})],
  ['a token that is none', () => ({ authorization: 'Bearer nonsense' })],
  ['a token with a wrong secret', () => ({ authorization: `Bearer ${auditor.token?.slice(0, -3)}abc` })],
  ['a token that has expired', () => ({ authorization: `Bearer ${expired}` })],
  ['another scheme', () => ({ authorization: 'Basic cml0YTpyaXRh' })],
];

const DOCUMENTS = {
  'text that is no GraphQL': '{ people {',
  'a field that does not exist': '{ peopel { nodes { name } } }',
  'a field that exists': '{ people(first: 1) { totalCount } }',
  'an argument of a wrong type': '{ people(first: "one") { totalCount } }',
  introspection: '{ __schema { queryType { name } } }',
  'the name of a type beside introspection': '{ __typename __schema { queryType { name } } }',
  aliases: `{ ${Array.from({ length: 40 }, (_, i) => `a${i}: __typename`).join(' ')} }`,
  'directives that do not exist': `{ __typename ${'@aa'.repeat(10)} }`,
  'a comment behind the name of a type': '{ __typename } # and more',
  'a mutation': 'mutation { teamCreate(input: { name: "of strangers" }) { replayed } }',
  'a subscription': 'subscription { eventStream { caughtUp } }',
  'several operations': 'query A { __typename } query B { __typename }',
};

describe.each(STRANGERS)('somebody with %s', (_who, headers) => {
  test('gets the same answer to every document, and nothing reads it', async () => {
    const before = await work();
    const answers = await writingNothing(app, async () => {
      const all: unknown[] = [];
      for (const query of Object.values(DOCUMENTS)) {
        const { headers: _, ...posted } = await post(app, { query }, undefined, headers());
        const got = await fetch(`${app.url}/graphql?query=${encodeURIComponent(query)}`, {
          headers: { 'apollo-require-preflight': 'true', ...headers() },
        });
        all.push(posted, { status: got.status, ...((await got.json()) as object) });
      }
      return all;
    });
    expect(answers).toHaveLength(2 * Object.keys(DOCUMENTS).length);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect(await work()).toEqual(before);
  });

  test('gets it for bodies of any other shape, too', async () => {
    const before = await work();
    const bodies = [
      '[{"query":"{ __typename }"}]',
      '{"query":17}',
      'null',
      '{"extensions":{"persistedQuery":{"version":1}}}',
    ];
    for (const body of bodies)
      expect(await post(app, body, undefined, headers())).toMatchObject({
        status: 401,
        errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
      });
    expect(await work()).toEqual(before);
  });

  test('is not let in over the WebSocket, and nothing reads what it asks', async () => {
    const before = await work();
    const { authorization } = headers();
    const subscribe = { id: '1', type: 'subscribe', payload: { query: 'subscription { eventStreem { caughtUp } }' } };
    const socket = await new RawSocket(app.url).send({
      type: 'connection_init',
      payload: authorization === undefined ? {} : { authorization },
    });
    expect(await socket.closed()).toMatchObject({ code: 4403, messages: [] });
    const hasty = await new RawSocket(app.url).send(subscribe);
    expect(await hasty.closed()).toMatchObject({ code: 4401, messages: [] });
    expect(await work()).toEqual(before);
  });
});

describe('without credentials', () => {
  test('{ __typename } is answered in all its spellings, as one document', async () => {
    const spellings = ['{__typename}', '{ __typename }', ' query { __typename } ', 'query Alive {\n  __typename\n}\n'];
    const ask = async (query: string) => {
      const { status, data } = await post(app, { query, operationName: null, variables: {} }, undefined);
      expect({ status, data }).toEqual({ status: 200, data: { __typename: 'Query' } });
    };
    for (let i = 0; i < 3; i++) await ask('{__typename}'); // the one document is kept, and compiled
    const before = await work();
    for (const query of spellings) await ask(query);
    for (let i = 0; i < 50; i++) await ask(`query Alive${i} {__typename}`);
    const got = await fetch(`${app.url}/graphql?query={__typename}&extensions={"a":1}&operationName=x`, {
      headers: { 'apollo-require-preflight': 'true', accept: 'application/graphql-response+json' },
    });
    expect(got.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8');
    expect(await got.json()).toEqual({ data: { __typename: 'Query' } });
    expect(await work()).toEqual(before);
  });

  test('the refusal comes in the content type that the client asks for', async () => {
    const accept = 'application/graphql-response+json';
    const { status, headers } = await post(app, { query: '{ viewer { roles } }' }, undefined, { accept });
    expect([status, headers.get('content-type')]).toEqual([401, `${accept}; charset=utf-8`]);
  });

  test('300 documents of 250 kB are neither read nor kept', async () => {
    const before = await work();
    const blanks = ' '.repeat(250_000);
    const send = async (i: number) => {
      const response = await fetch(`${app.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: `{"query":"{__typename}#${i}${blanks}"}`,
      });
      await response.arrayBuffer();
      return response.status;
    };
    const seen = new Set<number>();
    for (let i = 0; i < 300; i += 20)
      for (const status of await Promise.all(Array.from({ length: 20 }, async (_, k) => await send(i + k))))
        seen.add(status);
    expect([...seen]).toEqual([401]);
    expect(await work()).toEqual(before);
  });

  test('a body without a length is not read', async () => {
    const body = new ReadableStream({
      start: (controller) => {
        controller.enqueue(Buffer.from('{"query":"{__typename}"}'));
        controller.close();
      },
    });
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' };
    expect((await fetch(`${app.url}/graphql`, init as RequestInit)).status).toBe(401);
  });
});

test('who lost access subscribes to nothing more, while the socket still closes', async () => {
  const clock = new TestClock();
  const later = await startTestApp({ clock: clock.now, beside: app });
  try {
    const socket = await new RawSocket(later.url).init(auditor.token);
    const before = await work(later);
    clock.advance(400 * 86_400_000);
    await socket.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { eventStreem { caughtUp } }' } });
    const { code, messages } = await socket.closed();
    expect(code).toBe(4403);
    for (const { payload } of messages.filter(({ id }) => id === '1'))
      expect(payload).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    expect(await work(later)).toEqual(before);
  } finally {
    await later.end();
  }
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { startTestApp, type TestApp } from '../support/app.js';
import { castOf } from '../support/cast.js';
import type { TestClient } from '../support/client.js';
import { post, refusedOverWebSocket, type Question } from '../support/doors.js';
import { writingNothing } from '../support/refusals.js';
import { RawSocket } from '../support/raw-socket.js';

const logged: string[] = [];
let app: TestApp;
let reader: TestClient;
/** Somebody who may do whatever is asked here, so that only the rule in question refuses it. */
let operator: TestClient;
let adapter: TestClient;
let expired: string;

beforeAll(async () => {
  const log = pino({ level: 'error' }, { write: (line: string) => void logged.push(line) });
  app = await startTestApp({ log, env: { INTERLOCK_MAX_DEPTH: '3', INTERLOCK_MAX_COST: '100' } });
  ({ auditor: reader, adapter } = await castOf(app, 'auditor', 'adapter'));
  operator = await app.as('olga', 'AUDITOR', 'CONFIGURATION_MANAGER');
  expired = (await app.as('late', 'AUDITOR')).token as string;
  await app.readDatabase.pool.query(
    `update access_token t set expires_at = now() - interval '1 second' from person p where p.id = t.person_id ` +
      `and p.name = 'late'`,
  );
});
afterAll(async () => await app.end());

const query = (text: string, variables?: Record<string, unknown>): Question => ({
  query: text,
  ...(variables && { variables }),
});
const aliases = (n: number, field: string) => Array.from({ length: n }, (_, i) => `a${i}: ${field}`).join(' ');
// Each fragment spreads the next one twice: 2^60 selections in 60 short lines.
const explosive = (operation: string, on: string, leaf: string) => {
  const doubling = Array.from({ length: 60 }, (_, i) => `fragment f${i} on ${on} { ...f${i + 1} ...f${i + 1} }`);
  return `${operation} ${doubling.join(' ')} fragment f60 on ${on} { ${leaf} }`;
};

interface Forbidden {
  readonly what: string;
  readonly code: string;
  /** Over HTTP. */
  readonly query: Question;
  /** Over the WebSocket. */
  readonly subscription: Question;
  readonly as?: () => TestClient;
}

const FORBIDDEN: readonly Forbidden[] = [
  {
    what: 'text that is no GraphQL',
    code: 'GRAPHQL_PARSE_FAILED',
    query: query('{ people { nodes { name }'),
    subscription: query('subscription { eventStream {'),
  },
  {
    what: 'a field that does not exist',
    code: 'GRAPHQL_VALIDATION_FAILED',
    query: query('{ peeple { nodes { name } } }'),
    subscription: query('subscription { eventStreem { caughtUp } }'),
  },
  {
    what: 'a fragment within itself',
    code: 'GRAPHQL_VALIDATION_FAILED',
    query: query('{ viewer { ...f } } fragment f on Viewer { roles ...f }'),
    subscription: query('subscription { eventStream { ...f } } fragment f on EventBatch { caughtUp ...f }'),
  },
  {
    what: 'an operation that the document does not have',
    code: 'OPERATION_RESOLUTION_FAILURE',
    query: { query: 'mutation A { teamCreate(input: { name: "by another name" }) { replayed } }', operationName: 'B' },
    subscription: { query: 'subscription A { eventStream { caughtUp } }', operationName: 'B' },
  },
  {
    what: 'several operations without saying which',
    code: 'OPERATION_RESOLUTION_FAILURE',
    query: query('query A { viewer { roles } } query B { viewer { roles } }'),
    subscription: query('subscription A { eventStream { caughtUp } } subscription B { eventStream { caughtUp } }'),
  },
  {
    what: 'variables that do not fit',
    code: 'BAD_USER_INPUT',
    query: query('query($n: Int!) { people(first: $n) { totalCount } }', { n: 'many' }),
    subscription: query('subscription($n: Int!) { eventStream(batchSize: $n) { caughtUp } }', { n: 'many' }),
  },
  {
    what: 'a variable that is missing',
    code: 'BAD_USER_INPUT',
    query: query('query($n: Int!) { people(first: $n) { totalCount } }'),
    subscription: query('subscription($n: Int!) { eventStream(batchSize: $n) { caughtUp } }'),
  },
  {
    what: 'an argument beyond its bounds',
    code: 'LIMIT_EXCEEDED',
    query: query('{ viewer { accessTokens(first: 201) { totalCount } } }'),
    subscription: query('subscription { eventStream(batchSize: 501) { caughtUp } }'),
  },
  {
    what: 'an id of no object',
    code: 'BAD_USER_INPUT',
    query: query('{ node(id: "nothing") { id } }'),
    subscription: query('subscription { eventStream(of: ["nothing"]) { caughtUp } }'),
  },
  {
    what: 'a cursor of no list',
    code: 'BAD_USER_INPUT',
    query: query('{ people(first: 5, after: "nothing") { totalCount } }'),
    subscription: query('subscription { eventStream(after: "nothing") { caughtUp } }'),
  },
  {
    what: 'too many levels',
    code: 'LIMIT_EXCEEDED',
    query: query('{ people(first: 1) { nodes { teams(first: 1) { totalCount } } } }'),
    subscription: query('subscription { eventStream { events { subject { id } } } }'),
  },
  {
    what: 'too many levels, hidden in fragments',
    code: 'LIMIT_EXCEEDED',
    query: query(
      '{ people(first: 1) { ...a } } fragment a on PersonConnection { nodes { ...b } } fragment b on Person { ' +
        'teams(first: 1) { totalCount } }',
    ),
    subscription: query(
      'subscription { eventStream { ...a } } fragment a on EventBatch { events { ...b } } fragment b on Event { ' +
        '... { subject { id } } }',
    ),
  },
  {
    what: 'too many aliases',
    code: 'LIMIT_EXCEEDED',
    query: query(`{ viewer { ${aliases(31, 'roles')} } }`),
    subscription: query(`subscription { eventStream { ${aliases(31, 'caughtUp')} } }`),
  },
  {
    what: 'too many directives',
    code: 'LIMIT_EXCEEDED',
    query: query(`{ viewer { ${'roles @include(if: true) '.repeat(21)} } }`),
    subscription: query(`subscription { eventStream { ${'caughtUp @include(if: true) '.repeat(21)} } }`),
  },
  {
    what: 'too many tokens',
    code: 'GRAPHQL_PARSE_FAILED',
    query: query(`{ viewer { ${'roles '.repeat(5_000)} } }`),
    subscription: query(`subscription { eventStream { ${'caughtUp '.repeat(5_000)} } }`),
  },
  {
    what: 'too many objects',
    code: 'LIMIT_EXCEEDED',
    query: query('{ people(first: 101) { nodes { name } } }'),
    subscription: query(`subscription { eventStream { ${aliases(11, 'events { id }')} } }`),
  },
  {
    what: 'too many objects, by the default of a variable',
    code: 'LIMIT_EXCEEDED',
    query: query('query($n: Int = 101) { people(first: $n) { nodes { name } } }'),
    subscription: query(
      `subscription { eventStream { ...f } } fragment f on EventBatch { ${aliases(11, 'events { id }')} }`,
    ),
  },
  {
    what: 'fragments that multiply',
    code: 'LIMIT_EXCEEDED',
    query: query(explosive('{ viewer { ...f0 } }', 'Viewer', 'person { id }')),
    subscription: query(explosive('subscription { eventStream { ...f0 } }', 'EventBatch', 'events { id }')),
  },
  {
    what: 'what the role does not allow',
    code: 'FORBIDDEN',
    as: () => adapter,
    query: query('{ people(first: 1) { totalCount } }'),
    subscription: query('subscription { eventStream { caughtUp } }'),
  },
];

describe('both doors refuse', () => {
  test.each(FORBIDDEN)('$what with $code', async ({ code, query: asked, subscription, as = () => operator }) => {
    const [http, socket] = await writingNothing(app, async () => [
      await post(app, asked, as().token),
      await refusedOverWebSocket(app, subscription, as().token),
    ]);
    const codes = (errors: readonly { extensions: { code: string } }[] = []) => [
      ...new Set(errors.map((e) => e.extensions.code)),
    ];
    expect(codes(http.errors)).toEqual([code]);
    expect(codes(socket)).toEqual([code]);
    expect(Object.values(http.data ?? {}).filter((value) => value !== null)).toEqual([]);
    expect([200, 400]).toContain(http.status);
    for (const { message, extensions } of [...(http.errors ?? []), ...socket]) {
      expect(message).not.toBe('');
      expect(Object.keys(extensions)).not.toContain('stacktrace');
      expect(Object.keys(extensions)).not.toContain('http');
    }
  });

  test('a mutation to somebody without the role', async () => {
    const answer = await writingNothing(
      app,
      async () =>
        await post(app, query('mutation { teamCreate(input: { name: "not mine" }) { team { id } } }'), reader.token),
    );
    expect(answer).toMatchObject({
      status: 200,
      data: null,
      errors: [
        { path: ['teamCreate'], extensions: { code: 'FORBIDDEN', roles: ['ADMINISTRATOR', 'CONFIGURATION_MANAGER'] } },
      ],
    });
  });

  test.each([
    ['nobody', undefined],
    ['a token that is none', 'Bearer nonsense'],
    ['a token with a wrong secret', 'wrong secret'],
    ['a token that has expired', 'expired'],
    ['another scheme', 'Basic cml0YTpyaXRh'],
  ])('%s', async (_who, given) => {
    const authorization =
      given === 'wrong secret'
        ? `Bearer ${reader.token?.slice(0, -3)}abc`
        : given === 'expired'
          ? `Bearer ${expired}`
          : given;
    await writingNothing(app, async () => {
      const answer = await post(
        app,
        query('{ people(first: 1) { totalCount } }'),
        undefined,
        authorization === undefined ? {} : { authorization },
      );
      expect(answer).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
      expect(answer.data ?? null).toBeNull();
      const socket = await new RawSocket(app.url).send({
        type: 'connection_init',
        payload: authorization === undefined ? {} : { authorization },
      });
      expect(await socket.closed()).toMatchObject({ code: 4403, messages: [] });
    });
  });

  test('what belongs at the other one', async () => {
    const create = 'mutation { teamCreate(input: { name: "by the wrong door" }) { replayed } }';
    const { administrator: admin } = await castOf(app, 'administrator');
    await writingNothing(app, async () => {
      for (const text of ['{ viewer { roles } }', create, '{ __schema { queryType { name } } }']) {
        expect(await refusedOverWebSocket(app, query(text), admin.token)).toMatchObject([
          { extensions: { code: 'OPERATION_NOT_ALLOWED' } },
        ]);
      }
      expect((await post(app, query('subscription { eventStream { caughtUp } }'), admin.token)).errors).toMatchObject([
        { extensions: { code: 'OPERATION_NOT_ALLOWED' } },
      ]);
    });
  });

  test('the schema to nobody in particular, and show it to who is signed in', async () => {
    const introspection = query('{ __schema { queryType { name } } __type(name: "Person") { name } }');
    for (const text of [
      introspection.query,
      '{ viewer { roles } ...s } fragment s on Query { __schema { queryType { name } } }',
    ]) {
      expect((await post(app, query(text), undefined)).errors).toMatchObject([
        { extensions: { code: 'UNAUTHENTICATED' } },
      ]);
    }
    expect((await post(app, introspection, reader.token)).data).toEqual({
      __schema: { queryType: { name: 'Query' } },
      __type: { name: 'Person' },
    });
    expect((await post(app, query('{ __typename }'), undefined)).data).toEqual({ __typename: 'Query' });
  });

  test('and count what they refuse by its code', async () => {
    const counted = async () =>
      Number(
        /interlock_errors_total\{code="GRAPHQL_PARSE_FAILED"\} (\d+)/.exec(
          await (await fetch(`${app.url}/metrics`)).text(),
        )?.[1] ?? 0,
      );
    const before = await counted();
    await post(app, query('{'), reader.token);
    await refusedOverWebSocket(app, query('{'), reader.token);
    expect(await counted()).toBe(before + 2);
  });

  test('to tell what went wrong inside, but note it', async () => {
    logged.length = 0;
    const { endCursor } = await firstBatch();
    await app.readDatabase.pool.query(
      'alter table team rename to team_gone; alter table domain_event rename to domain_event_gone',
    );
    try {
      const http = (await post(app, query('{ teams(first: 1) { nodes { name } } }'), reader.token)).errors ?? [];
      const socket = await refusedOverWebSocket(
        app,
        query('subscription($c: String) { eventStream(after: $c) { caughtUp } }', { c: endCursor }),
        reader.token,
      );
      for (const error of [...http, ...socket]) {
        expect(error).toMatchObject({
          message: 'Something went wrong on the server. The server log has the details under this trace id.',
          extensions: { code: 'INTERNAL_SERVER_ERROR', traceId: expect.any(String) },
        });
        expect(JSON.stringify({ ...error, path: undefined })).not.toMatch(/relation|does not exist|team|select/);
        const line = logged.find((l) => l.includes(String(error.extensions['traceId'])));
        expect(line).toMatch(/relation .* does not exist/);
      }
      expect([http.length, socket.length]).toEqual([1, 1]);
    } finally {
      await app.readDatabase.pool.query(
        'alter table team_gone rename to team; alter table domain_event_gone rename to domain_event',
      );
    }
  });
});

async function firstBatch(): Promise<{ endCursor: string }> {
  const stream = reader.subscribe<{ eventStream: { endCursor: string } }>('subscription { eventStream { endCursor } }');
  const { value } = await stream.next();
  await stream.return?.();
  return value.data.eventStream;
}

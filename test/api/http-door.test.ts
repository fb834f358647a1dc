import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { startTestApp, type TestApp } from '../support/app.js';
import { castOf } from '../support/cast.js';
import type { TestClient } from '../support/client.js';
import { post } from '../support/doors.js';
import { writingNothing } from '../support/refusals.js';

let app: TestApp;
let admin: TestClient;

beforeAll(async () => {
  app = await startTestApp({
    env: { INTERLOCK_MAX_BODY_BYTES: '20000', INTERLOCK_ALLOWED_ORIGINS: 'https://console.example' },
  });
  ({ administrator: admin } = await castOf(app, 'administrator'));
});
afterAll(async () => await app.end());

const CREATE = 'mutation { teamCreate(input: { name: "no such team" }) { team { id } } }';
const codes = (answer: { errors?: readonly { extensions: { code: string } }[] }) =>
  answer.errors?.map((e) => e.extensions.code);

/** A request as it is given, without the niceties of fetch. */
async function raw(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<{ status: number; headers: Record<string, unknown>; text: string }> {
  const { hostname, port } = new URL(app.url);
  return await new Promise((resolve, reject) => {
    const sent = request({ method, hostname, port, path, headers: { ...admin.headers, ...headers } }, (response) => {
      let text = '';
      response
        .on('data', (chunk) => (text += chunk))
        .on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const five = [1, 2, 3, 4, 5].map((n) => `m${n}: teamCreate(input: { name: "t${n}" }) { replayed }`);

describe('the HTTP door refuses', () => {
  const json = { 'content-type': 'application/json' };
  const body = JSON.stringify({ query: CREATE });

  test.each<[string, number, string, string, Record<string, string>, string | undefined]>([
    ['JSON that is none', 400, 'BAD_REQUEST', 'POST /graphql', json, '{"query":'],
    ['an empty body', 400, 'BAD_REQUEST', 'POST /graphql', json, ''],
    ['a body that is no object', 400, 'BAD_REQUEST', 'POST /graphql', json, '"{ viewer { roles } }"'],
    ['a query that is no text', 400, 'BAD_REQUEST', 'POST /graphql', json, '{"query":{"viewer":1}}'],
    [
      'variables that are no object',
      400,
      'BAD_REQUEST',
      'POST /graphql',
      json,
      JSON.stringify({ query: CREATE, variables: '[' }),
    ],
    ['a batch', 400, 'BAD_REQUEST', 'POST /graphql', json, `[${body},${body}]`],
    [
      'plain text, which needs no preflight',
      400,
      'BAD_REQUEST',
      'POST /graphql',
      { 'content-type': 'text/plain' },
      body,
    ],
    [
      'a form, which needs no preflight',
      415,
      'BAD_REQUEST',
      'POST /graphql',
      { 'content-type': 'application/x-www-form-urlencoded' },
      `query=${encodeURIComponent(CREATE)}`,
    ],
    [
      'a multipart form',
      415,
      'BAD_REQUEST',
      'POST /graphql',
      { 'content-type': 'multipart/form-data; boundary=x' },
      '--x--',
    ],
    ['XML', 415, 'BAD_REQUEST', 'POST /graphql', { 'content-type': 'application/xml' }, '<query/>'],
    [
      'JSON in an unknown character set',
      415,
      'BAD_REQUEST',
      'POST /graphql',
      { 'content-type': 'application/json; charset=klingon' },
      body,
    ],
    [
      'a body that is too large',
      413,
      'PAYLOAD_TOO_LARGE',
      'POST /graphql',
      json,
      JSON.stringify({ query: CREATE, extensions: { x: 'x'.repeat(20_000) } }),
    ],
    [
      'GET without a header that needs a preflight',
      400,
      'BAD_REQUEST',
      'GET /graphql?query={viewer{roles}}',
      {},
      undefined,
    ],
    [
      'a mutation by GET',
      405,
      'OPERATION_NOT_ALLOWED',
      `GET /graphql?query=${encodeURIComponent(CREATE)}`,
      { 'apollo-require-preflight': 'true' },
      undefined,
    ],
    [
      'a subscription by GET',
      405,
      'OPERATION_NOT_ALLOWED',
      `GET /graphql?query=${encodeURIComponent('subscription { eventStream { caughtUp } }')}`,
      { 'apollo-require-preflight': 'true' },
      undefined,
    ],
    ['PUT', 405, 'OPERATION_NOT_ALLOWED', 'PUT /graphql', json, body],
    ['DELETE', 405, 'OPERATION_NOT_ALLOWED', 'DELETE /graphql', {}, undefined],
    ['pages of other origins', 403, 'FORBIDDEN', 'POST /graphql', { ...json, origin: 'https://evil.example' }, body],
    ['pages without an origin of their own', 403, 'FORBIDDEN', 'POST /graphql', { ...json, origin: 'null' }, body],
    [
      'five mutations at once',
      200,
      'LIMIT_EXCEEDED',
      'POST /graphql',
      json,
      JSON.stringify({
        query: `mutation { ${five.join(' ')} }`,
      }),
    ],
    [
      'five mutations in fragments',
      200,
      'LIMIT_EXCEEDED',
      'POST /graphql',
      json,
      JSON.stringify({
        query: `mutation { ...m } fragment m on Mutation {
          ${[1, 2, 3, 4, 5].map((n) => `m${n}: teamCreate(input: { name: "t${n}" }) { replayed }`).join(' ')} }`,
      }),
    ],
    [
      'a document by a hash that it does not know',
      200,
      'PERSISTED_QUERY_NOT_FOUND',
      'POST /graphql',
      json,
      JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } } }),
    ],
    ['other addresses', 404, 'NOT_FOUND', 'POST /graphql/', json, body],
  ])('%s with %d %s', async (_what, status, code, target, headers, sent) => {
    const [method = '', path = ''] = target.split(' ');
    const answer = await writingNothing(app, async () => await raw(method, path, headers, sent));
    expect({ status: answer.status, codes: codes(JSON.parse(answer.text)) }).toEqual({ status, codes: [code] });
    expect(answer.text).not.toMatch(/node_modules|at Object|stacktrace/);
    if (status === 405) expect(answer.headers['allow']).toMatch(/POST/);
  });

  test('nobody its own pages and those of configured origins', async () => {
    for (const origin of [app.url, 'https://console.example']) {
      const answer = await post(app, { query: '{ viewer { roles } }' }, admin.token, { origin });
      expect(answer).toMatchObject({ status: 200, data: { viewer: { roles: ['ADMINISTRATOR'] } } });
    }
    const preflight = await fetch(`${app.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://console.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, traceparent, apollographql-client-name',
      },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://console.example');
    // Whatever headers a client adds, e.g. those of Apollo's client awareness and of OpenTelemetry.
    expect(preflight.headers.get('access-control-allow-headers')).toMatch(/traceparent, apollographql-client-name/);
    const foreign = await fetch(`${app.url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(foreign.headers.get('access-control-allow-origin')).not.toBe('https://evil.example');
  });

  test('nobody a query by GET that asks for a preflight', async () => {
    const answer = await raw('GET', '/graphql?query={viewer{roles}}', { 'apollo-require-preflight': 'true' });
    expect(JSON.parse(answer.text)).toEqual({ data: { viewer: { roles: ['ADMINISTRATOR'] } } });
  });
});

// What graphql-cop looks for from outside, without a token: each is a way in that must be shut.
describe('somebody who is not signed in', () => {
  const ask = async (query: string) => await post(app, { query }, undefined);

  test.each([
    ['aliases', `query cop { ${Array.from({ length: 101 }, (_, i) => `alias${i}: __typename`).join(' ')} }`],
    ['directives', `query cop { __typename ${'@include(if: true) '.repeat(50)} }`],
    ['fields', `query cop { ${'__typename '.repeat(5_500)} }`],
    ['introspection', 'query cop { __schema { types { name } } }'],
    ['misspelt names', '{ peopel { nodes { name } } viewer { rolse } }'],
  ])('gets no answer to %s', async (_what, query) => {
    const answer = await ask(query);
    expect([answer.status, answer.data, codes(answer)]).toEqual([401, undefined, ['UNAUTHENTICATED']]);
  });

  test('is told how to sign in', async () => {
    const { status, headers } = await fetch(`${app.url}/graphql?query={viewer{roles}}`, {
      headers: { accept: 'application/json', 'content-type': 'application/json' },
    });
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  });

  test('can see that the server is alive, and is led to the explorer by a browser', async () => {
    const paths = [
      ['/healthz', '*/*', 200, null],
      ['/livez', '*/*', 200, null],
      ['/', 'text/html,*/*', 302, '/graphql'],
      ['/', '*/*', 404, null],
    ] as const;
    for (const [path, accept, status, location] of paths) {
      const answer = await fetch(`${app.url}${path}`, { headers: { accept }, redirect: 'manual' });
      expect([path, answer.status, answer.headers.get('location')]).toEqual([path, status, location]);
    }
  });

  test('cannot send batches', async () => {
    const batch = Array.from({ length: 10 }, () => ({ query: 'query cop { __typename }' }));
    expect([(await post(app, batch, undefined)).status, (await post(app, batch, admin.token)).status]).toEqual([
      401, 400,
    ]);
  });

  test('but signed in, looks at the schema, gets hints at names, and does not go round in circles', async () => {
    const circular = `query cop { __schema { types { ${'fields { type { '.repeat(7)} name ${'} }'.repeat(7)} } } }`;
    expect(codes(await post(app, { query: circular }, admin.token))).toContain('GRAPHQL_VALIDATION_FAILED');
    const misspelt = await post(app, { query: '{ peopel { nodes { name } } viewer { rolse } }' }, admin.token);
    expect(misspelt.errors?.map((e) => e.message)).toEqual([
      'Cannot query field "peopel" on type "Query". Did you mean "people"?',
      'Cannot query field "rolse" on type "Viewer". Did you mean "roles"?',
    ]);
  });

  test('cannot change anything, by GET or POST', async () => {
    await writingNothing(app, async () => {
      expect(await ask(CREATE)).toMatchObject({
        status: 401,
        errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
      });
      const get = await fetch(`${app.url}/graphql?query=${encodeURIComponent(CREATE)}`);
      expect(get.status).toBe(401);
    });
  });

  test('sees neither traces nor what the server is made of', async () => {
    const answer = await ask('query cop { __typename }');
    expect(Object.keys(answer).sort()).toEqual(['data', 'headers', 'status']);
    expect(answer.headers.get('x-powered-by')).toBeNull();
    expect(answer.headers.get('server')).toBeNull();
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('long answers', () => {
  const json = { 'content-type': 'application/json' };
  const introspection = JSON.stringify({ query: getIntrospectionQuery() });
  /** The status, the encoding, what a cache must distinguish, and the bytes of an answer. */
  const bytes = async (path: string, accepted: string, body?: string, method = body === undefined ? 'GET' : 'POST') => {
    const { hostname, port } = new URL(app.url);
    return await new Promise<{ status: number; encoding: string | undefined; vary: string; body: Buffer }>(
      (resolve, reject) => {
        const headers = { ...admin.headers, ...json, 'accept-encoding': accepted };
        const sent = request({ method, hostname, port, path, headers }, (response) => {
          const parts: Buffer[] = [];
          response
            .on('data', (part: Buffer) => parts.push(part))
            .on('end', () =>
              resolve({
                status: response.statusCode ?? 0,
                encoding: response.headers['content-encoding'],
                vary: String(response.headers.vary),
                body: Buffer.concat(parts),
              }),
            );
        });
        sent.on('error', reject);
        sent.end(body);
      },
    );
  };

  test('are compressed as the client accepts it, and are the same', async () => {
    const plain = await bytes('/graphql', 'identity', introspection);
    const [br, gzip, other] = [
      await bytes('/graphql', 'gzip, deflate, br', introspection),
      await bytes('/graphql', 'gzip;q=1.0, br;q=0', introspection),
      await bytes('/graphql', 'compress, x-odd', introspection),
    ];
    expect([plain, br, gzip, other].map(({ status, encoding }) => [status, encoding])).toEqual([
      [200, undefined],
      [200, 'br'],
      [200, 'gzip'],
      [200, undefined],
    ]);
    expect(br.vary).toContain('accept-encoding');
    for (const same of [brotliDecompressSync(br.body), gunzipSync(gzip.body), other.body])
      expect(same.equals(plain.body)).toBe(true);
    expect(plain.body.length / br.body.length).toBeGreaterThan(8);
  });

  test('alone are compressed, and no request is', async () => {
    const short = JSON.stringify({ query: '{ viewer { roles } }' });
    expect((await bytes('/graphql', 'br, gzip', short)).encoding).toBeUndefined();
    const zipped = await raw(
      'POST',
      '/graphql',
      { ...json, 'content-encoding': 'gzip' },
      gzipSync(introspection).toString('latin1'),
    );
    expect([zipped.status, codes(JSON.parse(zipped.text))]).toEqual([400, ['BAD_REQUEST']]);
  });

  test('of the explorer were compressed by the build, and are asked for only when they changed', async () => {
    const [plain, br] = [await bytes('/explorer/main.js', 'identity'), await bytes('/explorer/main.js', 'gzip, br')];
    expect([plain.encoding, br.encoding, br.vary]).toEqual([undefined, 'br', 'accept, accept-encoding']);
    expect(brotliDecompressSync(br.body).equals(plain.body)).toBe(true);
    const page = await raw('GET', '/graphql', { accept: 'text/html' });
    expect(page).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'no-cache', 'content-security-policy': expect.stringContaining("script-src 'self'") },
    });
    const again = await raw('GET', '/graphql', { accept: 'text/html', 'if-none-match': String(page.headers['etag']) });
    expect([again.status, again.text]).toEqual([304, '']);
    for (const path of ['/explorer/../package.json', '/explorer/%2e%2e/%2e%2e/package.json', '/explorer/none.js'])
      expect([path, (await raw('GET', path, {})).status]).toEqual([path, 404]);
  });
});

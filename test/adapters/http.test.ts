import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { isAdapterError, type AdapterError, type SecretRef } from '../../src/adapters/adapter.js';
import { HTTP_SETTINGS, HttpClient, path, segment, type HttpSettings } from '../../src/adapters/http.js';
import { retryAfterMs } from '../../src/adapters/http-failure.js';
import { compileSchema } from '../../src/adapters/schema-compiler.js';
import type { FaultRule } from '../simulators/http/faults.js';
import { HttpSimulator } from '../simulators/http/http-simulator.js';
import { until } from '../support/until.js';
import { patience } from './support/harness.js';

const TOKEN: SecretRef = { $secret: 'env:TOKEN' };
const CANARY = 'c4n4ry-s3cr3t';
const NOW = new Date('2026-11-28T12:00:00Z');

/** Says back what it heard; `/moved/<status>` redirects to the address in `to`. */
const echo = new HttpSimulator(({ method, path: place, query, headers, body }) => {
  const [, , status] = /^(.*)\/moved\/(\d+)$/.exec(place) ?? [];
  if (status !== undefined) return { status: Number(status), headers: { location: query.get('to') ?? '' } };
  return { json: { method, place, query: [...query], headers, body } };
});

const resolved: SecretRef[] = [];
const context = {
  fetch: globalThis.fetch,
  now: () => NOW,
  secrets: {
    get: async (ref: SecretRef) => {
      resolved.push(ref);
      return CANARY;
    },
  },
};
const client = (settings: Partial<HttpSettings> = {}): HttpClient =>
  new HttpClient(context, { baseUrl: echo.url, allowHttp: true, timeoutMs: 5_000, ...settings });

/** The error that a call throws. */
async function errorOf(call: Promise<unknown> | (() => unknown)): Promise<AdapterError> {
  try {
    await (typeof call === 'function' ? call() : call);
  } catch (error) {
    if (isAdapterError(error)) return error;
    throw error;
  }
  throw new Error('The call was expected to be refused.');
}

beforeAll(async () => void (await echo.start()));
afterAll(async () => await echo.stop());
beforeEach(() => {
  echo.faults.clear();
  echo.requests.length = 0;
  resolved.length = 0;
});

describe('the address', () => {
  test('is https, or http where that is allowed, and has no credentials, query or fragment', async () => {
    const shape = compileSchema({ type: 'object', properties: HTTP_SETTINGS, required: ['baseUrl'] }, 'The settings');
    const bad = [
      'http://a',
      'ftp://a',
      'https://u:p@a',
      'https://u@a',
      'https://a?x=1',
      'https://a#b',
      'a',
      '',
      'https://',
    ];
    for (const baseUrl of bad)
      expect([baseUrl, (await errorOf(() => new HttpClient(context, { baseUrl }))).code]).toEqual([
        baseUrl,
        'INVALID_ARGUMENT',
      ]);
    for (const baseUrl of ['https://a', 'https://a:8443/x/'])
      expect([new HttpClient(context, { baseUrl }), shape({ baseUrl })]).toEqual([expect.anything(), []]);
    expect(shape({ baseUrl: 'https://u:p@a' })).not.toEqual([]);
    expect(shape({ baseUrl: 'https://a', auth: { type: 'bearer', token: 'in the clear' } })).not.toEqual([]);
  });

  test('of a request is below it, with each value encoded', async () => {
    const seen = await client({ baseUrl: `${echo.url}/base/` }).json(
      { method: 'GET', path: path`/job/${'a/b c?#;$(x)'}/${7}/`, query: { tag: ['x', 'y&z'], no: undefined } },
      patience(),
    );
    expect(seen).toMatchObject({
      place: '/base/job/a%2Fb%20c%3F%23%3B%24(x)/7/',
      query: [
        ['tag', 'x'],
        ['tag', 'y&z'],
      ],
    });
  });

  test('never leaves it', async () => {
    for (const value of ['', '.', '..', 'a/../b', '../x', '..\\x', 'a//b', '/x', '\ud800'])
      expect([value, (await errorOf(() => segment(value))).code]).toEqual([value, 'INVALID_ARGUMENT']);
    for (const below of [
      'x',
      '//evil.example/x',
      '/../x',
      '/a/%2e%2e/x',
      '/a/.%2E',
      '/\\evil',
      '/a b',
      '/a#b',
      'http://x',
      '/a\n',
    ])
      expect([below, (await errorOf(client().send({ method: 'GET', path: below }, patience()))).code]).toEqual([
        below,
        'INVALID_ARGUMENT',
      ]);
    const tool = client({ baseUrl: `${echo.url}/base` });
    expect([tool.pathOf(`${echo.url}/base/queue/item/1/?a=b`), tool.pathOf('/base/x')]).toEqual([
      '/queue/item/1/?a=b',
      '/x',
    ]);
    for (const link of [
      'https://evil.example/base/x',
      '/other',
      '/base/../x',
      '/based/x',
      '//evil.example/base/x',
      'javascript:x',
    ])
      expect([link, (await errorOf(() => tool.pathOf(link))).code]).toEqual([link, 'FAILED_PRECONDITION']);
    expect(echo.requests).toEqual([]);
  });
});

describe('credentials', () => {
  test.each([
    ['bearer', { type: 'bearer', token: TOKEN }, 'authorization', `Bearer ${CANARY}`],
    [
      'basic',
      { type: 'basic', username: 'interlock', password: TOKEN },
      'authorization',
      `Basic ${Buffer.from(`interlock:${CANARY}`).toString('base64')}`,
    ],
    ['header', { type: 'header', name: 'X-Rundeck-Auth-Token', value: TOKEN }, 'x-rundeck-auth-token', CANARY],
  ] as const)('by %s are resolved at each use and sent in their header', async (_name, auth, header, value) => {
    const tool = client({ auth, headers: { 'x-site': 'north', 'x-other': TOKEN } });
    for (const _time of [1, 2]) {
      const { headers } = (await tool.json({ method: 'GET', path: '/' }, patience())) as { headers: object };
      expect(headers).toMatchObject({ [header]: value, 'x-site': 'north', 'x-other': CANARY });
    }
    expect(resolved).toHaveLength(4);
  });

  test('are in no message, whatever the tool repeats', async () => {
    const pair = Buffer.from(`interlock:${CANARY}`).toString('base64');
    echo.faults.add({
      fault: { kind: 'status', status: 400, body: `no ${CANARY} nor ${pair} nor b0dy-s3cr3t`, headers: {} },
    });
    const tool = client({ auth: { type: 'basic', username: 'interlock', password: TOKEN } });
    const body = { form: { token: 'b0dy-s3cr3t' } };
    const error = await errorOf(tool.send({ method: 'POST', path: '/', body, hide: ['b0dy-s3cr3t'] }, patience()));
    expect(error.message).toBe('The tool answered POST / with 400: no [redacted] nor [redacted] nor [redacted]');
  });

  test('with characters that no header can carry are refused without a word of them', async () => {
    const odd = { ...context, secrets: { get: async () => `${CANARY}\nX-Evil: 1` } };
    const settings: HttpSettings = { baseUrl: echo.url, allowHttp: true, auth: { type: 'bearer', token: TOKEN } };
    const error = await errorOf(new HttpClient(odd, settings).send({ method: 'GET', path: '/' }, patience()));
    expect([error.code, JSON.stringify([error.message, error.cause]).includes(CANARY)]).toEqual([
      'FAILED_PRECONDITION',
      false,
    ]);
    expect(echo.requests).toEqual([]);
  });

  test('never follow a redirect, and nothing follows one to another origin', async () => {
    const there = { method: 'GET', path: '/moved/302', query: { to: '/x' } } as const;
    expect(await client().json(there, patience())).toMatchObject({ place: '/x' });
    const signedIn = client({ auth: { type: 'bearer', token: TOKEN } });
    expect((await errorOf(signedIn.send(there, patience()))).message).toBe(
      'The tool answered GET /moved/302 with 302: a redirect to /x',
    );
    const away = { method: 'GET', path: '/moved/307', query: { to: 'https://u:p@evil.example/x?token=1' } } as const;
    expect(await errorOf(client().send(away, patience()))).toMatchObject({
      code: 'FAILED_PRECONDITION',
      message: 'The tool answered GET /moved/307 with 307: a redirect to https://evil.example/x',
    });
    const loop = { method: 'GET', path: '/moved/301', query: { to: '/moved/301?to=/moved/301' } } as const;
    expect((await errorOf(client().send(loop, patience()))).code).toBe('FAILED_PRECONDITION');
    // A command that was redirected may have been carried out, where the status does not say that it was not.
    for (const [status, code] of [
      [303, 'OUTCOME_UNKNOWN'],
      [307, 'FAILED_PRECONDITION'],
    ] as const)
      expect((await errorOf(client().send({ method: 'POST', path: `/moved/${status}` }, patience()))).code).toBe(code);
  });
});

describe('failures', () => {
  const read = { method: 'GET', path: '/x' } as const;
  const command = { method: 'POST', path: '/x', body: { json: { a: 1 } } } as const;

  test.each([
    ['unauthenticated', 'UNAUTHENTICATED', 'UNAUTHENTICATED'],
    ['forbidden', 'PERMISSION_DENIED', 'PERMISSION_DENIED'],
    ['notFound', 'NOT_FOUND', 'NOT_FOUND'],
    ['conflict', 'ABORTED', 'ABORTED'],
    ['tooMany', 'RESOURCE_EXHAUSTED', 'RESOURCE_EXHAUSTED'],
    ['error', 'UNAVAILABLE', 'OUTCOME_UNKNOWN'],
    ['badGateway', 'UNAVAILABLE', 'OUTCOME_UNKNOWN'],
    ['maintenance', 'UNAVAILABLE', 'UNAVAILABLE'],
    ['html', 'INTERNAL', 'OUTCOME_UNKNOWN'],
    ['malformed', 'INTERNAL', 'OUTCOME_UNKNOWN'],
    ['endless', 'INTERNAL', 'OUTCOME_UNKNOWN'],
    ['truncated', 'UNAVAILABLE', 'OUTCOME_UNKNOWN'],
    ['reset', 'UNAVAILABLE', 'OUTCOME_UNKNOWN'],
    ['slow', 'DEADLINE_EXCEEDED', 'OUTCOME_UNKNOWN'],
  ] as const)('%s is %s for a read and %s for a command', async (fault, ofRead, ofCommand) => {
    echo.faults.add({ fault, times: 3 });
    const tool = client({ timeoutMs: fault === 'slow' ? 100 : 5_000, maxResponseBytes: 100_000 });
    const codes = [];
    for (const request of [read, command, { ...read, effect: 'mutation' } as const])
      codes.push((await errorOf(tool.json(request, patience()))).code);
    expect(codes).toEqual([ofRead, ofCommand, ofCommand]);
    await until(() => echo.waiting === 0, 'every exchange to be closed');
  });

  test('say how long to wait', async () => {
    const wait = (headers: Record<string, string>): number | undefined => retryAfterMs(new Headers(headers), NOW);
    expect([
      wait({ 'retry-after': '7' }),
      wait({ 'retry-after': 'Sat, 28 Nov 2026 12:01:00 GMT' }),
      wait({ 'retry-after': 'Sat, 28 Nov 2026 11:00:00 GMT' }),
      wait({ 'retry-after': '999999999' }),
      wait({ 'retry-after': 'soon' }),
      wait({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW.getTime() / 1000 + 90) }),
      wait({ 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': String(NOW.getTime() / 1000 + 90) }),
      wait({}),
    ]).toEqual([7_000, 60_000, 0, 86_400_000, undefined, 90_000, undefined, undefined]);
    const limited: FaultRule['fault'] = { kind: 'status', status: 403, headers: { 'retry-after': '60' } };
    echo.faults.add({ fault: limited });
    echo.faults.add({ fault: { kind: 'status', status: 503 } });
    expect(await errorOf(client().send(command, patience()))).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      retryAfterMs: 60_000,
    });
    // Without a time, a 503 may come from a proxy that lost the tool after it got the command.
    expect((await errorOf(client().send(command, patience()))).code).toBe('OUTCOME_UNKNOWN');
  });

  test('are what the caller says for a conflict, and no failure where it reads the answer itself', async () => {
    echo.faults.add({ fault: 'conflict', times: 2 });
    expect((await errorOf(client().send({ ...command, conflict: 'ALREADY_EXISTS' }, patience()))).code).toBe(
      'ALREADY_EXISTS',
    );
    expect((await client().send({ ...command, accept: [409] }, patience())).json()).toEqual({ message: 'Conflict' });
  });

  test('have short messages in the words of the tool, and none of its pages', async () => {
    const said = async (body: string, type = 'application/json'): Promise<string> => {
      echo.faults.add({ fault: { kind: 'status', status: 400, headers: { 'content-type': type }, body } });
      return (await errorOf(client().send(read, patience()))).message.slice('The tool answered GET /x with 400'.length);
    };
    expect([
      await said('{"message":"No such\\n job"}'),
      await said('{"detail":"limit"}'),
      await said('{"error":{"code":5}}'),
      await said('{"limit":["not allowed"]}'),
      await said('plain', 'text/plain'),
      await said('<html>', 'text/html'),
      await said(''),
      (await said('x'.repeat(50_000), 'text/plain')).length,
    ]).toEqual([': No such job', ': limit', ': {"code":5}', ': {"limit":["not allowed"]}', ': plain', '.', '.', 302]);
  });

  test('before anything was sent are UNAVAILABLE for a command too', async () => {
    const deaf = await new HttpSimulator(() => ({})).start();
    await deaf.stop();
    for (const baseUrl of [
      deaf.url,
      'http://nowhere.invalid',
      'http://127.0.0.1:1',
      echo.url.replace('http:', 'https:'),
    ])
      expect([baseUrl, (await errorOf(client({ baseUrl }).send(command, patience()))).code]).toEqual([
        baseUrl,
        'UNAVAILABLE',
      ]);
    const gone = await errorOf(client().send(command, AbortSignal.abort()));
    expect([gone.code, echo.requests]).toEqual(['ABORTED', []]);
  });

  test('of a call that is aborted come at once and leave no connection', async () => {
    for (const [request, code] of [
      [read, 'ABORTED'],
      [command, 'OUTCOME_UNKNOWN'],
    ] as const) {
      echo.faults.add({ fault: 'slow' });
      const stop = new AbortController();
      const error = errorOf(client().send(request, stop.signal));
      await until(() => echo.requests.length === (code === 'ABORTED' ? 1 : 2), 'the request to arrive');
      stop.abort();
      expect((await error).code).toBe(code);
      await until(() => echo.waiting === 0, 'the exchange to be closed');
    }
  });
});

describe('an answer', () => {
  /** A server that says exactly this and closes. */
  const saying = async (bytes: string | Buffer): Promise<{ url: string; server: Server }> => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(bytes));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, server };
  };
  const readJson = async (head: string, body: string | Buffer): Promise<unknown> => {
    const { url, server } = await saying(
      Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`), Buffer.from(body)]),
    );
    try {
      return await client({ baseUrl: url }).json({ method: 'GET', path: '/' }, patience());
    } catch (error) {
      return isAdapterError(error) ? error.code : error;
    } finally {
      server.close();
    }
  };

  test('is JSON only if it says so and is', async () => {
    expect([
      await readJson('content-type: application/json; charset=utf-8', '{"ä":1}'),
      await readJson('content-type: application/vnd.api+json', '[]'),
      await readJson('content-type: text/plain', '{}'),
      await readJson('x: y', '{}'),
      await readJson('content-type: application/json', Buffer.from([0x22, 0xff, 0x22])),
      await readJson('content-type: application/json', ''),
      await readJson('content-type: application/json\r\ntransfer-encoding: chunked', '5\r\n{"a":'),
    ]).toEqual([{ ä: 1 }, [], 'INTERNAL', 'INTERNAL', 'INTERNAL', 'INTERNAL', 'UNAVAILABLE']);
  });

  test('may be a form or a text as well as JSON on the way there', async () => {
    const bodies = [
      { json: { a: 1 } },
      { form: { a: 'b c', d: ['1', '2'] } },
      { text: '<a/>', contentType: 'text/xml' },
    ] as const;
    const heard = [];
    for (const body of bodies) {
      const { headers, body: text } = (await client().json({ method: 'PUT', path: '/', body }, patience())) as {
        headers: Record<string, string>;
        body: string;
      };
      heard.push([headers['content-type'], text]);
    }
    expect(heard).toEqual([
      ['application/json', '{"a":1}'],
      ['application/x-www-form-urlencoded', 'a=b+c&d=1&d=2'],
      ['text/xml', '<a/>'],
    ]);
  });
});

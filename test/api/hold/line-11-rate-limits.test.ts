import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../../src/config.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { post } from '../../support/doors.js';
import { RawSocket } from '../../support/raw-socket.js';

const MOST = 5;
const ENV = { INTERLOCK_RATE_LIMIT: String(MOST), INTERLOCK_STRANGER_LIMIT: String(MOST) };
const QUERY = { query: '{ viewer { roles } }' };
/** Stands behind a proxy that it trusts, so that each test has an address of its own. */
let app: TestApp;
/** Trusts nobody. */
let open: TestApp;

beforeAll(async () => {
  app = await startTestApp({ env: { ...ENV, INTERLOCK_TRUSTED_PROXIES: 'loopback, 10.0.0.0/8' } });
  open = await startTestApp({ beside: app, env: ENV });
});
afterAll(async () => {
  await open.end();
  await app.end();
});

const from = (...addresses: string[]) => ({ 'x-forwarded-for': addresses.join(', ') });
let used = 0;
/** An address that nobody has used. */
const newAddress = () => from(`203.0.113.${(used += 1)}`);

const ask = async (token: string | undefined, headers: Record<string, string>, of = app) =>
  (await post(of, QUERY, token, headers)).status;

/** Statuses of that many questions, one after the other. */
async function asks(count: number, token: string | undefined, headers: Record<string, string>) {
  const all: number[] = [];
  for (let i = 0; i < count; i++) all.push(await ask(token, headers));
  return all;
}

const times = (count: number, status: number) => Array.from({ length: count }, () => status);

/** The code with which a WebSocket is closed that brings a token. */
async function closedSocket(token: string, headers: Record<string, string>, of = app) {
  const socket = new RawSocket(of.url, { headers });
  await socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  return (await socket.closed()).code;
}

const WAYS = {
  '/graphql': async (headers: Record<string, string>) =>
    await fetch(`${app.url}/graphql`, { method: 'POST', headers, body: '{}' }),
  '/media': async (headers: Record<string, string>) => await fetch(`${app.url}/media/${'0'.repeat(64)}`, { headers }),
  '/media/versions': async (headers: Record<string, string>) =>
    await fetch(`${app.url}/media/versions/x`, { method: 'PUT', headers, body: 'x' }),
  '/calendar.ics': async (headers: Record<string, string>) => await fetch(`${app.url}/calendar.ics`, { headers }),
  '/integrations': async (headers: Record<string, string>) =>
    await fetch(`${app.url}/integrations/nothing/callback/guess`, { method: 'POST', headers, body: 'x' }),
};

test('limits are on by default, above what a busy console, a pipeline and a shared address need', () => {
  const { rateLimit, strangerLimit, trustedProxies, maxSockets, maxUploads } = loadConfig({});
  expect({ rateLimit, strangerLimit, trustedProxies, maxSockets, maxUploads }).toEqual({
    rateLimit: 20_000,
    strangerLimit: 1_000,
    trustedProxies: [],
    maxSockets: 500,
    maxUploads: 20,
  });
  expect(() => loadConfig({ INTERLOCK_TRUSTED_PROXIES: 'proxy.example' })).toThrow(/10\.0\.0\.0\/8/);
});

describe('failed sign-ins', () => {
  test.each(Object.entries(WAYS))(
    'at %s are counted for every way in, and told when to come back',
    async (path, way) => {
      const headers = { authorization: 'Bearer nonsense', 'content-type': 'application/json', ...newAddress() };
      const statuses: number[] = [];
      for (let i = 0; i < MOST; i++) statuses.push((await way(headers)).status);
      expect(statuses).toEqual(times(MOST, path === '/integrations' ? 404 : 401));
      for (const other of Object.values(WAYS)) {
        const answer = await other(headers);
        const { errors } = (await answer.json()) as { errors: { extensions: Record<string, unknown> }[] };
        const { code, retryAfterSeconds } = errors[0]?.extensions ?? {};
        expect([answer.status, code]).toEqual([429, 'RATE_LIMITED']);
        expect(answer.headers.get('retry-after')).toBe(String(retryAfterSeconds));
      }
      expect(await closedSocket('nonsense', headers)).toBe(1013);
    },
  );

  test('over the WebSocket are counted with those over HTTP', async () => {
    const here = newAddress();
    for (let i = 0; i < MOST; i++) expect(await closedSocket('nonsense', here)).toBe(4403);
    expect(await closedSocket('nonsense', here)).toBe(1013);
    expect(await ask(undefined, here)).toBe(429);
  });

  test('keep nobody with valid credentials out, behind the same address and for the first time', async () => {
    const here = newAddress();
    expect(await asks(MOST + 5, 'nonsense', here)).toEqual([...times(MOST, 401), ...times(5, 429)]);
    const second = await app.as('second person', 'AUDITOR');
    expect(await ask(second.token, here)).toBe(200);
    const socket = await new RawSocket(app.url, { headers: here }).init(second.token);
    await socket.close();
  });

  test('say nothing of a token that is nearly right', async () => {
    const here = newAddress();
    const { token = '' } = await app.as('nearly', 'AUDITOR');
    expect(await asks(MOST + 1, `${token.slice(0, -3)}abc`, here)).toEqual([...times(MOST, 401), 429]);
    expect(await ask(token, here)).toBe(200);
  });
});

describe('X-Forwarded-For', () => {
  test('is not believed of anybody by default', async () => {
    for (let i = 0; i < MOST; i++) expect(await ask(undefined, newAddress(), open)).toBe(401);
    expect(await ask(undefined, newAddress(), open)).toBe(429);
    expect(await closedSocket('nonsense', newAddress(), open)).toBe(1013);
  });

  test('is believed of a configured proxy, as far as the proxy wrote it', async () => {
    const [here, there] = ['203.0.113.201', '203.0.113.202'];
    expect(await asks(MOST + 1, undefined, from(here))).toEqual([...times(MOST, 401), 429]);
    expect(await ask(undefined, from(there))).toBe(401);
    expect(await closedSocket('nonsense', from(there))).toBe(4403);
    // What the client wrote stands to the left of what the proxy added.
    for (const forged of ['198.51.100.1', '127.0.0.1', 'nonsense', '', there])
      expect(await ask(undefined, from(forged, here))).toBe(429);
    expect(await closedSocket('nonsense', from('198.51.100.1', here))).toBe(1013);
    // A chain of trusted proxies.
    expect(await ask(undefined, from(here, '10.1.2.3'))).toBe(429);
  });
});

describe('a token', () => {
  test('is counted on every way in together', async () => {
    const reader = await app.as('reader of everything', 'AUDITOR');
    const headers = { ...reader.headers, 'content-type': 'application/json' };
    const ways = [WAYS['/graphql'], WAYS['/media'], WAYS['/media/versions'], WAYS['/calendar.ics']];
    const statuses: number[] = [];
    for (let i = 0; i <= MOST; i++) statuses.push((await (ways[i % ways.length] as (typeof ways)[0])(headers)).status);
    expect([statuses.slice(0, MOST).includes(429), statuses[MOST]]).toEqual([false, 429]);
    for (const way of ways) expect((await way(headers)).status).toBe(429);
  });

  test('that is stolen and overused leaves its person enough to revoke it', async () => {
    const stolen = await app.as('victim', 'AUDITOR');
    const own = await app.as('victim', 'AUDITOR', 'REQUESTER');
    expect(await asks(3 * MOST, stolen.token, newAddress())).toEqual([...times(MOST, 200), ...times(2 * MOST, 429)]);
    const tokens = await own.ok('{ viewer { accessTokens(first: 5) { nodes { id roles } } } }');
    const { id } = tokens.viewer.accessTokens.nodes.find(({ roles }: { roles: string[] }) => roles.length === 1);
    await own.run('accessTokenRevoke', { id }, 'accessToken');
    expect(await ask(own.token, newAddress())).toBe(200);
  });

  test('more gives a person no more than twice as much', async () => {
    const tokens = [
      await app.as('many', 'AUDITOR'),
      await app.as('many', 'REQUESTER'),
      await app.as('many', 'AUDITOR', 'REQUESTER'),
    ];
    const statuses = [];
    for (const { token } of tokens) statuses.push(await asks(MOST, token, newAddress()));
    expect(statuses).toEqual([times(MOST, 200), times(MOST, 200), times(MOST, 429)]);
    expect(await ask((await app.as('few', 'AUDITOR')).token, newAddress())).toBe(200);
  });
});

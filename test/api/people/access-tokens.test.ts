import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { castOf } from '../../support/cast.js';
import { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { giveAccess } from '../../support/grants.js';
import { RawSocket } from '../../support/raw-socket.js';
import { refusalCodes, rejectionCode } from '../../support/refusals.js';
import { until } from '../../support/until.js';

const clock = new TestClock();
let app: TestApp;
let admin: TestClient;
let mona: TestClient;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  ({ administrator: admin } = await castOf(app, 'administrator'));
  mona = await app.as('mona', 'CONFIGURATION_MANAGER', 'REQUESTER');
});
afterAll(async () => await app.end());

const CREATE = `mutation($input: AccessTokenCreateInput!) { accessTokenCreate(input: $input) {
  secret replayed userErrors { code } accessToken { id name roles expiresAt revokedAt lastUsedAt version person { id
    name } } } }`;

const create = async (client: TestClient, input: Record<string, unknown>) =>
  (await client.ok(CREATE, { input })).accessTokenCreate;
const codeOf = async (client: TestClient, input: Record<string, unknown>) =>
  (await client.send(CREATE, { input })).errors?.[0]?.extensions.code;
const withToken = (secret: string) => new TestClient(app.url, secret, '');
const VIEWER = '{ viewer { roles via expiresAt person { name } accessTokens { totalCount } } }';

describe('access tokens', () => {
  test('are shown once, work at once, and are kept only as a hash', async () => {
    const { secret, accessToken } = await create(mona, { name: 'pipeline', roles: ['CONFIGURATION_MANAGER'], days: 7 });
    expect(secret).toMatch(/^ilk_[0-9a-z]{26}_[A-Za-z0-9-]{43}$/);
    expect(accessToken).toMatchObject({
      id: expect.stringMatching(/^tok_/),
      name: 'pipeline',
      roles: ['CONFIGURATION_MANAGER'],
      expiresAt: '2026-11-29T12:00:00.000Z',
      revokedAt: null,
      person: { id: mona.personId },
    });
    expect((await withToken(secret).ok(VIEWER)).viewer).toMatchObject({
      roles: ['CONFIGURATION_MANAGER'],
      via: 'TOKEN',
      expiresAt: '2026-11-29T12:00:00.000Z',
      person: { name: 'mona' },
    });
    const tail = secret.slice(-43);
    expect(await app.count(`access_token where row_to_json(access_token)::text like '%${tail}%'`)).toBe(0);
    expect(await app.count(`domain_event where payload::text like '%${tail}%'`)).toBe(0);
    expect(await app.count(`idempotency_record where result::text like '%${tail}%'`)).toBe(0);
  });

  test('are not shown again by a replay', async () => {
    const input = { name: 'once', roles: ['REQUESTER'], days: 1, idempotencyKey: 'token-once' };
    const first = await create(mona, input);
    const again = await create(mona, input);
    expect(first).toMatchObject({ replayed: false, secret: expect.any(String) });
    expect(again).toMatchObject({ replayed: true, secret: null, accessToken: { id: first.accessToken.id } });
    expect(await app.count(`access_token where name = 'once'`)).toBe(1);
  });

  test('give nobody more than they have', async () => {
    const before = await app.count('access_token');
    expect(await codeOf(mona, { name: 'x', roles: ['CHANGE_AUTHORITY'] })).toBe('FORBIDDEN');
    expect(await codeOf(mona, { name: 'x', roles: ['REQUESTER'], personId: admin.personId })).toBe('FORBIDDEN');
    const forMona = { name: 'x', roles: ['REQUESTER'], days: 1, personId: mona.personId };
    expect(await refusalCodes(admin, 'accessTokenCreate', forMona)).toEqual(['SECOND_PERSON_REQUIRED']);
    expect(await codeOf(mona, { name: 'x', roles: [] })).toBe('BAD_USER_INPUT');
    expect(await codeOf(mona, { name: 'x', roles: ['REQUESTER'], days: 0 })).toBe('BAD_USER_INPUT');
    expect(await codeOf(admin, { name: 'x', roles: ['ADMINISTRATOR'], days: 367 })).toBe('BAD_USER_INPUT');
    expect(await codeOf(app.anonymous(), { name: 'x', roles: ['REQUESTER'] })).toBe('UNAUTHENTICATED');
    // A token with fewer roles or days than its person has cannot make itself a better one.
    const { secret } = await create(mona, { name: 'narrow', roles: ['REQUESTER'], days: 2 });
    expect(await codeOf(withToken(secret), { name: 'x', roles: ['CONFIGURATION_MANAGER'], days: 1 })).toBe('FORBIDDEN');
    expect(await codeOf(withToken(secret), { name: 'x', roles: ['REQUESTER'], days: 3 })).toBe('BAD_USER_INPUT');
    expect(await app.count('access_token')).toBe(before + 1);
    expect(await app.count(`access_token where name = 'x'`)).toBe(0);
  });

  test('carry only roles that their person still holds', async () => {
    const zoe = await app.as('zoe', 'CONFIGURATION_MANAGER', 'AUDITOR');
    await admin.run('personRevokeRole', { id: zoe.personId, role: 'CONFIGURATION_MANAGER' }, 'person');
    await until(
      async () =>
        (await zoe
          .code('configurationItemRegister', { name: 'no', ciClass: 'SERVER' }, 'configurationItem')
          .catch(() => '')) === 'FORBIDDEN',
      'the role to be gone',
      2_000,
    );
    expect((await zoe.ok(VIEWER)).viewer.roles).toEqual(['AUDITOR']);
    const ended = await app.count(`configuration_item where name = 'no'`);
    await until(
      async () => (await app.count(`configuration_item where name = 'no'`)) === ended,
      'nothing more to be written',
    );
    const back = { personId: zoe.personId, roles: ['CONFIGURATION_MANAGER'] };
    await giveAccess([admin, await app.as('bob', 'ADMINISTRATOR')], 'Roles', back);
    await until(async () => (await zoe.ok(VIEWER)).viewer.roles.length === 2, 'the role to be back', 2_000);
  });

  test('are listed for administrators and auditors; everybody sees their own', async () => {
    const { auditor } = await castOf(app, 'auditor');
    const { accessTokens } = await auditor.ok(
      `{ accessTokens(filter: { person: { eq: "${mona.personId}" } }, orderBy: [{ field: NAME }]) { totalCount ` +
        'nodes { name person { name } } } }',
    );
    expect(accessTokens.nodes.map((n: { name: string }) => n.name)).toEqual(['narrow', 'once', 'pipeline', 'test']);
    expect(await mona.send('{ accessTokens { totalCount } }')).toMatchObject({
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    });
    const own = (await mona.ok('{ viewer { accessTokens(first: 2) { totalCount nodes { id name } } } }')).viewer
      .accessTokens;
    expect(own).toMatchObject({ totalCount: 4, nodes: [{ name: 'narrow' }, { name: 'once' }] });
    // Asked twice, so that a remembered plan is asked too: nobody gets the answer of somebody else.
    for (const client of [admin, mona, admin, mona]) {
      const { viewer } = await client.ok('{ viewer { person { name } accessTokens { nodes { person { name } } } } }');
      expect(new Set(viewer.accessTokens.nodes.map((n: { person: { name: string } }) => n.person.name))).toEqual(
        new Set([viewer.person.name]),
      );
    }
    // The reserved type is reserved everywhere: as a node and in the event log.
    expect(await mona.send(`{ node(id: "${own.nodes[0].id}") { id } }`)).toMatchObject({
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    });
    await app.relay();
    const types = async (client: TestClient) =>
      (await client.ok('{ events(filter: { type: { startsWith: "access-token." } }) { totalCount } }')).events
        .totalCount;
    expect(await types(mona)).toBe(0);
    expect(await types(auditor)).toBeGreaterThan(3);
  });

  test('are revoked by their owner or an administrator, and refused within a second', async () => {
    const { secret, accessToken } = await create(mona, { name: 'short', roles: ['REQUESTER'], days: 1 });
    const { requester: other } = await castOf(app, 'requester');
    expect(await rejectionCode(other, 'accessTokenRevoke', { id: accessToken.id })).toBe('FORBIDDEN');
    expect(await app.count(`access_token where name = 'short' and revoked_at is null`)).toBe(1);
    const client = withToken(secret);
    await client.ok(VIEWER);
    const revoked = await mona.run(
      'accessTokenRevoke',
      { id: accessToken.id, reason: 'lost' },
      'accessToken',
      'revokedAt',
    );
    expect(revoked).toEqual({ revokedAt: '2026-11-22T12:00:00.000Z' });
    const { status, errors } = await until(async () => {
      const answer = await client.send(VIEWER);
      return answer.errors && answer;
    }, 'the token to be refused');
    expect({ status, code: errors?.[0]?.extensions.code }).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
    const events = await app.count('domain_event');
    await admin.run('accessTokenRevoke', { id: accessToken.id }, 'accessToken'); // once more: nothing new
    expect(await app.count('domain_event')).toBe(events);
  });

  test('stop at once when their person is deactivated, and work again when they are back', async () => {
    const ben = await app.as('ben', 'REQUESTER');
    await ben.ok(VIEWER);
    await admin.run('personDeactivate', { id: ben.personId }, 'person');
    await until(async () => (await ben.send(VIEWER)).status === 401, 'the tokens to be refused', 1_000);
    await admin.run('personActivate', { id: ben.personId }, 'person');
    await until(async () => (await ben.send(VIEWER)).status === 200, 'the tokens to be accepted', 1_000);
  });

  test('tell when they were last used, to a minute and without a write per request', async () => {
    const { secret, accessToken } = await create(mona, { name: 'used', roles: ['REQUESTER'], days: 1 });
    const used = async () =>
      (await app.readDatabase.pool.query(`select last_used_at, version from access_token where name = 'used'`)).rows[0];
    expect((await used()).last_used_at).toBeNull();
    await withToken(secret).ok(VIEWER);
    await until(async () => (await used()).last_used_at !== null, 'the use to be noted');
    const first = await used();
    expect(first.version).toBe(accessToken.version);
    clock.advance(30_000);
    // another process has not just seen the token
    const bySecond = await startTestApp({ clock: clock.now, beside: app });
    const beside = new TestClient(bySecond.url, secret, '');
    await beside.ok(VIEWER);
    expect(await used()).toEqual(first);
    await bySecond.end();
    clock.advance(31_000);
    await until(async () => {
      await withToken(secret).ok(VIEWER);
      return (await used()).last_used_at !== first.last_used_at;
    }, 'the later use to be noted');
  });
});

describe('running streams', () => {
  const STREAM = { id: '1', type: 'subscribe', payload: { query: 'subscription { eventStream { events { type } } }' } };
  const stream = async (secret: string) => {
    const socket = await new RawSocket(app.url).init(secret);
    await socket.send(STREAM);
    await socket.until((all) => all.some((m) => m.id === '1'));
    return socket;
  };
  const closedBecause = async (socket: RawSocket, reason: string) => {
    expect(await socket.closed()).toMatchObject({ code: 4403, reason });
  };

  test('end when their token is revoked, also while nothing happens', async () => {
    const { secret, accessToken } = await create(mona, { name: 's1', roles: ['REQUESTER'], days: 1 });
    const [socket, other] = [await stream(secret), await stream(mona.token as string)];
    await admin.run('accessTokenRevoke', { id: accessToken.id }, 'accessToken');
    await closedBecause(socket, 'Token revoked');
    expect(other.socket.readyState).toBe(other.socket.OPEN);
    await other.close();
  });

  test('end when their person is deactivated or gets other roles', async () => {
    const cleo = await app.as('cleo', 'REQUESTER');
    const first = await stream(cleo.token as string);
    await admin.run('personGrantRole', { id: cleo.personId, role: 'AUDITOR' }, 'person');
    await admin.run('personRevokeRole', { id: cleo.personId, role: 'REQUESTER' }, 'person');
    await closedBecause(first, 'Roles changed');
    await admin.run('personGrantRole', { id: cleo.personId, role: 'REQUESTER' }, 'person');
    await until(async () => (await cleo.ok(VIEWER)).viewer.roles.length === 1, 'the role to be back');
    const second = await stream(cleo.token as string);
    await admin.run('personDeactivate', { id: cleo.personId }, 'person');
    await closedBecause(second, 'Token revoked');
  });

  test('end when their token expires, and an event at that very moment does not slip through', async () => {
    const { secret } = await create(mona, { name: 's2', roles: ['REQUESTER'], days: 1 });
    // The short-lived one comes first, so that the others of its group depend on it if anything does.
    const [short, long] = [await stream(secret), await stream(mona.token as string)];
    clock.advance(86_400_001);
    await mona.run('configurationItemRegister', { name: 'late', ciClass: 'SERVER' }, 'configurationItem');
    expect(await short.closed()).toMatchObject({ code: 4403, reason: 'Token expired' });
    const registered = (socket: RawSocket) =>
      socket.messages.filter((m) =>
        m.payload?.data?.eventStream?.events.some((e: { type: string }) => e.type === 'configuration-item.registered'),
      );
    await long.until(() => registered(long).length === 1);
    expect(registered(short)).toEqual([]);
    await long.close();
  });

  test('of somebody who brings no valid token do not begin', async () => {
    for (const [token, reason] of [
      [undefined, 'Sign in: send the connection parameter "authorization"'],
      ['ilk_nonsense', 'The token is invalid, expired or revoked.'],
    ] as const) {
      const socket = await new RawSocket(app.url).send({
        type: 'connection_init',
        payload: token === undefined ? {} : { authorization: `Bearer ${token}` },
      });
      expect(await socket.closed()).toEqual({ code: 4403, reason, messages: [] });
    }
  });
});

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateKeyPair } from 'jose';
import { startTestApp, type TestApp } from '../../support/app.js';
import { castOf } from '../../support/cast.js';
import { TestClient } from '../../support/client.js';
import { AUDIENCE, TestIssuer, type MintOptions } from '../../support/issuer.js';
import { RawSocket } from '../../support/raw-socket.js';
import { until } from '../../support/until.js';

let issuer: TestIssuer;
let app: TestApp;
let admin: TestClient;

beforeAll(async () => {
  issuer = await TestIssuer.start();
  app = await startTestApp({ env: { OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: AUDIENCE } });
  ({ administrator: admin } = await castOf(app, 'administrator'));
});
afterAll(async () => {
  await app.end();
  await issuer.stop();
});

const VIEWER = '{ viewer { roles via expiresAt person { id name email kind roles active } } }';
const client = (jwt: string) => new TestClient(app.url, jwt, '');
const mint = async (options?: MintOptions) => await issuer.mint(new Date(), options);
const seconds = (ms = 0) => Math.floor((Date.now() + ms) / 1000);

describe('a JWT of the identity provider', () => {
  test('that a program got for itself lets it in as a service with the claimed roles', async () => {
    const { viewer } = await client(await issuer.clientCredentials()).ok(VIEWER);
    expect(viewer).toMatchObject({
      via: 'OIDC',
      roles: ['DEPLOYMENT_OPERATOR'],
      person: { name: 'pipeline', kind: 'SERVICE', roles: [] },
    });
    expect(Date.parse(viewer.expiresAt)).toBeGreaterThan(Date.now() + 500_000);
  });

  test('makes a person at their first request, once, also when many come together', async () => {
    const jwt = await mint({
      claims: { sub: 'new-1', name: 'Nina New', email: 'Nina@Example.test', roles: ['CHANGE_MANAGER', 'KING'] },
    });
    const answers = await Promise.all(Array.from({ length: 8 }, async () => await client(jwt).ok(VIEWER)));
    for (const { viewer } of answers)
      expect(viewer).toMatchObject({
        roles: ['CHANGE_MANAGER'],
        person: { name: 'Nina New', email: 'nina@example.test', kind: 'HUMAN', roles: [], active: true },
      });
    expect(await app.count(`person where subject = 'new-1'`)).toBe(1);
    expect(
      await app.count(`domain_event where type = 'person.created' and payload->'subject'->>'name' = 'Nina New'`),
    ).toBe(1);
  });

  test('makes two first requests with different tokens one person too', async () => {
    const jwts = await Promise.all(
      [1, 2, 3, 4].map(async (n) => await mint({ claims: { sub: 'new-2', jti: String(n), roles: ['AUDITOR'] } })),
    );
    const ids = await Promise.all(jwts.map(async (jwt) => (await client(jwt).ok(VIEWER)).viewer.person.id));
    expect(new Set(ids).size).toBe(1);
  });

  test('gives the roles it claims and those that were granted here', async () => {
    const known = await admin.run(
      'personCreate',
      { name: 'Rob', email: 'rob@example.test', subject: 'rob', roles: ['AUDITOR'] },
      'person',
    );
    const roles = async (claims: object) =>
      (await client(await mint({ claims: { sub: 'rob', ...claims } })).ok(VIEWER)).viewer;
    expect(await roles({})).toMatchObject({ roles: ['AUDITOR'], person: { id: known.id } });
    expect(await roles({ roles: 'TEST_MANAGER,REQUESTER' })).toMatchObject({
      roles: ['AUDITOR', 'REQUESTER', 'TEST_MANAGER'],
    });
    expect(await roles({ roles: 7 })).toMatchObject({ roles: ['AUDITOR'] });
  });

  test('without any role lets its bearer see who they are, and nothing else', async () => {
    const nobody = client(await mint({ claims: { sub: 'nobody' } }));
    expect((await nobody.ok('{ viewer { roles person { name } } }')).viewer).toEqual({ roles: [], person: null });
    expect(await nobody.send('{ people { nodes { name } } }')).toMatchObject({
      data: null,
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    });
  });

  test('takes over an account only by an address that the provider has verified', async () => {
    const boss = await admin.run(
      'personCreate',
      { name: 'Boss', email: 'boss@example.test', roles: ['AUDITOR'] },
      'person',
    );
    const thief = await client(await mint({ claims: { sub: 'thief', email: 'boss@example.test' } })).send(VIEWER);
    expect(thief).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    expect(await app.count(`person where subject = 'thief'`)).toBe(0);
    const real = await client(
      await mint({ claims: { sub: 'boss-1', email: 'BOSS@example.test', email_verified: true } }),
    ).ok(VIEWER);
    expect(real.viewer).toMatchObject({ roles: ['AUDITOR'], person: { id: boss.id } });
    const second = await client(
      await mint({ claims: { sub: 'boss-2', email: 'boss@example.test', email_verified: true } }),
    ).send(VIEWER);
    expect(second).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    expect(await app.count(`person where email = 'boss@example.test' and subject = 'boss-1'`)).toBe(1);
  });

  test.each<[string, () => Promise<string>]>([
    ['for another audience', async () => await mint({ claims: { aud: 'urn:other' } })],
    ['of another issuer', async () => await mint({ claims: { iss: 'https://other.example' } })],
    ['that has expired', async () => await mint({ claims: { exp: seconds(-60_000) } })],
    ['that is not valid yet', async () => await mint({ claims: { nbf: seconds(120_000) } })],
    ['without expiry', async () => await mint({ claims: { exp: undefined } })],
    ['without subject', async () => await mint({ claims: { sub: undefined } })],
    ['signed with HS256', async () => await mint({ alg: 'HS256', key: randomBytes(32) })],
    [
      'not signed at all',
      async () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await mint()).split('.')[1]}.`,
    ],
    [
      'signed with another key under a known name',
      async () => await mint({ key: (await generateKeyPair('RS256')).privateKey }),
    ],
    [
      'signed with a key that the issuer does not have',
      async () => await mint({ key: (await generateKeyPair('RS256')).privateKey, header: { kid: 'elsewhere' } }),
    ],
    [
      'with a changed claim',
      async () => {
        const [header, , signature] = (await mint()).split('.');
        return [
          header,
          Buffer.from(
            JSON.stringify({
              iss: issuer.url,
              aud: AUDIENCE,
              sub: 'user-1',
              exp: seconds(60_000),
              roles: ['ADMINISTRATOR'],
            }),
          ).toString('base64url'),
          signature,
        ].join('.');
      },
    ],
    ['that is no JWT', async () => 'abc.def.ghi'],
  ])('%s is refused at both doors', async (_what, make) => {
    const before = await app.count('person');
    const jwt = await make();
    expect(await client(jwt).send(VIEWER)).toMatchObject({
      status: 401,
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
    const socket = await new RawSocket(app.url).send({
      type: 'connection_init',
      payload: { authorization: `Bearer ${jwt}` },
    });
    expect(await socket.closed()).toMatchObject({ code: 4403, messages: [] });
    expect(await app.count('person')).toBe(before);
  });

  test('may be a few seconds ahead of our clock, but is void when it has expired', async () => {
    const status = async (claims: object) =>
      (await client(await mint({ claims: { roles: ['AUDITOR'], ...claims } })).send(VIEWER)).status;
    expect(await status({ nbf: seconds(10_000), iat: seconds(10_000) })).toBe(200);
    expect(await status({ exp: seconds(-10_000) })).toBe(401);
  });

  test('is accepted after the issuer has changed its keys, and the old one refused', async () => {
    const old = await mint({ claims: { roles: ['AUDITOR'], jti: 'old' } });
    expect((await client(old).send(VIEWER)).status).toBe(200);
    await issuer.rotate();
    const fresh = await mint({ claims: { roles: ['AUDITOR'] } });
    // Unknown key ids make it look for keys at most once a second.
    await until(async () => (await client(fresh).send(VIEWER)).status === 200, 'the new key to be known', 3_000);
    await until(async () => (await client(old).send(VIEWER)).status === 401, 'the old key to be forgotten', 3_000);
  });

  test('with invented key ids does not make the issuer work', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    const before = issuer.keyRequests;
    const started = Date.now();
    for (let i = 0; i < 20; i++)
      expect(
        (await client(await mint({ key: privateKey, header: { kid: `invented-${i}` } })).send(VIEWER)).status,
      ).toBe(401);
    expect(issuer.keyRequests - before).toBeLessThanOrEqual(1 + Math.ceil((Date.now() - started) / 1_000));
  });

  test('of a deactivated person is refused within a second, and ends their streams', async () => {
    const jwt = await mint({ claims: { sub: 'leaver', roles: ['AUDITOR'] } });
    const { viewer } = await client(jwt).ok(VIEWER);
    const socket = await new RawSocket(app.url).init(jwt);
    await admin.run('personDeactivate', { id: viewer.person.id }, 'person');
    expect(await socket.closed()).toMatchObject({ code: 4403, reason: 'Token revoked' });
    await until(async () => (await client(jwt).send(VIEWER)).status === 401, 'the JWT to be refused', 1_000);
    expect(
      (await client(await mint({ claims: { sub: 'leaver', roles: ['ADMINISTRATOR'] } })).send(VIEWER)).status,
    ).toBe(401);
  });

  test('ends its streams when it expires', async () => {
    const socket = await new RawSocket(app.url).init(
      await mint({ claims: { exp: seconds(1_500), roles: ['AUDITOR'] } }),
    );
    expect(await socket.closed()).toMatchObject({ code: 4403, reason: 'Token expired' });
  });
});

describe('when the issuer cannot be reached', () => {
  test('a JWT is not called wrong: the answer is UNAVAILABLE, and later it works', async () => {
    const gone = await TestIssuer.start();
    const { url, port } = gone;
    const other = await startTestApp({ beside: app, env: { OIDC_ISSUER: url, OIDC_AUDIENCE: AUDIENCE } });
    const jwt = await gone.mint(new Date(), { claims: { roles: ['AUDITOR'] } });
    await gone.stop();
    const asking = new TestClient(other.url, jwt, '');
    expect(await asking.send(VIEWER)).toMatchObject({ status: 503, errors: [{ extensions: { code: 'UNAVAILABLE' } }] });
    const socket = await new RawSocket(other.url).send({
      type: 'connection_init',
      payload: { authorization: `Bearer ${jwt}` },
    });
    expect(await socket.closed()).toMatchObject({ code: 1013, messages: [] });
    // Tokens of this server do not depend on the issuer.
    expect((await new TestClient(other.url, admin.token, '').send(VIEWER)).status).toBe(200);
    const back = await TestIssuer.start(port);
    const fresh = await back.mint(new Date(), { claims: { roles: ['AUDITOR'] } });
    expect((await new TestClient(other.url, fresh, '').send(VIEWER)).status).toBe(200);
    await other.end();
    await back.stop();
  });

  test('a JWT is refused as wrong where no issuer is configured', async () => {
    const plain = await startTestApp({ beside: app });
    expect(
      (await new TestClient(plain.url, await mint({ claims: { roles: ['AUDITOR'] } }), '').send(VIEWER)).status,
    ).toBe(401);
    await plain.end();
  });
});

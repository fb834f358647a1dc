import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MAX_SIGN_IN_TOKEN_DAYS } from '../../../src/services/people/access-token.service.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClient } from '../../support/client.js';
import { AUDIENCE, TestIssuer } from '../../support/issuer.js';
import { until } from '../../support/until.js';

let issuer: TestIssuer;
let app: TestApp;
let ada: TestClient;
let bob: TestClient;

beforeAll(async () => {
  issuer = await TestIssuer.start();
  app = await startTestApp({ env: { OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: AUDIENCE } });
  ada = await app.as('ada', 'ADMINISTRATOR');
  bob = await app.as('bob', 'ADMINISTRATOR');
});
afterAll(async () => {
  await app.end();
  await issuer.stop();
});

const client = (token: string) => new TestClient(app.url, token, '');
const CREATE = `mutation($input: AccessTokenCreateInput!) { accessTokenCreate(input: $input) {
  secret accessToken { id expiresAt revokedAt } userErrors { code } } }`;
const create = async (by: TestClient, days: number) =>
  await by.send(CREATE, { input: { name: 'mine', roles: ['REQUESTER'], days } });
const minted = async (by: TestClient, days = 2) => {
  const { data, errors } = await create(by, days);
  if (errors) throw new Error(JSON.stringify(errors));
  return { id: data.accessTokenCreate.accessToken.id as string, client: client(data.accessTokenCreate.secret) };
};

/** Somebody with a role who signs in at the identity provider, and what a thief of their JWT made of it. */
async function robbed(sub: string) {
  const jwt = client(await issuer.mint(new Date(), { claims: { sub, name: sub, roles: ['AUDITOR'] } }));
  const { viewer } = await jwt.ok('{ viewer { person { id version } } }');
  const personId = viewer.person.id as string;
  await ada.run('personGrantRole', { id: personId, role: 'REQUESTER' }, 'person');
  await until(async () => (await create(jwt, 1)).errors === undefined, 'the role to count');
  const token = await minted(jwt);
  const child = await minted(token.client, 1);
  for (const one of [token, child]) await one.client.ok('{ viewer { roles } }');
  return { personId, jwt, token, child };
}

const dead = async (one: TestClient) =>
  await until(
    async () => (await one.send('{ viewer { roles } }')).errors?.[0]?.extensions.code === 'UNAUTHENTICATED',
    'the token to be void',
    5_000,
  );

const revoked = async () => await app.count('access_token where revoked_at is not null');

describe('a token that somebody created after a sign-in at the identity provider', () => {
  test('lasts a month at most, whatever is tried', async () => {
    const { jwt, token } = await robbed('monty');
    const { errors } = await create(jwt, MAX_SIGN_IN_TOKEN_DAYS + 1);
    expect(errors?.[0]).toMatchObject({
      message: expect.stringContaining('two administrators'),
      extensions: { code: 'BAD_USER_INPUT', field: 'days', max: MAX_SIGN_IN_TOKEN_DAYS },
    });
    expect((await create(jwt, MAX_SIGN_IN_TOKEN_DAYS)).errors).toBeUndefined();
    // What it creates does not outlive it.
    expect((await create(token.client, MAX_SIGN_IN_TOKEN_DAYS)).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  test('ends with the link of the person to that subject, with all that goes back to it', async () => {
    const { personId, jwt, token, child } = await robbed('unlinked');
    const before = await revoked();
    const { node } = await ada.ok('query($id: ID!) { node(id: $id) { ... on Person { version } } }', { id: personId });
    await ada.run('personUpdate', { id: personId, expectedVersion: node.version, subject: null }, 'person');
    for (const one of [token, child]) await dead(one.client);
    expect(await revoked()).toBeGreaterThanOrEqual(before + 2);
    await until(async () => (await jwt.send('{ viewer { roles } }')).errors !== undefined, 'the JWT to be void', 5_000);
  });

  test('ends when the person gets another subject', async () => {
    const { personId, token, child } = await robbed('renamed');
    const input = { personId, subject: 'renamed-2', reason: 'A new account.' };
    const { id } = await ada.run('accessGrantProposeIdentity', input, 'accessGrant');
    for (const one of [token, child]) await one.client.ok('{ viewer { roles } }');
    await bob.run('accessGrantConfirm', { id }, 'accessGrant');
    for (const one of [token, child]) await dead(one.client);
  });

  test('ends when the person is deactivated, also for the time after', async () => {
    const { personId, token, child, jwt } = await robbed('deactivated');
    await ada.run('personDeactivate', { id: personId, reason: 'The account was stolen.' }, 'person');
    for (const one of [token.client, child.client, jwt]) await dead(one);
    await ada.run('personActivate', { id: personId, reason: 'The account is safe again.' }, 'person');
    await until(
      async () => (await jwt.send('{ viewer { roles } }')).errors === undefined,
      'the person to be back',
      5_000,
    );
    for (const one of [token, child]) await dead(one.client);
  });

  test('is void for another subject, whoever writes that into the table', async () => {
    const { personId, token, child } = await robbed('raced');
    const uuid = (await app.readDatabase.pool.query(`select id from person where subject = 'raced'`)).rows[0].id;
    expect(personId).toMatch(/^per_/);
    await app.readDatabase.pool.query(`update person set subject = 'other' where id = $1`, [uuid]);
    for (const one of [token, child]) await dead(one.client);
  });
});

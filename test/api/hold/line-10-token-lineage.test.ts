import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toNodeId } from '../../../src/domain/node-id.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { RawSocket } from '../../support/raw-socket.js';
import { rejectionCode } from '../../support/refusals.js';
import { until } from '../../support/until.js';

// A token that a stolen token had created outlived its revocation, and a token of one day with the role ADMINISTRATOR
// created one of a year, with roles that it did not carry itself.

const DAY = 86_400_000;
const clock = new TestClock();
let app: TestApp;
let admin: TestClient;
let mona: TestClient;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  admin = await app.as('ada', 'ADMINISTRATOR');
  mona = await app.as('mona', 'CONFIGURATION_MANAGER', 'REQUESTER');
});
afterAll(async () => await app.end());

const CREATE = `mutation($input: AccessTokenCreateInput!) { accessTokenCreate(input: $input) {
  secret userErrors { code } accessToken { id expiresAt lineage } } }`;

interface Made {
  readonly id: string;
  readonly lineage: readonly string[];
  readonly client: TestClient;
}

async function make(by: TestClient, days: number, roles: readonly string[] = ['REQUESTER']): Promise<Made> {
  const { accessTokenCreate: made } = await by.ok(CREATE, { input: { name: 'made', roles, days } });
  return { ...made.accessToken, client: new TestClient(app.url, made.secret, by.personId, app) };
}

const VIEWER = '{ viewer { roles } }';
const status = async (client: TestClient) => (await client.send(VIEWER)).status;
const refused = async (client: TestClient) => await until(async () => (await status(client)) === 401, 'the refusal');

async function follow(client: TestClient): Promise<RawSocket> {
  const socket = await new RawSocket(app.url).init(client.token);
  await socket.send({
    id: '1',
    type: 'subscribe',
    payload: { query: 'subscription { eventStream { events { type } } }' },
  });
  await socket.until((all) => all.some((message) => message.id === '1'));
  return socket;
}

/** Rows of the log about a token, as an administrator reads them. */
async function history(id: string): Promise<any[]> {
  await app.relay();
  const { events } = await admin.ok(
    `{ events(first: 200, filter: { type: { startsWith: "access-token." } }) {
      nodes { type reason actor { name accessToken } subject { id } data } } }`,
  );
  return events.nodes.filter((event: { subject: { id: string } }) => event.subject.id === id);
}

describe('a token created with a token', () => {
  test('falls with it, and so does all that was created with that, sockets included', async () => {
    const stolen = await make(mona, 30);
    const child = await make(stolen.client, 20);
    const grandchild = await make(child.client, 10);
    const beside = await make(mona, 30);
    expect(child.lineage).toEqual([stolen.lineage[0], stolen.id]);
    expect(grandchild.lineage).toEqual([...child.lineage, child.id]);
    expect(await status(grandchild.client)).toBe(200);
    const [socket, other] = [await follow(grandchild.client), await follow(beside.client)];

    await admin.run('accessTokenRevoke', { id: stolen.id, reason: 'Stolen.' }, 'accessToken');
    expect(await socket.closed()).toMatchObject({ code: 4403, reason: 'Token revoked' });
    for (const { client } of [stolen, child, grandchild]) await refused(client);
    expect(await status(beside.client)).toBe(200);
    expect(other.socket.readyState).toBe(other.socket.OPEN);
    await other.close();

    for (const { id } of [child, grandchild])
      expect((await history(id))[0]).toMatchObject({
        type: 'access-token.revoked',
        reason: 'Stolen.',
        actor: { name: 'ada' },
        data: { personId: mona.personId, revokedWith: stolen.id },
      });
  });

  test('says with which one, in the list and in the log, and whoever acts says with which token', async () => {
    const parent = await make(mona, 5);
    const child = await make(parent.client, 2);
    const { accessTokens } = await admin.ok(
      `{ accessTokens(filter: { ancestor: { eq: "${parent.id}" } }) { nodes { id lineage } } }`,
    );
    expect(accessTokens.nodes).toEqual([{ id: child.id, lineage: child.lineage }]);
    expect(await history(child.id)).toMatchObject([
      { type: 'access-token.issued', actor: { name: 'mona', accessToken: parent.id } },
    ]);
  });

  test('neither outlives it nor carries more, whoever has it', async () => {
    const person = await app.as('max', 'ADMINISTRATOR', 'CHANGE_AUTHORITY');
    const day = await make(person, 1, ['ADMINISTRATOR']);
    const create = async (input: object) =>
      await rejectionCode(day.client, 'accessTokenCreate', { name: 'x', ...input });
    expect(await create({ roles: ['ADMINISTRATOR'], days: 366 })).toBe('BAD_USER_INPUT');
    expect(await create({ roles: ['ADMINISTRATOR'], days: 2 })).toBe('BAD_USER_INPUT');
    expect(await create({ roles: ['CHANGE_AUTHORITY'], days: 1 })).toBe('FORBIDDEN');
    // The other door takes no mutation at all.
    const socket = await new RawSocket(app.url).init(day.client.token);
    const input = { name: 'x', roles: ['ADMINISTRATOR'], days: 2 };
    await socket.send({ id: '1', type: 'subscribe', payload: { query: CREATE, variables: { input } } });
    const heard = await socket.until((all) => all.some((message) => message.id === '1'));
    expect(JSON.stringify(heard)).toContain('OPERATION_NOT_ALLOWED');
    await socket.close();
    expect(await app.count(`access_token where name = 'x'`)).toBe(0);
  });

  test('has expired when that one has', async () => {
    const parent = await make(mona, 3);
    clock.advance(DAY);
    const child = await make(parent.client, 2);
    expect(await status(child.client)).toBe(200);
    clock.advance(2 * DAY);
    for (const { client } of [parent, child]) expect(await status(client)).toBe(401);
  });

  test('does not slip through a revocation at the same moment', async () => {
    for (let round = 0; round < 6; round++) {
      const parent = await make(mona, 20);
      await Promise.all([
        ...[1, 2, 3].map(
          async () => await parent.client.send(CREATE, { input: { name: 'raced', roles: ['REQUESTER'], days: 1 } }),
        ),
        admin.run('accessTokenRevoke', { id: parent.id }, 'accessToken'),
      ]);
    }
    expect(await app.count(`access_token where name = 'raced' and revoked_at is null`)).toBe(0);
  });

  test('is worth nothing when an earlier version left it alone', async () => {
    const parent = await make(mona, 20);
    const child = await make(parent.client, 10);
    const { rows } = await app.readDatabase.pool.query(`select id from access_token order by id desc limit 2`);
    const ids = new Map(rows.map(({ id }: { id: string }) => [toNodeId('AccessToken', id), id]));
    await app.readDatabase.pool.query(`update access_token set revoked_at = now() where id = $1`, [ids.get(parent.id)]);
    await refused(child.client);
    // Revoking the first once more sets the record straight.
    await admin.run('accessTokenRevoke', { id: parent.id }, 'accessToken');
    expect((await history(child.id))[0]).toMatchObject({ type: 'access-token.revoked' });
  });
});

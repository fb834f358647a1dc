import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { confirm, giveAccess, propose } from '../../support/grants.js';
import { expectRefused, refusalCodes, rejectionCode, writingNothing } from '../../support/refusals.js';
import { until } from '../../support/until.js';
import { issueAccessToken } from '../../../src/services/people/access-token.service.js';
import { Person } from '../../../src/entities/people/person.entity.js';

// One administrator could create a person, give it every authority and a token, or set the subject of somebody else,
// and so approve what takes two people.

const DAY = 86_400_000;
const clock = new TestClock();
let app: TestApp;
let ada: TestClient;
let bob: TestClient;
let count = 0;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  ada = await app.as('ada', 'ADMINISTRATOR');
  bob = await app.as('bob', 'ADMINISTRATOR');
});
afterAll(async () => await app.end());

/** A new person, without roles of authority. */
async function somebody(more: Record<string, unknown> = {}): Promise<string> {
  const name = `p${(count += 1)}`;
  return (await ada.run('personCreate', { name, email: `${name}@grants.test`, ...more }, 'person')).id;
}

const person = async (id: string) =>
  (await ada.ok(`{ node(id: "${id}") { ... on Person { roles email subject active } } }`)).node;
const grant = async (id: string, by = ada) =>
  (
    await by.ok(`{ node(id: "${id}") { ... on AccessGrant { state decisionReason decidedBy { name } availableCommands {
      command allowed blockers { code } } } } }`)
  ).node;
/** The codes with which somebody is refused; `availableCommands` has to give the same. */
async function refused(by: TestClient, id: string): Promise<string[]> {
  const codes = await refusalCodes(by, 'accessGrantConfirm', { id });
  const { availableCommands } = await grant(id, by);
  expect(availableCommands[0]).toEqual({
    command: 'accessGrantConfirm',
    allowed: false,
    blockers: codes.map((code) => ({ code })),
  });
  return codes;
}

/** A further client of the same person. */
const withToken = (client: TestClient, secret: string) => new TestClient(app.url, secret, client.personId, app);

describe('one administrator alone', () => {
  test('gives nobody authority, a token or another identity', async () => {
    const id = await somebody({ roles: ['REQUESTER'] });
    const everything = { name: 'Mallory', email: 'mallory@grants.test', roles: ['AUDITOR', 'CHANGE_AUTHORITY'] };
    const ref = { externalRef: { source: 'hr', key: '7' }, name: 'Ute', email: 'ute@grants.test' };
    const mirrored = await ada.run('personUpsert', { ...ref, roles: ['REQUESTER'] }, 'person');
    const { version } = (await ada.ok(`{ node(id: "${id}") { ... on Person { version } } }`)).node;
    const edit = { id, expectedVersion: version };
    const attempts: [string, Record<string, unknown>][] = [
      ['personCreate', everything],
      ['personUpsert', { externalRef: { source: 'hr', key: '8' }, ...everything }],
      ['personUpsert', { ...ref, roles: ['RELEASE_OWNER'] }],
      ['personUpsert', { ...ref, subject: 'idp|mallory' }],
      ['personUpsert', { ...ref, email: 'other@grants.test' }],
      ['personUpdate', { ...edit, subject: 'idp|mallory' }],
      ['personUpdate', { ...edit, email: 'other@grants.test' }],
      ['personGrantRole', { id, role: 'ADMINISTRATOR' }],
      ['accessTokenCreate', { name: 'x', personId: id, roles: ['REQUESTER'], days: 1 }],
    ];
    for (const [mutation, input] of attempts)
      expect([mutation, await refusalCodes(ada, mutation, input)]).toEqual([mutation, ['SECOND_PERSON_REQUIRED']]);
    expect((await expectRefused(ada, 'personGrantRole', { id, role: 'RELEASE_OWNER' }))[0]).toMatchObject({
      message:
        'Two administrators are required to give RELEASE_OWNER. Propose it with accessGrantProposeRoles, ' +
        'and have another administrator confirm it.',
      resolvableBy: ['ADMINISTRATOR'],
      path: ['role'],
    });
    expect(await person(mirrored.id)).toMatchObject({ roles: ['REQUESTER'], subject: null });
  });

  test('does not bring back somebody with authority', async () => {
    const id = await somebody();
    await giveAccess([ada, bob], 'Roles', { personId: id, roles: ['RELEASE_OWNER'] });
    await ada.run('personDeactivate', { id }, 'person');
    expect(await refusalCodes(ada, 'personActivate', { id })).toEqual(['SECOND_PERSON_REQUIRED']);
    const proposed = await propose(ada, 'Activation', { personId: id });
    expect((await person(id)).active).toBe(false);
    expect((await confirm(bob, proposed)).accessGrant.state).toBe('CONFIRMED');
    expect((await person(id)).active).toBe(true);
  });

  test('still grants roles without authority, and takes everything away', async () => {
    const id = await somebody({ subject: 'idp|plain' });
    await ada.run('personGrantRole', { id, role: 'AUDITOR' }, 'person');
    await giveAccess([ada, bob], 'Roles', { personId: id, roles: ['RELEASE_OWNER'] });
    await ada.run('personRevokeRole', { id, role: 'RELEASE_OWNER' }, 'person');
    const { version } = (await ada.ok(`{ node(id: "${id}") { ... on Person { version } } }`)).node;
    await ada.run('personUpdate', { id, expectedVersion: version, subject: null }, 'person');
    await ada.run('personDeactivate', { id }, 'person');
    await ada.run('personActivate', { id }, 'person');
    expect(await person(id)).toMatchObject({ roles: ['AUDITOR'], subject: null, active: true });
  });
});

describe('a grant', () => {
  test('changes nothing until another administrator confirms it, and says who and with which token', async () => {
    const id = await somebody();
    const proposed = await propose(ada, 'Roles', { personId: id, roles: ['RELEASE_OWNER', 'AUDITOR'] });
    expect((await person(id)).roles).toEqual([]);
    expect(await refused(ada, proposed)).toEqual(['SELF_APPROVAL']);
    const payload = await confirm(bob, proposed);
    expect(payload).toMatchObject({ secret: null, accessGrant: { state: 'CONFIRMED' }, userErrors: [] });
    expect((await person(id)).roles).toEqual(['AUDITOR', 'RELEASE_OWNER']);
    expect(await refusalCodes(bob, 'accessGrantConfirm', { id: proposed })).toEqual(['ILLEGAL_TRANSITION']);

    await app.relay();
    const { events } = await ada.ok('{ events(first: 2) { nodes { type reason actor { name accessToken } data } } }');
    const { proposedWith } = events.nodes[0].data;
    expect(proposedWith).toMatch(/^tok_/);
    expect(events.nodes.map((event: { type: string }) => event.type).sort()).toEqual([
      'access-grant.confirmed',
      'person.roles-granted',
    ]);
    for (const { actor, data } of events.nodes) {
      expect(actor).toEqual({ name: 'bob', accessToken: expect.stringMatching(/^tok_/) });
      expect(data).toMatchObject({ personId: id, proposedById: ada.personId, proposedWith });
      expect(actor.accessToken).not.toBe(proposedWith);
    }
  });

  test('of a token shows it once, to the administrator who confirms', async () => {
    const id = await somebody({ kind: 'SERVICE', roles: ['REQUESTER'] });
    const proposed = await propose(ada, 'Token', { personId: id, name: 'pipeline', roles: ['REQUESTER'], days: 7 });
    const first = await confirm(bob, proposed, { idempotencyKey: 'grant-once' });
    const again = await confirm(bob, proposed, { idempotencyKey: 'grant-once' });
    expect([first.replayed, again.replayed, again.secret]).toEqual([false, true, null]);
    const service = new TestClient(app.url, first.secret, id);
    expect((await service.ok('{ viewer { roles person { id } } }')).viewer).toMatchObject({ person: { id } });
    const { accessToken } = first.accessGrant;
    const filter = `{ accessToken: { eq: "${accessToken.id}" } }`;
    const { accessGrants } = await ada.ok(`{ accessGrants(filter: ${filter}) { nodes { id proposedBy { name } } } }`);
    expect(accessGrants.nodes).toEqual([{ id: proposed, proposedBy: { name: 'ada' } }]);
    expect(accessToken).toMatchObject({ lineage: [expect.any(String), expect.any(String)] });
    expect(await app.count(`domain_event where payload::text like '%${first.secret.slice(-43)}%'`)).toBe(0);
  });

  test('of a token ends with the token of either administrator', async () => {
    const id = await somebody({ roles: ['REQUESTER'] });
    const secrets = await Promise.all(
      [ada, bob].map(async (admin) => {
        const input = { name: 'day', roles: ['ADMINISTRATOR'], days: 9 };
        const query =
          'mutation($i: AccessTokenCreateInput!) { accessTokenCreate(input: $i) { secret accessToken { id } } }';
        return (await admin.ok(query, { i: input })).accessTokenCreate;
      }),
    );
    for (const [index, { accessToken }] of secrets.entries()) {
      const [first, second] = [withToken(ada, secrets[0].secret), withToken(bob, secrets[1].secret)];
      const made = index === 0 ? [first, bob] : [ada, second];
      const token = { personId: id, name: 'x', roles: ['REQUESTER'], days: 2 };
      const secret = await giveAccess(made as [TestClient, TestClient], 'Token', token);
      const client = new TestClient(app.url, secret as string, id);
      expect((await client.send('{ viewer { via } }')).status).toBe(200);
      await bob.run('accessTokenRevoke', { id: accessToken.id }, 'accessToken');
      await until(async () => (await client.send('{ viewer { via } }')).status === 401, 'the token to fall');
    }
  });

  test('of an identity takes two as well', async () => {
    const id = await somebody();
    const input = { personId: id, subject: 'idp|new', email: 'new@grants.test' };
    await giveAccess([bob, ada], 'Identity', input);
    expect(await person(id)).toMatchObject({ subject: 'idp|new', email: 'new@grants.test' });
    const taken = await propose(ada, 'Identity', { personId: await somebody(), subject: 'idp|new' });
    expect(await rejectionCode(bob, 'accessGrantConfirm', { id: taken })).toBe('ALREADY_EXISTS');
    expect((await grant(taken)).state).toBe('PROPOSED');
  });

  test('is read and decided by nobody else', async () => {
    const id = await propose(ada, 'Roles', { personId: await somebody(), roles: ['RELEASE_OWNER'] });
    const owner = await app.as('olga', 'RELEASE_OWNER', 'AUDITOR');
    expect(await rejectionCode(owner, 'accessGrantConfirm', { id })).toBe('FORBIDDEN');
    expect((await grant(id, owner)).availableCommands[0].blockers[0]).toEqual({ code: 'ROLE_REQUIRED' });
    const reader = await app.as('rea', 'REQUESTER');
    expect((await reader.send('{ accessGrants { totalCount } }')).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    expect((await reader.send(`{ node(id: "${id}") { id } }`)).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    await ada.run('accessGrantDecline', { id, reason: 'Not needed.' }, 'accessGrant');
    expect(await grant(id)).toMatchObject({ state: 'DECLINED', decidedBy: { name: 'ada' }, availableCommands: [] });
  });

  test('refuses what it cannot give', async () => {
    const id = await somebody({ roles: ['REQUESTER'] });
    const reason = 'x';
    for (const [what, input] of [
      ['Roles', { personId: id, roles: ['REQUESTER'], reason }],
      ['Roles', { personId: id, roles: [], reason }],
      ['Roles', { personId: id, roles: ['RELEASE_OWNER'], reason: ' ' }],
      ['Token', { personId: id, name: 'x', roles: ['RELEASE_OWNER'], days: 1, reason }],
      ['Token', { personId: id, name: 'x', roles: ['REQUESTER'], days: 366, reason }],
      ['Token', { personId: ada.personId, name: 'x', roles: ['ADMINISTRATOR'], days: 1, reason }],
      ['Identity', { personId: id, reason }],
      ['Activation', { personId: id, reason }],
    ] as const)
      expect([what, await rejectionCode(ada, `accessGrantPropose${what}`, input)]).toEqual([what, 'BAD_USER_INPUT']);
  });
});

describe('the second person', () => {
  test('is neither who gains by it nor a program', async () => {
    const own = await propose(ada, 'Roles', { personId: bob.personId, roles: ['RELEASE_OWNER'] });
    expect(await refused(bob, own)).toEqual(['SELF_APPROVAL']);
    const robot = await app.as('robot', 'ADMINISTRATOR');
    await app.transact(async (uow) => {
      (await uow.em.findOneOrFail(Person, { name: 'robot' })).kind = 'SERVICE';
    });
    expect(await refused(robot, own)).toEqual(['SELF_APPROVAL']);
    // To ask for something for oneself is no harm: another one decides.
    const asked = await propose(bob, 'Roles', { personId: bob.personId, roles: ['TEST_MANAGER'] });
    expect((await confirm(ada, asked)).accessGrant.state).toBe('CONFIRMED');
  });

  test('does not act with a token that goes back to the one of the proposal, or the other way round', async () => {
    // However it came about: a token of bob that was created with one of ada.
    const made = await app.transact(async (uow) => {
      const { id } = await uow.em.findOneOrFail(Person, { name: 'bob' });
      const { rows } = await app.readDatabase.pool.query(
        `select t.id from access_token t join person p on p.id = t.person_id where p.name = 'ada' and t.name = 'test'`,
      );
      const lineage = [rows[0].id];
      return issueAccessToken(uow, { name: 'x', personId: id, roles: ['ADMINISTRATOR'], days: 9, lineage }).text;
    });
    const puppet = withToken(bob, made);
    const id = await somebody();
    const byAda = await propose(ada, 'Roles', { personId: id, roles: ['RELEASE_OWNER'] });
    expect(await refused(puppet, byAda)).toEqual(['SELF_APPROVAL']);
    const byPuppet = await propose(puppet, 'Roles', { personId: id, roles: ['RELEASE_OWNER'] });
    expect(await refused(ada, byPuppet)).toEqual(['SELF_APPROVAL']);
    expect((await confirm(bob, byAda)).userErrors).toEqual([]);
  });

  test('confirms nothing that a revoked token or a lost administrator has proposed', async () => {
    const query =
      'mutation($i: AccessTokenCreateInput!) { accessTokenCreate(input: $i) { secret accessToken { id } } }';
    const i = { name: 'stolen', roles: ['ADMINISTRATOR'], days: 9 };
    const stolen = (await ada.ok(query, { i })).accessTokenCreate;
    const thief = withToken(ada, stolen.secret);
    const child = withToken(ada, (await thief.ok(query, { i: { ...i, days: 5 } })).accessTokenCreate.secret);
    const id = await somebody();
    const grants = [
      await propose(thief, 'Roles', { personId: id, roles: ['RELEASE_OWNER'] }),
      await propose(child, 'Roles', { personId: id, roles: ['RELEASE_OWNER'] }),
    ];
    await ada.run('accessTokenRevoke', { id: stolen.accessToken.id }, 'accessToken');
    for (const one of grants) {
      expect(await grant(one)).toMatchObject({ state: 'DECLINED', decidedBy: { name: 'ada' } });
      expect(await refusalCodes(bob, 'accessGrantConfirm', { id: one })).toEqual(['ILLEGAL_TRANSITION']);
    }
    const leaver = await app.as('lea', 'ADMINISTRATOR');
    const left = await propose(leaver, 'Roles', { personId: id, roles: ['RELEASE_OWNER'] });
    await ada.run('personRevokeRole', { id: leaver.personId, role: 'ADMINISTRATOR' }, 'person');
    expect((await grant(left)).state).toBe('DECLINED');
  });

  test('is one of several who confirm at the same moment', async () => {
    const carl = await app.as('carl', 'ADMINISTRATOR');
    const id = await somebody({ roles: ['REQUESTER'] });
    const proposed = await propose(ada, 'Token', { personId: id, name: 'raced', roles: ['REQUESTER'], days: 1 });
    const answers = await Promise.all([bob, carl, bob, carl].map(async (by) => await confirm(by, proposed)));
    expect(answers.filter(({ secret }) => secret !== null)).toHaveLength(1);
    expect(answers.flatMap(({ userErrors }) => userErrors.map(({ code }: { code: string }) => code))).toEqual(
      Array(3).fill('ILLEGAL_TRANSITION'),
    );
    expect(await app.count(`access_token where name = 'raced'`)).toBe(1);
  });

  test('confirms a token only while its person holds the roles and is active', async () => {
    const id = await somebody({ roles: ['REQUESTER'] });
    const proposed = await propose(ada, 'Token', { personId: id, name: 'late', roles: ['REQUESTER'], days: 1 });
    await ada.run('personRevokeRole', { id, role: 'REQUESTER' }, 'person');
    await ada.run('personDeactivate', { id }, 'person');
    expect(await refused(bob, proposed)).toEqual(['PERSON_DEACTIVATED', 'PERSON_LACKS_ROLE']);
  });
});

describe('time', () => {
  test('limits a token to the life of the one that confirms it', async () => {
    const id = await somebody({ roles: ['REQUESTER'] });
    const proposed = await propose(ada, 'Token', { personId: id, name: 'long', roles: ['REQUESTER'], days: 30 });
    const query = 'mutation($i: AccessTokenCreateInput!) { accessTokenCreate(input: $i) { secret } }';
    const i = { name: 'day', roles: ['ADMINISTRATOR'], days: 2 };
    const short = withToken(bob, (await bob.ok(query, { i })).accessTokenCreate.secret);
    expect(await refused(short, proposed)).toEqual(['TOKEN_OUTLIVES_ANCESTOR']);
    clock.advance(DAY);
    const { accessGrant } = await confirm(bob, proposed);
    // The days count from the proposal.
    expect(accessGrant.accessToken.expiresAt).toBe(new Date(clock.now().getTime() + 29 * DAY).toISOString());
  });

  test('ends a proposal, whether or not the server has noticed', async () => {
    const id = await somebody();
    const proposed = await propose(ada, 'Roles', { personId: id, roles: ['RELEASE_OWNER'] });
    clock.advance(7 * DAY);
    expect(await refused(bob, proposed)).toEqual(['GRANT_EXPIRED']);
    await app.jobs.runOnce();
    expect(await grant(proposed)).toMatchObject({ state: 'EXPIRED', decidedBy: null });
    expect(await writingNothing(app, async () => await person(id))).toMatchObject({ roles: [] });
  });
});

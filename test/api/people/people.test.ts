import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { castOf } from '../../support/cast.js';
import type { TestClient } from '../../support/client.js';
import { expectRefused, refusalCodes, rejectionCode } from '../../support/refusals.js';

let app: TestApp;
let admin: TestClient;
let reader: TestClient;

beforeAll(async () => {
  app = await startTestApp();
  ({ administrator: admin, auditor: reader } = await castOf(app, 'administrator', 'auditor'));
});
afterAll(async () => await app.end());

const create = async (name: string, more: Record<string, unknown> = {}) =>
  await admin.run(
    'personCreate',
    { name, email: `${name.toLowerCase()}@example.test`, ...more },
    'person',
    'id version name email kind roles active',
  );

describe('people', () => {
  test('are made by administrators, with a normalised address', async () => {
    const person = await create('Nora', {
      email: ' Nora@Example.TEST ',
      roles: ['REQUESTER', 'AUDITOR'],
      kind: 'HUMAN',
    });
    expect(person).toMatchObject({
      id: expect.stringMatching(/^per_/),
      version: 1,
      email: 'nora@example.test',
      roles: ['AUDITOR', 'REQUESTER'],
      active: true,
    });
    const before = await app.count('person');
    expect(await rejectionCode(reader, 'personCreate', { name: 'X', email: 'x@example.test' })).toBe('FORBIDDEN');
    expect(await rejectionCode(admin, 'personCreate', { name: 'X', email: 'NORA@example.test' })).toBe(
      'ALREADY_EXISTS',
    );
    expect(await rejectionCode(admin, 'personCreate', { name: 'X', email: 'no address' })).toBe('BAD_USER_INPUT');
    expect(await app.count('person')).toBe(before);
  });

  test('are edited by version', async () => {
    const person = await create('Otto', { subject: 'idp|otto' });
    const changed = await admin.run(
      'personUpdate',
      { id: person.id, expectedVersion: 1, name: 'Otto II', email: 'OTTO@example.test', subject: null },
      'person',
      'name subject version',
    );
    expect(changed).toEqual({ name: 'Otto II', subject: null, version: 2 });
    expect(await rejectionCode(admin, 'personUpdate', { id: person.id, expectedVersion: 1, name: 'Otto III' })).toBe(
      'CONFLICT',
    );
    expect(await app.count(`person where name = 'Otto III'`)).toBe(0);
  });

  test('are mirrored from a directory by reference', async () => {
    const input = {
      externalRef: { source: 'hr', key: '17' },
      name: 'Pia',
      email: 'pia@example.test',
      roles: ['TASK_ASSIGNEE'],
    };
    const first = await admin.run('personUpsert', input, 'person', 'id version roles externalRef { source key }');
    expect(first).toMatchObject({ version: 1, roles: ['TASK_ASSIGNEE'], externalRef: { source: 'hr', key: '17' } });
    const second = await admin.run(
      'personUpsert',
      { ...input, name: 'Pia P.', roles: ['REQUESTER'] },
      'person',
      'id version name roles',
    );
    expect(second).toEqual({ id: first.id, version: 2, name: 'Pia P.', roles: ['REQUESTER'] });
    const kept = await admin.run(
      'personUpsert',
      { externalRef: input.externalRef, name: 'Pia', email: input.email },
      'person',
      'roles',
    );
    expect(kept).toEqual({ roles: ['REQUESTER'] });
    expect(await rejectionCode(admin, 'personUpsert', { ...input, kind: 'SERVICE' })).toBe('BAD_USER_INPUT');
    expect(await app.count(`person where external_source = 'hr' and kind = 'HUMAN'`)).toBe(1);
  });

  test('get and lose roles, with the reason in the audit trail', async () => {
    const person = await create('Quinn');
    const granted = await admin.run(
      'personGrantRole',
      { id: person.id, role: 'TASK_ASSIGNEE', reason: 'New job' },
      'person',
      'roles version',
    );
    expect(granted).toEqual({ roles: ['TASK_ASSIGNEE'], version: 2 });
    const again = await admin.run(
      'personGrantRole',
      { id: person.id, role: 'TASK_ASSIGNEE' },
      'person',
      'roles version',
    );
    expect(again).toEqual(granted);
    const revoked = await admin.run(
      'personRevokeRole',
      { id: person.id, role: 'TASK_ASSIGNEE', expectedVersion: 2 },
      'person',
      'roles version',
    );
    expect(revoked).toEqual({ roles: [], version: 3 });
    await app.relay();
    const { events } = await reader.ok(
      '{ events(filter: { type: { startsWith: "person.roles" } }) { nodes { type reason actor { name } subject { ' +
        'name } data } } }',
    );
    expect(events.nodes.slice(0, 2)).toEqual([
      {
        type: 'person.roles-revoked',
        reason: null,
        actor: { name: 'ada' },
        subject: { name: 'Quinn' },
        data: { roles: ['TASK_ASSIGNEE'] },
      },
      {
        type: 'person.roles-granted',
        reason: 'New job',
        actor: { name: 'ada' },
        subject: { name: 'Quinn' },
        data: { roles: ['TASK_ASSIGNEE'] },
      },
    ]);
  });

  test('cannot widen their own roles', async () => {
    const input = { id: admin.personId, role: 'CHANGE_AUTHORITY' };
    expect(await expectRefused(admin, 'personGrantRole', input)).toMatchObject([
      { code: 'SELF_APPROVAL', resolvableBy: ['ADMINISTRATOR'], path: ['role'] },
    ]);
    expect(await app.count(`person where name = 'ada' and 'CHANGE_AUTHORITY' = any(roles)`)).toBe(0);
  });

  test('keep at least one administrator', async () => {
    for (const [mutation, input] of [
      ['personRevokeRole', { id: admin.personId, role: 'ADMINISTRATOR' }],
      ['personDeactivate', { id: admin.personId }],
    ] as const) {
      expect(await refusalCodes(admin, mutation, input)).toEqual(['LAST_ADMINISTRATOR']);
    }
    expect(await app.count(`person where active and 'ADMINISTRATOR' = any(roles)`)).toBe(1);
  });

  test('keep an administrator when two of them remove each other at the same moment', async () => {
    const zoe = await app.as('zoe', 'ADMINISTRATOR');
    const answers = await Promise.all([
      admin.attempt('personRevokeRole', { id: zoe.personId, role: 'ADMINISTRATOR' }, 'person'),
      zoe.send(
        `mutation($id: ID!) { personRevokeRole(input: { id: $id, role: ADMINISTRATOR }) { userErrors { code } } }`,
        { id: admin.personId },
      ),
    ]);
    expect(answers).toHaveLength(2);
    expect(await app.count(`person where active and 'ADMINISTRATOR' = any(roles)`)).toBe(1);
    // The tests that follow need the first one.
    const roles = `array_append(array_remove(roles, 'ADMINISTRATOR'), 'ADMINISTRATOR')`;
    await app.readDatabase.pool.query(`update person set roles = ${roles} where name = 'ada'`);
  });

  test('are filtered by role, team and activity, and ordered', async () => {
    const [a, b] = [
      await create('Fay', { roles: ['TASK_ASSIGNEE'] }),
      await create('Gus', { roles: ['TASK_ASSIGNEE', 'REQUESTER'] }),
    ];
    const team = await admin.run('teamCreate', { name: 'Library' }, 'team');
    await admin.run('teamAddMember', { id: team.id, personId: b.id }, 'team');
    await admin.run('personDeactivate', { id: a.id }, 'person');
    const names = async (filter: string) =>
      (
        await reader.ok(`{ people(filter: ${filter}, orderBy: [{ field: NAME, direction: DESC }]) { nodes { name } } }`)
      ).people.nodes.map((n: { name: string }) => n.name);
    expect(await names('{ roles: { has: TASK_ASSIGNEE } }')).toEqual(['Gus', 'Fay']);
    expect(await names('{ roles: { has: TASK_ASSIGNEE }, active: true }')).toEqual(['Gus']);
    expect(await names('{ roles: { hasAny: [TASK_ASSIGNEE] }, active: false }')).toEqual(['Fay']);
    expect(await names(`{ team: { eq: "${team.id}" } }`)).toEqual(['Gus']);
  });

  test('show their subject to administrators only', async () => {
    const person = await create('Sven', { subject: 'idp|sven' });
    const ask = `query($id: ID!) { node(id: $id) { ... on Person { name subject } } }`;
    expect((await admin.ok(ask, { id: person.id })).node).toEqual({ name: 'Sven', subject: 'idp|sven' });
    const { data, errors } = await reader.send(ask, { id: person.id });
    expect(data?.node).toEqual({ name: 'Sven', subject: null });
    expect(errors).toMatchObject([{ path: ['node', 'subject'], extensions: { code: 'FORBIDDEN' } }]);
    // The event log is for everybody, too.
    await admin.run('personUpdate', { id: person.id, expectedVersion: 1, subject: null }, 'person');
    await app.relay();
    const { events } = await reader.ok('{ events(first: 3) { nodes { type subject { id } changes { field } data } } }');
    const [unlinked, created] = events.nodes;
    expect([unlinked.type, created.type]).toEqual(['person.unlinked', 'person.created']);
    expect(created.changes).toContainEqual({ field: 'email' });
    expect(JSON.stringify([unlinked, created])).not.toMatch(/idp|"field":"subject"/);
  });
});

describe('teams', () => {
  test('gain and lose members, and own configuration items', async () => {
    const { configurationManager: keeper } = await castOf(app, 'configurationManager');
    const team = await keeper.run(
      'teamCreate',
      { name: 'Payments', description: 'Cards and transfers' },
      'team',
      'id version name description',
    );
    expect(team).toMatchObject({ version: 1, name: 'Payments' });
    const person = await create('Tess');
    const grown = await keeper.run(
      'teamAddMember',
      { id: team.id, personId: person.id, expectedVersion: 1 },
      'team',
      'version members { totalCount nodes { name teams { nodes { name } } } }',
    );
    expect(grown).toEqual({
      version: 2,
      members: { totalCount: 1, nodes: [{ name: 'Tess', teams: { nodes: [{ name: 'Payments' }] } }] },
    });
    expect(await keeper.run('teamAddMember', { id: team.id, personId: person.id }, 'team', 'version')).toEqual({
      version: 2,
    });
    await keeper.run(
      'configurationItemRegister',
      { name: 'ledger', ciClass: 'SERVER', ownerTeamId: team.id },
      'configurationItem',
      'ownerTeam { name }',
    );
    const { teams } = await reader.ok(
      `{ teams(filter: { member: { eq: "${person.id}" } }) { nodes { name configurationItems { nodes { name ` +
        'ownerTeam { id } } } } } }',
    );
    expect(teams.nodes).toEqual([
      { name: 'Payments', configurationItems: { nodes: [{ name: 'ledger', ownerTeam: { id: team.id } }] } },
    ]);
    expect(
      await keeper.run(
        'teamRemoveMember',
        { id: team.id, personId: person.id },
        'team',
        'version members { totalCount }',
      ),
    ).toEqual({
      version: 3,
      members: { totalCount: 0 },
    });
    expect(await keeper.run('teamRemoveMember', { id: team.id, personId: person.id }, 'team', 'version')).toEqual({
      version: 3,
    });
  });

  test('are edited by version, mirrored by reference, and unique by name', async () => {
    const input = { externalRef: { source: 'hr', key: 'T1' }, name: 'Platform' };
    const team = await admin.run('teamUpsert', input, 'team', 'id version');
    expect(await admin.run('teamUpsert', { ...input, description: 'Hosts' }, 'team', 'id version description')).toEqual(
      {
        id: team.id,
        version: 2,
        description: 'Hosts',
      },
    );
    expect(
      await admin.run('teamUpdate', { id: team.id, expectedVersion: 2, name: 'Platforms' }, 'team', 'name'),
    ).toEqual({ name: 'Platforms' });
    expect(await rejectionCode(admin, 'teamUpdate', { id: team.id, expectedVersion: 2, name: 'P' })).toBe('CONFLICT');
    expect(await rejectionCode(admin, 'teamCreate', { name: 'Platforms' })).toBe('ALREADY_EXISTS');
    expect(await rejectionCode(reader, 'teamCreate', { name: 'Mine' })).toBe('FORBIDDEN');
    expect(await app.count(`team where name in ('P', 'Mine')`)).toBe(0);
  });
});

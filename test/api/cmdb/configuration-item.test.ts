import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { castOf } from '../../support/cast.js';
import type { TestClient } from '../../support/client.js';
import { exported, exportFile, importCsv, importFile, ndjson, rowResults } from '../../support/files.js';
import { instant } from '../../support/instant.js';
import { expectRefused, refusalCodes, rejectionCode } from '../../support/refusals.js';

let app: TestApp;
let manager: TestClient;
let administrator: TestClient;

beforeAll(async () => {
  app = await startTestApp();
  ({ configurationManager: manager, administrator } = await castOf(app, 'configurationManager', 'administrator'));
});
afterAll(async () => await app.end());

const register = async (name: string, more: Record<string, unknown> = {}) =>
  await manager.run(
    'configurationItemRegister',
    { name, ciClass: 'SERVER', ...more },
    'configurationItem',
    'id version number name state lifecycleState',
  );

/** The commands of an item, each with the codes of what blocks it. */
const offered = async (id: string): Promise<Record<string, string[]>> => {
  const { node } = await manager.ok(
    'query($id: ID!) { node(id: $id) { ... on ConfigurationItem { availableCommands { command blockers { code } ' +
      '} } } }',
    { id },
  );
  return Object.fromEntries(
    node.availableCommands.map(({ command, blockers }: { command: string; blockers: { code: string }[] }) => [
      command,
      blockers.map(({ code }) => code),
    ]),
  );
};

describe('configuration items', () => {
  test('are registered as discovered and authorised by a command', async () => {
    const ci = await register('web-1');
    expect(ci).toMatchObject({
      name: 'web-1',
      state: 'DISCOVERED',
      version: 1,
      number: expect.stringMatching(/^CI-\d+$/),
      id: expect.stringMatching(/^ci_/),
    });
    const authorised = await manager.run(
      'configurationItemAuthorise',
      { id: ci.id, expectedVersion: 1 },
      'configurationItem',
      'state version',
    );
    expect(authorised).toEqual({ state: 'AUTHORISED', version: 2 });
  });

  test('refuse what is no longer possible and change nothing', async () => {
    const ci = await register('web-2');
    await manager.run('configurationItemAuthorise', { id: ci.id }, 'configurationItem');
    const events = await app.count('domain_event');
    expect(await refusalCodes(manager, 'configurationItemAuthorise', { id: ci.id })).toEqual(['ILLEGAL_TRANSITION']);
    expect(await app.count('domain_event')).toBe(events);
  });

  test('in production are protected', async () => {
    const ci = await register('web-3', { lifecycleState: 'PRODUCTION' });
    const input = { id: ci.id, expectedVersion: 1, name: 'other' };
    expect(await expectRefused(manager, 'configurationItemUpdate', input)).toMatchObject([
      { code: 'CI_PROTECTED', resolvableBy: ['CHANGE_AUTHORITY', 'CHANGE_MANAGER'] },
    ]);
    expect(await app.count(`configuration_item where name = 'other'`)).toBe(0);
    expect(await offered(ci.id)).toMatchObject({
      configurationItemUpdate: ['CI_PROTECTED'],
      configurationItemRelate: ['CI_PROTECTED'],
      configurationItemUnrelate: ['CI_PROTECTED'],
    });
  });

  test('that are retired can still be corrected and unrelated, but not related', async () => {
    const [ci, other] = [await register('retired-1'), await register('retired-2')];
    const relation = await manager.run(
      'configurationItemRelate',
      { sourceId: ci.id, kind: 'USES', targetId: other.id },
      'ciRelation',
    );
    await manager.run('configurationItemRetire', { id: ci.id }, 'configurationItem');
    expect(await offered(ci.id)).toEqual({
      configurationItemUpdate: [],
      configurationItemRelate: ['CI_NOT_AUTHORISED'],
      configurationItemUnrelate: [],
    });
    await manager.run('configurationItemUpdate', { id: ci.id, expectedVersion: 2, name: 'was-1' }, 'configurationItem');
    const source = await manager.run('configurationItemUnrelate', { id: relation.id }, 'configurationItem', 'name');
    expect(source).toEqual({ name: 'was-1' });
    expect(await app.count('ci_relation')).toBe(0);
  });

  test('reject a stale version with CONFLICT', async () => {
    const ci = await register('web-4');
    await manager.run(
      'configurationItemUpdate',
      { id: ci.id, expectedVersion: 1, description: 'a' },
      'configurationItem',
    );
    expect(
      await rejectionCode(manager, 'configurationItemUpdate', { id: ci.id, expectedVersion: 1, description: 'b' }),
    ).toBe('CONFLICT');
    expect(await app.count(`configuration_item where description = 'b'`)).toBe(0);
  });

  test('are related to each other, and listed from both ends', async () => {
    const [app1, host] = [await register('app', { externalRef: { source: 'cmdb', key: 'A' } }), await register('host')];
    await manager.run(
      'configurationItemRelate',
      { sourceId: app1.id, kind: 'RUNS_ON', targetId: host.id },
      'ciRelation',
    );
    const { nodes } = await manager.ok(
      'query($ids: [ID!]!) { nodes(ids: $ids) { ... on ConfigurationItem { externalRef { source key } ' +
        'outgoingRelations { totalCount nodes { kind target { name } } } incomingRelations { nodes { source { name ' +
        '} } } } } }',
      { ids: [app1.id, host.id] },
    );
    expect(nodes).toEqual([
      {
        externalRef: { source: 'cmdb', key: 'A' },
        outgoingRelations: { totalCount: 1, nodes: [{ kind: 'RUNS_ON', target: { name: 'host' } }] },
        incomingRelations: { nodes: [] },
      },
      {
        externalRef: null,
        outgoingRelations: { totalCount: 0, nodes: [] },
        incomingRelations: { nodes: [{ source: { name: 'app' } }] },
      },
    ]);
  });

  test('are paged by keyset in both directions, in any order', async () => {
    for (const name of ['p-1', 'p-2', 'p-3', 'p-4', 'p-5']) await register(name);
    const page = async (args: string) =>
      (
        await manager.ok(
          `{ configurationItems(${args}, filter: { name: { startsWith: "p-" } }, orderBy: [{ field: NAME, ` +
            'direction: DESC }]) { totalCount nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor ' +
            'endCursor } } }',
        )
      ).configurationItems;
    const first = await page('first: 2');
    expect(first).toMatchObject({
      totalCount: 5,
      nodes: [{ name: 'p-5' }, { name: 'p-4' }],
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
    });
    const second = await page(`first: 2, after: "${first.pageInfo.endCursor}"`);
    expect(second).toMatchObject({
      nodes: [{ name: 'p-3' }, { name: 'p-2' }],
      pageInfo: { hasNextPage: true, hasPreviousPage: true },
    });
    const back = await page(`last: 2, before: "${second.pageInfo.startCursor}"`);
    expect(back.nodes).toEqual([{ name: 'p-5' }, { name: 'p-4' }]);
    const end = await page('last: 1');
    expect(end).toMatchObject({ nodes: [{ name: 'p-1' }], pageInfo: { hasNextPage: false, hasPreviousPage: true } });
  });

  test('are answered with the same number of statements for few and for many', async () => {
    const list = async (first: number) =>
      await manager.ok(
        `{ configurationItems(first: ${first}, filter: { name: { startsWith: "s-" } }) { nodes { name ` +
          'outgoingRelations(first: 3) { nodes { target { name } } } availableCommands { command } } } }',
      );
    for (let i = 0; i < 12; i++) {
      const [a, b] = [await register(`s-${i}a`), await register(`s-${i}b`)];
      await manager.run('configurationItemRelate', { sourceId: a.id, kind: 'USES', targetId: b.id }, 'ciRelation');
    }
    const few = await app.statements(async () => await list(2));
    expect(few).toBeGreaterThan(2);
    expect(await app.statements(async () => await list(24))).toBe(few);
  });
});

describe('environment, location, owner, support team, serial number and manufacturer', () => {
  const FIELDS = 'environment location serialNumber manufacturer owner { id name } supportTeam { id name }';
  const NONE = {
    environment: null,
    location: null,
    serialNumber: null,
    manufacturer: null,
    owner: null,
    supportTeam: null,
  };
  const TEXTS = { location: 'Berlin, rack 12', serialNumber: 'SN-4711', manufacturer: 'Cerberus' };
  let anna: TestClient;
  let bert: TestClient;
  let team: { id: string; name: string };
  let given: Record<string, string>;
  let shown: Record<string, unknown>;

  beforeAll(async () => {
    anna = await app.as('anna', 'TASK_ASSIGNEE');
    bert = await app.as('bert', 'TASK_ASSIGNEE');
    await administrator.run('personDeactivate', { id: bert.personId }, 'person');
    team = await administrator.run('teamCreate', { name: 'Second line' }, 'team', 'id name');
    given = { ...TEXTS, environment: ' Test\u00a0Süd', ownerId: anna.personId, supportTeamId: team.id };
    shown = { ...TEXTS, environment: 'test süd', owner: { id: anna.personId, name: 'anna' }, supportTeam: team };
  });

  const read = async (id: string) =>
    (await manager.ok(`query($id: ID!) { node(id: $id) { ... on ConfigurationItem { version ${FIELDS} } } }`, { id }))
      .node;
  const edit = async (id: string, fields: object) =>
    await manager.run(
      'configurationItemUpdate',
      { id, expectedVersion: (await read(id)).version, ...fields },
      'configurationItem',
      FIELDS,
    );

  test('are set by each command and removed by null, and the past and the log keep them', async () => {
    const { id } = await register('typed-1', { externalRef: { source: 'typed', key: '1' } });
    expect(await read(id)).toMatchObject(NONE);
    const bare = await instant(app);
    expect(await edit(id, given)).toEqual(shown);
    const full = await instant(app);
    const upserted = { name: 'typed-1', ciClass: 'SERVER', externalRef: { source: 'typed', key: '1' } };
    const upsert = async (more: object) =>
      await manager.run('configurationItemUpsert', { ...upserted, ...more }, 'configurationItem', FIELDS);
    expect(await upsert({})).toEqual(shown);
    expect(await upsert(Object.fromEntries(Object.keys(given).map((field) => [field, null])))).toEqual(NONE);
    const answer = await manager.ok(
      `query($id: ID!, $bare: DateTime!, $full: DateTime!) {
        bare: snapshot(asOf: $bare) { configurationItem(id: $id) { ...F } }
        full: snapshot(asOf: $full) { configurationItem(id: $id) { ...F } }
        byEnvironment: snapshot(asOf: $full) {
          configurationItems(filter: { environment: { eq: "TEST Süd" } }) { nodes { objectId } } }
        snapshotDiff(from: $bare, to: $full, configurationItemId: $id) { nodes { fields } }
        node(id: $id) { ... on ConfigurationItem {
          events(first: 1) { nodes { type changes { field before after } } } } }
      }
      fragment F on ConfigurationItemSnapshot { ${FIELDS.replaceAll('{ id ', '{ ')} }`,
      { id, bare, full },
    );
    expect(answer.bare.configurationItem).toEqual(NONE);
    expect(answer.full.configurationItem).toEqual({
      ...shown,
      owner: { name: 'anna' },
      supportTeam: { name: 'Second line' },
    });
    expect(answer.byEnvironment.configurationItems.nodes).toEqual([{ objectId: id }]);
    expect(answer.snapshotDiff.nodes[0].fields).toEqual([
      'environment',
      'location',
      'manufacturer',
      'owner',
      'serialNumber',
      'supportTeam',
    ]);
    const [{ type, changes }] = answer.node.events.nodes;
    expect(type).toBe('configuration-item.updated');
    expect(Object.fromEntries(changes.map(({ field, before }: any) => [field, before]))).toMatchObject({
      ...TEXTS,
      environment: 'test süd',
      owner: anna.personId,
      supportTeam: team.id,
    });
  });

  test('find and sort items, whatever the case of the environment', async () => {
    const names = async (filter: object, orderBy: object[] = []) =>
      (
        await manager.ok(
          `query($filter: ConfigurationItemFilter, $orderBy: [ConfigurationItemOrder!]) {
            configurationItems(filter: $filter, orderBy: $orderBy) { nodes { name } } }`,
          { filter, orderBy },
        )
      ).configurationItems.nodes.map(({ name }: { name: string }) => name);
    await register('find-1', { ...given, environment: 'Staging', location: 'Bonn' });
    await register('find-2', { ...given, environment: 'STAGING', location: 'aachen' });
    await register('find-3', { environment: 'acceptance' });
    await register('find-4');
    const mine = { name: { startsWith: 'find-' } };
    const found = async (filter: object) => await names({ ...mine, ...filter });
    const both = ['find-1', 'find-2'];
    expect(await found({ environment: { eq: 'sTAGING' } })).toEqual(both);
    expect(await found({ environment: { in: ['Staging', 'x'] } })).toEqual(both);
    expect(await found({ environment: { ne: 'STAGING' } })).toEqual(['find-3', 'find-4']);
    expect(await found({ environment: { isNull: true } })).toEqual(['find-4']);
    expect(await found({ serialNumber: { eq: 'SN-4711' }, manufacturer: { eq: 'Cerberus' } })).toEqual(both);
    expect(await found({ serialNumber: { eq: 'sn-4711' } })).toEqual([]);
    expect(await found({ location: { contains: 'AACH' } })).toEqual(['find-2']);
    expect(await found({ owner: { eq: anna.personId }, supportTeam: { eq: team.id } })).toEqual(both);
    expect(await found({ owner: { eq: bert.personId } })).toEqual([]);
    const by = async (field: string) => await names(mine, [{ field, direction: 'ASC' }]);
    expect(await by('LOCATION')).toEqual(['find-3', 'find-4', 'find-2', 'find-1']);
    expect(await by('ENVIRONMENT')).toEqual(['find-4', 'find-3', 'find-1', 'find-2']);
  });

  test('refuse owners who are not there or deactivated, and lines that are none, and change nothing', async () => {
    const { id } = await register('typed-2', { ownerId: anna.personId });
    const refused = async (fields: object) =>
      await rejectionCode(manager, 'configurationItemUpdate', { id, expectedVersion: 1, ...fields });
    const nobody = 'per_00000000000000000000000000';
    expect(await refused({ ownerId: nobody })).toBe('NOT_FOUND');
    expect(await refused({ ownerId: team.id })).toBe('BAD_USER_INPUT');
    expect(await refused({ ownerId: bert.personId })).toBe('BAD_USER_INPUT');
    expect(await refused({ supportTeamId: 'team_00000000000000000000000000' })).toBe('NOT_FOUND');
    expect(await refused({ environment: ' ' })).toBe('BAD_USER_INPUT');
    expect(await refused({ environment: 'x'.repeat(51) })).toBe('BAD_USER_INPUT');
    expect(await refused({ serialNumber: 'a\nb' })).toBe('BAD_USER_INPUT');
    expect(await refused({ location: 'a\u202eb' })).toBe('BAD_USER_INPUT');
    expect(await read(id)).toMatchObject({ version: 1, ...NONE, owner: { name: 'anna' } });
    // Who was deactivated later stays the owner: what was read can be written back.
    const cora = await app.as('cora', 'TASK_ASSIGNEE');
    await edit(id, { ownerId: cora.personId });
    await administrator.run('personDeactivate', { id: cora.personId }, 'person');
    expect(await edit(id, { ownerId: cora.personId, location: 'Kiel' })).toMatchObject({
      owner: { name: 'cora' },
      location: 'Kiel',
    });
  });

  test('of a protected item are protected', async () => {
    const { id } = await register('typed-3', { lifecycleState: 'PRODUCTION' });
    for (const [field, value] of Object.entries(given))
      expect([
        field,
        ...(await refusalCodes(manager, 'configurationItemUpdate', { id, expectedVersion: 1, [field]: value })),
      ]).toEqual([field, 'CI_PROTECTED']);
    expect(await read(id)).toMatchObject({ version: 1, ...NONE });
    await expect(
      app.readDatabase.pool.query(`update configuration_item set environment = 'test' where name = 'typed-3'`),
    ).rejects.toMatchObject({ code: 'IL001' });
  });

  test('are imported and exported, with a result per row', async () => {
    const row = (key: string, more: object) => ({
      externalRef: { source: 'typed-file', key },
      name: `file-${key}`,
      ciClass: 'SERVER',
      ...more,
    });
    const file = [
      row('1', given),
      row('2', { ownerId: bert.personId }),
      row('3', { ownerId: 'per_00000000000000000000000000' }),
      row('4', { environment: 'a\nb' }),
      row('5', { supportTeamId: 'x' }),
      row('6', { environment: '' }),
      // A team with the id of a person that another row names is still none.
      row('7', { supportTeamId: anna.personId.replace(/^[a-z]+_/, `${team.id.split('_')[0]}_`) }),
    ];
    const first = await importFile(manager, 'configuration-items', ndjson(file), 'errorPolicy=IGNORE_FAILED');
    const results = await rowResults(manager, first.body.import.id);
    expect(results.map(({ code, field }) => [code ?? null, field ?? null])).toEqual([
      [null, null],
      ['BAD_USER_INPUT', 'ownerId'],
      ['NOT_FOUND', 'ownerId'],
      ['BAD_USER_INPUT', 'environment'],
      ['BAD_USER_INPUT', 'supportTeamId'],
      ['BAD_USER_INPUT', 'environment'],
      ['NOT_FOUND', 'supportTeamId'],
    ]);
    const id = results[0].id as string;
    expect(await read(id)).toMatchObject(shown);
    const [out] = (await exported(manager, 'configuration-items')).filter((one: { id: string }) => one.id === id);
    expect(out).toMatchObject({ ...given, environment: 'test süd' });

    const cleared = row('1', Object.fromEntries(Object.keys(given).map((field) => [field, null])));
    await importFile(manager, 'configuration-items', ndjson([cleared]));
    expect(await read(id)).toMatchObject(NONE);
    const csv = (await exportFile(manager, 'configuration-items?format=csv')).text;
    expect((await importCsv(manager, 'configuration-items', csv)).body.import).toMatchObject({ updated: 0, failed: 0 });
    const again = [
      'externalRef.source,externalRef.key,name,ciClass,environment,ownerId',
      `typed-file,1,file-1,SERVER,PROD,${anna.personId}`,
    ].join('\r\n');
    expect((await importCsv(manager, 'configuration-items', again)).body.import).toMatchObject({ updated: 1 });
    expect(await read(id)).toMatchObject({ ...NONE, environment: 'prod', owner: { name: 'anna' } });
  });
});

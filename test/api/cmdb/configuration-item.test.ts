import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { castOf } from '../../support/cast.js';
import type { TestClient } from '../../support/client.js';
import { expectRefused, refusalCodes, rejectionCode } from '../../support/refusals.js';

let app: TestApp;
let manager: TestClient;

beforeAll(async () => {
  app = await startTestApp();
  ({ configurationManager: manager } = await castOf(app, 'configurationManager'));
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

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { refusalCodes, rejectionCode } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';
import type { TestClient } from '../../support/client.js';

let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
});
afterAll(async () => await app.end());

const read = async (id: string, selection: string) => await world.read(id, selection, world.requester);

describe('editing a change', () => {
  test('is free until it is authorised, and then only for what was not decided on', async () => {
    const [a, b] = [await world.ci('edit-a'), await world.ci('edit-b')];
    const { id } = await world.authorised('Edit me', [a]);
    const { version } = await read(id, 'version');
    const fixed = { description: 'Something else', type: 'EMERGENCY', risk: 'HIGH', backOutPlan: 'Hope.' };
    expect(await refusalCodes(world.changeManager, 'changeUpdate', { id, expectedVersion: version, ...fixed })).toEqual(
      Array(4).fill('CHANGE_CONTENT_FIXED'),
    );
    expect(await refusalCodes(world.requester, 'changeAddCi', { id, role: 'TARGET', ciIds: [b] })).toEqual([
      'CHANGE_CONTENT_FIXED',
    ]);
    expect(await refusalCodes(world.requester, 'changeRemoveCi', { id, role: 'TARGET', ciIds: [a] })).toEqual([
      'CHANGE_CONTENT_FIXED',
    ]);
    // The authority decided on a change of this name, too.
    const renamed = { id, expectedVersion: version, title: 'Replace the payment database' };
    expect(await refusalCodes(world.requester, 'changeUpdate', renamed)).toEqual(['CHANGE_CONTENT_FIXED']);
    const input = {
      id,
      expectedVersion: version,
      plannedStart: '2026-12-01T20:00:00+01:00',
      plannedEnd: '2026-12-01T21:00:00Z',
    };
    const edited = await world.requester.run('changeUpdate', input, 'change', 'plannedStart plannedEnd version');
    expect(edited).toEqual({
      plannedStart: '2026-12-01T19:00:00.000Z',
      plannedEnd: '2026-12-01T21:00:00.000Z',
      version: version + 1,
    });
    expect(await rejectionCode(world.requester, 'changeUpdate', { ...input, plannedStart: null })).toBe('CONFLICT');
    expect(
      await rejectionCode(world.requester, 'changeUpdate', {
        id,
        expectedVersion: version + 1,
        plannedEnd: '2026-11-30T21:00:00Z',
      }),
    ).toBe('BAD_USER_INPUT');
  });

  test('is offered by availableCommands exactly where it is possible', async () => {
    const [a, b] = [await world.ci('offered-a'), await world.ci('offered-b')];
    const { id, version } = await world.change('Offered', { targetCiIds: [a] });
    const stranger = await app.as('stranger', 'REQUESTER');
    const offered = async (client: TestClient) =>
      (
        await client.ok(
          `query($id: ID!) { node(id: $id) {
             ... on Change { availableCommands { command blockers { code path } } }
           } }`,
          { id },
        )
      ).node.availableCommands
        .filter(({ command }: { command: string }) => /Update|AddCi|RemoveCi|Cancel/.test(command))
        .map(({ command, blockers }: { command: string; blockers: { code: string; path: string[] | null }[] }) =>
          [command, ...blockers.map(({ code, path }) => [code, ...(path ?? [])].join(' '))].join(': '),
        );
    const commands = ['changeCancel', 'changeUpdate', 'changeAddCi', 'changeRemoveCi'];
    expect(await offered(world.requester)).toEqual(commands);
    expect(await offered(stranger)).toEqual(commands.map((command) => `${command}: NOT_REQUESTER`));
    const add = { id, role: 'TARGET', ciIds: [b] };
    const remove = { id, role: 'TARGET', ciIds: [a] };
    expect(await refusalCodes(stranger, 'changeAddCi', add)).toEqual(['NOT_REQUESTER']);
    expect(await refusalCodes(stranger, 'changeRemoveCi', remove)).toEqual(['NOT_REQUESTER']);
    await world.requester.run('changeUpdate', { id, expectedVersion: version, title: 'Offered again' }, 'change');
    await world.requester.run('changeAddCi', add, 'change');
    await world.requester.run('changeRemoveCi', { ...add }, 'change');
    await world.changeManager.run('changeAccept', { id }, 'change');
    await world.changeManager.run('changeAssess', { id, assessment: 'Harmless.' }, 'change');
    await world.authority.run('changeAuthorise', { id }, 'change');
    expect(await offered(world.requester)).toEqual([
      'changeCancel',
      'changeUpdate',
      'changeAddCi: CHANGE_CONTENT_FIXED ciIds',
      'changeRemoveCi: CHANGE_CONTENT_FIXED ciIds',
    ]);
    expect(await refusalCodes(world.requester, 'changeAddCi', add)).toEqual(['CHANGE_CONTENT_FIXED']);
    expect(await refusalCodes(stranger, 'changeRemoveCi', remove)).toEqual(['CHANGE_CONTENT_FIXED', 'NOT_REQUESTER']);
    const cancelled = await world.requester.run('changeCancel', { id, reason: 'Enough.' }, 'change', 'version');
    expect(await offered(world.requester)).toEqual([]);
    const input = { id, expectedVersion: cancelled.version, title: 'Too late' };
    expect(await refusalCodes(world.requester, 'changeUpdate', input)).toEqual(['ILLEGAL_TRANSITION']);
  });

  test('of its configuration items counts as an edit of the change', async () => {
    const [a, b, retired] = [await world.ci('items-a'), await world.ci('items-b'), await world.ci('items-retired')];
    await world.configurationManager.run('configurationItemRetire', { id: retired }, 'configurationItem');
    const { id, version } = await world.change('Items');
    const added = await world.requester.run(
      'changeAddCi',
      { id, expectedVersion: version, role: 'TARGET', ciIds: [a, b, a] },
      'change',
      'version targetCis { nodes { name } } sourceCis { totalCount }',
    );
    expect(added).toEqual({
      version: version + 1,
      targetCis: { nodes: [{ name: 'items-a' }, { name: 'items-b' }] },
      sourceCis: { totalCount: 0 },
    });
    const again = await world.requester.run('changeAddCi', { id, role: 'TARGET', ciIds: [a] }, 'change', 'version');
    expect(again.version).toBe(version + 1);
    await world.requester.run('changeAddCi', { id, role: 'SOURCE', ciIds: [a] }, 'change');
    const removed = await world.requester.run(
      'changeRemoveCi',
      { id, role: 'TARGET', ciIds: [a] },
      'change',
      'targetCis { nodes { name } } sourceCis { nodes { name } }',
    );
    expect(removed).toEqual({
      targetCis: { nodes: [{ name: 'items-b' }] },
      sourceCis: { nodes: [{ name: 'items-a' }] },
    });
    expect(await rejectionCode(world.requester, 'changeRemoveCi', { id, role: 'TARGET', ciIds: [a] })).toBe(
      'NOT_FOUND',
    );
    expect(await refusalCodes(world.requester, 'changeAddCi', { id, role: 'TARGET', ciIds: [retired] })).toEqual([
      'CI_NOT_AUTHORISED',
    ]);
    expect(await rejectionCode(world.requester, 'changeAddCi', { id, role: 'TARGET', ciIds: [id] })).toBe(
      'BAD_USER_INPUT',
    );
    const { changes } = (
      await world.requester.ok(
        `query($id: ID!) { node(id: $id) { ... on ConfigurationItem { changes { totalCount nodes { title } } } } }`,
        { id: a },
      )
    ).node;
    expect(changes).toEqual({ totalCount: 1, nodes: [{ title: 'Items' }] });
  });

  test('by another system is recognised by its reference and repeats without a trace', async () => {
    const [a, b] = [await world.ci('sync-a'), await world.ci('sync-b')];
    const input = {
      externalRef: { source: 'servicenow', key: 'CHG0030192' },
      title: 'Synchronised',
      description: 'v1',
      targetCiIds: [a],
    };
    const selection = 'id version description externalRef { source key } targetCis { nodes { name } }';
    const made = await world.requester.run('changeUpsert', input, 'change', selection);
    expect(made).toMatchObject({
      version: 1,
      externalRef: input.externalRef,
      targetCis: { nodes: [{ name: 'sync-a' }] },
    });
    const events = await app.count('domain_event');
    expect(await world.requester.run('changeUpsert', input, 'change', selection)).toEqual(made);
    expect(await app.count('domain_event')).toBe(events);
    const moved = await world.requester.run(
      'changeUpsert',
      { ...input, description: 'v2', targetCiIds: [b] },
      'change',
      selection,
    );
    expect(moved).toMatchObject({
      id: made.id,
      version: 2,
      description: 'v2',
      targetCis: { nodes: [{ name: 'sync-b' }] },
    });
    expect(
      await refusalCodes(await app.as('stranger', 'REQUESTER'), 'changeUpsert', { ...input, description: 'v3' }),
    ).toEqual(['NOT_REQUESTER']);
  });

  test('twice with one idempotency key has one effect', async () => {
    const input = { title: 'Once', idempotencyKey: 'change-once' };
    const first = await world.requester.attempt('changeCreate', input, 'change');
    const second = await world.requester.attempt('changeCreate', input, 'change');
    expect([first.replayed, second.replayed, second.change.id]).toEqual([false, true, first.change.id]);
    expect(await app.count(`change where title = 'Once'`)).toBe(1);
    expect(await rejectionCode(world.requester, 'changeCreate', { ...input, title: 'Twice' })).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    );
  });
});

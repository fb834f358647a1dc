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

describe('the life of a change', () => {
  test('goes from open to closed, each step by who may take it', async () => {
    const web = await world.ci('life-web');
    const source = await world.ci('life-source');
    const { id } = await world.change('Update the web server', {
      targetCiIds: [web],
      sourceCiIds: [source],
      description: 'Security fixes.',
    });
    expect(
      await read(
        id,
        'number state type risk requestedBy { name } targetCis { totalCount nodes { name } } sourceCis { nodes { ' +
          'name } } release { id } outcome',
      ),
    ).toEqual({
      number: expect.stringMatching(/^CHG-\d+$/),
      state: 'OPEN',
      type: 'NORMAL',
      risk: 'MEDIUM',
      requestedBy: { name: 'rita' },
      targetCis: { totalCount: 1, nodes: [{ name: 'life-web' }] },
      sourceCis: { nodes: [{ name: 'life-source' }] },
      release: null,
      outcome: null,
    });
    const { changeManager, authority } = world;
    await changeManager.run('changeAccept', { id }, 'change');
    await changeManager.run('changeAssess', { id, assessment: 'Ten minutes of outage.', risk: 'LOW' }, 'change');
    const authorised = await authority.run(
      'changeAuthorise',
      { id, reason: 'CAB of today' },
      'change',
      'state risk assessment authorisedAt authorisedBy { name }',
    );
    expect(authorised).toMatchObject({
      state: 'AUTHORISED',
      risk: 'LOW',
      assessment: 'Ten minutes of outage.',
      authorisedBy: { name: 'anna' },
    });
    const implemented = await changeManager.run(
      'changeImplement',
      { id, outcome: 'SUCCESSFUL' },
      'change',
      'state outcome implementedAt',
    );
    expect(implemented).toMatchObject({
      state: 'IMPLEMENTED',
      outcome: 'SUCCESSFUL',
      implementedAt: expect.any(String),
    });
    await changeManager.run('changeStartReview', { id }, 'change');
    expect(await changeManager.run('changeClose', { id }, 'change', 'state')).toEqual({ state: 'CLOSED' });
    await app.relay();
    const { events } = await read(id, 'events { nodes { type reason data actor { name } } }');
    expect(events.nodes.map(({ type }: { type: string }) => type)).toEqual([
      'change.closed',
      'change.review-started',
      'change.implemented',
      'change.authorised',
      'change.assessed',
      'change.accepted',
      'change.created',
    ]);
    expect(events.nodes[3]).toEqual({
      type: 'change.authorised',
      reason: 'CAB of today',
      data: { from: 'ASSESSED', to: 'AUTHORISED' },
      actor: { name: 'anna' },
    });
  });

  test('a standard change of low risk is authorised without an assessment, others are not', async () => {
    const targetCiIds = [await world.ci('standard')];
    const low = await world.change('Renew the certificate', { type: 'STANDARD', risk: 'LOW', targetCiIds });
    expect(await world.authority.run('changeAuthorise', { id: low.id }, 'change', 'state')).toEqual({
      state: 'AUTHORISED',
    });
    const high = await world.change('Renew everything', { type: 'STANDARD', risk: 'HIGH', targetCiIds });
    expect(await refusalCodes(world.authority, 'changeAuthorise', { id: high.id })).toEqual(['RISK_TOO_HIGH']);
    const normal = await world.change('Replace the certificate authority', { targetCiIds });
    expect(await refusalCodes(world.authority, 'changeAuthorise', { id: normal.id })).toEqual(['ILLEGAL_TRANSITION']);
  });

  test('an emergency is assessed afterwards, but before it is closed', async () => {
    const { changeManager } = world;
    const { id } = await world.change('Stop the bleeding', {
      type: 'EMERGENCY',
      targetCiIds: [await world.ci('emergency')],
    });
    await changeManager.run('changeAccept', { id }, 'change');
    await world.authority.run('changeAuthorise', { id }, 'change');
    await changeManager.run('changeImplement', { id, outcome: 'SUCCESSFUL' }, 'change');
    const { version } = await changeManager.run('changeStartReview', { id }, 'change', 'version');
    expect(await refusalCodes(changeManager, 'changeClose', { id })).toEqual(['RISK_NOT_ASSESSED']);
    await changeManager.run('changeUpdate', { id, expectedVersion: version, assessment: 'It was worth it.' }, 'change');
    expect(await changeManager.run('changeClose', { id }, 'change', 'state')).toEqual({ state: 'CLOSED' });
  });

  test('every broken rule comes back at once, and nothing is written', async () => {
    const { id } = await app.as('both', 'REQUESTER', 'CHANGE_MANAGER', 'CHANGE_AUTHORITY').then(async (both) => {
      const change = await both.run('changeCreate', { title: 'My own', type: 'STANDARD' }, 'change');
      expect(await refusalCodes(both, 'changeAuthorise', { id: change.id })).toEqual([
        'BACKOUT_PLAN_MISSING',
        'NO_TARGETS',
        'RISK_TOO_HIGH',
        'SELF_APPROVAL',
      ]);
      return change;
    });
    const commands = (
      await world.authority.ok(
        'query($id: ID!) { node(id: $id) { ... on Change { availableCommands { command allowed blockers { code ' +
          'resolvableBy } } } } }',
        {
          id,
        },
      )
    ).node.availableCommands;
    expect(commands.map(({ command, allowed }: { command: string; allowed: boolean }) => [command, allowed])).toEqual([
      ['changeAccept', false], // takes a change manager
      ['changeReject', true],
      ['changeAuthorise', false],
      ['changeCancel', false],
      ['changeUpdate', false], // somebody else's change
      ['changeAddCi', false],
      ['changeRemoveCi', false],
    ]);
    expect(commands[0].blockers).toEqual([{ code: 'ROLE_REQUIRED', resolvableBy: ['CHANGE_MANAGER'] }]);
    expect(commands[2].blockers.map(({ code }: { code: string }) => code)).toEqual([
      'RISK_TOO_HIGH',
      'NO_TARGETS',
      'BACKOUT_PLAN_MISSING',
    ]);
    expect(await refusalCodes(world.changeManager, 'changeAssess', { id })).toEqual(['ILLEGAL_TRANSITION']);
    await world.changeManager.run('changeAccept', { id }, 'change');
    expect(await refusalCodes(world.changeManager, 'changeAssess', { id })).toEqual(['RISK_NOT_ASSESSED']);
    expect(await refusalCodes(world.changeManager, 'changeImplement', { id, outcome: 'SUCCESSFUL' })).toEqual([
      'ILLEGAL_TRANSITION',
    ]);
  });

  test('who is not meant to take a step cannot', async () => {
    const { id } = await world.change('Mine');
    const stranger = await app.as('stranger', 'REQUESTER');
    expect(await rejectionCode(world.requester, 'changeAccept', { id })).toBe('FORBIDDEN');
    expect(await rejectionCode(world.changeManager, 'changeAuthorise', { id })).toBe('FORBIDDEN');
    expect(await refusalCodes(stranger, 'changeCancel', { id, reason: 'not mine' })).toEqual(['NOT_REQUESTER']);
    expect(await refusalCodes(stranger, 'changeUpdate', { id, expectedVersion: 1, title: 'Mine now' })).toEqual([
      'NOT_REQUESTER',
    ]);
    expect(
      await rejectionCode(world.requester, 'changeUpdate', {
        id,
        expectedVersion: 1,
        assessment: 'I say it is harmless.',
      }),
    ).toBe('FORBIDDEN');
    expect(await rejectionCode(world.requester, 'changeCreate', { title: 'x', assessment: 'Harmless.' })).toBe(
      'FORBIDDEN',
    );
    expect(await rejectionCode(world.requester, 'changeCreate', { title: 'x', assessment: 'Harmless.' })).toBe(
      'FORBIDDEN',
    );
    expect(
      await world.requester.run('changeCancel', { id, reason: 'No longer needed.' }, 'change', 'state stateReason'),
    ).toEqual({
      state: 'CANCELLED',
      stateReason: 'No longer needed.',
    });
    expect(await refusalCodes(world.changeManager, 'changeReject', { id, reason: 'No.' })).toEqual([
      'ILLEGAL_TRANSITION',
    ]);
  });
});

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
    const input = {
      id,
      expectedVersion: version,
      title: 'Edited',
      plannedStart: '2026-12-01T20:00:00+01:00',
      plannedEnd: '2026-12-01T21:00:00Z',
    };
    const edited = await world.requester.run('changeUpdate', input, 'change', 'title plannedStart plannedEnd version');
    expect(edited).toEqual({
      title: 'Edited',
      plannedStart: '2026-12-01T19:00:00.000Z',
      plannedEnd: '2026-12-01T21:00:00.000Z',
      version: version + 1,
    });
    expect(await rejectionCode(world.requester, 'changeUpdate', { ...input, title: 'Again' })).toBe('CONFLICT');
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

describe('the list of changes', () => {
  test('is narrowed and ordered', async () => {
    const [x, y] = [await world.ci('list-x'), await world.ci('list-y')];
    await world.authorised('list one', [x], { plannedStart: '2027-01-02T00:00:00Z' });
    await world.change('list two', {
      targetCiIds: [x, y],
      sourceCiIds: [y],
      type: 'EMERGENCY',
      risk: 'HIGH',
      plannedStart: '2027-01-01T00:00:00Z',
    });
    await world.change('list three', { sourceCiIds: [x] });
    const list = async (filter: Record<string, unknown>, orderBy: object[] = []) =>
      (
        await world.requester.ok(
          'query($filter: ChangeFilter, $orderBy: [ChangeOrder!]) { changes(filter: $filter, orderBy: $orderBy) ' +
            '{ nodes { title } } }',
          {
            filter: { title: { startsWith: 'list' }, ...filter },
            orderBy,
          },
        )
      ).changes.nodes.map(({ title }: { title: string }) => title);
    expect(await list({}, [{ field: 'PLANNED_START' }])).toEqual(['list two', 'list one', 'list three']);
    expect(await list({}, [{ field: 'TITLE', direction: 'DESC' }])).toEqual(['list two', 'list three', 'list one']);
    expect(await list({ targetCi: { eq: x } })).toEqual(['list one', 'list two']);
    expect(await list({ sourceCi: { in: [x, y] } })).toEqual(['list two', 'list three']);
    expect(await list({ state: { in: ['AUTHORISED'] } })).toEqual(['list one']);
    expect(await list({ not: { type: { eq: 'EMERGENCY' } }, risk: { ne: 'HIGH' }, outcome: {} })).toEqual([
      'list one',
      'list three',
    ]);
    expect(await list({ requestedBy: { eq: world.changeManager.personId } })).toEqual([]);
    expect(await list({ release: { isNull: true }, plannedStart: { gte: '2027-01-02T00:00:00Z' } })).toEqual([
      'list one',
    ]);
  });

  test('costs the same number of statements for few and for many', async () => {
    const targetCiIds = [await world.ci('cost-a'), await world.ci('cost-b')];
    for (let i = 0; i < 12; i++) await world.change(`cost ${i}`, { targetCiIds, sourceCiIds: targetCiIds });
    const list = async (first: number) =>
      await world.requester
        .ok(`{ changes(first: ${first}, filter: { title: { startsWith: "cost" } }) { totalCount nodes { title
          requestedBy { name } authorisedBy { name } release { name }
        targetCis(first: 5) { totalCount nodes { name changes(first: 2) { nodes { title } } } } sourceCis(first: 5) {
          nodes { name } } requests(first: 5) { nodes { number } }
        releaseHistory(first: 5) { nodes { live } } events(first: 2) { nodes { type } } availableCommands { command
          blockers { code } } } } }`);
    const few = await app.statements(async () => await list(2));
    expect(await app.statements(async () => await list(12))).toBe(few);
  });
});

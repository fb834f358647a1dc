import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { refusalCodes, rejectionCode } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

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
      { id, outcome: 'SUCCESSFUL', evidence: 'Looked at it.' },
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
    await changeManager.run('changeImplement', { id, outcome: 'SUCCESSFUL', evidence: 'Looked at it.' }, 'change');
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
    expect(
      await refusalCodes(world.changeManager, 'changeImplement', {
        id,
        outcome: 'SUCCESSFUL',
        evidence: 'Looked at it.',
      }),
    ).toEqual(['ILLEGAL_TRANSITION']);
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
    expect(await list({ not: { type: { eq: 'EMERGENCY' } }, risk: { ne: 'HIGH' } })).toEqual([
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

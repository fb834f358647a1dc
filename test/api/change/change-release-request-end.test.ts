import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { refusalCodes } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app);
});
afterAll(async () => await app.end());

const FIELD = 'changeReleaseRequest';
const submit = async (changeId: string, more: Record<string, unknown>, selection = 'id number state') =>
  await world.requester.run('changeReleaseRequestSubmit', { changeId, ...more }, FIELD, selection);
const read = async (id: string, selection: string) =>
  (await world.requester.ok(`query($id: ID!) { node(id: $id) { ${selection} } }`, { id })).node;

describe('a request ends', () => {
  test('by rejection with a reason, or by withdrawal, and another may follow', async () => {
    const rel = await world.release('Ends');
    const change = await world.authorised('Ends', [await world.ci('ends')]);
    const first = await submit(change.id, { mode: 'SPECIFIC_RELEASE', releaseId: rel.id });
    expect(
      await world.owner.run(
        'changeReleaseRequestReject',
        { id: first.id, reason: 'Not this time.' },
        FIELD,
        'state decisionReason decidedBy { name }',
      ),
    ).toEqual({ state: 'REJECTED', decisionReason: 'Not this time.', decidedBy: { name: 'olga' } });
    expect(await refusalCodes(world.owner, 'changeReleaseRequestApprove', { id: first.id })).toEqual([
      'ILLEGAL_TRANSITION',
    ]);
    const second = await submit(change.id, { mode: 'ADD_TO_EXISTING', releaseId: rel.id });
    expect(
      await refusalCodes(await app.as('stranger', 'REQUESTER'), 'changeReleaseRequestWithdraw', { id: second.id }),
    ).toEqual(['NOT_REQUESTER']);
    const { availableCommands } = (
      await (
        await app.as('stranger', 'REQUESTER')
      ).ok(
        `query($id: ID!) { node(id: $id) {
           ... on ChangeReleaseRequest { availableCommands { command allowed blockers { code } } }
         } }`,
        { id: second.id },
      )
    ).node;
    expect(availableCommands).toContainEqual({
      command: 'changeReleaseRequestWithdraw',
      allowed: false,
      blockers: [{ code: 'NOT_REQUESTER' }],
    });
    expect(await world.changeManager.run('changeReleaseRequestWithdraw', { id: second.id }, FIELD, 'state')).toEqual({
      state: 'WITHDRAWN',
    });
    expect((await read(change.id, '... on Change { requests { nodes { state } } }')).requests.nodes).toEqual([
      { state: 'WITHDRAWN' },
      { state: 'REJECTED' },
    ]);
    const list = async (filter: Record<string, unknown>) =>
      (
        await world.owner.ok(
          'query($filter: ChangeReleaseRequestFilter) { changeReleaseRequests(filter: $filter, orderBy: [{ ' +
            'field: EXPIRES_AT }]) { nodes { number } } }',
          { filter: { change: { eq: change.id }, ...filter } },
        )
      ).changeReleaseRequests.nodes.map((request: { number: string }) => request.number);
    expect(await list({ releaseOwner: { eq: world.owner.personId }, state: { eq: 'REJECTED' } })).toEqual([
      first.number,
    ]);
    expect(await list({ releaseOwner: { eq: world.otherOwner.personId } })).toEqual([]);
    expect(await list({ mode: { in: ['ADD_TO_EXISTING'] }, decidedBy: { eq: world.changeManager.personId } })).toEqual([
      second.number,
    ]);
  });

  test('when its change or its release is given up, with that reason', async () => {
    const [one, two] = [
      await world.authorised('Given up one', [await world.ci('given up one')]),
      await world.authorised('Given up two', [await world.ci('given up two')]),
    ];
    const rel = await world.release('Given up');
    const requests = [
      await submit(one.id, { mode: 'SPECIFIC_RELEASE', releaseId: rel.id }),
      await submit(two.id, { mode: 'SPECIFIC_RELEASE', releaseId: rel.id }),
    ];
    await world.requester.run('changeCancel', { id: one.id, reason: 'Solved otherwise.' }, 'change');
    await world.manager.run('releaseCancel', { id: rel.id, reason: 'No budget.' }, 'release');
    const states = await Promise.all(
      requests.map(async ({ id }) => await read(id, '... on ChangeReleaseRequest { state decisionReason }')),
    );
    expect(states).toEqual([
      { state: 'REJECTED', decisionReason: 'Solved otherwise.' },
      { state: 'REJECTED', decisionReason: expect.stringContaining('No budget.') },
    ]);
    expect(await submit(two.id, { mode: 'ANY_AVAILABLE' }, 'state')).toEqual({ state: 'SUBMITTED' });
  });

  test('and none is left behind when it is submitted while its release is being cancelled', async () => {
    for (let round = 0; round < 6; round++) {
      const change = await world.authorised(`left behind ${round}`, [await world.ci(`left behind ${round}`)]);
      const rel = await world.release(`left behind ${round}`);
      const [submitted] = await Promise.all([
        world.requester.attempt(
          'changeReleaseRequestSubmit',
          { changeId: change.id, mode: 'SPECIFIC_RELEASE', releaseId: rel.id },
          FIELD,
        ),
        world.manager.run('releaseCancel', { id: rel.id, reason: 'No budget.' }, 'release'),
      ]);
      if (submitted[FIELD] === null)
        expect(submitted.userErrors).toMatchObject([{ code: 'RELEASE_NOT_OPEN_FOR_SCOPE' }]);
      expect(await world.read(rel.id, 'state requests(filter: { state: { eq: SUBMITTED } }) { totalCount }')).toEqual({
        state: 'CANCELLED',
        requests: { totalCount: 0 },
      });
    }
  });

  test('without effect when the change became of a kind that has to be authorised first', async () => {
    const { id: changeId, version } = await world.change('Reclassified', {
      type: 'STANDARD',
      risk: 'LOW',
      targetCiIds: [await world.ci('reclassified')],
    });
    const rel = await world.release('Reclassified');
    const { id } = await submit(changeId, { mode: 'SPECIFIC_RELEASE', releaseId: rel.id });
    await world.requester.run('changeUpdate', { id: changeId, expectedVersion: version, type: 'EMERGENCY' }, 'change');
    expect(await refusalCodes(world.owner, 'changeReleaseRequestApprove', { id })).toEqual(['CHANGE_NOT_AUTHORISED']);
    const standard = await world.change('Pre-authorised', {
      type: 'STANDARD',
      risk: 'LOW',
      targetCiIds: [await world.ci('pre-authorised')],
    });
    await world.join(standard.id, rel.id);
    expect(
      await refusalCodes(world.requester, 'changeUpdate', {
        id: standard.id,
        expectedVersion: standard.version,
        type: 'EMERGENCY',
      }),
    ).toEqual(['CHANGE_CONTENT_FIXED']);
    await world.changeManager.run('changeReject', { id: standard.id, reason: 'After all not.' }, 'change');
    expect(
      await world.read(rel.id, 'changes { totalCount } targetCis { totalCount } changeHistory { nodes { live } }'),
    ).toEqual({
      changes: { totalCount: 0 },
      targetCis: { totalCount: 0 },
      changeHistory: { nodes: [{ live: false }] },
    });
  });

  test('when nobody decides in time', async () => {
    const change = await world.authorised('In time', [await world.ci('in time')]);
    const rel = await world.release('In time');
    const { id } = await submit(change.id, {
      mode: 'SPECIFIC_RELEASE',
      releaseId: rel.id,
      expiresAt: '2026-11-25T12:00:00Z',
    });
    clock.set('2026-11-25T11:59:59Z');
    await app.jobs.runOnce();
    expect(await read(id, '... on ChangeReleaseRequest { state }')).toEqual({ state: 'SUBMITTED' });
    clock.advance(1_000);
    await app.jobs.runOnce();
    expect(await read(id, '... on ChangeReleaseRequest { state decisionReason decidedBy { id } decidedAt }')).toEqual({
      state: 'EXPIRED',
      decisionReason: 'Nobody decided in time.',
      decidedBy: null,
      decidedAt: '2026-11-25T12:00:00.000Z',
    });
    const events = await app.count('domain_event');
    await app.jobs.runOnce();
    expect(await app.count('domain_event')).toBe(events);
    expect(await refusalCodes(world.owner, 'changeReleaseRequestApprove', { id })).toEqual(['ILLEGAL_TRANSITION']);
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { refusalCodes, rejectionCode } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

const clock = new TestClock();
const DAY = 86_400_000;
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

/** A release as far as ACCEPTED, with one change in it. */
async function accepted(name: string): Promise<string> {
  const { id } = await world.release(name, {
    backOutPlan: 'Put the old one back.',
    plannedStart: '2026-12-24T20:00:00Z',
    plannedEnd: '2026-12-24T22:00:00Z',
  });
  await world.join((await world.authorised(`${name} first`, [await world.ci(`${name} ci`)])).id, id);
  await world.addContent(id);
  await world.startTesting(id);
  await world.step('releaseAccept', id, {}, world.owner);
  return id;
}

describe('the three ways to ask', () => {
  test('for a particular release: approval brings the change and its items in, with provenance', async () => {
    const [target, source] = [await world.ci('specific target'), await world.ci('specific source')];
    const change = await world.authorised('Specific', [target], { sourceCiIds: [source] });
    const rel = await world.release('Specific release');
    const request = await submit(
      change.id,
      { mode: 'SPECIFIC_RELEASE', releaseId: rel.id, justification: 'It fits.' },
      'id number state mode expiresAt justification release { number } change { number } requestedBy { name }',
    );
    expect(request).toMatchObject({
      state: 'SUBMITTED',
      justification: 'It fits.',
      release: { number: rel.number },
      change: { number: change.number },
      requestedBy: { name: 'rita' },
    });
    expect(new Date(request.expiresAt).getTime()).toBe(clock.now().getTime() + 7 * DAY);
    expect(
      await world.read(rel.id, 'changes { totalCount } targetCis { totalCount } requests { nodes { number } }'),
    ).toEqual({
      changes: { totalCount: 0 },
      targetCis: { totalCount: 0 },
      requests: { nodes: [{ number: request.number }] },
    });
    const approved = await world.owner.run(
      'changeReleaseRequestApprove',
      { id: request.id, reason: 'Gladly.' },
      FIELD,
      'state decidedAt decisionReason decidedBy { name } change { release { number } state }',
    );
    expect(approved).toMatchObject({
      state: 'APPROVED',
      decisionReason: 'Gladly.',
      decidedBy: { name: 'olga' },
      change: { release: { number: rel.number }, state: 'AUTHORISED' },
    });
    const scope = await world.read(
      rel.id,
      'version changes { nodes { number } } targetCis { nodes { name } } sourceCis { nodes { name } } scope { ' +
        'nodes { id role ci { name } viaChange { number } addedBy { name } } }',
    );
    expect(scope).toMatchObject({
      version: rel.version + 1,
      changes: { nodes: [{ number: change.number }] },
      targetCis: { nodes: [{ name: 'specific target' }] },
      sourceCis: { nodes: [{ name: 'specific source' }] },
    });
    expect(scope.scope.nodes).toEqual(
      expect.arrayContaining([
        {
          id: expect.stringMatching(/^rci_/),
          role: 'TARGET',
          ci: { name: 'specific target' },
          viaChange: { number: change.number },
          addedBy: { name: 'olga' },
        },
        {
          id: expect.stringMatching(/^rci_/),
          role: 'SOURCE',
          ci: { name: 'specific source' },
          viaChange: { number: change.number },
          addedBy: { name: 'olga' },
        },
      ]),
    );
    expect(await read(scope.scope.nodes[0].id, '__typename')).toEqual({ __typename: 'ReleaseCi' });
    await app.relay();
    const types = async (id: string, type: string) =>
      (await read(id, `... on ${type} { events { nodes { type } } }`)).events.nodes.map(
        (event: { type: string }) => event.type,
      );
    expect(await types(change.id, 'Change')).toEqual(
      expect.arrayContaining([
        'release.change-added',
        'change-release-request.approved',
        'change-release-request.submitted',
      ]),
    );
    expect(await types(target, 'ConfigurationItem')).toContain('release.change-added');
    const log = await app.readDatabase.pool.query(
      `select request_id from domain_event where type in ('change-release-request.approved', ` +
        `'release.change-added') order by at desc, id desc limit 2`,
    );
    expect(new Set(log.rows.map((row) => row.request_id)).size).toBe(1);
  });

  test('to be added to an existing release: what was accepted is accepted no longer', async () => {
    const rel = await accepted('Existing');
    const change = await world.authorised('Latecomer', [await world.ci('late ci')]);
    const { id } = await submit(change.id, { mode: 'ADD_TO_EXISTING', releaseId: rel });
    await world.owner.run('changeReleaseRequestApprove', { id }, FIELD);
    // For the change, and for the target that came with it.
    expect(await refusalCodes(world.manager, 'releaseSchedule', { id: rel })).toEqual([
      'APPROVAL_STALE',
      'APPROVAL_STALE',
    ]);
    await world.owner.run('releaseAccept', { id: rel }, 'release');
    expect(
      await world.manager.run('releaseSchedule', { id: rel }, 'release', 'state changes { nodes { title state } }'),
    ).toEqual({
      state: 'SCHEDULED',
      changes: {
        nodes: [
          { title: 'Existing first', state: 'SCHEDULED' },
          { title: 'Latecomer', state: 'SCHEDULED' },
        ],
      },
    });
  });

  test('for any available release: candidates are ranked with reasons, and a person chooses', async () => {
    const [shared, lone] = [await world.ci('any shared'), await world.ci('any lone')];
    const change = await world.authorised('Anywhere', [shared, lone], {
      plannedStart: '2027-03-01T20:00:00Z',
      plannedEnd: '2027-03-01T22:00:00Z',
    });
    const dates = { plannedStart: '2027-03-01T18:00:00Z', plannedEnd: '2027-03-02T00:00:00Z' };
    const best = await world.release('Any best', dates);
    await world.manager.run('releaseAddCi', { id: best.id, role: 'TARGET', ciIds: [shared] }, 'release');
    const second = await world.release('Any second', { ...dates, ownerId: world.otherOwner.personId });
    const last = await world.release('Any last', { kind: 'EMERGENCY' });
    const { changeReleaseCandidates: candidates } = await world.requester.ok(
      'query($id: ID!) { changeReleaseCandidates(changeId: $id, limit: 50) { score release { name owner { name } ' +
        '} reasons { code points message } } }',
      { id: change.id },
    );
    expect(candidates[0]).toEqual({
      score: 70,
      release: { name: 'Any best', owner: { name: 'olga' } },
      reasons: [
        {
          code: 'SAME_TARGET_CIS',
          points: 25,
          message: '1 of 2 targets of the change belong to the release.',
        },
        { code: 'INSIDE_RELEASE_WINDOW', points: 25, message: expect.any(String) },
        { code: 'SCOPE_OPEN', points: 20, message: expect.any(String) },
      ],
    });
    expect(candidates[1]).toMatchObject({ score: 45, release: { name: 'Any second' } });
    expect(
      candidates.find((candidate: { release: { name: string } }) => candidate.release.name === 'Any last'),
    ).toMatchObject({
      score: 0,
      reasons: [{ code: 'SCOPE_OPEN' }, { code: 'EMERGENCY_RELEASE', points: -20 }],
    });
    const { id } = await submit(change.id, { mode: 'ANY_AVAILABLE' });
    expect((await read(id, '... on ChangeReleaseRequest { state release { id } }')).release).toBeNull();
    expect(await refusalCodes(world.owner, 'changeReleaseRequestApprove', { id })).toEqual(['RELEASE_NOT_CHOSEN']);
    expect(await refusalCodes(world.owner, 'changeReleaseRequestApprove', { id, releaseId: second.id })).toEqual([
      'NOT_RELEASE_OWNER',
    ]);
    const approved = await world.owner.run(
      'changeReleaseRequestApprove',
      { id, releaseId: last.id },
      FIELD,
      'state release { name } change { release { name } }',
    );
    expect(approved).toEqual({
      state: 'APPROVED',
      release: { name: 'Any last' },
      change: { release: { name: 'Any last' } },
    });
    const { changeReleaseCandidates: after } = await world.requester.ok(
      `query($id: ID!) { changeReleaseCandidates(changeId: $id) { release { name } } }`,
      {
        id: change.id,
      },
    );
    expect(after.map((candidate: { release: { name: string } }) => candidate.release.name)).not.toContain('Any last');
  });
});

describe('what is refused', () => {
  test('at submission: wrong combinations, unfit changes and releases, a second open request', async () => {
    const rel = await world.release('Submission');
    const change = await world.authorised('Submission', [await world.ci('submission')]);
    const open = await world.change('Not authorised');
    const base = { changeId: change.id, mode: 'SPECIFIC_RELEASE', releaseId: rel.id };
    const rejected = async (input: Record<string, unknown>) =>
      await rejectionCode(world.requester, 'changeReleaseRequestSubmit', { ...base, ...input });
    expect(await rejected({ releaseId: null })).toBe('BAD_USER_INPUT');
    expect(await rejected({ mode: 'ANY_AVAILABLE' })).toBe('BAD_USER_INPUT');
    expect(await rejected({ expiresAt: '2026-11-22T11:59:59Z' })).toBe('BAD_USER_INPUT');
    expect(await rejected({ releaseId: change.id })).toBe('BAD_USER_INPUT');
    expect(await rejectionCode(world.authority, 'changeReleaseRequestSubmit', base)).toBe('FORBIDDEN');
    expect(await refusalCodes(world.requester, 'changeReleaseRequestSubmit', { ...base, changeId: open.id })).toEqual([
      'CHANGE_NOT_AUTHORISED',
    ]);
    await submit(change.id, { mode: 'SPECIFIC_RELEASE', releaseId: rel.id });
    expect(await rejected({})).toBe('ALREADY_EXISTS');
    const over = await world.release('Over');
    await world.manager.run('releaseCancel', { id: over.id, reason: 'No budget.' }, 'release');
    const other = await world.authorised('Other', [await world.ci('other submission')]);
    await world.join(other.id, (await world.release('Home')).id);
    expect(
      await refusalCodes(world.requester, 'changeReleaseRequestSubmit', {
        ...base,
        changeId: other.id,
        releaseId: over.id,
      }),
    ).toEqual(['CHANGE_IN_OTHER_RELEASE', 'RELEASE_NOT_OPEN_FOR_SCOPE']);
  });

  test('at approval: other owners, the requester, items that were retired meanwhile', async () => {
    const boss = await app.as('boss', 'RELEASE_OWNER', 'REQUESTER');
    const ci = await world.ci('retired meanwhile');
    const change = await world.authorised('Approval', [ci]);
    const mine = await world.release('Mine', { ownerId: boss.personId });
    const { id } = await boss.run(
      'changeReleaseRequestSubmit',
      { changeId: change.id, mode: 'SPECIFIC_RELEASE', releaseId: mine.id },
      FIELD,
    );
    expect(await rejectionCode(world.manager, 'changeReleaseRequestApprove', { id })).toBe('FORBIDDEN');
    expect(await refusalCodes(world.owner, 'changeReleaseRequestApprove', { id })).toEqual(['NOT_RELEASE_OWNER']);
    expect(await refusalCodes(world.owner, 'changeReleaseRequestReject', { id, reason: 'No.' })).toEqual([
      'NOT_RELEASE_OWNER',
    ]);
    await world.configurationManager.run('configurationItemRetire', { id: ci }, 'configurationItem');
    expect(await refusalCodes(boss, 'changeReleaseRequestApprove', { id })).toEqual([
      'CI_NOT_AUTHORISED',
      'SELF_APPROVAL',
    ]);
    expect(
      await rejectionCode(boss, 'changeReleaseRequestApprove', {
        id,
        releaseId: (await world.release('Elsewhere')).id,
      }),
    ).toBe('BAD_USER_INPUT');
    const { availableCommands } = await boss
      .ok(
        'query($id: ID!) { node(id: $id) { ... on ChangeReleaseRequest { availableCommands { command allowed ' +
          'blockers { code } } } } }',
        { id },
      )
      .then((data) => data.node);
    expect(availableCommands).toEqual([
      {
        command: 'changeReleaseRequestApprove',
        allowed: false,
        blockers: [{ code: 'SELF_APPROVAL' }, { code: 'CI_NOT_AUTHORISED' }],
      },
      { command: 'changeReleaseRequestReject', allowed: true, blockers: [] },
      { command: 'changeReleaseRequestWithdraw', allowed: true, blockers: [] },
    ]);
  });

  test('a release that was communicated takes changes only with consent to plan it again', async () => {
    const rel = await accepted('Announced');
    await world.manager.run('releaseSchedule', { id: rel }, 'release');
    await world.manager.run('releaseCommunicate', { id: rel, audience: 'All', message: 'Tonight.' }, 'release');
    const change = await world.authorised('Too late?', [await world.ci('too late')]);
    const { id } = await submit(change.id, { mode: 'SPECIFIC_RELEASE', releaseId: rel });
    expect(await refusalCodes(world.owner, 'changeReleaseRequestApprove', { id })).toEqual([
      'RELEASE_NOT_OPEN_FOR_SCOPE',
    ]);
    await world.owner.run('changeReleaseRequestApprove', { id, agreeToReplan: true }, FIELD);
    expect(await world.read(rel, 'state changes { nodes { state } }')).toEqual({
      state: 'ACCEPTED',
      changes: { nodes: [{ state: 'AUTHORISED' }, { state: 'AUTHORISED' }] },
    });
    // For the change, and for the target that came with it.
    expect(await refusalCodes(world.manager, 'releaseSchedule', { id: rel })).toEqual([
      'APPROVAL_STALE',
      'APPROVAL_STALE',
    ]);
  });
});

test('requests are listed with the same number of statements for few and for many', async () => {
  const rel = await world.release('Statements');
  for (let i = 0; i < 8; i++)
    await submit((await world.authorised(`statements ${i}`, [await world.ci(`statements ${i}`)])).id, {
      mode: 'SPECIFIC_RELEASE',
      releaseId: rel.id,
    });
  const list = async (first: number) =>
    await world.owner.ok(
      `query($id: ID!) { node(id: $id) { ... on Release { requests(first: ${first}) { totalCount nodes { number ` +
        'change { title release { name } } requestedBy { name } decidedBy { name } availableCommands { command ' +
        'blockers { code } } } } } } }',
      { id: rel.id },
    );
  const few = await app.statements(async () => await list(2));
  expect(await app.statements(async () => await list(8))).toBe(few);
});

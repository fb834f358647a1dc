import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { expectRefused, refusalCodes } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

// Only roles were asked: an owner or a manager of some release could hold, cancel, edit, waive and approve another one,
// and make themselves its owner first where that mattered.

let app: TestApp;
let world: Story;
/** Holds every role of people who run releases, and runs another release. */
let stranger: TestClient;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
  stranger = await app.as('stella', 'RELEASE_MANAGER', 'RELEASE_OWNER');
  await stranger.run('releaseCreate', { name: 'Her own', ownerId: world.owner.personId }, 'release');
});
afterAll(async () => await app.end());

const reason = 'Because I can.';

describe('somebody who runs another release', () => {
  test('does nothing to this one', async () => {
    const ci = await world.ci('stranger-web');
    const { id } = await world.release('Not hers');
    await world.addTargets(id, ci);
    const phase = await world.manager.run('phaseAdd', { releaseId: id, name: 'P', releaseState: 'PLANNING' }, 'phase');
    const task = await world.manager.run('taskAdd', { phaseId: phase.id, name: 'look' }, 'task', 'id version');
    const { version } = await world.read(id, 'version');
    const inputs: Record<string, Record<string, unknown>> = {
      releaseUpdate: { id, expectedVersion: version, backOutPlan: 'Pray.' },
      releaseHandOver: { id, ownerId: stranger.personId, reason },
      releaseHold: { id, reason },
      releaseCancel: { id, reason },
      releaseStartPlanning: { id },
      releaseAddCi: { id, role: 'TARGET', ciIds: [await world.ci('stranger-db')] },
      releaseRemoveCi: { id, role: 'TARGET', ciIds: [ci] },
      phaseAdd: { releaseId: id, name: 'Hers', releaseState: 'PLANNING' },
      phaseUpdate: { id: phase.id, expectedVersion: 1, name: 'Hers' },
      phaseRemove: { id: phase.id },
      taskAdd: { phaseId: phase.id, name: 'hers' },
      taskUpdate: { id: task.id, expectedVersion: task.version, name: 'hers' },
      taskSkip: { id: task.id, reason },
      taskRemove: { id: task.id },
      communicationRecord: { releaseId: id, audience: 'All', message: 'Down.' },
      waiverGrant: { releaseId: id, code: 'CI_CONFLICT', reason, expiresAt: new Date(Date.now() + 9e6).toISOString() },
    };
    for (const [command, input] of Object.entries(inputs))
      expect([command, await refusalCodes(stranger, command, input)]).toEqual([
        command,
        expect.arrayContaining(['NOT_RELEASE_OWNER']),
      ]);
    const { availableCommands } = await world.read(id, 'availableCommands { command allowed }', stranger);
    expect(
      availableCommands
        .filter(({ allowed }: { allowed: boolean }) => allowed)
        .map(({ command }: { command: string }) => command),
    ).toEqual(['releaseSaveAsTemplate']);
  });

  test('does not accept it by making herself its owner first, nor by its manager', async () => {
    const id = await world.accepted('Accepted', [await world.ci('stranger-app')]);
    for (const parts of [{ ownerId: stranger.personId }, { managerId: stranger.personId }])
      expect(await refusalCodes(stranger, 'releaseHandOver', { id, ...parts, reason })).toContain('NOT_RELEASE_OWNER');
    expect(await refusalCodes(world.manager, 'releaseHandOver', { id, ownerId: stranger.personId, reason })).toEqual([
      'NOT_RELEASE_OWNER',
    ]);
    // An upsert is an edit like any other.
    const externalRef = { source: 'jira', key: 'R-1' };
    const ours = { externalRef, name: 'Ours', ownerId: world.owner.personId };
    await world.manager.run('releaseUpsert', ours, 'release');
    expect(await refusalCodes(stranger, 'releaseUpsert', { ...ours, name: 'Hers' })).toEqual(['NOT_RELEASE_OWNER']);
    const [problem] = await expectRefused(world.manager, 'releaseUpsert', { ...ours, ownerId: stranger.personId });
    expect(problem).toMatchObject({ code: 'ILLEGAL_TRANSITION', path: ['ownerId'] });
  });

  test('works on none of its tasks, not even on those for the role', async () => {
    const { id } = await world.release('Tasks');
    const phase = await world.manager.run('phaseAdd', { releaseId: id, name: 'P', releaseState: 'PLANNING' }, 'phase');
    for (const role of ['RELEASE_MANAGER', 'RELEASE_OWNER']) {
      const task = await world.manager.run('taskAdd', { phaseId: phase.id, name: role, role }, 'task');
      expect(await refusalCodes(stranger, 'taskClaim', { id: task.id })).toEqual(['TASK_NOT_ASSIGNED']);
      const assign = { id: task.id, personId: stranger.personId };
      expect(await refusalCodes(stranger, 'taskAssign', assign)).toEqual(['TASK_NOT_ASSIGNED']);
    }
  });

  test('neither plans nor approves its distributions', async () => {
    const release = await world.ready(['web']);
    const id = await world.plan(release, { approvalRequired: true });
    const plan = { releaseId: release.id, deploymentToolId: await world.tool('simulator'), allTargets: true };
    expect(await refusalCodes(stranger, 'distributionPlan', plan)).toEqual(['NOT_RELEASE_OWNER']);
    expect(await refusalCodes(stranger, 'distributionCancel', { id, reason })).toEqual(['NOT_RELEASE_OWNER']);
    await world.act('RequestApproval', id);
    expect(await world.refusal('Approve', id, {}, stranger)).toEqual(['NOT_RELEASE_OWNER']);
    expect(await world.act('Approve', id, {}, world.owner)).toBe('SCHEDULED');
  });
});

describe('a part in a release', () => {
  test('passes on by the person who has it, with a reason in the log', async () => {
    const { id } = await world.release('Passes on');
    const input = { id, ownerId: world.otherOwner.personId, reason: 'On leave from Friday.' };
    await world.owner.run('releaseHandOver', input, 'release');
    await app.relay();
    const events = await world.read(id, 'owner { name } events(first: 1) { nodes { type reason actor { name } } }');
    expect(events).toEqual({
      owner: { name: 'otto' },
      events: {
        nodes: [{ type: 'release.handed-over', reason: 'On leave from Friday.', actor: { name: 'olga' } }],
      },
    });
    // The former owner has no part in it any more.
    expect(await refusalCodes(world.owner, 'releaseHold', { id, reason })).toEqual(['NOT_RELEASE_OWNER']);
  });

  test('passes on by an administrator when its holder cannot, but never to the administrator', async () => {
    const { id } = await world.release('Left behind');
    const admin = await app.as('alan', 'ADMINISTRATOR', 'RELEASE_OWNER');
    const input = { id, reason: 'She has left the company.' };
    expect(await refusalCodes(admin, 'releaseHandOver', { ...input, ownerId: admin.personId })).toEqual([
      'SELF_APPROVAL',
    ]);
    await admin.run('releaseHandOver', { ...input, ownerId: world.otherOwner.personId }, 'release');
    expect(await refusalCodes(admin, 'releaseHold', { id, reason })).toEqual(['NOT_RELEASE_OWNER']);
  });
});

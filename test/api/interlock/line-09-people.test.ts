import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { expectRefused, refusalCodes } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
});
afterAll(async () => await app.end());

const created = async (more: Record<string, unknown>) =>
  await refusalCodes(world.manager, 'releaseCreate', { name: 'payroll', ownerId: world.owner.personId, ...more });
const handedOver = async (id: string, more: Record<string, unknown>) =>
  await refusalCodes(world.owner, 'releaseHandOver', { id, reason: 'On leave.', ...more });

describe('the owner of a release', () => {
  test('is nobody who could never accept it', async () => {
    expect(await created({ ownerId: world.auditor.personId })).toEqual(['PERSON_LACKS_ROLE']);
    expect(await created({ ownerId: world.manager.personId })).toEqual(['PERSON_LACKS_ROLE', 'SELF_APPROVAL']);
    // With both roles, but still the one who plans it.
    const both = await app.as('bea', 'RELEASE_MANAGER', 'RELEASE_OWNER');
    expect(await refusalCodes(both, 'releaseCreate', { name: 'payroll', ownerId: both.personId })).toEqual([
      'SELF_APPROVAL',
    ]);
    expect(await created({ ownerId: both.personId, managerId: both.personId })).toEqual(['SELF_APPROVAL']);
    const ref = { externalRef: { source: 'jira', key: 'PAY-1' }, name: 'payroll', ownerId: world.auditor.personId };
    expect(await refusalCodes(world.manager, 'releaseUpsert', ref)).toEqual(['PERSON_LACKS_ROLE']);
  });

  test('stays somebody who can accept it, whoever is named later', async () => {
    const both = await app.as('bea', 'RELEASE_MANAGER', 'RELEASE_OWNER');
    const { id } = await world.release('later');
    expect(await handedOver(id, { ownerId: world.auditor.personId })).toEqual(['PERSON_LACKS_ROLE']);
    expect(await handedOver(id, { managerId: world.owner.personId })).toEqual(['PERSON_LACKS_ROLE', 'SELF_APPROVAL']);
    await world.handOver(id, world.manager, { managerId: both.personId! });
    await both.run('phaseAdd', { releaseId: id, name: 'Plan', releaseState: 'PLANNING' }, 'phase');
    await world.handOver(id, both, { managerId: world.manager.personId! });
    const [problem] = await expectRefused(world.owner, 'releaseHandOver', {
      id,
      ownerId: both.personId,
      reason: 'On leave.',
    });
    expect(problem).toMatchObject({ code: 'SELF_APPROVAL', path: ['ownerId'], subject: { id: both.personId } });
  });

  test('who planned after all is replaced, so that the release can be accepted', async () => {
    const both = await app.as('cleo', 'RELEASE_MANAGER', 'RELEASE_OWNER');
    const { id } = await world.release('stuck', { ownerId: both.personId });
    await world.addTargets(id, await world.ci('web'));
    await world.addContent(id);
    await world.startTesting(id);
    const phase = await both.run('phaseAdd', { releaseId: id, name: 'Test', releaseState: 'TESTING' }, 'phase');
    const task = await both.run('taskAdd', { phaseId: phase.id, name: 'look' }, 'task');
    await both.run('taskSkip', { id: task.id, reason: 'seen' }, 'task');
    const [problem] = await expectRefused(both, 'releaseAccept', { id });
    expect(problem).toMatchObject({ code: 'SELF_APPROVAL', resolvableBy: ['RELEASE_MANAGER', 'RELEASE_OWNER'] });
    await world.handOver(id, both, { ownerId: world.owner.personId! });
    expect(await world.step('releaseAccept', id, {}, world.owner)).toBe('ACCEPTED');
  });
});

describe('others who are named', () => {
  test('hold the role that their part requires', async () => {
    expect(await created({ managerId: world.auditor.personId })).toEqual(['PERSON_LACKS_ROLE']);
    const { id } = await world.release('named');
    const phase = await world.manager.run(
      'phaseAdd',
      { releaseId: id, name: 'Plan', releaseState: 'PLANNING' },
      'phase',
    );
    const task = { phaseId: phase.id, name: 'do it' };
    const assigneeId = world.auditor.personId;
    expect(await refusalCodes(world.manager, 'taskAdd', { ...task, assigneeId })).toEqual(['PERSON_LACKS_ROLE']);
    const added = await world.manager.run('taskAdd', { ...task, assigneeId: world.assignee.personId }, 'task');
    expect(await refusalCodes(world.manager, 'taskAssign', { id: added.id, personId: assigneeId })).toEqual([
      'PERSON_LACKS_ROLE',
    ]);
  });
});

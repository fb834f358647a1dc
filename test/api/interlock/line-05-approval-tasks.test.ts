import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { on, templateTask } from '../../support/plans.js';
import { expectRefused, refusalCodes } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

/** Line 5: a judgement is given by whom it is asked of, and an approval by nobody with a part in the work. */

let app: TestApp;
let world: Story;
/** Somebody with two roles: they could approve first and plan then. */
let both: TestClient;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
  both = await app.as('both', 'RELEASE_MANAGER', 'CHANGE_AUTHORITY');
});
afterAll(async () => await app.end());

let n = 0;

/** A release in PLANNING with one mandatory task there. */
async function asking(more: Record<string, unknown>): Promise<{ releaseId: string; id: string }> {
  const task = templateTask('sign-off', { name: 'sign-off', mandatory: true, ...more });
  const phase = { key: 'plan', name: 'Plan', releaseState: 'PLANNING', tasks: [task] };
  const { versionId } = await world.template(`Signed ${++n}`, { phases: [phase] });
  const { id: releaseId } = await world.release('Signed', { templateVersionId: versionId, planStart: on(4, 8) });
  await world.step('releaseStartPlanning', releaseId);
  return { releaseId, id: (await world.tasks(releaseId))['sign-off'].id };
}

const run = async (client: TestClient, command: string, id: string, more: Record<string, unknown> = {}) =>
  await client.run(`task${command}`, { id, ...more }, 'task', 'state assignee { id }');
const codes = async (client: TestClient, command: string, id: string, more: Record<string, unknown> = {}) =>
  await refusalCodes(client, `task${command}`, { id, ...more });
const offered = async (id: string, client: TestClient) =>
  Object.fromEntries(
    (
      await world.read(id, 'availableCommands { command blockers { code resolvableBy } }', client)
    ).availableCommands.map(({ command, blockers }: any) => [command, blockers]),
  );

/** The person with two roles stands in for the manager for a while, and plans. @returns the phase */
async function plansNow(releaseId: string, releaseState: string): Promise<{ id: string }> {
  await world.handOver(releaseId, world.manager, { managerId: both.personId! });
  const phase = await both.run('phaseAdd', { releaseId, name: 'More', releaseState }, 'phase');
  await world.handOver(releaseId, both, { managerId: world.manager.personId! });
  return phase;
}

describe('an approval', () => {
  test('is not given by the manager of the release, nor by a manager who had no part in it', async () => {
    const { id } = await asking({ kind: 'APPROVAL', role: 'CHANGE_AUTHORITY' });
    expect(await codes(world.manager, 'Start', id)).toEqual(['SELF_APPROVAL', 'TASK_NOT_ASSIGNED']);
    expect(await codes(world.secondManager, 'Start', id)).toEqual(['TASK_NOT_ASSIGNED']);
    expect(await codes(world.secondManager, 'Claim', id)).toEqual(['TASK_NOT_ASSIGNED']);
    expect(await codes(world.tester, 'Start', id)).toEqual(['TASK_NOT_ASSIGNED']);
    expect((await offered(id, world.secondManager))['taskStart']).toEqual([
      { code: 'TASK_NOT_ASSIGNED', resolvableBy: ['CHANGE_AUTHORITY', 'RELEASE_MANAGER'] },
    ]);
    await run(world.authority, 'Start', id);
    for (const command of ['Complete', 'Fail', 'RequestInput'])
      expect(
        await codes(world.secondManager, command, id, {
          ...(command === 'Fail' && { reason: 'No.' }),
          ...(command === 'RequestInput' && { question: 'Why?' }),
        }),
      ).toEqual(['TASK_NOT_ASSIGNED']);
    expect(await run(world.authority, 'Complete', id)).toMatchObject({ state: 'COMPLETED' });
  });

  test('is not given by somebody to whom a manager assigned it and who lacks its role', async () => {
    const { id } = await asking({ kind: 'APPROVAL', role: 'CHANGE_AUTHORITY' });
    await run(world.manager, 'Assign', id, { personId: world.secondManager.personId });
    expect(await codes(world.secondManager, 'Start', id)).toEqual(['TASK_NOT_ASSIGNED']);
    // It waits for its assignee now, whatever roles others hold.
    expect(await codes(world.authority, 'Start', id)).toEqual(['TASK_NOT_ASSIGNED']);
    await run(world.manager, 'Assign', id, { personId: world.authority.personId });
    await run(world.authority, 'Start', id);
  });

  test('is asked of the role that the template says, as long as the owner does not waive that', async () => {
    const { releaseId, id } = await asking({ kind: 'APPROVAL', role: 'CHANGE_AUTHORITY' });
    for (const role of ['RELEASE_MANAGER', null])
      expect(await codes(world.manager, 'Assign', id, { role })).toEqual(['WAIVER_REQUIRED']);
    expect(await codes(world.manager, 'Assign', id, { role: null, personId: world.tester.personId })).toEqual([
      'WAIVER_REQUIRED',
    ]);
    await run(world.manager, 'Assign', id, { role: 'CHANGE_AUTHORITY' });
    const waiver = { releaseId, code: 'WAIVER_REQUIRED', subjectId: id, reason: 'The authority is away.' };
    await world.owner.run('waiverGrant', { ...waiver, expiresAt: inDays(1) }, 'waiver');
    await run(world.manager, 'Assign', id, { role: 'TEST_MANAGER' });
    await run(world.tester, 'Start', id);
  });

  test('of no role is given by its assignee or, unassigned, by a manager who had no part in the work', async () => {
    const person = await asking({ kind: 'APPROVAL', role: null });
    await run(world.manager, 'Assign', person.id, { personId: world.assignee.personId });
    expect(await codes(world.secondManager, 'Start', person.id)).toEqual(['TASK_NOT_ASSIGNED']);
    await run(world.assignee, 'Start', person.id);
    await run(world.assignee, 'Complete', person.id);
    const anybody = await asking({ kind: 'APPROVAL', role: null });
    expect(await codes(world.manager, 'Start', anybody.id)).toEqual(['SELF_APPROVAL']);
    await run(world.secondManager, 'Start', anybody.id);
  });

  test('by somebody who plans the release afterwards has to be given by somebody else', async () => {
    const { releaseId, id } = await asking({ kind: 'APPROVAL', role: 'CHANGE_AUTHORITY' });
    await run(both, 'Start', id);
    await run(both, 'Complete', id);
    const phase = await plansNow(releaseId, 'PLANNING');
    await world.addTargets(releaseId, await world.ci('signed'));
    await world.addContent(releaseId);
    await world.step('releaseStartBuilding', releaseId);
    await world.step('releaseStartTesting', releaseId);
    const errors = await expectRefused(world.owner, 'releaseAccept', { id: releaseId });
    expect(errors).toMatchObject([
      { code: 'SELF_APPROVAL', subject: { id }, resolvableBy: ['CHANGE_AUTHORITY', 'RELEASE_MANAGER'] },
    ]);
    const task = { phaseId: phase.id, name: 'sign-off 2', kind: 'APPROVAL', role: 'CHANGE_AUTHORITY' };
    const again = (await world.manager.run('taskAdd', task, 'task')).id;
    expect(await codes(both, 'Start', again)).toEqual(['SELF_APPROVAL']);
    await run(world.authority, 'Start', again);
    await run(world.authority, 'Complete', again);
    expect(await world.step('releaseAccept', releaseId, {}, world.owner)).toBe('ACCEPTED');
  });

  test('that was started by somebody who then planned is not completed by them', async () => {
    const { releaseId, id } = await asking({ kind: 'APPROVAL', role: 'CHANGE_AUTHORITY' });
    await run(both, 'Start', id);
    await plansNow(releaseId, 'TESTING');
    expect(await codes(both, 'Complete', id)).toEqual(['SELF_APPROVAL']);
    await run(world.manager, 'Assign', id, { personId: world.authority.personId });
    await run(world.authority, 'Complete', id);
  });
});

describe('a review', () => {
  test('is done by whom it is asked of, and who did the work may look back at it', async () => {
    const { id } = await asking({ kind: 'REVIEW', role: 'CHANGE_MANAGER' });
    expect(await codes(world.manager, 'Start', id)).toEqual(['TASK_NOT_ASSIGNED']);
    expect(await codes(world.manager, 'Assign', id, { role: 'RELEASE_MANAGER' })).toEqual(['WAIVER_REQUIRED']);
    await run(world.changeManager, 'Start', id);
    expect(await codes(world.secondManager, 'Complete', id)).toEqual(['TASK_NOT_ASSIGNED']);
    await run(world.changeManager, 'Complete', id);
    const own = await asking({ kind: 'REVIEW', role: 'RELEASE_MANAGER' });
    await run(world.manager, 'Start', own.id);
    await run(world.manager, 'Complete', own.id);
  });
});

describe('other work', () => {
  test('can still be taken over by the manager of the release, apart from the completion of a test', async () => {
    const { id } = await asking({ kind: 'MANUAL', role: 'CHANGE_AUTHORITY' });
    expect(await codes(world.secondManager, 'Start', id)).toEqual(['TASK_NOT_ASSIGNED']);
    await run(world.manager, 'Start', id);
    await run(world.manager, 'Complete', id);
    const tested = await asking({ kind: 'TEST', role: 'TEST_MANAGER' });
    await run(world.manager, 'Start', tested.id);
    expect(await codes(world.manager, 'Complete', tested.id, { evidence: 'Trust me.' })).toEqual([
      'NOT_TEST_MANAGER',
      'SELF_APPROVAL',
    ]);
  });
});

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString();
}

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { on, patchPlan, templateTask } from '../../support/plans.js';
import { expectRefused, refusalCodes, rejectionCode } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

/** Line 5: a mandatory task is waived by the owner of the release, never by a planner, through no door. */

const clock = new TestClock();
let app: TestApp;
let world: Story;
let template: string;
let releaseId: string;
let tasks: Record<string, any>;
let phases: Record<string, string>;

const plan = {
  ...patchPlan,
  phases: patchPlan.phases.map((phase) =>
    phase.key === 'plan'
      ? {
          ...phase,
          tasks: [
            ...phase.tasks,
            templateTask('sign-off', { mandatory: true, after: ['scope'], startOffsetMinutes: 60 }),
          ],
        }
      : phase,
  ),
};

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
  template = (await world.template('Mandatory', plan)).versionId;
});
afterAll(async () => await app.end());

let n = 0;
beforeEach(async () => {
  releaseId = (await world.release(`mandatory ${++n}`, { templateVersionId: template, planStart: on(4, 8) })).id;
  const { nodes } = (await world.read(releaseId, 'phases { nodes { id name } }')).phases;
  phases = Object.fromEntries(nodes.map(({ id, name }: { id: string; name: string }) => [name, id]));
  tasks = await world.tasks(releaseId);
});

const inDays = (days: number) => new Date(clock.now().getTime() + days * 86_400_000).toISOString();
const waiver = (task: string, more: Record<string, unknown> = {}) => ({
  releaseId,
  code: 'WAIVER_REQUIRED',
  subjectId: task,
  reason: 'Done in the release before.',
  expiresAt: inDays(1),
  ...more,
});
const skip = { reason: 'no time' };

describe('a mandatory task', () => {
  const DOORS: readonly (readonly [string, (task: any) => Record<string, unknown>])[] = [
    ['taskSkip', ({ id }) => ({ id, ...skip })],
    ['taskRemove', ({ id }) => ({ id })],
    ['taskUpdate', ({ id, version }) => ({ id, expectedVersion: version, mandatory: false })],
    ['taskUpdate', ({ id, version }) => ({ id, expectedVersion: version, kind: 'MANUAL' })],
    ['taskUpdate', ({ id, version }) => ({ id, expectedVersion: version, name: 'say hello' })],
    ['taskMove', ({ id, version }) => ({ id, expectedVersion: version, phaseId: phases['Install'] })],
    ['taskMove', ({ id, version }) => ({ id, expectedVersion: version, phaseId: phases['Plan'] })],
    ['phaseRemove', () => ({ id: phases['Test'] })],
  ];

  test.each(DOORS)('does not leave its release by %s without a waiver of the owner (%#)', async (command, input) => {
    // What comes after it would stand in the way of another step for another reason.
    await world.manager.run('taskRemove', { id: tasks['watch'].id }, 'release');
    const regression = tasks['regression'];
    if (input(regression)['phaseId'] === phases['Plan'])
      await world.manager.run(
        'taskSetPredecessors',
        { id: regression.id, expectedVersion: regression.version, predecessorIds: [] },
        'task',
      );
    const at = (await world.tasks(releaseId))['regression'];
    expect(await expectRefused(world.manager, command, input(at))).toMatchObject([
      { code: 'WAIVER_REQUIRED', waivable: true, resolvableBy: ['RELEASE_OWNER'] },
    ]);
    await world.owner.run('waiverGrant', waiver(at.id), 'waiver');
    expect(
      (
        await world.manager.attempt(
          command,
          input(at),
          command === 'taskRemove' || command === 'phaseRemove' ? 'release' : 'task',
        )
      ).userErrors,
    ).toEqual([]);
  });

  test('keeps its step in a back-out, which most releases never see', async () => {
    const backOut = await world.manager.run(
      'phaseAdd',
      { releaseId, name: 'Back out', releaseState: 'BACKING_OUT' },
      'phase',
    );
    await world.manager.run('taskRemove', { id: tasks['watch'].id }, 'release');
    const { id, version } = (await world.tasks(releaseId))['regression'];
    expect(
      await refusalCodes(world.manager, 'taskMove', { id, expectedVersion: version, phaseId: backOut.id }),
    ).toEqual(['WAIVER_REQUIRED']);
  });

  test('can be described, dated and moved inside its phase by its planner', async () => {
    await world.manager.run('taskRemove', { id: tasks['watch'].id }, 'release');
    const { id, version } = (await world.tasks(releaseId))['regression'];
    const same = { name: 'regression', kind: 'TEST', mandatory: true };
    const edit = { id, expectedVersion: version, ...same, description: 'All servers.', plannedEnd: on(5, 8) };
    expect(await world.manager.run('taskUpdate', edit, 'task', 'name description plannedEnd')).toEqual({
      name: 'regression',
      description: 'All servers.',
      plannedEnd: on(5, 8),
    });
    const edited = (await world.tasks(releaseId))['regression'].version;
    expect(await world.manager.attempt('taskMove', { id, expectedVersion: edited, position: 0 }, 'task')).toMatchObject(
      { userErrors: [] },
    );
  });
});

describe('a waiver of a mandatory task', () => {
  test('is not given by a planner, by another owner, or by the change authority', async () => {
    const { id } = tasks['sign-off'];
    const mona = await app.as('mona', 'RELEASE_MANAGER', 'RELEASE_OWNER');
    expect(await rejectionCode(world.manager, 'waiverGrant', waiver(id))).toBe('FORBIDDEN');
    expect(await refusalCodes(mona, 'waiverGrant', waiver(id))).toEqual(['NOT_RELEASE_OWNER', 'SELF_APPROVAL']);
    expect(await refusalCodes(world.otherOwner, 'waiverGrant', waiver(id))).toEqual(['NOT_RELEASE_OWNER']);
    expect(await refusalCodes(world.authority, 'waiverGrant', waiver(id))).toEqual(['NOT_RELEASE_OWNER']);
    // Nor in passing.
    await world.step('releaseStartPlanning', releaseId);
    const passing = { id, ...skip, waiverReason: 'Agreed.' };
    expect(await refusalCodes(world.manager, 'taskSkip', passing)).toEqual(['NOT_RELEASE_OWNER', 'SELF_APPROVAL']);
    for (const foreign of [world.secondManager, world.otherOwner])
      expect(new Set(await refusalCodes(foreign, 'taskSkip', passing))).toEqual(new Set(['NOT_RELEASE_OWNER']));
    expect((await world.owner.run('taskSkip', passing, 'task', 'state')).state).toBe('SKIPPED');
  });

  test('is not given by who makes himself the owner', async () => {
    const mark = await app.as('mark', 'RELEASE_MANAGER', 'RELEASE_OWNER', 'ADMINISTRATOR');
    const input = { id: releaseId, ownerId: mark.personId, reason: 'Mine.' };
    expect(await refusalCodes(mark, 'releaseHandOver', input)).toEqual(['SELF_APPROVAL']);
    // Nor by detour: who named another owner cannot be named by that one.
    await world.handOver(releaseId, mark, { ownerId: world.otherOwner.personId! });
    expect(await refusalCodes(world.otherOwner, 'releaseHandOver', input)).toEqual(['SELF_APPROVAL']);
    // An owner hands over to another and gets the release back.
    for (const [from, to] of [
      [world.otherOwner, world.owner],
      [world.owner, world.otherOwner],
      [world.otherOwner, world.owner],
    ] as const)
      await world.handOver(releaseId, from, { ownerId: to.personId! });
    await world.owner.run('waiverGrant', waiver(tasks['sign-off'].id), 'waiver');
  });

  test('is not given by an owner who planned, and one given before lapses with that', async () => {
    const { id } = tasks['sign-off'];
    await world.owner.run('waiverGrant', waiver(id), 'waiver');
    const { version } = await world.read(releaseId, 'version');
    await world.owner.run(
      'releaseUpdate',
      { id: releaseId, expectedVersion: version, backOutPlan: 'Restore it.' },
      'release',
    );
    expect(await refusalCodes(world.owner, 'waiverGrant', waiver(id))).toEqual(['SELF_APPROVAL']);
    expect(await refusalCodes(world.manager, 'taskSkip', { id, ...skip })).toEqual(['WAIVER_REQUIRED']);
  });

  test('lapses when the release gets another owner', async () => {
    const { id } = tasks['sign-off'];
    await world.owner.run('waiverGrant', waiver(id), 'waiver');
    await world.handOver(releaseId, world.owner, { ownerId: world.otherOwner.personId! });
    expect(await refusalCodes(world.manager, 'taskSkip', { id, ...skip })).toEqual(['WAIVER_REQUIRED']);
  });

  test('ends at its time', async () => {
    const { id } = tasks['sign-off'];
    await world.owner.run('waiverGrant', waiver(id, { expiresAt: inDays(1) }), 'waiver');
    clock.advance(86_400_000);
    expect(await refusalCodes(world.manager, 'taskSkip', { id, ...skip })).toEqual(['WAIVER_REQUIRED']);
  });

  test('names its task, and serves no other', async () => {
    expect(await rejectionCode(world.owner, 'waiverGrant', waiver('', { subjectId: null }))).toBe('BAD_USER_INPUT');
    await world.owner.run('waiverGrant', waiver(tasks['sign-off'].id), 'waiver');
    expect(await refusalCodes(world.manager, 'taskSkip', { id: tasks['regression'].id, ...skip })).toEqual([
      'WAIVER_REQUIRED',
    ]);
  });
});

describe('an acceptance', () => {
  async function accepted(): Promise<{ install: string; verify: any }> {
    const id = await world.accepted(`accepted ${n}`, [await world.ci(`accepted-${n}`)]);
    releaseId = id;
    const phase = await world.manager.run(
      'phaseAdd',
      { releaseId: id, name: 'Install', releaseState: 'DISTRIBUTING' },
      'phase',
    );
    await world.manager.run('taskAdd', { phaseId: phase.id, name: 'verify', mandatory: true }, 'task');
    await world.step('releaseAccept', id, {}, world.owner);
    return { install: phase.id, verify: (await world.tasks(id))['verify'] };
  }
  const isStale = async () => (await world.read(releaseId, 'acceptanceIsStale')).acceptanceIsStale as boolean;

  test.each<[string, (task: any) => Record<string, unknown>, (client: Story) => TestClient]>([
    ['taskSkip', ({ id }) => ({ id, ...skip }), ({ owner }) => owner],
    ['taskRemove', ({ id }) => ({ id }), ({ manager }) => manager],
    ['taskUpdate', ({ id, version }) => ({ id, expectedVersion: version, name: 'wave' }), ({ manager }) => manager],
    [
      'taskUpdate',
      ({ id, version }) => ({ id, expectedVersion: version, description: 'Only look.' }),
      ({ manager }) => manager,
    ],
  ])('lapses when what is mandatory is changed by %s (%#)', async (command, input, who) => {
    const { verify } = await accepted();
    expect(await isStale()).toBe(false);
    await world.owner.run('waiverGrant', waiver(verify.id), 'waiver');
    await who(world).run(command, input(verify), command === 'taskRemove' ? 'release' : 'task');
    expect(await isStale()).toBe(true);
  });
});

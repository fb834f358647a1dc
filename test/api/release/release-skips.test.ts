import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { on, patchPlan, templateTask } from '../../support/plans.js';
import { expectRefused, refusalCodes } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;
let versionId: string;
let desktop: string;
let payroll: string;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
  ({ versionId } = await world.template('Security patch'));
  desktop = await world.ci('desk-7', { ciClass: 'DESKTOP', criticality: 'LOW' });
  payroll = await world.ci('payroll-1', { criticality: 'CRITICAL' });
});
afterAll(async () => await app.end());

const patch = async (name: string, more: Record<string, unknown> = {}) =>
  await world.release(name, { kind: 'PATCH', templateVersionId: versionId, planStart: on(4, 8), ...more });
const PLAN =
  'state skippedStates phases { nodes { name } } tasks { nodes { name predecessors { nodes { name } } } } plan { ' +
  'skippedStates forcedBy { state count configurationItems { name } } }';
const names = (connection: { nodes: { name: string }[] }) => connection.nodes.map(({ name }) => name);

describe('the security patch of the tool mentor', () => {
  test('on a desktop skips building and testing', async () => {
    const { id } = await patch('desktop only');
    // Without targets nothing says that it is harmless, so the whole plan is there.
    expect(names((await world.read(id, PLAN)).phases)).toEqual(['Plan', 'Build', 'Test', 'Install']);
    await world.addTargets(id, desktop);
    const release = await world.read(id, PLAN);
    expect(release).toMatchObject({ skippedStates: ['BUILDING', 'TESTING'], plan: { forcedBy: [] } });
    expect(names(release.phases)).toEqual(['Plan', 'Install']);
    // What came after the tasks that went comes after what was before them.
    expect(release.tasks.nodes).toEqual([
      { name: 'scope', predecessors: { nodes: [] } },
      { name: 'watch', predecessors: { nodes: [{ name: 'scope' }] } },
    ]);
    await world.addContent(id);
    await world.step('releaseStartPlanning', id);
    const { scope } = await world.tasks(id);
    await world.manager.run('taskStart', { id: scope.id }, 'task');
    await world.manager.run('taskComplete', { id: scope.id }, 'task');
    expect(await refusalCodes(world.manager, 'releaseStartBuilding', { id })).toEqual(['ILLEGAL_TRANSITION']);
    // Straight from planning to acceptance; the test evidence that the template requires belongs to the step that is
    // skipped.
    expect(await world.step('releaseAccept', id, {}, world.owner)).toBe('ACCEPTED');
  });

  test('is driven through building and testing by a critical server, which is named', async () => {
    const { id } = await patch('mixed targets');
    await world.addTargets(id, desktop);
    await world.addTargets(id, payroll);
    const release = await world.read(id, PLAN);
    expect(release).toMatchObject({
      skippedStates: [],
      plan: {
        skippedStates: [],
        forcedBy: [
          { state: 'BUILDING', count: 1, configurationItems: [{ name: 'payroll-1' }] },
          { state: 'TESTING', count: 1, configurationItems: [{ name: 'payroll-1' }] },
        ],
      },
    });
    expect(names(release.phases)).toEqual(['Plan', 'Build', 'Test', 'Install']);
    expect(release.tasks.nodes).toEqual([
      { name: 'scope', predecessors: { nodes: [] } },
      { name: 'package', predecessors: { nodes: [{ name: 'scope' }] } },
      { name: 'regression', predecessors: { nodes: [{ name: 'package' }] } },
      { name: 'watch', predecessors: { nodes: [{ name: 'scope' }, { name: 'regression' }] } },
    ]);
    expect((await world.tasks(id, 'plannedStart'))['regression'].plannedStart).toBe(on(4, 11));
    const events = await world.read(id, 'events { nodes { type data } }');
    expect(
      events.events.nodes.find(({ type, data }: any) => type === 'release.replanned' && data.restored.length > 0).data,
    ).toMatchObject({
      restored: ['BUILDING', 'TESTING'],
      forcedBy: [
        { state: 'BUILDING', name: 'payroll-1' },
        { state: 'TESTING', name: 'payroll-1' },
      ],
    });
  });

  test('with the server needs evidence of the test: skipping it by waiver does not replace that', async () => {
    const { id } = await patch('evidence');
    await world.addTargets(id, desktop, payroll);
    await world.addContent(id);
    const work = async (name: string, more: Record<string, unknown> = {}, client = world.manager) => {
      const task = (await world.tasks(id))[name];
      await client.run('taskStart', { id: task.id }, 'task');
      return await client.run('taskComplete', { id: task.id, ...more }, 'task', 'state');
    };
    await world.step('releaseStartPlanning', id);
    await work('scope');
    expect(await refusalCodes(world.manager, 'releaseStartTesting', { id })).toEqual(['ILLEGAL_TRANSITION']);
    await world.step('releaseStartBuilding', id);
    await work('package');
    await world.step('releaseStartTesting', id, {}, world.tester);
    const { regression } = await world.tasks(id);
    await world.owner.run(
      'taskSkip',
      { id: regression.id, reason: 'no time', waiverReason: 'Tested last week.' },
      'task',
    );
    expect(await expectRefused(world.owner, 'releaseAccept', { id })).toMatchObject([
      { code: 'TEST_EVIDENCE_MISSING', message: expect.stringContaining('payroll-1 can harm something CRITICAL') },
    ]);
    const phases = (await world.read(id, 'phases { nodes { id name } }')).phases.nodes;
    await world.manager.run(
      'taskAdd',
      { phaseId: phases[2].id, name: 'smoke test', kind: 'TEST', role: 'TEST_MANAGER' },
      'task',
    );
    expect(await refusalCodes(world.owner, 'releaseAccept', { id })).toEqual(['TASK_OPEN', 'TEST_EVIDENCE_MISSING']);
    await work('smoke test', { evidence: 'https://tests.example/18' }, world.tester);
    expect(await world.step('releaseAccept', id, {}, world.owner)).toBe('ACCEPTED');
    // The history of the release tells of its tasks as well.
    const types = (await world.read(id, 'events(first: 200) { nodes { type } }')).events.nodes.map(
      ({ type }: { type: string }) => type,
    );
    expect(types).toEqual(
      expect.arrayContaining(['task.completed', 'task.skipped', 'waiver.granted', 'task.added', 'release.accepted']),
    );
  });

  test('follows its targets until planning ends', async () => {
    const { id } = await patch('changing targets');
    await world.addTargets(id, desktop, payroll);
    await world.step('releaseStartPlanning', id);
    await world.removeTargets(id, payroll);
    expect((await world.read(id, PLAN)).skippedStates).toEqual(['BUILDING', 'TESTING']);
    await world.addTargets(id, payroll);
    expect((await world.read(id, PLAN)).skippedStates).toEqual([]);
  });

  test('keeps a step to which somebody added work', async () => {
    const { id } = await patch('wanted step');
    const { phases } = await world.read(id, 'phases { nodes { id name } }');
    await world.manager.run('taskAdd', { phaseId: phases.nodes[2].id, name: 'Try it on one machine' }, 'task');
    await world.addTargets(id, desktop);
    const release = await world.read(id, PLAN);
    expect(release.skippedStates).toEqual(['BUILDING']);
    expect(names(release.phases)).toEqual(['Plan', 'Test', 'Install']);
  });

  test('takes a skipped step again when a phase is added for it', async () => {
    const { id } = await patch('step by hand');
    await world.addTargets(id, desktop);
    await world.manager.run('phaseAdd', { releaseId: id, name: 'Pilot', releaseState: 'TESTING' }, 'phase');
    const release = await world.read(id, PLAN);
    expect(release.skippedStates).toEqual(['BUILDING']);
    expect(names(release.phases)).toEqual(['Plan', 'Pilot', 'Install']);
  });

  test('of another kind goes the whole way', async () => {
    const { id } = await patch('grew up');
    await world.addTargets(id, desktop);
    const { version } = await world.read(id, 'version');
    await world.manager.run('releaseUpdate', { id, expectedVersion: version, kind: 'MAJOR' }, 'release');
    expect(names((await world.read(id, PLAN)).phases)).toEqual(['Plan', 'Build', 'Test', 'Install']);
  });

  test('that has passed a skipped step takes no target that asks for it', async () => {
    const { id } = await patch('too late');
    await world.addTargets(id, desktop);
    await world.addContent(id);
    await world.step('releaseStartPlanning', id);
    const { scope } = await world.tasks(id);
    await world.manager.run('taskSkip', { id: scope.id, reason: 'known' }, 'task');
    await world.step('releaseAccept', id, {}, world.owner);
    const errors = await expectRefused(world.manager, 'releaseAddCi', { id, role: 'TARGET', ciIds: [payroll] });
    expect(errors).toMatchObject([
      { code: 'RELEASE_NOT_OPEN_FOR_SCOPE', message: expect.stringContaining('payroll-1'), subject: { id: payroll } },
      { code: 'RELEASE_NOT_OPEN_FOR_SCOPE', message: expect.stringContaining('TESTING') },
    ]);
    const laptop = await world.ci('lap-3', { ciClass: 'LAPTOP', criticality: 'MEDIUM' });
    await world.addTargets(id, laptop);
    expect(await world.read(id, 'state acceptanceIsStale')).toEqual({ state: 'ACCEPTED', acceptanceIsStale: true });
  });

  const becomes = async (id: string, criticality: string) => {
    const { version } = await world.read(id, 'version');
    await world.configurationManager.run(
      'configurationItemUpdate',
      { id, expectedVersion: version, criticality },
      'configurationItem',
    );
    await app.jobs.runOnce();
  };

  test('gets back what it has left out when one of its targets becomes critical', async () => {
    const desk = await world.ci('desk-8', { ciClass: 'DESKTOP', criticality: 'LOW' });
    const { id } = await patch('promoted');
    await world.addTargets(id, desk);
    expect(await world.read(id, PLAN)).toMatchObject({ skippedStates: ['BUILDING', 'TESTING'] });
    await becomes(desk, 'CRITICAL');
    const release = await world.read(id, PLAN);
    expect(release).toMatchObject({
      skippedStates: [],
      plan: { forcedBy: [{ state: 'BUILDING', configurationItems: [{ name: 'desk-8' }] }, { state: 'TESTING' }] },
    });
    expect(names(release.phases)).toEqual(['Plan', 'Build', 'Test', 'Install']);
    await becomes(desk, 'LOW');
    expect((await world.read(id, PLAN)).skippedStates).toEqual(['BUILDING', 'TESTING']);
  });

  test('is put on hold when one of its targets becomes critical and it has passed the step already', async () => {
    const desk = await world.ci('desk-9', { ciClass: 'DESKTOP', criticality: 'LOW' });
    const { id } = await patch('promoted too late');
    await world.addTargets(id, desk);
    await world.addContent(id);
    await world.step('releaseStartPlanning', id);
    await world.manager.run('taskSkip', { id: (await world.tasks(id))['scope'].id, reason: 'known' }, 'task');
    await world.step('releaseAccept', id, {}, world.owner);
    const held =
      'state skippedStates onHold { reason by { name } } events(first: 20) { nodes { type actor { name } } }';
    const events = async () =>
      (await world.read(id, held)).events.nodes.filter(({ type }: { type: string }) => type === 'release.held');
    await becomes(desk, 'MEDIUM');
    expect((await world.read(id, held)).onHold).toBeNull();
    await becomes(desk, 'CRITICAL');
    expect(await world.read(id, held)).toMatchObject({
      state: 'ACCEPTED',
      skippedStates: ['BUILDING', 'TESTING'],
      onHold: { reason: expect.stringMatching(/desk-9.*TESTING/), by: null },
    });
    await app.relay();
    expect(await events()).toEqual([{ type: 'release.held', actor: { name: 'system' } }]);
    const times = { startsAt: on(5, 8), endsAt: on(5, 12) };
    expect(await refusalCodes(world.manager, 'releaseSchedule', { id, ...times })).toEqual([
      'APPROVAL_STALE',
      'RELEASE_ON_HOLD',
      'TEST_EVIDENCE_MISSING',
    ]);
    // Saying it again holds it no more than it is held; people may decide that it goes on.
    await becomes(desk, 'HIGH');
    expect(await events()).toHaveLength(1);
    await world.manager.run('releaseResume', { id, reason: 'Tested by hand last night.' }, 'release');
    // The owner accepted it for a target that counted for less.
    expect(await world.step('releaseAccept', id, {}, world.owner)).toBe('ACCEPTED');
    expect(await world.step('releaseSchedule', id, times)).toBe('SCHEDULED');
  });

  test('that goes from DRAFT into the schedule is judged by the calendar like any other', async () => {
    const plan = {
      ...patchPlan,
      skipRules: [{ states: ['PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED'], when: {} }],
      requires: { backOutPlan: false, testEvidence: false },
    };
    const { id } = await world.release('right now', {
      templateVersionId: (await world.template('Emergency', plan)).versionId,
    });
    await world.addTargets(id, desktop);
    await world.addContent(id);
    const freeze = { name: 'Freeze', kind: 'BLACKOUT', startsAt: on(20, 6), endsAt: on(20, 18), ciIds: [desktop] };
    await world.changeManager.run('scheduleWindowCreate', freeze, 'scheduleWindow');
    const during = { id, startsAt: on(20, 8), endsAt: on(20, 10) };
    expect(await refusalCodes(world.manager, 'releaseSchedule', during)).toEqual(['BLACKOUT']);
    const past = { id, startsAt: '2020-01-03T08:00:00Z', endsAt: '2020-01-03T10:00:00Z' };
    expect(await refusalCodes(world.manager, 'releaseSchedule', past)).toEqual(['SCHEDULE_PAST']);
    expect(await world.step('releaseSchedule', id, { startsAt: on(21, 8), endsAt: on(21, 10) })).toBe('SCHEDULED');
  });

  test('takes back a step that lies ahead, also past planning', async () => {
    const plan = {
      ...patchPlan,
      phases: [
        ...patchPlan.phases.slice(0, 3),
        { key: 'tell', name: 'Tell', releaseState: 'COMMUNICATED', tasks: [templateTask('mail')] },
      ],
      skipRules: [{ states: ['COMMUNICATED'], when: { maxCriticality: 'LOW' } }],
    };
    const { id } = await world.release('tell them', {
      templateVersionId: (await world.template('Tell', plan)).versionId,
    });
    await world.addTargets(id, desktop);
    await world.step('releaseStartPlanning', id);
    await world.manager.run('taskSkip', { id: (await world.tasks(id))['scope'].id, reason: 'known' }, 'task');
    await world.step('releaseStartBuilding', id);
    expect((await world.read(id, PLAN)).skippedStates).toEqual(['COMMUNICATED']);
    await world.addTargets(id, payroll);
    const release = await world.read(id, PLAN);
    expect(release).toMatchObject({ state: 'BUILDING', skippedStates: [] });
    expect(names(release.phases)).toEqual(['Plan', 'Build', 'Test', 'Tell']);
    // Once planning has ended, nothing is taken out again.
    await world.removeTargets(id, payroll);
    expect((await world.read(id, PLAN)).skippedStates).toEqual([]);
  });
});

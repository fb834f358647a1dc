import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { patchPlan, templateTask } from '../../support/plans.js';
import { refusalCodes } from '../../support/refusals.js';
import { TestClock } from '../../support/clock.js';
import { storyOf, type Story } from '../../support/story.js';

// "For example, the release template for an operating system security patch might skip through planning, building and
// testing, and flow directly to distribution and install if the target CI is a desktop. However if the target CI is a
// server supporting critical applications, the template would drive it through planning, testing, and scheduling to
// ensure the installation does not impact the applications running on that server at a critical time."

const STEPS = ['PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED', 'SCHEDULED', 'COMMUNICATED'];
const plan = {
  ...patchPlan,
  phases: [
    ...patchPlan.phases.slice(0, 3),
    { key: 'slot', name: 'Slot', releaseState: 'SCHEDULED', tasks: [templateTask('agree the hour')] },
  ].map((phase) => ({
    ...phase,
    tasks: phase.tasks.map((task) => ({ ...task, key: task.key.replaceAll(' ', '-'), mandatory: false })),
  })),
  skipRules: [
    {
      name: 'Desktops are patched at once',
      states: STEPS,
      when: { releaseKinds: ['PATCH'], ciClasses: ['DESKTOP'], maxCriticality: 'LOW' },
    },
    { name: 'Servers need no build', states: ['BUILDING'], when: { releaseKinds: ['PATCH'], ciClasses: ['SERVER'] } },
  ],
  requires: { backOutPlan: true, testEvidence: false },
};
const ANSWER =
  'state skippedStates phases { nodes { name } } plan { skippedBy { state rules } ' +
  'forcedBy { state targets { configurationItem { name } rules reason effectiveCriticality { forcedBy { name } } } } }';

const clock = new TestClock();
let app: TestApp;
let world: Story;
let versionId: string;
let desktop: string;
let server: string;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
  ({ versionId } = await world.template('Operating system security patch', plan));
  desktop = await world.ci('desk-1', { ciClass: 'DESKTOP', criticality: 'LOW' });
  // The server itself is of no importance; the application that runs on it is.
  server = await world.ci('srv-1', { criticality: 'LOW' });
  const payroll = await world.ci('Payroll', { ciClass: 'APPLICATION', criticality: 'CRITICAL' });
  const relation = { sourceId: payroll, kind: 'RUNS_ON', targetId: server };
  await world.configurationManager.run('configurationItemRelate', relation, 'ciRelation');
});
afterAll(async () => await app.end());

const patch = async (name: string, ...targets: string[]): Promise<string> => {
  const { id } = await world.release(name, { kind: 'PATCH', templateVersionId: versionId });
  await world.addTargets(id, ...targets);
  await world.addContent(id);
  return id;
};
const names = (connection: { nodes: { name: string }[] }) => connection.nodes.map(({ name }) => name);
const finish = async (id: string, name: string, client = world.manager) => {
  const { id: taskId } = (await world.tasks(id))[name];
  await client.run('taskStart', { id: taskId }, 'task');
  await client.run('taskComplete', { id: taskId, evidence: 'https://tests.example/1' }, 'task');
};
const forcedBySrv = {
  configurationItem: { name: 'srv-1' },
  effectiveCriticality: { forcedBy: { name: 'Payroll' } },
  rules: ['Desktops are patched at once'],
  reason:
    'Desktops are patched at once does not apply: its class is SERVER, not DESKTOP, and its criticality is CRITICAL ' +
    'because of Payroll, more than LOW.',
};
const strict = ['PLANNING', 'TESTING', 'ACCEPTED', 'SCHEDULED', 'COMMUNICATED'].map((state) => ({
  state,
  targets: [forcedBySrv],
}));

test('a desktop: through planning, building and testing, directly to distribution and install', async () => {
  const id = await patch('desktops', desktop);
  const answer = await world.read(id, ANSWER);
  expect(answer).toMatchObject({ state: 'DRAFT', skippedStates: STEPS, plan: { forcedBy: [] } });
  expect(answer.plan.skippedBy).toEqual(STEPS.map((state) => ({ state, rules: ['Desktops are patched at once'] })));
  expect(names(answer.phases)).toEqual([]);
  expect(await refusalCodes(world.manager, 'releaseStartPlanning', { id })).toEqual(['ILLEGAL_TRANSITION']);
  const distribution = await world.plan({ id, cis: { desktop } });
  await world.act('Schedule', distribution);
  await world.pass(62, 31_000);
  await world.passUntil(id, 'DEPLOYED', 300);
});

test('a server supporting a critical application: is driven through planning, testing and scheduling', async () => {
  const id = await patch('server', server);
  const answer = await world.read(id, ANSWER);
  expect(answer.skippedStates).toEqual(['BUILDING']);
  expect(answer.plan).toEqual({
    skippedBy: [{ state: 'BUILDING', rules: ['Servers need no build'] }],
    forcedBy: strict,
  });
  expect(names(answer.phases)).toEqual(['Plan', 'Test', 'Slot']);
  expect(await refusalCodes(world.manager, 'releaseStartTesting', { id })).toEqual(['ILLEGAL_TRANSITION']);
  expect(await world.step('releaseStartPlanning', id)).toBe('PLANNING');
  await finish(id, 'scope');
  expect(await refusalCodes(world.owner, 'releaseAccept', { id })).toEqual(['ILLEGAL_TRANSITION']);
  expect(await world.step('releaseStartTesting', id, {}, world.tester)).toBe('TESTING');
  await finish(id, 'regression', world.tester);
  expect(await world.step('releaseAccept', id, {}, world.owner)).toBe('ACCEPTED');
  const at = (hours: number) => new Date(clock.now().getTime() + hours * 3_600_000).toISOString();
  expect(await world.step('releaseSchedule', id, { startsAt: at(24), endsAt: at(28) })).toBe('SCHEDULED');
});

test('a release to both takes the strict path, and the answer says why', async () => {
  const id = await patch('both', desktop, server);
  const answer = await world.read(id, ANSWER);
  expect(answer.skippedStates).toEqual(['BUILDING']);
  expect(answer.plan.skippedBy).toEqual([
    { state: 'BUILDING', rules: ['Desktops are patched at once', 'Servers need no build'] },
  ]);
  expect(answer.plan.forcedBy).toEqual(strict);
  expect(names(answer.phases)).toEqual(['Plan', 'Test', 'Slot']);
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { patchPlan } from '../../support/plans.js';
import { expectRefused } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

// A template saved from a desktop release used to lose the phases that the release had skipped. A critical server made
// from it passed TESTING without a task.

let app: TestApp;
let world: Story;
let versionId: string;
let desktop: string;
let payroll: string;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
  ({ versionId } = await world.template('Security patch', patchPlan));
  desktop = await world.ci('desk-1', { ciClass: 'DESKTOP', criticality: 'LOW' });
  payroll = await world.ci('payroll-1', { criticality: 'CRITICAL' });
});
afterAll(async () => await app.end());

const patch = async (name: string, templateVersionId: string, ...targets: string[]): Promise<string> => {
  const { id } = await world.release(name, { kind: 'PATCH', templateVersionId });
  await world.addTargets(id, ...targets);
  return id;
};
const finish = async (id: string, name: string) => {
  const task = (await world.tasks(id))[name];
  await world.manager.run('taskStart', { id: task.id }, 'task');
  await world.manager.run('taskComplete', { id: task.id }, 'task');
};
const PLAN = 'phases { key tasks { key after startOffsetMinutes } } skipRules { states }';

test('a template saved from a desktop release keeps what that release skipped', async () => {
  const id = await patch('desktops', versionId, desktop);
  expect((await world.read(id, 'skippedStates')).skippedStates).toEqual(['BUILDING', 'TESTING']);
  const template = await world.manager.run(
    'releaseSaveAsTemplate',
    { releaseId: id, name: 'Patch again' },
    'releaseTemplate',
    `versions { nodes { id plan { ${PLAN} } } }`,
  );
  const [version] = template.versions.nodes;
  expect(version.plan).toMatchObject({
    phases: [
      { key: 'plan', tasks: [{ key: 'scope' }] },
      { key: 'build', tasks: [{ key: 'package', after: ['scope'], startOffsetMinutes: 60 }] },
      { key: 'test', tasks: [{ key: 'regression', after: ['package'], startOffsetMinutes: 180 }] },
      { key: 'install', tasks: [{ key: 'watch', startOffsetMinutes: 420 }] },
    ],
    skipRules: [{ states: ['BUILDING', 'TESTING'] }],
  });
  expect(version.plan.phases[3].tasks[0].after).toContain('regression');
  await world.secondManager.run('releaseTemplateVersionPublish', { id: version.id }, 'releaseTemplateVersion');
  const critical = await patch('payroll', version.id, payroll);
  expect(Object.keys(await world.tasks(critical))).toEqual(['scope', 'package', 'regression', 'watch']);
});

test('a phase that the template fills and the release emptied is refused, also in the offer', async () => {
  const id = await patch('emptied', versionId, payroll);
  const remove = async (name: string) =>
    await world.manager.run('taskRemove', { id: (await world.tasks(id))[name].id, reason: 'not needed' }, 'release');
  await remove('package');
  await world.step('releaseStartPlanning', id);
  await finish(id, 'scope');
  await world.step('releaseStartBuilding', id);
  const refusal = [
    {
      code: 'PHASE_EMPTY',
      message:
        'The template has tasks for BUILDING, and the release has none. ' +
        'Add the tasks that BUILDING needs to its plan.',
      resolvableBy: ['RELEASE_MANAGER'],
    },
  ];
  expect(await expectRefused(world.manager, 'releaseStartTesting', { id })).toMatchObject(refusal);
  const { availableCommands } = await world.read(id, 'availableCommands { command allowed blockers { code message } }');
  expect(availableCommands.find(({ command }: { command: string }) => command === 'releaseStartTesting')).toMatchObject(
    {
      allowed: false,
      blockers: [{ code: 'PHASE_EMPTY' }],
    },
  );
  const { phases } = await world.read(id, 'phases { nodes { id name } }');
  const build = phases.nodes.find(({ name }: { name: string }) => name === 'Build');
  await world.manager.run('taskAdd', { phaseId: build.id, name: 'Build by hand' }, 'task');
  await finish(id, 'Build by hand');
  expect(await world.step('releaseStartTesting', id)).toBe('TESTING');
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { templateTask } from '../../support/plans.js';
import { expectRefused } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

// A LOW server on which CRITICAL Payroll runs used to skip testing, because its own criticality alone was read.

const phase = (key: string, releaseState: string, ...tasks: object[]) => ({ key, name: key, releaseState, tasks });
const plan = {
  phases: [
    phase('plan', 'PLANNING', templateTask('scope')),
    phase('test', 'TESTING', templateTask('regression', { kind: 'TEST', role: 'TEST_MANAGER' })),
  ],
  skipRules: [{ name: 'Harmless targets', states: ['BUILDING', 'TESTING'], when: { maxCriticality: 'MEDIUM' } }],
  requires: { backOutPlan: false, testEvidence: false },
};
const PLAN =
  'state skippedStates onHold { reason } plan { skippedBy { state rules } forcedBy { state count targets { ' +
  'rules reason configurationItem { name } effectiveCriticality { criticality forcedBy { name } path { name } } } } }';
const EFFECTIVE = 'effectiveCriticality { criticality forcedBy { name } path { name } }';

let app: TestApp;
let world: Story;
let versionId: string;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
  ({ versionId } = await world.template('By criticality', plan));
});
afterAll(async () => await app.end());

const relate = async (sourceId: string, kind: string, targetId: string): Promise<string> =>
  (await world.configurationManager.run('configurationItemRelate', { sourceId, kind, targetId }, 'ciRelation', 'id'))
    .id;
const rated = async (name: string, criticality: string, ciClass = 'SERVER') =>
  await world.ci(name, { criticality, ciClass });
const rate = async (id: string, criticality: string) => {
  const { version } = await world.read(id, 'version');
  const input = { id, expectedVersion: version, criticality };
  await world.configurationManager.run('configurationItemUpdate', input, 'configurationItem');
};
const releaseTo = async (name: string, ...ciIds: string[]): Promise<string> => {
  const { id } = await world.release(name, { templateVersionId: versionId });
  await world.addTargets(id, ...ciIds);
  return id;
};
const skippedOf = async (id: string) => {
  await app.jobs.runOnce();
  return (await world.read(id, 'skippedStates')).skippedStates;
};
const BOTH = ['BUILDING', 'TESTING'];

/** A LOW server, an application on it, and the service that depends on the application. */
async function estate(name: string, serviceCriticality = 'CRITICAL') {
  const server = await rated(`${name}-server`, 'LOW');
  const application = await rated(`${name}-app`, 'MEDIUM', 'APPLICATION');
  const service = await rated(`${name}`, serviceCriticality, 'BUSINESS_SERVICE');
  await relate(application, 'RUNS_ON', server);
  const dependency = await relate(service, 'DEPENDS_ON', application);
  return { server, application, service, dependency };
}

describe('a LOW server on which something CRITICAL runs', () => {
  test('is not accepted without evidence of a test, with or without a template', async () => {
    const { server } = await estate('Untested');
    const { id } = await world.release('Untested patch');
    await world.addTargets(id, server);
    await world.addContent(id);
    await world.startTesting(id);
    const { testEvidence } = (await world.read(id, 'plan { requires { testEvidence } }')).plan.requires;
    expect(testEvidence).toBe(true);
    expect(await expectRefused(world.owner, 'releaseAccept', { id })).toMatchObject([
      { code: 'TEST_EVIDENCE_MISSING', subject: { id: server } },
    ]);
  });

  test('is tested, and the answer names the target, the item that forces it, the way and the rule', async () => {
    const { server } = await estate('Payroll');
    const id = await releaseTo('Payroll patch', server);
    const { skippedStates, plan: answer } = await world.read(id, PLAN);
    expect(skippedStates).toEqual([]);
    expect(answer.skippedBy).toEqual([]);
    const why = {
      rules: ['Harmless targets'],
      reason: 'Harmless targets does not apply: its criticality is CRITICAL because of Payroll, more than MEDIUM.',
      configurationItem: { name: 'Payroll-server' },
      effectiveCriticality: {
        criticality: 'CRITICAL',
        forcedBy: { name: 'Payroll' },
        path: [{ name: 'Payroll-server' }, { name: 'Payroll-app' }, { name: 'Payroll' }],
      },
    };
    expect(answer.forcedBy).toEqual([
      { state: 'BUILDING', count: 1, targets: [why] },
      { state: 'TESTING', count: 1, targets: [why] },
    ]);
  });

  test('has its effective criticality beside its own, as everything on the way does', async () => {
    const { server, application, service } = await estate('Wages');
    expect(await world.read(server, `criticality ${EFFECTIVE}`)).toEqual({
      criticality: 'LOW',
      effectiveCriticality: {
        criticality: 'CRITICAL',
        forcedBy: { name: 'Wages' },
        path: [{ name: 'Wages-server' }, { name: 'Wages-app' }, { name: 'Wages' }],
      },
    });
    expect((await world.read(application, EFFECTIVE)).effectiveCriticality.criticality).toBe('CRITICAL');
    // What a service depends on does not make the service count for more.
    const own = { criticality: 'CRITICAL', forcedBy: { name: 'Wages' }, path: [{ name: 'Wages' }] };
    expect((await world.read(service, EFFECTIVE)).effectiveCriticality).toEqual(own);
  });

  test('cannot be delivered to without the approval of a second person', async () => {
    const { server } = await estate('Bonus');
    const release = await world.ready([], { cis: { server } });
    const { approvalRequired } = await world.read(
      await world.plan(release, { approvalRequired: false }),
      'approvalRequired',
    );
    expect(approvalRequired).toBe(true);
  });
});

describe('a release follows the graph', () => {
  test('when a relation is made and removed again', async () => {
    const server = await rated('plain-server', 'LOW');
    const id = await releaseTo('plain', server);
    expect(await skippedOf(id)).toEqual(BOTH);
    expect((await world.read(id, PLAN)).plan.skippedBy).toEqual([
      { state: 'BUILDING', rules: ['Harmless targets'] },
      { state: 'TESTING', rules: ['Harmless targets'] },
    ]);
    const till = await rated('Tills', 'CRITICAL', 'BUSINESS_SERVICE');
    const relation = await relate(till, 'DEPENDS_ON', server);
    expect(await skippedOf(id)).toEqual([]);
    await world.configurationManager.run('configurationItemUnrelate', { id: relation }, 'configurationItem');
    expect(await skippedOf(id)).toEqual(BOTH);
  });

  test('when something far above becomes critical, and less so', async () => {
    const { server, service } = await estate('Intranet', 'LOW');
    const id = await releaseTo('intranet', server);
    expect(await skippedOf(id)).toEqual(BOTH);
    await rate(service, 'HIGH');
    expect(await skippedOf(id)).toEqual([]);
    await rate(service, 'MEDIUM');
    expect(await skippedOf(id)).toEqual(BOTH);
  });

  test('when what forced it is retired, and when what led to it is', async () => {
    const first = await estate('Old payroll');
    const second = await estate('Older payroll');
    const id = await releaseTo('retiring', first.server, second.server);
    expect(await skippedOf(id)).toEqual([]);
    await world.configurationManager.run('configurationItemRetire', { id: first.service }, 'configurationItem');
    expect(await skippedOf(id)).toEqual([]);
    await world.configurationManager.run('configurationItemRetire', { id: second.application }, 'configurationItem');
    expect(await skippedOf(id)).toEqual(BOTH);
  });

  test('but one that has passed the step is put on hold, with the reason', async () => {
    const server = await rated('late-server', 'LOW');
    const id = await releaseTo('too late', server);
    await world.addContent(id);
    await world.step('releaseStartPlanning', id);
    await world.manager.run('taskSkip', { id: (await world.tasks(id))['scope'].id, reason: 'known' }, 'task');
    expect(await world.step('releaseAccept', id, {}, world.owner)).toBe('ACCEPTED');
    const service = await rated('Late payroll', 'CRITICAL', 'BUSINESS_SERVICE');
    await relate(service, 'DEPENDS_ON', server);
    expect(await skippedOf(id)).toEqual(BOTH);
    const held = await world.read(id, PLAN);
    expect(held.onHold.reason).toMatch(/late-server.*TESTING.*Harmless targets.*CRITICAL because of Late payroll/);
    // A further target of this kind is refused, and the way to what forces it is told.
    const twin = await rated('twin-server', 'LOW');
    await relate(service, 'DEPENDS_ON', twin);
    const [refusal] = await expectRefused(world.manager, 'releaseAddCi', { id, role: 'TARGET', ciIds: [twin] });
    expect(refusal).toMatchObject({
      code: 'RELEASE_NOT_OPEN_FOR_SCOPE',
      message: expect.stringContaining('Late payroll'),
    });
  });
});

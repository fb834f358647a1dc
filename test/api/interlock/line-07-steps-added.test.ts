import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { templateTask } from '../../support/plans.js';
import { expectRefused, refusalCodes } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

// The rules of a template could only leave steps out. What a critical target needs on top was left to memory.

const phase = (key: string, releaseState: string, ...tasks: object[]) => ({ key, name: key, releaseState, tasks });
const critical = (releaseState: string, ...tasks: object[]) => ({
  name: 'Critical targets',
  when: { minCriticality: 'CRITICAL' },
  releaseState,
  tasks,
});
const rehearse = templateTask('rehearse', {
  name: 'Rehearse the failover',
  mandatory: true,
  after: ['scope'],
  startOffsetMinutes: 60,
  durationMinutes: 30,
});
const plan = {
  phases: [
    phase('plan', 'PLANNING', templateTask('scope', { durationMinutes: 60 })),
    phase('ship', 'DISTRIBUTING', templateTask('watch', { after: ['scope'], startOffsetMinutes: 120 })),
  ],
  skipRules: [{ name: 'Anything', states: ['BUILDING', 'TESTING'], when: {} }],
  addRules: [critical('TESTING', rehearse)],
  requires: { backOutPlan: false, testEvidence: false },
};
const ADDED =
  'skippedStates plan { addedBy { rule state applies reason count task { name state mandatory } targets { rules ' +
  'reason configurationItem { name } effectiveCriticality { criticality forcedBy { name } path { name } } } } ' +
  'forcedBy { state targets { rules reason } } }';

let app: TestApp;
let world: Story;
let templateId: string;
let versionId: string;
let desktop: string;
let server: string;
let payroll: string;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
  ({ id: templateId, versionId } = await world.template('With additions', plan));
  desktop = await world.ci('desk-1', { ciClass: 'DESKTOP', criticality: 'LOW' });
  server = await world.ci('pay-server', { criticality: 'LOW' });
  payroll = await world.ci('Payroll', { criticality: 'CRITICAL', ciClass: 'BUSINESS_SERVICE' });
  const relation = { sourceId: payroll, kind: 'DEPENDS_ON', targetId: server };
  await world.configurationManager.run('configurationItemRelate', relation, 'ciRelation');
});
afterAll(async () => await app.end());

const releaseTo = async (name: string, templateVersionId: string, ...ciIds: string[]): Promise<string> => {
  const { id } = await world.release(name, { templateVersionId });
  await world.addTargets(id, ...ciIds);
  return id;
};
const taskNames = async (id: string) => Object.keys(await world.tasks(id));
const idOf = async (id: string, name: string): Promise<string> => (await world.tasks(id))[name].id;
const rate = async (id: string, criticality: string) => {
  const { version } = await world.read(id, 'version');
  const input = { id, expectedVersion: version, criticality };
  await world.configurationManager.run('configurationItemUpdate', input, 'configurationItem');
  await app.jobs.runOnce();
};
const lastReplan = async (id: string) => {
  const { events } = await world.read(id, 'events(first: 50) { nodes { type data } }');
  return events.nodes.filter(({ type }: { type: string }) => type === 'release.replanned')[0]?.data;
};
const waive = async (releaseId: string, subjectId: string) => {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const input = { releaseId, code: 'WAIVER_REQUIRED', subjectId, reason: 'Rehearsed yesterday.', expiresAt };
  await world.owner.run('waiverGrant', input, 'waiver');
};

describe('a rule that adds a task', () => {
  test('leaves a release to desktops as it is', async () => {
    const id = await releaseTo('desktops', versionId, desktop);
    expect(await taskNames(id)).toEqual(['scope', 'watch']);
    expect(await world.read(id, ADDED)).toEqual({
      skippedStates: ['BUILDING', 'TESTING'],
      plan: { addedBy: [], forcedBy: [] },
    });
  });

  test('adds it for a server under Payroll, keeps its state, and says why; it goes with the server', async () => {
    const id = await releaseTo('payroll', versionId, desktop);
    await world.addTargets(id, server);
    expect(await taskNames(id)).toEqual(['scope', 'Rehearse the failover', 'watch']);
    const reason = 'Critical targets applies: its criticality is CRITICAL because of Payroll, at least CRITICAL.';
    const answer = await world.read(id, ADDED);
    expect(answer.skippedStates).toEqual(['BUILDING']);
    expect(answer.plan.forcedBy).toEqual([{ state: 'TESTING', targets: [{ rules: ['Critical targets'], reason }] }]);
    expect(answer.plan.addedBy).toEqual([
      {
        rule: 'Critical targets',
        state: 'TESTING',
        applies: true,
        reason,
        count: 1,
        task: { name: 'Rehearse the failover', state: 'PLANNED', mandatory: true },
        targets: [
          {
            rules: ['Critical targets'],
            reason,
            configurationItem: { name: 'pay-server' },
            effectiveCriticality: {
              criticality: 'CRITICAL',
              forcedBy: { name: 'Payroll' },
              path: [{ name: 'pay-server' }, { name: 'Payroll' }],
            },
          },
        ],
      },
    ]);
    const { phases } = await world.read(id, 'phases { nodes { name releaseState tasks { nodes { name } } } }');
    expect(phases.nodes[1]).toEqual({
      name: 'Critical targets',
      releaseState: 'TESTING',
      tasks: { nodes: [{ name: 'Rehearse the failover' }] },
    });
    expect(await lastReplan(id)).toMatchObject({
      restored: ['TESTING'],
      added: [
        { task: 'Rehearse the failover', rule: 'Critical targets', name: 'pay-server', because: 'Payroll', reason },
      ],
      removed: [],
    });
    await world.removeTargets(id, server);
    expect(await taskNames(id)).toEqual(['scope', 'watch']);
    expect((await world.read(id, 'phases { totalCount }')).phases.totalCount).toBe(2);
    expect(await world.read(id, ADDED)).toMatchObject({
      skippedStates: ['BUILDING', 'TESTING'],
      plan: { addedBy: [] },
    });
    expect(await lastReplan(id)).toMatchObject({
      added: [],
      dropped: ['TESTING'],
      removed: ['Rehearse the failover'],
    });
  });

  test('adds it to the phase of its state, and follows the criticality of what depends on a target', async () => {
    const { versionId: other } = await world.template('Additions to planning', {
      ...plan,
      addRules: [critical('PLANNING', rehearse)],
    });
    const till = await world.ci('till', { criticality: 'LOW' });
    const tills = await world.ci('Tills', { criticality: 'LOW', ciClass: 'BUSINESS_SERVICE' });
    const relation = { sourceId: tills, kind: 'DEPENDS_ON', targetId: till };
    await world.configurationManager.run('configurationItemRelate', relation, 'ciRelation');
    const id = await releaseTo('tills', other, till);
    expect(await taskNames(id)).toEqual(['scope', 'watch']);
    await rate(tills, 'CRITICAL');
    expect(await taskNames(id)).toEqual(['scope', 'Rehearse the failover', 'watch']);
    const task = await idOf(id, 'Rehearse the failover');
    expect(await world.read(task, 'phase { name } predecessors { nodes { name } }')).toEqual({
      phase: { name: 'plan' },
      predecessors: { nodes: [{ name: 'scope' }] },
    });
    await rate(tills, 'LOW');
    expect(await taskNames(id)).toEqual(['scope', 'watch']);
  });

  test('leaves a task that was started, without the target that asked for it', async () => {
    const { versionId: other } = await world.template('Additions at once', {
      ...plan,
      addRules: [critical('PLANNING', { ...rehearse, after: [] })],
    });
    const id = await releaseTo('started', other, desktop, server);
    await world.step('releaseStartPlanning', id);
    await world.manager.run('taskStart', { id: await idOf(id, 'Rehearse the failover') }, 'task');
    await world.removeTargets(id, server);
    expect((await world.tasks(id))['Rehearse the failover'].state).toBe('IN_PROGRESS');
    expect((await world.read(id, ADDED)).plan.addedBy).toMatchObject([
      { applies: false, count: 0, targets: [], task: { state: 'IN_PROGRESS' } },
    ]);
    await world.addTargets(id, server);
    expect(await taskNames(id)).toEqual(['scope', 'Rehearse the failover', 'watch']);
  });
});

describe('nobody gets around it', () => {
  test('a planner removes the added task only with a waiver of the owner, and then it stays away', async () => {
    const id = await releaseTo('around', versionId, desktop, server);
    const task = await idOf(id, 'Rehearse the failover');
    expect(await refusalCodes(world.manager, 'taskRemove', { id: task, reason: 'too much work' })).toEqual([
      'WAIVER_REQUIRED',
    ]);
    const phases = (await world.read(id, 'phases { nodes { id releaseState } }')).phases.nodes;
    const testing = phases.find(({ releaseState }: { releaseState: string }) => releaseState === 'TESTING');
    expect(await refusalCodes(world.manager, 'phaseRemove', { id: testing.id })).toEqual(['WAIVER_REQUIRED']);
    // A target less and a target more bring back what was there.
    await world.removeTargets(id, server);
    await world.addTargets(id, server);
    const again = await idOf(id, 'Rehearse the failover');
    await waive(id, again);
    await world.manager.run('taskRemove', { id: again, reason: 'waived' }, 'release');
    await world.addTargets(id, await world.ci('another desk', { ciClass: 'DESKTOP', criticality: 'LOW' }));
    expect(await taskNames(id)).toEqual(['scope', 'watch']);
    expect((await world.read(id, 'skippedStates')).skippedStates).toEqual(['BUILDING']);
  });

  test('a release that has passed the step takes no target that asks for it, and is held if one comes to', async () => {
    const plain = await world.ci('plain', { criticality: 'LOW' });
    const { versionId: other } = await world.template('Early additions', {
      ...plan,
      addRules: [critical('PLANNING', rehearse)],
    });
    const id = await releaseTo('late', other, plain);
    await world.addContent(id);
    await world.step('releaseStartPlanning', id);
    await world.manager.run('taskSkip', { id: await idOf(id, 'scope'), reason: 'known' }, 'task');
    await world.step('releaseAccept', id, {}, world.owner);
    const [refusal] = await expectRefused(world.manager, 'releaseAddCi', { id, role: 'TARGET', ciIds: [server] });
    expect(refusal).toMatchObject({
      code: 'RELEASE_NOT_OPEN_FOR_SCOPE',
      subject: { id: server },
      message: expect.stringMatching(/pay-server cannot do without "Rehearse the failover" in PLANNING.*Payroll/),
    });
    await rate(plain, 'CRITICAL');
    const { onHold } = await world.read(id, 'onHold { reason }');
    expect(onHold.reason).toMatch(/plain cannot do without "Rehearse the failover"/);
  });
});

describe('the rule is part of the template', () => {
  const RULES =
    'plan { phases { key tasks { key } } addRules { name when { minCriticality ciClasses } releaseState ' +
    'tasks { key after mandatory startOffsetMinutes } } }';

  test('also of one that is saved from a release, without its task among the phases', async () => {
    const id = await releaseTo('saved', versionId, desktop, server);
    const saved = await world.manager.run(
      'releaseSaveAsTemplate',
      { releaseId: id, name: 'Saved' },
      'releaseTemplate',
      `versions { nodes { id ${RULES} } }`,
    );
    const [version] = saved.versions.nodes;
    expect(version.plan).toEqual({
      phases: [
        { key: 'plan', tasks: [{ key: 'scope' }] },
        { key: 'ship', tasks: [{ key: 'watch' }] },
      ],
      addRules: [
        {
          name: 'Critical targets',
          when: { minCriticality: 'CRITICAL', ciClasses: null },
          releaseState: 'TESTING',
          tasks: [{ key: 'rehearse', after: ['scope'], mandatory: true, startOffsetMinutes: 60 }],
        },
      ],
    });
    await world.secondManager.run('releaseTemplateVersionPublish', { id: version.id }, 'releaseTemplateVersion');
    expect(await taskNames(await releaseTo('from saved', version.id, desktop))).toEqual(['scope', 'watch']);
    expect(await taskNames(await releaseTo('from saved too', version.id, server))).toContain('Rehearse the failover');
  });

  test('and its faults are named; a plan from before it has none', async () => {
    const faulty = [
      { when: { ciClasses: [] }, releaseState: 'CLOSED', tasks: [] },
      { releaseState: 'TESTING', tasks: [templateTask('scope'), templateTask('b', { after: ['nobody'] })] },
    ];
    const input = { name: 'Faulty', plan: { ...plan, addRules: faulty } };
    const refusal = await expectRefused(world.manager, 'releaseTemplateCreate', input);
    expect(refusal.map(({ path }) => path?.join('.')).sort()).toEqual([
      'plan.addRules.0.releaseState',
      'plan.addRules.0.tasks',
      'plan.addRules.0.when.ciClasses',
      'plan.addRules.1.tasks.0.key',
      'plan.addRules.1.tasks.1.after.0',
    ]);
    const { addRules: _, ...before } = plan;
    const revise = { id: templateId, plan: before };
    const { plan: stored } = await world.manager.run(
      'releaseTemplateRevise',
      revise,
      'releaseTemplateVersion',
      'plan { addRules { name } }',
    );
    expect(stored.addRules).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { on, patchPlan, templateTask } from '../../support/plans.js';
import { expectRefused, refusalCodes, rejectionCode } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
});
afterAll(async () => await app.end());

const PLAN = `plan {
  phases {
    key name releaseState
    tasks { key name description kind role mandatory after startOffsetMinutes durationMinutes }
  }
  skipRules { states when { releaseKinds packagings ciClasses maxCriticality } }
  requires { backOutPlan testEvidence }
}`;

const PLANNED = `templateVersion { revision }
  tasks {
    nodes { name templateKey role plannedStart plannedEnd phase { name } predecessors { nodes { name } } }
  }`;

const draft = async (name: string, plan: object = patchPlan) => {
  const template = await world.manager.run(
    'releaseTemplateCreate',
    { name, plan },
    'releaseTemplate',
    `id number versions { nodes { id revision state version author { name } ${PLAN} } }`,
  );
  return { template, version: template.versions.nodes[0] };
};

describe('release templates', () => {
  test('are made as a draft with a typed plan', async () => {
    const { template, version } = await draft('typed');
    expect(template.number).toMatch(/^TPL-\d+$/);
    expect(version).toMatchObject({ revision: 1, state: 'DRAFT', author: { name: 'mona' } });
    expect(version.plan.phases[2].tasks[0]).toEqual({
      key: 'regression',
      name: 'regression',
      description: '',
      kind: 'TEST',
      role: 'TEST_MANAGER',
      mandatory: true,
      after: ['package'],
      startOffsetMinutes: 180,
      durationMinutes: 240,
    });
    expect(version.plan.skipRules).toEqual([
      {
        states: ['BUILDING', 'TESTING'],
        when: { releaseKinds: ['PATCH'], packagings: null, ciClasses: ['DESKTOP', 'LAPTOP'], maxCriticality: 'MEDIUM' },
      },
    ]);
  });

  test('with a plan that contradicts itself are refused with every problem and its path', async () => {
    const plan = {
      phases: [
        {
          key: 'a',
          name: 'A',
          releaseState: 'TESTING',
          tasks: [
            templateTask('one', { after: ['two'] }),
            templateTask('two', { after: ['one', 'ghost'], startOffsetMinutes: -1 }),
          ],
        },
        { key: 'a', name: 'B', releaseState: 'BUILDING', tasks: [] },
      ],
      skipRules: [{ states: ['DISTRIBUTING'], when: {} }],
    };
    const errors = await expectRefused(world.manager, 'releaseTemplateCreate', { name: 'wrong', plan });
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['PLAN_INVALID']));
    expect(errors.map(({ path }) => path?.join('.')).sort()).toEqual([
      'plan.phases',
      'plan.phases.0.tasks.1.after.1',
      'plan.phases.0.tasks.1.startOffsetMinutes',
      'plan.phases.0.tasks.1.startOffsetMinutes',
      'plan.phases.1.key',
      'plan.phases.1.releaseState',
      'plan.skipRules.0.states.0',
    ]);
    expect(errors.find(({ path }) => path?.join('.') === 'plan.phases')?.message).toContain('one after two after one');
  });

  test('are published by somebody else than their author, who is told so beforehand', async () => {
    const { version } = await draft('four eyes');
    expect(await refusalCodes(world.manager, 'releaseTemplateVersionPublish', { id: version.id })).toEqual([
      'SELF_APPROVAL',
    ]);
    const commands = async (client = world.manager) =>
      (
        await client.ok(
          `query($id: ID!) {
            node(id: $id) { ... on ReleaseTemplateVersion { availableCommands { command allowed } } }
          }`,
          { id: version.id },
        )
      ).node.availableCommands;
    expect(await commands()).toEqual([
      { command: 'releaseTemplateVersionPublish', allowed: false },
      { command: 'releaseTemplateVersionRetire', allowed: true },
      { command: 'releaseTemplateVersionUpdate', allowed: true },
    ]);
    expect((await commands(world.secondManager))[0].allowed).toBe(true);
    const published = await world.secondManager.run(
      'releaseTemplateVersionPublish',
      { id: version.id, expectedVersion: version.version },
      'releaseTemplateVersion',
      'state publishedBy { name } publishedAt',
    );
    expect(published).toMatchObject({
      state: 'PUBLISHED',
      publishedBy: { name: 'mark' },
      publishedAt: expect.any(String),
    });
  });

  test('cannot be published by who rewrote the draft of another', async () => {
    const { version } = await draft('rewritten');
    await world.secondManager.run(
      'releaseTemplateVersionUpdate',
      { id: version.id, expectedVersion: 1, plan: { ...patchPlan, skipRules: [] } },
      'releaseTemplateVersion',
    );
    expect(await refusalCodes(world.secondManager, 'releaseTemplateVersionPublish', { id: version.id })).toEqual([
      'SELF_APPROVAL',
    ]);
    expect(
      await rejectionCode(world.manager, 'releaseTemplateVersionUpdate', {
        id: version.id,
        expectedVersion: 1,
        plan: patchPlan,
      }),
    ).toBe('CONFLICT');
  });

  test('have one published revision: the next one retires it, and a published plan is fixed', async () => {
    const { id, versionId } = await world.template('revised');
    expect(
      await refusalCodes(world.manager, 'releaseTemplateVersionUpdate', {
        id: versionId,
        expectedVersion: 2,
        plan: patchPlan,
      }),
    ).toEqual(['ILLEGAL_TRANSITION']);
    const second = await world.secondManager.run(
      'releaseTemplateRevise',
      { id },
      'releaseTemplateVersion',
      `id revision state ${PLAN}`,
    );
    expect(second).toMatchObject({ revision: 2, state: 'DRAFT', plan: { requires: { testEvidence: true } } });
    await world.manager.run('releaseTemplateVersionPublish', { id: second.id }, 'releaseTemplateVersion');
    const { node } = await world.manager.ok(
      `query($id: ID!) {
        node(id: $id) {
          ... on ReleaseTemplate { publishedVersion { revision } versions { nodes { revision state } } }
        }
      }`,
      { id },
    );
    expect(node).toEqual({
      publishedVersion: { revision: 2 },
      versions: {
        nodes: [
          { revision: 2, state: 'PUBLISHED' },
          { revision: 1, state: 'RETIRED' },
        ],
      },
    });
  });

  test('are listed, those that can be used by a filter', async () => {
    await world.template('listed-b');
    await draft('listed-a');
    const list = async (filter: string) =>
      (
        await world.owner.ok(
          `{
            releaseTemplates(filter: { name: { startsWith: "listed-" } ${filter} }, orderBy: [{ field: NAME }]) {
              totalCount nodes { name }
            }
          }`,
        )
      ).releaseTemplates;
    expect(await list('')).toEqual({ totalCount: 2, nodes: [{ name: 'listed-a' }, { name: 'listed-b' }] });
    expect((await list('published: true')).nodes).toEqual([{ name: 'listed-b' }]);
  });

  test('are not made from a draft or a retired revision, nor by who may only read', async () => {
    const { version } = await draft('unpublished');
    const input = { name: 'early', ownerId: world.owner.personId, templateVersionId: version.id };
    expect(await expectRefused(world.manager, 'releaseCreate', input)).toMatchObject([
      { code: 'ILLEGAL_TRANSITION', path: ['templateVersionId'], subject: { id: version.id } },
    ]);
    const { versionId } = await world.template('retired');
    await world.owner.run(
      'releaseTemplateVersionRetire',
      { id: versionId, reason: 'outdated' },
      'releaseTemplateVersion',
    );
    expect(await refusalCodes(world.manager, 'releaseCreate', { ...input, templateVersionId: versionId })).toEqual([
      'ILLEGAL_TRANSITION',
    ]);
    expect(await rejectionCode(world.auditor, 'releaseTemplateCreate', { name: 'x', plan: patchPlan })).toBe(
      'FORBIDDEN',
    );
  });
});

describe('a release made from a template', () => {
  test('has dated tasks in the order of the plan and stays with its revision', async () => {
    const { id, versionId } = await world.template('pinned');
    const release = await world.release('pinned one', { templateVersionId: versionId, planStart: on(4, 8) });
    const before = await world.read(release.id, PLANNED);
    expect(before.tasks.nodes).toEqual([
      {
        name: 'scope',
        templateKey: 'scope',
        role: 'RELEASE_MANAGER',
        plannedStart: on(4, 8),
        plannedEnd: on(4, 9),
        phase: { name: 'Plan' },
        predecessors: { nodes: [] },
      },
      {
        name: 'package',
        templateKey: 'package',
        role: 'RELEASE_MANAGER',
        plannedStart: on(4, 9),
        plannedEnd: on(4, 11),
        phase: { name: 'Build' },
        predecessors: { nodes: [{ name: 'scope' }] },
      },
      {
        name: 'regression',
        templateKey: 'regression',
        role: 'TEST_MANAGER',
        plannedStart: on(4, 11),
        plannedEnd: on(4, 15),
        phase: { name: 'Test' },
        predecessors: { nodes: [{ name: 'package' }] },
      },
      {
        name: 'watch',
        templateKey: 'watch',
        role: 'DEPLOYMENT_OPERATOR',
        plannedStart: on(4, 15),
        plannedEnd: on(4, 16),
        phase: { name: 'Install' },
        predecessors: { nodes: [{ name: 'regression' }] },
      },
    ]);
    const plan = { phases: [{ key: 'only', name: 'Only', releaseState: 'PLANNING', tasks: [templateTask('other')] }] };
    const next = await world.manager.run('releaseTemplateRevise', { id, plan }, 'releaseTemplateVersion');
    await world.secondManager.run('releaseTemplateVersionPublish', { id: next.id }, 'releaseTemplateVersion');
    expect(await world.read(release.id, PLANNED)).toEqual(before);
    expect(before.templateVersion.revision).toBe(1);
  });

  test('moves its unstarted tasks along when the plan starts at another time', async () => {
    const { versionId } = await world.template('moved');
    const release = await world.release('moved one', { templateVersionId: versionId, planStart: on(4, 8) });
    await world.manager.run(
      'releaseUpdate',
      { id: release.id, expectedVersion: release.version, planStart: on(6, 8) },
      'release',
    );
    expect((await world.tasks(release.id, 'plannedStart'))['package'].plannedStart).toBe(on(6, 9));
  });

  test('saved as a template gets roles for people and offsets for dates; its copies have the same plan', async () => {
    const { versionId } = await world.template('origin');
    const { id } = await world.release('customised', { templateVersionId: versionId, planStart: on(4, 8) });
    const { phases } = await world.read(id, 'phases { nodes { id } }');
    const tasks = await world.tasks(id);
    await world.manager.run(
      'taskAdd',
      {
        phaseId: phases.nodes[0].id,
        name: 'Book the room',
        assigneeId: world.tester.personId,
        plannedStart: on(4, 9),
        plannedEnd: on(4, 10),
        predecessorIds: [tasks['scope'].id],
      },
      'task',
    );
    const saved = await world.manager.run(
      'releaseSaveAsTemplate',
      { releaseId: id, name: 'saved' },
      'releaseTemplate',
      `id versions { nodes { id state ${PLAN} } }`,
    );
    const [version] = saved.versions.nodes;
    expect(version).toMatchObject({
      state: 'DRAFT',
      plan: { requires: patchPlan.requires, skipRules: [{ states: ['BUILDING', 'TESTING'] }] },
    });
    expect(version.plan.phases[0].tasks[1]).toMatchObject({
      key: 'book-the-room',
      role: 'TEST_MANAGER',
      after: ['scope'],
      startOffsetMinutes: 60,
      durationMinutes: 60,
    });
    await world.owner.run('releaseTemplateVersionPublish', { id: version.id }, 'releaseTemplateVersion');
    const copy = await world.release('copy', { templateVersionId: version.id, planStart: on(5, 8) });
    const selection = `phases {
        nodes { name releaseState tasks { nodes { name role kind mandatory predecessors { nodes { name } } } } }
      }`;
    const [first, second] = [await world.read(id, selection), await world.read(copy.id, selection)];
    // Whom a task was assigned to by person, the copy asks for by role.
    first.phases.nodes[0].tasks.nodes[1].role = 'TEST_MANAGER';
    expect(second).toEqual(first);
    expect((await world.tasks(copy.id, 'plannedStart assignee { name }'))['Book the room']).toMatchObject({
      plannedStart: on(5, 9),
      assignee: null,
    });
  });

  test('without phases cannot be saved as a template', async () => {
    const { id } = await world.release('empty');
    expect(await refusalCodes(world.manager, 'releaseSaveAsTemplate', { releaseId: id, name: 'nothing' })).toEqual([
      'PLAN_INVALID',
    ]);
  });
});

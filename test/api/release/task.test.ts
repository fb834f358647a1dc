import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { expectRefused, refusalCodes, rejectionCode } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;
let releaseId: string;
let phaseId: string;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
});
afterAll(async () => await app.end());

let n = 0;
beforeEach(async () => {
  releaseId = (await world.release(`tasks ${++n}`)).id;
  phaseId = (await world.manager.run('phaseAdd', { releaseId, name: 'Plan', releaseState: 'PLANNING' }, 'phase')).id;
});

const add = async (name: string, more: Record<string, unknown> = {}) =>
  (await world.manager.run('taskAdd', { phaseId, name, ...more }, 'task')).id as string;
const state = async (name: string) => (await world.tasks(releaseId))[name].state as string;
const SELECTION = 'state stateReason assignee { name } actualStart actualEnd evidence';

describe('a task', () => {
  test('is ready as soon as its phase has begun and what comes before it is done', async () => {
    const first = await add('first');
    await add('second', { predecessorIds: [first] });
    expect([await state('first'), await state('second')]).toEqual(['PLANNED', 'PLANNED']);
    await world.step('releaseStartPlanning', releaseId);
    expect([await state('first'), await state('second')]).toEqual(['READY', 'BLOCKED']);
    expect(
      await expectRefused(world.manager, 'taskStart', { id: (await world.tasks(releaseId))['second'].id }),
    ).toMatchObject([{ code: 'TASK_PREDECESSOR', subject: { id: first } }]);
    await world.manager.run('taskStart', { id: first }, 'task');
    const done = await world.manager.run('taskComplete', { id: first }, 'task', SELECTION);
    expect(done).toMatchObject({
      state: 'COMPLETED',
      assignee: { name: 'mona' },
      actualStart: expect.any(String),
      actualEnd: expect.any(String),
    });
    expect(await state('second')).toBe('READY');
    const { node } = await world.manager.ok(
      `query($id: ID!) {
        node(id: $id) {
          ... on Task { successors { nodes { name } } release { number } phase { name } events { nodes { type } } }
        }
      }`,
      { id: first },
    );
    expect(node).toMatchObject({ successors: { nodes: [{ name: 'second' }] }, phase: { name: 'Plan' } });
    expect(node.events.nodes.map(({ type }: { type: string }) => type)).toEqual([
      'task.completed',
      'task.started',
      'task.readied',
      'task.added',
    ]);
  });

  test('blocks the release until it is done', async () => {
    const id = await add('scope');
    await world.step('releaseStartPlanning', releaseId);
    expect(await expectRefused(world.manager, 'releaseStartBuilding', { id: releaseId })).toMatchObject([
      { code: 'TASK_OPEN', subject: { id, __typename: 'Task' } },
    ]);
    await world.manager.run('taskSkip', { id, reason: 'known' }, 'task');
    expect(await world.step('releaseStartBuilding', releaseId)).toBe('BUILDING');
  });

  test('is claimed by holders of its role and handed over by who has it', async () => {
    const id = await add('test plan', { role: 'TEST_MANAGER' });
    await world.step('releaseStartPlanning', releaseId);
    expect(await refusalCodes(world.owner, 'taskClaim', { id })).toEqual(['TASK_NOT_ASSIGNED']);
    expect(await refusalCodes(world.owner, 'taskStart', { id })).toEqual(['TASK_NOT_ASSIGNED']);
    expect((await world.tester.run('taskClaim', { id }, 'task', SELECTION)).assignee).toEqual({ name: 'tess' });
    const other = await app.as('theo', 'TEST_MANAGER');
    expect(await refusalCodes(other, 'taskClaim', { id })).toEqual(['TASK_NOT_ASSIGNED']);
    expect(await refusalCodes(other, 'taskAssign', { id, personId: other.personId })).toEqual(['TASK_NOT_ASSIGNED']);
    expect(
      (await world.tester.run('taskAssign', { id, personId: other.personId }, 'task', SELECTION)).assignee,
    ).toEqual({ name: 'theo' });
    await other.run('taskStart', { id }, 'task');
    expect(await refusalCodes(world.tester, 'taskComplete', { id })).toEqual(['TASK_NOT_ASSIGNED']);
    // Given to a role again, it waits for whoever claims it.
    expect(
      await world.manager.run('taskAssign', { id, role: 'RELEASE_OWNER' }, 'task', 'role assignee { name }'),
    ).toEqual({
      role: 'RELEASE_OWNER',
      assignee: null,
    });
    expect(await rejectionCode(world.auditor, 'taskClaim', { id })).toBe('FORBIDDEN');
  });

  test('waits for input, fails, is retried, and asks for evidence where its kind does', async () => {
    const id = await add('regression', { kind: 'TEST', assigneeId: world.tester.personId });
    await world.step('releaseStartPlanning', releaseId);
    await world.tester.run('taskStart', { id }, 'task');
    expect(
      await world.tester.run('taskRequestInput', { id, question: 'Which data?' }, 'task', SELECTION),
    ).toMatchObject({
      state: 'WAITING_FOR_INPUT',
      stateReason: 'Which data?',
    });
    expect(
      await world.owner.run('taskProvideInput', { id, answer: 'Those of March.' }, 'task', SELECTION),
    ).toMatchObject({
      state: 'IN_PROGRESS',
      stateReason: null,
    });
    expect(await world.tester.run('taskFail', { id, reason: 'Three cases are red.' }, 'task', SELECTION)).toMatchObject(
      {
        state: 'FAILED',
        stateReason: 'Three cases are red.',
      },
    );
    expect(await refusalCodes(world.manager, 'releaseStartBuilding', { id: releaseId })).toEqual(['TASK_OPEN']);
    expect(await world.tester.run('taskRetry', { id }, 'task', SELECTION)).toMatchObject({
      state: 'READY',
      actualStart: null,
      actualEnd: null,
    });
    await world.tester.run('taskStart', { id }, 'task');
    expect(await expectRefused(world.tester, 'taskComplete', { id })).toMatchObject([
      { code: 'EVIDENCE_MISSING', path: ['evidence'] },
    ]);
    expect(
      await world.tester.run('taskComplete', { id, evidence: 'https://tests.example/17' }, 'task', SELECTION),
    ).toMatchObject({
      state: 'COMPLETED',
      evidence: 'https://tests.example/17',
    });
    expect(await refusalCodes(world.tester, 'taskRetry', { id })).toEqual(['ILLEGAL_TRANSITION']);
  });

  test('that is mandatory is skipped only with a waiver, which stays on record', async () => {
    const [now, later] = [await add('locked', { mandatory: true }), await add('locked too', { mandatory: true })];
    await world.step('releaseStartPlanning', releaseId);
    expect(await expectRefused(world.owner, 'taskSkip', { id: now, reason: 'no time' })).toMatchObject([
      { code: 'WAIVER_REQUIRED', waivable: true, resolvableBy: ['RELEASE_OWNER'] },
    ]);
    await world.owner.run('taskSkip', { id: now, reason: 'no time', waiverReason: 'Agreed with the CAB.' }, 'task');
    // Used up by that one: it does not serve the next task.
    expect(await refusalCodes(world.owner, 'taskSkip', { id: later, reason: 'no time' })).toEqual(['WAIVER_REQUIRED']);
    await world.owner.run(
      'waiverGrant',
      {
        releaseId,
        code: 'WAIVER_REQUIRED',
        subjectId: later,
        reason: 'Emergency.',
        expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
      },
      'waiver',
    );
    expect((await world.manager.run('taskSkip', { id: later, reason: 'no time' }, 'task', 'state')).state).toBe(
      'SKIPPED',
    );
    const { waivers } = await world.read(
      releaseId,
      'waivers { nodes { code reason grantedBy { name } subject { ... on Task { name } } } }',
    );
    expect(waivers.nodes).toEqual([
      {
        code: 'WAIVER_REQUIRED',
        reason: 'Agreed with the CAB.',
        grantedBy: { name: 'olga' },
        subject: { name: 'locked' },
      },
      { code: 'WAIVER_REQUIRED', reason: 'Emergency.', grantedBy: { name: 'olga' }, subject: { name: 'locked too' } },
    ]);
  });

  test('stands still while its release is on hold', async () => {
    const id = await add('held');
    await world.step('releaseStartPlanning', releaseId);
    await world.manager.run('releaseHold', { id: releaseId, reason: 'audit' }, 'release');
    expect(await refusalCodes(world.manager, 'taskStart', { id })).toEqual(['RELEASE_ON_HOLD']);
    const { node } = await world.manager.ok(
      `query($id: ID!) { node(id: $id) { ... on Task { availableCommands { command allowed blockers { code } } } } }`,
      {
        id,
      },
    );
    expect(node.availableCommands).toEqual([
      { command: 'taskStart', allowed: false, blockers: [{ code: 'RELEASE_ON_HOLD' }] },
      // What does not move the release forward goes on.
      ...['Skip', 'Assign', 'Claim', 'Update', 'Move', 'SetPredecessors', 'Remove'].map((command) => ({
        command: `task${command}`,
        allowed: true,
        blockers: [],
      })),
    ]);
  });

  test('cannot be completed twice by two people at once', async () => {
    const id = await add('race');
    await world.step('releaseStartPlanning', releaseId);
    await world.manager.run('taskStart', { id }, 'task');
    const answers = await Promise.all(
      [world.manager, world.secondManager].map(async (client) => await client.attempt('taskComplete', { id }, 'task')),
    );
    expect(answers.map(({ userErrors }) => userErrors.length).sort()).toEqual([0, 1]);
    expect(
      await app.count(`domain_event where type = 'task.completed' and topics @> array['${await uuid(id)}'::uuid]`),
    ).toBe(1);
  });
});

const uuid = async (id: string) => (await import('../../../src/domain/node-id.js')).fromNodeId('Task', id, 'id');

describe('tasks of all releases', () => {
  test('are listed by assignee, role, state, release and due date', async () => {
    const mine = await add('mine', {
      assigneeId: world.tester.personId,
      plannedStart: '2027-02-01T08:00:00Z',
      plannedEnd: '2027-02-01T09:00:00Z',
    });
    await add('open', { role: 'TEST_MANAGER', plannedEnd: '2027-02-02T09:00:00Z' });
    const find = async (filter: object) =>
      (
        await world.tester.ok(
          `query($filter: TaskFilter) { tasks(filter: $filter, orderBy: [{ field: DUE }]) { nodes { id name } } }`,
          {
            filter: { and: [{ release: { eq: releaseId } }, filter] },
          },
        )
      ).tasks.nodes.map(({ name }: { name: string }) => name);
    expect(await find({ assignee: { eq: world.tester.personId } })).toEqual(['mine']);
    expect(await find({ assignee: { isNull: true }, role: { eq: 'TEST_MANAGER' } })).toEqual(['open']);
    expect(await find({ due: { lt: '2027-02-02T00:00:00Z' }, state: { in: ['PLANNED'] } })).toEqual(['mine']);
    expect(await find({ due: { isNull: false } })).toEqual(['mine', 'open']);
    expect(await find({ id: { eq: mine } })).toEqual(['mine']);
  });
});

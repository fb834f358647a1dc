import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';

let app: TestApp;
let manager: TestClient;
let tester: TestClient;
let other: TestClient;

beforeAll(async () => {
  app = await startTestApp();
  manager = await app.as('mona', 'RELEASE_MANAGER');
  tester = await app.as('tess', 'TEST_MANAGER');
  other = await app.as('theo', 'TEST_MANAGER');
});
afterAll(async () => await app.end());

/** A release that is being planned, with one phase. */
async function startRelease(name: string): Promise<{ id: string; phaseId: string }> {
  const owner = await app.as(`olga ${name}`, 'RELEASE_OWNER');
  const release = await manager.run(
    'releaseCreate',
    { name, kind: 'MINOR', packaging: 'DELTA', ownerId: owner.personId },
    'release',
  );
  const phase = { releaseId: release.id, name: 'Plan', releaseState: 'PLANNING' };
  const { id: phaseId } = await manager.run('phaseAdd', phase, 'phase');
  await manager.run('releaseStartPlanning', { id: release.id }, 'release');
  return { id: release.id, phaseId };
}

/** The owner of a release waives one of its mandatory tasks. */
async function waive(releaseId: string, name: string, taskId: string): Promise<void> {
  const owner = await app.as(`olga ${name}`, 'RELEASE_OWNER');
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const input = { releaseId, code: 'WAIVER_REQUIRED', subjectId: taskId, reason: 'Agreed.', expiresAt };
  await owner.run('waiverGrant', input, 'waiver');
}

const addTask = async (phaseId: string, name: string, more: Record<string, unknown> = {}) =>
  (await manager.run('taskAdd', { phaseId, name, ...more }, 'task')).id as string;
const versionOf = async (type: string, id: string) =>
  (await manager.ok(`query($id: ID!) { node(id: $id) { ... on ${type} { version } } }`, { id })).node.version as number;

/** What `availableCommands` says about a command: its blockers, or undefined where the command does not exist. */
async function offered(client: TestClient, type: string, id: string, command: string) {
  const { node } = await client.ok(
    `query($id: ID!) {
      node(id: $id) { ... on ${type} { availableCommands { command allowed blockers { code message path } } } }
    }`,
    { id },
  );
  const found = node.availableCommands.find((item: { command: string }) => item.command === command);
  expect(found?.allowed).toBe(found && found.blockers.length === 0);
  return found?.blockers as { code: string; message: string; path: string[] | null }[] | undefined;
}

/** The refusal of a command, which is the one that `availableCommands` announced. */
async function refusedAsOffered(client: TestClient, command: string, input: { id: string }, field: string) {
  const announced = await offered(client, 'Task', input.id, command);
  const { userErrors } = await client.attempt(command, input, field);
  const said = userErrors.map(({ code, message, path }: any) => ({ code, message, path }));
  if (announced === undefined) expect(said).toMatchObject([{ code: 'ILLEGAL_TRANSITION' }]);
  else expect(said).toEqual(announced);
  return said.map(({ code }: { code: string }) => code);
}

describe('a command on a task that keeps its state', () => {
  test.each<[string, object, string]>([
    ['taskMove', { position: 0 }, 'task'],
    ['taskSetPredecessors', { predecessorIds: [] }, 'task'],
    ['taskRemove', {}, 'release'],
  ])('%s is offered and possible until the task is started', async (command, more, field) => {
    const { phaseId } = await startRelease(command);
    const [waiting, started] = [await addTask(phaseId, 'waiting'), await addTask(phaseId, 'started')];
    await manager.run('taskStart', { id: started }, 'task');
    const input = async (id: string) => ({ id, expectedVersion: await versionOf('Task', id), ...more });
    expect(await offered(manager, 'Task', waiting, command)).toEqual([]);
    expect(await manager.attempt(command, await input(waiting), field)).toMatchObject({ userErrors: [] });
    expect(await refusedAsOffered(manager, command, await input(started), field)).toEqual(['ILLEGAL_TRANSITION']);
  });

  test('taskRemove is offered for a mandatory task with what it lacks', async () => {
    const { id: releaseId, phaseId } = await startRelease('mandatory');
    const id = await addTask(phaseId, 'locked', { mandatory: true });
    expect(await refusedAsOffered(manager, 'taskRemove', { id }, 'release')).toEqual(['WAIVER_REQUIRED']);
    await waive(releaseId, 'mandatory', id);
    expect((await manager.attempt('taskRemove', { id }, 'release')).userErrors).toEqual([]);
  });

  test('taskUpdate is offered and possible until the task is done', async () => {
    const { id: releaseId, phaseId } = await startRelease('edited');
    const id = await addTask(phaseId, 'edited', { mandatory: true });
    const edit = async (more: object) =>
      await manager.attempt('taskUpdate', { id, expectedVersion: await versionOf('Task', id), ...more }, 'task');
    await manager.run('taskStart', { id }, 'task');
    expect(await offered(manager, 'Task', id, 'taskUpdate')).toEqual([]);
    expect((await edit({ description: 'What it takes.' })).userErrors).toEqual([]);
    // What depends on the input comes on top, all at once.
    const { userErrors } = await edit({
      kind: 'TEST',
      mandatory: false,
      plannedStart: '2027-02-01T09:00:00Z',
      plannedEnd: '2027-02-01T08:00:00Z',
    });
    expect(userErrors.map(({ code, path }: any) => `${code} ${path?.join('.') ?? ''}`)).toEqual([
      'ILLEGAL_TRANSITION kind',
      'ILLEGAL_TRANSITION mandatory',
      'WAIVER_REQUIRED ',
      'PLAN_INVALID plannedEnd',
    ]);
    await waive(releaseId, 'edited', id);
    expect((await edit({ name: 'renamed' })).userErrors).toEqual([]);
    await manager.run('taskComplete', { id }, 'task');
    const input = { id, expectedVersion: await versionOf('Task', id), name: 'too late' };
    expect(await refusedAsOffered(manager, 'taskUpdate', input, 'task')).toEqual(['ILLEGAL_TRANSITION']);
  });

  test('taskClaim and taskAssign are offered to the people who can take or give the task', async () => {
    const { phaseId } = await startRelease('claimed');
    const id = await addTask(phaseId, 'claimed', { role: 'TEST_MANAGER' });
    for (const command of ['taskClaim', 'taskAssign']) expect(await offered(tester, 'Task', id, command)).toEqual([]);
    await tester.run('taskClaim', { id }, 'task');
    // Claiming it again changes nothing.
    const version = await versionOf('Task', id);
    expect(await offered(tester, 'Task', id, 'taskClaim')).toEqual([]);
    await tester.run('taskClaim', { id }, 'task');
    expect(await versionOf('Task', id)).toBe(version);
    expect(await refusedAsOffered(other, 'taskClaim', { id }, 'task')).toEqual(['TASK_NOT_ASSIGNED']);
    expect(await refusedAsOffered(manager, 'taskClaim', { id }, 'task')).toEqual(['TASK_NOT_ASSIGNED']);
    expect(await refusedAsOffered(other, 'taskAssign', { id }, 'task')).toEqual(['TASK_NOT_ASSIGNED']);
    expect(await offered(manager, 'Task', id, 'taskAssign')).toEqual([]);
    await manager.run('taskAssign', { id, personId: other.personId }, 'task');
    await other.run('taskStart', { id }, 'task');
    await other.run('taskComplete', { id }, 'task');
    for (const command of ['taskClaim', 'taskAssign'])
      expect(await refusedAsOffered(other, command, { id }, 'task')).toEqual(['ILLEGAL_TRANSITION']);
  });
});

describe('a plan', () => {
  test('of a cancelled release offers no edit', async () => {
    const { id, phaseId } = await startRelease('cancelled');
    const task = await addTask(phaseId, 'dropped');
    await manager.run('releaseCancel', { id, reason: 'obsolete' }, 'release');
    const { node } = await manager.ok(
      `query($id: ID!) { node(id: $id) { ... on Task { state availableCommands { command } } } }`,
      { id: task },
    );
    expect(node).toEqual({ state: 'CANCELLED', availableCommands: [] });
    const renamed = { id: phaseId, expectedVersion: await versionOf('Phase', phaseId), name: 'Late' };
    expect((await manager.attempt('phaseUpdate', renamed, 'phase')).userErrors).toMatchObject([
      { code: 'ILLEGAL_TRANSITION', message: expect.stringContaining('The release is CANCELLED') },
    ]);
  });

  test('of a phase is removed with all of its tasks or not at all', async () => {
    const { phaseId } = await startRelease('phase removal');
    await addTask(phaseId, 'free');
    const [started, locked] = [
      await addTask(phaseId, 'started'),
      await addTask(phaseId, 'locked', { mandatory: true }),
    ];
    await manager.run('taskStart', { id: started }, 'task');
    const { userErrors } = await manager.attempt('phaseRemove', { id: phaseId }, 'release');
    expect(userErrors.map(({ code, subject }: any) => [code, subject.id])).toEqual([
      ['ILLEGAL_TRANSITION', started],
      ['WAIVER_REQUIRED', locked],
    ]);
  });
});

describe('a version of a release template', () => {
  const task = {
    key: 'scope',
    name: 'scope',
    description: '',
    kind: 'MANUAL',
    mandatory: false,
    after: [],
    startOffsetMinutes: 0,
    durationMinutes: 60,
  };
  const plan = {
    phases: [{ key: 'plan', name: 'Plan', releaseState: 'PLANNING', tasks: [task] }],
    skipRules: [],
    requires: { backOutPlan: false, testEvidence: false },
  };

  test('can be updated as long as it is a draft', async () => {
    const made = await manager.run(
      'releaseTemplateCreate',
      { name: 'drafted', plan },
      'releaseTemplate',
      'versions { nodes { id } }',
    );
    const { id } = made.versions.nodes[0] as { id: string };
    const [type, command, field] = ['ReleaseTemplateVersion', 'releaseTemplateVersionUpdate', 'releaseTemplateVersion'];
    const update = async (next: object) =>
      await manager.attempt(command, { id, expectedVersion: await versionOf(type, id), plan: next }, field);
    expect(await offered(manager, type, id, command)).toEqual([]);
    expect((await update(plan)).userErrors).toEqual([]);
    expect((await update({ ...plan, phases: [] })).userErrors).toMatchObject([
      { code: 'PLAN_INVALID', path: ['plan', 'phases'] },
    ]);
    await manager.run('releaseTemplateVersionRetire', { id }, field);
    expect(await offered(manager, type, id, command)).toBeUndefined();
    expect((await update(plan)).userErrors).toMatchObject([{ code: 'ILLEGAL_TRANSITION' }]);
  });
});

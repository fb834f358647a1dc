import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { expectRefused, refusalCodes, rejectionCode } from '../../support/refusals.js';
import { storyOf, type ReadyRelease, type Story } from '../../support/story.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

interface Given extends ReadyRelease {
  /** Its phase of DISTRIBUTING. */
  readonly phaseId: string;
  /** Tasks by name. They are in the plan that was accepted. */
  readonly tasks: Readonly<Record<string, string>>;
}

let n = 0;
const hence = (hours: number) => new Date(clock.now().getTime() + hours * 3_600_000).toISOString();

/** A communicated release whose plan has tasks in the phase of its distribution, each after the one before. */
async function given(targets: readonly string[], names: readonly string[]): Promise<Given> {
  n += 1;
  const cis: Record<string, string> = {};
  for (const name of targets) cis[name] = await world.ci(`${name}-${n}`);
  const { id } = await world.release(`Linked ${n}`);
  await world.addTargets(id, ...Object.values(cis));
  await world.addContent(id);
  const phase = { releaseId: id, name: 'Distribute', releaseState: 'DISTRIBUTING' };
  const phaseId = (await world.manager.run('phaseAdd', phase, 'phase')).id;
  const tasks: Record<string, string> = {};
  for (const name of names) {
    const more = name === 'check' ? {} : { kind: 'DISTRIBUTION', role: 'DEPLOYMENT_OPERATOR' };
    const input = { phaseId, name, ...more, predecessorIds: Object.values(tasks).slice(-1) };
    tasks[name] = (await world.manager.run('taskAdd', input, 'task')).id;
  }
  await world.startTesting(id);
  await world.step('releaseAccept', id, {}, world.owner);
  await world.step('releaseSchedule', id, { startsAt: hence(0), endsAt: hence(12) });
  await world.step('releaseCommunicate', id, { audience: 'Everybody', message: 'Down at night.' });
  return { id, cis, phaseId, tasks };
}

const edit = async (id: string, more: object) => ({
  id,
  expectedVersion: (await world.read(id, 'version')).version,
  ...more,
});
const link = async (id: string, distributionId: string) =>
  await world.manager.run('taskUpdate', await edit(id, { distributionId }), 'task');
const offered = async (id: string, command: string) =>
  (await world.read(id, 'availableCommands { command allowed blockers { code } }', world.operator)).availableCommands
    .filter((found: { command: string }) => found.command === command)
    .map(({ allowed, blockers }: any) => [allowed, ...blockers.map(({ code }: any) => code)])[0];

describe('a task with a distribution', () => {
  test('starts it, goes with it through a failure and a retry, and lets the next one start after it', async () => {
    const release = await given(['web', 'app'], ['install', 'check', 'install the rest']);
    const { cis, id: releaseId } = release;
    const [task, check, last] = Object.values(release.tasks) as [string, string, string];
    const first = await world.plan(release, { parameters: world.simulate('fail-once'), targetIds: [cis['app']] });
    const second = await world.plan(release, { parameters: world.simulate(), targetIds: [cis['web']] });
    await link(task, first);
    await link(last, second);
    expect(await world.read(task, 'distribution { id } state')).toEqual({
      distribution: { id: first },
      state: 'PLANNED',
    });
    expect((await world.read(second, 'tasks { nodes { id } }')).tasks.nodes).toEqual([{ id: last }]);

    // Not scheduled yet, and not without the role.
    expect(await refusalCodes(world.operator, 'taskStart', { id: task })).toEqual(['ILLEGAL_TRANSITION']);
    await world.act('Schedule', first);
    await world.act('Schedule', second);
    expect(await refusalCodes(world.manager, 'taskStart', { id: task })).toEqual(['TASK_NOT_ASSIGNED']);
    await world.manager.run('releaseHold', { id: releaseId, reason: 'Audit.' }, 'release');
    expect(await offered(task, 'taskStart')).toEqual([false, 'RELEASE_ON_HOLD']);
    expect(await refusalCodes(world.operator, 'taskStart', { id: task })).toEqual(['RELEASE_ON_HOLD']);
    await world.manager.run('releaseResume', { id: releaseId }, 'release');

    // Neither a person nor the clock starts what the plan puts later.
    expect(await expectRefused(world.operator, 'distributionStart', { id: second })).toMatchObject([
      { code: 'TASK_PREDECESSOR', subject: { id: check }, message: expect.stringContaining('"install the rest"') },
    ]);
    expect(await offered(second, 'distributionStart')).toEqual([false, 'TASK_PREDECESSOR']);

    expect(await offered(task, 'taskStart')).toEqual([true]);
    expect(await world.operator.run('taskStart', { id: task }, 'task', 'state assignee { name }')).toEqual({
      state: 'IN_PROGRESS',
      assignee: { name: 'oskar' },
    });
    expect(await world.read(first, 'state release { state }')).toEqual({
      state: 'STARTING',
      release: { state: 'DISTRIBUTING' },
    });
    for (const [command, more] of [
      ['taskComplete', {}],
      ['taskFail', { reason: 'No.' }],
    ] as const) {
      expect(await offered(task, command)).toEqual([false, 'DISTRIBUTION_NOT_ENDED']);
      expect(await refusalCodes(world.operator, command, { id: task, ...more })).toEqual(['DISTRIBUTION_NOT_ENDED']);
    }
    await world.passUntil(first, 'FAILED', 60);
    expect(await world.read(task, 'state stateReason')).toEqual({
      state: 'FAILED',
      stateReason: expect.stringMatching(/^Distribution DST-\d+ is FAILED/),
    });
    expect(await world.state(second)).toBe('SCHEDULED');
    expect(await world.read(check, 'state')).toEqual({ state: 'BLOCKED' });

    await world.act('RetryFailed', first);
    expect(await world.read(task, 'state stateReason actualEnd')).toEqual({
      state: 'IN_PROGRESS',
      stateReason: null,
      actualEnd: null,
    });
    await world.passUntil(first, 'SUCCEEDED', 60);
    expect(await world.read(task, 'state events(first: 3) { nodes { type } }')).toMatchObject({ state: 'COMPLETED' });
    expect(await world.state(check)).toBe('READY');
    await world.manager.run('taskSkip', { id: check, reason: 'It runs.' }, 'task');

    // The server starts it now: its time has come.
    await world.passUntil(second, 'SUCCEEDED', 60);
    expect(await world.read(last, 'state actualStart actualEnd')).toEqual({
      state: 'COMPLETED',
      actualStart: expect.any(String),
      actualEnd: expect.any(String),
    });
    expect(await world.read(releaseId, 'state')).toEqual({ state: 'DEPLOYED' });
  });

  test('is retried by its own start, fails with a stop, waits for another after a cancellation', async () => {
    const release = await given(['db'], ['install']);
    const task = release.tasks['install']!;
    const id = await world.plan(release, { parameters: world.simulate('fail-once') });
    await link(task, id);
    await world.act('Schedule', id);
    await world.begin(id);
    await world.passUntil(id, 'FAILED', 60);
    expect(await world.state(task)).toBe('FAILED');
    await world.manager.run('taskRetry', { id: task }, 'task');
    await world.operator.run('taskStart', { id: task }, 'task');
    expect(await world.read(id, 'state attempt')).toEqual({ state: 'STARTING', attempt: 2 });
    await world.passUntil(id, 'SUCCEEDED', 60);
    expect(await world.state(task)).toBe('COMPLETED');

    const other = await given(['mail'], ['install']);
    const waiting = other.tasks['install']!;
    const cancelled = await world.plan(other);
    await link(waiting, cancelled);
    await world.act('Cancel', cancelled);
    expect(await world.state(waiting)).toBe('PLANNED');
    const next = await world.plan(other, { parameters: world.simulate('silent') });
    await link(waiting, next);
    await world.act('Schedule', next);
    await world.begin(next);
    await world.passUntil(next, 'RUNNING', 20, 500);
    expect(await world.state(waiting)).toBe('IN_PROGRESS');
    await world.act('Stop', next, { reason: 'Wrong night.' });
    await world.passUntil(next, 'FAILED', 300);
    expect(await world.read(waiting, 'state stateReason')).toEqual({
      state: 'FAILED',
      stateReason: expect.stringMatching(/^Distribution DST-\d+ is FAILED: /),
    });
  });

  test('is refused where the link makes no sense', async () => {
    const { phaseId, tasks, ...release } = await given(['a'], ['install', 'check']);
    const task = tasks['install']!;
    const id = await world.plan(release);
    const added = { phaseId, name: 'x', kind: 'DISTRIBUTION', distributionId: id };
    const rejected = async (more: object) => await rejectionCode(world.manager, 'taskAdd', { ...added, ...more });
    expect(await rejected({ kind: 'MANUAL' })).toBe('BAD_USER_INPUT');
    expect(await rejected({ distributionId: await world.plan(await world.ready(['b'])) })).toBe('NOT_FOUND');
    const review = { releaseId: release.id, name: 'Review', releaseState: 'IN_REVIEW' };
    const later = (await world.manager.run('phaseAdd', review, 'phase')).id;
    expect(await refusalCodes(world.manager, 'taskAdd', { ...added, phaseId: later })).toEqual(['PLAN_INVALID']);

    await link(task, id);
    const refused = async (command: string, more: object) =>
      await refusalCodes(world.manager, command, await edit(task, more));
    expect(await rejectionCode(world.manager, 'taskUpdate', await edit(task, { kind: 'MANUAL' }))).toBe(
      'BAD_USER_INPUT',
    );
    expect(await refused('taskMove', { phaseId: later })).toContain('PLAN_INVALID');
    expect(await refusalCodes(world.manager, 'taskAdd', { ...added, predecessorIds: [tasks['check']] })).toEqual([
      'PLAN_INVALID',
    ]);
    await world.act('Schedule', id);
    await world.begin(id);
    expect(await refusalCodes(world.manager, 'taskAdd', added)).toEqual(['PLAN_INVALID']);
    expect(await refused('taskUpdate', { distributionId: null })).toEqual(['ILLEGAL_TRANSITION']);
  });
});

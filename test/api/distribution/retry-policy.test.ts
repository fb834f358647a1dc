import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { expectRefused, refusalCodes, rejectionCode } from '../../support/refusals.js';
import { names, Rollouts, ROLLOUT_TOOLS } from '../../support/rollouts.js';
import { storyOf, type Story } from '../../support/story.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;
let rollouts: Rollouts;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now, adapters: ROLLOUT_TOOLS });
  world = await storyOf(app, clock);
  rollouts = new Rollouts(world);
});
afterAll(async () => await app.end());

const POLICY = { retryLimit: 2, retryAfterMinutes: 10, deadlineMinutes: 600 };
/** Fails so many times, for a reason that the tool calls retryable. */
const failing = (times: number, more: object = {}) => ({
  outcome: 'fail',
  failAttempts: times,
  retryable: true,
  code: 'NO_SPACE',
  ...more,
});

/** Lets the time of a retry come. */
async function later(id: string, minutes: number, state = 'RUNNING'): Promise<void> {
  clock.advance(minutes * 60_000);
  await world.passUntil(id, state, 30);
}

async function started(script: object, more: object = {}) {
  const release = await world.ready(['web', 'db']);
  const [web] = [release.cis['web'] as string];
  const id = await world.started(release, {
    ...POLICY,
    parameters: world.simulate('succeed', { [web]: script as Record<string, unknown> }),
    ...more,
  });
  return { id, release };
}

test('a distribution retries failed targets by itself, after a longer wait each time', async () => {
  const { id, release } = await started(failing(2));
  await world.passUntil(id, 'PARTIALLY_SUCCEEDED', 60);
  const { retryAt } = await world.read(id, 'retryAt');
  expect(Date.parse(retryAt) - clock.now().getTime()).toBeGreaterThan(9 * 60_000);
  // Its release is not over while it will be tried again.
  expect(await world.state(release.id)).toBe('DISTRIBUTING');
  await later(id, 10);
  await world.passUntil(id, 'PARTIALLY_SUCCEEDED', 60);
  const second = Date.parse((await world.read(id, 'retryAt')).retryAt) - clock.now().getTime();
  expect(second).toBeGreaterThan(19 * 60_000);
  await later(id, 20, 'SUCCEEDED');
  expect(await world.targets(id)).toEqual({
    web: { state: 'SUCCEEDED', attempt: 3 },
    db: { state: 'SUCCEEDED', attempt: 1 },
  });
  expect(await world.read(id, 'retryAt runs { totalCount }')).toEqual({ retryAt: null, runs: { totalCount: 3 } });
  expect(await world.state(release.id)).toBe('DEPLOYED');
  const { events } = await world.read(id, 'events(first: 100) { nodes { type reason } }');
  expect(events.nodes.filter(({ reason }: any) => /by the retry policy/.test(reason ?? ''))).toHaveLength(2);
});

test('after its limit, and after another reason, a person decides', async () => {
  const { id, release } = await started(failing(0), { retryLimit: 1 });
  await world.passUntil(id, 'PARTIALLY_SUCCEEDED', 60);
  await later(id, 10);
  await world.passUntil(id, 'PARTIALLY_SUCCEEDED', 60);
  expect(await world.read(id, 'retryAt')).toEqual({ retryAt: null });
  expect(await world.state(release.id)).toBe('PARTIALLY_DEPLOYED');
  // A person's retry gives the policy its retries back.
  await world.act('RetryFailed', id);
  await world.passUntil(id, 'PARTIALLY_SUCCEEDED', 60);
  expect((await world.read(id, 'retryAt')).retryAt).not.toBeNull();

  const other = await started(failing(0), { retryReasons: ['BUSY'] });
  await world.passUntil(other.id, 'PARTIALLY_SUCCEEDED', 60);
  expect(await world.read(other.id, 'retryAt')).toEqual({ retryAt: null });
});

test('a retry that a rule forbids is not made, says so, and the release gets its outcome', async () => {
  const { id, release } = await started(failing(0));
  await world.passUntil(id, 'PARTIALLY_SUCCEEDED', 60);
  await world.step('releaseHold', release.id, { reason: 'The vendor warns.' });
  clock.advance(600_000);
  await world.pass(2);
  const { state, retryAt, stateReason } = await world.read(id, 'state retryAt stateReason');
  expect({ state, retryAt }).toEqual({ state: 'PARTIALLY_SUCCEEDED', retryAt: null });
  expect(stateReason).toContain('The retry was refused.');
  expect(await world.events(id)).toContain('distribution.retry-refused');
  expect(await world.state(release.id)).toBe('PARTIALLY_DEPLOYED');
});

test('a wave that has tripped is retried by itself, and people can decide before', async () => {
  const release = await world.ready(names(4));
  const id = await rollouts.start(release, { by: 'COUNT', sizes: [2] }, { s01: failing(1), s03: failing(0) }, POLICY);
  await world.passUntil(id, 'AWAITING_DECISION', 60);
  const first = await rollouts.decision(id);
  expect(Date.parse(first.dueAt) - clock.now().getTime()).toBeGreaterThan(9 * 60_000);
  expect(await world.read(first.id, 'defaultChoice')).toEqual({ defaultChoice: 'RETRY' });
  await later(id, 10);
  await world.passUntil(id, 'AWAITING_DECISION', 120);
  expect(await rollouts.states(id)).toEqual(['PASSED', 'TRIPPED']);
  // The second wave counts its own retries: both are used up, then the decision waits for a person.
  for (const minutes of [10, 20]) {
    expect((await rollouts.decision(id)).dueAt).not.toBeNull();
    await later(id, minutes);
    await world.passUntil(id, 'AWAITING_DECISION', 60);
  }
  const last = await rollouts.decision(id);
  expect(last.dueAt).toBeNull();
  expect(await world.read(last.id, 'defaultChoice')).toEqual({ defaultChoice: 'STOP' });
});

test('a policy outside its bounds is refused', async () => {
  const release = await world.ready(['one']);
  const code = async (more: object) =>
    await rejectionCode(world.operator, 'distributionPlan', {
      releaseId: release.id,
      deploymentToolId: await world.tool('simulator'),
      allTargets: true,
      ...more,
    });
  for (const more of [{ retryLimit: 11 }, { retryLimit: -1 }, { retryAfterMinutes: 0 }, { retryReasons: [] }])
    expect(await code(more)).toBe('BAD_USER_INPUT');
});

/** A recall of the media of a running distribution. */
async function recalled(tool: string, more: object) {
  const version = await world.media(await world.item(`harmful-${tool}-${clock.now().getTime()}`), '1.0');
  const release = await world.ready(names(2), { content: [version] });
  const id = await rollouts.start(release, { by: 'NONE' }, { s01: 'hang' }, { tool });
  await world.passUntil(id, 'RUNNING', 30);
  await world.secondLibrarian.run(
    'dmlItemVersionRecall',
    { id: version, reason: 'Harmful.', ...more },
    'dmlItemVersion',
  );
  await world.pass(4);
  return { id, version };
}

test('a recall stops what runs, or pauses it where the librarian says so and the tool can', async () => {
  const paused = await recalled('pausable', { running: 'PAUSE' });
  expect(await world.read(paused.id, 'state stateReason')).toEqual({
    state: 'PAUSED',
    stateReason: expect.stringContaining('has been recalled'),
  });
  expect(await world.read(paused.version, 'recallEffect', world.librarian)).toEqual({ recallEffect: 'PAUSE' });
  expect(await world.refusal('Resume', paused.id)).toEqual(['MEDIA_NOT_AUTHORISED']);
  expect(['STOPPING', 'STOPPED']).toContain(await world.act('Stop', paused.id));

  // The simulator cannot pause.
  expect(['STOPPING', 'STOPPED']).toContain(await world.state((await recalled('simulator', { running: 'PAUSE' })).id));
  clock.advance(60_000);
  expect(['STOPPING', 'STOPPED']).toContain(await world.state((await recalled('pausable', {})).id));
});

const limit = async (name: string, maxTargetsAtOnce: number | null) => {
  const id = await world.tool(name);
  const { version } = await world.read(id, 'version', world.operator);
  const input = { id, expectedVersion: version, maxTargetsAtOnce };
  await world.administrator.run('deploymentToolUpdate', input, 'deploymentTool');
};

test('a tool and a target group work on no more targets at a time than they are allowed', async () => {
  await limit('unread', 3);
  const [one, two] = [await world.ready(names(2)), await world.ready(names(2))];
  const first = await world.started(one, { parameters: world.simulate({ outcome: 'hang' }) }, 'unread');
  const second = await world.plan(two, {}, 'unread');
  await world.act('Schedule', second);
  const [blocker] = await expectRefused(world.operator, 'distributionStart', { id: second });
  expect(blocker).toMatchObject({ code: 'TARGET_LIMIT' });
  expect(blocker?.message).toContain('takes at most 3 targets at a time. 2 are being worked on, and this run has 2.');
  // What is larger than the limit could never begin, so it is not even scheduled. Waves help.
  const large = await world.plan(await world.ready(names(4)), {}, 'unread');
  expect(await world.refusal('Schedule', large)).toEqual(['TARGET_LIMIT']);
  await rollouts.planWaves(large, { by: 'COUNT', sizes: [3] });
  expect(await world.act('Schedule', large)).toBe('SCHEDULED');
  // The scheduler starts what waited as soon as there is room.
  await world.passUntil(first, 'RUNNING', 30);
  await world.act('Stop', first, { mode: 'ABORT' });
  await world.passUntil(second, 'SUCCEEDED', 60);
  await world.passUntil(large, 'SUCCEEDED', 60);
  await limit('unread', null);

  // A site is a group by a filter.
  const group = { name: 'Berlin', filter: { name: { startsWith: 'berlin' } }, maxTargetsAtOnce: 2 };
  expect(await refusalCodes(world.operator, 'targetGroupCreate', group)).toEqual(['LIMIT_PROTECTED']);
  const { id: berlin } = await world.configurationManager.run('targetGroupCreate', group, 'targetGroup');
  const site = await world.ready(['berlin-a', 'berlin-b', 'paris-a']);
  const busy = await world.started(site, { parameters: world.simulate({ outcome: 'hang' }) });
  const more = await world.plan(await world.ready(['berlin-c']));
  await world.act('Schedule', more);
  const [full] = await expectRefused(world.operator, 'distributionStart', { id: more });
  expect(full?.message).toContain('Target group Berlin takes at most 2 targets at a time.');
  // Who rolls out does not get around the limit: not by another limit or filter, and not without the group.
  const { version } = await world.read(berlin, 'version', world.operator);
  const edit = { id: berlin, expectedVersion: version };
  for (const more of [{ maxTargetsAtOnce: 9 }, { maxTargetsAtOnce: null }, { filter: { name: { eq: 'nothing' } } }])
    expect(await refusalCodes(world.operator, 'targetGroupUpdate', { ...edit, ...more })).toEqual(['LIMIT_PROTECTED']);
  expect(await refusalCodes(world.operator, 'targetGroupRetire', { id: berlin })).toEqual(['LIMIT_PROTECTED']);
  const tool = { id: await world.tool('unread'), expectedVersion: 1, maxTargetsAtOnce: 9 };
  expect(await rejectionCode(world.operator, 'deploymentToolUpdate', tool)).toBe('FORBIDDEN');
  const elsewhere = await world.started(await world.ready(['paris-b']));
  await world.passUntil(elsewhere, 'SUCCEEDED', 60);
  await world.passUntil(busy, 'RUNNING', 30);
  await world.act('Stop', busy, { mode: 'ABORT' });
  await world.passUntil(more, 'SUCCEEDED', 60);
});

test('two that start at the same moment do not both find the last room', async () => {
  await limit('polite', 3);
  const ids = [];
  for (const release of [await world.ready(names(2)), await world.ready(names(2))]) {
    const id = await world.plan(release, { parameters: world.simulate({ outcome: 'hang' }) }, 'polite');
    ids.push(id);
  }
  for (const id of ids) await world.act('Schedule', id);
  const answers = await Promise.all(
    ids.map(async (id) => await world.operator.attempt('distributionStart', { id }, 'distribution')),
  );
  expect(answers.map(({ userErrors }) => userErrors.length).sort()).toEqual([0, 1]);
  await limit('polite', null);
});

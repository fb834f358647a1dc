import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { refusalCodes, rejectionCode } from '../../support/refusals.js';
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

type More = Record<string, unknown>;

describe('a decision', () => {
  const tripped = async (count = 4, script = 'fail', more: More = {}) => {
    const release = await world.ready(names(count));
    const id = await rollouts.start(release, { by: 'COUNT', sizes: [2], ...more }, { s01: script });
    await world.passUntil(id, 'AWAITING_DECISION', 60, 500);
    return { release, id, decision: await rollouts.decision(id) };
  };

  test('RETRY runs the wave again for what did not succeed', async () => {
    const { id, decision } = await tripped(4, 'fail-once');
    await rollouts.decide(decision, 'RETRY');
    expect(await rollouts.states(id)).toEqual(['RUNNING', 'PLANNED']);
    await world.passUntil(id, 'SUCCEEDED', 60, 500);
    expect(await world.read(id, 'attempt release { state }')).toEqual({ attempt: 3, release: { state: 'DEPLOYED' } });
  });

  test('CONTINUE accepts the failures, and only those who run the release can', async () => {
    const { id, decision } = await tripped();
    expect(await rollouts.refusal(decision, 'CONTINUE')).toEqual(['NOT_RELEASE_OWNER']);
    expect(await world.state(id)).toBe('AWAITING_DECISION');
    await rollouts.decide(decision, 'CONTINUE', {}, world.owner);
    await world.passUntil(id, 'PARTIALLY_SUCCEEDED', 60, 500);
    expect(await rollouts.waves(id, 'state acceptedFailures')).toEqual([
      { state: 'PASSED', acceptedFailures: 1 },
      { state: 'PASSED', acceptedFailures: 0 },
    ]);
  });

  test('STOP ends the rollout, and a retry takes it up again wave by wave', async () => {
    const { id, decision } = await tripped(4, 'fail-once');
    await rollouts.decide(decision, 'STOP');
    expect(await world.state(id)).toBe('STOPPED');
    expect(await rollouts.states(id)).toEqual(['CANCELLED', 'CANCELLED']);
    expect(await world.targets(id)).toMatchObject({ s03: { state: 'CANCELLED' }, s04: { state: 'CANCELLED' } });
    expect(await world.act('RetryFailed', id)).toBe('STARTING');
    expect(await rollouts.states(id)).toEqual(['RUNNING', 'PLANNED']);
    await world.passUntil(id, 'SUCCEEDED', 60, 500);
    expect(await rollouts.states(id)).toEqual(['PASSED', 'PASSED']);
  });

  test('BACK_OUT returns what was delivered', async () => {
    const release = await world.ready(names(4));
    const id = await rollouts.start(release, { by: 'COUNT', sizes: [2] }, { s03: 'fail' });
    await world.passUntil(id, 'AWAITING_DECISION', 60, 500);
    await rollouts.decide(await rollouts.decision(id), 'BACK_OUT');
    expect(await world.state(id)).toBe('BACKING_OUT');
    await world.passUntil(id, 'BACKED_OUT', 60, 500);
    expect(await world.targets(id)).toMatchObject({ s01: { state: 'BACKED_OUT' }, s02: { state: 'BACKED_OUT' } });
    expect(await rollouts.states(id)).toEqual(['PASSED', 'CANCELLED']);
  });

  test('is claimed, taken over, and made only by who has claimed it', async () => {
    const { decision } = await tripped();
    const claimed = async (client = world.operator) =>
      await client.run('decisionPointClaim', { id: decision.id }, 'decisionPoint', 'claimedBy { name } claimedAt');
    expect((await claimed(world.owner)).claimedBy.name).toBe(
      (await world.read(decision.id, 'claimedBy { name }')).claimedBy.name,
    );
    expect(await rollouts.refusal(decision, 'STOP')).toEqual(['DECISION_CLAIMED']);
    expect(await refusalCodes(world.operator, 'decisionPointUnclaim', { id: decision.id })).toEqual([
      'DECISION_CLAIMED',
    ]);
    await claimed();
    expect(await rollouts.refusal(decision, 'STOP', {}, world.owner)).toEqual(['DECISION_CLAIMED']);
    await world.operator.run('decisionPointUnclaim', { id: decision.id }, 'decisionPoint');
    await rollouts.decide(decision, 'STOP', {}, world.owner);
    expect(await rollouts.refusal(decision, 'STOP')).toEqual(['ILLEGAL_TRANSITION']);
  });

  test('is for people with a part in distributions only', async () => {
    const { id, decision } = await tripped();
    for (const command of ['decisionPointClaim', 'decisionPointUnclaim'])
      expect(await rejectionCode(world.auditor, command, { id: decision.id })).toBe('FORBIDDEN');
    expect(
      await rejectionCode(world.requester, 'decisionPointDecide', { id: decision.id, choice: 'STOP', reason: 'x' }),
    ).toBe('FORBIDDEN');
    expect(
      await rejectionCode(world.operator, 'decisionPointDecide', {
        id: decision.id,
        choice: 'STOP',
        reason: 'x',
        targetIds: [],
      }),
    ).toBe('BAD_USER_INPUT');
    expect(await world.state(id)).toBe('AWAITING_DECISION');
  });

  test('takes its default when it is due', async () => {
    const { id, decision } = await tripped(4, 'fail', { decisionMinutes: 5, decisionDefault: 'BACK_OUT' });
    expect(decision.dueAt).not.toBeNull();
    await world.pass(290, 10_000);
    expect(await world.state(id)).toBe('AWAITING_DECISION');
    await world.passUntil(id, 'BACKED_OUT', 60, 2_000);
    expect(await world.read(decision.id, 'state choice decidedBy { name } reason')).toEqual({
      state: 'DECIDED',
      choice: 'BACK_OUT',
      decidedBy: null,
      reason: 'Nobody decided in time.',
    });
  });

  test('is withdrawn when somebody stops the rollout without it', async () => {
    const { id, decision } = await tripped();
    expect(await world.act('Stop', id, { reason: 'Enough for tonight.' })).toBe('STOPPED');
    expect(await world.read(decision.id, 'state')).toEqual({ state: 'WITHDRAWN' });
  });
});

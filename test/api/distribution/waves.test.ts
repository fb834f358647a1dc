import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { writeStatements } from '../../support/write-statements.js';
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

/** Points a target somewhere else. */
async function rebind(id: string): Promise<void> {
  const { version } = await world.read(id, 'version');
  const bindings = { simulator: { address: 'another-machine' } };
  await world.configurationManager.run(
    'configurationItemUpdate',
    { id, expectedVersion: version, bindings },
    'configurationItem',
  );
}

describe('a rollout in waves', () => {
  test('goes wave by wave, each as one run, and ends with the last', async () => {
    const release = await world.ready(names(6));
    const id = await rollouts.start(release, { by: 'COUNT', sizes: [1, 2, 3] });
    expect(await rollouts.states(id)).toEqual(['RUNNING', 'PLANNED', 'PLANNED']);
    expect(Object.values(await world.targets(id)).filter(({ attempt }) => attempt === 1)).toHaveLength(1);
    await world.passUntil(id, 'SUCCEEDED', 60, 500);
    expect(await world.read(id, 'state percent attempt release { state }')).toEqual({
      state: 'SUCCEEDED',
      percent: 100,
      attempt: 3,
      release: { state: 'DEPLOYED' },
    });
    expect(await rollouts.waves(id)).toEqual(
      [1, 2, 3].map((n) => ({
        name: `Wave ${n}`,
        state: 'PASSED',
        progress: { total: n, counts: [{ state: 'SUCCEEDED', count: n }] },
      })),
    );
  });

  test('that trips stops by itself, asks, and goes on without what a person excludes', async () => {
    const release = await world.ready(names(8));
    const id = await rollouts.start(release, { by: 'COUNT', sizes: [2, 4, 2] }, { s03: 'fail', s04: 'fail' });
    await world.passUntil(id, 'AWAITING_DECISION', 60, 500);
    expect(await rollouts.states(id)).toEqual(['PASSED', 'TRIPPED', 'PLANNED']);
    expect(await world.targets(id)).toMatchObject({ s07: { state: 'PENDING' }, s08: { state: 'PENDING' } });
    const decision = await rollouts.decision(id);
    expect(decision).toMatchObject({
      trip: 'FAILURES',
      message: '2 of 4 targets failed; the wave tolerates 0.',
      dueAt: null,
      wave: { name: 'Wave 2' },
    });
    await world.pass(30, 5_000);
    expect(await world.state(id)).toBe('AWAITING_DECISION');

    expect(await rollouts.refusal(decision, 'EXCLUDE')).toEqual(['DECISION_NOT_POSSIBLE']);
    expect(await rollouts.refusal(decision, 'EXCLUDE', { targetIds: [release.cis['s01']] })).toEqual([
      'DECISION_NOT_POSSIBLE',
    ]);
    expect(await rollouts.refusal(decision, 'EXCLUDE', { targetIds: [release.cis['s03']] })).toEqual([
      'DECISION_NOT_POSSIBLE',
    ]);
    const targetIds = [release.cis['s03'], release.cis['s04']];
    expect(await rollouts.decide(decision, 'EXCLUDE', { targetIds })).toMatchObject({
      state: 'DECIDED',
      choice: 'EXCLUDE',
    });
    await world.passUntil(id, 'PARTIALLY_SUCCEEDED', 60, 500);
    expect(await rollouts.states(id)).toEqual(['PASSED', 'PASSED', 'PASSED']);
    const targets = await world.targets(id, 'state excluded');
    expect(Object.values(targets).filter(({ excluded }) => excluded)).toEqual([
      { state: 'FAILED', excluded: true },
      { state: 'FAILED', excluded: true },
    ]);
    expect(Object.values(targets).filter(({ state }) => state === 'SUCCEEDED')).toHaveLength(6);
    expect(await world.read(id, 'release { state }')).toEqual({ release: { state: 'PARTIALLY_DEPLOYED' } });
    // Nothing is left to retry: what was excluded stays out.
    expect(await world.refusal('RetryFailed', id)).toEqual(['NO_TARGETS']);
  });

  test('stops a wave while it runs, as soon as too many of its targets failed', async () => {
    const release = await world.ready(names(7));
    const waves = { by: 'COUNT', sizes: [6, 1], maxFailures: 1 };
    const slow = { stepMs: 5_000 };
    const scripts = { s01: 'fail', s02: 'fail', s03: slow, s04: slow };
    const id = await rollouts.start(release, waves, scripts, { maxParallel: 2 });
    await world.passUntil(id, 'AWAITING_DECISION', 60, 500);
    // What the tool had begun ended as it would have anyway.
    expect(await world.targets(id)).toMatchObject({
      s03: { state: 'SUCCEEDED' },
      s05: { state: 'CANCELLED' },
      s06: { state: 'CANCELLED' },
      s07: { state: 'PENDING' },
    });
    await app.relay();
    const { events } = await world.read(id, 'events(first: 200) { nodes { type reason } }');
    expect(events.nodes).toContainEqual({
      type: 'distribution-wave.stopping',
      reason: '2 of 6 targets failed; the wave tolerates 1.',
    });
    // What was stopped by this is not forgotten: it is delivered once the failures are excluded.
    const targetIds = [release.cis['s01'], release.cis['s02']];
    await rollouts.decide(await rollouts.decision(id), 'EXCLUDE', { targetIds });
    await world.passUntil(id, 'PARTIALLY_SUCCEEDED', 60, 500);
    expect(await world.targets(id)).toMatchObject({ s05: { state: 'SUCCEEDED' }, s07: { state: 'SUCCEEDED' } });
  });

  test('tells its whole story in the events of the distribution', async () => {
    const release = await world.ready(names(3));
    const id = await rollouts.start(release, { by: 'COUNT', sizes: [1, 2] }, { s02: 'fail' });
    await world.passUntil(id, 'AWAITING_DECISION', 60, 500);
    await rollouts.decide(await rollouts.decision(id), 'STOP');
    await app.relay();
    const { events } = await world.read(id, 'events(first: 200) { nodes { type } }');
    const types = events.nodes.map(({ type }: { type: string }) => type).reverse();
    const story = types.filter((type: string) => /wave|decision|distribution\.(started|advanced|stopped)/.test(type));
    expect(story).toEqual([
      'distribution.waves-planned',
      'distribution-wave.begun',
      'distribution.started',
      'distribution-wave.passed',
      'distribution.wave-ended',
      'distribution-wave.begun',
      'distribution.advanced',
      'distribution-wave.tripped',
      'decision-point.opened',
      'distribution.awaiting-decision',
      'decision-point.decided',
      'distribution-wave.cancelled',
      'distribution.stopped',
    ]);
  });
});

describe('between two waves', () => {
  test('the soak time passes, then the next wave starts by itself', async () => {
    const release = await world.ready(names(2));
    const id = await rollouts.start(release, { by: 'COUNT', sizes: [1], soakMinutes: 10 });
    await world.passUntil(id, 'BETWEEN_WAVES', 30, 500);
    await world.pass(540, 20_000);
    expect(await world.state(id)).toBe('BETWEEN_WAVES');
    expect(await world.refusal('Advance', id)).toEqual(['WAVE_NOT_READY']);
    await world.passUntil(id, 'SUCCEEDED', 120, 1_000);
  });

  test('an operator advances a wave that does not advance by itself', async () => {
    const release = await world.ready(names(2));
    const id = await rollouts.start(release, { by: 'COUNT', sizes: [1], advance: 'MANUAL' });
    await world.passUntil(id, 'BETWEEN_WAVES', 30, 500);
    await world.pass(60, 5_000);
    expect(await world.state(id)).toBe('BETWEEN_WAVES');
    expect(await rejectionCode(world.auditor, 'distributionAdvance', { id })).toBe('FORBIDDEN');
    expect(await world.act('Advance', id)).toBe('STARTING');
    await world.passUntil(id, 'SUCCEEDED', 30, 500);
  });

  test('a wave is judged by its own targets: one that changed blocks its own wave and no earlier one', async () => {
    const release = await world.ready(names(3));
    const id = await rollouts.start(release, { by: 'COUNT', sizes: [1], advance: 'MANUAL' });
    await world.passUntil(id, 'BETWEEN_WAVES', 30, 500);
    await rebind(release.cis['s03'] as string);
    expect(await world.act('Advance', id)).toBe('STARTING');
    await world.passUntil(id, 'BETWEEN_WAVES', 30, 500);
    expect(await world.refusal('Advance', id)).toEqual(['APPROVAL_STALE']);
    const { approvalLapses, availableCommands } = await world.read(
      id,
      'approvalLapses { message } availableCommands { command allowed }',
    );
    expect(approvalLapses).toMatchObject([{ message: expect.stringContaining('binding') }]);
    expect(availableCommands).toContainEqual({ command: 'distributionAdvance', allowed: false });
  });

  test('a wave waits for its window, and says so', async () => {
    const release = await world.ready(names(2));
    const opensAt = new Date(clock.now().getTime() + 3_600_000).toISOString();
    const id = await rollouts.start(release, {
      by: 'COUNT',
      sizes: [1],
      waves: [{ position: 2, name: 'Late', opensAt }],
    });
    await world.passUntil(id, 'BETWEEN_WAVES', 30, 500);
    await world.pass(60, 5_000);
    expect(await world.refusal('Advance', id)).toEqual(['WAVE_NOT_READY']);
    clock.advance(3_600_000);
    await world.passUntil(id, 'SUCCEEDED', 60, 500);
    expect((await rollouts.waves(id, 'name'))[1]).toEqual({ name: 'Late' });
  });

  test('a wave that is sent late is judged by its own window and targets, not by those of the next one', async () => {
    const opensAt = new Date(clock.now().getTime() + 3_600_000).toISOString();
    const waves = { by: 'COUNT', sizes: [1], waves: [{ position: 2, opensAt }] };
    const parameters = world.simulate('succeed', {}, { submit: { kind: 'refuse', code: 'UNAVAILABLE', times: 1 } });
    const late = await rollouts.start(await world.ready(names(2)), waves, {}, { parameters });
    await world.passUntil(late, 'BETWEEN_WAVES', 60, 1_000);
    expect(await rollouts.states(late)).toEqual(['PASSED', 'PLANNED']);

    const release = await world.ready(names(2));
    const changed = await rollouts.start(release, waves, {}, { parameters });
    await app.jobs.runOnce();
    await rebind(release.cis['s01'] as string);
    await world.passUntil(changed, 'AWAITING_DECISION', 60, 1_000);
    expect((await world.targets(changed, 'state reasonCode'))['s01']).toEqual({
      state: 'REJECTED',
      reasonCode: 'APPROVAL_STALE',
    });
  });

  test('a rollout is paused without its tool, resumed, and stopped', async () => {
    const release = await world.ready(names(3));
    const id = await rollouts.start(release, { by: 'COUNT', sizes: [1], advance: 'MANUAL' });
    await world.passUntil(id, 'BETWEEN_WAVES', 30, 500);
    expect(await world.act('Pause', id)).toBe('PAUSED');
    expect(await world.act('Resume', id)).toBe('BETWEEN_WAVES');
    expect(await world.act('Pause', id)).toBe('PAUSED');
    expect(await world.act('Stop', id, { reason: 'Tomorrow.' })).toBe('STOPPED');
    expect(await world.targets(id)).toMatchObject({
      s01: { state: 'SUCCEEDED' },
      s02: { state: 'CANCELLED' },
      s03: { state: 'CANCELLED' },
    });
    expect(await world.read(id, 'release { state }')).toEqual({ release: { state: 'PARTIALLY_DEPLOYED' } });
  });

  test('a pause during a wave keeps the rollout paused after it', async () => {
    const release = await world.ready(names(2));
    const id = await rollouts.start(release, { by: 'COUNT', sizes: [1] }, {}, { tool: 'pausable' });
    await world.pass(1);
    expect(await world.act('Pause', id)).toBe('PAUSED');
    await world.pass(20, 1_000);
    expect(await rollouts.states(id)).toEqual(['PASSED', 'PLANNED']);
    expect(await world.state(id)).toBe('PAUSED');
    expect(await world.act('Resume', id)).toBe('BETWEEN_WAVES');
    await world.passUntil(id, 'SUCCEEDED', 60, 500);
  });

  test('the remaining waves are planned anew by those who run the release', async () => {
    const release = await world.ready(names(6));
    const id = await rollouts.start(release, { by: 'COUNT', sizes: [2], advance: 'MANUAL' });
    await world.passUntil(id, 'BETWEEN_WAVES', 30, 500);
    const { version } = await world.read(id, 'version');
    const input = { id, expectedVersion: version, by: 'COUNT', sizes: [4] };
    expect(await refusalCodes(world.operator, 'distributionPlanWaves', input)).toEqual(['NOT_RELEASE_OWNER']);
    await rollouts.planWaves(id, { by: 'COUNT', sizes: [4] }, world.owner);
    expect(await rollouts.waves(id, 'position state progress { total }')).toEqual([
      { position: 1, state: 'PASSED', progress: { total: 2 } },
      { position: 2, state: 'PLANNED', progress: { total: 4 } },
    ]);
    const none = { id, expectedVersion: (await world.read(id, 'version')).version, by: 'NONE' };
    expect(await refusalCodes(world.owner, 'distributionPlanWaves', none)).toEqual(['PLAN_INVALID']);
    await world.act('Advance', id);
    await world.passUntil(id, 'SUCCEEDED', 30, 500);
  });
});

describe('a rollout whose tool does not answer clearly', () => {
  test('goes back to its wave when a person finds that the start never happened', async () => {
    const release = await world.ready(names(2));
    const id = await rollouts.start(release, { by: 'COUNT', sizes: [1] }, {}, { tool: 'blind' });
    await world.passUntil(id, 'START_UNKNOWN', 600, 5_000);
    expect(await rollouts.states(id)).toEqual(['RUNNING', 'PLANNED']);
    const found = { decision: 'NOT_STARTED', reason: 'Looked at the console.' };
    expect(await world.act('Reconcile', id, found)).toBe('SCHEDULED');
    expect(await rollouts.states(id)).toEqual(['PLANNED', 'PLANNED']);
  });

  test('ends when a person abandons it, with nothing left open', async () => {
    const release = await world.ready(names(2));
    const id = await rollouts.start(release, { by: 'COUNT', sizes: [1] }, {}, { tool: 'blind' });
    await world.passUntil(id, 'START_UNKNOWN', 600, 5_000);
    const found = { decision: 'ABANDONED', reason: 'Nobody can tell.' };
    expect(await world.act('Reconcile', id, found)).toBe('FAILED');
    expect(await rollouts.states(id)).toEqual(['CANCELLED', 'CANCELLED']);
    expect(await world.targets(id)).toMatchObject({ s01: { state: 'UNKNOWN' }, s02: { state: 'CANCELLED' } });
  });
});

describe('a wave that advances when it is verified', () => {
  test('goes on at once where the tool reads the digests back', async () => {
    const release = await world.ready(names(2));
    const id = await rollouts.start(release, { by: 'COUNT', sizes: [1], advance: 'VERIFIED' });
    await world.passUntil(id, 'SUCCEEDED', 30, 500);
    expect(await rollouts.states(id)).toEqual(['PASSED', 'PASSED']);
  });

  test('waits for a check of what it delivered', async () => {
    const release = await world.ready(names(2));
    const waves = { by: 'COUNT', sizes: [1], advance: 'VERIFIED' };
    const id = await rollouts.start(release, waves, {}, { tool: 'unread' });
    await world.passUntil(id, 'BETWEEN_WAVES', 30, 500);
    await world.pass(10, 1_000);
    expect(await world.refusal('Advance', id)).toEqual(['WAVE_NOT_READY']);
    await world.started(release, { operation: 'VERIFY', targetIds: [release.cis['s01']] }, 'unread');
    await world.passUntil(id, 'SUCCEEDED', 60, 500);
  });
});

describe('a run that nobody can end', () => {
  const deaf = { outcome: 'hang', cancel: 'refuse' };

  test('is stopped first, then abandoned: what has no result is UNKNOWN, and the release has an outcome', async () => {
    const release = await world.ready(names(3));
    const id = await rollouts.start(release, { by: 'COUNT', sizes: [2] }, { s02: deaf });
    await world.passUntil(id, 'RUNNING', 30, 500);
    await world.pass(10, 1_000);
    const reason = 'The console of the tool hangs.';
    expect(await world.refusal('Abandon', id, { reason })).toEqual(['RUN_STOPPABLE']);
    await world.act('Stop', id);
    await world.pass(30, 5_000);
    expect(await world.refusal('Abandon', id)).toEqual(['EVIDENCE_MISSING', 'RUN_STOPPABLE']);
    await world.pass(600, 20_000);
    expect(await world.state(id)).toBe('STOPPING');
    expect(await world.refusal('Abandon', id)).toEqual(['EVIDENCE_MISSING']);
    expect(await rejectionCode(world.manager, 'distributionAbandon', { id, reason })).toBe('FORBIDDEN');
    expect(await world.act('Abandon', id, { reason })).toBe('PARTIALLY_SUCCEEDED');
    expect(await world.targets(id, 'state reasonCode')).toEqual({
      s01: { state: 'SUCCEEDED', reasonCode: null },
      s02: { state: 'UNKNOWN', reasonCode: 'ABANDONED' },
      s03: { state: 'CANCELLED', reasonCode: 'ROLLOUT_ENDED' },
    });
    expect(await world.read(id, 'release { state }')).toEqual({ release: { state: 'PARTIALLY_DEPLOYED' } });
    // The configuration items are free: another distribution can have them.
    await world.act('RetryFailed', id);
  });

  test('keeps its targets while the tool may still end it', async () => {
    const release = await world.ready(names(1));
    const hang = { parameters: world.simulate('hang') };
    const id = await world.started(release, hang, 'polite');
    await world.passUntil(id, 'RUNNING', 30, 500);
    await world.act('Stop', id);
    const reason = 'It says that it stops, and goes on.';
    await world.pass(500, 20_000);
    expect(await world.refusal('Abandon', id, { reason })).toEqual(['RUN_STOPPABLE']);
    expect(await world.state(id)).toBe('STOPPING');
    await world.pass(120, 20_000);
    expect(await world.act('Abandon', id, { reason })).toBe('FAILED');
  });

  test('is none between two waves', async () => {
    const release = await world.ready(names(2));
    const id = await rollouts.start(release, { by: 'COUNT', sizes: [1], advance: 'MANUAL' });
    await world.passUntil(id, 'BETWEEN_WAVES', 30, 500);
    for (const pause of [false, true]) {
      if (pause) await world.act('Pause', id);
      expect(await world.refusal('Abandon', id, { reason: 'Why not?' })).toEqual(['ILLEGAL_TRANSITION']);
    }
  });
});

describe('the end of a rollout', () => {
  test('takes as many statements for many waves as for few', async () => {
    const counts: number[] = [];
    for (const count of [3, 12]) {
      const release = await world.ready(names(count));
      const id = await rollouts.start(release, { by: 'COUNT', sizes: [1], advance: 'MANUAL' });
      await world.passUntil(id, 'BETWEEN_WAVES', 30, 500);
      const sent = await writeStatements(app, async () => await world.act('Stop', id, { reason: 'Enough.' }));
      expect(await rollouts.states(id)).toEqual(['PASSED', ...Array.from({ length: count - 1 }, () => 'CANCELLED')]);
      counts.push(sent.length);
    }
    expect(counts[1]).toBe(counts[0]);
  });

  test('before its start cancels the waves, too', async () => {
    const release = await world.ready(names(2));
    const id = await world.plan(release);
    await rollouts.planWaves(id, { by: 'COUNT', sizes: [1] });
    await world.act('Cancel', id, { reason: 'Another time.' });
    expect(await rollouts.states(id)).toEqual(['CANCELLED', 'CANCELLED']);
  });
});

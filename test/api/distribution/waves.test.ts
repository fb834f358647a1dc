import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Adapter, AdapterError } from '../../../src/adapters/adapter.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { refusalCodes, rejectionCode } from '../../support/refusals.js';
import { storyOf, type ReadyRelease, type Script, type Story } from '../../support/story.js';
import { reworked } from '../../support/tools.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;

const pausing = { pause: async () => {}, resume: async () => {} };
const blind = {
  submit: async () => {
    throw new AdapterError('OUTCOME_UNKNOWN', 'The connection broke.');
  },
  find: async () => null,
};
const readsNothingBack = (inner: Adapter): Partial<Adapter> => ({
  observe: async (handle, cursor, signal) => {
    const seen = await inner.observe(handle, cursor, signal);
    return { ...seen, targets: seen.targets.map(({ verifiedSha256: _, ...report }) => report) };
  },
});
const adapters = [
  { instance: 'simulator', module: 'simulator' },
  { instance: 'unread', module: reworked('unread', readsNothingBack) },
  { instance: 'blind', module: reworked('blind', () => blind, { submit: 'at-most-once' }) },
  { instance: 'pausable', module: reworked('pausable', () => pausing, { pause: true }) },
];

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now, adapters });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

type More = Record<string, unknown>;

const names = (count: number) => Array.from({ length: count }, (_, n) => `s${String(n + 1).padStart(2, '0')}`);

async function planWaves(id: string, input: More, client = world.operator): Promise<void> {
  const { version } = await world.read(id, 'version');
  await client.run('distributionPlanWaves', { id, expectedVersion: version, ...input }, 'distribution');
}

/** A started rollout of one release to some targets. */
async function rollout(
  release: ReadyRelease,
  waves: More,
  scripts: Readonly<Record<string, Script>> = {},
  { tool = 'simulator', ...more }: More & { tool?: string } = {},
): Promise<string> {
  const parameters = world.simulate(
    'succeed',
    Object.fromEntries(Object.entries(scripts).map(([name, script]) => [release.cis[name] as string, script])),
  );
  const id = await world.plan(release, { parameters, ...more }, tool);
  await planWaves(id, waves);
  await world.act('Schedule', id);
  await world.begin(id);
  return id;
}

const wavesOf = async (id: string, selection = 'name state progress { total counts { state count } }') =>
  (await world.read(id, `waves { nodes { ${selection} } }`)).waves.nodes;

const statesOf = async (id: string) => (await wavesOf(id, 'state')).map(({ state }: { state: string }) => state);

async function openDecision(id: string): Promise<any> {
  const { decisionPoints } = await world.read(
    id,
    'decisionPoints(filter: { state: { eq: OPEN } }) { nodes { id version trip message dueAt wave { name } } }',
  );
  return decisionPoints.nodes[0];
}

const decide = async (decision: { id: string }, choice: string, more: More = {}, client = world.operator) =>
  await client.run(
    'decisionPointDecide',
    { id: decision.id, choice, reason: 'Checked on the machines.', ...more },
    'decisionPoint',
    'state choice decidedBy { name }',
  );

const decisionRefusal = async (decision: { id: string }, choice: string, more: More = {}, client = world.operator) =>
  await refusalCodes(client, 'decisionPointDecide', { id: decision.id, choice, reason: 'Because.', ...more });

describe('a rollout in waves', () => {
  test('goes wave by wave, each as one run, and ends with the last', async () => {
    const release = await world.ready(names(6));
    const id = await rollout(release, { by: 'COUNT', sizes: [1, 2, 3] });
    expect(await statesOf(id)).toEqual(['RUNNING', 'PLANNED', 'PLANNED']);
    expect(Object.values(await world.targets(id)).filter(({ attempt }) => attempt === 1)).toHaveLength(1);
    await world.passUntil(id, 'SUCCEEDED', 60, 500);
    expect(await world.read(id, 'state percent attempt release { state }')).toEqual({
      state: 'SUCCEEDED',
      percent: 100,
      attempt: 3,
      release: { state: 'DEPLOYED' },
    });
    expect(await wavesOf(id)).toEqual(
      [1, 2, 3].map((n) => ({
        name: `Wave ${n}`,
        state: 'PASSED',
        progress: { total: n, counts: [{ state: 'SUCCEEDED', count: n }] },
      })),
    );
  });

  test('that trips stops by itself, asks, and goes on without what a person excludes', async () => {
    const release = await world.ready(names(8));
    const id = await rollout(release, { by: 'COUNT', sizes: [2, 4, 2] }, { s03: 'fail', s04: 'fail' });
    await world.passUntil(id, 'AWAITING_DECISION', 60, 500);
    expect(await statesOf(id)).toEqual(['PASSED', 'TRIPPED', 'PLANNED']);
    expect(await world.targets(id)).toMatchObject({ s07: { state: 'PENDING' }, s08: { state: 'PENDING' } });
    const decision = await openDecision(id);
    expect(decision).toMatchObject({
      trip: 'FAILURES',
      message: '2 of 4 targets failed; the wave tolerates 0.',
      dueAt: null,
      wave: { name: 'Wave 2' },
    });
    await world.pass(30, 5_000);
    expect(await world.state(id)).toBe('AWAITING_DECISION');

    expect(await decisionRefusal(decision, 'EXCLUDE')).toEqual(['DECISION_NOT_POSSIBLE']);
    expect(await decisionRefusal(decision, 'EXCLUDE', { targetIds: [release.cis['s01']] })).toEqual([
      'DECISION_NOT_POSSIBLE',
    ]);
    expect(await decisionRefusal(decision, 'EXCLUDE', { targetIds: [release.cis['s03']] })).toEqual([
      'DECISION_NOT_POSSIBLE',
    ]);
    const targetIds = [release.cis['s03'], release.cis['s04']];
    expect(await decide(decision, 'EXCLUDE', { targetIds })).toMatchObject({ state: 'DECIDED', choice: 'EXCLUDE' });
    await world.passUntil(id, 'PARTIALLY_SUCCEEDED', 60, 500);
    expect(await statesOf(id)).toEqual(['PASSED', 'PASSED', 'PASSED']);
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
    const id = await rollout(release, waves, scripts, { maxParallel: 2 });
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
    await decide(await openDecision(id), 'EXCLUDE', { targetIds });
    await world.passUntil(id, 'PARTIALLY_SUCCEEDED', 60, 500);
    expect(await world.targets(id)).toMatchObject({ s05: { state: 'SUCCEEDED' }, s07: { state: 'SUCCEEDED' } });
  });

  test('tells its whole story in the events of the distribution', async () => {
    const release = await world.ready(names(3));
    const id = await rollout(release, { by: 'COUNT', sizes: [1, 2] }, { s02: 'fail' });
    await world.passUntil(id, 'AWAITING_DECISION', 60, 500);
    await decide(await openDecision(id), 'STOP');
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

describe('a decision', () => {
  const tripped = async (count = 4, script = 'fail', more: More = {}) => {
    const release = await world.ready(names(count));
    const id = await rollout(release, { by: 'COUNT', sizes: [2], ...more }, { s01: script });
    await world.passUntil(id, 'AWAITING_DECISION', 60, 500);
    return { release, id, decision: await openDecision(id) };
  };

  test('RETRY runs the wave again for what did not succeed', async () => {
    const { id, decision } = await tripped(4, 'fail-once');
    await decide(decision, 'RETRY');
    expect(await statesOf(id)).toEqual(['RUNNING', 'PLANNED']);
    await world.passUntil(id, 'SUCCEEDED', 60, 500);
    expect(await world.read(id, 'attempt release { state }')).toEqual({ attempt: 3, release: { state: 'DEPLOYED' } });
  });

  test('CONTINUE accepts the failures, and only those who run the release can', async () => {
    const { id, decision } = await tripped();
    expect(await decisionRefusal(decision, 'CONTINUE')).toEqual(['NOT_RELEASE_OWNER']);
    expect(await world.state(id)).toBe('AWAITING_DECISION');
    await decide(decision, 'CONTINUE', {}, world.owner);
    await world.passUntil(id, 'PARTIALLY_SUCCEEDED', 60, 500);
    expect(await wavesOf(id, 'state acceptedFailures')).toEqual([
      { state: 'PASSED', acceptedFailures: 1 },
      { state: 'PASSED', acceptedFailures: 0 },
    ]);
  });

  test('STOP ends the rollout, and a retry takes it up again wave by wave', async () => {
    const { id, decision } = await tripped(4, 'fail-once');
    await decide(decision, 'STOP');
    expect(await world.state(id)).toBe('STOPPED');
    expect(await statesOf(id)).toEqual(['CANCELLED', 'CANCELLED']);
    expect(await world.targets(id)).toMatchObject({ s03: { state: 'CANCELLED' }, s04: { state: 'CANCELLED' } });
    expect(await world.act('RetryFailed', id)).toBe('STARTING');
    expect(await statesOf(id)).toEqual(['RUNNING', 'PLANNED']);
    await world.passUntil(id, 'SUCCEEDED', 60, 500);
    expect(await statesOf(id)).toEqual(['PASSED', 'PASSED']);
  });

  test('BACK_OUT returns what was delivered', async () => {
    const release = await world.ready(names(4));
    const id = await rollout(release, { by: 'COUNT', sizes: [2] }, { s03: 'fail' });
    await world.passUntil(id, 'AWAITING_DECISION', 60, 500);
    await decide(await openDecision(id), 'BACK_OUT');
    expect(await world.state(id)).toBe('BACKING_OUT');
    await world.passUntil(id, 'BACKED_OUT', 60, 500);
    expect(await world.targets(id)).toMatchObject({ s01: { state: 'BACKED_OUT' }, s02: { state: 'BACKED_OUT' } });
    expect(await statesOf(id)).toEqual(['PASSED', 'CANCELLED']);
  });

  test('is claimed, taken over, and made only by who has claimed it', async () => {
    const { decision } = await tripped();
    const claimed = async (client = world.operator) =>
      await client.run('decisionPointClaim', { id: decision.id }, 'decisionPoint', 'claimedBy { name } claimedAt');
    expect((await claimed(world.owner)).claimedBy.name).toBe(
      (await world.read(decision.id, 'claimedBy { name }')).claimedBy.name,
    );
    expect(await decisionRefusal(decision, 'STOP')).toEqual(['DECISION_CLAIMED']);
    expect(await refusalCodes(world.operator, 'decisionPointUnclaim', { id: decision.id })).toEqual([
      'DECISION_CLAIMED',
    ]);
    await claimed();
    expect(await decisionRefusal(decision, 'STOP', {}, world.owner)).toEqual(['DECISION_CLAIMED']);
    await world.operator.run('decisionPointUnclaim', { id: decision.id }, 'decisionPoint');
    await decide(decision, 'STOP', {}, world.owner);
    expect(await decisionRefusal(decision, 'STOP')).toEqual(['ILLEGAL_TRANSITION']);
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

describe('between two waves', () => {
  test('the soak time passes, then the next wave starts by itself', async () => {
    const release = await world.ready(names(2));
    const id = await rollout(release, { by: 'COUNT', sizes: [1], soakMinutes: 10 });
    await world.passUntil(id, 'BETWEEN_WAVES', 30, 500);
    await world.pass(540, 20_000);
    expect(await world.state(id)).toBe('BETWEEN_WAVES');
    expect(await world.refusal('Advance', id)).toEqual(['WAVE_NOT_READY']);
    await world.passUntil(id, 'SUCCEEDED', 120, 1_000);
  });

  test('an operator advances a wave that does not advance by itself', async () => {
    const release = await world.ready(names(2));
    const id = await rollout(release, { by: 'COUNT', sizes: [1], advance: 'MANUAL' });
    await world.passUntil(id, 'BETWEEN_WAVES', 30, 500);
    await world.pass(60, 5_000);
    expect(await world.state(id)).toBe('BETWEEN_WAVES');
    expect(await rejectionCode(world.auditor, 'distributionAdvance', { id })).toBe('FORBIDDEN');
    expect(await world.act('Advance', id)).toBe('STARTING');
    await world.passUntil(id, 'SUCCEEDED', 30, 500);
  });

  test('a wave waits for its window, and says so', async () => {
    const release = await world.ready(names(2));
    const opensAt = new Date(clock.now().getTime() + 3_600_000).toISOString();
    const id = await rollout(release, { by: 'COUNT', sizes: [1], waves: [{ position: 2, name: 'Late', opensAt }] });
    await world.passUntil(id, 'BETWEEN_WAVES', 30, 500);
    await world.pass(60, 5_000);
    expect(await world.refusal('Advance', id)).toEqual(['WAVE_NOT_READY']);
    clock.advance(3_600_000);
    await world.passUntil(id, 'SUCCEEDED', 60, 500);
    expect((await wavesOf(id, 'name'))[1]).toEqual({ name: 'Late' });
  });

  test('a rollout is paused without its tool, resumed, and stopped', async () => {
    const release = await world.ready(names(3));
    const id = await rollout(release, { by: 'COUNT', sizes: [1], advance: 'MANUAL' });
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
    const id = await rollout(release, { by: 'COUNT', sizes: [1] }, {}, { tool: 'pausable' });
    await world.pass(1);
    expect(await world.act('Pause', id)).toBe('PAUSED');
    await world.pass(20, 1_000);
    expect(await statesOf(id)).toEqual(['PASSED', 'PLANNED']);
    expect(await world.state(id)).toBe('PAUSED');
    expect(await world.act('Resume', id)).toBe('BETWEEN_WAVES');
    await world.passUntil(id, 'SUCCEEDED', 60, 500);
  });

  test('the remaining waves are planned anew by those who run the release', async () => {
    const release = await world.ready(names(6));
    const id = await rollout(release, { by: 'COUNT', sizes: [2], advance: 'MANUAL' });
    await world.passUntil(id, 'BETWEEN_WAVES', 30, 500);
    const { version } = await world.read(id, 'version');
    const input = { id, expectedVersion: version, by: 'COUNT', sizes: [4] };
    expect(await refusalCodes(world.operator, 'distributionPlanWaves', input)).toEqual(['NOT_RELEASE_OWNER']);
    await planWaves(id, { by: 'COUNT', sizes: [4] }, world.owner);
    expect(await wavesOf(id, 'position state progress { total }')).toEqual([
      { position: 1, state: 'PASSED', progress: { total: 2 } },
      { position: 2, state: 'PLANNED', progress: { total: 4 } },
    ]);
    const none = { id, expectedVersion: (await world.read(id, 'version')).version, by: 'NONE' };
    expect(await refusalCodes(world.owner, 'distributionPlanWaves', none)).toEqual(['PLAN_INVALID']);
    await world.act('Advance', id);
    await world.passUntil(id, 'SUCCEEDED', 30, 500);
  });
});

describe('the plan of the waves', () => {
  test('divides by percent, by list, and not at all', async () => {
    const release = await world.ready(names(10));
    const id = await world.plan(release);
    await planWaves(id, { by: 'PERCENT', sizes: [10, 50] });
    expect((await wavesOf(id, 'progress { total }')).map((wave: any) => wave.progress.total)).toEqual([1, 5, 4]);
    const first = [release.cis['s05'], release.cis['s01']];
    const rest = Object.values(release.cis).filter((ci) => !first.includes(ci));
    await planWaves(id, { by: 'LIST', lists: [{ targetIds: first }, { targetIds: rest }] });
    expect((await world.targets(id, 'wave { name }'))['s05']).toEqual({ wave: { name: 'Wave 1' } });
    await planWaves(id, { by: 'NONE' });
    expect(await wavesOf(id)).toEqual([]);
    expect((await world.targets(id, 'wave { name }'))['s05']).toEqual({ wave: null });
  });

  test('leaves no target out', async () => {
    const release = await world.ready(names(3));
    const id = await world.plan(release);
    await planWaves(id, { by: 'LIST', lists: [{ targetIds: [release.cis['s01']] }] });
    expect(await world.refusal('Schedule', id)).toEqual(['PLAN_INVALID', 'PLAN_INVALID']);
  });

  test.each<[string, More, string]>([
    ['sizes for a list', { by: 'LIST', sizes: [1] }, 'sizes'],
    ['no size', { by: 'COUNT' }, 'sizes'],
    ['a size of nothing', { by: 'COUNT', sizes: [0] }, 'sizes'],
    ['more than all', { by: 'PERCENT', sizes: [101] }, 'sizes'],
    ['a negative soak time', { by: 'COUNT', sizes: [1], soakMinutes: -1 }, 'soakMinutes'],
    ['a share of more than all', { by: 'COUNT', sizes: [1], maxFailurePercent: 101 }, 'maxFailurePercent'],
    ['a default that needs a person', { by: 'COUNT', sizes: [1], decisionDefault: 'EXCLUDE' }, 'decisionDefault'],
  ])('refuses %s', async (_, input, field) => {
    const release = await world.ready(['s01']);
    const id = await world.plan(release);
    const { version } = await world.read(id, 'version');
    const { errors } = await world.operator.send(
      'mutation($input: DistributionPlanWavesInput!) { distributionPlanWaves(input: $input) { replayed } }',
      { input: { id, expectedVersion: version, ...input } },
    );
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', field } });
    expect(await wavesOf(id)).toEqual([]);
  });
});

describe('waves that keep redundant items in service', () => {
  /** A release to the two nodes of a cluster and a server of its own. The loss of the cluster is agreed to. */
  async function cluster(): Promise<ReadyRelease> {
    const [a, b, alone, pair] = [
      await world.ci('node-a'),
      await world.ci('node-b'),
      await world.ci('alone'),
      await world.ci('pair'),
    ];
    for (const sourceId of [a, b])
      await world.configurationManager.run(
        'configurationItemRelate',
        { sourceId, targetId: pair, kind: 'MEMBER_OF' },
        'ciRelation',
      );
    const cis = { a, b, alone };
    const id = await world.accepted('Cluster patch', Object.values(cis));
    const at = (ms: number) => new Date(clock.now().getTime() + ms).toISOString();
    // The booking names the whole cluster, whatever the waves are, so somebody else agrees to that.
    await world.authority.run(
      'waiverGrant',
      { releaseId: id, code: 'REDUNDANCY_CONFLICT', reason: 'Wave by wave.', expiresAt: at(86_400_000) },
      'waiver',
    );
    await world.step('releaseSchedule', id, { startsAt: at(0), endsAt: at(43_200_000) });
    await world.step('releaseCommunicate', id, { audience: 'Everybody', message: 'Nothing will be down.' });
    return { id, cis };
  }

  test('never have both nodes of a pair in one wave, and say why', async () => {
    const release = await cluster();
    const id = await world.plan(release);
    await planWaves(id, { by: 'REDUNDANCY' });
    const targets = await world.targets(id, 'wave { name explanation }');
    expect(targets['node-a'].wave.name).not.toBe(targets['node-b'].wave.name);
    const later = [targets['node-a'], targets['node-b']].find(({ wave }) => wave.name === 'Wave 2');
    expect(later.wave.explanation.join(' ')).toContain('pair');
  });

  test('are asked again at dispatch: a node that is down keeps the other one up', async () => {
    const release = await cluster();
    const parameters = world.simulate('succeed', { [release.cis['a'] as string]: 'fail' });
    const id = await world.plan(release, { parameters });
    await planWaves(id, { by: 'REDUNDANCY', maxFailures: 1 });
    await world.act('Schedule', id);
    await world.begin(id);
    await world.passUntil(id, 'BETWEEN_WAVES', 30, 500);
    await world.pass(10, 1_000);
    expect(await world.read(id, 'state stateReason')).toEqual({
      state: 'BETWEEN_WAVES',
      stateReason: expect.stringContaining('pair'),
    });
    expect(await world.refusal('Advance', id)).toEqual(['REDUNDANCY_CONFLICT']);
    expect(await world.targets(id)).toMatchObject({ 'node-a': { state: 'FAILED' }, 'node-b': { state: 'PENDING' } });
  });
});

describe('a rollout whose tool does not answer clearly', () => {
  test('goes back to its wave when a person finds that the start never happened', async () => {
    const release = await world.ready(names(2));
    const id = await rollout(release, { by: 'COUNT', sizes: [1] }, {}, { tool: 'blind' });
    await world.passUntil(id, 'START_UNKNOWN', 600, 5_000);
    expect(await statesOf(id)).toEqual(['RUNNING', 'PLANNED']);
    const found = { decision: 'NOT_STARTED', reason: 'Looked at the console.' };
    expect(await world.act('Reconcile', id, found)).toBe('SCHEDULED');
    expect(await statesOf(id)).toEqual(['PLANNED', 'PLANNED']);
  });

  test('ends when a person abandons it, with nothing left open', async () => {
    const release = await world.ready(names(2));
    const id = await rollout(release, { by: 'COUNT', sizes: [1] }, {}, { tool: 'blind' });
    await world.passUntil(id, 'START_UNKNOWN', 600, 5_000);
    const found = { decision: 'ABANDONED', reason: 'Nobody can tell.' };
    expect(await world.act('Reconcile', id, found)).toBe('FAILED');
    expect(await statesOf(id)).toEqual(['CANCELLED', 'CANCELLED']);
    expect(await world.targets(id)).toMatchObject({ s01: { state: 'UNKNOWN' }, s02: { state: 'CANCELLED' } });
  });
});

describe('a wave that advances when it is verified', () => {
  test('goes on at once where the tool reads the digests back', async () => {
    const release = await world.ready(names(2));
    const id = await rollout(release, { by: 'COUNT', sizes: [1], advance: 'VERIFIED' });
    await world.passUntil(id, 'SUCCEEDED', 30, 500);
    expect(await statesOf(id)).toEqual(['PASSED', 'PASSED']);
  });

  test('waits for a check of what it delivered', async () => {
    const release = await world.ready(names(2));
    const waves = { by: 'COUNT', sizes: [1], advance: 'VERIFIED' };
    const id = await rollout(release, waves, {}, { tool: 'unread' });
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
    const id = await rollout(release, { by: 'COUNT', sizes: [2] }, { s02: deaf });
    await world.passUntil(id, 'RUNNING', 30, 500);
    await world.pass(10, 1_000);
    const reason = 'The console of the tool hangs.';
    expect(await world.refusal('Abandon', id, { reason })).toEqual(['RUN_STOPPABLE']);
    await world.act('Stop', id);
    await world.pass(30, 5_000);
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
});

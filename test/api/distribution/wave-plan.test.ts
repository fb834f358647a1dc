import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { names, Rollouts, ROLLOUT_TOOLS } from '../../support/rollouts.js';
import { storyOf, type ReadyRelease, type Story } from '../../support/story.js';

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

describe('the plan of the waves', () => {
  test('divides by percent, by list, and not at all', async () => {
    const release = await world.ready(names(10));
    const id = await world.plan(release);
    await rollouts.planWaves(id, { by: 'PERCENT', sizes: [10, 50] });
    expect((await rollouts.waves(id, 'progress { total }')).map((wave: any) => wave.progress.total)).toEqual([1, 5, 4]);
    const first = [release.cis['s05'], release.cis['s01']];
    const rest = Object.values(release.cis).filter((ci) => !first.includes(ci));
    await rollouts.planWaves(id, { by: 'LIST', lists: [{ targetIds: first }, { targetIds: rest }] });
    expect((await world.targets(id, 'wave { name }'))['s05']).toEqual({ wave: { name: 'Wave 1' } });
    await rollouts.planWaves(id, { by: 'NONE' });
    expect(await rollouts.waves(id)).toEqual([]);
    expect((await world.targets(id, 'wave { name }'))['s05']).toEqual({ wave: null });
  });

  test('divides by target groups: the first group wins, and the rest comes last', async () => {
    const release = await world.ready(names(5));
    const group = async (name: string, input: More) =>
      (await world.operator.run('targetGroupCreate', { name, ...input }, 'targetGroup')).id as string;
    const canary = await group('Canary', { ciIds: [release.cis['s02']] });
    const named = async (ci: string) => (await world.read(release.cis[ci] as string, 'name')).name as string;
    const found = { name: { in: [await named('s01'), await named('s02'), await named('s03')] } };
    const south = await group('South', { filter: found });
    const none = await group('Nowhere', { ciIds: [await world.ci('elsewhere')] });
    const id = await world.plan(release);
    await rollouts.planWaves(id, { by: 'GROUP', targetGroupIds: [canary, none, south], maxFailures: 1 });
    expect(await rollouts.waves(id, 'name explanation progress { total }')).toEqual([
      { name: 'Canary', explanation: ['The targets of the target group Canary.'], progress: { total: 1 } },
      { name: 'South', explanation: ['The targets of the target group South.'], progress: { total: 2 } },
      { name: 'Rest', explanation: ['The targets that are in none of the target groups.'], progress: { total: 2 } },
    ]);
    expect((await world.targets(id, 'wave { name }'))['s02']).toEqual({ wave: { name: 'Canary' } });
    const { version } = await world.read(south, 'version', world.operator);
    await world.operator.run('targetGroupRetire', { id: south, expectedVersion: version }, 'targetGroup');
    expect(await rollouts.planRefusal(id, { by: 'GROUP', targetGroupIds: [south] })).toEqual(['PLAN_INVALID']);
  });

  test('gives single groups a schedule and parameters of their own, which stay as they were approved', async () => {
    const release = await world.ready(names(4));
    const [s01, s02] = [release.cis['s01'], release.cis['s02']];
    const ciIds = [s01, s02];
    const { id: tills } = await world.operator.run('targetGroupCreate', { name: 'Tills', ciIds }, 'targetGroup');
    const id = await world.plan(release, { parameters: world.simulate('succeed'), deadlineMinutes: 30 });
    const opensAt = new Date(clock.now().getTime() + 3_600_000).toISOString();
    const own = (parameters: object) => ({
      by: 'GROUP',
      targetGroupIds: [tills],
      waves: [
        { position: 1, parameters },
        { position: 2, opensAt, deadlineMinutes: 10 },
      ],
    });
    const unknown = own({ simulator: { script: 'no such script' } });
    expect(new Set(await rollouts.planRefusal(id, unknown))).toEqual(new Set(['PARAMETERS_INVALID']));
    await rollouts.planWaves(id, own(world.simulate('succeed', { [s02 as string]: 'fail' })));
    const selection = 'name parameters opensAt deadlineMinutes';
    const planned = await rollouts.waves(id, selection);
    expect(planned).toEqual([
      {
        name: 'Tills',
        parameters: expect.objectContaining({ simulator: expect.anything() }),
        opensAt: null,
        deadlineMinutes: null,
      },
      { name: 'Rest', parameters: null, opensAt, deadlineMinutes: 10 },
    ]);
    await world.act('Schedule', id);
    await world.begin(id);
    await world.passUntil(id, 'AWAITING_DECISION', 60);
    expect((await world.targets(id))['s02'].state).toBe('FAILED');
    // The rest is as it was approved: nobody gives it, or other targets, these parameters now.
    const changed = {
      by: 'GROUP',
      targetGroupIds: [tills],
      waves: [{ position: 2, parameters: world.simulate('fail') }],
    };
    expect(await rollouts.planRefusal(id, changed, world.owner)).toEqual(['PLAN_INVALID']);
    const decision = await rollouts.decision(id);
    await rollouts.decide(decision, 'EXCLUDE', { targetIds: [s02] });
    await world.pass(5);
    expect(await world.state(id)).toBe('BETWEEN_WAVES');
    clock.advance(3_600_000);
    await world.passUntil(id, 'PARTIALLY_SUCCEEDED', 60);
    expect((await world.targets(id))['s03'].state).toBe('SUCCEEDED');
  });

  test('lets only those who run the release accept failures ahead of time', async () => {
    const release = await world.ready(names(2));
    const id = await world.plan(release);
    const waves = { by: 'COUNT', sizes: [1], decisionDefault: 'CONTINUE', decisionMinutes: 0 };
    expect(await rollouts.planRefusal(id, waves)).toEqual(['NOT_RELEASE_OWNER']);
    await rollouts.planWaves(id, waves, world.owner);
    expect(await world.read(id, 'decisionDefault')).toEqual({ decisionDefault: 'CONTINUE' });
  });

  test('leaves no target out', async () => {
    const release = await world.ready(names(3));
    const id = await world.plan(release);
    await rollouts.planWaves(id, { by: 'LIST', lists: [{ targetIds: [release.cis['s01']] }] });
    expect(await world.refusal('Schedule', id)).toEqual(['PLAN_INVALID', 'PLAN_INVALID']);
  });

  test.each<[string, More, string]>([
    ['sizes for a list', { by: 'LIST', sizes: [1] }, 'sizes'],
    ['groups for a count', { by: 'COUNT', sizes: [1], targetGroupIds: [] }, 'targetGroupIds'],
    ['no group', { by: 'GROUP', targetGroupIds: [] }, 'targetGroupIds'],
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
    expect(await rollouts.waves(id)).toEqual([]);
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
    await rollouts.planWaves(id, { by: 'REDUNDANCY' });
    const targets = await world.targets(id, 'wave { name explanation }');
    expect(targets['node-a'].wave.name).not.toBe(targets['node-b'].wave.name);
    const later = [targets['node-a'], targets['node-b']].find(({ wave }) => wave.name === 'Wave 2');
    expect(later.wave.explanation.join(' ')).toContain('pair');
  });

  test('are asked again at dispatch: a node that is down keeps the other one up', async () => {
    const release = await cluster();
    const parameters = world.simulate('succeed', { [release.cis['a'] as string]: 'fail' });
    const id = await world.plan(release, { parameters });
    await rollouts.planWaves(id, { by: 'REDUNDANCY', maxFailures: 1 });
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

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { expectRefused, refusalCodes, rejectionCode } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const edit = async (id: string, more: object) => ({
  id,
  expectedVersion: (await world.read(id, 'version')).version,
  ...more,
});

describe('the outcome policy of a distribution', () => {
  test('is set by who runs the release, decides about the distribution, and not about the release', async () => {
    const release = await world.ready(['a', 'b', 'c', 'd']);
    const parameters = world.simulate('succeed', { [release.cis['d']!]: 'fail-once' });
    const id = await world.plan(release, { parameters });
    const relaxed = { outcomePolicy: 'AT_LEAST_PERCENT', outcomePercent: 75 };
    expect(await world.read(id, 'outcomePolicy outcomePercent')).toEqual({
      outcomePolicy: 'ALL',
      outcomePercent: null,
    });
    expect(await expectRefused(world.operator, 'distributionUpdate', await edit(id, relaxed))).toMatchObject([
      { code: 'NOT_RELEASE_OWNER', path: ['outcomePolicy'] },
    ]);
    for (const more of [
      { outcomePolicy: 'AT_LEAST_PERCENT' },
      { outcomePercent: 75 },
      { ...relaxed, outcomePercent: 101 },
    ])
      expect(await rejectionCode(world.manager, 'distributionUpdate', await edit(id, more))).toBe('BAD_USER_INPUT');
    await world.manager.run('distributionUpdate', await edit(id, relaxed), 'distribution');
    // Others keep it, and may ask for more.
    await world.operator.run('distributionUpdate', await edit(id, { name: 'Night shift' }), 'distribution');
    expect(await refusalCodes(world.operator, 'distributionUpdate', await edit(id, { outcomePercent: 50 }))).toEqual([
      'NOT_RELEASE_OWNER',
    ]);
    expect(await world.read(id, 'outcomePolicy outcomePercent')).toEqual(relaxed);

    await world.act('Schedule', id);
    await world.begin(id);
    await world.passUntil(id, 'SUCCEEDED', 60);
    expect(
      await world.read(
        id,
        `stateReason percent release { state } targets(filter: { state: { ne: SUCCEEDED } }) { nodes { state } }`,
      ),
    ).toEqual({
      stateReason: '3 of 4 targets succeeded; the outcome policy requires 75 %.',
      percent: 100,
      release: { state: 'PARTIALLY_DEPLOYED' },
      targets: { nodes: [{ state: 'FAILED' }] },
    });

    // What failed can be tried again, and then the release is deployed.
    expect(await world.act('RetryFailed', id)).toBe('STARTING');
    await world.passUntil(id, 'SUCCEEDED', 60);
    expect(await world.read(id, 'stateReason release { state }')).toEqual({
      stateReason: null,
      release: { state: 'DEPLOYED' },
    });
    expect(await world.refusal('RetryFailed', id)).toEqual(['ILLEGAL_TRANSITION']);
  });

  test('of critical targets judges by what was critical when it was approved, and is part of that', async () => {
    const cis = {
      shop: await world.ci('shop', { criticality: 'HIGH' }),
      wiki: await world.ci('wiki', { criticality: 'LOW' }),
    };
    const release = await world.ready([], { cis });
    const policy = { outcomePolicy: 'EVERY_CRITICAL_TARGET' };
    const input = {
      releaseId: release.id,
      deploymentToolId: await world.tool('simulator'),
      allTargets: true,
      ...policy,
    };
    expect(await refusalCodes(world.operator, 'distributionPlan', input)).toEqual(['NOT_RELEASE_OWNER']);
    const planned = async (failing: string) => {
      const parameters = world.simulate('succeed', { [failing]: 'fail' });
      const id = await world.plan(release, { parameters });
      await world.manager.run('distributionUpdate', await edit(id, policy), 'distribution');
      await world.act('Schedule', id);
      return id;
    };
    const first = await planned(cis.wiki);
    // Not through the API, which edits only what is PLANNED: the approval would notice.
    const change = async (to: string) =>
      await app.readDatabase.pool.query(`update distribution set outcome_policy = $1 where state = 'SCHEDULED'`, [to]);
    await change('ALL');
    expect(await world.refusal('Start', first)).toEqual(['APPROVAL_STALE']);
    await change('EVERY_CRITICAL_TARGET');
    await world.begin(first);
    await world.passUntil(first, 'SUCCEEDED', 60);
    expect(await world.read(first, 'release { state }')).toEqual({ release: { state: 'PARTIALLY_DEPLOYED' } });

    const second = await planned(cis.shop);
    await world.begin(second);
    await world.passUntil(second, 'PARTIALLY_SUCCEEDED', 60);
  });
});

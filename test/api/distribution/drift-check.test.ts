import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Adapter } from '../../../src/adapters/adapter.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { refusalCodes } from '../../support/refusals.js';
import { Rollouts, ROLLOUT_TOOLS } from '../../support/rollouts.js';
import { reworked } from '../../support/tools.js';
import { storyOf, type ReadyRelease, type Script, type Story } from '../../support/story.js';

/** Configuration items on which the tool `drifting` finds other content. */
const drifted = new Set<string>();
const drifting = (inner: Adapter): Partial<Adapter> => ({
  observe: async (handle, cursor, signal) => {
    const seen = await inner.observe(handle, cursor, signal);
    const found = seen.targets.map((report) =>
      drifted.has(report.ciId) && report.verifiedSha256 ? { ...report, verifiedSha256: 'f'.repeat(64) } : report,
    );
    return { ...seen, targets: found };
  },
});

const clock = new TestClock();
let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp({
    clock: clock.now,
    adapters: [...ROLLOUT_TOOLS, { instance: 'drifting', module: reworked('drifting', drifting) }],
  });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const hence = (hours: number) => new Date(clock.now().getTime() + hours * 3_600_000).toISOString();
let n = 0;

/** A release with a change, which a tool without a read-back delivered to two targets. */
async function deployed(): Promise<ReadyRelease & { change: string }> {
  n += 1;
  const cis = { web: await world.ci(`web-${n}`), app: await world.ci(`app-${n}`) };
  const { id } = await world.release(`Checked ${n}`);
  const change = await world.authorised(`Change ${n}`, [cis.app]);
  await world.join(change.id, id);
  await world.addTargets(id, cis.web);
  await world.addContent(id);
  await world.startTesting(id);
  await world.step('releaseAccept', id, {}, world.owner);
  await world.step('releaseSchedule', id, { startsAt: hence(0), endsAt: hence(12) });
  await world.step('releaseCommunicate', id, { audience: 'Everybody', message: 'Down at night.' });
  await world.passUntil(await world.started({ id, cis }, {}, 'unread'), 'SUCCEEDED', 60);
  expect(await world.state(id)).toBe('DEPLOYED');
  return { id, cis, change: change.id };
}

const ofRelease = async ({ id }: ReadyRelease) => {
  const { events } = await world.read(id, 'events(first: 200) { nodes { type } }');
  return events.nodes.filter(({ type }: { type: string }) => /^(release|change)\./.test(type)).length;
};

const assurances = async (release: ReadyRelease) => {
  const found: Record<string, string> = {};
  for (const [name, id] of Object.entries(release.cis)) {
    const { installations } = await world.read(id, 'installations { nodes { assurance validTo } }');
    found[name] = installations.nodes.find(({ validTo }: any) => validTo === null).assurance;
  }
  return found;
};

/** A check that was begun by a person, at no planned time. */
async function check(release: ReadyRelease, script: Script = 'succeed', tool = 'simulator'): Promise<string> {
  const input = { operation: 'VERIFY', parameters: world.simulate(script), scheduledStart: null };
  const id = await world.plan(release, input, tool);
  expect(await world.act('Schedule', id)).toBe('SCHEDULED');
  expect(await world.act('Start', id)).toBe('STARTING');
  return id;
}

describe('a check of a release that has its outcome', () => {
  test('makes what it finds VERIFIED, and tells of drift without another outcome', async () => {
    const release = await deployed();
    expect(await assurances(release)).toEqual({ web: 'REPORTED', app: 'REPORTED' });
    // Its slot is over.
    await world.pass(86_400, 43_200_000);
    const first = await check(release);
    expect(await world.read(first, 'driftCheck release { state }')).toEqual({
      driftCheck: true,
      release: { state: 'DEPLOYED' },
    });
    await world.passUntil(first, 'SUCCEEDED', 60);
    expect(await assurances(release)).toEqual({ web: 'VERIFIED', app: 'VERIFIED' });
    const before = await ofRelease(release);

    drifted.add(release.cis['app']!);
    const second = await check(release, 'succeed', 'drifting');
    await world.passUntil(second, 'PARTIALLY_SUCCEEDED', 60);
    expect(await world.targets(second, 'state reasonCode')).toEqual({
      web: { state: 'SUCCEEDED', reasonCode: null },
      app: { state: 'FAILED', reasonCode: 'MEDIA_DIGEST_MISMATCH' },
    });
    expect(await assurances(release)).toEqual({ web: 'VERIFIED', app: 'REPORTED' });
    await app.relay();
    const told = await world.read(second, 'events(first: 50) { nodes { type reason } }');
    expect(told.events.nodes).toContainEqual({
      type: 'distribution.target-failed',
      reason: expect.stringContaining('read back the digest'),
    });
    expect(await world.state(release.id)).toBe('DEPLOYED');
    // Not even when the outcome is looked at again.
    await world.act('Cancel', await world.plan(release, { operation: 'VERIFY', scheduledStart: null }));
    await app.relay();
    expect(await ofRelease(release)).toBe(before);
    expect(await world.read(release.change, 'state outcome')).toEqual({ state: 'IMPLEMENTED', outcome: 'SUCCESSFUL' });
  });

  test('is the only thing that can still be planned, keeps no review waiting, and goes on after the end', async () => {
    const release = await deployed();
    const input = { releaseId: release.id, deploymentToolId: await world.tool('simulator'), allTargets: true };
    expect(await refusalCodes(world.operator, 'distributionPlan', input)).toEqual(['RELEASE_NOT_READY']);
    const waiting = await world.plan(release, { operation: 'VERIFY', scheduledStart: null });
    expect(await world.step('releaseStartReview', release.id)).toBe('IN_REVIEW');
    for (const command of ['changeStartReview', 'changeClose'])
      await world.changeManager.run(command, { id: release.change }, 'change');
    const review = { summary: 'It went well.', objectivesMet: true };
    await world.manager.run('releaseRecordReview', { id: release.id, ...review }, 'release');
    expect(await world.step('releaseClose', release.id)).toBe('CLOSED');
    await world.act('Schedule', waiting);
    await world.act('Start', waiting);
    await world.passUntil(waiting, 'SUCCEEDED', 60);
    expect(await assurances(release)).toEqual({ web: 'VERIFIED', app: 'VERIFIED' });
    expect(await world.state(release.id)).toBe('CLOSED');
    // What has become of it is not retried: another check is planned.
    const failed = await check(release, 'fail');
    await world.passUntil(failed, 'FAILED', 60);
    expect(await world.refusal('RetryFailed', failed)).toEqual(['ILLEGAL_TRANSITION']);
    expect(await world.state(release.id)).toBe('CLOSED');
  });

  test('asks what any work asks of the moment, and is no part of a back-out', async () => {
    const release = await deployed();
    const id = await world.plan(release, { operation: 'VERIFY', scheduledStart: null });
    await world.act('Schedule', id);
    await world.manager.run('releaseHold', { id: release.id, reason: 'Audit.' }, 'release');
    expect(await world.refusal('Start', id)).toEqual(['RELEASE_ON_HOLD']);
    await world.manager.run('releaseResume', { id: release.id }, 'release');
    await world.act('Start', id);
    expect(await refusalCodes(world.manager, 'releaseStartBackOut', { id: release.id, reason: 'x' })).toEqual([
      'DISTRIBUTION_NOT_ENDED',
    ]);
    await world.passUntil(id, 'SUCCEEDED', 60);
    const planned = await world.plan(release, { operation: 'VERIFY', scheduledStart: null });
    await world.act('Schedule', planned);
    await world.step('releaseStartBackOut', release.id, { reason: 'Broken.' });
    expect(await world.refusal('Start', planned)).toEqual(['ILLEGAL_TRANSITION']);
  });

  test('goes in waves like any other', async () => {
    const release = await deployed();
    const rollouts = new Rollouts(world);
    const id = await rollouts.start(
      release,
      { by: 'COUNT', sizes: [1] },
      { web: 'fail-once', app: 'fail-once' },
      { operation: 'VERIFY', scheduledStart: null },
    );
    for (let n = 0; n < 2; n++) {
      await world.passUntil(id, 'AWAITING_DECISION', 60, 500);
      await rollouts.decide(await rollouts.decision(id), 'RETRY');
    }
    await world.passUntil(id, 'SUCCEEDED', 60, 500);
    expect(await world.state(release.id)).toBe('DEPLOYED');
  });
});

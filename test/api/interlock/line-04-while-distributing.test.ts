import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { expectRefused, refusalCodes } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';
import { reworked } from '../../support/tools.js';

// The acceptance was asked once, before the first distribution of a release. The safety oracle found a second one that
// started for an owner who had accepted nothing.

const HOUR = 3_600_000;
const clock = new TestClock();
let app: TestApp;
let story: Story;

beforeAll(async () => {
  const pausing = { pause: async () => {}, resume: async () => {} };
  app = await startTestApp({
    clock: clock.now,
    adapters: [
      { instance: 'simulator', module: 'simulator' },
      { instance: 'pausable', module: reworked('pausable', () => pausing, { pause: true }) },
    ],
  });
  story = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const at = (hours: number) => new Date(clock.now().getTime() + hours * HOUR).toISOString();

/** A release to two desks that is being distributed: to the first one, while the second one waits for its wave. */
async function underWay(name: string, more: object = {}, tool = 'simulator') {
  const [one, two] = [await story.ci(`${name}-1`), await story.ci(`${name}-2`)];
  const id = await story.accepted(name, [one, two]);
  await story.step('releaseSchedule', id, { startsAt: at(0), endsAt: at(10) });
  await story.step('releaseCommunicate', id, { audience: 'Everybody', message: 'Desks will be down.' });
  const first = await story.started(
    { id, cis: {} },
    { targetIds: [one], parameters: story.simulate({ stepMs: 20 * 60_000 }), ...more },
    tool,
  );
  await app.jobs.runOnce();
  expect(await story.state(id)).toBe('DISTRIBUTING');
  return { id, one, two, first };
}

/** A wave to one target that is scheduled for now. */
async function wave(id: string, target: string): Promise<string> {
  const distribution = await story.plan({ id, cis: {} }, { targetIds: [target], parameters: story.simulate() });
  await story.act('Schedule', distribution);
  return distribution;
}

const edit = async (id: string, fields: Record<string, unknown>) => {
  const { version } = await story.read(id, 'version', story.configurationManager);
  const input = { id, expectedVersion: version, ...fields };
  await story.configurationManager.run('configurationItemUpdate', input, 'configurationItem');
};

describe('while a release is being distributed', () => {
  test('its next wave waits until a new owner has accepted it', async () => {
    const { id, two } = await underWay('handed');
    await story.handOver(id, story.owner, { ownerId: story.otherOwner.personId });
    const second = await wave(id, two);
    const refused = await expectRefused(story.operator, 'distributionStart', { id: second });
    expect(refused).toMatchObject([
      { code: 'APPROVAL_STALE', message: expect.stringContaining('the owner was'), resolvableBy: ['RELEASE_OWNER'] },
    ]);
    await app.jobs.runOnce();
    expect(await story.state(second)).toBe('SCHEDULED');

    expect(await refusalCodes(story.owner, 'releaseAccept', { id })).toEqual(['NOT_RELEASE_OWNER']);
    expect(await story.step('releaseAccept', id, {}, story.otherOwner)).toBe('DISTRIBUTING');
    expect(await refusalCodes(story.otherOwner, 'releaseAccept', { id })).toContain('ILLEGAL_TRANSITION');
    await story.begin(second);
    expect(await story.state(second)).toBe('STARTING');
  });

  test('so does one to a target that counts for more by now, and not to one that has got it', async () => {
    const { id, one, two, first } = await underWay('raised', { parameters: story.simulate() });
    await story.passUntil(first, 'SUCCEEDED', 600);
    const second = await story.plan({ id, cis: {} }, { targetIds: [two], parameters: story.simulate() });
    // What was delivered is put into production.
    await edit(one, { criticality: 'HIGH' });
    expect(await story.read(id, 'state acceptanceIsStale')).toMatchObject({ acceptanceIsStale: false });
    await edit(two, { criticality: 'HIGH' });
    await story.act('Schedule', second);
    expect(await refusalCodes(story.operator, 'distributionStart', { id: second })).toEqual(['APPROVAL_STALE']);
    await story.step('releaseAccept', id, {}, story.owner);
    await story.begin(second);
    expect(await story.state(second)).toBe('STARTING');
  });

  test('paused work does not go on for an owner who has not accepted it', async () => {
    const { id, first } = await underWay('paused', {}, 'pausable');
    await story.act('Pause', first);
    await story.handOver(id, story.owner, { ownerId: story.otherOwner.personId });
    const refused = await expectRefused(story.operator, 'distributionResume', { id: first });
    expect(refused.map(({ code }) => code)).toContain('APPROVAL_STALE');
    await story.step('releaseAccept', id, {}, story.otherOwner);
    // The order was scheduled for the former owner, so it ends, and the new one has another one planned.
    expect(await story.refusal('Resume', first)).toEqual(['APPROVAL_STALE']);
    expect(await story.act('Stop', first)).toBe('STOPPING');
  });
});

describe('after it was delivered in part', () => {
  test('a retry waits for the new owner, who accepts it for the same bytes', async () => {
    const { id, two, first } = await underWay('retried', { parameters: story.simulate('fail') });
    await story.passUntil(first, 'FAILED', 600);
    const baseline = async () =>
      (await app.readDatabase.pool.query('select baselined_at from release_content order by id')).rows;
    const before = await baseline();
    await story.handOver(id, story.owner, { ownerId: story.otherOwner.personId });
    const second = await wave(id, two);
    expect(await refusalCodes(story.operator, 'distributionStart', { id: second })).toEqual(['APPROVAL_STALE']);
    expect(await refusalCodes(story.operator, 'distributionRetryFailed', { id: first })).toContain('APPROVAL_STALE');
    const { state } = await story.read(id, 'state');
    expect(await story.step('releaseAccept', id, {}, story.otherOwner)).toBe(state);
    expect(await baseline()).toEqual(before);
    await story.begin(second);
    expect(await story.state(second)).toBe('STARTING');
  });
});

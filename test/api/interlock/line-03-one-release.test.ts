import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { expectRefused } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

// Two distributions of one release worked on the same content of the same target at once, so nobody could say which of
// them was last. The safety oracle found it, by ends that the reports contradicted.

const HOUR = 3_600_000;
const clock = new TestClock();
let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const at = (hours: number, from = clock.now()) => new Date(from.getTime() + hours * HOUR).toISOString();

/** A communicated release on some items, with its slot. */
async function communicated(name: string, ciIds: readonly string[], startsAt: string, endsAt: string) {
  const id = await world.accepted(name, ciIds);
  await world.step('releaseSchedule', id, { startsAt, endsAt });
  await world.step('releaseCommunicate', id, { audience: 'Everybody', message: 'Payroll will be down.' });
  return id;
}

/** A scheduled distribution of a release that may start in the whole slot. */
async function scheduled(id: string, [scheduledStart, scheduledEnd]: [string, string], input: object = {}) {
  const times = { scheduledStart, scheduledEnd, deadlineMinutes: 180 };
  const distribution = await world.plan({ id, cis: {} }, { ...times, parameters: world.simulate(), ...input });
  await world.act('Schedule', distribution);
  return distribution;
}

test('a removal waits until the installation of the same content on the same target has ended', async () => {
  const slot: [string, string] = [at(1), at(5)];
  const id = await communicated('Both ways', [await world.ci('web-both'), await world.ci('app-both')], ...slot);
  const slow = { parameters: world.simulate({ stepMs: 20 * 60_000 }) };
  const installs = await scheduled(id, slot, slow);
  clock.set(slot[0]);
  await app.jobs.runOnce();
  expect(await world.state(installs)).toBe('RUNNING');

  const removes = await scheduled(id, slot, { operation: 'REMOVE' });
  const inTheWay = { code: 'DISTRIBUTION_NOT_ENDED', subject: { id: installs }, waivable: false };
  expect(await expectRefused(world.operator, 'distributionStart', { id: removes })).toMatchObject([inTheWay]);
  await app.jobs.runOnce();
  expect(await world.read(removes, 'state stateReason')).toEqual({
    state: 'SCHEDULED',
    stateReason: expect.stringContaining('app-both'),
  });

  // It starts by itself once the way is free. While it is at work the installation is not taken back, either.
  await world.passUntil(installs, 'SUCCEEDED', 7_200, 300_000);
  expect(await world.state(removes)).not.toBe('FAILED');
  await world.passUntil(removes, 'SUCCEEDED', 7_200, 300_000);
});

test('other targets of the release go on at the same time', async () => {
  const slot: [string, string] = [at(1), at(5)];
  const [web, desk] = [await world.ci('web-beside'), await world.ci('desk-beside')];
  const id = await communicated('Side by side', [web, desk], ...slot);
  const slow = { parameters: world.simulate({ stepMs: 20 * 60_000 }) };
  const first = await scheduled(id, slot, { ...slow, allTargets: false, targetIds: [web] });
  const second = await scheduled(id, slot, { ...slow, allTargets: false, targetIds: [desk] });
  clock.set(slot[0]);
  await app.jobs.runOnce();
  expect([await world.state(first), await world.state(second)]).toEqual(['RUNNING', 'RUNNING']);
});

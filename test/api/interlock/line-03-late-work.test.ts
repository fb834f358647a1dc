import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { expectRefused } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

// Work that has not ended when its booking does still occupies its targets. The safety oracle found that the next
// release started on them as soon as its own slot began.

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

/** A release on an item, booked and communicated, with a scheduled distribution that may start in its whole slot. */
async function booked(name: string, ci: string, startsAt: string, endsAt: string, parameters: object) {
  const id = await world.accepted(name, [ci]);
  await world.step('releaseSchedule', id, { startsAt, endsAt });
  await world.step('releaseCommunicate', id, { audience: 'Everybody', message: 'Payroll will be down.' });
  const times = { scheduledStart: startsAt, scheduledEnd: endsAt, deadlineMinutes: 120 };
  const distribution = await world.plan({ id, cis: {} }, { ...times, parameters });
  await world.act('Schedule', distribution);
  return distribution;
}

test('nobody starts on an item on which late work of another release goes on', async () => {
  const ci = await world.ci('web-late');
  const [one, two, three] = [at(1), at(2), at(3)];
  const late = await booked('Late', ci, one, two, world.simulate({ stepMs: 30 * 60_000 }));
  const next = await booked('Next', ci, two, three, world.simulate());

  clock.set(one);
  await app.jobs.runOnce();
  expect(await world.state(late)).toBe('RUNNING');
  clock.set(two);
  expect(await expectRefused(world.operator, 'distributionStart', { id: next })).toMatchObject([
    { code: 'CI_CONFLICT', subject: { id: late }, waivable: true },
  ]);
  await app.jobs.runOnce();
  expect(await world.read(next, 'state stateReason')).toEqual({
    state: 'SCHEDULED',
    stateReason: expect.stringContaining('Late'),
  });

  // The deadline of the late work ends it, and then the item is free.
  await world.passUntil(next, 'SUCCEEDED', 600, 30_000);
  expect(await world.state(late)).not.toBe('RUNNING');
});

test('nor after the deadline of that work, while the server was away and nobody has ended it', async () => {
  const ci = await world.ci('web-away');
  const [one, two, later] = [at(1), at(2), at(6)];
  const late = await booked('Away', ci, one, two, world.simulate({ stepMs: 30 * 60_000 }));
  clock.set(one);
  await app.jobs.runOnce();
  expect(await world.state(late)).toBe('RUNNING');
  const next = await booked('Back', ci, later, at(8, new Date(one)), world.simulate());

  clock.set(later);
  expect(await expectRefused(world.operator, 'distributionStart', { id: next })).toMatchObject([
    { code: 'CI_CONFLICT', subject: { id: late } },
  ]);
  await world.passUntil(next, 'SUCCEEDED', 600, 30_000);
  expect(await world.state(late)).not.toBe('RUNNING');
});

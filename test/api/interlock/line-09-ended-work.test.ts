import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { refusalCodes } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const inMinutes = (minutes: number) => new Date(clock.now().getTime() + minutes * 60_000).toISOString();

/** A release whose slot is now, communicated, with a distribution that has started. */
const underWay = async (name: string, parameters: Record<string, unknown>) => {
  const ci = await world.ci(name);
  const id = await world.accepted(name, [ci]);
  await world.step('releaseSchedule', id, { startsAt: inMinutes(1), endsAt: inMinutes(240) });
  await world.step('releaseCommunicate', id, { audience: 'Everybody', message: 'Now.' });
  const scheduled = { scheduledStart: inMinutes(2), scheduledEnd: inMinutes(200) };
  const distribution = await world.plan({ id, cis: { [name]: ci } }, { parameters, ...scheduled });
  await world.act('Schedule', distribution);
  await world.pass(180, 30_000);
  return { ci, id, distribution };
};

/** Entries that still occupy a time to come. */
const ahead = async () => {
  const { scheduleEntries } = await world.manager.ok(
    `query($from: DateTime) { scheduleEntries(from: $from) { nodes { kind release { id } } } }`,
    { from: clock.now().toISOString() },
  );
  return (id: string) =>
    scheduleEntries.nodes
      .filter((entry: any) => entry.release?.id === id)
      .map(({ kind }: { kind: string }) => kind)
      .sort();
};

describe('work that has ended', () => {
  test.each(['fail', 'succeed'])('gives its time back, its own and that of its release (%s)', async (script) => {
    const { ci, id, distribution } = await underWay(`web-${script}`, world.simulate(script));
    await world.passUntil(distribution, script === 'fail' ? 'FAILED' : 'SUCCEEDED', 120);
    expect((await ahead())(id)).toEqual([]);
    const next = await world.accepted(`after ${script}`, [ci]);
    await world.step('releaseSchedule', next, { startsAt: inMinutes(5), endsAt: inMinutes(30) });
  });

  test('gives the time of the distribution back while the release still has another one', async () => {
    const { id, distribution } = await underWay('both', world.simulate('fail'));
    expect(['STARTING', 'RUNNING', 'FAILED']).toContain(await world.state(distribution));
    await world.passUntil(distribution, 'FAILED', 120);
    expect((await ahead())(id)).not.toContain('DISTRIBUTION');
  });

  test('takes its time again when it goes back to work', async () => {
    const { ci, id, distribution } = await underWay('again', world.simulate('fail-once'));
    await world.passUntil(distribution, 'FAILED', 120);
    expect((await ahead())(id)).toEqual([]);
    await world.act('RetryFailed', distribution);
    expect((await ahead())(id)).toEqual(['DISTRIBUTION', 'RELEASE']);
    const other = await world.accepted('meanwhile', [ci]);
    const slot = { startsAt: inMinutes(5), endsAt: inMinutes(30) };
    expect(await refusalCodes(world.manager, 'releaseSchedule', { id: other, ...slot })).toContain('CI_CONFLICT');
    await world.passUntil(distribution, 'SUCCEEDED', 120);
    await world.step('releaseSchedule', other, slot);
  });
});

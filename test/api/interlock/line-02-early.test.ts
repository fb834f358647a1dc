import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { expectRefused } from '../../support/refusals.js';
import { storyOf, type ReadyRelease, type Story } from '../../support/story.js';

// A distribution starts inside its own time. At another time it starts only by a waiver that somebody else granted.

const HOUR = 3_600_000;
const clock = new TestClock();
let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const inHours = (hours: number) => new Date(clock.now().getTime() + hours * HOUR).toISOString();

/** A communicated release for a night in a day from now, with a distribution in its middle. */
async function tomorrow(): Promise<{ release: ReadyRelease; id: string }> {
  const release = await world.ready(['web']);
  await world.step('releaseMoveSchedule', release.id, { startsAt: inHours(25), endsAt: inHours(31), reason: 'Night.' });
  await world.step('releaseCommunicate', release.id, { audience: 'Everybody', message: 'Tomorrow.' });
  const id = await world.plan(release, { scheduledStart: inHours(26) });
  await world.act('Schedule', id);
  return { release, id };
}

const waive = async (release: ReadyRelease, client = world.owner, more: Record<string, unknown> = {}) =>
  await client.run(
    'waiverGrant',
    { releaseId: release.id, code: 'WINDOW_CLOSED', reason: 'The fault spreads.', expiresAt: inHours(2), ...more },
    'waiver',
  );

describe('a start before its time', () => {
  test('is refused 26 hours and one second early, with its time and who can help', async () => {
    const { id } = await tomorrow();
    const [blocker, ...others] = await expectRefused(world.operator, 'distributionStart', { id });
    expect(others).toEqual([]);
    expect(blocker).toMatchObject({
      code: 'WINDOW_CLOSED',
      waivable: true,
      resolvableBy: ['DEPLOYMENT_OPERATOR', 'CHANGE_AUTHORITY', 'RELEASE_OWNER'],
      message: expect.stringContaining(inHours(26).slice(0, 16).replace('T', ' ')),
    });
    clock.advance(26 * HOUR - 1_000);
    expect(await world.refusal('Start', id)).toEqual(['WINDOW_CLOSED']);
    clock.advance(1_000);
    expect(await world.act('Start', id)).toBe('STARTING');
  });

  test('is possible by a waiver of somebody else, while that lasts', async () => {
    const { release, id } = await tomorrow();
    await waive(release);
    clock.advance(2 * HOUR);
    expect(await world.refusal('Start', id)).toEqual(['WINDOW_CLOSED']);
    await waive(release);
    expect(await world.act('Start', id)).toBe('STARTING');
  });

  test('is not possible by a waiver of one who planned the distribution or starts it', async () => {
    const { release } = await tomorrow();
    const both = await app.as('bea', 'DEPLOYMENT_OPERATOR', 'CHANGE_AUTHORITY');
    const id = (
      await both.run(
        'distributionPlan',
        {
          releaseId: release.id,
          deploymentToolId: await world.tool('simulator'),
          allTargets: true,
          scheduledStart: inHours(27),
          deadlineMinutes: 30,
        },
        'distribution',
      )
    ).id;
    await world.act('Schedule', id);
    await waive(release, both);
    expect(await world.refusal('Start', id)).toEqual(['WINDOW_CLOSED']);
    expect(await world.refusal('Start', id, {}, both)).toEqual(['WINDOW_CLOSED']);

    const starter = await app.as('stan', 'DEPLOYMENT_OPERATOR', 'CHANGE_AUTHORITY');
    await waive(release, starter);
    expect(await world.refusal('Start', id, {}, starter)).toEqual(['WINDOW_CLOSED']);
    expect(await world.act('Start', id)).toBe('STARTING');
  });

  test('is not possible by a waiver of another rule', async () => {
    const { release, id } = await tomorrow();
    await waive(release, world.owner, { code: 'OUTSIDE_CHANGE_WINDOW' });
    expect(await world.refusal('Start', id)).toEqual(['WINDOW_CLOSED']);
  });

  test('inside the slot of another release on the same item is refused even with that waiver', async () => {
    const { release, id } = await tomorrow();
    const other = await world.accepted('The other one', Object.values(release.cis));
    await world.step('releaseSchedule', other, { startsAt: inHours(0), endsAt: inHours(3) });
    expect(await world.refusal('Start', id)).toEqual(['CI_CONFLICT', 'WINDOW_CLOSED']);
    await waive(release);
    expect(await world.refusal('Start', id)).toEqual(['CI_CONFLICT']);
  });
});

describe('after its time', () => {
  test('a start is refused, and the server starts it no more', async () => {
    const { release, id } = await tomorrow();
    await world.step('releaseHold', release.id, { reason: 'Wait.' });
    clock.advance(28 * HOUR);
    await world.step('releaseResume', release.id, { reason: 'Go.' });
    expect(await world.refusal('Start', id)).toEqual(['WINDOW_CLOSED']);
    await app.jobs.runOnce();
    expect(await world.state(id)).toBe('MISSED');
  });

  test('a retry has the slot of the release, and no more than that', async () => {
    const release = await world.ready(['web']);
    const id = await world.started(release, { deadlineMinutes: 10, parameters: world.simulate('fail') });
    await world.passUntil(id, 'FAILED', 60);
    clock.advance(11 * HOUR);
    expect(await world.act('RetryFailed', id)).toBe('STARTING');
    await world.passUntil(id, 'FAILED', 60);
    clock.advance(2 * HOUR);
    expect(await world.refusal('RetryFailed', id)).toEqual(['WINDOW_CLOSED']);
    await waive(release);
    expect(await world.act('RetryFailed', id)).toBe('STARTING');
  });
});

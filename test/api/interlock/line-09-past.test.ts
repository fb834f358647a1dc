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
const offered = async (id: string, command: string) =>
  (await world.read(id, 'availableCommands { command blockers { code } }')).availableCommands.find(
    (one: { command: string }) => one.command === command,
  ).blockers;

describe('a time in the past', () => {
  test('is no place in the schedule for a release, neither at first nor after a move', async () => {
    const id = await world.accepted('yesterday', [await world.ci('web')]);
    const past = { startsAt: inMinutes(-1_440), endsAt: inMinutes(-1_320) };
    expect(await refusalCodes(world.manager, 'releaseSchedule', { id, ...past })).toEqual(['SCHEDULE_PAST']);
    // Not over, but begun long ago.
    const begun = { startsAt: inMinutes(-10), endsAt: inMinutes(60) };
    expect(await refusalCodes(world.manager, 'releaseSchedule', { id, ...begun })).toEqual(['SCHEDULE_PAST']);
    // What is planned for now may have begun a moment ago.
    await world.step('releaseSchedule', id, { startsAt: inMinutes(-2), endsAt: inMinutes(60) });
    const move = { id, reason: 'earlier', ...past };
    expect(await refusalCodes(world.manager, 'releaseMoveSchedule', move)).toEqual(['SCHEDULE_PAST']);
    expect(
      await world.step('releaseMoveSchedule', id, { reason: 'later', startsAt: inMinutes(60), endsAt: inMinutes(120) }),
    ).toBe('SCHEDULED');
  });

  test('that came while a release waited is refused, too, and offered with that reason', async () => {
    const planned = { plannedStart: inMinutes(10), plannedEnd: inMinutes(20) };
    const id = await world.accepted('too late', [await world.ci('db')], planned);
    expect(await offered(id, 'releaseSchedule')).toEqual([]);
    clock.advance(30 * 60_000);
    expect(await offered(id, 'releaseSchedule')).toEqual([{ code: 'SCHEDULE_PAST' }]);
    expect(await refusalCodes(world.manager, 'releaseSchedule', { id })).toEqual(['SCHEDULE_PAST']);
    await world.step('releaseSchedule', id, { startsAt: inMinutes(10), endsAt: inMinutes(20) });
  });

  test('is no time for a distribution', async () => {
    const release = await world.ready(['app']);
    const id = await world.plan(release, { scheduledStart: inMinutes(1), scheduledEnd: inMinutes(20) });
    const asked = await world.plan(release, {
      scheduledStart: inMinutes(1),
      scheduledEnd: inMinutes(20),
      approvalRequired: true,
    });
    clock.advance(8 * 60_000);
    expect(await world.refusal('Schedule', id)).toContain('SCHEDULE_PAST');
    expect(await world.refusal('RequestApproval', asked)).toContain('SCHEDULE_PAST');
  });

  test('is no time for a meeting', async () => {
    const meeting = { title: 'CAB', startsAt: inMinutes(-120), endsAt: inMinutes(-60) };
    expect(await refusalCodes(world.changeManager, 'scheduleEntryCreate', meeting)).toEqual(['SCHEDULE_PAST']);
    const { id, version } = await world.changeManager.run(
      'scheduleEntryCreate',
      { ...meeting, startsAt: inMinutes(60), endsAt: inMinutes(90) },
      'scheduleEntry',
      'id version',
    );
    const { startsAt, endsAt } = meeting;
    const move = { id, expectedVersion: version, startsAt, endsAt };
    expect(await refusalCodes(world.changeManager, 'scheduleEntryUpdate', move)).toEqual(['SCHEDULE_PAST']);
  });
});

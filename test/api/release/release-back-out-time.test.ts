import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { refusalCodes, rejectionCode } from '../../support/refusals.js';
import { ScheduleBuilder } from '../../support/schedule.js';
import { storyOf, type Story } from '../../support/story.js';
import { bookRelease } from '../../../src/services/schedule/schedule-entry.service.js';

let app: TestApp;
let world: Story;
const clock = new TestClock();

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const at = (hours: number) => new Date(clock.now().getTime() + hours * 3_600_000).toISOString();
const slot = (from: number, to: number) => ({ startsAt: at(from), endsAt: at(to) });
const listed = async () =>
  (
    await world.auditor.ok(
      `query($from: DateTime!, $to: DateTime!) { scheduleConflicts(from: $from, to: $to) { nodes {
        kind severity waivable startsAt endsAt window { name } ci { name } } } }`,
      { from: at(0), to: at(72) },
    )
  ).scheduleConflicts.nodes;

test('a release needs time to be backed out before a window closes or a blackout begins', async () => {
  const ci = await world.ci('clock-tower');
  const window = { name: 'Nights', kind: 'CHANGE_WINDOW', ...slot(24, 32), rrule: 'FREQ=DAILY', ciIds: [ci] };
  await world.changeManager.run('scheduleWindowCreate', window, 'scheduleWindow');
  const id = await world.accepted('Tower', [ci], { backOutMinutes: 120 });
  const { version: first } = await world.read(id, 'version');
  const none = { id, expectedVersion: first, backOutMinutes: 0 };
  expect(await rejectionCode(world.manager, 'releaseUpdate', none)).toBe('BAD_USER_INPUT');

  // The work fits into the window until 32, and with its back-out until 30.
  expect(await refusalCodes(world.manager, 'releaseSchedule', { id, ...slot(28, 31) })).toEqual([
    'NO_TIME_TO_BACK_OUT',
  ]);
  const { scheduleFindTime: times, longer } = await world.manager.ok(
    `query($cis: [ID!]!, $id: ID!) {
      scheduleFindTime(durationMinutes: 180, ciIds: $cis, release: $id, days: 3, first: 1) { slots { latestStartsAt } }
      longer: scheduleFindTime(durationMinutes: 180, backOutMinutes: 301, ciIds: $cis, days: 3) {
        slots { startsAt } obstacles { kind } } }`,
    { cis: [ci], id },
  );
  expect(times.slots).toEqual([{ latestStartsAt: at(27) }]);
  expect(longer).toEqual({ slots: [], obstacles: [{ kind: 'OUTSIDE_CHANGE_WINDOW' }] });
  expect(await world.step('releaseSchedule', id, slot(27, 30))).toBe('SCHEDULED');
  expect(await listed()).toEqual([]);

  // A blackout that begins in the time of the back-out, and one that is gone again.
  const freeze = { name: 'Freeze', kind: 'BLACKOUT', ...slot(31, 40) };
  const { id: freezeId, version } = await world.changeManager.run(
    'scheduleWindowCreate',
    freeze,
    'scheduleWindow',
    'id version',
  );
  const conflict = { kind: 'NO_TIME_TO_BACK_OUT', severity: 'MEDIUM', waivable: true, ci: { name: 'clock-tower' } };
  const because = { ...conflict, ...slot(31, 32), window: { name: 'Freeze' } };
  expect(await listed()).toEqual([because]);
  const later = { id: freezeId, expectedVersion: version, startsAt: at(33) };
  await world.changeManager.run('scheduleWindowUpdate', later, 'scheduleWindow');
  expect(await listed()).toEqual([]);

  // A longer back-out is an edit of the plan: the conflicts follow at once, and the owner has to accept it again.
  const { version: planned } = await world.read(id, 'version');
  const longest = { id, expectedVersion: planned, backOutMinutes: 210 };
  await world.manager.run('releaseUpdate', longest, 'release');
  expect(await listed()).toEqual([
    { ...conflict, ...slot(32, 33.5), window: { name: 'Nights' } },
    { ...conflict, ...slot(33, 33.5), window: { name: 'Freeze' } },
  ]);
  const move = { id, ...slot(26, 28), reason: 'Earlier.' };
  expect(await refusalCodes(world.manager, 'releaseMoveSchedule', move)).toEqual(['APPROVAL_STALE']);
  const { releaseSimulateMove } = await world.manager.ok(
    `query($id: ID!, $startsAt: DateTime!, $endsAt: DateTime!) {
      releaseSimulateMove(id: $id, startsAt: $startsAt, endsAt: $endsAt) { fixes { kind } breaks { kind } } }`,
    { id, ...slot(26, 28) },
  );
  expect(releaseSimulateMove).toEqual({
    fixes: [{ kind: 'NO_TIME_TO_BACK_OUT' }, { kind: 'NO_TIME_TO_BACK_OUT' }],
    breaks: [],
  });
  const { version: now } = await world.read(id, 'version');
  await world.manager.run('releaseUpdate', { id, expectedVersion: now, backOutMinutes: null }, 'release');
  expect(await listed()).toEqual([]);
});

test('the start asks for the time of the back-out, and only a waiver by somebody else helps', async () => {
  const ready = await world.ready(['short']);
  const id = await world.plan(ready, { parameters: world.simulate(), deadlineMinutes: 60 });
  await world.act('Schedule', id);
  const freeze = { name: 'Soon', kind: 'BLACKOUT', ...slot(13, 20), ciIds: [ready.cis['short']] };
  await world.changeManager.run('scheduleWindowCreate', freeze, 'scheduleWindow');
  const { version } = await world.read(ready.id, 'version');
  const edit = { id: ready.id, expectedVersion: version, backOutMinutes: 12 * 60 + 1 };
  await world.manager.run('releaseUpdate', edit, 'release');
  expect(await world.refusal('Start', id)).toContain('NO_TIME_TO_BACK_OUT');
  const waiver = { releaseId: ready.id, code: 'NO_TIME_TO_BACK_OUT', reason: 'Quick undo.', expiresAt: at(30) };
  await world.authority.run('waiverGrant', waiver, 'waiver');
  await world.begin(id);
  expect(await world.state(id)).not.toBe('SCHEDULED');
});

test('a conflict that is history does not stand in the way of the next one between the same two', async () => {
  const build = new ScheduleBuilder(world);
  const ci = await build.ci('long-hall');
  const window = { name: 'Evenings', kind: 'CHANGE_WINDOW', ...slot(24, 28), rrule: 'FREQ=DAILY', ciIds: [ci.id] };
  const made = await world.changeManager.run('scheduleWindowCreate', window, 'scheduleWindow', 'id version');
  // The work lasts for 12 days, and is outside for the first time in its first hours.
  const id = await build.release('Hall', at(20), at(20 + 12 * 24), [ci]);
  const found = async () => (await listed()).filter(({ kind }: any) => kind === 'OUTSIDE_CHANGE_WINDOW');
  const outside = { kind: 'OUTSIDE_CHANGE_WINDOW', severity: 'HIGH', waivable: true, ci: { name: 'long-hall' } };
  const because = { ...outside, window: { name: 'Evenings' } };
  expect(await found()).toEqual([{ ...because, ...slot(20, 24) }]);

  clock.advance(10 * 86_400_000);
  const longer = { id: made.id, expectedVersion: made.version, endsAt: at(-10 * 24 + 29) };
  await world.changeManager.run('scheduleWindowUpdate', longer, 'scheduleWindow');
  await build.onRelease(id, async (uow, release) => {
    release.plannedStart = new Date(at(20));
    release.plannedEnd = new Date(at(25));
    await bookRelease(uow, release);
  });
  expect(await found()).toEqual([{ ...because, ...slot(20, 24) }]);
});

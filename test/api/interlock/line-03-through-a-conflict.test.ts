import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { expectRefused, refusalCodes } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

// One guard for everything that occupies configuration items in time: asked when a distribution is scheduled, when it
// is approved and when it starts, as it is when a release is scheduled.

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

const blackout = async (from: number, to: number, ciIds: readonly string[]): Promise<string> =>
  (
    await world.changeManager.run(
      'scheduleWindowCreate',
      {
        name: `Freeze ${from}-${to}-${ciIds.join().slice(-8)}`,
        kind: 'BLACKOUT',
        startsAt: inHours(from),
        endsAt: inHours(to),
        timeZone: 'UTC',
        ciIds: ciIds,
      },
      'scheduleWindow',
    )
  ).id;

const waive = async (releaseId: string, code: string, subjectId: string | null, client = world.owner, more = {}) =>
  await client.run(
    'waiverGrant',
    { releaseId, code, subjectId, reason: 'Agreed with both teams.', expiresAt: inHours(48), ...more },
    'waiver',
  );

describe('a release that is only accepted', () => {
  test('has no place in the schedule, so its distribution gets none', async () => {
    const cis = { web: await world.ci('web-accepted') };
    const release = { id: await world.accepted('Only accepted', [cis.web]), cis };
    const plain = await world.plan(release, { scheduledStart: inHours(1) });
    expect(await world.refusal('Schedule', plain)).toEqual(['RELEASE_NOT_READY']);
    const judged = await world.plan(release, { scheduledStart: inHours(1), approvalRequired: true });
    expect(await world.refusal('RequestApproval', judged)).toEqual(['RELEASE_NOT_READY']);
  });

  test('nor is one approved that left the schedule after it was submitted', async () => {
    const release = await world.ready(['web']);
    const id = await world.plan(release, { scheduledStart: inHours(1), approvalRequired: true });
    await world.act('RequestApproval', id);
    await world.step('releaseUnschedule', release.id, { reason: 'Later.' });
    expect(await world.refusal('Approve', id, {}, world.owner)).toEqual(['ILLEGAL_TRANSITION']);
  });
});

describe('a conflict that came up after the release was scheduled', () => {
  test('a blackout refuses scheduling, submitting and approving, until somebody else waives it', async () => {
    const release = await world.ready(['web']);
    const early = await world.plan(release, { scheduledStart: inHours(2), approvalRequired: true });
    await world.act('RequestApproval', early);
    const window = await blackout(2, 4, Object.values(release.cis));
    const late = await world.plan(release, { scheduledStart: inHours(2) });
    const [blocker] = await expectRefused(world.operator, 'distributionSchedule', { id: late });
    expect(blocker).toMatchObject({
      code: 'BLACKOUT',
      waivable: true,
      subject: { id: window },
      resolvableBy: ['RELEASE_MANAGER', 'CHANGE_AUTHORITY', 'RELEASE_OWNER'],
    });
    expect(await world.refusal('Approve', early, {}, world.owner)).toEqual(['BLACKOUT']);

    await waive(release.id, 'BLACKOUT', window);
    expect(await world.act('Schedule', late)).toBe('SCHEDULED');
    // The owner waived it, so it is not the owner's waiver that lets the owner approve.
    expect(await world.refusal('Approve', early, {}, world.owner)).toEqual(['BLACKOUT']);
    expect(await world.act('Approve', early, {}, world.manager)).toBe('SCHEDULED');
  });

  test('work of another release on the same item refuses the start', async () => {
    const first = await world.ready(['web']);
    const id = await world.plan(first, { scheduledStart: inHours(1), deadlineMinutes: 30 });
    await world.act('Schedule', id);
    const second = await world.accepted('Emergency', Object.values(first.cis));
    const [conflict] = await expectRefused(world.manager, 'releaseSchedule', {
      id: second,
      startsAt: inHours(0),
      endsAt: inHours(3),
    });
    expect(conflict).toMatchObject({ code: 'CI_CONFLICT' });
    await waive(second, 'CI_CONFLICT', null);
    await world.step('releaseSchedule', second, { startsAt: inHours(0), endsAt: inHours(3) });

    // The waiver belongs to the second release. The first one was never asked to share its time.
    clock.advance(HOUR);
    expect(await world.refusal('Start', id)).toEqual(['CI_CONFLICT']);
    await app.jobs.runOnce();
    expect(await world.read(id, 'state stateReason')).toEqual({
      state: 'SCHEDULED',
      stateReason: expect.stringContaining('clash on'),
    });
    await waive(first.id, 'CI_CONFLICT', null);
    expect(await world.act('Start', id)).toBe('STARTING');
  });

  test('a blackout that begins while it would run refuses the start', async () => {
    const release = await world.ready(['web']);
    const id = await world.plan(release, { scheduledStart: inHours(1), deadlineMinutes: 60 });
    await world.act('Schedule', id);
    await blackout(1.5, 4, Object.values(release.cis));
    clock.advance(HOUR);
    expect(await world.refusal('Start', id)).toEqual(['BLACKOUT']);
  });

  test('is shown by availableCommands', async () => {
    const release = await world.ready(['web']);
    const id = await world.plan(release, { scheduledStart: inHours(2) });
    await blackout(2, 4, Object.values(release.cis));
    const { availableCommands } = await world.read(id, 'availableCommands { command allowed blockers { code } }');
    expect(availableCommands).toContainEqual({
      command: 'distributionSchedule',
      allowed: false,
      blockers: [{ code: 'BLACKOUT' }],
    });
  });

  test('touching the neighbour is no conflict', async () => {
    const release = await world.ready(['web']);
    const id = await world.plan(release, { scheduledStart: inHours(1), deadlineMinutes: 60 });
    await blackout(2, 4, Object.values(release.cis));
    expect(await world.act('Schedule', id)).toBe('SCHEDULED');
  });
});

describe('a waiver', () => {
  test('of a release is not used by the one who granted it', async () => {
    const cis = { web: await world.ci('web-waived') };
    const release = await world.accepted('Waived', [cis.web]);
    const window = await blackout(5, 6, [cis.web]);
    const both = await app.as('bert', 'RELEASE_MANAGER', 'CHANGE_AUTHORITY');
    const time = { startsAt: inHours(4), endsAt: inHours(7) };
    await waive(release, 'BLACKOUT', window, both, time);
    const times = { id: release, ...time };
    expect(await refusalCodes(both, 'releaseSchedule', times)).toEqual(['BLACKOUT', 'NOT_RELEASE_OWNER']);
    expect((await world.manager.run('releaseSchedule', times, 'release', 'state')).state).toBe('SCHEDULED');
  });
});

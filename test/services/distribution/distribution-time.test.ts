import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { expectRefused, rejectionCode } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;
let changeManager: TestClient;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
  ({ changeManager } = world);
});
afterAll(async () => await app.end());

const MINUTE = 60_000;
const inMinutes = (minutes: number) => new Date(clock.now().getTime() + minutes * MINUTE).toISOString();
const count = async (id: string, type: string) => (await world.events(id)).filter((event) => event === type).length;

/** A blackout on some items from now on. @returns its id */
const blackout = async (minutes: number, cis: Readonly<Record<string, string>>) =>
  (
    await changeManager.run(
      'scheduleWindowCreate',
      {
        name: 'Year end',
        kind: 'BLACKOUT',
        startsAt: inMinutes(0),
        endsAt: inMinutes(minutes),
        ciIds: Object.values(cis),
      },
      'scheduleWindow',
    )
  ).id;

describe('a scheduled distribution', () => {
  test('starts at its time, by itself, and not before', async () => {
    const id = await world.plan(await world.ready(['web']), { scheduledStart: inMinutes(10) });
    await world.act('Schedule', id);
    await world.pass(9 * 60, MINUTE);
    expect(await world.state(id)).toBe('SCHEDULED');
    await world.pass(65, 5_000);
    expect(await world.state(id)).toBe('SUCCEEDED');
    const { events } = await world.read(id, 'events(first: 50) { nodes { type actor { id name } reason } }');
    expect(events.nodes).toContainEqual({
      type: 'distribution.started',
      actor: { id: null, name: 'system' },
      reason: 'Its scheduled time has come.',
    });
  });

  test('waits for the end of a blackout, saying why once', async () => {
    const release = await world.ready(['web']);
    const id = await world.plan(release, { scheduledStart: inMinutes(5), scheduledEnd: inMinutes(60) });
    await world.act('Schedule', id);
    await blackout(20, release.cis);
    await world.pass(10 * 60, MINUTE);
    expect(await world.read(id, 'state stateReason')).toEqual({
      state: 'SCHEDULED',
      stateReason: expect.stringContaining('Year end'),
    });
    expect(await world.refusal('Start', id)).toEqual(['BLACKOUT']);
    const { availableCommands } = await world.read(
      id,
      'availableCommands { command allowed blockers { code waivable subject { __typename } } }',
    );
    expect(availableCommands).toContainEqual({
      command: 'distributionStart',
      allowed: false,
      blockers: [{ code: 'BLACKOUT', waivable: true, subject: { __typename: 'ScheduleWindow' } }],
    });
    await world.pass(11 * 60, MINUTE);
    expect(await world.state(id)).toBe('SUCCEEDED');
    expect(await count(id, 'distribution.start-blocked')).toBe(1);
  });

  test('passes a blackout with a waiver for this very blackout', async () => {
    const release = await world.ready(['web']);
    const id = await world.plan(release);
    await world.act('Schedule', id);
    const window = await blackout(20, release.cis);
    expect(await world.refusal('Start', id)).toEqual(['BLACKOUT']);
    await world.owner.run(
      'waiverGrant',
      { releaseId: release.id, code: 'BLACKOUT', subjectId: window, reason: 'Security fix.', expiresAt: inMinutes(10) },
      'waiver',
    );
    expect(await world.act('Start', id)).toBe('STARTING');
  });

  test('is missed when its time passes without a start', async () => {
    const release = await world.ready(['web']);
    const id = await world.plan(release, { scheduledStart: inMinutes(1), scheduledEnd: inMinutes(15) });
    await world.act('Schedule', id);
    await blackout(60, release.cis);
    await world.pass(20 * 60, MINUTE);
    const { number, ...missed } = await world.read(id, 'number state stateReason attempt runs { totalCount }');
    expect(missed).toEqual({
      state: 'MISSED',
      stateReason: expect.stringContaining('Year end'),
      attempt: 0,
      runs: { totalCount: 0 },
    });
    expect(
      await app.count(
        `schedule_entry e join distribution d on d.id = e.distribution_id where d.number = '${number}' and e.live`,
      ),
    ).toBe(0);
    const refused = await expectRefused(world.operator, 'distributionStart', { id });
    expect(refused.map(({ code }) => code)).toEqual(['ILLEGAL_TRANSITION', 'WINDOW_CLOSED']);
    expect(refused[1]?.message).toContain('Year end');
    expect(await world.act('Replan', id)).toBe('PLANNED');
  });

  test('does not start with media that were recalled after it was scheduled', async () => {
    const version = await world.media(await world.item('portal'), '1.0');
    const release = await world.ready(['web'], { content: [version] });
    const id = await world.plan(release, { scheduledStart: inMinutes(5) });
    await world.act('Schedule', id);
    await world.librarian.run('dmlItemVersionRecall', { id: version, reason: 'It leaks keys.' }, 'dmlItemVersion');
    await world.pass(6 * 60, MINUTE);
    expect(await world.state(id)).toBe('SCHEDULED');
    expect(await world.refusal('Start', id)).toEqual(['MEDIA_NOT_AUTHORISED']);
    expect(await count(id, 'distribution.start-blocked')).toBe(1);
    expect(await world.act('Cancel', id, { reason: 'Recalled.' })).toBe('STOPPED');
  });

  test('is stopped when its media are recalled while it runs', async () => {
    const version = await world.media(await world.item('ledger'), '1.0');
    const release = await world.ready(['web', 'db'], { content: [version] });
    const id = await world.started(release, { maxParallel: 1, parameters: world.simulate({ stepMs: 2_000 }) });
    await world.pass(2);
    await world.librarian.run('dmlItemVersionRecall', { id: version, reason: 'It leaks keys.' }, 'dmlItemVersion');
    await world.passUntil(id, 'STOPPED', 60, 500);
    expect(await world.read(id, 'state stateReason')).toEqual({
      state: 'STOPPED',
      stateReason: expect.stringContaining('recalled'),
    });
    expect(
      Object.values(await world.targets(id))
        .map(({ state }) => state)
        .sort(),
    ).toEqual(['CANCELLED', 'SUCCEEDED']);
  });

  test('does not start while its release is on hold', async () => {
    const release = await world.ready(['web']);
    const id = await world.plan(release);
    await world.act('Schedule', id);
    await world.manager.run('releaseHold', { id: release.id, reason: 'Waiting for the vendor.' }, 'release');
    await app.jobs.runOnce();
    expect(await world.refusal('Start', id)).toEqual(['RELEASE_ON_HOLD']);
    await world.act('Cancel', id);
  });

  test('does not start before its release has been communicated, with every reason at once', async () => {
    const cis = { web: await world.ci('web-early') };
    const release = { id: await world.accepted('Too early', [cis.web]), cis };
    await world.step('releaseSchedule', release.id, { startsAt: inMinutes(0), endsAt: inMinutes(90) });
    const id = await world.plan(release);
    await world.act('Schedule', id);
    await blackout(5, cis);
    expect(await world.refusal('Start', id)).toEqual(['BLACKOUT', 'NOT_COMMUNICATED']);
    await world.act('Cancel', id);
  });

  test('that had to wait for its tool asks the rules again before it is sent', async () => {
    const release = await world.ready(['web']);
    const id = await world.started(release, {
      parameters: world.simulate('succeed', {}, { down: { calls: 3, methods: ['submit'] } }),
    });
    await app.jobs.runOnce();
    await blackout(30, release.cis);
    await world.pass(20);
    expect(await world.state(id)).toBe('FAILED');
    expect(await world.targets(id, 'state reasonCode')).toEqual({ web: { state: 'REJECTED', reasonCode: 'BLACKOUT' } });
    const { runs } = await world.read(id, 'runs { nodes { key } }');
    expect(world.runsOf()).not.toContain(runs.nodes[0].key);
  });
});

describe('after its booked time', () => {
  test('a retry may still go out, a first start that waited for its tool may not', async () => {
    const release = await world.ready(['web']);
    const times = { scheduledEnd: inMinutes(5), deadlineMinutes: 120 };
    const failed = await world.started(release, { ...times, parameters: world.simulate('fail-once') });
    await world.pass(3);
    expect(await world.state(failed)).toBe('FAILED');
    const waiting = await world.started(await world.ready(['web']), {
      ...times,
      parameters: world.simulate('succeed', {}, { down: { calls: 6, methods: ['submit'] } }),
    });
    await world.pass(10 * 60, MINUTE);
    expect(await world.read(waiting, 'state targets { nodes { reasonCode } }')).toEqual({
      state: 'FAILED',
      targets: { nodes: [{ reasonCode: 'DEADLINE' }] },
    });
    expect(await world.act('RetryFailed', failed)).toBe('STARTING');
    await world.pass(60, 20_000);
    expect(await world.state(failed)).toBe('SUCCEEDED');
  });
});

describe('approval', () => {
  test('is required for critical targets, and never by the planner', async () => {
    const release = await world.ready(['core'], { ci: { criticality: 'CRITICAL' } });
    const id = await world.plan(release, { scheduledStart: inMinutes(5) });
    expect(await world.read(id, 'approvalRequired')).toEqual({ approvalRequired: true });
    expect(await world.refusal('Schedule', id)).toEqual(['APPROVAL_MISSING']);
    expect(await world.act('RequestApproval', id)).toBe('AWAITING_APPROVAL');
    const planner = await app.as('oskar', 'DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER');
    expect(await world.refusal('Approve', id, {}, planner)).toEqual(['NOT_RELEASE_OWNER', 'SELF_APPROVAL']);
    expect(await rejectionCode(world.operator, 'distributionApprove', { id })).toBe('FORBIDDEN');
    expect(await world.act('Approve', id, {}, world.manager)).toBe('SCHEDULED');
    expect(await world.read(id, 'approvedBy { name } plannedBy { name }')).toEqual({
      approvedBy: { name: 'mona' },
      plannedBy: { name: 'oskar' },
    });
    await world.pass(6 * 60, MINUTE);
    expect(await world.state(id)).toBe('SUCCEEDED');
  });

  test('is void once the distribution is planned anew', async () => {
    const release = await world.ready(['web', 'db']);
    const id = await world.plan(release, { approvalRequired: true, scheduledStart: inMinutes(60) });
    await world.act('RequestApproval', id);
    await world.act('Approve', id, {}, world.manager);
    expect(await world.refusal('RequestApproval', id)).toEqual(['ILLEGAL_TRANSITION']);
    await world.act('Replan', id);
    const { version } = await world.read(id, 'version');
    const updated = await world.operator.run(
      'distributionUpdate',
      { id, expectedVersion: version, targetIds: [release.cis['web']], deadlineMinutes: 30 },
      'distribution',
      'version approvedBy { name } targets { totalCount } deadlineMinutes',
    );
    expect(updated).toMatchObject({ approvedBy: null, targets: { totalCount: 1 }, deadlineMinutes: 30 });
    expect(
      await rejectionCode(world.operator, 'distributionUpdate', { id, expectedVersion: version, name: 'stale' }),
    ).toBe('CONFLICT');
    expect(await world.refusal('Schedule', id)).toEqual(['APPROVAL_MISSING']);
    await world.act('Cancel', id);
    expect(await world.refusal('Cancel', id)).toEqual(['ILLEGAL_TRANSITION']);
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { expectRefused, refusalCodes } from '../../support/refusals.js';
import { storyOf, type ReadyRelease, type Story } from '../../support/story.js';

// A distribution lies inside the slot of its release, always. What moves or ends the release says what becomes of it.

const MINUTE = 60_000;
const clock = new TestClock();
let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const inHours = (hours: number) => new Date(clock.now().getTime() + hours * 60 * MINUTE).toISOString();

/** A release with a distribution that starts by itself in an hour. */
async function waiting(more: Record<string, unknown> = {}): Promise<{ release: ReadyRelease; id: string }> {
  const release = await world.ready(['web']);
  const id = await world.plan(release, { scheduledStart: inHours(1), ...more });
  await world.act('Schedule', id);
  return { release, id };
}

const liveEntries = async (id: string) => {
  const { number } = await world.read(id, 'number');
  return await app.count(
    `schedule_entry e join distribution d on d.id = e.distribution_id where d.number = '${number}' and e.live`,
  );
};

const lastEvent = async (releaseId: string, type: string) => {
  const { events } = await world.read(releaseId, 'events(first: 50) { nodes { type data reason } }');
  return events.nodes.find((event: { type: string }) => event.type === type);
};

describe('a release that is planned for another day', () => {
  test('takes its distribution out of the schedule, so that nothing deploys on the old day', async () => {
    const { release, id } = await waiting();
    await world.step('releaseUnschedule', release.id, { reason: 'The vendor is late.' });
    expect(await world.read(id, 'state stateReason approvedAt')).toEqual({
      state: 'PLANNED',
      stateReason: expect.stringMatching(/^Release REL-\d+ has left the schedule: The vendor is late\.$/),
      approvedAt: null,
    });
    expect(await liveEntries(id)).toBe(0);
    const { number } = await world.read(id, 'number');
    expect((await lastEvent(release.id, 'release.unscheduled')).data.distributions).toEqual([
      { id, number, from: 'SCHEDULED', to: 'PLANNED' },
    ]);

    await world.step('releaseSchedule', release.id, { startsAt: inHours(24), endsAt: inHours(30) });
    await world.step('releaseCommunicate', release.id, { audience: 'Everybody', message: 'Tomorrow.' });
    await world.pass(2 * 60 * 60, 20 * MINUTE);
    expect(await world.read(id, 'state attempt')).toEqual({ state: 'PLANNED', attempt: 0 });
    expect(await world.refusal('Schedule', id)).toContain('DISTRIBUTION_OUTSIDE_RELEASE');
    const { version } = await world.read(id, 'version');
    await world.act('Update', id, { expectedVersion: version, scheduledStart: inHours(23) });
    expect(await world.act('Schedule', id)).toBe('SCHEDULED');
  });

  test('is not moved away from its distribution', async () => {
    const { release, id } = await waiting();
    const move = { id: release.id, startsAt: inHours(24), endsAt: inHours(30), reason: 'The vendor is late.' };
    const [blocker] = await expectRefused(world.manager, 'releaseMoveSchedule', move);
    expect(blocker).toMatchObject({ code: 'DISTRIBUTION_OUTSIDE_RELEASE', subject: { id } });
  });

  test('can take its distributions along: an approved one waits for approval of its new time', async () => {
    const { release, id } = await waiting();
    const approved = await world.plan(release, { scheduledStart: inHours(2), approvalRequired: true, name: 'Two' });
    await world.act('RequestApproval', approved);
    await world.act('Approve', approved, {}, world.owner);
    const { scheduledStart: was } = await world.read(id, 'scheduledStart');
    await world.step('releaseMoveSchedule', release.id, {
      startsAt: inHours(24),
      endsAt: inHours(36),
      reason: 'The vendor is late.',
      moveDistributions: true,
    });
    const day = 24 * 60 * MINUTE;
    expect(await world.read(id, 'state scheduledStart')).toEqual({
      state: 'SCHEDULED',
      scheduledStart: new Date(Date.parse(was) + day).toISOString(),
    });
    expect(await world.read(approved, 'state approvedAt')).toEqual({ state: 'PLANNED', approvedAt: null });
    const { data } = await lastEvent(release.id, 'release.rescheduled');
    expect(data.distributions).toHaveLength(2);
    const entries = await world.manager.ok(
      `query($id: ID!) { scheduleEntries(filter: { release: { eq: $id }, kind: { eq: DISTRIBUTION } }) {
         nodes { startsAt } } }`,
      { id: release.id },
    );
    expect(entries.scheduleEntries.nodes).toEqual([{ startsAt: new Date(Date.parse(was) + day).toISOString() }]);
  });
});

describe('a distribution outside the slot of its release', () => {
  test.each([
    ['before it', { scheduledStart: -2 }],
    ['after it', { scheduledStart: 13 }],
    ['across its end', { scheduledStart: 11.5, deadlineMinutes: 60 }],
  ])('%s is not scheduled', async (_, { scheduledStart, ...more }) => {
    const release = await world.ready(['web']);
    await world.step('releaseMoveSchedule', release.id, {
      startsAt: inHours(4),
      endsAt: inHours(12),
      reason: 'Later.',
    });
    const id = await world.plan(release, {
      scheduledStart: inHours(scheduledStart + (scheduledStart < 0 ? 4 : 0)),
      ...more,
    });
    expect(await world.refusal('Schedule', id)).toEqual(['DISTRIBUTION_OUTSIDE_RELEASE']);
  });

  test('that needs approval is neither submitted nor approved', async () => {
    const release = await world.ready(['web']);
    const id = await world.plan(release, { scheduledStart: inHours(13), approvalRequired: true });
    expect(await world.refusal('RequestApproval', id)).toEqual(['DISTRIBUTION_OUTSIDE_RELEASE']);
  });

  test('is not offered: availableCommands refuse in the same words', async () => {
    const release = await world.ready(['web']);
    const id = await world.plan(release, { scheduledStart: inHours(13) });
    const { availableCommands } = await world.read(
      id,
      'availableCommands { command allowed blockers { code resolvableBy subject { id } } }',
    );
    expect(availableCommands).toContainEqual({
      command: 'distributionSchedule',
      allowed: false,
      blockers: [
        {
          code: 'DISTRIBUTION_OUTSIDE_RELEASE',
          resolvableBy: ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
          subject: { id: release.id },
        },
      ],
    });
  });

  test('ends with its booked time, even when it began late', async () => {
    const release = await world.ready(['web']);
    const times = { scheduledStart: inHours(0), scheduledEnd: inHours(1), deadlineMinutes: 240 };
    const id = await world.plan(release, { ...times, parameters: world.simulate('hang') });
    await world.act('Schedule', id);
    await world.step('releaseHold', release.id, { reason: 'Wait.' });
    await world.pass(50 * 60, 10 * MINUTE);
    await world.step('releaseResume', release.id, { reason: 'Go.' });
    await world.begin(id);
    const { runs } = await world.read(id, 'runs { nodes { deadline } }');
    expect(runs.nodes).toEqual([{ deadline: times.scheduledEnd }]);
  });
});

describe('a release that is given up', () => {
  test('cancels what has not begun, frees its time and says so', async () => {
    const { release, id } = await waiting();
    const missed = await world.plan(release, { scheduledStart: inHours(3), name: 'Later' });
    await world.step('releaseCancel', release.id, { reason: 'The budget is gone.' });
    for (const one of [id, missed])
      expect(await world.read(one, 'state stateReason')).toEqual({
        state: 'STOPPED',
        stateReason: expect.stringContaining('The budget is gone.'),
      });
    expect(await liveEntries(id)).toBe(0);
    expect((await lastEvent(release.id, 'release.cancelled')).data.distributions).toHaveLength(2);
    await world.pass(2 * 60 * 60, 20 * MINUTE);
    expect(await world.read(id, 'attempt')).toEqual({ attempt: 0 });
  });

  test('by a back-out cancels what has not begun', async () => {
    const release = await world.ready(['web', 'db']);
    const first = await world.started(release, { allTargets: null, targetIds: [release.cis['web']] });
    await world.passUntil(first, 'SUCCEEDED', 60);
    const second = await world.plan(release, {
      allTargets: null,
      targetIds: [release.cis['db']],
      scheduledStart: inHours(2),
    });
    await world.act('Schedule', second);
    await world.step('releaseStartBackOut', release.id, { reason: 'It is broken.' });
    expect(await world.state(second)).toBe('STOPPED');
    expect(await liveEntries(second)).toBe(0);
  });
});

describe('a target or content that joins after a distribution for all was planned', () => {
  async function withOneMore(): Promise<{ release: ReadyRelease; id: string; extra: string }> {
    const { release, id } = await waiting();
    const extra = await world.ci('late');
    await world.manager.run(
      'releaseAddCi',
      { id: release.id, role: 'TARGET', ciIds: [extra], agreeToReplan: true },
      'release',
    );
    return { release, id, extra };
  }

  test('is reported by the distribution, which does not start without it', async () => {
    const { release, id, extra } = await withOneMore();
    expect(await world.state(id)).toBe('PLANNED');
    await world.step('releaseAccept', release.id, {}, world.owner);
    await world.step('releaseSchedule', release.id);
    await world.step('releaseCommunicate', release.id, { audience: 'Everybody', message: 'One more.' });
    const [blocker, ...others] = await expectRefused(world.operator, 'distributionSchedule', { id });
    expect(others).toEqual([]);
    expect(blocker).toMatchObject({ code: 'TARGET_LEFT_OUT', subject: { id: extra } });

    const { version } = await world.read(id, 'version');
    await world.act('Update', id, { expectedVersion: version, name: 'With the late one' });
    const { targets } = await world.read(id, 'targets { nodes { ci { id } } }');
    expect(targets.nodes.map(({ ci }: { ci: { id: string } }) => ci.id)).toContain(extra);
    expect(await world.act('Schedule', id)).toBe('SCHEDULED');
  });

  test('content likewise, and a choice by name stays as it is', async () => {
    const release = await world.ready(['web']);
    const all = await world.plan(release, { scheduledStart: inHours(1) });
    const { contents } = await world.read(all, 'contents { dmlItemVersion { id } }');
    const named = await world.plan(release, {
      scheduledStart: inHours(1),
      contentIds: contents.map((content: { dmlItemVersion: { id: string } }) => content.dmlItemVersion.id),
    });
    expect(await world.read(all, 'allTargets allContents')).toEqual({ allTargets: true, allContents: true });
    expect(await world.read(named, 'allTargets allContents')).toEqual({ allTargets: true, allContents: false });
    const version = await world.media(await world.item('extra'), '1.0');
    await world.manager.run(
      'releaseAddContent',
      { id: release.id, dmlItemVersionIds: [version], agreeToReplan: true },
      'release',
    );
    expect(await refusalCodes(world.operator, 'distributionSchedule', { id: all })).toContain('TARGET_LEFT_OUT');
    expect(await refusalCodes(world.operator, 'distributionSchedule', { id: named })).not.toContain('TARGET_LEFT_OUT');
  });
});

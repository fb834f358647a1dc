import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { expectRefused, payloadField } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

/** Line 9: nothing is planned for the past, by whichever field, and what was in the calendar stays. */

const clock = new TestClock();
let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const at = (minutes: number) => new Date(clock.now().getTime() + minutes * 60_000).toISOString();

/** Codes and input fields with which a command is refused. */
async function refused(client: TestClient, mutation: string, input: Record<string, unknown>): Promise<string[]> {
  const errors = await expectRefused(client, mutation, input);
  return errors.map(({ code, path }) => `${code} ${path?.at(-1)}`).sort();
}

async function make(client: TestClient, mutation: string, input: Record<string, unknown>): Promise<any> {
  return await client.run(mutation, input, payloadField(mutation), 'id version');
}

/** Four cases that hold for every pair of a start and an end that a command sets. */
async function expectJudged(
  start: string,
  end: string,
  run: (times: Record<string, string>) => Promise<string[]>,
): Promise<void> {
  expect(await run({ [start]: at(-1_440), [end]: at(-1_380) })).toEqual([`SCHEDULE_PAST ${start}`]);
  expect(await run({ [start]: at(-10), [end]: at(60) })).toEqual([`SCHEDULE_PAST ${start}`]);
  // The start may lie a moment back, because planning for now is common. The end may not.
  expect(await run({ [start]: at(-2), [end]: at(-1) })).toEqual([`SCHEDULE_PAST ${end}`]);
}

describe('a time in the past is refused, and the field is named,', () => {
  test('for a change that is raised or edited', async () => {
    await expectJudged('plannedStart', 'plannedEnd', async (times) =>
      refused(world.requester, 'changeCreate', { title: 'Late', ...times }),
    );
    const { id, version } = await world.change('Late', { plannedStart: at(-2), plannedEnd: at(30) });
    await expectJudged('plannedStart', 'plannedEnd', async (times) =>
      refused(world.requester, 'changeUpdate', { id, expectedVersion: version, ...times }),
    );
    const externalRef = { source: 'desk', key: 'late' };
    await expectJudged('plannedStart', 'plannedEnd', async (times) =>
      refused(world.changeManager, 'changeUpsert', { title: 'Late', externalRef, ...times }),
    );
    // Dates that have passed by themselves are in nobody's way.
    clock.advance(60 * 60_000);
    await world.requester.run('changeUpdate', { id, expectedVersion: version, title: 'Later' }, 'change');
  });

  test('for a distribution that is planned or planned again', async () => {
    const release = await world.ready(['past']);
    const input = { releaseId: release.id, deploymentToolId: await world.tool('simulator'), allTargets: true };
    await expectJudged('scheduledStart', 'scheduledEnd', async (times) =>
      refused(world.operator, 'distributionPlan', { ...input, ...times }),
    );
    const { id, version } = await make(world.operator, 'distributionPlan', { ...input, scheduledStart: at(0) });
    await expectJudged('scheduledStart', 'scheduledEnd', async (times) =>
      refused(world.operator, 'distributionUpdate', { id, expectedVersion: version, ...times }),
    );
    clock.advance(60 * 60_000);
    await world.act('Update', id, { expectedVersion: version, name: 'Another name' });
  });

  test('for a release that is recorded or edited, and for the start of its plan', async () => {
    const input = { name: 'Late', ownerId: world.owner.personId };
    await expectJudged('plannedStart', 'plannedEnd', async (times) =>
      refused(world.manager, 'releaseCreate', { ...input, ...times }),
    );
    expect(await refused(world.manager, 'releaseCreate', { ...input, planStart: at(-10) })).toEqual([
      'SCHEDULE_PAST planStart',
    ]);
    const { id, version } = await world.release('Late', { planStart: at(-2), plannedStart: at(-2) });
    await expectJudged('plannedStart', 'plannedEnd', async (times) =>
      refused(world.manager, 'releaseUpdate', { id, expectedVersion: version, ...times }),
    );
    expect(await refused(world.manager, 'releaseUpdate', { id, expectedVersion: version, planStart: at(-10) })).toEqual(
      ['SCHEDULE_PAST planStart'],
    );
    clock.advance(60 * 60_000);
    const { planStart } = await world.read(id, 'planStart');
    await world.manager.run('releaseUpdate', { id, expectedVersion: version, planStart, name: 'Later' }, 'release');
  });

  test('for a task that is added or edited', async () => {
    const { id: releaseId } = await world.release('Tasks');
    const phase = await make(world.manager, 'phaseAdd', { releaseId, name: 'Plan', releaseState: 'PLANNING' });
    const input = { phaseId: phase.id, name: 'late' };
    await expectJudged('plannedStart', 'plannedEnd', async (times) =>
      refused(world.manager, 'taskAdd', { ...input, ...times }),
    );
    const { id, version } = await make(world.manager, 'taskAdd', { ...input, plannedStart: at(-2) });
    await expectJudged('plannedStart', 'plannedEnd', async (times) =>
      refused(world.manager, 'taskUpdate', { id, expectedVersion: version, ...times }),
    );
    clock.advance(60 * 60_000);
    const { plannedStart } = await world.read(id, 'plannedStart');
    await world.manager.run('taskUpdate', { id, expectedVersion: version, plannedStart, description: 'x' }, 'task');
  });

  test('for a meeting', async () => {
    await expectJudged('startsAt', 'endsAt', async (times) =>
      refused(world.changeManager, 'scheduleEntryCreate', { title: 'CAB', ...times }),
    );
  });

  test('for a window, unless it repeats', async () => {
    const window = { name: 'Freeze', kind: 'BLACKOUT', timeZone: 'UTC' };
    await expectJudged('startsAt', 'endsAt', async (times) =>
      refused(world.changeManager, 'scheduleWindowCreate', { ...window, ...times }),
    );
    // The first occurrence of a rule says on which day and at what time the others are.
    const begun = { ...window, startsAt: at(-14_400), endsAt: at(-14_340) };
    await make(world.changeManager, 'scheduleWindowCreate', { ...begun, rrule: 'FREQ=DAILY' });
    expect(
      await refused(world.changeManager, 'scheduleWindowCreate', { ...begun, rrule: 'FREQ=DAILY;COUNT=3' }),
    ).toEqual(['SCHEDULE_PAST rrule']);
  });
});

describe('what stood in the calendar', () => {
  test('keeps its start once it has begun and its end once it is over: a window', async () => {
    const window = { name: 'Yesterday', kind: 'BLACKOUT', timeZone: 'UTC' };
    const made = await make(world.changeManager, 'scheduleWindowCreate', {
      ...window,
      startsAt: at(10),
      endsAt: at(70),
    });
    const update = { id: made.id, expectedVersion: made.version };
    clock.advance(30 * 60_000);
    for (const startsAt of [at(10), at(-25), at(-1)])
      expect(await refused(world.changeManager, 'scheduleWindowUpdate', { ...update, startsAt })).toEqual([
        'SCHEDULE_PAST startsAt',
      ]);
    expect(await refused(world.changeManager, 'scheduleWindowUpdate', { ...update, endsAt: at(-1) })).toEqual([
      'SCHEDULE_PAST endsAt',
    ]);
    // Neither does a rule give it another past.
    expect(
      await refused(world.changeManager, 'scheduleWindowUpdate', { ...update, startsAt: at(-60), rrule: 'FREQ=DAILY' }),
    ).toEqual(['SCHEDULE_PAST startsAt']);
    // It ends early, or lasts longer.
    const { version } = await world.changeManager.run(
      'scheduleWindowUpdate',
      { ...update, endsAt: at(20) },
      'scheduleWindow',
      'version',
    );
    clock.advance(30 * 60_000);
    const again = { ...update, expectedVersion: version };
    expect(await refused(world.changeManager, 'scheduleWindowUpdate', { ...again, endsAt: at(20) })).toEqual([
      'SCHEDULE_PAST endsAt',
    ]);
    expect(
      await refused(world.changeManager, 'scheduleWindowUpdate', { ...again, startsAt: at(10), endsAt: at(20) }),
    ).toEqual(['SCHEDULE_PAST endsAt', 'SCHEDULE_PAST startsAt']);
    await world.changeManager.run('scheduleWindowUpdate', { ...again, description: 'Over.' }, 'scheduleWindow');
  });

  test('and a meeting', async () => {
    const made = await make(world.changeManager, 'scheduleEntryCreate', {
      title: 'CAB',
      startsAt: at(10),
      endsAt: at(40),
    });
    const update = { id: made.id, expectedVersion: made.version };
    clock.advance(20 * 60_000);
    expect(await refused(world.changeManager, 'scheduleEntryUpdate', { ...update, startsAt: at(10) })).toEqual([
      'SCHEDULE_PAST startsAt',
    ]);
    const { version } = await world.changeManager.run(
      'scheduleEntryUpdate',
      { ...update, endsAt: at(60) },
      'scheduleEntry',
      'version',
    );
    clock.advance(120 * 60_000);
    const again = { ...update, expectedVersion: version };
    expect(
      await refused(world.changeManager, 'scheduleEntryUpdate', { ...again, startsAt: at(10), endsAt: at(60) }),
    ).toEqual(['SCHEDULE_PAST endsAt', 'SCHEDULE_PAST startsAt']);
    await world.changeManager.run('scheduleEntryUpdate', { ...again, title: 'CAB of that day' }, 'scheduleEntry');
  });
});

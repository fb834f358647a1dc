import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { expectRefused, refusalCodes } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
});
afterAll(async () => await app.end());

const PARTY = 'name entry { id } release { id manager { name } } distribution { id } task { name } window { name }';
const CONFLICT = `kind message person { name } left { ${PARTY} } right { ${PARTY} }`;

/** A release that is scheduled on an item, and one that wants the same item at the same time. */
async function rivals(day: number) {
  const times = { startsAt: `2031-03-0${day}T10:00:00.000Z`, endsAt: `2031-03-0${day}T12:00:00.000Z` };
  const ci = await world.ci(`contested-${day}`);
  const first = await world.accepted(`First ${day}`, [ci]);
  await world.step('releaseSchedule', first, times);
  const planned = { plannedStart: times.startsAt, plannedEnd: times.endsAt };
  const second = await world.accepted(`Second ${day}`, [ci], planned);
  const conflicts = async () => (await world.read(second, `conflicts { nodes { ${CONFLICT} } }`)).conflicts.nodes;
  const waive = async (subjectId: string, code = 'CI_CONFLICT') =>
    await world.authority.run(
      'waiverGrant',
      { releaseId: second, code, subjectId, reason: 'Agreed.', expiresAt: new Date(Date.now() + 86_400_000) },
      'waiver',
    );
  return { first, second, times, conflicts, waive };
}

describe('a conflict names its other party', () => {
  test('both sides lead to their releases, also the side that is not booked', async () => {
    const { first, second, conflicts } = await rivals(1);
    expect(await conflicts()).toMatchObject([
      {
        kind: 'CI_CONFLICT',
        person: null,
        left: { entry: null, release: { id: second }, window: null },
        right: {
          name: expect.stringMatching(/^REL-\d+ First 1$/),
          entry: { id: expect.any(String) },
          release: { id: first, manager: { name: 'mona' } },
        },
      },
    ]);
  });

  test('the refusal points at the release whose people can be asked', async () => {
    const { first, second } = await rivals(2);
    expect(await expectRefused(world.manager, 'releaseSchedule', { id: second })).toMatchObject([
      { code: 'CI_CONFLICT', subject: { id: first, __typename: 'Release' }, waivable: true },
    ]);
  });

  test('a waiver can name the release, or as before its entry, and no other release', async () => {
    const byRelease = await rivals(3);
    await byRelease.waive(byRelease.second);
    expect(await refusalCodes(world.manager, 'releaseSchedule', { id: byRelease.second })).toEqual(['CI_CONFLICT']);
    await byRelease.waive(byRelease.first);
    expect(await world.step('releaseSchedule', byRelease.second)).toBe('SCHEDULED');
    const byEntry = await rivals(4);
    const [{ right }] = await byEntry.conflicts();
    await byEntry.waive(right.entry.id, 'IMPACTED_CI_CONFLICT');
    expect(await refusalCodes(world.manager, 'releaseSchedule', { id: byEntry.second })).toEqual(['CI_CONFLICT']);
    await byEntry.waive(right.entry.id);
    expect(await world.step('releaseSchedule', byEntry.second)).toBe('SCHEDULED');
  });

  test('an overload names the person and what keeps them busy', async () => {
    const { id: releaseId } = await world.release('Overloaded');
    const phase = await world.manager.run('phaseAdd', { releaseId, name: 'Plan', releaseState: 'PLANNING' }, 'phase');
    for (const [name, start] of [
      ['Phone', '10:00'],
      ['Write', '11:00'],
    ])
      await world.manager.run(
        'taskAdd',
        {
          phaseId: phase.id,
          name,
          assigneeId: world.assignee.personId,
          plannedStart: `2031-03-09T${start}:00.000Z`,
          plannedEnd: '2031-03-09T13:00:00.000Z',
        },
        'task',
      );
    const { scheduleConflicts } = await world.auditor.ok(
      `{ scheduleConflicts(from: "2031-03-09T00:00:00Z", to: "2031-03-10T00:00:00Z") { nodes { ${CONFLICT} } } }`,
    );
    expect(scheduleConflicts.nodes).toMatchObject([
      {
        kind: 'RESOURCE_OVERLOAD',
        person: { name: 'tom' },
        message: expect.stringMatching(/^tom is busy with "TSK-\d+ Phone" and "TSK-\d+ Write" from /),
        left: { task: { name: 'Write' }, release: { id: releaseId } },
        right: { task: { name: 'Phone' }, release: { id: releaseId } },
      },
    ]);
  });
});

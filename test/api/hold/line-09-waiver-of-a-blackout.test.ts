import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fromNodeId } from '../../../src/domain/node-id.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { refusalCodes } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let app: TestApp;
let world: Story;
let release: string;
let blackout: string;
let other: string;
const today = Math.ceil(Date.now() / DAY) * DAY;
const at = (day: number, hour: number) => new Date(today + day * DAY + hour * HOUR).toISOString();
const slot = (day: number) => ({ startsAt: at(day, 10), endsAt: at(day, 11) });

/** A blackout on every day. */
const daily = async (name: string, ci: string): Promise<string> =>
  (
    await world.changeManager.run(
      'scheduleWindowCreate',
      {
        name,
        kind: 'BLACKOUT',
        startsAt: at(0, 9),
        endsAt: at(0, 12),
        rrule: 'FREQ=DAILY',
        timeZone: 'UTC',
        ciIds: [ci],
      },
      'scheduleWindow',
    )
  ).id;

const waiver = (more: Record<string, unknown> = {}) => ({
  releaseId: release,
  code: 'BLACKOUT',
  subjectId: blackout,
  reason: 'Agreed with the bank.',
  expiresAt: at(20, 0),
  ...more,
});

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
  const ci = await world.ci('frozen');
  release = await world.accepted('Frozen', [ci]);
  blackout = await daily('Opening hours', ci);
  other = await daily('Lunch', ci);
}, 60_000);
afterAll(async () => await app.end());

const badInput = async (input: Record<string, unknown>) => {
  const { errors } = await world.authority.send(
    'mutation($input: WaiverGrantInput!) { waiverGrant(input: $input) { waiver { id } } }',
    { input },
  );
  return errors?.[0]?.extensions;
};

describe('a waiver of a blackout', () => {
  test('is for one blackout at one time', async () => {
    expect(await badInput(waiver({ subjectId: null, ...slot(3) }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'subjectId',
    });
    expect(await badInput(waiver())).toMatchObject({ code: 'BAD_USER_INPUT', field: 'startsAt' });
    expect(await badInput(waiver({ startsAt: at(3, 11), endsAt: at(3, 10) }))).toMatchObject({ field: 'startsAt' });
    expect(await badInput(waiver({ code: 'CI_CONFLICT', subjectId: null, ...slot(3) }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'startsAt',
    });
  });

  test('lapses when the release moves to another day of it, or gets into another one', async () => {
    const first = await world.authority.run('waiverGrant', waiver(slot(3)), 'waiver', 'slotStart slotEnd');
    expect(Object.values(first).slice(0, 2).map(String)).toEqual([slot(3).startsAt, slot(3).endsAt]);
    // The second blackout of that time is another one.
    expect(await refusalCodes(world.manager, 'releaseSchedule', { id: release, ...slot(3) })).toEqual(['BLACKOUT']);
    await world.authority.run('waiverGrant', waiver({ subjectId: other, ...slot(3) }), 'waiver');
    // Not on the day before, and not longer than was agreed.
    expect(await refusalCodes(world.manager, 'releaseSchedule', { id: release, ...slot(2) })).toContain('BLACKOUT');
    const longer = { id: release, startsAt: at(3, 10), endsAt: at(3, 12) };
    expect(await refusalCodes(world.manager, 'releaseSchedule', longer)).toContain('BLACKOUT');
    expect(await world.step('releaseSchedule', release, slot(3))).toBe('SCHEDULED');
    const { version } = await world.read(release, 'version');
    const moved = { id: release, expectedVersion: version, reason: 'The bank has time.', ...slot(4) };
    expect(await refusalCodes(world.manager, 'releaseMoveSchedule', moved)).toEqual(['BLACKOUT', 'BLACKOUT']);
    // Without a time of its own it is for the planned one.
    const again = await world.authority.run('waiverGrant', waiver(), 'waiver', 'slotStart');
    expect(again.slotStart).toBe(slot(3).startsAt);
    for (const subjectId of [blackout, other])
      await world.authority.run('waiverGrant', waiver({ subjectId, ...slot(4) }), 'waiver');
    expect(await world.step('releaseMoveSchedule', release, moved)).toBe('SCHEDULED');
  });

  test('from before waivers had a time covers nothing where the release had no time either', async () => {
    const old = 'update waiver set slot_start = null, slot_end = null, subject_id = null where release_id = $1';
    await app.readDatabase.pool.query(old, [fromNodeId('Release', release, 'release')]);
    const { version } = await world.read(release, 'version');
    const moved = { id: release, expectedVersion: version, reason: 'The bank has time.', ...slot(5) };
    expect(await refusalCodes(world.manager, 'releaseMoveSchedule', moved)).toEqual(['BLACKOUT', 'BLACKOUT']);
  });
});

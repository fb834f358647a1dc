import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { refusalCodes, rejectionCode } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;
let first: string;
let second: string;
let waiver: string;

const DAY = 86_400_000;
const inDays = (days: number) => new Date(clock.now().getTime() + days * DAY).toISOString();

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
  const ci = await world.ci('contested');
  first = await world.accepted('first', [ci]);
  second = await world.accepted('second', [ci]);
  await world.step('releaseSchedule', first, { startsAt: inDays(5), endsAt: inDays(6) });
  // Granted by somebody who owned the release for a while.
  await world.handOver(second, world.owner, { ownerId: world.otherOwner.personId! });
  ({ id: waiver } = await world.otherOwner.run(
    'waiverGrant',
    { releaseId: second, code: 'CI_CONFLICT', reason: 'Both teams work side by side.', expiresAt: inDays(20) },
    'waiver',
  ));
  await world.handOver(second, world.otherOwner, { ownerId: world.owner.personId! });
});
afterAll(async () => await app.end());

const times = () => ({ startsAt: inDays(5), endsAt: inDays(6) });
const revoke = { reason: 'The second team is ill.' };

describe('a waiver', () => {
  test('is revoked only by a change authority, the owner of its release or the person who granted it', async () => {
    const stranger = await app.as('sam', 'RELEASE_OWNER');
    expect(await refusalCodes(stranger, 'waiverRevoke', { id: waiver, ...revoke })).toEqual(['NOT_RELEASE_OWNER']);
    expect(await rejectionCode(world.manager, 'waiverRevoke', { id: waiver, ...revoke })).toBe('FORBIDDEN');
    expect(await rejectionCode(world.owner, 'waiverRevoke', { id: waiver, reason: ' ' })).toBe('BAD_USER_INPUT');
    expect(await rejectionCode(world.owner, 'waiverRevoke', { id: waiver, expectedVersion: 7, ...revoke })).toBe(
      'CONFLICT',
    );
    const offers = async (client: Story['owner']) =>
      (await world.read(waiver, 'availableCommands { command allowed blockers { code } }', client)).availableCommands;
    expect(await offers(stranger)).toEqual([
      { command: 'waiverRevoke', allowed: false, blockers: [{ code: 'NOT_RELEASE_OWNER' }] },
    ]);
    for (const client of [world.owner, world.otherOwner, world.authority])
      expect(await offers(client)).toEqual([{ command: 'waiverRevoke', allowed: true, blockers: [] }]);
  });

  test('no longer sets its rule aside once it is revoked', async () => {
    expect(await world.step('releaseSchedule', second, times())).toBe('SCHEDULED');
    await world.step('releaseUnschedule', second, { reason: 'not yet' });
    const revoked = await world.otherOwner.run(
      'waiverRevoke',
      { id: waiver, ...revoke },
      'waiver',
      'state revokedAt revokeReason revokedBy { name } availableCommands { command }',
    );
    expect(revoked).toEqual({
      state: 'REVOKED',
      revokedAt: clock.now().toISOString(),
      revokeReason: revoke.reason,
      revokedBy: { name: 'otto' },
      availableCommands: [],
    });
    expect(await refusalCodes(world.manager, 'releaseSchedule', { id: second, ...times() })).toEqual(['CI_CONFLICT']);
    expect(await refusalCodes(world.owner, 'waiverRevoke', { id: waiver, ...revoke })).toEqual(['ILLEGAL_TRANSITION']);
    await app.relay();
    const { events } = await world.read(waiver, 'events { nodes { type reason } }', world.owner);
    expect(events.nodes[0]).toEqual({ type: 'waiver.revoked', reason: revoke.reason });
  });

  test('for a blackout does not let a distribution start once it is revoked', async () => {
    const release = await world.ready(['web']);
    const id = await world.plan(release);
    await world.act('Schedule', id);
    const window = await world.changeManager.run(
      'scheduleWindowCreate',
      {
        name: 'Year end',
        kind: 'BLACKOUT',
        startsAt: inDays(0),
        endsAt: inDays(10),
        ciIds: Object.values(release.cis),
      },
      'scheduleWindow',
    );
    const granted = await world.owner.run(
      'waiverGrant',
      { releaseId: release.id, code: 'BLACKOUT', subjectId: window.id, reason: 'Urgent.', expiresAt: inDays(3) },
      'waiver',
    );
    await world.owner.run('waiverRevoke', { id: granted.id, ...revoke }, 'waiver');
    expect(await world.refusal('Start', id)).toContain('BLACKOUT');
  });
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { refusalCodes } from '../../support/refusals.js';
import { ScheduleBuilder } from '../../support/schedule.js';
import { storyOf, type Story } from '../../support/story.js';

const clock = new TestClock('2027-01-01T00:00:00Z');
let app: TestApp;
let world: Story;
let build: ScheduleBuilder;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
  build = new ScheduleBuilder(world);
});
afterAll(async () => await app.end());

const simulate = (id: string, startsAt: string, endsAt: string) =>
  [
    `query($id: ID!, $startsAt: DateTime!, $endsAt: DateTime!) {
    releaseSimulateMove(id: $id, startsAt: $startsAt, endsAt: $endsAt) {
      breaks { kind left { release { id } } right { name } } breaksCount
      fixes { kind right { name } } fixesCount
      keeps { kind startsAt right { name } } keepsCount
    }
  }`,
    { id, startsAt, endsAt },
  ] as const;

test('a move tells what it breaks, fixes and keeps, and changes nothing', async () => {
  const web = await build.ci('web');
  await build.release('Morning', '2027-02-01T08:00:00Z', '2027-02-01T10:00:00Z', [web]);
  await build.release('All day', '2027-02-01T00:00:00Z', '2027-02-02T00:00:00Z', [web]);
  await build.release('Evening', '2027-02-01T20:00:00Z', '2027-02-01T22:00:00Z', [web]);
  await world.changeManager.run(
    'scheduleWindowCreate',
    { name: 'Payday', kind: 'BLACKOUT', startsAt: '2027-02-01T21:00:00Z', endsAt: '2027-02-01T23:00:00Z' },
    'scheduleWindow',
  );
  const mine = await build.release('Mine', '2027-02-01T09:00:00Z', '2027-02-01T11:00:00Z', [web]);
  const { releaseSimulateMove: move } = await world.auditor.ok(
    ...simulate(mine, '2027-02-01T19:30:00Z', '2027-02-01T21:30:00Z'),
  );
  expect(move.breaks.map(({ kind, right }: any) => `${kind} ${right.name.replace(/^REL-\d+ /, '')}`).sort()).toEqual([
    'BLACKOUT Payday',
    'CI_CONFLICT Evening',
  ]);
  expect(move.breaks[0].left.release.id).toBe(mine);
  expect(move.fixes).toMatchObject([{ kind: 'CI_CONFLICT', right: { name: expect.stringContaining('Morning') } }]);
  expect(move.keeps).toMatchObject([{ startsAt: '2027-02-01T19:30:00.000Z' }]);
  expect([move.breaksCount, move.fixesCount, move.keepsCount]).toEqual([2, 1, 1]);
  const { node } = await world.auditor.ok('query($id: ID!) { node(id: $id) { ... on Release { plannedStart } } }', {
    id: mine,
  });
  expect(node.plannedStart).toBe('2027-02-01T09:00:00.000Z');
});

const PARTS = `command { command allowed blockers { code subject { id } } } warnings { code task { id } } followersCount
  followers { effect startsAt endsAt newStartsAt newEndsAt task { id } change { id } distribution { id } }`;
const simulated = async (id: string, more: string, client = world.manager) =>
  (await client.ok(`{ releaseSimulateMove(id: "${id}", ${more}) { ${PARTS} breaksCount } }`)).releaseSimulateMove;

test('a move tells what the command would say, and what follows, as it then happens', async () => {
  const release = await world.ready(['move-web']);
  const at = (hour: number) => new Date(Date.parse('2027-01-01T00:00:00Z') + hour * 3_600_000).toISOString();
  const plain = await world.plan(release, { scheduledStart: at(1), name: 'Plain' });
  await world.act('Schedule', plain);
  const approved = await world.plan(release, { scheduledStart: at(2), approvalRequired: true, name: 'Approved' });
  await world.act('RequestApproval', approved);
  await world.act('Approve', approved, {}, world.owner);
  const to = { startsAt: at(24), endsAt: at(36) };
  const given = `startsAt: "${to.startsAt}", endsAt: "${to.endsAt}"`;

  const alone = await simulated(release.id, given);
  expect(alone.command).toEqual({
    command: 'releaseMoveSchedule',
    allowed: false,
    blockers: [plain, approved].map((id) => ({ code: 'DISTRIBUTION_OUTSIDE_RELEASE', subject: { id } })),
  });
  expect(await refusalCodes(world.manager, 'releaseMoveSchedule', { id: release.id, ...to, reason: 'Later.' })).toEqual(
    alone.command.blockers.map(({ code }: any) => code),
  );
  expect(alone.followers.map(({ effect, distribution }: any) => [effect, distribution?.id])).toEqual([
    ['STAYS_OUTSIDE', plain],
    ['STAYS_OUTSIDE', approved],
  ]);
  const past = await simulated(release.id, `startsAt: "${at(-9)}", endsAt: "${at(-1)}"`);
  expect(past.command.blockers[0].code).toBe('SCHEDULE_PAST');

  const together = await simulated(release.id, `${given}, moveDistributions: true`);
  expect(together.command).toEqual({ command: 'releaseMoveSchedule', allowed: true, blockers: [] });
  expect(together.warnings).toEqual([{ code: 'MUST_BE_COMMUNICATED', task: null }]);
  expect(together.followers.map(({ effect, newStartsAt }: any) => [effect, newStartsAt])).toEqual([
    ['MOVES', at(25)],
    ['IS_REPLANNED', at(26)],
  ]);
  expect((await simulated(release.id, given, world.auditor)).command.blockers[0].code).toBe('ROLE_REQUIRED');

  const reason = { reason: 'Later.', moveDistributions: true };
  await world.step('releaseMoveSchedule', release.id, { ...to, ...reason });
  for (const { effect, distribution, newStartsAt } of together.followers)
    expect(await world.read(distribution.id, 'state scheduledStart')).toEqual({
      state: effect === 'IS_REPLANNED' ? 'PLANNED' : 'SCHEDULED',
      scheduledStart: newStartsAt,
    });
  const again = await simulated(release.id, given);
  expect([again.followersCount, again.command.allowed]).toEqual([0, true]);
  // A step that joins the plan makes the acceptance stale, and it would end too late.
  const task = await build.task(release.id, 'Prepare', at(0), at(48));
  const stale = await simulated(release.id, given);
  expect(stale.warnings).toEqual([{ code: 'TASK_ENDS_LATE', task: { id: task } }]);
  expect(stale.command.blockers.map(({ code }: any) => code)).toEqual(['APPROVAL_STALE']);
});

test('nonsense is refused', async () => {
  const release = await build.release('Early', '2027-03-01T08:00:00Z', '2027-03-01T10:00:00Z', [await build.ci('db')]);
  const code = async (id: string, from: string, to: string) =>
    (await world.auditor.send(...simulate(id, from, to))).errors?.[0]?.extensions;
  expect(await code(release, '2027-03-02T10:00:00Z', '2027-03-02T10:00:00Z')).toMatchObject({
    code: 'BAD_USER_INPUT',
    field: 'endsAt',
  });
  expect(await code(release, '2027-03-02T10:00:00Z', '2029-03-02T10:00:00Z')).toMatchObject({ max: 400 });
  const gone = release.replace(/.{4}$/, '0000');
  expect(await code(gone, '2027-03-02T10:00:00Z', '2027-03-02T11:00:00Z')).toMatchObject({ code: 'NOT_FOUND' });
});

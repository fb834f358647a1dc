import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { ScheduleBuilder } from '../../support/schedule.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;
let build: ScheduleBuilder;

beforeAll(async () => {
  app = await startTestApp({ clock: new TestClock('2027-01-01T00:00:00Z').now });
  world = await storyOf(app);
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

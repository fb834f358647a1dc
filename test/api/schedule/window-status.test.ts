import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { ScheduleBuilder } from '../../support/schedule.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;
const clock = new TestClock('2027-01-01T12:00:00Z');

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const STATUS = 'windowStatus { open reason opensAt closesAt closesBecause }';
const at = (text: string) => `2027-01-${text}:00.000Z`;

test('items and releases say whether windows allow work now, and when that changes', async () => {
  const build = new ScheduleBuilder(world);
  const [web, desk] = [await build.ci('web'), await build.ci('desk', 'DESKTOP')];
  const service = await build.ci('shop', 'BUSINESS_SERVICE');
  await build.relate(service, 'RUNS_ON', web);
  const release = await build.release('New shop', at('02T21:00'), at('02T22:00'), [web]);
  const { id: empty } = await world.release('Without targets');
  const window = async (kind: string, from: string, to: string, rest: object) =>
    await world.changeManager.run(
      'scheduleWindowCreate',
      { name: kind, kind, startsAt: at(from), endsAt: at(to), ...rest },
      'scheduleWindow',
    );
  await window('CHANGE_WINDOW', '01T20:00', '02T04:00', { ciIds: [web.id], rrule: 'FREQ=DAILY' });
  await window('BLACKOUT', '02T02:00', '02T22:00', { ciIds: [service.id] });
  const ask = async () => {
    const { configurationItems, releases } = await world.auditor.ok(
      `{ configurationItems { nodes { id ${STATUS} } } releases { nodes { id ${STATUS} } } }`,
    );
    const of = (id: string) =>
      [...configurationItems.nodes, ...releases.nodes].find((node: { readonly id: string }) => node.id === id)
        .windowStatus;
    expect(of(release)).toEqual(of(web.id));
    expect(of(empty)).toBeNull();
    return { web: of(web.id), desk: of(desk.id) };
  };
  const closed = { open: false, closesAt: null, closesBecause: null };
  expect(await ask()).toEqual({
    web: { ...closed, reason: 'WINDOW_CLOSED', opensAt: at('01T20:00') },
    desk: { open: true, reason: 'NO_WINDOW', opensAt: null, closesAt: null, closesBecause: null },
  });
  // Its planned hour lies in the blackout. The window is open then, and long enough once the blackout ends.
  await app.readDatabase.pool.query(`update release set state = 'ACCEPTED' where name = 'New shop'`);
  const { node } = await world.manager.ok(
    `query($id: ID!) { node(id: $id) { ... on Release {
      availableCommands { command blockers { code opensAt subject { __typename } } } } } }`,
    { id: release },
  );
  const scheduling = node.availableCommands.find(({ command }: { command: string }) => command === 'releaseSchedule');
  expect(scheduling.blockers.filter(({ opensAt }: { opensAt: string | null }) => opensAt !== null)).toEqual([
    { code: 'BLACKOUT', opensAt: at('02T22:00'), subject: { __typename: 'ScheduleWindow' } },
  ]);
  clock.set('2027-01-01T21:00:00Z');
  const open = { open: true, reason: 'WINDOW_OPEN', opensAt: null };
  expect((await ask()).web).toEqual({ ...open, closesAt: at('02T02:00'), closesBecause: 'BLACKOUT_BEGINS' });
  clock.set('2027-01-02T03:00:00Z');
  expect((await ask()).web).toEqual({ ...closed, reason: 'BLACKOUT', opensAt: at('02T22:00') });
  clock.set('2027-01-02T23:00:00Z');
  expect((await ask()).web).toEqual({ ...open, closesAt: at('03T04:00'), closesBecause: 'WINDOW_ENDS' });
});

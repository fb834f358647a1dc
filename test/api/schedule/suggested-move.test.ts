import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { fromNodeId } from '../../../src/domain/node-id.js';
import { suggestedMoves } from '../../../src/facts/schedule/suggested-move.facts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { ScheduleBuilder } from '../../support/schedule.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;
let build: ScheduleBuilder;
const clock = new TestClock();

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
  build = new ScheduleBuilder(world);
});
afterAll(async () => await app.end());

const at = (hours: number) => new Date(clock.now().getTime() + hours * 3_600_000).toISOString();
const span = { from: at(0), to: at(24 * 20) };
const conflicts = async (kinds: string[]) =>
  (
    await world.auditor.ok(
      `query($from: DateTime!, $to: DateTime!, $kinds: [ScheduleConflictKind!]) {
        scheduleConflicts(from: $from, to: $to, kinds: $kinds, first: 3) {
          nodes { kind suggestedMoves { party { release { id name } } startsAt endsAt } } } }`,
      { ...span, kinds },
    )
  ).scheduleConflicts.nodes.map(({ suggestedMoves: moves, ...rest }: any) => ({
    ...rest,
    suggestedMoves: moves.map(({ party, ...time }: any) => ({ ...party, ...time })),
  }));

test('a conflict comes with moves that solve it, and each of them does', async () => {
  const [web, shop] = [await build.ci('m-web'), await build.ci('m-shop')];
  const early = await build.release('M early', at(100), at(104), [web]);
  const late = await build.release('M late', at(102), at(105), [web]);
  // What would be the nearest time for the one is taken.
  await build.release('M beside', at(105), at(107), [web]);
  const blackout = { name: 'Morning', kind: 'BLACKOUT', startsAt: at(94), endsAt: at(98), ciIds: [web.id] };
  await world.changeManager.run('scheduleWindowCreate', blackout, 'scheduleWindow');

  const [found, ...more] = await conflicts(['CI_CONFLICT']);
  expect(more).toEqual([]);
  expect(found.suggestedMoves).toEqual([
    { release: { id: early, name: 'M early' }, startsAt: at(98), endsAt: at(102) },
    { release: { id: late, name: 'M late' }, startsAt: at(107), endsAt: at(110) },
    { release: { id: early, name: 'M early' }, startsAt: at(107), endsAt: at(111) },
  ]);
  for (const { release, startsAt, endsAt } of found.suggestedMoves) {
    const { releaseSimulateMove } = await world.manager.ok(
      `query($id: ID!, $startsAt: DateTime!, $endsAt: DateTime!) {
        releaseSimulateMove(id: $id, startsAt: $startsAt, endsAt: $endsAt) {
          fixes { kind } breaks { kind } keeps { kind } } }`,
      { id: release.id, startsAt, endsAt },
    );
    expect(releaseSimulateMove).toEqual({ fixes: [{ kind: 'CI_CONFLICT' }], breaks: [], keeps: [] });
  }

  // A release that has begun stays where it is, and a wrong order is solved from both sides.
  await app.readDatabase.pool.query(`update release set state = 'DISTRIBUTING' where id = $1`, [
    fromNodeId('Release', early, 'id'),
  ]);
  const [begun] = await conflicts(['CI_CONFLICT']);
  expect(begun.suggestedMoves.every(({ release }: any) => release.id === late)).toBe(true);
  const first = await build.release('M first', at(210), at(212), [shop]);
  const second = await build.release('M second', at(200), at(202), [web]);
  await app.readDatabase.pool.query(
    `insert into release_dependency (id, release_id, predecessor_id, added_by_id, created_at)
     select gen_random_uuid(), r.id, $2, r.owner_id, now() from release r where r.id = $1`,
    [second, first].map((id) => fromNodeId('Release', id, 'id')),
  );
  const [order] = await conflicts(['DEPENDENCY_ORDER']);
  expect(order.suggestedMoves).toEqual([
    { release: { id: first, name: 'M first' }, startsAt: at(198), endsAt: at(200) },
    { release: { id: second, name: 'M second' }, startsAt: at(212), endsAt: at(214) },
  ]);
});

test('its statements have a bound, and people and media have no moves', async () => {
  const ci = await build.ci('m-many');
  const ask = async (a: string, b: string) => {
    const [left, right] = [a, b].map((id) => ({
      releaseId: fromNodeId('Release', id, 'id'),
      distributionId: null,
      taskId: null,
      windowId: null,
    })) as [never, never];
    let statements = 0;
    const db: typeof app.readDatabase = Object.create(app.readDatabase);
    const query: typeof db.query = async (statement) => {
      statements++;
      return await app.readDatabase.query(statement);
    };
    const counted = Object.assign(db, { query });
    const moves = await suggestedMoves(counted, { kind: 'CI_CONFLICT', left, right }, clock.now());
    expect(await suggestedMoves(counted, { kind: 'TEAM_OVERLOAD', left, right }, clock.now())).toEqual([]);
    return { moves: moves.length, statements };
  };
  const [a, b] = [
    await build.release('N a', at(300), at(304), [ci]),
    await build.release('N b', at(301), at(305), [ci]),
  ];
  const few = await ask(a, b);
  for (let n = 0; n < 12; n++) await build.release(`N ${n}`, at(310 + 6 * n), at(315 + 6 * n), [ci]);
  const many = await ask(a, b);
  expect([few.moves, many.moves]).toEqual([3, 3]);
  expect(many.statements).toBeLessThanOrEqual(80);
  expect(few.statements).toBeLessThanOrEqual(80);
});

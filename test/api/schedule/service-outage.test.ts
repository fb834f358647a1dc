import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { fromNodeId } from '../../../src/domain/node-id.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { ScheduleBuilder, type ScheduledCi } from '../../support/schedule.js';
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

const accept = async (releaseId: string) =>
  await app.readDatabase.pool.query('update release set accepted_at = now() where id = $1', [
    fromNodeId('Release', releaseId, 'id'),
  ]);
const accepted = async (name: string, from: string, to: string, cis: readonly ScheduledCi[]) => {
  const id = await build.release(name, from, to, cis);
  await accept(id);
  return id;
};
const outages = async (more = '') =>
  (
    await world.auditor.ok(`{ projectedServiceOutage(from: "2027-03-01T00:00:00Z", to: "2027-04-01T00:00:00Z"${more}) {
      totalCount pageInfo { hasNextPage endCursor startCursor } nodes { startsAt endsAt effect message service { name }
        path { name } release { name } change { title } } } }`)
  ).projectedServiceOutage;
const told = ({ nodes }: any) =>
  nodes.map(({ effect, service, release, change, startsAt }: any) =>
    [startsAt.slice(5, 10), service.name, effect, release?.name ?? change?.title].join(' '),
  );

test('tells which services are down or degraded, when and because of what, page by page', async () => {
  const [n1, n2] = [await build.ci('o-node-1'), await build.ci('o-node-2')];
  const cluster = await build.ci('o-cluster', 'CLUSTER');
  for (const node of [n1, n2]) await build.relate(node, 'MEMBER_OF', cluster);
  const db = await build.ci('o-db', 'DATABASE');
  const shop = await build.ci('o-shop', 'BUSINESS_SERVICE', [
    ['RUNS_ON', cluster],
    ['DEPENDS_ON', db],
  ]);
  const pay = await build.ci('o-pay', 'BUSINESS_SERVICE', [['USES', db]]);
  await accepted('Node', '2027-03-02T20:00:00Z', '2027-03-02T22:00:00Z', [n1]);
  await accepted('Both nodes', '2027-03-03T20:00:00Z', '2027-03-03T22:00:00Z', [n1, n2]);
  const database = await accepted('Database', '2027-03-04T20:00:00Z', '2027-03-04T22:00:00Z', [db]);
  await accepted('Before', '2027-02-04T20:00:00Z', '2027-02-04T22:00:00Z', [db]);
  await build.release('Only planned', '2027-03-05T20:00:00Z', '2027-03-05T22:00:00Z', [db]);
  const change = await world.authorised('Patch the database', [db.id]);
  const { version } = await world.read(change.id, 'version');
  const times = { plannedStart: '2027-03-06T20:00:00Z', plannedEnd: '2027-03-06T21:00:00Z' };
  await app.readDatabase.pool.query(
    'update change set planned_start = $2, planned_end = $3 where id = $1 and version = $4',
    [fromNodeId('Change', change.id, 'id'), times.plannedStart, times.plannedEnd, version],
  );

  const all = await outages();
  const expected = [
    '03-02 o-shop DEGRADED Node',
    '03-03 o-shop DOWN Both nodes',
    '03-04 o-pay DEGRADED Database',
    '03-04 o-shop DOWN Database',
    '03-06 o-pay DEGRADED Patch the database',
    '03-06 o-shop DOWN Patch the database',
  ];
  expect(told(all).sort()).toEqual(expected);
  expect(all.totalCount).toBe(6);
  expect(all.nodes[0]).toMatchObject({ path: [{ name: 'o-node-1' }, { name: 'o-cluster' }, { name: 'o-shop' }] });
  expect(all.nodes[0].message).toMatch(
    /^o-shop is expected to be degraded because "REL-\d+ Node" impacts it through o-node-1 > o-cluster > o-shop\.$/,
  );
  expect(told(await outages(`, services: ["${pay.id}"]`))).toEqual([expected[2], expected[4]]);

  // Forwards and backwards in pages of two, and the same once the settling job has looked at what was noted.
  for (const settled of [false, true]) {
    if (settled) await app.jobs.runOnce();
    const forwards: string[] = [];
    for (let after = ''; ;) {
      const page = await outages(`, first: 2${after}`);
      forwards.push(...told(page));
      if (!page.pageInfo.hasNextPage) break;
      after = `, after: "${page.pageInfo.endCursor}"`;
    }
    expect(forwards).toEqual(told(await outages()));
    const last = await outages(', last: 2');
    const before = await outages(`, last: 4, before: "${last.pageInfo.startCursor}"`);
    expect([...told(before), ...told(last)]).toEqual(forwards);
  }
  // Something changes that the database notes: the database is no longer used by the shop.
  const count = async () => await app.statements(async () => void (await outages()));
  const few = await count();
  await accepted('One more', '2027-03-20T20:00:00Z', '2027-03-20T22:00:00Z', [db]);
  expect(await count()).toBeLessThanOrEqual(few);
  await app.readDatabase.pool.query('delete from ci_relation where source_id = $1 and target_id = $2', [
    fromNodeId('ConfigurationItem', shop.id, 'id'),
    fromNodeId('ConfigurationItem', db.id, 'id'),
  ]);
  expect(told(await outages(`, services: ["${shop.id}"]`))).toEqual(expected.slice(0, 2));
  expect((await world.read(database, 'name')).name).toBe('Database');
});

test('is asked within bounds, by readers', async () => {
  const code = async (more: string, client = world.auditor) =>
    (await client.send(`{ projectedServiceOutage(${more}) { totalCount } }`)).errors?.[0]?.extensions.code;
  expect(await code('from: "2027-03-01T00:00:00Z", to: "2027-03-01T00:00:00Z"')).toBe('BAD_USER_INPUT');
  expect(await code('from: "2027-03-01T00:00:00Z", to: "2029-03-01T00:00:00Z"')).toBe('LIMIT_EXCEEDED');
  const month = 'from: "2027-03-01T00:00:00Z", to: "2027-04-01T00:00:00Z"';
  expect(await code(`${month}, services: ["x"]`)).toBe('BAD_USER_INPUT');
  const cursor = (text: string) => Buffer.from(text).toString('base64url');
  for (const text of ['x', 'k1.x', 'k1.2027-03-01T00:00:00.000Z a b'])
    expect(await code(`${month}, after: "${cursor(text)}"`)).toBe('BAD_USER_INPUT');
  expect(await code(month, world.adapter)).toBe('FORBIDDEN');
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { ScheduleBuilder, type ScheduledCi } from '../../support/schedule.js';
import { storyOf } from '../../support/story.js';

let app: TestApp;
let build: ScheduleBuilder;
let changeManager: TestClient;
let reader: TestClient;

beforeAll(async () => {
  app = await startTestApp({ clock: new TestClock('2027-01-01T00:00:00Z').now });
  const world = await storyOf(app);
  changeManager = world.changeManager;
  reader = world.auditor;
  build = new ScheduleBuilder(world);
});
afterAll(async () => await app.end());

const window = async (name: string, kind: string, from: string, to: string, scope: Record<string, unknown>) =>
  await changeManager.run(
    'scheduleWindowCreate',
    { name, kind, startsAt: from, endsAt: to, ...scope },
    'scheduleWindow',
    'id',
  );
const ask = (more: string) => `{ scheduleSlots(${more}) { startsAt endsAt latestStartsAt freeUntil } }`;
const slots = async (cis: readonly ScheduledCi[], minutes: number, more = '') =>
  (await reader.ok(ask(`durationMinutes: ${minutes}, ciIds: ${JSON.stringify(cis.map(({ id }) => id))}${more}`)))
    .scheduleSlots;
const starts = async (...args: Parameters<typeof slots>) =>
  (await slots(...args)).map(
    ({ startsAt, freeUntil }: { startsAt: string; freeUntil: string }) =>
      `${startsAt.slice(5, 16)}/${freeUntil.slice(5, 16)}`,
  );

describe('free places', () => {
  test('are now, when nothing stands in the way', async () => {
    const free = await build.ci('free');
    expect(await slots([free], 60, ', days: 2')).toEqual([
      {
        startsAt: '2027-01-01T00:00:00.000Z',
        endsAt: '2027-01-01T01:00:00.000Z',
        latestStartsAt: '2027-01-02T23:00:00.000Z',
        freeUntil: '2027-01-03T00:00:00.000Z',
      },
    ]);
  });

  test('keep inside the windows of every target, out of blackouts, and away from other work that is felt', async () => {
    const service = await build.ci('service', 'BUSINESS_SERVICE');
    const web = await build.ci('web', 'SERVER', []);
    const db = await build.ci('db', 'DATABASE');
    await build.relate(service, 'RUNS_ON', web);
    await window('web nights', 'CHANGE_WINDOW', '2027-01-01T20:00:00Z', '2027-01-02T04:00:00Z', {
      ciIds: [web.id],
      rrule: 'FREQ=DAILY',
    });
    await window('db nights', 'MAINTENANCE_WINDOW', '2027-01-01T22:00:00Z', '2027-01-02T06:00:00Z', {
      ciIds: [db.id],
      rrule: 'FREQ=DAILY',
    });
    expect(await starts([web], 60, ', days: 2')).toEqual(['01-01T20:00/01-02T04:00', '01-02T20:00/01-03T00:00']);
    expect(await starts([web, db], 60, ', days: 2')).toEqual(['01-01T22:00/01-02T04:00', '01-02T22:00/01-03T00:00']);
    // A blackout on what the web impacts.
    await window('freeze', 'BLACKOUT', '2027-01-01T23:00:00Z', '2027-01-02T01:00:00Z', { ciIds: [service.id] });
    expect(await starts([web, db], 60, ', days: 2')).toEqual([
      '01-01T22:00/01-01T23:00',
      '01-02T01:00/01-02T04:00',
      '01-02T22:00/01-03T00:00',
    ]);
    expect(await starts([db], 60, ', days: 1')).toEqual(['01-01T22:00/01-02T00:00']);
    // Work on the service itself, and on the database.
    const onService = await build.release('On service', '2027-01-02T02:00:00Z', '2027-01-02T03:00:00Z', [service]);
    await build.release('On database', '2027-01-02T22:00:00Z', '2027-01-02T23:30:00Z', [db]);
    expect(await starts([web, db], 60, ', days: 2')).toEqual([
      '01-01T22:00/01-01T23:00',
      '01-02T01:00/01-02T02:00',
      '01-02T03:00/01-02T04:00',
    ]);
    // Exactly as long as the stretch is enough; a minute more is too much.
    expect(await starts([web, db], 61, ', days: 2')).toEqual([]);
    expect(await starts([web, db], 90, ', days: 3')).toEqual(['01-02T23:30/01-03T04:00', '01-03T22:00/01-04T00:00']);
    // A release looks for another time as if it were not booked.
    expect(await starts([web], 120, `, days: 2, release: "${onService}"`)).toEqual([
      '01-01T20:00/01-01T23:00',
      '01-02T01:00/01-02T04:00',
      '01-02T20:00/01-03T00:00',
    ]);
    expect(await starts([web], 60, ', days: 2, first: 2')).toEqual([
      '01-01T20:00/01-01T23:00',
      '01-02T01:00/01-02T02:00',
    ]);
    expect(await starts([web], 60, ', days: 1, from: "2027-01-01T21:30:00Z"')).toEqual([
      '01-01T21:30/01-01T23:00',
      '01-02T01:00/01-02T02:00',
      '01-02T03:00/01-02T04:00',
      '01-02T20:00/01-02T21:30',
    ]);
  });

  test('keep the local hour of a window over the change to daylight saving', async () => {
    const web = await build.ci('berlin');
    await window('Berlin', 'CHANGE_WINDOW', '2027-03-07T21:00:00Z', '2027-03-08T01:00:00Z', {
      ciIds: [web.id],
      rrule: 'FREQ=WEEKLY;BYDAY=SU',
      timeZone: 'Europe/Berlin',
    });
    expect(await starts([web], 240, ', days: 15, from: "2027-03-21T00:00:00Z"')).toEqual([
      '03-21T21:00/03-22T01:00',
      '03-28T20:00/03-29T00:00',
      '04-04T20:00/04-05T00:00',
    ]);
  });

  test('are looked for within bounds, on items that exist', async () => {
    const web = await build.ci('bounds');
    const code = async (more: string) => (await reader.send(ask(more))).errors?.[0]?.extensions.code;
    const id = JSON.stringify(web.id);
    expect(await code(`durationMinutes: 0, ciIds: [${id}]`)).toBe('BAD_USER_INPUT');
    expect(await code(`durationMinutes: 50000, ciIds: [${id}]`)).toBe('BAD_USER_INPUT');
    expect(await code(`durationMinutes: 60, ciIds: []`)).toBe('BAD_USER_INPUT');
    expect(await code(`durationMinutes: 60, ciIds: [${id}], days: 91`)).toBe('BAD_USER_INPUT');
    expect(await code(`durationMinutes: 60, ciIds: [${id}], first: 101`)).toBe('BAD_USER_INPUT');
    expect(await code(`durationMinutes: 60, ciIds: ["${web.id.slice(0, -4)}0000"]`)).toBe('NOT_FOUND');
    expect(await code(`durationMinutes: 60, ciIds: [${id}], days: 90, first: 100`)).toBeUndefined();
  });
});

describe('the best times', () => {
  const best = async (cis: readonly ScheduledCi[], more = '') =>
    (
      await reader.ok(`{
        scheduleFindTime(durationMinutes: 120, ciIds: ${JSON.stringify(cis.map(({ id }) => id))}${more}) {
          slots { startsAt score reasons } obstaclesCount obstaclesAreFewest
          obstacles { kind message startsAt windows { name } ci { name } person { name }
            work { name entry { id } release { name } task { name } } } } }`)
    ).scheduleFindTime;
  const inMay = ', from: "2027-05-03T00:00:00Z"';

  test('come first, with what speaks for them; or it says which rules leave none', async () => {
    const [web, shop] = [await build.ci('best-web'), await build.ci('best-shop', 'BUSINESS_SERVICE')];
    await build.relate(shop, 'RUNS_ON', web);
    expect((await best([web], `${inMay}, days: 4, first: 1`)).slots).toEqual([
      {
        startsAt: '2027-05-03T00:00:00.000Z',
        score: 5,
        reasons: ['NOTHING_NEARBY', 'ROOM_TO_BACK_OUT', 'EARLIEST'],
      },
    ]);
    await build.release('Best other', '2027-05-04T03:00:00Z', '2027-05-04T04:00:00Z', [shop]);
    await window('Best nights', 'MAINTENANCE_WINDOW', '2027-05-03T22:00:00Z', '2027-05-04T06:00:00Z', {
      ciIds: [web.id],
      rrule: 'FREQ=DAILY',
    });
    const { slots, ...none } = await best([web], `${inMay}, days: 4, first: 3`);
    expect(slots.map(({ startsAt, reasons }: any) => [startsAt.slice(5, 16), ...reasons])).toEqual([
      ['05-05T22:00', 'MAINTENANCE_WINDOW', 'NOTHING_NEARBY', 'ROOM_TO_BACK_OUT'],
      ['05-03T22:00', 'MAINTENANCE_WINDOW', 'ROOM_TO_BACK_OUT', 'EARLIEST'],
      ['05-04T22:00', 'MAINTENANCE_WINDOW', 'ROOM_TO_BACK_OUT'],
    ]);
    expect(none).toEqual({ obstaclesCount: 0, obstaclesAreFewest: true, obstacles: [] });
    // The freeze leaves the first night, of which the other release and a task take what there is.
    await window('Best freeze', 'BLACKOUT', '2027-05-04T08:00:00Z', '2027-05-08T00:00:00Z', { ciIds: [shop.id] });
    const busy = await build.release('Best tasks', null, null, [], false);
    await build.task(busy, 'Stand by', '2027-05-03T20:00:00Z', '2027-05-04T02:00:00Z', changeManager);
    expect((await best([web], `${inMay}, days: 4`)).slots).toHaveLength(2);
    const blocked = await best([web], `${inMay}, days: 4, personIds: ["${changeManager.personId}"]`);
    expect(blocked).toMatchObject({ slots: [{ startsAt: '2027-05-04T04:00:00.000Z' }], obstaclesCount: 0 });
    await build.release('Best late', '2027-05-04T05:00:00Z', '2027-05-04T06:00:00Z', [web]);
    const { obstacles, ...rest } = await best([web], `${inMay}, days: 4, personIds: ["${changeManager.personId}"]`);
    expect(rest).toEqual({ slots: [], obstaclesCount: 5, obstaclesAreFewest: true });
    expect(
      obstacles.map((one: any) => [one.kind, one.windows[0]?.name ?? one.person?.name ?? one.work?.release.name]),
    ).toEqual([
      ['BLACKOUT', 'Best freeze'],
      ['OUTSIDE_CHANGE_WINDOW', 'Best nights'],
      ['PERSON_BUSY', expect.any(String)],
      ['OTHER_WORK', 'Best other'],
      ['OTHER_WORK', 'Best late'],
    ]);
    expect(obstacles[0].ci.name).toBe('best-shop');
    const begins = '2027-05-03T20:00:00.000Z';
    expect(obstacles[2]).toMatchObject({ startsAt: begins, work: { task: { name: 'Stand by' } } });
    expect(obstacles[4].message).toMatch(/^"REL-\d+ Best late" takes place from 2027-05-04 05:00 UTC/);
    const count = async (cis: readonly ScheduledCi[]) =>
      await app.statements(async () => await best(cis, `${inMay}, days: 4`));
    await build.release('Best more', '2027-05-04T04:30:00Z', '2027-05-04T05:00:00Z', [web, shop]);
    expect(await count([web, shop])).toBe(await count([web]));
  });

  test('are looked for within bounds, from now on', async () => {
    const free = await build.ci('best-free');
    const code = async (more: string) =>
      (await reader.send(`{ scheduleFindTime(ciIds: ["${free.id}"], ${more}) { obstaclesCount } }`)).errors?.[0]
        ?.extensions;
    expect(await code('durationMinutes: 1441, days: 1')).toMatchObject({ field: 'durationMinutes', max: 1440 });
    expect(await code('durationMinutes: 60, personIds: ["x"]')).toMatchObject({ code: 'BAD_USER_INPUT' });
    const many = JSON.stringify(Array.from({ length: 51 }, () => reader.personId));
    expect(await code(`durationMinutes: 60, personIds: ${many}`)).toMatchObject({ field: 'personIds', max: 50 });
    const ghost = `${reader.personId.slice(0, -4)}0000`;
    expect(await code(`durationMinutes: 60, personIds: ["${ghost}"]`)).toMatchObject({ code: 'NOT_FOUND' });
    expect((await best([free], ', from: "2020-01-01T00:00:00Z"')).slots[0].startsAt).toBe('2027-01-01T00:00:00.000Z');
  });
});

describe('impacted items', () => {
  test('are listed nearest first with the way there, each once, whatever cycles there are', async () => {
    const [host, vm, app1, app2, shop, note] = [
      await build.ci('i-host'),
      await build.ci('i-vm'),
      await build.ci('i-app1'),
      await build.ci('i-app2'),
      await build.ci('i-shop'),
      await build.ci('i-note', 'DOCUMENT'),
    ];
    for (const [source, kind, target] of [
      [vm, 'HOSTED_BY', host],
      [app1, 'RUNS_ON', vm],
      [app2, 'RUNS_ON', vm],
      [shop, 'DEPENDS_ON', app1],
      [shop, 'DEPENDS_ON', app2],
      [host, 'USES', shop],
      [note, 'DOCUMENTS', host],
    ] as const)
      await build.relate(source, kind, target);
    const impacted = async (ci: ScheduledCi, more = '') =>
      (
        await reader.ok(
          `query($id: ID!) { node(id: $id) { ... on ConfigurationItem { impactedCis${more} { totalCount nodes { ` +
            'depth ci { name } path { name } relations { kind } } pageInfo { hasNextPage } } } } }',
          { id: ci.id },
        )
      ).node.impactedCis;
    const { nodes, totalCount } = await impacted(host);
    expect(totalCount).toBe(4);
    expect(
      nodes.map((one: any) => [
        one.depth,
        one.ci.name,
        one.path.map(({ name }: any) => name).join(' > '),
        one.relations.map(({ kind }: any) => kind).join(),
      ]),
    ).toEqual([
      [1, 'i-vm', 'i-host > i-vm', 'HOSTED_BY'],
      [2, 'i-app1', 'i-host > i-vm > i-app1', 'HOSTED_BY,RUNS_ON'],
      [2, 'i-app2', 'i-host > i-vm > i-app2', 'HOSTED_BY,RUNS_ON'],
      [3, 'i-shop', 'i-host > i-vm > i-app1 > i-shop', 'HOSTED_BY,RUNS_ON,DEPENDS_ON'],
    ]);
    expect((await impacted(host, '(depth: 2, first: 2)')).pageInfo.hasNextPage).toBe(true);
    expect((await impacted(host, '(depth: 1)')).totalCount).toBe(1);
    expect((await impacted(note)).nodes).toEqual([]);
    expect(
      (await reader.send(`{ configurationItems { nodes { impactedCis(depth: 21) { totalCount } } } }`)).errors?.[0]
        ?.extensions.code,
    ).toBe('BAD_USER_INPUT');
    const list = async (first: number) =>
      await reader.ok(
        `{ configurationItems(first: ${first}) { nodes { impactedCis(first: 3) { nodes { ci { name } path { name ` +
          '} relations { kind } } } } } }',
      );
    const few = await app.statements(async () => await list(7));
    expect(await app.statements(async () => await list(100))).toBe(few);
  });

  test('stop at twenty relations', async () => {
    const chain = [await build.ci('l-0')];
    for (let i = 1; i <= 22; i++)
      chain.push(await build.ci(`l-${i}`, 'SERVER', [['DEPENDS_ON', chain[i - 1] as ScheduledCi]]));
    const { node } = await reader.ok(
      'query($id: ID!) { node(id: $id) { ... on ConfigurationItem { impactedCis(last: 1) { totalCount nodes { ' +
        'depth ci { name } } } } } }',
      { id: chain[0]?.id },
    );
    expect(node.impactedCis).toEqual({ totalCount: 20, nodes: [{ depth: 20, ci: { name: 'l-20' } }] });
  });

  test('are degraded while a member of their cluster is left, and down when all are', async () => {
    const [n1, n2] = [await build.ci('e-node-1'), await build.ci('e-node-2')];
    const rack = await build.ci('e-rack', 'LOCATION');
    for (const node of [n1, n2]) await build.relate(rack, 'CONTAINS', node);
    const cluster = await build.ci('e-cluster', 'CLUSTER');
    for (const node of [n1, n2]) await build.relate(node, 'MEMBER_OF', cluster);
    const shop = await build.ci('e-shop', 'BUSINESS_SERVICE', [['RUNS_ON', cluster]]);
    const news = await build.ci('e-news', 'BUSINESS_SERVICE', [['USES', shop]]);
    const together = async (...cis: ScheduledCi[]) =>
      await reader.send(
        'query($ids: [ID!]!) { impactedCisTogether(ids: $ids) { totalCount nodes { depth effect reason ci { name } ' +
          'path { name } } } }',
        { ids: cis.map(({ id }) => id) },
      );
    const told = ({ data }: any) =>
      data.impactedCisTogether.nodes.map(({ ci, effect, reason }: any) => [ci.name, effect, reason]);
    const one = [
      ['e-cluster', 'DEGRADED', '1 of 2 members of e-cluster are down.'],
      ['e-shop', 'DEGRADED', 'e-shop stands on e-cluster, which is degraded.'],
      ['e-news', 'DEGRADED', 'e-news stands on e-shop, which is degraded.'],
    ];
    expect(told(await together(n1))).toEqual(one);
    expect(told(await together(n1, n2))).toEqual([
      ['e-cluster', 'DOWN', 'All members of e-cluster are down.'],
      ['e-shop', 'DOWN', 'e-shop cannot do without e-cluster, which is down.'],
      ['e-news', 'DEGRADED', 'e-news goes on in part without e-shop, which is down.'],
    ]);
    const of = async (ci: ScheduledCi, fields: string) =>
      (await reader.ok(`query($id: ID!) { node(id: $id) { ... on ConfigurationItem { ${fields} } } }`, { id: ci.id }))
        .node;
    const { impactedCis } = await of(n1, 'impactedCis { nodes { ci { name } effect reason } }');
    expect(impactedCis.nodes.map(({ ci, effect, reason }: any) => [ci.name, effect, reason])).toEqual(one);

    // The other way: the shop survives each node, not the rack that holds both.
    const standsOn =
      'impactingCis { totalCount nodes { depth effect reason ci { name } path { name } relations { kind } } }';
    const { impactingCis } = await of(shop, standsOn);
    expect(impactingCis.totalCount).toBe(4);
    expect(
      impactingCis.nodes.map(({ depth, effect, ci, path, relations }: any) => [
        depth,
        ci.name,
        effect,
        path.map(({ name }: any) => name).join(' > '),
        relations.map(({ kind }: any) => kind).join(),
      ]),
    ).toEqual([
      [1, 'e-cluster', 'DOWN', 'e-cluster > e-shop', 'RUNS_ON'],
      [2, 'e-node-1', 'DEGRADED', 'e-node-1 > e-cluster > e-shop', 'MEMBER_OF,RUNS_ON'],
      [2, 'e-node-2', 'DEGRADED', 'e-node-2 > e-cluster > e-shop', 'MEMBER_OF,RUNS_ON'],
      [3, 'e-rack', 'DOWN', 'e-rack > e-node-1 > e-cluster > e-shop', 'CONTAINS,MEMBER_OF,RUNS_ON'],
    ]);
    expect(
      (await of(news, 'impactingCis(first: 2, depth: 1) { totalCount nodes { effect reason } }')).impactingCis,
    ).toEqual({ totalCount: 1, nodes: [{ effect: 'DEGRADED', reason: 'e-news goes on in part without e-shop.' }] });
    const two = standsOn.replace('impactingCis', 'impactingCis(first: 2)');
    const lists = (first: number) => `{ configurationItems(first: ${first}) { nodes { ${two} } } }`;
    const few = await app.statements(async () => void (await reader.ok(lists(5))));
    expect(await app.statements(async () => void (await reader.ok(lists(25))))).toBe(few);

    // Who may not read items learns nothing about them, and what is not an item is said.
    const code = async (ids: readonly string[], client = reader, more = '') =>
      (await client.send(`{ impactedCisTogether(ids: ${JSON.stringify(ids)}${more}) { totalCount } }`)).errors?.[0]
        ?.extensions.code;
    expect(await code([n1.id], await app.as('e-tool', 'ADAPTER'))).toBe('FORBIDDEN');
    expect(await code([n1.id], app.anonymous())).toBe('UNAUTHENTICATED');
    expect(await code([])).toBe('BAD_USER_INPUT');
    expect(await code(Array.from({ length: 201 }, () => n1.id))).toBe('LIMIT_EXCEEDED');
    expect(await code([reader.personId])).toBe('BAD_USER_INPUT');
    expect(await code([`${n1.id.slice(0, -4)}0000`])).toBe('NOT_FOUND');
    expect(await code([n1.id], reader, ', depth: 0')).toBe('BAD_USER_INPUT');
    expect(await code([n1.id, n1.id])).toBeUndefined();
  });
});

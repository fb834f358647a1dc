import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { compile } from '../../../src/database/compile.js';
import { fromNodeId, toNodeId } from '../../../src/domain/node-id.js';
import { CONFIGURATION_ITEM_FILTERS } from '../../../src/facts/cmdb/configuration-item.filters.js';
import { classMigrationSweep } from '../../../src/jobs/cmdb/class-migration.sweep.js';
import { settleSweep } from '../../../src/jobs/schedule/settle.sweep.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { ScheduleBuilder, type ScheduledCi } from '../../support/schedule.js';
import { runSnippet, snippetsOf } from '../../support/snippets.js';
import { storyOf, type Story } from '../../support/story.js';
import { until } from '../../support/until.js';

let app: TestApp;
let story: Story;
let [host, service, other]: ScheduledCi[] = [];
let release: string;
const clock = new TestClock('2027-01-01T12:00:00Z');

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  story = await storyOf(app, clock);
  const build = new ScheduleBuilder(story);
  [host, service, other] = [
    await build.ci('host'),
    await build.ci('shop', 'BUSINESS_SERVICE'),
    await build.ci('other'),
  ];
  const application = await build.ci('application', 'APPLICATION', [['RUNS_ON', host]]);
  await build.relate(service, 'DEPENDS_ON', application);
  release = await build.release('Patch', '2027-01-05T10:00:00Z', '2027-01-05T12:00:00Z', [host]);
});
afterAll(async () => await app.end());

const times = { startsAt: '2027-01-04T22:00:00Z', endsAt: '2027-01-05T02:00:00Z', rrule: 'FREQ=DAILY' };
const create = async (name: string, scope: object, kind = 'CHANGE_WINDOW') =>
  await story.changeManager.run(
    'scheduleWindowCreate',
    { ...times, name, kind, ...scope },
    'scheduleWindow',
    'id version everything filter cis { totalCount } services { nodes { name } }',
  );
const end = async ({ id }: { id: string }) =>
  await story.changeManager.run('scheduleWindowDeactivate', { id }, 'scheduleWindow');

const conflicts = async () =>
  (
    await story.auditor.ok(
      `query($id: ID!) { scheduleConflicts(release: $id, first: 20) { nodes { kind right { name } path { name } } } }`,
      { id: release },
    )
  ).scheduleConflicts.nodes.map((one: { kind: string; right: { name: string }; path: { name: string }[] }) => [
    one.kind,
    one.right.name,
    one.path.map(({ name }) => name).join(' > '),
  ]);
const listed = async () =>
  (
    await story.auditor.ok(
      `{ scheduleConflicts(from: "2027-01-05T00:00:00Z", to: "2027-01-06T00:00:00Z", first: 20) { nodes { kind } } }`,
    )
  ).scheduleConflicts.nodes.length;
/** The windows that hold for an item, by both ways to ask, and whether work on it may be done now. */
const holding = async (ci: ScheduledCi | undefined) => {
  const { node, scheduleWindows } = await story.auditor.ok(
    `query($id: ID!) { scheduleWindows(filter: { active: true, holdsForCi: $id }) { nodes { name } }
      node(id: $id) { ... on ConfigurationItem { windowStatus { reason } scheduleWindows { nodes { name } } } } }`,
    { id: ci?.id },
  );
  const names = node.scheduleWindows.nodes.map(({ name }: { name: string }) => name);
  expect(scheduleWindows.nodes.map(({ name }: { name: string }) => name)).toEqual(names);
  return { names, reason: node.windowStatus.reason };
};

// What waits in the database of the test; the server has those of others, too.
const WAITING =
  'pg_locks where not granted and database = (select oid from pg_database where datname = current_database())';
const edit = async (fields: object, ci = host) => {
  const { version } = await story.read(ci?.id ?? '', 'version');
  const input = { id: ci?.id, expectedVersion: version, ...fields };
  await story.configurationManager.run('configurationItemUpdate', input, 'configurationItem');
};
const put = async (lifecycleState: string, ci = host) => await edit({ lifecycleState }, ci);

test('a window of a service binds work on what it depends on, and is more specific than one of a class', async () => {
  const ofClass = await create('Servers', { ciClasses: ['SERVER'] });
  expect(await conflicts()).toEqual([['OUTSIDE_CHANGE_WINDOW', 'Servers', 'host']]);
  const window = await create('Shop', { serviceIds: [service?.id] });
  expect(window).toMatchObject({ everything: false, cis: { totalCount: 0 }, services: { nodes: [{ name: 'shop' }] } });
  expect(await conflicts()).toEqual([['OUTSIDE_CHANGE_WINDOW', 'Shop', 'host']]);
  expect(await listed()).toBe(1);
  expect(await holding(host)).toEqual({ names: ['Servers', 'Shop'], reason: 'WINDOW_CLOSED' });
  expect(await holding(other)).toEqual({ names: ['Servers'], reason: 'WINDOW_CLOSED' });
  await end(ofClass);
  expect(await holding(other)).toEqual({ names: [], reason: 'NO_WINDOW' });
  await end(window);
  expect(await listed()).toBe(0);
});

test('a blackout of a service meets work on what it depends on, with the way to the service', async () => {
  const blackout = await create('Sale', { serviceIds: [service?.id], endsAt: '2027-01-05T11:00:00Z' }, 'BLACKOUT');
  expect(await conflicts()).toEqual([['BLACKOUT', 'Sale', 'host > application > shop']]);
  await end(blackout);
});

test('a filter finds items that begin or cease to match it; followers of the release hear of it', async () => {
  const filter = { lifecycleState: { eq: 'TEST' }, ciClass: { in: ['SERVER'] } };
  const blackout = await create('Freeze', { filter, endsAt: '2027-01-05T11:00:00Z' }, 'BLACKOUT');
  expect(blackout).toMatchObject({ everything: false, filter });
  expect(await conflicts()).toEqual([]);
  const changes = async () =>
    (await app.readDatabase.pool.query(`select 1 from domain_event where type = 'schedule.conflicts-changed'`))
      .rowCount;
  const before = await changes();
  await put('TEST');
  expect(await conflicts()).toEqual([['BLACKOUT', 'Freeze', 'host']]);
  expect(await listed()).toBe(1);
  expect((await holding(host)).names).toEqual(['Freeze']);
  await settleSweep.run(app.services, new AbortController().signal);
  expect(await changes()).toBe((before ?? 0) + 1);
  await put('NOT_READY');
  expect([await conflicts(), await listed(), (await holding(host)).names]).toEqual([[], 0, []]);
  const cleared = await story.changeManager.run(
    'scheduleWindowUpdate',
    { id: blackout.id, expectedVersion: blackout.version, filter: null },
    'scheduleWindow',
    'filter everything',
  );
  expect(cleared).toEqual({ filter: null, everything: true });
  expect(await conflicts()).toEqual([['BLACKOUT', 'Freeze', 'host']]);
  await end(blackout);
});

test('a window by environment finds items that come into it or leave it', async () => {
  const settle = async () => await settleSweep.run(app.services, new AbortController().signal);
  const filter = { environment: { eq: 'Staging' } };
  const blackout = await create('Freeze', { filter, endsAt: '2027-01-05T11:00:00Z' }, 'BLACKOUT');
  // What the new window left to be looked at is done, so that the edits alone tell of the items.
  await settle();
  expect(await listed()).toBe(0);
  await edit({ environment: 'staging' });
  expect([await conflicts(), await listed()]).toEqual([[['BLACKOUT', 'Freeze', 'host']], 1]);
  await settle();
  await edit({ environment: null });
  expect([await conflicts(), await listed()]).toEqual([[], 0]);
  await end(blackout);
});

test('a window by an attribute holds while the class declares it, although no item changes', async () => {
  const settle = async () => await settleSweep.run(app.services, new AbortController().signal);
  const manager = story.configurationManager;
  const attributes = (indexed: boolean) => ({
    type: 'object',
    properties: { tier: { type: 'string', enum: ['gold'], indexed } },
  });
  const made = { key: 'frozen', name: 'Frozen', ciClass: 'SERVER', schema: attributes(true) };
  const { id } = await manager.run('customClassDefine', made, 'customClass', 'id');
  await edit({ customClass: 'frozen', attributes: { tier: 'gold' } });
  const filter = { attributes: { of: 'frozen', where: [{ name: 'tier', text: { eq: 'gold' } }] } };
  const blackout = await create('Freeze', { filter, endsAt: '2027-01-05T11:00:00Z' }, 'BLACKOUT');
  await settle();
  expect([await conflicts(), await listed()]).toEqual([[['BLACKOUT', 'Freeze', 'host']], 1]);
  for (const [indexed, expectedVersion, found] of [
    [false, 1, 0],
    [true, 4, 1],
  ] as const) {
    const input = { customClassId: id, expectedVersion, schema: attributes(indexed), dryRun: false };
    await manager.run('classMigrationStart', input, 'classMigration');
    await classMigrationSweep.run(app.services, new AbortController().signal);
    expect([(await conflicts()).length, await listed()]).toEqual([found, found]);
    await settle();
  }
  await edit({ customClass: null, attributes: {} });
  await end(blackout);
});

test('the database notices edits of each column that a filter looks at', async () => {
  const { rows } = await app.readDatabase.pool.query<{ attname: string }>(
    `select a.attname from pg_trigger g join pg_attribute a on a.attrelid = g.tgrelid and a.attnum = any(g.tgattr)
     where g.tgname = 'schedule_item_described'`,
  );
  const noticed = rows.map(({ attname }) => `t.${attname}`).sort();
  // The id of an item stays. Its groups are noted by their relations.
  const {
    id: _id,
    memberOf: _memberOf,
    attributes: _attributes,
    fitsClass: _fits,
    ...specs
  } = CONFIGURATION_ITEM_FILTERS;
  expect(noticed).toEqual(['t.attributes', ...Object.values(specs).map(({ column }) => compile(column).text)].sort());
});

test('an edit that is saved at the same time as a filter is not missed, and other edits do not wait', async () => {
  const editor = await app.readDatabase.pool.connect();
  try {
    await editor.query('begin');
    await editor.query(`update configuration_item set lifecycle_state = 'TEST' where id = $1`, [
      fromNodeId('ConfigurationItem', host?.id ?? '', 'id'),
    ]);
    const scope = { filter: { lifecycleState: { eq: 'TEST' } }, endsAt: '2027-01-05T11:00:00Z' };
    const saved = create('Freeze', scope, 'BLACKOUT');
    await until(async () => (await app.count(WAITING)) > 0, 'the window to wait for the edit');
    await put('TEST', other);
    await editor.query('commit');
    const blackout = await saved;
    expect([await conflicts(), await listed()]).toEqual([[['BLACKOUT', 'Freeze', 'host']], 1]);
    await end(blackout);
    await put('NOT_READY');
  } finally {
    editor.release();
  }
});

test('a filter without a condition, too many services and unknown ones are refused', async () => {
  const refused = async (scope: object) =>
    (
      await story.changeManager.send(
        `mutation($input: ScheduleWindowCreateInput!) {
          scheduleWindowCreate(input: $input) { scheduleWindow { id } } }`,
        { input: { ...times, name: 'x', kind: 'BLACKOUT', ...scope } },
      )
    ).errors?.[0]?.extensions['code'];
  expect(await refused({ filter: {} })).toBe('BAD_USER_INPUT');
  expect(await refused({ filter: { name: { contains: 'x'.repeat(201) } } })).toBe('LIMIT_EXCEEDED');
  expect(await refused({ serviceIds: [release] })).toBe('BAD_USER_INPUT');
  const many = Array.from({ length: 101 }, (_, n) =>
    toNodeId('ConfigurationItem', `00000000-0000-7000-8000-${n + 1e11}`),
  );
  expect(await refused({ serviceIds: many })).toBe('LIMIT_EXCEEDED');
  expect(await refused({ serviceIds: many.slice(1) })).toBe('NOT_FOUND');
});

test('what docs/windows.md shows works as it is written', async () => {
  const calendar = ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'UID:easter', 'SUMMARY:Easter', 'DTSTART;VALUE=DATE:20270329']
    .concat('END:VEVENT', 'END:VCALENDAR', '')
    .join('\r\n');
  const variables = { shop: service?.id, calendar };
  const answers: object[] = [];
  for (const source of snippetsOf('docs/windows.md'))
    answers.push(await runSnippet(story.changeManager, source, variables));
  expect(answers).toMatchObject([
    { scheduleWindow: { id: expect.stringMatching(/^win_/) } },
    { scheduleWindow: { filter: { lifecycleState: { eq: 'PRODUCTION' } } } },
    { occurrences: { length: 3 }, problems: [] },
    { results: [{ uid: 'easter', status: 'CREATED', scheduleWindow: null }] },
    { nodes: expect.arrayContaining([expect.objectContaining({ windowStatus: expect.any(Object) })]) },
  ]);
});

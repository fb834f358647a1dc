import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  bookRelease,
  unbookRelease,
  unbookDistribution,
} from '../../../src/services/schedule/schedule-entry.service.js';
import { fromNodeId } from '../../../src/domain/node-id.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { expectRefused, rejectionCode } from '../../support/refusals.js';
import { ScheduleBuilder, type ScheduledCi } from '../../support/schedule.js';
import { storyOf } from '../../support/story.js';

let app: TestApp;
let build: ScheduleBuilder;
let changeManager: TestClient;
let reader: TestClient;
let assignee: TestClient;
let web: ScheduledCi;
let payroll: ScheduledCi;
let desk: ScheduledCi;
let release: string;
let distribution: string;
let task: string;

beforeAll(async () => {
  app = await startTestApp();
  const world = await storyOf(app);
  changeManager = world.changeManager;
  reader = world.auditor;
  assignee = world.assignee;
  build = new ScheduleBuilder(world);
  web = await build.ci('web');
  payroll = await build.ci('payroll', 'BUSINESS_SERVICE', [['RUNS_ON', web]]);
  desk = await build.ci('desk', 'DESKTOP');
  release = await build.release('Payroll 3', '2027-02-01T20:00:00Z', '2027-02-02T04:00:00Z', [web]);
  distribution = await build.distribution(release, 'First wave', '2027-02-01T21:00:00Z', null, [web]);
  task = await build.task(release, 'Call the office', '2027-02-01T18:00:00Z', '2027-02-01T19:00:00Z', assignee);
  await build.release('Desktops', '2027-02-03T08:00:00Z', '2027-02-03T10:00:00Z', [desk]);
});
afterAll(async () => await app.end());

const range = 'from: "2027-02-01T00:00:00Z", to: "2027-02-28T00:00:00Z"';
const list = async (args: string, selection = 'nodes { kind title startsAt endsAt live }') =>
  (await reader.ok(`{ scheduleEntries(${args}) { ${selection} } }`)).scheduleEntries;
const titles = async (filter: string) =>
  (await list(`${range}, filter: { ${filter} }`)).nodes.map(({ title }: { title: string }) =>
    title.replace(/^[A-Z]+-\d+ /, ''),
  );

describe('the timeline', () => {
  test('holds releases, distributions and dated tasks by start, with what each stands for', async () => {
    const { nodes, totalCount } = await list(
      range,
      'totalCount nodes { kind title startsAt endsAt release { id } distribution { id } task { id } cis { nodes ' +
        '{ name } } }',
    );
    expect(totalCount).toBe(4);
    expect(nodes).toMatchObject([
      {
        kind: 'TASK',
        title: expect.stringMatching(/^TSK-\d+ Call the office$/),
        release: { id: release },
        distribution: null,
        task: { id: task },
        cis: { nodes: [] },
      },
      {
        kind: 'RELEASE',
        title: expect.stringMatching(/^REL-\d+ Payroll 3$/),
        release: { id: release },
        distribution: null,
        task: null,
        cis: { nodes: [{ name: 'web' }] },
      },
      // Without a scheduled end a distribution takes until its deadline.
      {
        kind: 'DISTRIBUTION',
        startsAt: '2027-02-01T21:00:00.000Z',
        endsAt: '2027-02-01T22:00:00.000Z',
        release: { id: release },
        distribution: { id: distribution },
        cis: { nodes: [{ name: 'web' }] },
      },
      { kind: 'RELEASE', title: expect.stringMatching(/Desktops$/), cis: { nodes: [{ name: 'desk' }] } },
    ]);
  });

  test('is cut half open: what touches the span is not in it', async () => {
    const at = async (from: string, to: string) =>
      (await list(`from: "2027-02-${from}:00Z", to: "2027-02-${to}:00Z"`)).nodes.map(
        ({ kind }: { kind: string }) => kind,
      );
    expect(await at('01T19:00', '01T20:00')).toEqual([]);
    expect(await at('01T18:59', '01T20:01')).toEqual(['TASK', 'RELEASE']);
    expect(await at('02T04:00', '03T08:00')).toEqual([]);
  });

  test('is narrowed by kind, release, item, class, service and person', async () => {
    expect(await titles(`kind: { in: [DISTRIBUTION, TASK] }`)).toEqual(['Call the office', 'First wave']);
    expect(await titles(`release: { eq: "${release}" }, kind: { ne: TASK }`)).toEqual(['Payroll 3', 'First wave']);
    expect(await titles(`ci: { eq: "${web.id}" }`)).toEqual(['Payroll 3', 'First wave']);
    expect(await titles(`ciClass: { eq: DESKTOP }`)).toEqual(['Desktops']);
    expect(await titles(`felt: "${payroll.id}"`)).toEqual(['Payroll 3', 'First wave']);
    expect(await titles(`felt: "${web.id}", not: { kind: { eq: RELEASE } }`)).toEqual(['First wave']);
    expect(await titles(`felt: "${desk.id}"`)).toEqual(['Desktops']);
    expect(await titles(`person: { eq: "${assignee.personId}" }`)).toEqual(['Call the office']);
    expect(await titles(`distribution: { eq: "${distribution}" }`)).toEqual(['First wave']);
    expect(await titles(`task: { eq: "${task}" }`)).toEqual(['Call the office']);
    expect(
      await titles(`or: [{ title: { contains: "desktops" } }, { startsAt: { lt: "2027-02-01T19:00:00Z" } }]`),
    ).toEqual(['Call the office', 'Desktops']);
  });

  test('has a forward schedule: what is approved, and nothing that is only planned', async () => {
    const forward = async (args = '') =>
      (
        await reader.ok(`{ forwardScheduleOfChange${args} { nodes { kind title } } }`)
      ).forwardScheduleOfChange.nodes.map(
        ({ kind, title }: { kind: string; title: string }) => `${kind} ${title.replace(/^[A-Z]+-\d+ /, '')}`,
      );
    expect(await forward()).toEqual([]);
    await build.onRelease(release, async (_uow, accepted) => (accepted.acceptedAt = new Date()));
    const change = await build.story.requester.run('changeCreate', { title: 'Patch', description: 'x' }, 'change');
    const plan = `planned_start = '2027-02-01T10:00Z', planned_end = '2027-02-01T11:00Z'`;
    const set = async (columns: string) =>
      await app.readDatabase.pool.query(`update change set ${columns} where id = $1`, [
        fromNodeId('Change', change.id, 'id'),
      ]);
    await set(plan);
    const releases = ['RELEASE Payroll 3', 'DISTRIBUTION First wave'];
    expect(await forward()).toEqual(releases);
    await set('authorised_at = now()');
    expect(await forward()).toEqual(['CHANGE Patch', ...releases]);
    expect(await forward('(from: "2027-02-01T11:00:00Z", to: "2027-02-01T21:00:00Z")')).toEqual([releases[0]]);
    expect(await forward('(filter: { kind: { eq: CHANGE } })')).toEqual(['CHANGE Patch']);
    await set('authorised_at = null, planned_start = null, planned_end = null');
  });

  test('is paged by keyset over all kinds together', async () => {
    const seen: string[] = [];
    let after = '';
    for (;;) {
      const { nodes, pageInfo } = await list(
        `${range}, first: 1${after}`,
        'nodes { title } pageInfo { hasNextPage endCursor }',
      );
      seen.push(...nodes.map(({ title }: { title: string }) => title));
      if (!pageInfo.hasNextPage) break;
      after = `, after: "${pageInfo.endCursor}"`;
    }
    expect(seen).toEqual((await list(range)).nodes.map(({ title }: { title: string }) => title));
  });

  test('is answered with the same number of statements for few and for many', async () => {
    const ask = async (first: number) =>
      await list(
        `first: ${first}, ${range}`,
        'nodes { title release { name } distribution { name } task { name } cis(first: 3) { nodes { name } } }',
      );
    const one = await app.statements(async () => await ask(1));
    const many = await app.statements(async () => await ask(50));
    expect(many).toBe(one);
  });

  test('shows an entry of any kind as a node, and hangs on release and item', async () => {
    const { nodes } = await list(range, 'nodes { id title }');
    const ids = nodes.map(({ id }: { id: string }) => id);
    const again = await reader.ok(`query($ids: [ID!]!) { nodes(ids: $ids) { id ... on ScheduleEntry { title } } }`, {
      ids,
    });
    expect(again.nodes).toEqual(nodes);
    const { ofRelease, ofCi } = await reader.ok(
      'query($release: ID!, $ci: ID!) { ofRelease: node(id: $release) { ... on Release { scheduleEntries { nodes ' +
        '{ kind } } } } ofCi: node(id: $ci) { ... on ConfigurationItem { scheduleEntries(filter: { kind: { eq: ' +
        'RELEASE } }) { totalCount nodes { kind } } } } }',
      { release, ci: web.id },
    );
    expect(ofRelease.scheduleEntries.nodes.map(({ kind }: { kind: string }) => kind)).toEqual([
      'TASK',
      'RELEASE',
      'DISTRIBUTION',
    ]);
    expect(ofCi.scheduleEntries).toEqual({ totalCount: 1, nodes: [{ kind: 'RELEASE' }] });
  });
});

describe('bookings', () => {
  test('are made once, moved, withdrawn and made again, in one entry with its history', async () => {
    const moving = await build.release('Moving', '2027-03-01T00:00:00Z', '2027-03-01T04:00:00Z', [desk]);
    const events = await app.count('domain_event');
    await build.onRelease(moving, bookRelease);
    expect(await app.count('domain_event')).toBe(events);
    await build.onRelease(moving, async (uow, row) => {
      row.plannedStart = new Date('2027-03-02T00:00:00Z');
      row.plannedEnd = new Date('2027-03-02T04:00:00Z');
      await bookRelease(uow, row);
    });
    await build.onRelease(moving, async (uow, row) => await unbookRelease(uow, row.id));
    await build.onRelease(moving, async (uow, row) => await unbookRelease(uow, row.id));
    expect((await list(`filter: { release: { eq: "${moving}" } }`)).nodes).toEqual([]);
    expect((await list(`filter: { release: { eq: "${moving}" } }, includeWithdrawn: true`)).nodes).toMatchObject([
      { live: false, startsAt: '2027-03-02T00:00:00.000Z' },
    ]);
    await build.onRelease(moving, bookRelease);
    const { nodes } = await list(
      `filter: { release: { eq: "${moving}" } }`,
      'nodes { live events { nodes { type } } release { name } }',
    );
    expect(nodes).toMatchObject([{ live: true }]);
    expect(nodes[0].events.nodes.map(({ type }: { type: string }) => type)).toEqual([
      'schedule-entry.booked',
      'schedule-entry.released',
      'schedule-entry.moved',
      'schedule-entry.booked',
    ]);
  });

  test('of distributions are withdrawn too', async () => {
    const other = await build.release('Other', '2027-03-05T00:00:00Z', '2027-03-06T00:00:00Z', [desk]);
    const wave = await build.distribution(other, 'Wave', '2027-03-05T01:00:00Z', '2027-03-05T02:00:00Z', [desk]);
    await app.transact(async (uow) => await unbookDistribution(uow, fromNodeId('Distribution', wave, 'id')));
    expect((await list(`filter: { release: { eq: "${other}" } }`)).nodes).toMatchObject([{ kind: 'RELEASE' }]);
  });

  test('need a time that makes sense', async () => {
    const entries = await app.count('schedule_entry');
    await expect(build.release('No dates', null, null, [desk])).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(
      build.release('Backwards', '2027-03-02T00:00:00Z', '2027-03-01T00:00:00Z', [desk]),
    ).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(
      build.release('For ever', '2027-03-02T00:00:00Z', '2037-03-01T00:00:00Z', [desk]),
    ).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await app.count('schedule_entry')).toBe(entries);
  });
});

describe('meetings of the CAB', () => {
  const meeting = { title: 'CAB of week 7', startsAt: '2027-02-15T09:00:00Z', endsAt: '2027-02-15T10:00:00Z' };
  const selection = 'id kind title startsAt endsAt live version release { id }';

  test('are entered, moved and cancelled', async () => {
    const made = await changeManager.run(
      'scheduleEntryCreate',
      { ...meeting, releaseId: release },
      'scheduleEntry',
      selection,
    );
    expect(made).toMatchObject({
      kind: 'CAB_MEETING',
      title: 'CAB of week 7',
      live: true,
      version: 1,
      release: { id: release },
    });
    const moved = await changeManager.run(
      'scheduleEntryUpdate',
      { id: made.id, expectedVersion: 1, endsAt: '2027-02-15T11:00:00Z' },
      'scheduleEntry',
      selection,
    );
    expect(moved).toMatchObject({ endsAt: '2027-02-15T11:00:00.000Z', version: 2 });
    expect(
      await rejectionCode(changeManager, 'scheduleEntryUpdate', { id: made.id, expectedVersion: 1, title: 'Stale' }),
    ).toBe('CONFLICT');
    expect(
      await rejectionCode(changeManager, 'scheduleEntryUpdate', {
        id: made.id,
        expectedVersion: 2,
        endsAt: '2027-02-15T09:00:00Z',
      }),
    ).toBe('BAD_USER_INPUT');
    expect(await titles('kind: { eq: CAB_MEETING }')).toEqual(['CAB of week 7']);
    expect(
      await changeManager.run('scheduleEntryCancel', { id: made.id, reason: 'Snow' }, 'scheduleEntry', 'live version'),
    ).toEqual({
      live: false,
      version: 3,
    });
    for (const [mutation, more] of [
      ['scheduleEntryCancel', {}],
      ['scheduleEntryUpdate', { expectedVersion: 3, title: 'Late' }],
    ] as const) {
      expect(await expectRefused(changeManager, mutation, { id: made.id, ...more })).toMatchObject([
        { code: 'ILLEGAL_TRANSITION', waivable: false },
      ]);
    }
    expect(await app.count(`schedule_entry where title in ('Stale', 'Late')`)).toBe(0);
    expect(await titles('kind: { eq: CAB_MEETING }')).toEqual([]);
  });

  test('are the business of change management, and nothing else is edited this way', async () => {
    const events = await app.count('domain_event');
    expect(await rejectionCode(assignee, 'scheduleEntryCreate', meeting)).toBe('FORBIDDEN');
    const { nodes } = await list(range, 'nodes { id kind }');
    const idOf = (kind: string) => nodes.find((one: { kind: string }) => one.kind === kind).id;
    expect(await rejectionCode(changeManager, 'scheduleEntryCancel', { id: idOf('RELEASE') })).toBe('BAD_USER_INPUT');
    expect(
      await rejectionCode(changeManager, 'scheduleEntryUpdate', {
        id: idOf('DISTRIBUTION'),
        expectedVersion: 1,
        title: 'X',
      }),
    ).toBe('BAD_USER_INPUT');
    expect(await rejectionCode(changeManager, 'scheduleEntryCancel', { id: idOf('TASK') })).toBe('NOT_FOUND');
    expect(await app.count('domain_event')).toBe(events);
    expect(
      await app.count(
        'schedule_entry where not live and kind <> $$CAB_MEETING$$ and starts_at between $$2027-02-01$$ and ' +
          '$$2027-02-04$$',
      ),
    ).toBe(0);
  });
});

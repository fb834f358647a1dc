import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { refusalCodes } from '../../support/refusals.js';
import { ScheduleBuilder, type ScheduledCi } from '../../support/schedule.js';
import { storyOf } from '../../support/story.js';

let app: TestApp;
let build: ScheduleBuilder;
let changeManager: TestClient;
let reader: TestClient;

beforeAll(async () => {
  app = await startTestApp();
  const world = await storyOf(app);
  changeManager = world.changeManager;
  reader = world.auditor;
  build = new ScheduleBuilder(world);
});
afterAll(async () => await app.end());

const FIELDS = `kind severity startsAt endsAt waivable rule message ci { name } path { name } relations { kind }
  person { name } window { name } left { entry { title } release { name } distribution { name } task { name } }
  right { name window { name } release { name } distribution { name } task { name } }`;
const all = async (args: string, selection = FIELDS) =>
  (await reader.ok(`{ scheduleConflicts(${args}) { totalCount nodes { ${selection} } } }`)).scheduleConflicts.nodes;
const ofRelease = async (id: string, more = '', selection = FIELDS) => await all(`release: "${id}"${more}`, selection);
/** Windows hold only for what they name in these tests, so that tests do not get into each other's way. */
const window = async (name: string, kind: string, from: string, to: string, scope: Record<string, unknown>) =>
  await changeManager.run(
    'scheduleWindowCreate',
    { name, kind, startsAt: from, endsAt: to, ...scope },
    'scheduleWindow',
    'id version',
  );

describe('blackouts', () => {
  let web: ScheduledCi;
  let release: string;
  beforeAll(async () => {
    web = await build.ci('b-web', 'MIDDLEWARE');
    await build.ci('b-shop', 'BUSINESS_SERVICE', [['DEPENDS_ON', web]]);
    release = await build.release('B', '2027-01-10T10:00:00Z', '2027-01-10T14:00:00Z', [web]);
  });

  const cases: [string, () => Promise<Record<string, unknown>>, object[]][] = [
    [
      'an item it works on',
      async () => ({ ciIds: [web.id] }),
      [{ kind: 'BLACKOUT', severity: 'HIGH', waivable: true, path: [{ name: 'b-web' }] }],
    ],
    ['another item', async () => ({ ciIds: [(await build.ci('b-desk')).id] }), []],
    [
      'the class of an item it works on',
      async () => ({ ciClasses: ['MIDDLEWARE'] }),
      [{ kind: 'BLACKOUT', path: [{ name: 'b-web' }] }],
    ],
    [
      'the class of an item it impacts',
      async () => ({ ciClasses: ['BUSINESS_SERVICE'] }),
      [
        {
          kind: 'BLACKOUT',
          ci: { name: 'b-shop' },
          path: [{ name: 'b-web' }, { name: 'b-shop' }],
          relations: [{ kind: 'DEPENDS_ON' }],
        },
      ],
    ],
    ['another class', async () => ({ ciClasses: ['LAPTOP'] }), []],
    ['everything', async () => ({}), [{ kind: 'BLACKOUT', path: [{ name: 'b-web' }] }]],
  ];
  test.each(cases)('of %s', async (name, scope, expected) => {
    const blackout = await window(name, 'BLACKOUT', '2027-01-10T12:00:00Z', '2027-01-11T00:00:00Z', await scope());
    const found = await ofRelease(release);
    expect(found).toMatchObject(expected);
    for (const one of found)
      expect(one).toMatchObject({
        startsAt: '2027-01-10T12:00:00.000Z',
        endsAt: '2027-01-10T14:00:00.000Z',
        window: { name },
        left: { release: { name: 'B' } },
        right: { release: null, window: { name } },
      });
    await changeManager.run('scheduleWindowDeactivate', { id: blackout.id }, 'scheduleWindow');
    expect(await ofRelease(release)).toEqual([]);
  });

  test('that touch the work do not cover it', async () => {
    await window('before', 'BLACKOUT', '2027-01-10T08:00:00Z', '2027-01-10T10:00:00Z', { ciIds: [web.id] });
    await window('after', 'BLACKOUT', '2027-01-10T14:00:00Z', '2027-01-10T16:00:00Z', { ciIds: [web.id] });
    expect(await ofRelease(release)).toEqual([]);
  });
});

describe('change windows', () => {
  test('have to cover the whole of the work, by the local clock also after it was set forward', async () => {
    const web = await build.ci('w-web');
    const scope = { ciIds: [web.id], rrule: 'FREQ=WEEKLY;BYDAY=SU', timeZone: 'Europe/Berlin' };
    // Sundays 22:00 to 02:00 in Berlin: 21:00 UTC in winter, 20:00 UTC from 2027-03-28 on.
    await window('w-nights', 'CHANGE_WINDOW', '2027-03-14T21:00:00Z', '2027-03-15T01:00:00Z', scope);
    const inWinter = await build.release('W1', '2027-03-21T21:00:00Z', '2027-03-22T01:00:00Z', [web]);
    const inSummer = await build.release('W2', '2027-03-28T20:00:00Z', '2027-03-29T00:00:00Z', [web]);
    const tooLate = await build.release('W3', '2027-04-04T21:00:00Z', '2027-04-05T01:00:00Z', [web]);
    expect(await ofRelease(inWinter)).toEqual([]);
    expect(await ofRelease(inSummer)).toEqual([]);
    expect(await ofRelease(tooLate)).toMatchObject([
      {
        kind: 'OUTSIDE_CHANGE_WINDOW',
        severity: 'HIGH',
        waivable: true,
        startsAt: '2027-04-05T00:00:00.000Z',
        endsAt: '2027-04-05T01:00:00.000Z',
        window: { name: 'w-nights' },
        ci: { name: 'w-web' },
      },
    ]);
  });

  test('that are over bind nothing any more, and maintenance windows count as well', async () => {
    const web = await build.ci('x-web');
    await window('x-past', 'CHANGE_WINDOW', '2027-01-01T00:00:00Z', '2027-01-02T00:00:00Z', { ciIds: [web.id] });
    await window('x-ended', 'CHANGE_WINDOW', '2027-01-01T00:00:00Z', '2027-01-02T00:00:00Z', {
      ciIds: [web.id],
      rrule: 'FREQ=DAILY;COUNT=3',
    });
    const later = await build.release('X1', '2027-01-10T00:00:00Z', '2027-01-10T02:00:00Z', [web]);
    expect(await ofRelease(later)).toEqual([]);
    await window('x-next', 'MAINTENANCE_WINDOW', '2027-01-20T00:00:00Z', '2027-01-21T00:00:00Z', { ciIds: [web.id] });
    expect(await ofRelease(later)).toMatchObject([{ kind: 'OUTSIDE_CHANGE_WINDOW', window: { name: 'x-next' } }]);
    const inside = await build.release('X2', '2027-01-20T03:00:00Z', '2027-01-20T05:00:00Z', [web]);
    expect(await ofRelease(inside)).toEqual([]);
  });
});

describe('entries', () => {
  test('on the same item at the same time clash, seen from either side; touching ones do not', async () => {
    const db = await build.ci('c-db', 'DATABASE');
    const one = await build.release('C1', '2027-01-12T08:00:00Z', '2027-01-12T12:00:00Z', [db]);
    const two = await build.release('C2', '2027-01-12T10:00:00Z', '2027-01-12T14:00:00Z', [db]);
    const touching = await build.release('C3', '2027-01-12T14:00:00Z', '2027-01-12T16:00:00Z', [db]);
    const clash = {
      kind: 'CI_CONFLICT',
      severity: 'HIGH',
      waivable: true,
      startsAt: '2027-01-12T10:00:00.000Z',
      endsAt: '2027-01-12T12:00:00.000Z',
      ci: { name: 'c-db' },
      path: [{ name: 'c-db' }],
      relations: [],
      window: null,
    };
    expect(await ofRelease(one)).toMatchObject([
      {
        ...clash,
        left: { release: { name: 'C1' } },
        right: { release: { name: 'C2' } },
        rule: 'Two entries work on the same configuration item at the same time.',
      },
    ]);
    expect(await ofRelease(two)).toMatchObject([
      { ...clash, left: { release: { name: 'C2' } }, right: { release: { name: 'C1' } } },
    ]);
    expect(await ofRelease(touching)).toEqual([]);
    expect(await all('from: "2027-01-12T00:00:00Z", to: "2027-01-13T00:00:00Z"')).toMatchObject([clash]);
    expect(await all('from: "2027-01-12T12:00:00Z", to: "2027-01-13T00:00:00Z"')).toEqual([]);
  });

  test('on what others impact through two relations clash, with the way from one to the other', async () => {
    const payroll = await build.ci('d-payroll', 'BUSINESS_SERVICE');
    const lb = await build.ci('d-lb', 'LOAD_BALANCER');
    const web = await build.ci('d-web');
    await build.relate(lb, 'PROTECTS', payroll);
    await build.relate(web, 'MEMBER_OF', lb);
    // A cycle, which must do no harm.
    await build.relate(web, 'DEPENDS_ON', payroll);
    const service = await build.release('D1', '2027-01-13T08:00:00Z', '2027-01-13T12:00:00Z', [payroll]);
    const member = await build.release('D2', '2027-01-13T10:00:00Z', '2027-01-13T11:00:00Z', [web]);
    await build.release('D3', '2027-01-13T10:00:00Z', '2027-01-13T11:00:00Z', [await build.ci('d-desk')]);
    const found = await ofRelease(member);
    expect(found).toMatchObject([
      {
        kind: 'IMPACTED_CI_CONFLICT',
        severity: 'MEDIUM',
        waivable: true,
        left: { release: { name: 'D2' } },
        right: { release: { name: 'D1' } },
        startsAt: '2027-01-13T10:00:00.000Z',
        endsAt: '2027-01-13T11:00:00.000Z',
      },
      { kind: 'IMPACTED_CI_CONFLICT' },
    ]);
    const ways = found
      .map((one: any) => [
        one.path.map(({ name }: any) => name).join(' > '),
        one.relations.map(({ kind }: any) => kind).join(),
      ])
      .sort();
    expect(ways).toEqual([
      ['d-web > d-lb > d-payroll', 'MEMBER_OF,PROTECTS'],
      ['d-web > d-payroll', 'DEPENDS_ON'],
    ]);
    expect(
      (await ofRelease(service)).map((one: any) => one.path.map(({ name }: any) => name).join(' > ')).sort(),
    ).toEqual(['d-payroll > d-lb > d-web', 'd-payroll > d-web']);
  });

  test('that merely impact the same are a notice, which needs no waiver', async () => {
    const shop = await build.ci('e-shop', 'BUSINESS_SERVICE');
    const [one, two] = [await build.ci('e-1'), await build.ci('e-2')];
    for (const ci of [one, two]) await build.relate(shop, 'USES', ci);
    const first = await build.release('E1', '2027-01-14T08:00:00Z', '2027-01-14T12:00:00Z', [one]);
    await build.release('E2', '2027-01-14T08:00:00Z', '2027-01-14T12:00:00Z', [two]);
    expect(await ofRelease(first)).toMatchObject([
      {
        kind: 'IMPACTED_CI_CONFLICT',
        severity: 'LOW',
        waivable: false,
        ci: { name: 'e-shop' },
        path: [{ name: 'e-1' }, { name: 'e-shop' }, { name: 'e-2' }],
      },
    ]);
    expect(await ofRelease(first, ', severity: MEDIUM')).toEqual([]);
    expect(await ofRelease(first, ', kinds: [BLACKOUT]')).toEqual([]);
  });

  test('of one release do not clash with each other, and a distribution clashes with other releases', async () => {
    const web = await build.ci('f-web');
    const own = await build.release('F1', '2027-01-15T08:00:00Z', '2027-01-15T12:00:00Z', [web]);
    const wave = await build.distribution(own, 'F wave', '2027-01-15T09:00:00Z', '2027-01-15T10:00:00Z', [web]);
    expect(await ofRelease(own)).toEqual([]);
    expect(await all(`distribution: "${wave}"`)).toEqual([]);
    await build.release('F2', '2027-01-15T09:30:00Z', '2027-01-15T11:00:00Z', [web]);
    expect(await all(`distribution: "${wave}"`)).toMatchObject([
      {
        kind: 'CI_CONFLICT',
        startsAt: '2027-01-15T09:30:00.000Z',
        endsAt: '2027-01-15T10:00:00.000Z',
        left: { distribution: { name: 'F wave' } },
        right: { release: { name: 'F2' } },
      },
    ]);
    expect((await ofRelease(own)).map(({ right }: any) => right.release.name)).toEqual(['F2']);
  });

  test('of a release that is not booked are found all the same, but do not stand in the way of others', async () => {
    const web = await build.ci('g-web');
    const booked = await build.release('G1', '2027-01-16T08:00:00Z', '2027-01-16T12:00:00Z', [web]);
    const idea = await build.release('G2', '2027-01-16T08:00:00Z', '2027-01-16T12:00:00Z', [web], false);
    expect(await ofRelease(idea)).toMatchObject([
      { kind: 'CI_CONFLICT', left: { entry: null, release: { name: 'G2' } }, right: { release: { name: 'G1' } } },
    ]);
    expect(await ofRelease(booked)).toEqual([]);
    const without = await build.release('G3', null, null, [web], false);
    expect(await ofRelease(without)).toEqual([]);
  });

  test('of a person who is assigned two tasks at once are a notice', async () => {
    const tom = build.story.assignee;
    const release = await build.release('H', '2027-01-17T00:00:00Z', '2027-01-18T00:00:00Z', []);
    await build.task(release, 'Phone', '2027-01-17T10:00:00Z', '2027-01-17T12:00:00Z', tom);
    await build.task(release, 'Write', '2027-01-17T11:00:00Z', '2027-01-17T13:00:00Z', tom);
    await build.task(release, 'Rest', '2027-01-17T13:00:00Z', '2027-01-17T14:00:00Z', tom);
    expect(await all('from: "2027-01-17T00:00:00Z", to: "2027-01-18T00:00:00Z"')).toMatchObject([
      {
        kind: 'RESOURCE_OVERLOAD',
        severity: 'LOW',
        waivable: false,
        ci: null,
        path: [],
        startsAt: '2027-01-17T11:00:00.000Z',
        endsAt: '2027-01-17T12:00:00.000Z',
        person: { name: 'tom' },
        message: expect.stringMatching(/^tom is busy with /),
        left: { task: { name: 'Write' }, release: { name: 'H' } },
        right: { task: { name: 'Phone' } },
      },
    ]);
  });
});

describe('conflicts of a release by itself', () => {
  const found = async (id: string) =>
    await ofRelease(
      id,
      `, kinds: [MEDIA_NOT_AUTHORISED]`,
      'kind severity waivable message media { id } left { task { name } release { name } } right { task { name } }',
    );

  test('a version that is recalled keeps it from being scheduled, and a waiver does not help', async () => {
    const { story } = build;
    const version = await story.media(await story.item('standing'), '1.0');
    const id = await story.accepted('Standing', [await story.ci('standing-ci')], {}, [version]);
    const times = { startsAt: '2027-01-20T08:00:00Z', endsAt: '2027-01-20T12:00:00Z' };
    await story.step('releaseSchedule', id, times);
    expect(await found(id)).toEqual([]);
    await story.librarian.run('dmlItemVersionRecall', { id: version, reason: 'It leaks keys.' }, 'dmlItemVersion');
    const expected = [
      {
        kind: 'MEDIA_NOT_AUTHORISED',
        severity: 'HIGH',
        waivable: false,
        media: { id: version },
        right: { task: null },
      },
    ];
    expect(await found(id)).toMatchObject(expected);
    const args = 'from: "2027-01-20T00:00:00Z", to: "2027-01-21T00:00:00Z"';
    expect(await all(args, 'kind severity waivable media { id } right { task { name } }')).toEqual(expected);
    const move = { ...times, startsAt: '2027-01-20T09:00:00Z', reason: 'A later start.' };
    expect(await refusalCodes(story.manager, 'releaseMoveSchedule', { id, ...move })).toContain('MEDIA_NOT_AUTHORISED');
    const waiver = {
      releaseId: id,
      code: 'MEDIA_NOT_AUTHORISED',
      reason: 'Never mind.',
      expiresAt: '2027-01-02T00:00:00Z',
    };
    expect(await story.owner.code('waiverGrant', waiver, 'waiver')).toBe('BAD_USER_INPUT');
  });
});

describe('lists of conflicts', () => {
  test('ask for one thing, of reasonable length, that exists', async () => {
    const code = async (args: string) =>
      (await reader.send(`{ scheduleConflicts${args} { nodes { kind } } }`)).errors?.[0]?.extensions.code;
    const release = await build.release('I', null, null, [], false);
    expect(await code('')).toBe('BAD_USER_INPUT');
    expect(await code('(from: "2027-01-01T00:00:00Z")')).toBe('BAD_USER_INPUT');
    expect(await code(`(release: "${release}", from: "2027-01-01T00:00:00Z", to: "2027-01-02T00:00:00Z")`)).toBe(
      'BAD_USER_INPUT',
    );
    expect(await code('(from: "2027-01-02T00:00:00Z", to: "2027-01-01T00:00:00Z")')).toBe('BAD_USER_INPUT');
    expect(await code('(from: "2027-01-01T00:00:00Z", to: "2037-01-01T00:00:00Z")')).toBe('LIMIT_EXCEEDED');
    expect(await code(`(release: "${release.slice(0, -4)}0000")`)).toBe('NOT_FOUND');
    expect(await code(`(distribution: "${release}")`)).toBe('BAD_USER_INPUT');
    expect(await code(`(release: "${release}")`)).toBeUndefined();
  });

  test('are paged without gap, with the same number of statements for few and many entries', async () => {
    const web = await build.ci('j-web');
    const lb = await build.ci('j-lb', 'LOAD_BALANCER');
    await build.relate(web, 'MEMBER_OF', lb);
    const releases: string[] = [];
    const add = async (n: number) => {
      for (let i = 0; i < n; i++)
        releases.push(
          await build.release(`J${i}`, '2027-01-19T08:00:00Z', `2027-01-19T1${i % 9}:00:00Z`, [i % 2 ? web : lb]),
        );
    };
    const ask = async (first: number, after = '') =>
      (
        await reader.ok(
          '{ scheduleConflicts(from: "2027-01-19T00:00:00Z", to: "2027-01-20T00:00:00Z", first: ' +
            `${first}${after}) { totalCount nodes { key ${FIELDS} } pageInfo { hasNextPage endCursor } } }`,
        )
      ).scheduleConflicts;
    const nested = async () =>
      await reader.ok(
        'query($ids: [ID!]!) { nodes(ids: $ids) { ... on Release { conflicts { totalCount nodes { kind path { ' +
          'name } right { release { name } } } } } } }',
        { ids: releases },
      );
    await add(3);
    const few = await app.statements(async () => await ask(50));
    const fewNested = await app.statements(nested);
    await add(9);
    const { totalCount } = await ask(1);
    expect(totalCount).toBe((12 * 11) / 2);
    expect(await app.statements(async () => await ask(50))).toBe(few);
    expect(await app.statements(nested)).toBe(fewNested);
    expect((await nested()).nodes.map(({ conflicts }: any) => conflicts.totalCount)).toEqual(releases.map(() => 11));
    const keys: string[] = [];
    let after = '';
    for (;;) {
      const { nodes, pageInfo } = await ask(25, after);
      keys.push(...nodes.map(({ key }: { key: string }) => key));
      if (!pageInfo.hasNextPage) break;
      after = `, after: "${pageInfo.endCursor}"`;
    }
    expect(new Set(keys).size).toBe(totalCount);
    expect(keys).toHaveLength(totalCount);
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { rejectionCode } from '../../support/refusals.js';
import { ScheduleBuilder, type ScheduledCi } from '../../support/schedule.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;
let changeManager: TestClient;
let releaseManager: TestClient;
let web: ScheduledCi;
let desk: ScheduledCi;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
  changeManager = world.changeManager;
  releaseManager = world.manager;
  const build = new ScheduleBuilder(world);
  web = await build.ci('web');
  desk = await build.ci('desk', 'DESKTOP');
});
afterAll(async () => await app.end());

const sundayNight = {
  name: 'Sunday night',
  kind: 'CHANGE_WINDOW',
  startsAt: '2027-01-03T21:00:00Z',
  endsAt: '2027-01-04T01:00:00Z',
};
const selection =
  'id number name kind startsAt endsAt rrule timeZone ciClasses everything active version cis { nodes { name } }';
const create = async (input: Record<string, unknown>, by = releaseManager) =>
  await by.run('scheduleWindowCreate', { ...sundayNight, ...input }, 'scheduleWindow', selection);

describe('windows', () => {
  test('are made with their scope, and read back', async () => {
    const window = await create({
      rrule: 'RRULE:FREQ=WEEKLY;BYDAY=SU',
      timeZone: 'Europe/Berlin',
      ciIds: [web.id],
      ciClasses: ['DESKTOP'],
    });
    expect(window).toEqual({
      ...sundayNight,
      id: expect.stringMatching(/^win_/),
      number: expect.stringMatching(/^WIN-\d+$/),
      startsAt: '2027-01-03T21:00:00.000Z',
      endsAt: '2027-01-04T01:00:00.000Z',
      rrule: 'FREQ=WEEKLY;BYDAY=SU',
      timeZone: 'Europe/Berlin',
      ciClasses: ['DESKTOP'],
      everything: false,
      active: true,
      version: 1,
      cis: { nodes: [{ name: 'web' }] },
    });
    const { node } = await changeManager.ok(
      `query($id: ID!) { node(id: $id) { ... on ScheduleWindow { name events { nodes { type data } } } } }`,
      {
        id: window.id,
      },
    );
    expect(node.name).toBe('Sunday night');
    expect(node.events.nodes).toMatchObject([
      { type: 'schedule-window.created', data: { kind: 'CHANGE_WINDOW', rrule: 'FREQ=WEEKLY;BYDAY=SU', ciCount: 1 } },
    ]);
  });

  test.each([
    ['an unknown zone', { timeZone: 'Europe/Atlantis' }, 'timeZone', 'UNKNOWN_TIME_ZONE'],
    ['a fixed offset', { timeZone: '+02:00' }, 'timeZone', 'UNKNOWN_TIME_ZONE'],
    ['a rule that is none', { rrule: 'every Sunday' }, 'rrule', 'RULE_MALFORMED'],
    ['a rule by the second', { rrule: 'FREQ=SECONDLY' }, 'rrule', 'RULE_MALFORMED'],
    ['a second Monday of the week', { rrule: 'FREQ=WEEKLY;BYDAY=2MO' }, 'rrule', 'RULE_MALFORMED'],
    ['a rule with both ends', { rrule: 'FREQ=DAILY;COUNT=3;UNTIL=20270201T000000Z' }, 'rrule', 'RULE_MALFORMED'],
    ['a million occurrences', { rrule: 'FREQ=DAILY;COUNT=1000000' }, 'rrule', 'TOO_MANY_OCCURRENCES'],
    ['a last day before its first', { rrule: 'FREQ=DAILY;UNTIL=20270101' }, 'rrule', 'UNTIL_BEFORE_START'],
    ['a day that never comes', { rrule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' }, 'rrule', 'NEVER_AGAIN'],
    ['an end before the start', { endsAt: '2027-01-03T20:00:00Z' }, 'endsAt', 'ENDS_BEFORE_START'],
    [
      'an occurrence of 40 days',
      { rrule: 'FREQ=DAILY', endsAt: '2027-02-12T21:00:00Z' },
      'endsAt',
      'OCCURRENCE_TOO_LONG',
    ],
  ])('with %s are refused', async (_, input, field, problem) => {
    const windows = await app.count('schedule_window');
    const { errors } = await releaseManager.send(
      `mutation($input: ScheduleWindowCreateInput!) { scheduleWindowCreate(input: $input) { scheduleWindow { id } } }`,
      { input: { ...sundayNight, ...input } },
    );
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field, problem } }]);
    expect(await app.count('schedule_window')).toBe(windows);
  });

  test('name items that exist', async () => {
    const windows = await app.count('schedule_window');
    const gone = `${web.id.slice(0, -4)}0000`;
    expect(await rejectionCode(releaseManager, 'scheduleWindowCreate', { ...sundayNight, ciIds: [web.id, gone] })).toBe(
      'NOT_FOUND',
    );
    expect(await app.count('schedule_window')).toBe(windows);
  });

  test('of each kind are kept by the roles of that kind', async () => {
    const windows = await app.count('schedule_window');
    const { authority, operator } = world;
    expect(await rejectionCode(releaseManager, 'scheduleWindowCreate', { ...sundayNight, kind: 'BLACKOUT' })).toBe(
      'FORBIDDEN',
    );
    expect(await rejectionCode(authority, 'scheduleWindowCreate', sundayNight)).toBe('FORBIDDEN');
    expect(await rejectionCode(operator, 'scheduleWindowCreate', sundayNight)).toBe('FORBIDDEN');
    expect(await app.count('schedule_window')).toBe(windows);
    const freeze = await create({ name: 'Freeze', kind: 'BLACKOUT' }, authority);
    expect(
      await rejectionCode(releaseManager, 'scheduleWindowUpdate', { id: freeze.id, expectedVersion: 1, name: 'Thaw' }),
    ).toBe('FORBIDDEN');
    expect(await rejectionCode(releaseManager, 'scheduleWindowDeactivate', { id: freeze.id })).toBe('FORBIDDEN');
    expect(await app.count(`schedule_window where name = 'Thaw' or (name = 'Freeze' and not active)`)).toBe(0);
    await changeManager.run('scheduleWindowDeactivate', { id: freeze.id }, 'scheduleWindow');
  });

  test('are edited, deactivated and taken up again, each with its version', async () => {
    const window = await create({ name: 'To edit', rrule: 'FREQ=DAILY', ciIds: [web.id] });
    const edited = await releaseManager.run(
      'scheduleWindowUpdate',
      { id: window.id, expectedVersion: 1, rrule: null, ciIds: [desk.id] },
      'scheduleWindow',
      selection,
    );
    expect(edited).toMatchObject({ name: 'To edit', rrule: null, version: 2, cis: { nodes: [{ name: 'desk' }] } });
    expect(
      await rejectionCode(releaseManager, 'scheduleWindowUpdate', { id: window.id, expectedVersion: 1, name: 'Stale' }),
    ).toBe('CONFLICT');
    expect(
      await rejectionCode(releaseManager, 'scheduleWindowUpdate', {
        id: window.id,
        expectedVersion: 2,
        timeZone: 'Nowhere',
      }),
    ).toBe('BAD_USER_INPUT');
    const onlyItems = await releaseManager.run(
      'scheduleWindowUpdate',
      { id: window.id, expectedVersion: 2, ciIds: [] },
      'scheduleWindow',
      selection,
    );
    expect(onlyItems).toMatchObject({ version: 3, everything: true });
    expect(
      await releaseManager.run(
        'scheduleWindowDeactivate',
        { id: window.id, reason: 'Over' },
        'scheduleWindow',
        'active version',
      ),
    ).toEqual({
      active: false,
      version: 4,
    });
    const events = await app.count('domain_event');
    expect(
      await releaseManager.run('scheduleWindowDeactivate', { id: window.id }, 'scheduleWindow', 'active version'),
    ).toEqual({ active: false, version: 4 });
    expect(await app.count('domain_event')).toBe(events);
    expect(
      await releaseManager.run(
        'scheduleWindowUpdate',
        { id: window.id, expectedVersion: 4, active: true },
        'scheduleWindow',
        'active',
      ),
    ).toEqual({
      active: true,
    });
    await releaseManager.run('scheduleWindowDeactivate', { id: window.id }, 'scheduleWindow');
  });

  test('are listed by what they hold for', async () => {
    const names = async (filter: string) =>
      (
        await releaseManager.ok(
          `{ scheduleWindows(filter: ${filter}, orderBy: [{ field: NAME, direction: ASC }]) { nodes { name } } }`,
        )
      ).scheduleWindows.nodes.map((one: { name: string }) => one.name);
    await create({ name: 'L web', ciIds: [web.id] });
    await create({ name: 'L desktops', ciClasses: ['DESKTOP', 'LAPTOP'], rrule: 'FREQ=DAILY' });
    await create({ name: 'L all', kind: 'MAINTENANCE_WINDOW' });
    const listed = (more: string) => names(`{ name: { startsWith: "L " }, ${more} }`);
    expect(await listed(`holdsForCi: "${web.id}"`)).toEqual(['L all', 'L web']);
    expect(await listed(`holdsForCi: "${desk.id}"`)).toEqual(['L all', 'L desktops']);
    expect(await listed(`ci: { eq: "${web.id}" }`)).toEqual(['L web']);
    expect(await listed(`ciClasses: { has: LAPTOP }`)).toEqual(['L desktops']);
    expect(await listed(`kind: { eq: MAINTENANCE_WINDOW }`)).toEqual(['L all']);
    expect(await listed(`recurring: true`)).toEqual(['L desktops']);
    expect(await listed(`not: { or: [{ recurring: true }, { kind: { eq: MAINTENANCE_WINDOW } }] }`)).toEqual(['L web']);
    const { node } = await releaseManager.ok(
      'query($id: ID!) { node(id: $id) { ... on ConfigurationItem { scheduleWindows(filter: { name: { ' +
        'startsWith: "L " } }) { totalCount nodes { name } } } } }',
      { id: desk.id },
    );
    expect(node.scheduleWindows).toEqual({ totalCount: 2, nodes: [{ name: 'L desktops' }, { name: 'L all' }] });
  });
});

describe('occurrences', () => {
  const occurrences = async (id: string, from: string, to: string) =>
    await releaseManager.send(
      'query($id: ID!, $from: DateTime!, $to: DateTime!) { node(id: $id) { ... on ScheduleWindow { ' +
        'occurrences(from: $from, to: $to) { startsAt endsAt } } } }',
      { id, from, to },
    );

  test('keep their local hour when the clock is set forward', async () => {
    // Sundays 22:00 to 02:00 in Berlin; on 2027-03-28 at 02:00 the clock there goes to 03:00.
    const window = await create({ name: 'Berlin', rrule: 'FREQ=WEEKLY;BYDAY=SU', timeZone: 'Europe/Berlin' });
    const { data } = await occurrences(window.id, '2027-03-20T00:00:00Z', '2027-04-05T12:00:00Z');
    expect(data.node.occurrences).toEqual([
      { startsAt: '2027-03-21T21:00:00.000Z', endsAt: '2027-03-22T01:00:00.000Z' },
      { startsAt: '2027-03-28T20:00:00.000Z', endsAt: '2027-03-29T00:00:00.000Z' },
      { startsAt: '2027-04-04T20:00:00.000Z', endsAt: '2027-04-05T00:00:00.000Z' },
    ]);
  });

  test('are those that overlap a half open span; touching is not overlapping', async () => {
    const window = await create({ name: 'Once' });
    expect(
      (await occurrences(window.id, '2027-01-04T00:00:00Z', '2027-01-05T00:00:00Z')).data.node.occurrences,
    ).toHaveLength(1);
    expect(
      (await occurrences(window.id, '2027-01-04T01:00:00Z', '2027-01-05T00:00:00Z')).data.node.occurrences,
    ).toEqual([]);
    expect(
      (await occurrences(window.id, '2027-01-01T00:00:00Z', '2027-01-03T21:00:00Z')).data.node.occurrences,
    ).toEqual([]);
  });

  test('are bounded in time', async () => {
    const window = await create({ name: 'Daily', rrule: 'FREQ=DAILY' });
    expect(
      (await occurrences(window.id, '2027-01-01T00:00:00Z', '2029-01-01T00:00:00Z')).errors?.[0]?.extensions.code,
    ).toBe('LIMIT_EXCEEDED');
    expect(
      (await occurrences(window.id, '2027-01-02T00:00:00Z', '2027-01-01T00:00:00Z')).errors?.[0]?.extensions.code,
    ).toBe('BAD_USER_INPUT');
    expect(
      (await occurrences(window.id, '2027-01-01T00:00:00Z', '2028-01-01T00:00:00Z')).data.node.occurrences,
    ).toHaveLength(363);
  });
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { fromNodeId } from '../../../src/domain/node-id.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { ScheduleBuilder } from '../../support/schedule.js';
import { runSnippet, snippetsOf } from '../../support/snippets.js';
import { storyOf, type Story } from '../../support/story.js';
import { until } from '../../support/until.js';

let app: TestApp;
let world: Story;
let build: ScheduleBuilder;
let manager: TestClient;

beforeAll(async () => {
  app = await startTestApp({ clock: new TestClock('2027-06-01T00:00:00Z').now });
  world = await storyOf(app);
  build = new ScheduleBuilder(world);
  manager = world.manager;
});
afterAll(async () => await app.end());

const week = (from: string, to: string) =>
  ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY'].map((day) => ({ day, from, to }));
const calendar = async (input: Record<string, unknown>) =>
  await manager.run('workingCalendarCreate', input, 'workingCalendar');
const codeOf = async (client: TestClient, mutation: string, input: object) =>
  (
    await client.send(
      `mutation($input: ${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!) {
      ${mutation}(input: $input) { replayed } }`,
      { input },
    )
  ).errors?.[0]?.extensions;

/** When work of an hour on an item by some people can begin, in the week from Monday, 7 June 2027, or why it cannot. */
const times = async (ciId: string, more: string): Promise<string[]> => {
  const { slots, obstacles } = (
    await world.auditor.ok(`{ scheduleFindTime(ciIds: ["${ciId}"], from: "2027-06-07T00:00:00Z", ${more}) {
      slots { startsAt reasons } obstacles { kind message person { name } team { name } } } }`)
  ).scheduleFindTime;
  return slots.length > 0
    ? slots.map(({ startsAt }: any) => startsAt.slice(5, 16)).sort()
    : obstacles.map(({ kind, person, team }: any) => `${kind} ${person?.name ?? team?.name ?? ''}`);
};

/** Teams without a limit, whose ids come before those of all others. Straight into the tables: it is about reading. */
async function writeTeams(count: number, ...members: TestClient[]): Promise<void> {
  const { pool } = app.readDatabase;
  await pool.query(
    `with made as (insert into team (id, name, created_at, updated_at)
       select lpad(n::text, 32, '0')::uuid, 'Crowd ' || n, now(), now() from generate_series(1, $1::int) n returning id)
     insert into team_member (id, team_id, person_id, created_at)
     select gen_random_uuid(), made.id, p.id, now() from made, unnest($2::uuid[]) p(id)`,
    [count, members.map(({ personId }) => fromNodeId('Person', personId, 'id'))],
  );
  await pool.query(`delete from schedule_stale where team_id in (select id from team where name like 'Crowd %')`);
}

test('calendars, absences and capacity say when people can work, and slots keep to them', async () => {
  const { id: ciId } = await build.ci('hours-web');
  const { id: shop } = await build.ci('hours-shop', 'BUSINESS_SERVICE', [['RUNS_ON', { id: ciId, name: '' }]]);
  const [ann, bob] = [world.owner, world.changeManager];
  const [ANN, BOB] = ['olga', 'chad'];
  const office = await calendar({ name: 'Office', timeZone: 'Europe/Berlin', hours: week('09:00', '11:00') });
  const nights = await calendar({ name: 'Nights', timeZone: 'Europe/Berlin', hours: week('22:00', '02:00') });
  const team = await world.administrator.run('teamCreate', { name: 'Web team' }, 'team');
  for (const personId of [ann.personId, bob.personId])
    await world.administrator.run('teamAddMember', { id: team.id, personId }, 'team');

  // Somebody without a calendar has that of the team; a calendar of their own comes first.
  const days = 'durationMinutes: 120, days: 2, first: 5';
  await manager.run('workingCalendarAssign', { id: office.id, teamId: team.id }, 'workingCalendar');
  expect(await times(ciId, `${days}, personIds: ["${ann.personId}"]`)).toEqual(['06-07T07:00', '06-08T07:00']);
  await manager.run('workingCalendarAssign', { id: nights.id, personId: bob.personId }, 'workingCalendar');
  expect(await times(ciId, `durationMinutes: 60, days: 1, first: 1, personIds: ["${bob.personId}"]`)).toEqual([
    '06-07T20:00',
  ]);
  const both = `personIds: ["${ann.personId}", "${bob.personId}"]`;
  expect(await times(ciId, `${days}, ${both}`)).toEqual([`PERSON_NOT_WORKING ${ANN}`, `PERSON_NOT_WORKING ${BOB}`]);

  // Holidays and absences.
  const { version } = await world.read(office.id, 'version', world.auditor);
  await manager.run(
    'workingCalendarUpdate',
    { id: office.id, expectedVersion: version, exceptions: [{ date: '2027-06-07', hours: [] }] },
    'workingCalendar',
  );
  expect(await times(ciId, `${days}, personIds: ["${ann.personId}"]`)).toEqual(['06-08T07:00']);
  const absence = await ann.run(
    'absenceCreate',
    { personId: ann.personId, startsAt: '2027-06-08T08:00:00Z', endsAt: '2027-06-10T00:00:00Z' },
    'absence',
  );
  expect(await times(ciId, `${days}, personIds: ["${ann.personId}"]`)).toEqual([
    `PERSON_NOT_WORKING ${ANN}`,
    `PERSON_ABSENT ${ANN}`,
  ]);
  const working = await world.auditor.ok(
    `query($id: ID!) { node(id: $id) { ... on Person { workingCalendar { name } absences { nodes { id } }
      workingTimes(from: "2027-06-07T00:00:00Z", to: "2027-06-09T00:00:00Z") { startsAt endsAt } } } }`,
    { id: ann.personId },
  );
  expect(working.node).toEqual({
    workingCalendar: null,
    absences: { nodes: [{ id: absence.id }] },
    workingTimes: [{ startsAt: '2027-06-08T07:00:00.000Z', endsAt: '2027-06-08T08:00:00.000Z' }],
  });

  // Of the team, Ann is away and Bob works at night; two of its tasks are too many.
  const byTeam = `durationMinutes: 60, days: 2, first: 9, teamIds: ["${team.id}"]`;
  expect(await times(ciId, byTeam)).toEqual(['06-07T20:00', '06-08T07:00', '06-08T20:00']);
  await manager.run('teamSetCapacity', { id: team.id, maxTasksAtOnce: 1 }, 'team');
  const busy = await build.release('Hours tasks', null, null, [], false);
  await build.task(busy, 'Night watch', '2027-06-07T20:00:00Z', '2027-06-08T01:00:00Z', bob);
  await build.task(busy, 'Morning', '2027-06-08T06:00:00Z', '2027-06-08T12:00:00Z', ann);
  expect(await times(ciId, byTeam)).toEqual(['06-08T20:00']);
  // Ann has a task of which she works no hour: she is away from eight, and has not begun before seven.
  await build.task(busy, 'Late shift', '2027-06-08T08:00:00Z', '2027-06-08T12:00:00Z', ann);
  const unfit = async () =>
    (
      await world.auditor.ok(`{ scheduleConflicts(from: "2027-06-07T00:00:00Z", to: "2027-06-10T00:00:00Z",
        kinds: [RESOURCE_OVERLOAD]) { nodes { message left { task { name } } right { task { name } } } } }`)
    ).scheduleConflicts.nodes
      .filter(({ left, right }: any) => left.task.name === right.task.name)
      .map(({ message }: any) => message.slice(0, 44));
  const overTeam = async () =>
    (
      await world.auditor.ok(`{ scheduleConflicts(from: "2027-06-07T00:00:00Z", to: "2027-06-10T00:00:00Z",
        kinds: [TEAM_OVERLOAD]) { nodes { severity waivable startsAt endsAt person { name } team { id }
        left { task { name } } right { task { name } } } } }`)
    ).scheduleConflicts.nodes;
  const overloaded = [
    {
      severity: 'LOW',
      waivable: false,
      startsAt: '2027-06-08T08:00:00.000Z',
      endsAt: '2027-06-08T12:00:00.000Z',
      person: null,
      team: { id: team.id },
      left: { task: { name: 'Late shift' } },
      right: { task: { name: 'Morning' } },
    },
  ];
  expect(await overTeam()).toEqual(overloaded);
  // Those whose tasks they are cannot make it vanish by another limit or by leaving the team.
  for (const member of [ann, bob]) {
    expect(await codeOf(member, 'teamSetCapacity', { id: team.id, maxTasksAtOnce: 9 })).toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(await codeOf(member, 'teamRemoveMember', { id: team.id, personId: ann.personId })).toMatchObject({
      code: 'FORBIDDEN',
    });
  }
  expect(await overTeam()).toEqual(overloaded);
  // Nor do many teams without a limit hide it, and many with one take no more statements.
  const few = await app.statements(overTeam);
  await writeTeams(100, ann, bob);
  expect(await overTeam()).toEqual(overloaded);
  const limit = async (max: number | null) =>
    await app.readDatabase.pool.query(
      `update team set max_tasks_at_once = $1 where name in (select 'Crowd ' || n from generate_series(1, 9) n)`,
      [max],
    );
  await limit(1);
  expect(await overTeam()).toHaveLength(10);
  expect(await app.statements(overTeam)).toBe(few);
  await limit(null);
  expect(await overTeam()).toEqual(overloaded);
  const shift = ['olga is absent or does not work during "TSK-'];
  expect(await unfit()).toEqual(shift);
  // The same once it is kept; and it is gone with the absence, by the note that the database takes of that.
  await app.jobs.runOnce();
  expect(await overTeam()).toEqual(overloaded);
  expect(await unfit()).toEqual(shift);
  await ann.run('absenceWithdraw', { id: absence.id, reason: 'Back early.' }, 'absence');
  expect(await unfit()).toEqual([]);
  await app.jobs.runOnce();
  expect(await unfit()).toEqual([]);
  await manager.run('teamSetCapacity', { id: team.id, maxTasksAtOnce: null }, 'team');
  expect(await overTeam()).toEqual([]);
  await app.jobs.runOnce();
  expect(await overTeam()).toEqual([]);
  await manager.run('workingCalendarUnassign', { id: nights.id, personId: bob.personId }, 'workingCalendar');
  expect(await times(ciId, byTeam)).toEqual(['06-08T07:00']);
  await manager.run('workingCalendarAssign', { id: nights.id, teamId: team.id }, 'workingCalendar');
  expect(await times(ciId, byTeam)).toEqual(['06-07T20:00', '06-08T20:00']);

  // The hours of a service speak against a time, and forbid none.
  await world.configurationManager.run('workingCalendarAssign', { id: office.id, ciId: shop }, 'workingCalendar');
  expect(
    (
      await world.auditor.ok(`{ scheduleFindTime(ciIds: ["${ciId}"], from: "2027-06-08T07:00:00Z", days: 1,
        durationMinutes: 60, first: 2) { slots { startsAt reasons } } }`)
    ).scheduleFindTime.slots.map(({ startsAt, reasons }: any) => [startsAt.slice(11, 16), reasons[0]]),
  ).toEqual([
    ['09:00', 'OUTSIDE_SERVICE_HOURS'],
    ['07:00', 'NOTHING_NEARBY'],
  ]);
  const used = await world.auditor.ok(`{ workingCalendars(orderBy: [{ field: NAME }]) { nodes { name hours { day from }
    people { totalCount } teams { nodes { name maxTasksAtOnce workingCalendar { name } } }
    configurationItems { nodes { name serviceHours { name } } } events(first: 1) { nodes { type } } } }
    absences(filter: { withdrawnAt: { isNull: false } }) { nodes { person { name } events { nodes { type } } } } }`);
  expect(used.workingCalendars.nodes).toMatchObject([
    {
      name: 'Nights',
      people: { totalCount: 0 },
      teams: { nodes: [{ name: 'Web team', maxTasksAtOnce: null, workingCalendar: { name: 'Nights' } }] },
      events: { nodes: [{ type: 'working-calendar.assigned' }] },
    },
    { name: 'Office', teams: { nodes: [] }, configurationItems: { nodes: [{ serviceHours: { name: 'Office' } }] } },
  ]);
  expect(used.absences.nodes[0]).toMatchObject({
    person: { name: ANN },
    events: { nodes: [{ type: 'absence.withdrawn' }, { type: 'absence.created' }] },
  });
});

test('only those who may change them do, and nonsense is refused by field', async () => {
  const own = { personId: world.assignee.personId, startsAt: '2027-07-01T00:00:00Z', endsAt: '2027-07-02T00:00:00Z' };
  expect(await codeOf(world.owner, 'absenceCreate', own)).toMatchObject({ code: 'FORBIDDEN' });
  const { id } = await manager.run('absenceCreate', own, 'absence');
  expect(await codeOf(world.owner, 'absenceWithdraw', { id })).toMatchObject({ code: 'FORBIDDEN' });
  expect(await codeOf(world.auditor, 'absenceCreate', own)).toMatchObject({ code: 'FORBIDDEN' });
  expect(await codeOf(world.assignee, 'absenceCreate', { ...own, endsAt: own.startsAt })).toMatchObject({
    field: 'endsAt',
  });
  const hours = week('09:00', '17:00');
  const made = { name: 'Refused', timeZone: 'Europe/Berlin', hours };
  expect(await codeOf(world.assignee, 'workingCalendarCreate', made)).toMatchObject({ code: 'FORBIDDEN' });
  expect(await codeOf(manager, 'workingCalendarCreate', { ...made, timeZone: 'Mars/Base' })).toMatchObject({
    field: 'timeZone',
  });
  expect(await codeOf(manager, 'workingCalendarCreate', { ...made, hours: [] })).toMatchObject({ field: 'hours' });
  const calendarId = (await calendar(made)).id;
  expect(await codeOf(manager, 'workingCalendarCreate', { ...made, name: 'REFUSED' })).toMatchObject({
    code: 'ALREADY_EXISTS',
  });
  expect(await codeOf(manager, 'workingCalendarAssign', { id: calendarId })).toMatchObject({ field: 'personId' });
  const personId = world.owner.personId;
  expect(await codeOf(world.assignee, 'workingCalendarAssign', { id: calendarId, personId })).toMatchObject({
    code: 'FORBIDDEN',
  });
  expect(
    await codeOf(manager, 'workingCalendarAssign', { id: calendarId, personId, expectedVersion: 99 }),
  ).toMatchObject({ code: 'CONFLICT' });
  const team = await world.administrator.run('teamCreate', { name: 'Small' }, 'team');
  expect(await codeOf(manager, 'teamSetCapacity', { id: team.id, maxTasksAtOnce: 0 })).toMatchObject({
    field: 'maxTasksAtOnce',
  });
  expect(await codeOf(manager, 'teamSetCapacity', { id: team.id })).toMatchObject({ field: 'maxTasksAtOnce' });
  expect(await codeOf(world.assignee, 'teamSetCapacity', { id: team.id, maxTasksAtOnce: 1 })).toMatchObject({
    code: 'FORBIDDEN',
  });
});

test('the adapter role and a token that was revoked can use none of it', async () => {
  const id = await build.release('Closed to strangers', '2027-06-20T08:00:00Z', '2027-06-20T10:00:00Z', []);
  const time = 'startsAt: "2027-06-21T08:00:00Z", endsAt: "2027-06-21T10:00:00Z"';
  const span = 'from: "2027-06-01T00:00:00Z", to: "2027-07-01T00:00:00Z"';
  const personId = world.adapter.personId;
  const operations = [
    '{ absences { totalCount } }',
    '{ workingCalendars { totalCount } }',
    `{ scheduleFindTime(durationMinutes: 60, ciIds: [], personIds: ["${personId}"]) { obstaclesCount } }`,
    `{ projectedServiceOutage(${span}) { totalCount } }`,
    `{ releaseSimulateMove(id: "${id}", ${time}) { breaksCount } }`,
    `mutation { absenceCreate(input: { personId: "${personId}", ${time} }) { replayed } }`,
    `mutation { absenceWithdraw(input: { id: "${id}" }) { replayed } }`,
    'mutation { workingCalendarCreate(input: { name: "x", timeZone: "UTC", hours: [] }) { replayed } }',
    `mutation { workingCalendarUpdate(input: { id: "${id}", expectedVersion: 1 }) { replayed } }`,
    `mutation { workingCalendarAssign(input: { id: "${id}" }) { replayed } }`,
    `mutation { workingCalendarUnassign(input: { id: "${id}" }) { replayed } }`,
    `mutation { teamSetCapacity(input: { id: "${id}", maxTasksAtOnce: 1 }) { replayed } }`,
    `mutation { scheduleWindowsImport(input: { source: "x", calendar: "", kind: CHANGE_WINDOW, timeZone: "UTC" }) {
      replayed } }`,
  ];
  const codes = async (client: TestClient) =>
    await Promise.all(
      operations.map(async (source) => (await client.send(source)).errors?.map(({ extensions }) => extensions.code)),
    );
  expect(await codes(world.adapter)).toEqual(operations.map(() => ['FORBIDDEN']));
  const thief = await app.as('theo', 'RELEASE_MANAGER');
  const [read = ''] = operations;
  expect((await thief.send(read)).errors).toBeUndefined();
  const own = await app.as('theo', 'AUDITOR', 'REQUESTER');
  const { viewer } = await own.ok('{ viewer { accessTokens { nodes { id roles } } } }');
  const stolen = viewer.accessTokens.nodes.find(({ roles }: { roles: string[] }) => roles.length === 1);
  await own.run('accessTokenRevoke', { id: stolen.id }, 'accessToken');
  await until(async () => (await thief.send(read)).errors, 'the token to be refused');
  expect(await codes(thief)).toEqual(operations.map(() => ['UNAUTHENTICATED']));
});

test('what docs/finding-time.md shows works as it is written', async () => {
  const { id: ciId } = await build.ci('doc-web');
  await build.ci('doc-shop', 'BUSINESS_SERVICE', [['RUNS_ON', { id: ciId, name: 'doc-web' }]]);
  const id = await build.release('Doc', '2027-06-22T08:00:00Z', '2027-06-22T10:00:00Z', []);
  const team = await world.administrator.run('teamCreate', { name: 'Doc team' }, 'team');
  const variables = {
    ...{ id, startsAt: '2027-06-23T08:00:00Z', endsAt: '2027-06-23T10:00:00Z' },
    ...{ cis: [ciId], people: [world.owner.personId], teams: [team.id] },
    ...{ from: '2027-06-01T00:00:00Z', to: '2027-07-01T00:00:00Z' },
  };
  const answers: object[] = [];
  for (const source of snippetsOf('docs/finding-time.md')) answers.push(await runSnippet(manager, source, variables));
  expect(answers).toMatchObject([
    { slots: [], obstaclesAreFewest: true, obstacles: [{ kind: 'TEAM_WITHOUT_CAPACITY', team: { name: 'Doc team' } }] },
    { nodes: [] },
    { command: null, breaksCount: 0, fixesCount: 0 },
    { nodes: [] },
    {
      nodes: [
        { ci: { name: 'doc-shop' }, effect: 'DOWN', reason: 'doc-shop cannot do without doc-web, which is down.' },
      ],
    },
    { workingCalendar: { id: expect.any(String) } },
  ]);
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getNamedType, type GraphQLObjectType } from 'graphql';
import { loadSampleData } from '../../../src/cli/sample-data.js';
import type { ReadModel } from '../../../src/reads/model.js';
import { readModels } from '../../../src/reads/models.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { castOf } from '../../support/cast.js';
import type { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { filteredRows, matches, RandomFilter, type FilteredRow, type Related } from '../../support/filter-oracle.js';
import { Chance } from '../../support/random-input.js';
import { storyOf, type Story } from '../../support/story.js';

const SEED = 14;

/** Where the values of related rows are, by list and field. */
// A column of the items that entries work on.
const ofTargets = (column: string) => `
  select e.id as row, c.${column} as value from schedule_entry e join release_ci x on x.release_id = e.release_id and
    x.role = 'TARGET' join configuration_item c on c.id = x.ci_id where e.kind = 'RELEASE'
  union all select e.id, c.${column} from schedule_entry e join target_execution x on x.distribution_id =
    e.distribution_id join configuration_item c on c.id = x.ci_id where e.kind = 'DISTRIBUTION'
  union all select x.change_id, c.${column} from change_ci x join configuration_item c on c.id = x.ci_id
    where x.role = 'TARGET'`;

const RELATED: Readonly<Record<string, Related>> = {
  AccessToken: { ancestor: 'select id as row, unnest(lineage) as value from access_token' },
  Change: {
    targetCi: `select change_id as row, ci_id as value from change_ci where role = 'TARGET'`,
    sourceCi: `select change_id as row, ci_id as value from change_ci where role = 'SOURCE'`,
  },
  // Anybody may own the release of a request that names none.
  ChangeReleaseRequest: {
    releaseOwner: `select q.id as row, r.owner_id as value from change_release_request q join release r on r.id =
        q.release_id
      union all select q.id, p.id from change_release_request q, person p where q.release_id is null`,
  },
  ConfigurationItem: {
    memberOf: `select source_id as row, target_id as value from ci_relation where kind = 'MEMBER_OF'`,
  },
  CustomClass: { within: 'select id as row, unnest(lineage) as value from custom_class' },
  Distribution: {
    target: 'select distribution_id as row, ci_id as value from target_execution',
    content: 'select distribution_id as row, dml_item_version_id as value from distribution_content',
  },
  DmlItemVersion: { release: 'select dml_item_version_id as row, release_id as value from release_content' },
  Person: { team: 'select person_id as row, team_id as value from team_member' },
  Release: {
    change: 'select release_id as row, change_id as value from release_change where live',
    targetCi: `select release_id as row, ci_id as value from release_ci where role = 'TARGET'`,
  },
  ScheduleEntry: {
    ciLifecycleState: ofTargets('lifecycle_state'),
    ciOwnerTeam: ofTargets('owner_team_id'),
    ci: `select e.id as row, x.ci_id as value from schedule_entry e join release_ci x on x.release_id = e.release_id
        and x.role = 'TARGET' where e.kind = 'RELEASE'
      union all select e.id, x.ci_id from schedule_entry e join target_execution x on x.distribution_id =
        e.distribution_id where e.kind = 'DISTRIBUTION'
      union all select x.change_id, x.ci_id from change_ci x where x.role = 'TARGET'`,
    ciClass: ofTargets('ci_class'),
    person: `select k.id as row, k.assignee_id as value from task k
      union all select e.id, r.owner_id from schedule_entry e join release r on r.id = e.release_id
      union all select e.id, r.manager_id from schedule_entry e join release r on r.id = e.release_id
      union all select c.id, r.owner_id from change c join release_change m on m.change_id = c.id and m.live
        join release r on r.id = m.release_id
      union all select c.id, r.manager_id from change c join release_change m on m.change_id = c.id and m.live
        join release r on r.id = m.release_id
      union all select c.id, c.requested_by_id from change c`,
  },
  ScheduleWindow: {
    ci: 'select window_id as row, ci_id as value from schedule_window_ci where not as_service',
    service: 'select window_id as row, ci_id as value from schedule_window_ci where as_service',
  },
  TargetGroup: { member: 'select target_group_id as row, ci_id as value from target_group_ci' },
  Team: { member: 'select team_id as row, person_id as value from team_member' },
  WorkingCalendar: {
    person:
      'select working_calendar_id as row, person_id as value from working_calendar_use where person_id is not null',
    team: 'select working_calendar_id as row, team_id as value from working_calendar_use where team_id is not null',
    ci: 'select working_calendar_id as row, ci_id as value from working_calendar_use where ci_id is not null',
  },
};

let app: TestApp;
let interpreting: TestApp;
let world: Story;
let readers: readonly TestClient[];

beforeAll(async () => {
  const clock = new TestClock();
  app = await startTestApp({ clock: clock.now, env: { INTERLOCK_EXECUTOR: 'compiled' } });
  interpreting = await startTestApp({ beside: app, clock: clock.now, env: { INTERLOCK_EXECUTOR: 'graphql-js' } });
  world = await storyOf(app, clock);
  readers = [world.administrator, (await castOf(interpreting, 'administrator')).administrator];
  const ready = await world.ready(['web', 'db']);
  await world.started(ready);
  await world.plan(await world.ready(['app']));
  await world.plan(ready, { targetIds: [ready.cis['web'] as string], name: 'To one' }).catch(() => undefined);
  await world.release('Without targets');
  const cluster = await world.ci('cluster', { ciClass: 'CLUSTER' });
  for (const name of ['web', 'db']) {
    const relation = { sourceId: ready.cis[name], kind: 'MEMBER_OF', targetId: cluster };
    await world.configurationManager.run('configurationItemRelate', relation, 'ciRelation');
  }
  const change = await world.authorised('Alone', [ready.cis['web'] as string]);
  await world.requester.run(
    'changeReleaseRequestSubmit',
    { changeId: change.id, mode: 'ANY_AVAILABLE' },
    'changeReleaseRequest',
  );
  const joined = await world.authorised('With others', Object.values(ready.cis));
  await world.join(joined.id, (await world.release('With a change')).id);
  const { administrator } = world;
  for (const name of ['Empty', 'Alpha', 'Beta']) {
    const { id } = await administrator.run('teamCreate', { name }, 'team');
    if (name !== 'Empty')
      for (const member of [world.owner, name === 'Alpha' ? world.manager : world.tester])
        await administrator.run('teamAddMember', { id, personId: member.personId }, 'team');
  }
  const hours = [{ day: 'MONDAY', from: '09:00', to: '17:00' }];
  for (const [name, user] of [
    ['Unused', null],
    ['Office', { personId: world.owner.personId }],
    ['Nights', { ciId: Object.values(ready.cis)[0] }],
  ] as const) {
    const { id } = await administrator.run(
      'workingCalendarCreate',
      { name, timeZone: 'UTC', hours },
      'workingCalendar',
    );
    if (user !== null) await administrator.run('workingCalendarAssign', { id, ...user }, 'workingCalendar');
  }
  for (const { personId } of [world.owner, world.manager]) {
    const away = { personId, startsAt: '2027-08-01T00:00:00Z', endsAt: '2027-08-09T00:00:00Z' };
    const { id } = await administrator.run('absenceCreate', away, 'absence');
    if (personId === world.owner.personId) await administrator.run('absenceWithdraw', { id }, 'absence');
  }
  let parentId: string | undefined;
  for (const key of ['rack', 'blade']) {
    const input = { key, name: key, ciClass: 'SERVER', ...(parentId !== undefined && { parentId }) };
    parentId = (await world.configurationManager.run('customClassDefine', input, 'customClass')).id;
    const item = { name: `of ${key}`, ciClass: 'SERVER', customClass: key };
    await world.configurationManager.run('configurationItemRegister', item, 'configurationItem');
  }
  for (const name of ['script', 'job'])
    await administrator.run('accessTokenCreate', { name, days: 3, roles: ['ADMINISTRATOR'] }, 'accessToken');
  await app.transact(loadSampleData);
  await app.relay();
  for (const reader of readers) await reader.ok('{ viewer { roles } }'); // notes when the token was last used
}, 60_000);
afterAll(async () => {
  await interpreting.end();
  await app.end();
});

const listed = async (client: TestClient, list: string, type: string, filter: object): Promise<string[]> => {
  const query = `query($filter: ${type}Filter) { ${list}(filter: $filter, first: 200) { nodes { id } totalCount } }`;
  const { nodes, totalCount } = (await client.ok(query, { filter }))[list];
  expect(nodes).toHaveLength(totalCount);
  return nodes.map(({ id }: { id: string }) => id).sort();
};

/** Every list of the schema with a filter, and how its rows are read. */
function lists(): (readonly [list: string, type: string, model: ReadModel])[] {
  const query = app.schema.getQueryType() as GraphQLObjectType;
  return Object.values(query.getFields()).flatMap((field) => {
    const filter = field.args.find(({ name }) => name === 'filter');
    const type = filter && getNamedType(filter.type).name.replace(/Filter$/, '');
    const model = type === undefined ? undefined : readModels[type as 'Release'];
    return type !== undefined && model ? [[field.name, type, model] as const] : [];
  });
}

/** The rows of a list. Some lists show a part of all rows of their type only, such as what lies ahead. */
async function rowsOf(list: string, type: string, model: ReadModel): Promise<FilteredRow[]> {
  const shown = new Set(await listed(readers[0] as TestClient, list, type, {}));
  return (await filteredRows(app, model, RELATED[type] ?? {})).filter(({ id }) => shown.has(id));
}

describe('filters', () => {
  test('know where the values of each related field are', () => {
    const related = Object.values(readModels).flatMap(({ type, filters }) =>
      Object.keys(filters)
        .filter((field) => filters[field]?.kind === 'related')
        .map((field) => `${type}.${field}`),
    );
    const told = Object.entries(RELATED).flatMap(([type, fields]) =>
      Object.keys(fields).map((field) => `${type}.${field}`),
    );
    expect(related.sort()).toEqual(told.sort());
  });

  test('match what brute force matches, in each list, by each field and operator, and combined', async () => {
    let asked = 0;
    for (const [list, type, model] of lists()) {
      const rows = await rowsOf(list, type, model);
      const random = new RandomFilter(new Chance(SEED), model, rows, app.schema);
      const filters = [...random.each(), ...Array.from({ length: 30 }, () => random.any())];
      for (const [n, filter] of filters.entries()) {
        const expected = rows.filter((row) => matches(row, filter)).map(({ id }: FilteredRow) => id);
        const found = await listed(readers[n % 4 === 0 ? 1 : 0] as TestClient, list, type, filter);
        expect({ list, filter, found }).toEqual({ list, filter, found: expected.sort() });
        asked++;
      }
    }
    expect(asked).toBeGreaterThan(1_000);
  }, 60_000);

  test('and their opposites make the whole', async () => {
    for (const [list, type, model] of lists()) {
      const rows = await rowsOf(list, type, model);
      const random = new RandomFilter(new Chance(SEED + 1), model, rows, app.schema);
      for (let n = 0; n < 5; n++) {
        const filter = random.any();
        const both = [
          ...(await listed(world.administrator, list, type, filter)),
          ...(await listed(world.administrator, list, type, { not: filter })),
        ];
        expect({ list, filter, both: both.sort() }).toEqual({ list, filter, both: rows.map(({ id }) => id).sort() });
      }
    }
  }, 30_000);

  test('say of targets what they mean', async () => {
    const ci = await world.ci('target');
    const other = await world.ci('other target');
    const { id: both } = await world.release('Both');
    await world.addTargets(both, ci, other);
    const { id: none } = await world.release('None');
    const find = async (targetCi: object) =>
      (await listed(world.manager, 'releases', 'Release', { targetCi })).filter((id) => [both, none].includes(id));
    expect(await find({ eq: ci })).toEqual([both]);
    expect(await find({ notIn: [ci] })).toEqual([none]);
    expect(await find({ in: [ci], notIn: [other] })).toEqual([]);
    expect(await find({ isNull: true })).toEqual([none]);
    expect(await find({ isNull: false })).toEqual([both]);
  });
});

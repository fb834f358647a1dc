import type pg from 'pg';

/** Sizes of the generated data set: how many configuration items it has. Everything else grows with them. */
export const SIZES = { '1k': 1_000, '10k': 10_000, '100k': 100_000 } as const;

/** One of {@link SIZES}. */
export type Size = keyof typeof SIZES;

/** Changes with the shape of the data, so that a kept database of another shape is not taken for this one. */
export const DATASET_VERSION = 2;

/** Targets of the largest distributions, one in ten. */
export const LARGE_TARGETS = 250;
const SMALL_TARGETS = 4;
const GENERATIONS = 5;
const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(2026, 0, 1);
const DAYS = 300;

const KINDS = [
  'team',
  'team_member',
  'person',
  'deployment_tool',
  'configuration_item',
  'ci_relation',
  'dml_repository',
  'dml_item',
  'media_blob',
  'dml_item_version',
  'release',
  'release_planner',
  'phase',
  'task',
  'task_dependency',
  'change',
  'release_change',
  'change_ci',
  'release_ci',
  'release_content',
  'distribution',
  'distribution_content',
  'distribution_run',
  'target_execution',
  'target_report',
  'installation',
  'domain_event',
  'schedule_entry',
] as const;
type Kind = (typeof KINDS)[number];

/** How many rows of the main tables a size has. Releases come in generations: each delivers the next version of its item. */
export function counts(cis: number) {
  const items = cis / 50;
  return { cis, items, people: Math.max(20, cis / 100), teams: cis / 250, releases: items * GENERATIONS };
}

const text = (values: readonly string[], at: string) => `(array[${values.map((v) => `'${v}'`).join()}])[1 + ${at}]`;

/**
 * The statements that fill an empty database. All of it is computed by the database from row numbers and a seed: two databases of
 * the same size and seed are alike to the last byte, bar the bench person's token.
 */
function statements(cis: number, seed: number): string[] {
  const n = counts(cis);
  // A UUIDv7 whose time is that of the row, so that ids sort by age as in a grown database.
  const id = (kind: Kind, row: string, ms: string) => {
    const k = KINDS.indexOf(kind);
    return `(lpad(to_hex(${ms}), 12, '0') || '7' || lpad(to_hex(${k}), 3, '0') || '8' || substr(md5('${seed}.${k}.' || (${row})), 1, 15))::uuid`;
  };
  const even = (row: string, of: number) => `(${FIRST_DAY} + (${row})::bigint * ${Math.floor((DAYS * DAY_MS) / of)})`;
  const pick = (salt: number, row: string, of: number | string) =>
    `(abs(hashint8extended((${row})::bigint, ${seed + salt}) % (${of})))::int`;
  const instant = (ms: string) => `to_timestamp((${ms}) / 1000.0)`;

  const person = (row: string) => id('person', row, `${FIRST_DAY}`);
  const team = (row: string) => id('team', row, `${FIRST_DAY}`);
  const tool = (row: string) => id('deployment_tool', row, `${FIRST_DAY}`);
  const repository = (row: string) => id('dml_repository', row, `${FIRST_DAY}`);
  // The record of an item is half a year old when the first release comes.
  const ciMs = (row: string) => `(${FIRST_DAY - 180 * DAY_MS} + (${row})::bigint * 100)`;
  const ci = (row: string) => id('configuration_item', row, ciMs(row));
  const item = (row: string) => id('dml_item', row, even(row, n.items));
  const version = (row: string) => id('dml_item_version', row, even(row, n.releases));
  const media = (row: string) => id('media_blob', row, even(row, n.releases));
  const release = (row: string) => id('release', row, even(row, n.releases));
  const phase = (row: string) => id('phase', row, `${even(`(${row}) / 4`, n.releases)} + (${row}) % 4`);
  const task = (row: string) => id('task', row, `${even(`(${row}) / 10`, n.releases)} + (${row}) % 10`);
  const change = (row: string) => id('change', row, `${even(`(${row}) / 3`, n.releases)} - 1000 + (${row}) % 3`);
  const distribution = (row: string) => id('distribution', row, even(row, n.releases));
  const run = (row: string) => id('distribution_run', row, even(row, n.releases));
  const execution = (row: string) =>
    id('target_execution', row, `${even(`(${row}) / 1024`, n.releases)} + (${row}) % 1024`);

  const each = (last: number, from = 0) => `generate_series(${from}, ${last - 1}) as r`;
  // Release r delivers version r/items of item r%items. Its changes are c = 3r, 3r+1, 3r+2 (one, two or three of them).
  const releaseRows = `generate_series(0, ${n.releases - 1}) as r`;
  const changeRows = `generate_series(0, ${n.releases - 1}) as r, generate_series(0, r % 3) as k`;
  const large = `(r % ${n.items}) % 10 = 0`;
  const done = `r < ${Math.floor(n.releases * 0.8)}`;

  return [
    `insert into team (id, name, description, created_at, updated_at)
      select ${team('r')}, 'Team ' || lpad(r::text, 4, '0'), 'Looks after its services.', ${instant(`${FIRST_DAY}`)}, ${instant(`${FIRST_DAY}`)} from ${each(n.teams)}`,
    `insert into person (id, name, email, roles, created_at, updated_at)
      select ${person('r')}, ${text(['Ada', 'Ben', 'Chloé', 'Dmitri', 'Eve', 'Farid', 'Grace', 'Hana'], 'r % 8')} || ' ' || lpad(r::text, 4, '0'), 'person' || r || '@bench.test',
        case r % 4 when 0 then array['RELEASE_MANAGER','RELEASE_OWNER'] when 1 then array['CHANGE_MANAGER'] when 2 then array['DEPLOYMENT_OPERATOR'] else array['TASK_ASSIGNEE'] end,
        ${instant(`${FIRST_DAY}`)}, ${instant(`${FIRST_DAY}`)} from ${each(n.people)}`,
    `insert into team_member (id, team_id, person_id, created_at)
      select ${id('team_member', 'r', `${FIRST_DAY}`)}, ${team(`r % ${n.teams}`)}, ${person('r')}, ${instant(`${FIRST_DAY}`)} from ${each(n.people)}`,
    `insert into deployment_tool (id, name, adapter_id, title, state, created_at, updated_at)
      select ${tool('r')}, 'tool-' || r, 'simulator', 'Deployment tool ' || r, 'READY', ${instant(`${FIRST_DAY}`)}, ${instant(`${FIRST_DAY}`)} from ${each(4)}`,
    `insert into configuration_item (id, number, name, description, ci_class, criticality, state, lifecycle_state, owner_team_id, attributes, bindings, external_source, external_key, version, created_at, updated_at)
      select ${ci('r')}, 'CI-' || 1001 + r, ${text(['srv', 'app', 'dsk', 'net', 'db'], 'r % 5')} || '-' || lpad((${pick(1, 'r', 1_000_000)})::text, 6, '0') || '-' || r, 'Item ' || r || ' of the bench.',
        ${text(['SERVER', 'APPLICATION', 'DESKTOP', 'NETWORK_DEVICE', 'DATABASE'], 'r % 5')}, ${text(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'], pick(2, 'r', 4))},
        case when ${pick(3, 'r', 10)} = 0 then 'DISCOVERED' else 'AUTHORISED' end, ${text(['PRODUCTION', 'TEST', 'BUILD'], pick(4, 'r', 3))}, ${team(pick(5, 'r', n.teams))},
        jsonb_build_object('os', ${text(['debian', 'rhel', 'windows'], pick(6, 'r', 3))}, 'rack', r % 40, 'memoryGb', 8 * (1 + r % 16)), '{}',
        case when r % 2 = 0 then 'discovery' end, case when r % 2 = 0 then 'host-' || r end, 1 + r % 3, ${instant(ciMs('r'))}, ${instant(`${ciMs('r')} + ${pick(7, 'r', 400)} * ${DAY_MS}::bigint`)}
      from ${each(n.cis)}`,
    `insert into ci_relation (id, source_id, kind, target_id, created_at)
      select ${id('ci_relation', 'r', ciMs('r / 2'))}, ${ci('r / 2')}, case r % 2 when 0 then 'DEPENDS_ON' else 'RUNS_ON' end, ${ci(`(r / 2 + 1 + ${pick(8, 'r', n.cis - 1)}) % ${n.cis}`)}, ${instant(ciMs('r / 2'))}
      from ${each(n.cis * 2)}`,
    `insert into dml_repository (id, number, name, location, created_at, updated_at)
      select ${repository('r')}, 'DMR-' || 1001 + r, 'Repository ' || r, '/dml/' || r, ${instant(`${FIRST_DAY}`)}, ${instant(`${FIRST_DAY}`)} from ${each(5)}`,
    `insert into dml_item (id, number, repository_id, name, kind, vendor, licence, created_at, updated_at)
      select ${item('r')}, 'DML-' || 1001 + r, ${repository('r % 5')}, 'Product ' || r, 'SOFTWARE', ${text(['Acme', 'Globex', 'Initech'], 'r % 3')}, 'site', ${instant(even('r', n.items))}, ${instant(even('r', n.items))} from ${each(n.items)}`,
    `insert into media_blob (id, digest, size, created_at, verified_at)
      select ${media('r')}, md5('${seed}.' || r) || md5(r || '.${seed}'), 1000000 + ${pick(9, 'r', 1_000_000_000)}, ${instant(even('r', n.releases))}, ${instant(even('r', n.releases))} from ${each(n.releases)}`,
    `insert into dml_item_version (id, number, item_id, label, state, source, claimed_digest, media_id, file_name, media_type, author_id, authorised_by_id, authorised_at, created_at, updated_at)
      select ${version('r')}, 'DMV-' || 1001 + r, ${item(`r % ${n.items}`)}, '1.' || r / ${n.items} || '.0', case when ${done} then 'AUTHORISED' else 'UPLOADED' end, 'https://build.bench.test/' || r,
        md5('${seed}.' || r) || md5(r || '.${seed}'), ${media('r')}, 'product-' || r || '.tar', 'application/x-tar', ${person(pick(10, 'r', n.people))}, case when ${done} then ${person(pick(11, 'r', n.people))} end,
        case when ${done} then ${instant(even('r', n.releases))} end, ${instant(even('r', n.releases))}, ${instant(even('r', n.releases))}
      from ${each(n.releases)}`,
    `insert into release (id, number, name, description, kind, packaging, state, owner_id, manager_id, back_out_plan, plan_start, planned_start, planned_end, accepted_by_id, accepted_at, version, created_at, updated_at)
      select ${release('r')}, 'REL-' || 1001 + r, 'Release of product ' || r % ${n.items} || ', 1.' || r / ${n.items} || '.0', 'Brings what its changes ask for.', ${text(['MINOR', 'PATCH', 'MAJOR'], pick(12, 'r', 3))}, 'PACKAGE',
        case when ${done} then ${text(['CLOSED', 'DEPLOYED', 'IN_REVIEW'], pick(13, 'r', 3))} else ${text(['DRAFT', 'PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED', 'SCHEDULED'], pick(13, 'r', 6))} end,
        ${person(pick(14, 'r', n.people))}, ${person(pick(15, 'r', n.people))}, 'Put the previous version back.', ${instant(even('r', n.releases))}, ${instant(`${even('r', n.releases)} + ${14 * DAY_MS}`)}, ${instant(`${even('r', n.releases)} + ${14 * DAY_MS + 7_200_000}`)},
        case when ${done} then ${person(pick(14, 'r', n.people))} end, case when ${done} then ${instant(`${even('r', n.releases)} + ${10 * DAY_MS}`)} end, 3, ${instant(even('r', n.releases))}, ${instant(`${even('r', n.releases)} + ${pick(16, 'r', 20)} * ${DAY_MS}::bigint`)}
      from ${releaseRows}`,
    `insert into release_planner (id, release_id, person_id, created_at) select ${id('release_planner', 'r', even('r', n.releases))}, ${release('r')}, ${person(pick(17, 'r', n.people))}, ${instant(even('r', n.releases))} from ${releaseRows}`,
    `insert into phase (id, release_id, name, release_state, position, created_at, updated_at)
      select ${phase('r * 4 + k')}, ${release('r')}, ${text(['Plan', 'Build', 'Test', 'Tell'], 'k')}, ${text(['PLANNING', 'BUILDING', 'TESTING', 'SCHEDULED'], 'k')}, k, ${instant(even('r', n.releases))}, ${instant(even('r', n.releases))}
      from ${releaseRows}, generate_series(0, 3) as k`,
    `insert into task (id, number, release_id, phase_id, position, name, description, kind, state, mandatory, assignee_role, assignee_id, planned_start, planned_end, actual_start, actual_end, evidence, version, created_at, updated_at)
      select ${task('r * 10 + k')}, 'TSK-' || 1001 + r * 10 + k, ${release('r')}, ${phase('r * 4 + k / 3')}, k % 3, ${text(['Agree scope', 'Assess risk', 'Plan back-out', 'Compile', 'Package', 'Sign', 'Install on test', 'Run tests', 'Accept', 'Tell users'], 'k')},
        'Step ' || k || ' of the plan.', case when k in (7, 8) then 'TEST' when k = 9 then 'COMMUNICATION' else 'MANUAL' end, case when ${done} then 'COMPLETED' when k < 3 then 'READY' else 'PLANNED' end, k % 2 = 0, 'TASK_ASSIGNEE',
        ${person(pick(18, 'r * 10 + k', n.people))}, ${instant(`${even('r', n.releases)} + k * ${DAY_MS}`)}, ${instant(`${even('r', n.releases)} + (k + 1) * ${DAY_MS}`)},
        case when ${done} then ${instant(`${even('r', n.releases)} + k * ${DAY_MS}`)} end, case when ${done} then ${instant(`${even('r', n.releases)} + k * ${DAY_MS} + 3600000`)} end, case when ${done} then 'Done, see log ' || r || '.' || k end,
        2, ${instant(even('r', n.releases))}, ${instant(`${even('r', n.releases)} + k * ${DAY_MS}`)}
      from ${releaseRows}, generate_series(0, 9) as k`,
    `insert into task_dependency (id, task_id, predecessor_id, created_at)
      select ${id('task_dependency', 'r * 10 + k', even('r', n.releases))}, ${task('r * 10 + k')}, ${task('r * 10 + k - 1')}, ${instant(even('r', n.releases))} from ${releaseRows}, generate_series(1, 9) as k`,
    `insert into change (id, number, title, description, type, risk, state, outcome, back_out_plan, requested_by_id, authorised_by_id, authorised_at, planned_start, planned_end, implemented_at, version, created_at, updated_at)
      select ${change('r * 3 + k')}, 'CHG-' || 1001 + r * 3 + k, 'Update product ' || r % ${n.items} || ' (' || k || ')', 'Asked for by its users.', 'NORMAL', ${text(['LOW', 'MEDIUM', 'HIGH'], pick(19, 'r * 3 + k', 3))},
        case when ${done} then 'CLOSED' else 'AUTHORISED' end, case when ${done} then 'SUCCESSFUL' end, 'As in the release.', ${person(pick(20, 'r * 3 + k', n.people))}, ${person(pick(21, 'r * 3 + k', n.people))}, ${instant(even('r', n.releases))},
        ${instant(`${even('r', n.releases)} + ${14 * DAY_MS}`)}, ${instant(`${even('r', n.releases)} + ${14 * DAY_MS + 7_200_000}`)}, case when ${done} then ${instant(`${even('r', n.releases)} + ${14 * DAY_MS + 3_600_000}`)} end,
        4, ${instant(even('r', n.releases))}, ${instant(even('r', n.releases))}
      from ${changeRows}`,
    `insert into release_change (id, release_id, change_id, live, added_by_id, created_at)
      select ${id('release_change', 'r * 3 + k', `${even('r', n.releases)} + k`)}, ${release('r')}, ${change('r * 3 + k')}, true, ${person(pick(15, 'r', n.people))}, ${instant(even('r', n.releases))} from ${changeRows}`,
    // Targets of a change are neighbours in the range of the product; the next generation moves on by one, so that most are updated again.
    `insert into change_ci (id, change_id, ci_id, role, created_at)
      select ${id('change_ci', '(r * 3 + k) * 512 + place', `${even('r', n.releases)} + k * 512 + place`)}, ${change('r * 3 + k')}, ${ci('number')}, 'TARGET', ${instant(even('r', n.releases))}
      from (select r, k, number, row_number() over (partition by r, k order by number) as place
        from (select r, k, ((r % ${n.items}) * 50 + case when ${large} and k = 0 then j else (k * ${SMALL_TARGETS} + j + r / ${n.items}) % 50 end) % ${n.cis} as number
          from ${changeRows}, generate_series(0, case when ${large} and k = 0 then ${LARGE_TARGETS - 1} else ${SMALL_TARGETS - 1} end) as j) numbered) placed`,
    `insert into change_ci (id, change_id, ci_id, role, created_at)
      select ${id('change_ci', '(r * 3 + k) * 512', `${even('r', n.releases)} + k * 512`)}, ${change('r * 3 + k')}, ${ci(pick(22, 'r * 3 + k', n.cis))}, 'SOURCE', ${instant(even('r', n.releases))} from ${changeRows}`,
    `insert into release_ci (id, release_id, ci_id, role, via_change_id, added_by_id, created_at)
      select (substr(c.id::text, 1, 15) || '${KINDS.indexOf('release_ci').toString(16).padStart(3, '0')}' || substr(c.id::text, 19))::uuid, m.release_id, c.ci_id, c.role, c.change_id, m.added_by_id, c.created_at
      from change_ci c join release_change m on m.change_id = c.change_id`,
    `insert into release_content (id, release_id, dml_item_version_id, baseline_digest, baselined_at, added_by_id, created_at)
      select ${id('release_content', 'r', even('r', n.releases))}, ${release('r')}, ${version('r')}, case when ${done} then md5('${seed}.' || r) || md5(r || '.${seed}') end, case when ${done} then ${instant(even('r', n.releases))} end, ${person(pick(15, 'r', n.people))}, ${instant(even('r', n.releases))}
      from ${releaseRows}`,
    `insert into distribution (id, number, release_id, deployment_tool_id, name, operation, state, scheduled_start, scheduled_end, planned_by_id, attempt, percent, started_at, ended_at, version, created_at, updated_at)
      select ${distribution('r')}, 'DST-' || 1001 + r, ${release('r')}, ${tool('r % 4')}, 'Roll out product ' || r % ${n.items}, 'INSTALL', 'SUCCEEDED', ${instant(`${even('r', n.releases)} + ${14 * DAY_MS}`)}, ${instant(`${even('r', n.releases)} + ${14 * DAY_MS + 7_200_000}`)},
        ${person(pick(23, 'r', n.people))}, 1, 100, ${instant(`${even('r', n.releases)} + ${14 * DAY_MS}`)}, ${instant(`${even('r', n.releases)} + ${14 * DAY_MS + 3_600_000}`)}, 5, ${instant(even('r', n.releases))}, ${instant(`${even('r', n.releases)} + ${14 * DAY_MS + 3_600_000}`)}
      from ${releaseRows} where ${done}`,
    `insert into distribution_content (id, distribution_id, dml_item_version_id, digest)
      select ${id('distribution_content', 'r', even('r', n.releases))}, ${distribution('r')}, ${version('r')}, md5('${seed}.' || r) || md5(r || '.${seed}') from ${releaseRows} where ${done}`,
    `insert into distribution_run (id, distribution_id, attempt, key, fingerprint, request, state, native_status, deadline, submit_calls, submitted_at, finished_at, created_at, updated_at)
      select ${run('r')}, ${distribution('r')}, 1, 'key-' || r, md5('run' || r), '{}', 'FINISHED', 'OK', ${instant(`${even('r', n.releases)} + ${15 * DAY_MS}`)}, 1, ${instant(`${even('r', n.releases)} + ${14 * DAY_MS}`)}, ${instant(`${even('r', n.releases)} + ${14 * DAY_MS + 3_600_000}`)},
        ${instant(`${even('r', n.releases)} + ${14 * DAY_MS}`)}, ${instant(`${even('r', n.releases)} + ${14 * DAY_MS + 3_600_000}`)}
      from ${releaseRows} where ${done}`,
    `insert into target_execution (id, distribution_id, ci_id, state, attempt, native_status, percent, step, reason_code, reason_message, retryable, observed_at, started_at, ended_at, version, created_at, updated_at)
      select ${execution('r * 1024 + place')}, ${distribution('r')}, ${ci('number')}, case when failed then 'FAILED' else 'SUCCEEDED' end, 1, case when failed then 'ERR' else 'OK' end, case when failed then 40 else 100 end, 'install',
        case when failed then 'DISK_FULL' end, case when failed then 'No space left on /var.' end, case when failed then true end, at, at, at, 4, ${instant(even('r', n.releases))}, at
      from (select r, number, row_number() over (partition by r order by number) as place, ${pick(24, 'r * 1024 + number', 40)} = 0 as failed, ${instant(`${even('r', n.releases)} + ${14 * DAY_MS} + number % 3600 * 1000`)} as at
        from (select distinct r, ((r % ${n.items}) * 50 + case when ${large} and k = 0 then j else (k * ${SMALL_TARGETS} + j + r / ${n.items}) % 50 end) % ${n.cis} as number
          from ${changeRows}, generate_series(0, case when ${large} and k = 0 then ${LARGE_TARGETS - 1} else ${SMALL_TARGETS - 1} end) as j where ${done}) numbered) placed`,
    `insert into target_report (id, target_execution_id, run_id, attempt, state, native_status, reported_at, dedupe_key, effect, payload, created_at)
      select (substr(e.id::text, 1, 15) || '${KINDS.indexOf('target_report').toString(16).padStart(3, '0')}' || substr(e.id::text, 19))::uuid, e.id, u.id, 1, e.state, e.native_status, e.observed_at, e.state, 'APPLIED', '{}', e.observed_at
      from target_execution e join distribution_run u on u.distribution_id = e.distribution_id`,
    `insert into installation (id, ci_id, dml_item_id, dml_item_version_id, digest, assurance, valid_from, valid_to, previous_id, release_id, distribution_id, target_execution_id, created_at, updated_at)
      select id, ci_id, item_id, version_id, digest, 'VERIFIED', at, lead(at) over chain, lag(id) over chain, release_id, distribution_id, execution_id, at, at
      from (select (substr(e.id::text, 1, 15) || '${KINDS.indexOf('installation').toString(16).padStart(3, '0')}' || substr(e.id::text, 19))::uuid as id, e.ci_id, v.item_id, v.id as version_id, c.digest, e.observed_at as at, d.release_id, d.id as distribution_id, e.id as execution_id
        from target_execution e join distribution d on d.id = e.distribution_id join distribution_content c on c.distribution_id = d.id join dml_item_version v on v.id = c.dml_item_version_id
        where e.state = 'SUCCEEDED') installed
      window chain as (partition by ci_id, item_id order by at, id)`,
    `insert into schedule_entry (id, kind, title, starts_at, ends_at, release_id, live, created_at, updated_at)
      select ${id('schedule_entry', 'r', even('r', n.releases))}, 'RELEASE', 'Release ' || r, ${instant(`${even('r', n.releases)} + ${14 * DAY_MS}`)}, ${instant(`${even('r', n.releases)} + ${14 * DAY_MS + 7_200_000}`)}, ${release('r')}, true, ${instant(even('r', n.releases))}, ${instant(even('r', n.releases))}
      from ${releaseRows} where ${done}`,
    `insert into domain_event (id, position, sequence, type, aggregate_type, aggregate_id, aggregate_version, topics, at, actor_id, actor_name, request_id, payload)
      select id, row_number() over (order by at, id), row_number() over (order by at, id), type, aggregate_type, aggregate_id, aggregate_version, array[aggregate_id], at, actor_id, 'Bench', 'bench', payload
      from (select ${id('domain_event', 'r', ciMs('r'))} as id, 'configuration-item.registered' as type, 'ConfigurationItem' as aggregate_type, ${ci('r')} as aggregate_id, 1 as aggregate_version, ${instant(ciMs('r'))} as at,
          ${person('0')} as actor_id, jsonb_build_object('subject', jsonb_build_object('number', 'CI-' || 1001 + r, 'name', null, 'state', 'DISCOVERED')) as payload from ${each(n.cis)}
        union all
        select ${id('domain_event', `${n.cis} + r * 10 + k`, `${even('r', n.releases)} + k`)}, 'release.updated', 'Release', ${release('r')}, k + 1, ${instant(`${even('r', n.releases)} + k * ${DAY_MS}`)}, ${person(pick(15, 'r', n.people))},
          jsonb_build_object('subject', jsonb_build_object('number', 'REL-' || 1001 + r, 'name', 'Release of product', 'state', 'PLANNING')) from ${releaseRows}, generate_series(0, 9) as k) happened`,
    `select setval('domain_event_sequence_seq', (select max(sequence) from domain_event))`,
    ...[
      'release',
      'change',
      'task',
      'configuration_item',
      'distribution',
      'dml_repository',
      'dml_item',
      'dml_item_version',
    ].map(
      (table) =>
        `select setval('${table}_number_seq', (select max(substr(number, position('-' in number) + 1)::int) from ${table}))`,
    ),
  ];
}

/**
 * Fills a migrated, empty database.
 * @param client a connection; where it belongs to a superuser foreign keys are not checked row by row (they hold by construction).
 * @param seed makes another data set of the same shape.
 */
export async function fill(client: pg.ClientBase, size: Size, seed: number): Promise<void> {
  await client.query('set synchronous_commit = off');
  await client.query('set timezone = utc');
  await client.query('set session_replication_role = replica').catch(() => undefined);
  for (const statement of statements(SIZES[size], seed)) {
    try {
      await client.query(statement);
    } catch (error) {
      throw new Error(`The data set could not be made: ${(error as Error).message}\n${statement.slice(0, 200)}`, {
        cause: error,
      });
    }
  }
  await client.query('reset session_replication_role').catch(() => undefined);
  await client.query('vacuum (analyze)');
}

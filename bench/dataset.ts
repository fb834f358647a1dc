import type pg from 'pg';

/** Sizes of the generated data set, as the number of its configuration items. Everything else grows with it. */
export const SIZES = { '1k': 1_000, '10k': 10_000, '100k': 100_000 } as const;

/** One of {@link SIZES}. */
export type Size = keyof typeof SIZES;

/** Version of the shape of the data. A kept database of another version is not used. */
export const DATASET_VERSION = 2;

/** Number of targets of the largest distributions. One distribution in ten has this size. */
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

/**
 * Number of rows in the main tables for a size. Releases come in generations: each delivers the next version of its
 * item.
 */
export function counts(cis: number) {
  const items = cis / 50;
  return { cis, items, people: Math.max(20, cis / 100), teams: cis / 250, releases: items * GENERATIONS };
}

const TASKS = [
  'Agree scope',
  'Assess risk',
  'Plan back-out',
  'Compile',
  'Package',
  'Sign',
  'Install on test',
  'Run tests',
  'Accept',
  'Tell users',
];

/** Tables whose rows have a number from a sequence. */
const NUMBERED = [
  'release',
  'change',
  'task',
  'configuration_item',
  'distribution',
  'dml_repository',
  'dml_item',
  'dml_item_version',
] as const;

/** Days in milliseconds. */
const days = (count: number) => count * DAY_MS;
const HOUR_MS = 3_600_000;

/** A value of a list, chosen by an SQL expression that counts from 0. */
const text = (values: readonly string[], at: string) => `(array[${values.map((v) => `'${v}'`).join()}])[1 + ${at}]`;

/** The 12 bits of a UUID that hold the kind of a row, as SQL text. */
const kindBits = (kind: Kind) => KINDS.indexOf(kind).toString(16).padStart(3, '0');

/** A statement that fills a table: each column with its SQL expression. */
const insert = (table: string, columns: Readonly<Record<string, string>>, from: string) =>
  `insert into ${table} (${Object.keys(columns).join(', ')})
    select ${Object.values(columns).join(',\n      ')}
    from ${from}`;

/**
 * The statements that fill an empty database. The database computes everything from row numbers and a seed: two
 * databases of the same size and seed are identical to the last byte, except for the token of the bench person.
 */
function statements(cis: number, seed: number): string[] {
  const n = counts(cis);
  // A UUIDv7 with the time of its row, so that ids sort by age as in a database that has grown.
  const id = (kind: Kind, row: string, ms: string) => {
    const k = KINDS.indexOf(kind);
    const time = `lpad(to_hex(${ms}), 12, '0')`;
    const random = `substr(md5('${seed}.${k}.' || (${row})), 1, 15)`;
    return `(${time} || '7' || lpad(to_hex(${k}), 3, '0') || '8' || ${random})::uuid`;
  };
  // The id of another row with its kind changed, for rows that exist once for each of those.
  const idLike = (other: string, kind: Kind) =>
    `(substr(${other}::text, 1, 15) || '${kindBits(kind)}' || substr(${other}::text, 19))::uuid`;
  const even = (row: string, of: number) => `(${FIRST_DAY} + (${row})::bigint * ${Math.floor(days(DAYS) / of)})`;
  const pick = (salt: number, row: string, of: number | string) =>
    `(abs(hashint8extended((${row})::bigint, ${seed + salt}) % (${of})))::int`;
  const instant = (ms: string) => `to_timestamp((${ms}) / 1000.0)`;
  const when = (condition: string, value: string, otherwise?: string) =>
    `case when ${condition} then ${value}${otherwise === undefined ? '' : ` else ${otherwise}`} end`;

  const person = (row: string) => id('person', row, `${FIRST_DAY}`);
  const team = (row: string) => id('team', row, `${FIRST_DAY}`);
  const tool = (row: string) => id('deployment_tool', row, `${FIRST_DAY}`);
  const repository = (row: string) => id('dml_repository', row, `${FIRST_DAY}`);
  // The records of the items are half a year older than the first release.
  const ciMs = (row: string) => `(${FIRST_DAY - days(180)} + (${row})::bigint * 100)`;
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
  const anybody = (salt: number, row: string) => person(pick(salt, row, n.people));

  const each = (last: number) => `generate_series(0, ${last - 1}) as r`;
  // Release r delivers version r / items of item r % items. Its changes are 3r, 3r + 1 and 3r + 2: one, two or three of
  // them.
  const releaseRows = each(n.releases);
  const changeRows = `${releaseRows}, generate_series(0, r % 3) as k`;
  const large = `(r % ${n.items}) % 10 = 0`;
  const isDone = `r < ${Math.floor(n.releases * 0.8)}`;
  const ifDone = (value: string, otherwise?: string) => when(isDone, value, otherwise);
  const doneRows = `${releaseRows} where ${isDone}`;
  // The targets of a change are neighbours in the range of its product. The next generation moves on by one, so that
  // most of them are updated again.
  const targetNumber = `((r % ${n.items}) * 50 + ${when(
    `${large} and k = 0`,
    'j',
    `(k * ${SMALL_TARGETS} + j + r / ${n.items}) % 50`,
  )}) % ${n.cis} as number`;
  const lastTarget = when(`${large} and k = 0`, `${LARGE_TARGETS - 1}`, `${SMALL_TARGETS - 1}`);
  const targetRows = `${changeRows}, generate_series(0, ${lastTarget}) as j`;

  const start = instant(`${FIRST_DAY}`);
  const beginMs = even('r', n.releases);
  const begin = instant(beginMs);
  const after = (ms: number | string) => instant(`${beginMs} + ${ms}`);
  const rollOut = after(days(14));
  const rollOutDone = after(days(14) + HOUR_MS);
  const rollOutEnd = after(days(14) + 2 * HOUR_MS);
  const digest = `md5('${seed}.' || r) || md5(r || '.${seed}')`;

  return [
    insert(
      'team',
      {
        id: team('r'),
        name: `'Team ' || lpad(r::text, 4, '0')`,
        description: `'Looks after its services.'`,
        created_at: start,
        updated_at: start,
      },
      each(n.teams),
    ),
    insert(
      'person',
      {
        id: person('r'),
        name: `${text(['Ada', 'Ben', 'Chloé', 'Dmitri', 'Eve', 'Farid', 'Grace', 'Hana'], 'r % 8')}
          || ' ' || lpad(r::text, 4, '0')`,
        email: `'person' || r || '@bench.test'`,
        roles: `case r % 4
          when 0 then array['RELEASE_MANAGER','RELEASE_OWNER']
          when 1 then array['CHANGE_MANAGER']
          when 2 then array['DEPLOYMENT_OPERATOR']
          else array['TASK_ASSIGNEE'] end`,
        created_at: start,
        updated_at: start,
      },
      each(n.people),
    ),
    insert(
      'team_member',
      {
        id: id('team_member', 'r', `${FIRST_DAY}`),
        team_id: team(`r % ${n.teams}`),
        person_id: person('r'),
        created_at: start,
      },
      each(n.people),
    ),
    insert(
      'deployment_tool',
      {
        id: tool('r'),
        name: `'tool-' || r`,
        adapter_id: `'simulator'`,
        title: `'Deployment tool ' || r`,
        state: `'READY'`,
        created_at: start,
        updated_at: start,
      },
      each(4),
    ),
    insert(
      'configuration_item',
      {
        id: ci('r'),
        number: `'CI-' || 1001 + r`,
        name: `${text(['srv', 'app', 'dsk', 'net', 'db'], 'r % 5')}
          || '-' || lpad((${pick(1, 'r', 1_000_000)})::text, 6, '0') || '-' || r`,
        description: `'Item ' || r || ' of the bench.'`,
        ci_class: text(['SERVER', 'APPLICATION', 'DESKTOP', 'NETWORK_DEVICE', 'DATABASE'], 'r % 5'),
        criticality: text(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'], pick(2, 'r', 4)),
        state: when(`${pick(3, 'r', 10)} = 0`, `'DISCOVERED'`, `'AUTHORISED'`),
        lifecycle_state: text(['PRODUCTION', 'TEST', 'BUILD'], pick(4, 'r', 3)),
        owner_team_id: team(pick(5, 'r', n.teams)),
        attributes: `jsonb_build_object(
          'os', ${text(['debian', 'rhel', 'windows'], pick(6, 'r', 3))},
          'rack', r % 40,
          'memoryGb', 8 * (1 + r % 16))`,
        bindings: `'{}'`,
        external_source: when('r % 2 = 0', `'discovery'`),
        external_key: when('r % 2 = 0', `'host-' || r`),
        version: '1 + r % 3',
        created_at: instant(ciMs('r')),
        updated_at: instant(`${ciMs('r')} + ${pick(7, 'r', 400)} * ${DAY_MS}::bigint`),
      },
      each(n.cis),
    ),
    insert(
      'ci_relation',
      {
        id: id('ci_relation', 'r', ciMs('r / 2')),
        source_id: ci('r / 2'),
        kind: `case r % 2 when 0 then 'DEPENDS_ON' else 'RUNS_ON' end`,
        target_id: ci(`(r / 2 + 1 + ${pick(8, 'r', n.cis - 1)}) % ${n.cis}`),
        created_at: instant(ciMs('r / 2')),
      },
      each(n.cis * 2),
    ),
    insert(
      'dml_repository',
      {
        id: repository('r'),
        number: `'DMR-' || 1001 + r`,
        name: `'Repository ' || r`,
        location: `'/dml/' || r`,
        created_at: start,
        updated_at: start,
      },
      each(5),
    ),
    insert(
      'dml_item',
      {
        id: item('r'),
        number: `'DML-' || 1001 + r`,
        repository_id: repository('r % 5'),
        name: `'Product ' || r`,
        kind: `'SOFTWARE'`,
        vendor: text(['Acme', 'Globex', 'Initech'], 'r % 3'),
        licence: `'site'`,
        created_at: instant(even('r', n.items)),
        updated_at: instant(even('r', n.items)),
      },
      each(n.items),
    ),
    insert(
      'media_blob',
      {
        id: media('r'),
        digest,
        size: `1000000 + ${pick(9, 'r', 1_000_000_000)}`,
        created_at: begin,
        verified_at: begin,
      },
      releaseRows,
    ),
    insert(
      'dml_item_version',
      {
        id: version('r'),
        number: `'DMV-' || 1001 + r`,
        item_id: item(`r % ${n.items}`),
        label: `'1.' || r / ${n.items} || '.0'`,
        state: ifDone(`'AUTHORISED'`, `'UPLOADED'`),
        source: `'https://build.bench.test/' || r`,
        claimed_digest: digest,
        media_id: media('r'),
        file_name: `'product-' || r || '.tar'`,
        media_type: `'application/x-tar'`,
        author_id: anybody(10, 'r'),
        authorised_by_id: ifDone(anybody(11, 'r')),
        authorised_at: ifDone(begin),
        created_at: begin,
        updated_at: begin,
      },
      releaseRows,
    ),
    insert(
      'release',
      {
        id: release('r'),
        number: `'REL-' || 1001 + r`,
        name: `'Release of product ' || r % ${n.items} || ', 1.' || r / ${n.items} || '.0'`,
        description: `'Brings what its changes ask for.'`,
        kind: text(['MINOR', 'PATCH', 'MAJOR'], pick(12, 'r', 3)),
        packaging: `'PACKAGE'`,
        state: ifDone(
          text(['CLOSED', 'DEPLOYED', 'IN_REVIEW'], pick(13, 'r', 3)),
          text(['DRAFT', 'PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED', 'SCHEDULED'], pick(13, 'r', 6)),
        ),
        owner_id: anybody(14, 'r'),
        manager_id: anybody(15, 'r'),
        back_out_plan: `'Put the previous version back.'`,
        plan_start: begin,
        planned_start: rollOut,
        planned_end: rollOutEnd,
        accepted_by_id: ifDone(anybody(14, 'r')),
        accepted_at: ifDone(after(days(10))),
        version: '3',
        created_at: begin,
        updated_at: after(`${pick(16, 'r', 20)} * ${DAY_MS}::bigint`),
      },
      releaseRows,
    ),
    insert(
      'release_planner',
      {
        id: id('release_planner', 'r', beginMs),
        release_id: release('r'),
        person_id: anybody(17, 'r'),
        created_at: begin,
      },
      releaseRows,
    ),
    insert(
      'phase',
      {
        id: phase('r * 4 + k'),
        release_id: release('r'),
        name: text(['Plan', 'Build', 'Test', 'Tell'], 'k'),
        release_state: text(['PLANNING', 'BUILDING', 'TESTING', 'SCHEDULED'], 'k'),
        position: 'k',
        created_at: begin,
        updated_at: begin,
      },
      `${releaseRows}, generate_series(0, 3) as k`,
    ),
    insert(
      'task',
      {
        id: task('r * 10 + k'),
        number: `'TSK-' || 1001 + r * 10 + k`,
        release_id: release('r'),
        phase_id: phase('r * 4 + k / 3'),
        position: 'k % 3',
        name: text(TASKS, 'k'),
        description: `'Step ' || k || ' of the plan.'`,
        kind: `case when k in (7, 8) then 'TEST' when k = 9 then 'COMMUNICATION' else 'MANUAL' end`,
        state: `case when ${isDone} then 'COMPLETED' when k < 3 then 'READY' else 'PLANNED' end`,
        mandatory: 'k % 2 = 0',
        assignee_role: `'TASK_ASSIGNEE'`,
        assignee_id: anybody(18, 'r * 10 + k'),
        planned_start: after(`k * ${DAY_MS}`),
        planned_end: after(`(k + 1) * ${DAY_MS}`),
        actual_start: ifDone(after(`k * ${DAY_MS}`)),
        actual_end: ifDone(after(`k * ${DAY_MS} + ${HOUR_MS}`)),
        evidence: ifDone(`'Done, see log ' || r || '.' || k`),
        version: '2',
        created_at: begin,
        updated_at: after(`k * ${DAY_MS}`),
      },
      `${releaseRows}, generate_series(0, 9) as k`,
    ),
    insert(
      'task_dependency',
      {
        id: id('task_dependency', 'r * 10 + k', beginMs),
        task_id: task('r * 10 + k'),
        predecessor_id: task('r * 10 + k - 1'),
        created_at: begin,
      },
      `${releaseRows}, generate_series(1, 9) as k`,
    ),
    insert(
      'change',
      {
        id: change('r * 3 + k'),
        number: `'CHG-' || 1001 + r * 3 + k`,
        title: `'Update product ' || r % ${n.items} || ' (' || k || ')'`,
        description: `'Asked for by its users.'`,
        type: `'NORMAL'`,
        risk: text(['LOW', 'MEDIUM', 'HIGH'], pick(19, 'r * 3 + k', 3)),
        state: ifDone(`'CLOSED'`, `'AUTHORISED'`),
        outcome: ifDone(`'SUCCESSFUL'`),
        back_out_plan: `'As in the release.'`,
        requested_by_id: anybody(20, 'r * 3 + k'),
        authorised_by_id: anybody(21, 'r * 3 + k'),
        authorised_at: begin,
        planned_start: rollOut,
        planned_end: rollOutEnd,
        implemented_at: ifDone(rollOutDone),
        version: '4',
        created_at: begin,
        updated_at: begin,
      },
      changeRows,
    ),
    insert(
      'release_change',
      {
        id: id('release_change', 'r * 3 + k', `${beginMs} + k`),
        release_id: release('r'),
        change_id: change('r * 3 + k'),
        live: 'true',
        added_by_id: anybody(15, 'r'),
        created_at: begin,
      },
      changeRows,
    ),
    insert(
      'change_ci',
      {
        id: id('change_ci', '(r * 3 + k) * 512 + place', `${beginMs} + k * 512 + place`),
        change_id: change('r * 3 + k'),
        ci_id: ci('number'),
        role: `'TARGET'`,
        created_at: begin,
      },
      `(select r, k, number, row_number() over (partition by r, k order by number) as place
        from (select r, k, ${targetNumber}
          from ${targetRows}) numbered) placed`,
    ),
    insert(
      'change_ci',
      {
        id: id('change_ci', '(r * 3 + k) * 512', `${beginMs} + k * 512`),
        change_id: change('r * 3 + k'),
        ci_id: ci(pick(22, 'r * 3 + k', n.cis)),
        role: `'SOURCE'`,
        created_at: begin,
      },
      changeRows,
    ),
    insert(
      'release_ci',
      {
        id: idLike('c.id', 'release_ci'),
        release_id: 'm.release_id',
        ci_id: 'c.ci_id',
        role: 'c.role',
        via_change_id: 'c.change_id',
        added_by_id: 'm.added_by_id',
        created_at: 'c.created_at',
      },
      'change_ci c join release_change m on m.change_id = c.change_id',
    ),
    insert(
      'release_content',
      {
        id: id('release_content', 'r', beginMs),
        release_id: release('r'),
        dml_item_version_id: version('r'),
        baseline_digest: ifDone(digest),
        baselined_at: ifDone(begin),
        added_by_id: anybody(15, 'r'),
        created_at: begin,
      },
      releaseRows,
    ),
    insert(
      'distribution',
      {
        id: distribution('r'),
        number: `'DST-' || 1001 + r`,
        release_id: release('r'),
        deployment_tool_id: tool('r % 4'),
        name: `'Roll out product ' || r % ${n.items}`,
        operation: `'INSTALL'`,
        state: `'SUCCEEDED'`,
        scheduled_start: rollOut,
        scheduled_end: rollOutEnd,
        planned_by_id: anybody(23, 'r'),
        attempt: '1',
        percent: '100',
        started_at: rollOut,
        ended_at: rollOutDone,
        version: '5',
        created_at: begin,
        updated_at: rollOutDone,
      },
      doneRows,
    ),
    insert(
      'distribution_content',
      {
        id: id('distribution_content', 'r', beginMs),
        distribution_id: distribution('r'),
        dml_item_version_id: version('r'),
        digest,
      },
      doneRows,
    ),
    insert(
      'distribution_run',
      {
        id: run('r'),
        distribution_id: distribution('r'),
        attempt: '1',
        key: `'key-' || r`,
        fingerprint: `md5('run' || r)`,
        request: `'{}'`,
        state: `'FINISHED'`,
        native_status: `'OK'`,
        deadline: after(days(15)),
        submit_calls: '1',
        submitted_at: rollOut,
        finished_at: rollOutDone,
        created_at: rollOut,
        updated_at: rollOutDone,
      },
      doneRows,
    ),
    insert(
      'target_execution',
      {
        id: execution('r * 1024 + place'),
        distribution_id: distribution('r'),
        ci_id: ci('number'),
        state: when('failed', `'FAILED'`, `'SUCCEEDED'`),
        attempt: '1',
        native_status: when('failed', `'ERR'`, `'OK'`),
        percent: when('failed', '40', '100'),
        step: `'install'`,
        reason_code: when('failed', `'DISK_FULL'`),
        reason_message: when('failed', `'No space left on /var.'`),
        retryable: when('failed', 'true'),
        observed_at: 'at',
        started_at: 'at',
        ended_at: 'at',
        version: '4',
        created_at: begin,
        updated_at: 'at',
      },
      `(select r, number, row_number() over (partition by r order by number) as place,
          ${pick(24, 'r * 1024 + number', 40)} = 0 as failed,
          ${after(`${days(14)} + number % 3600 * 1000`)} as at
        from (select distinct r, ${targetNumber}
          from ${targetRows}
          where ${isDone}) numbered) placed`,
    ),
    insert(
      'target_report',
      {
        id: idLike('e.id', 'target_report'),
        target_execution_id: 'e.id',
        run_id: 'u.id',
        attempt: '1',
        state: 'e.state',
        native_status: 'e.native_status',
        reported_at: 'e.observed_at',
        dedupe_key: 'e.state',
        effect: `'APPLIED'`,
        payload: `'{}'`,
        created_at: 'e.observed_at',
      },
      'target_execution e join distribution_run u on u.distribution_id = e.distribution_id',
    ),
    insert(
      'installation',
      {
        id: 'id',
        ci_id: 'ci_id',
        dml_item_id: 'item_id',
        dml_item_version_id: 'version_id',
        digest: 'digest',
        assurance: `'VERIFIED'`,
        valid_from: 'at',
        valid_to: 'lead(at) over chain',
        previous_id: 'lag(id) over chain',
        release_id: 'release_id',
        distribution_id: 'distribution_id',
        target_execution_id: 'execution_id',
        created_at: 'at',
        updated_at: 'at',
      },
      `(select ${idLike('e.id', 'installation')} as id,
          e.ci_id, v.item_id, v.id as version_id, c.digest, e.observed_at as at,
          d.release_id, d.id as distribution_id, e.id as execution_id
        from target_execution e
        join distribution d on d.id = e.distribution_id
        join distribution_content c on c.distribution_id = d.id
        join dml_item_version v on v.id = c.dml_item_version_id
        where e.state = 'SUCCEEDED') installed
      window chain as (partition by ci_id, item_id order by at, id)`,
    ),
    insert(
      'schedule_entry',
      {
        id: id('schedule_entry', 'r', beginMs),
        kind: `'RELEASE'`,
        title: `'Release ' || r`,
        starts_at: rollOut,
        ends_at: rollOutEnd,
        release_id: release('r'),
        live: 'true',
        created_at: begin,
        updated_at: begin,
      },
      doneRows,
    ),
    insert(
      'domain_event',
      {
        id: 'id',
        position: 'row_number() over (order by at, id)',
        sequence: 'row_number() over (order by at, id)',
        type: 'type',
        aggregate_type: 'aggregate_type',
        aggregate_id: 'aggregate_id',
        aggregate_version: 'aggregate_version',
        topics: 'array[aggregate_id]',
        at: 'at',
        actor_id: 'actor_id',
        actor_name: `'Bench'`,
        request_id: `'bench'`,
        payload: 'payload',
      },
      `(select ${id('domain_event', 'r', ciMs('r'))} as id,
          'configuration-item.registered' as type,
          'ConfigurationItem' as aggregate_type,
          ${ci('r')} as aggregate_id,
          1 as aggregate_version,
          ${instant(ciMs('r'))} as at,
          ${person('0')} as actor_id,
          jsonb_build_object('subject', jsonb_build_object(
            'number', 'CI-' || 1001 + r, 'name', null, 'state', 'DISCOVERED')) as payload
        from ${each(n.cis)}
        union all
        select ${id('domain_event', `${n.cis} + r * 10 + k`, `${beginMs} + k`)},
          'release.updated',
          'Release',
          ${release('r')},
          k + 1,
          ${after(`k * ${DAY_MS}`)},
          ${anybody(15, 'r')},
          jsonb_build_object('subject', jsonb_build_object(
            'number', 'REL-' || 1001 + r, 'name', 'Release of product', 'state', 'PLANNING'))
        from ${releaseRows}, generate_series(0, 9) as k) happened`,
    ),
    `select setval('domain_event_sequence_seq', (select max(sequence) from domain_event))`,
    ...NUMBERED.map(
      (table) =>
        `select setval('${table}_number_seq',
          (select max(substr(number, position('-' in number) + 1)::int) from ${table}))`,
    ),
  ];
}

/**
 * Fills a migrated, empty database.
 * @param client a connection. With a superuser, foreign keys are not checked row by row; they hold by construction.
 * @param seed another seed gives another data set of the same shape.
 */
export async function fill(client: pg.ClientBase, size: Size, seed: number): Promise<void> {
  await client.query('set synchronous_commit = off');
  await client.query('set timezone = utc');
  await client.query('set session_replication_role = replica').catch(() => undefined);
  for (const statement of statements(SIZES[size], seed)) {
    try {
      await client.query(statement);
    } catch (error) {
      throw new Error(`Cannot create the data set: ${(error as Error).message}\n${statement.slice(0, 200)}`, {
        cause: error,
      });
    }
  }
  await client.query('reset session_replication_role').catch(() => undefined);
  await client.query('vacuum (analyze)');
}

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getOperationAST, getVariableValues, parse } from 'graphql';
import pg from 'pg';
import { fill, SIZES, type Size } from '../../bench/dataset.js';
import type { Operation } from '../../bench/operation.js';
import { operation as releasesTasks } from '../../bench/operations/01-releases-tasks.js';
import { operation as releasesInDepth } from '../../bench/operations/02-releases-changes-cis.js';
import { operation as releaseInFull } from '../../bench/operations/03-release-in-full.js';
import { operation as ciTrace } from '../../bench/operations/04-ci-trace.js';
import { operation as distributionTargets } from '../../bench/operations/05-distribution-targets.js';
import { operation as cisFiltered } from '../../bench/operations/06-cis-filtered.js';
import { operation as ciById } from '../../bench/operations/07-ci-by-id.js';
import { schema } from '../../src/app.js';
import { compile, type CompiledStatement } from '../../src/database/compile.js';
import { snakeCase } from '../../src/database/expressions.js';
import type { Queryable } from '../../src/database/queryable.js';
import { isProtectedState, LIFECYCLE_STATES } from '../../src/domain/cmdb/configuration-item.machine.js';
import { toNodeId } from '../../src/domain/node-id.js';
import { logStatement } from '../../src/events/log.js';
import { ciTouches } from '../../src/reads/cmdb/ci-touch.reads.js';
import { eventRead } from '../../src/reads/event.reads.js';
import { configurationItemRead } from '../../src/reads/cmdb/configuration-item.reads.js';
import { changeRead } from '../../src/reads/change/change.reads.js';
import { distributionRead } from '../../src/reads/distribution/distribution.reads.js';
import { entriesOfCi, entriesOfRelease } from '../../src/reads/schedule/schedule-entry.reads.js';
import { releaseRead } from '../../src/reads/release/release.reads.js';
import { suspectedDuplicateRead } from '../../src/reads/cmdb/suspected-duplicate.reads.js';
import { duplicatePairs } from '../../src/facts/cmdb/suspected-duplicate.facts.js';
import { driftRead } from '../../src/reads/cmdb/drift.reads.js';
import { recordedItems } from '../../src/facts/cmdb/recorded-item.facts.js';
import { compareItems } from '../../src/services/cmdb/drift-compare.service.js';
import { compareStale, markOverdue } from '../../src/services/cmdb/drift-sweep.service.js';
import { identifyObserved } from '../../src/services/cmdb/identify-observed.js';
import { wellFormed } from '../../src/services/cmdb/observation-input.js';
import type { UnitOfWork } from '../../src/services/unit-of-work.js';
import { taskRead } from '../../src/reads/release/task.reads.js';
import { Reads } from '../../src/reads/reads.js';
import { StatementCache } from '../../src/reads/single-statement/statement-cache.js';
import type { Context } from '../../src/resolvers/context.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import type { Actor } from '../../src/domain/actor.js';

// The statements of the benchmark's operations on its own data set, with the statistics that it gives: which indexes
// PostgreSQL uses for them. INTERLOCK_TEST_INDEX_SIZE=100k does it at full size; that takes a minute more.
const SIZE = (process.env['INTERLOCK_TEST_INDEX_SIZE'] ?? '10k') as Size;
const actor: Actor = { id: '00000000-0000-7000-8000-000000000001', name: 'Audrey', roles: ['AUDITOR'], via: 'token' };

type Read = Parameters<Reads['page']>[0];

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await fill(client, SIZE, 1);
}, 240_000);
afterAll(async () => {
  await client.end();
  await database.drop();
});

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** What a statement reads: the indexes by name, and the tables that it reads from end to end. */
async function plan(sql: string, values: readonly unknown[], mode: 'force_generic_plan' | 'force_custom_plan') {
  await client.query(`set plan_cache_mode = ${mode}`);
  await client.query('set random_page_cost = 1.1'); // as the read side's pool has it
  await client.query('deallocate all');
  await client.query(`prepare asked as ${sql}`);
  const given = values
    .map((value) => (typeof value === 'number' ? String(value) : pg.escapeLiteral(String(value))))
    .join(', ');
  const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    `explain (format json) execute asked${values.length > 0 ? `(${given})` : ''}`,
  );
  const indexes = new Set<string>();
  const whole = new Set<string>();
  const walk = (node: PlanNode): void => {
    if (node['Index Name'] !== undefined) indexes.add(node['Index Name']);
    if (node['Node Type'] === 'Seq Scan' && node['Relation Name'] !== undefined) whole.add(node['Relation Name']);
    for (const inner of node.Plans ?? []) walk(inner);
  };
  walk((rows[0] as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN'][0].Plan);
  return { indexes: [...indexes].sort(), whole: [...whole].sort() };
}

async function statementOf({ interlock, parameters }: Operation) {
  const document = parse(interlock.document);
  const operation = getOperationAST(document);
  const { rows } = await client.query<Record<string, string>>(parameters, [1]);
  const given = interlock.variables(rows[0] ?? {});
  const variables = getVariableValues(schema(), operation?.variableDefinitions ?? [], given).coerced ?? {};
  if (!operation) throw new Error('There is no operation.');
  const contextWith = (reads: Context['reads']): Context => ({ actor, requestId: '', reads, services: {} as never });
  return await new StatementCache().get('asked', {
    schema: schema(),
    operation,
    fragments: {},
    variables,
    actor,
    contextWith,
  });
}

const USED: readonly (readonly [Operation, readonly string[]])[] = [
  [releasesTasks, ['release_pkey', 'task_release_id_position_id_index']],
  [
    releasesInDepth,
    [
      'change_ci_change_id_role_ci_id_unique',
      'change_pkey',
      'configuration_item_pkey',
      'release_change_release_id_id_index',
      'release_pkey',
      'task_release_id_position_id_index',
    ],
  ],
  [
    releaseInFull,
    [
      'change_ci_change_id_role_ci_id_unique',
      'change_pkey',
      'configuration_item_pkey',
      'distribution_release_id_id_index',
      'distribution_run_distribution_id_attempt_unique',
      'dml_item_version_pkey',
      'media_blob_pkey',
      'phase_release_id_position_id_index',
      'release_change_release_id_id_index',
      'release_content_release_id_dml_item_version_id_unique',
      'release_pkey',
      'target_execution_distribution_id_id_index',
      'task_phase_id_position_id_index',
    ],
  ],
  [
    ciTrace,
    [
      'change_pkey',
      'configuration_item_pkey',
      'distribution_pkey',
      'dml_item_version_pkey',
      'installation_ci_id_valid_from_id_index',
      'installation_pkey',
      'release_change_release_id_id_index',
      'release_pkey',
    ],
  ],
  [distributionTargets, ['configuration_item_pkey', 'distribution_pkey', 'target_execution_distribution_id_id_index']],
  [cisFiltered, ['configuration_item_owner_team_id_name_id_index']],
  [ciById, ['configuration_item_pkey']],
];

/** Filters of the event log, and the indexes that find the events. */
const LOG_PAGES: readonly (readonly [name: string, filter: object, indexes: readonly string[]])[] = [
  ['whatever it holds', {}, ['domain_event_order']],
  ['of one type', { type: { eq: 'release.updated' } }, ['domain_event_type']],
  ['of some types', { type: { startsWith: 'release.' } }, ['domain_event_type']],
  ['by an actor', { actor: { eq: toNodeId('Person', actor.id as string) } }, ['domain_event_actor']],
  ['of a request', { requestId: { eq: 'x' } }, ['domain_event_request']],
  ['since a time', { at: { gte: '2026-06-01T00:00:00Z' } }, ['domain_event_order', 'event_zone_pkey']],
];

/** Orders by a value that not every row has. */
const ORDERS: readonly (readonly [noun: string, field: string, read: Read, index: string])[] = [
  ['releases', 'PLANNED_START', releaseRead, 'release_planned_start_or_never'],
  ['changes', 'PLANNED_START', changeRead, 'change_planned_start_or_never'],
  ['tasks', 'PLANNED_START', taskRead, 'task_planned_start_or_never'],
  ['tasks', 'DUE', taskRead, 'task_planned_end_or_never'],
  ['distributions', 'SCHEDULED_START', distributionRead, 'distribution_scheduled_start_or_never'],
  ['configuration items', 'ENVIRONMENT', configurationItemRead, 'configuration_item_by_environment'],
  ['configuration items', 'LOCATION', configurationItemRead, 'configuration_item_by_location'],
];

/** Filters of configuration items by a value that few of them have, and the index that finds it. */
const GIVEN: readonly (readonly [filter: object, index: string])[] = [
  [{ environment: { eq: 'Test' } }, 'configuration_item_environment_given'],
  [{ location: { eq: 'Berlin' } }, 'configuration_item_location_given'],
  [{ serialNumber: { eq: 'SN-4711' } }, 'configuration_item_serial_number_given'],
  [{ manufacturer: { eq: 'Cerberus' } }, 'configuration_item_manufacturer_given'],
  [{ owner: { eq: toNodeId('Person', actor.id as string) } }, 'configuration_item_owner_id_given'],
  [{ supportTeam: { eq: toNodeId('Team', actor.id as string) } }, 'configuration_item_support_team_id_given'],
];

/** Filters by a part of a name, and the index that finds it. */
const PARTS: readonly (readonly [noun: string, filter: object, read: Read, index: string])[] = [
  ['releases', { name: { contains: 'xyz-4711' } }, releaseRead, 'release_name_trigrams'],
  [
    'configuration items',
    { name: { contains: 'Xyz-4711' } },
    configurationItemRead,
    'configuration_item_name_trigrams',
  ],
  ['configuration items', { name: { startsWith: 'ärz' } }, configurationItemRead, 'configuration_item_name_trigrams'],
  ['changes', { title: { contains: '%xyz_' } }, changeRead, 'change_title_trigrams'],
  ['tasks', { name: { contains: 'xyz' } }, taskRead, 'task_name_trigrams'],
];

/** The statement of one page of a list. */
const pageStatement = async (read: Read, page: object, order: Parameters<Reads['page']>[2]) =>
  await statementAsked(async (reads) => await reads.page(read, page, order));

/** The statement that a read runs. */
async function statementAsked(read: (reads: Reads) => Promise<unknown>): Promise<CompiledStatement> {
  let asked: CompiledStatement | undefined;
  const query: Queryable['query'] = async (fragment) => {
    asked = compile(fragment);
    return [];
  };
  await read(new Reads({ query }, actor));
  if (!asked) throw new Error('Nothing was asked.');
  return asked;
}

/** What touched configuration items, from each end, and the indexes that find it. */
const person = toNodeId('Person', actor.id as string);
const TOUCHES: readonly (readonly [filter: object, indexes: readonly string[]])[] = [
  [
    {},
    [
      'domain_event_edit',
      'domain_event_relation',
      'drift_accepted_installation',
      'target_execution_touched',
      'target_execution_tried_again',
    ],
  ],
  [
    { at: { gte: '2026-01-01T00:00:00Z', lt: '2026-02-01T00:00:00Z' } },
    ['domain_event_edit', 'domain_event_relation', 'drift_accepted_installation', 'target_execution_touched'],
  ],
  [
    { ci: { eq: toNodeId('ConfigurationItem', actor.id as string) } },
    [
      'domain_event_edit_of_item',
      'domain_event_relation_of_item',
      'drift_ci_id_id_index',
      'target_execution_ci_id_id_index',
    ],
  ],
  [
    { change: { eq: toNodeId('Change', actor.id as string) } },
    [
      'domain_event_edit_under_change',
      'drift_change_id_index',
      'release_change_one_live_release',
      'target_execution_pkey',
    ],
  ],
  [{ release: { eq: toNodeId('Release', actor.id as string) } }, ['distribution_release_id_id_index']],
  [
    { distribution: { eq: toNodeId('Distribution', actor.id as string) } },
    ['target_execution_distribution_id_attempt_state_index'],
  ],
  [
    { dmlItemVersion: { eq: toNodeId('DmlItemVersion', actor.id as string) } },
    ['distribution_content_dml_item_version_id_index', 'installation_found_dml_item_version_id'],
  ],
  [{ digest: 'a'.repeat(64) }, ['distribution_content_digest_index', 'installation_found_digest']],
  [
    { person: { id: person, roles: ['REQUESTER'] } },
    ['change_release_request_requested_by_id_index', 'change_requested_by_id_index', 'target_execution_pkey'],
  ],
  [
    { person: { id: person, roles: ['APPROVER'] } },
    [
      'change_authorised_by_id_given',
      'change_release_request_decided_by_id_given',
      'distribution_approved_by_id_given',
      'release_accepted_by_id_given',
    ],
  ],
  [
    { person: { id: person, roles: ['IMPLEMENTER'] } },
    [
      'contribution_person_id_index',
      'distribution_planned_by_id_index',
      'domain_event_edit_by_actor',
      'target_report_reported_by_id_given',
    ],
  ],
  [
    { person: { id: person, roles: ['LIBRARIAN'] } },
    [
      'distribution_content_dml_item_version_id_index',
      'dml_item_version_author_id_index',
      'dml_item_version_authorised_by_id_given',
      'dml_item_version_uploaded_by_id_given',
    ],
  ],
];

/** Gives each item an observation with a drift. */
async function observeAll(): Promise<void> {
  await client.query(`
    insert into ci_observation (id, ci_id, source, key, content, digest, since, observed_at, due_at, created_at,
      updated_at)
    select id, id, 'scan', number, '{}', '', now(), now(), now() + interval '1 day', now(), now()
    from configuration_item on conflict do nothing`);
  await client.query(`
    insert into drift (id, ci_id, observation_id, source, aspect, key, name, kind, since, observed_at, created_at,
      updated_at)
    select id, id, id, 'scan', 'FIELD', 'name', 'name', 'DIFFERENT', now(), now(), now(), now()
    from configuration_item on conflict do nothing`);
  await client.query(`
    insert into suspected_duplicate (id, ci_id, other_id, signs, digest, created_at, updated_at)
    select id, id, id, '{IDENTIFIER}', '', now(), now() from configuration_item on conflict do nothing`);
  await client.query('analyze ci_observation, drift, suspected_duplicate');
}

/** Tables of a handful of rows: reading them whole is right. */
const SMALL = ['deployment_tool', 'dml_item', 'identification_rule', 'person', 'source_precedence', 'team'];

describe(`at ${SIZES[SIZE]} configuration items`, () => {
  test.each(USED.map(([operation, indexes]) => [operation.title, operation, indexes] as const))(
    '%s: one statement, by its indexes',
    async (_title, operation, indexes) => {
      const statement = await statementOf(operation);
      if (!statement) throw new Error('One statement cannot answer it.');
      for (const mode of ['force_generic_plan', 'force_custom_plan'] as const) {
        const found = await plan(statement.text, statement.values, mode);
        expect({ mode, whole: found.whole.filter((table) => !SMALL.includes(table)) }).toEqual({ mode, whole: [] });
        expect({
          mode,
          indexes: found.indexes.filter((index) => !SMALL.some((table) => index === `${table}_pkey`)),
        }).toEqual({ mode, indexes });
      }
    },
  );

  test.each(ORDERS)('a page of %s by %s, in both directions: by its index', async (_noun, field, read, index) => {
    for (const direction of ['ASC', 'DESC'] as const) {
      const asked = await pageStatement(read, { first: 50 }, [{ field, direction }]);
      for (const mode of ['force_generic_plan', 'force_custom_plan'] as const)
        expect(await plan(asked.text, asked.values, mode)).toMatchObject({
          indexes: expect.arrayContaining([index]),
          whole: [],
        });
    }
  });

  test.each([
    [entriesOfCi, ['change_ci_ci_id_index', 'release_ci_ci_id_index', 'target_execution_ci_id_id_index']],
    [entriesOfRelease, ['release_change_release_id_id_index', 'schedule_entry_release_id_index']],
  ] as const)('the entries of an object are found from the object: $name', async (edge, indexes) => {
    let asked: CompiledStatement | undefined;
    const query: Queryable['query'] = async (fragment) => {
      asked = compile(fragment);
      return [];
    };
    await new Reads({ query }, actor).edge(edge, actor.id as string, { first: 200 });
    const text = (asked as CompiledStatement | undefined)?.text ?? '';
    for (const mode of ['force_generic_plan', 'force_custom_plan'] as const) {
      const found = await plan(text, [`{${actor.id}}`], mode);
      expect({ mode, whole: found.whole }).toEqual({ mode, whole: [] });
      expect(found.indexes).toEqual(expect.arrayContaining([...indexes]));
    }
  });

  test.each(PARTS)('a page of %s by %j: by its index', async (_noun, filter, read, index) => {
    const asked = await pageStatement(read, { first: 50, filter }, []);
    expect(await plan(asked.text, asked.values, 'force_custom_plan')).toMatchObject({
      indexes: expect.arrayContaining([index]),
      whole: [],
    });
  });

  test.each(GIVEN)('a page of configuration items by %j: by its index', async (filter, index) => {
    const asked = await pageStatement(configurationItemRead, { first: 50, filter }, []);
    for (const mode of ['force_generic_plan', 'force_custom_plan'] as const)
      expect(await plan(asked.text, asked.values, mode)).toMatchObject({ indexes: [index], whole: [] });
  });

  test.each(LOG_PAGES)('a page of the event log, %s: by its index', async (_name, filter, indexes) => {
    const asked = await pageStatement(eventRead, { first: 50, filter }, [{ field: 'POSITION', direction: 'DESC' }]);
    for (const mode of ['force_generic_plan', 'force_custom_plan'] as const)
      expect({ mode, ...(await plan(asked.text, asked.values, mode)) }).toEqual({
        mode,
        indexes,
        whole: [],
      });
  });

  test('a page of a catch-up reads the log by position', async () => {
    const { text, values = [] } = logStatement(1_000, 100) as Required<ReturnType<typeof logStatement>>;
    for (const mode of ['force_generic_plan', 'force_custom_plan'] as const)
      expect(await plan(text, values as unknown[], mode)).toEqual({
        indexes: ['domain_event_position_unique'],
        whole: [],
      });
  });

  test('configuration items are found and sorted by attributes of their class by the index of these', async () => {
    await client.query('begin');
    await client.query(`set local interlock.protection = 'open'`);
    const schema = JSON.stringify({ type: 'object', properties: { memory: { type: 'number', indexed: true } } });
    await client.query(
      `insert into custom_class (id, key, name, ci_class, lineage, schema, effective_schema, created_at, updated_at)
       values ($1, 'server', 'Server', 'SERVER', array[$1::uuid], $2, $2, now(), now())`,
      [actor.id, schema],
    );
    await client.query(
      `update configuration_item c set custom_class_id = $1,
      attributes = attributes || jsonb_build_object('memory', hashtext(c.id::text) % 1000) where c.ci_class = 'SERVER'`,
      [actor.id],
    );
    await client.query('analyze configuration_item, ci_attribute, custom_class');
    const attributes = (...where: object[]) => ({ attributes: { of: 'server', where } });
    const order = (direction: 'ASC' | 'DESC') => [{ field: 'ATTRIBUTE', attribute: 'memory', direction }];
    const values = ['ATTRIBUTE.memory.0+ATTRIBUTE.memory.1+ID+', '500', '', actor.id];
    const after = Buffer.from(JSON.stringify(values)).toString('base64url');
    const pages: readonly [page: object, order: Parameters<Reads['page']>[2]][] = [
      [{ filter: attributes({ name: 'memory', number: { eq: 7 } }) }, []],
      [{ filter: attributes({ name: 'memory', number: { gte: 995 } }) }, []],
      [{ filter: attributes() }, order('ASC')],
      [{ filter: attributes() }, order('DESC')],
      [{ filter: attributes(), after }, order('ASC')],
      [{ filter: attributes({ name: 'memory', number: { gte: 900 } }) }, order('DESC')],
    ];
    for (const [page, by] of pages) {
      const asked = await pageStatement(configurationItemRead, { first: 50, ...page }, by);
      const given = asked.values.map((value) =>
        Array.isArray(value) ? `{${value.map((v) => `"${v}"`).join()}}` : value,
      );
      const { indexes, whole } = await plan(asked.text, given, 'force_custom_plan');
      expect({ page, indexes, whole: whole.filter((table) => table !== 'custom_class') }).toMatchObject({
        indexes: expect.arrayContaining(['ci_attribute_by_value']),
        whole: [],
      });
    }
    await client.query('rollback');
  });

  test('observations and drift are found by their indexes', async () => {
    await observeAll();
    const asked: CompiledStatement[] = [];
    const now = new Date();
    const uow = {
      now,
      query: async (fragment: Parameters<Queryable['query']>[0]) => {
        asked.push(compile(fragment));
        return [];
      },
    } as unknown as UnitOfWork;
    const observation = wellFormed({ key: 'CI-1', name: 'web', ciClass: 'SERVER' }, now, now);
    await identifyObserved(uow, 'scan', [observation]);
    await compareItems(uow, [actor.id as string]);
    await recordedItems(uow, [actor.id as string]);
    await markOverdue(uow, 500);
    await compareStale(uow, 500);
    const filter = { state: { eq: 'OPEN' }, explanation: { eq: 'UNEXPLAINED' } };
    for (const order of ['ID', 'SINCE'] as const)
      asked.push(await pageStatement(driftRead, { first: 50, filter }, [{ field: order, direction: 'ASC' }]));
    // The rules, and the pairs of an item with others.
    await duplicatePairs(uow, [actor.id as string], []);
    const open = { first: 50, filter: { state: { eq: 'OPEN' } } };
    asked.push(await pageStatement(suspectedDuplicateRead, open, [{ field: 'ID', direction: 'ASC' }]));
    expect(asked.length).toBe(11);
    const plain = (value: unknown) =>
      Array.isArray(value)
        ? `{${value.map((one) => one ?? 'null').join()}}`
        : value instanceof Date
          ? value.toISOString()
          : value;
    for (const { text, values } of asked) {
      const { whole } = await plan(text, values.map(plain), 'force_custom_plan');
      // Notes wait for a second at most.
      expect({ text, whole: whole.filter((table) => ![...SMALL, 'drift_stale'].includes(table)) }).toEqual({
        text,
        whole: [],
      });
    }
  });

  test('what touched items is found by indexes from each end', async () => {
    // What the data set has none of: relations that came and went, accepted discoveries, requests to join releases.
    await client.query(`
      insert into domain_event (id, type, aggregate_type, aggregate_id, aggregate_version, topics, at, actor_name,
        request_id, payload)
      select gen_random_uuid(), 'configuration-item.related', 'ConfigurationItem', source_id, 1,
        array[source_id, target_id], now(), '', '', '{}'
      from ci_relation`);
    await observeAll();
    await client.query(`
      update drift set state = 'ACCEPTED', aspect = 'INSTALLATION', closed_at = now() where right(id::text, 1) = '0'`);
    await client.query(`
      insert into change_release_request (id, number, change_id, mode, state, requested_by_id, decided_by_id,
        created_at, updated_at, expires_at, justification)
      select id, 'CRR-' || number, id, 'SPECIFIC_RELEASE', 'APPROVED', requested_by_id, authorised_by_id, now(), now(),
        now(), '' from change`);
    await client.query(`
      insert into installation (id, ci_id, dml_item_id, dml_item_version_id, digest, valid_from, valid_to, version,
        created_at, updated_at)
      select gen_random_uuid(), ci_id, dml_item_id, dml_item_version_id, md5(id::text), now(), now(), 1, now(), now()
      from installation limit 5000`);
    await client.query('analyze domain_event, drift, change_release_request, installation');
    for (const [filter, indexes] of TOUCHES) {
      const asked = await statementAsked(async (reads) => await ciTouches(reads, { first: 50, filter }));
      const values = asked.values.map((value) => (Array.isArray(value) ? `{${value.join()}}` : value));
      for (const mode of ['force_generic_plan', 'force_custom_plan'] as const) {
        const found = await plan(asked.text, values, mode);
        expect({ filter, mode, whole: found.whole }).toEqual({ filter, mode, whole: [] });
        expect({ filter, mode, indexes: found.indexes }).toEqual({
          filter,
          mode,
          indexes: expect.arrayContaining([...indexes]),
        });
      }
    }
  });

  test('a page of configuration items by a part of any text: by its index', async () => {
    // The data set has none of them. Protected items cannot be edited.
    await client.query(
      `update configuration_item set environment = 'env ' || md5(number), location = 'Rack ' || md5(number),
        manufacturer = 'Maker ' || md5(number), serial_number = 'SN-' || md5(number)
      where not lifecycle_state = any($1)`,
      [LIFECYCLE_STATES.filter(isProtectedState)],
    );
    await client.query('analyze configuration_item');
    for (const field of ['environment', 'location', 'manufacturer', 'serialNumber'])
      for (const comparison of [{ contains: 'A1b2c3' }, { startsWith: 'Köln' }]) {
        const asked = await pageStatement(configurationItemRead, { first: 50, filter: { [field]: comparison } }, []);
        expect({ field, ...(await plan(asked.text, asked.values, 'force_custom_plan')) }).toEqual({
          field,
          indexes: [`configuration_item_${snakeCase(field)}_trigrams`],
          whole: [],
        });
      }
  });

  test('the check sees a table that is read whole', async () => {
    expect(await plan('select count(*) from task where description = $1', ['x'], 'force_generic_plan')).toEqual({
      indexes: [],
      whole: ['task'],
    });
  });
});

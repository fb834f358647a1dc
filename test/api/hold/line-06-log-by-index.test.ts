import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { Queryable } from '../../../src/database/queryable.js';
import { compile } from '../../../src/database/compile.js';
import type { Actor } from '../../../src/domain/actor.js';
import { toNodeId } from '../../../src/domain/node-id.js';
import { logStatement } from '../../../src/events/log.js';
import { eventRead, eventsOf, type EventRow } from '../../../src/reads/event.reads.js';
import { Reads } from '../../../src/reads/reads.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';

// A log of 20,000 events, stamped by the relay. What counts is how many rows of it a page reads.
const EVENTS = 20_000;
/** Rows that a page may read: its own and a few more; by time, a part of the log of up to two zones. */
const FEW = 2_100;
const PAGE = 50;
const LAST = { field: 'POSITION', direction: 'DESC' } as const;
const auditor: Actor = { id: undefined, name: 'Audrey', roles: ['AUDITOR'], via: 'token' };

let app: TestApp;
let reader: TestClient;
let client: pg.Client;

const uuid = (kind: string, n: number) => `00000000-0000-7000-${kind}-${n.toString(16).padStart(12, '0')}`;
const RARE_ACTOR = uuid('a000', 999);
const BUSY_ACTOR = uuid('a000', 1);
const OBJECT = uuid('8000', 77);

beforeAll(async () => {
  app = await startTestApp();
  reader = await app.as('Audrey', 'AUDITOR');
  client = new pg.Client({ connectionString: app.testDatabase.url });
  await client.connect();
  await client.query('set random_page_cost = 1.1'); // as the read side's pool has it
  // Two types out of twelve are rare, and so is one actor. For six events a clock was wrong.
  await client.query(
    `insert into domain_event (id, type, aggregate_type, aggregate_id, aggregate_version, topics, at, actor_id,
       actor_name, request_id, payload)
     select gen_random_uuid(),
       case when n % 5000 = 7 then 'person.roles-changed' when n % 5000 = 9 then 'person.registered'
         else 'release.' || (array['updated','moved','held','resumed','closed','accepted','cut','made','shown','sent'])
           [1 + n % 10] end,
       'Release', ('00000000-0000-7000-8000-' || lpad(to_hex(n % 400), 12, '0'))::uuid, n,
       array[('00000000-0000-7000-8000-' || lpad(to_hex(n % 400), 12, '0'))::uuid],
       timestamptz '2027-01-01' + n * interval '1 minute' +
         case when n between 15000 and 15005 then interval '-1 day' else '0' end,
       case when n % 3 = 0 then null when n % 7000 = 1 then $1::uuid else $2::uuid end,
       'Actor', 'request-' || n / 3, '{"subject":{"number":null,"name":null,"state":null}}'
     from generate_series(1, $3) n`,
    [RARE_ACTOR, BUSY_ACTOR, EVENTS],
  );
  for (let passes = 0; passes < EVENTS / 1_000; passes++) await app.relay();
  await client.query('vacuum (analyze) domain_event, event_zone');
}, 60_000);
afterAll(async () => {
  await client.end();
  await app.end();
});

interface PlanNode {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

const MODES = ['force_generic_plan', 'force_custom_plan'] as const;

/** How many rows of the log a statement reads, planned for its values and for any. */
async function rowsRead({ text, values = [] }: { text: string; values?: readonly unknown[] }): Promise<number> {
  let most = 0;
  for (const mode of MODES) {
    await client.query(`set plan_cache_mode = ${mode}`);
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>({
      text: `explain (analyze, format json) ${text}`,
      values: [...values],
      name: `p${(statements += 1)}`,
    });
    let read = 0;
    const walk = (node: PlanNode): void => {
      if (node['Relation Name'] === 'domain_event')
        read += (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'];
      for (const inner of node.Plans ?? []) walk(inner);
    };
    walk((rows[0] as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN'][0].Plan);
    most = Math.max(most, Math.round(read));
  }
  return most;
}
let statements = 0;

/** A page of the log as the API reads it, with what its statement costs. */
async function page(filter: Record<string, unknown>, after?: string) {
  let read = 0;
  const db: Queryable = {
    query: async <T>(fragment: Parameters<Queryable['query']>[0]) => {
      const statement = compile(fragment);
      read += await rowsRead(statement);
      return (await client.query({ text: statement.text, values: [...statement.values] })).rows as T[];
    },
  };
  const found = await new Reads(db, auditor).page<EventRow>(eventRead, { first: PAGE, after: after ?? null, filter }, [
    LAST,
  ]);
  return { ids: found.nodes.map(({ id }) => id), read, end: found.pageInfo.endCursor };
}

/** The same page by reading everything. */
const brute = async (condition: string, offset = 0) =>
  (
    await client.query<{ id: string }>(
      `select id from domain_event where ${condition} order by coalesce(position, 9007199254740991) desc, id desc
       limit ${PAGE} offset ${offset}`,
    )
  ).rows.map(({ id }) => id);

const person = (id: string) => toNodeId('Person', id);

const FILTERS: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ['no filter', {}, 'true'],
  ['a frequent type', { type: { eq: 'release.updated' } }, `type = 'release.updated'`],
  ['a rare type', { type: { eq: 'person.registered' } }, `type = 'person.registered'`],
  ['rare types', { type: { startsWith: 'person.' } }, `type like 'person.%'`],
  ['types by a part of them', { type: { contains: 'roles' } }, `type like '%roles%'`],
  [
    'types in a list',
    { type: { in: ['person.registered', 'person.roles-changed', 'no.such'] } },
    `type in ('person.registered', 'person.roles-changed')`,
  ],
  ['no type of the usual', { type: { startsWith: 'p', ne: 'person.registered' } }, `type = 'person.roles-changed'`],
  ['an unknown type', { type: { eq: 'no.such' } }, 'false'],
  ['a busy actor', { actor: { eq: person(BUSY_ACTOR) } }, `actor_id = '${BUSY_ACTOR}'`],
  ['a rare actor', { actor: { eq: person(RARE_ACTOR) } }, `actor_id = '${RARE_ACTOR}'`],
  ['a rare actor in a list', { actor: { in: [person(RARE_ACTOR), person(RARE_ACTOR)] } }, `actor_id = '${RARE_ACTOR}'`],
  ['a request', { requestId: { eq: 'request-3000' } }, `request_id = 'request-3000'`],
  ['since', { at: { gte: '2027-01-14T12:00:00Z' } }, `at >= '2027-01-14T12:00:00Z'`],
  ['until', { at: { lt: '2027-01-02T00:00:00Z' } }, `at < '2027-01-02T00:00:00Z'`],
  [
    'a minute',
    { at: { gte: '2027-01-07T00:00:00Z', lt: '2027-01-07T00:01:00Z' } },
    `at >= '2027-01-07T00:00:00Z' and at < '2027-01-07T00:01:00Z'`,
  ],
  ['an instant', { at: { eq: '2027-01-07T00:01:00Z' } }, `at = '2027-01-07T00:01:00Z'`],
  ['the future', { at: { gt: '2030-01-01T00:00:00Z' } }, 'false'],
  ['before everything', { at: { lte: '2020-01-01T00:00:00Z' } }, 'false'],
  [
    'a minute with events of a wrong clock',
    { at: { gte: '2027-01-10T10:00:00Z', lt: '2027-01-10T10:05:00Z' } },
    `at >= '2027-01-10T10:00:00Z' and at < '2027-01-10T10:05:00Z'`,
  ],
  ['not since', { not: { at: { gte: '2027-01-02T00:00:00Z' } } }, `at < '2027-01-02T00:00:00Z'`],
];
/** What a filter excludes cannot be looked up, and the zones of a wrong clock reach far. */
const WIDE = ['not since', 'a minute with events of a wrong clock'];

describe('a page of `events`', () => {
  test.each(FILTERS)('%s: the right events, and few rows read', async (name, filter, condition) => {
    const first = await page(filter);
    expect(first.ids).toEqual(await brute(condition));
    if (!WIDE.includes(name)) expect(first.read).toBeLessThan(FEW);
    if (first.end === null) return;
    const second = await page(filter, first.end);
    expect(second.ids).toEqual(await brute(condition, PAGE));
    if (!WIDE.includes(name)) expect(second.read).toBeLessThan(FEW);
  });

  test('the same events come over the API', async () => {
    const { events } = await reader.ok(
      `query($filter: EventFilter) { events(first: ${PAGE}, filter: $filter) { nodes { id } totalCount } }`,
      { filter: { type: { startsWith: 'person.' } } },
    );
    expect(events).toEqual({
      nodes: (await brute(`type like 'person.%'`)).map((id) => ({ id: toNodeId('Event', id) })),
      totalCount: 8,
    });
  });

  test('the history of an object is found by the object', async () => {
    let read = 0;
    const db: Queryable = {
      query: async (fragment) => {
        read = await rowsRead(compile(fragment));
        return [];
      },
    };
    await new Reads(db, auditor).edge(eventsOf('Release'), OBJECT, { first: PAGE });
    expect(read).toBe(EVENTS / 400);
  });
});

describe('a page of the log, for a subscriber who catches up', () => {
  test.each([0, EVENTS / 2, EVENTS - 100])('after position %d it reads its own rows only', async (after) => {
    expect(await rowsRead(logStatement(after, 100) as never)).toBe(100);
  });

  test('an object of few events is looked up', async () => {
    const statement = logStatement(0, 100, [OBJECT]);
    expect(statement.name).toBeUndefined(); // PostgreSQL plans it for these topics
    await client.query('set plan_cache_mode = force_custom_plan');
    expect(await rowsRead(statement as never)).toBeLessThanOrEqual(EVENTS / 400);
  });
});

test('the check sees a log that is read whole', async () => {
  expect(
    await rowsRead({ text: 'select id from domain_event order by aggregate_version limit 1' }),
  ).toBeGreaterThanOrEqual(EVENTS);
});

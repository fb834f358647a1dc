import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fromNodeId } from '../../src/domain/node-id.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { castOf } from '../support/cast.js';
import type { TestClient } from '../support/client.js';

let app: TestApp;
let reader: TestClient;
let interpreting: TestApp;
let sameReader: TestClient;

/**
 * Adds releases from number `from` to number `to`, each with a phase, four tasks in a row, two changes, three targets,
 * one of them shared with its neighbour in time, planned times, a waiver, a communication and an event. Straight into
 * the tables: it is about reading.
 */
async function addReleases(from: number, to: number): Promise<void> {
  const person = fromNodeId('Person', reader.personId, 'person');
  const { pool } = app.readDatabase;
  const run = async (statement: string, values: unknown[] = []) => await client.query(statement, values);
  const client = await pool.connect();
  try {
    await run(`create temporary table if not exists made (n int, release uuid, phase uuid)`);
    await run(`truncate made`);
    await run(
      `insert into made select n, gen_random_uuid(), gen_random_uuid() from generate_series($1::int, $2::int) n`,
      [from, to],
    );
    await run(
      `insert into release (id, name, state, owner_id, manager_id,
         planned_start, planned_end, created_at, updated_at, version)
       select release, 'release ' || n, 'ACCEPTED', $1, $1, timestamptz '2027-01-01' + n * interval '1 hour',
         timestamptz '2027-01-01' + (n + 2) * interval '1 hour', now(), now(), 1 from made`,
      [person],
    );
    await run(
      'insert into phase (id, release_id, name, release_state, position, created_at, updated_at, version) select ' +
        `phase, release, 'Plan', 'PLANNING', 0, now(), now(), 1 from made`,
    );
    await run(
      `insert into task (id, release_id, phase_id, name, position, state,
         assignee_id, planned_end, created_at, updated_at, version)
       select gen_random_uuid(), release, phase, 'task ' || k, k, case k when 0 then 'COMPLETED' when 1 then 'READY'
         else 'BLOCKED' end, $1, now(), now(), now(), 1 from made, generate_series(0, 3) k`,
      [person],
    );
    await run(
      `insert into task_dependency (id, task_id, predecessor_id, created_at)
       select gen_random_uuid(), b.id, a.id, now() from task a join task b on b.release_id = a.release_id and
         b.position = a.position + 1 where a.release_id in (select release from made)`,
    );
    await run(
      `insert into change (id, title, requested_by_id, state, created_at, updated_at, version)
       select gen_random_uuid(), n || '/' || k, $1, 'AUTHORISED', now(), now(), 1 from made, generate_series(1, 2) k`,
      [person],
    );
    await run(
      `insert into release_change (id, release_id, change_id, live, added_by_id, created_at)
       select gen_random_uuid(), m.release, c.id, true, $1, now() from made m join change c on c.title like m.n ||
         '/%'`,
      [person],
    );
    await run(
      `insert into configuration_item (id, name, ci_class, state, created_at, updated_at, version)
       select gen_random_uuid(), n || '/' || k, 'SERVER', 'AUTHORISED', now(), now(), 1 from made, generate_series(1,
         3) k`,
    );
    await run(
      `insert into release_ci (id, release_id, ci_id, role, added_by_id, created_at)
       select gen_random_uuid(), m.release, c.id, 'TARGET', $1, now() from made m join configuration_item c on c.name
         in (m.n || '/1', m.n || '/2', m.n - 1 || '/3')`,
      [person],
    );
    await run(
      `insert into change_ci (id, change_id, ci_id, role, created_at)
       select gen_random_uuid(), h.id, c.id, 'TARGET', now() from change h join configuration_item c on c.name =
         h.title where split_part(h.title, '/', 1)::int between $1 and $2`,
      [from, to],
    );
    await run(
      'insert into communication (id, release_id, audience, message, sent_by_id, created_at) select ' +
        `gen_random_uuid(), release, 'all', 'soon', $1, now() from made`,
      [person],
    );
    await run(
      'insert into waiver (id, release_id, code, reason, expires_at, granted_by_id, created_at, updated_at) ' +
        `select gen_random_uuid(), release, 'BLACKOUT', 'agreed', now() + interval '1 day', $1, now(), now() from made`,
      [person],
    );
    await run(`analyze`);
  } finally {
    client.release();
  }
}

const QUERIES: readonly (readonly [string, string])[] = [
  [
    'tasks, changes and targets, three levels deep',
    `tasks(first: 4) { nodes { name state assignee { name } phase { name }
      predecessors(first: 2) { nodes { name assignee { name } } } } }
     changes(first: 2) { nodes { title requestedBy { name } targetCis(first: 2) { nodes { name } } } }
     targetCis(first: 3) { nodes { name } }
     owner { name } manager { name }`,
  ],
  [
    'phases with their tasks and their successors',
    `phases(first: 2) { nodes { name tasks(first: 4) { nodes { name successors(first: 2) { nodes { name } } } } } }`,
  ],
  [
    'what they may do and why not',
    `state acceptanceIsStale availableCommands { command allowed blockers { code message subject { id } via { id } } }`,
  ],
  [
    'what their tasks may do and how late they may be',
    `tasks(first: 4) { nodes { slackMinutes availableCommands { command allowed blockers { code subject { id } } } } }`,
  ],
  [
    'plans, records and histories with totals',
    'plan { skippedStates forcedBy { state configurationItems { name } } } communications { totalCount nodes { ' +
      'sentBy { name } } } waivers { totalCount nodes { grantedBy { name } subject { id } } } events(first: 3) { ' +
      'totalCount nodes { type } }',
  ],
];

const list = async (client: TestClient, selection: string, first: number) =>
  (
    await client.ok(`query($first: Int!) { releases(first: $first) { totalCount nodes { name ${selection} } } }`, {
      first,
    })
  ).releases;

/** Statements of each query under each way to execute operations. */
async function measure(first: number, size: number): Promise<number[][]> {
  const counts: number[][] = [];
  for (const [, selection] of QUERIES) {
    const row: number[] = [];
    for (const [where, client] of [
      [app, reader],
      [interpreting, sameReader],
    ] as const) {
      row.push(
        await where.statements(async () => {
          const { totalCount, nodes } = await list(client, selection, first);
          expect([totalCount, nodes.length]).toEqual([size, first]);
        }),
      );
    }
    counts.push(row);
  }
  return counts;
}

let few: number[][];
let many: number[][];

beforeAll(async () => {
  app = await startTestApp();
  ({ auditor: reader } = await castOf(app, 'auditor'));
  interpreting = await startTestApp({ beside: app, env: { INTERLOCK_EXECUTOR: 'graphql-js' } });
  ({ auditor: sameReader } = await castOf(interpreting, 'auditor'));
  await addReleases(1, 10);
  few = await measure(10, 10);
  await addReleases(11, 1_000);
  many = await measure(200, 1_000);
}, 120_000);
afterAll(async () => {
  await interpreting.end();
  await app.end();
});

describe('a page of releases', () => {
  test.each(QUERIES.map(([name], index) => [name, index] as const))(
    'with %s takes as many statements from 1,000 releases as from 10',
    (_, index) => {
      expect(few[index]).toHaveLength(2);
      for (const count of few[index] as number[]) expect(count).toBeGreaterThan(0);
      expect(many[index]).toEqual(few[index]);
    },
  );

  test('shows the same under either way to execute operations', async () => {
    for (const [, selection] of QUERIES)
      expect(await list(sameReader, selection, 3)).toEqual(await list(reader, selection, 3));
  });

  test('counts what is done for each row, so that a list that asked per row would be found out', async () => {
    const perRow = async (n: number) => {
      const { nodes } = await list(reader, 'id', n);
      for (const { id } of nodes)
        await reader.ok(`query($id: ID!) { node(id: $id) { ... on Release { tasks { nodes { name } } } } }`, { id });
    };
    expect(await app.statements(async () => await perRow(6))).toBeGreaterThan(
      await app.statements(async () => await perRow(2)),
    );
  });
});

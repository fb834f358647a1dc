import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { executeSync, getIntrospectionQuery, getNamedType, isInterfaceType, isObjectType, parse } from 'graphql';
import { operation as releasesTasks } from '../../bench/operations/01-releases-tasks.js';
import { operation as releasesInDepth } from '../../bench/operations/02-releases-changes-cis.js';
import { operation as releaseInFull } from '../../bench/operations/03-release-in-full.js';
import { operation as ciTrace } from '../../bench/operations/04-ci-trace.js';
import { operation as distributionTargets } from '../../bench/operations/05-distribution-targets.js';
import { operation as cisFiltered } from '../../bench/operations/06-cis-filtered.js';
import { operation as ciById } from '../../bench/operations/07-ci-by-id.js';
import { toNodeId } from '../../src/domain/node-id.js';
import { explain } from '../../src/server/graphql/explain.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { comparable, settled } from '../support/answers.js';
import { castOf } from '../support/cast.js';
import type { TestClient } from '../support/client.js';
import { TestClock } from '../support/clock.js';
import { OperationWriter, type GeneratedOperation } from '../support/generated-operations.js';
import { fillOddly } from '../support/odd-data.js';

let interpreting: TestApp;
let compiling: TestApp;
let auditor: TestClient;
let requester: TestClient;
let ids: Readonly<Record<string, readonly string[]>>;

beforeAll(async () => {
  const clock = new TestClock();
  const wide = { INTERLOCK_MAX_COST: '100000000', INTERLOCK_MAX_DEPTH: '100', INTERLOCK_MAX_ALIASES: '1000' };
  interpreting = await startTestApp({ clock: clock.now, env: { ...wide, INTERLOCK_EXECUTOR: 'graphql-js' } });
  compiling = await startTestApp({
    beside: interpreting,
    clock: clock.now,
    env: { ...wide, INTERLOCK_EXECUTOR: 'compiled' },
  });
  ({ auditor, requester } = await castOf(interpreting, 'auditor', 'requester'));
  ids = await fillOddly(interpreting, clock);
}, 60_000);
afterAll(async () => {
  await compiling.end();
  await interpreting.end();
});

type Body = { readonly query?: unknown; readonly variables?: unknown; readonly operationName?: unknown };

async function post(app: TestApp, client: TestClient, body: Body): Promise<string> {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...client.headers },
    body: JSON.stringify(body),
  });
  return `${response.status} ${comparable(await response.text())}`;
}

/**
 * Sends a body three times to both, for the second time is compiled and the third remembered.
 * @param chance whether errors of the body may race, as {@link settled} says. Operations written by hand have no such
 *   errors.
 * @returns the answer
 */
async function same(body: Body, client: TestClient = auditor, chance = false): Promise<string> {
  let expected = '';
  for (let time = 0; time < 3; time++) {
    const [interpreted, compiled] = await Promise.all([
      post(interpreting, client, body),
      post(compiling, client, body),
    ]);
    if (chance && compiled !== interpreted) expect(settled(compiled)).toBe(settled(interpreted));
    else expect(compiled).toBe(interpreted);
    expected = interpreted;
  }
  return expected;
}

const errors = (answer: string): any[] => JSON.parse(answer.slice(4)).errors ?? [];
const data = (answer: string): any => JSON.parse(answer.slice(4)).data;

/** Whether one statement answers an operation of the auditor. */
const plannable = async ({ query, variables }: GeneratedOperation): Promise<boolean> =>
  await explain({ schema: compiling.schema, source: query, variables, roles: ['AUDITOR'] }).then(
    (explanation) => 'statement' in explanation,
    () => false,
  );

test('introspection shows the schema as it is, each time', async () => {
  const query = getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true });
  const canonical = (text: string) => JSON.stringify(JSON.parse(text));
  const expected = JSON.stringify(executeSync({ schema: compiling.schema, document: parse(query) }));
  for (const app of [interpreting, compiling])
    for (let time = 1; time <= 3; time++) {
      const answer = await post(app, auditor, { query });
      expect([time, answer.slice(0, 4), canonical(answer.slice(4)) === expected]).toEqual([time, '200 ', true]);
    }
});

describe('generated operations', () => {
  test('are answered alike, by one statement and by compiled code', async () => {
    const { schema } = compiling;
    const node = schema.getType('Node');
    const types = isInterfaceType(node) ? schema.getPossibleTypes(node).filter((type) => ids[type.name]) : [];
    const computed = new Set<string>();
    for (const type of types) {
      for (const field of Object.values(type.getFields())) {
        const selection = isObjectType(getNamedType(field.type)) ? '{ __typename }' : '';
        if (
          !(await plannable({
            query: `{ node(id: "${ids[type.name]?.[0]}") { ... on ${type.name} { ${field.name} ${selection} } } }`,
            variables: {},
          }))
        )
          computed.add(`${type.name}.${field.name}`);
      }
    }
    expect(computed).toContain('Release.availableCommands');
    expect(computed).not.toContain('Release.tasks');
    // Sending a request writes the one; the others are the time of the request.
    const mutable = new Set(['AccessToken.lastUsedAt', 'Snapshot.asOf', 'Snapshot.knownAt']);
    const counts = { clean: 0, single: 0, several: 0 };
    await fc.assert(
      fc.asyncProperty(fc.gen(), fc.integer({ min: 0, max: 3 }), async (gen, mode) => {
        const simple = mode > 0;
        const writer = new OperationWriter(
          {
            schema,
            ids,
            allowed: (type, { name }) =>
              !mutable.has(`${type.name}.${name}`) &&
              !(simple && computed.has(`${type.name}.${name}`)) &&
              !(simple && type.name === 'Query' && ['viewer', 'scheduleConflicts'].includes(name)),
          },
          (below) => gen(fc.nat, { max: below - 1 }),
        );
        const operation = writer.write();
        const client = mode === 3 ? requester : auditor;
        let answer = '';
        try {
          answer = await same(operation, client, true);
        } catch (error) {
          throw new Error(`${operation.query}\n${JSON.stringify(operation.variables)}\n${(error as Error).message}`, {
            cause: error,
          });
        }
        const before = compiling.readDatabase.statements;
        await post(compiling, client, operation);
        if (errors(answer).length === 0) counts.clean++;
        if ((await plannable(operation)) && compiling.readDatabase.statements - before === 1) counts.single++;
        else counts.several++;
      }),
      { numRuns: 60, endOnFailure: true },
    );
    // Both ways were taken, and not only to say what was wrong.
    expect(counts.single).toBeGreaterThan(5);
    expect(counts.several).toBeGreaterThan(5);
    expect(counts.clean).toBeGreaterThan(20);
  }, 120_000);
});

const MANY_IDS = 'query($f: [ID!]!) { nodes(ids: $f) { id } }';
const CI =
  'id name number description attributes bindings createdAt updatedAt version externalRef { key source ' +
  '__typename } ciClass';

describe('the same answer, byte for byte,', () => {
  test.each<[string, string, object?]>([
    ['ids of events', '{ events(first: 3) { nodes { id } } }'],
    [
      'to a list with everything around it',
      `{ configurationItems(first: 3) { totalCount edges { cursor node { __typename ${CI} } } pageInfo { ` +
        'hasNextPage hasPreviousPage startCursor endCursor } } }',
    ],
    [
      'to odd texts and numbers',
      `{ configurationItems(first: 100) { nodes { ${CI} } edges { cursor } } releases { nodes { name } } ` +
        'changes(orderBy: [{ field: TITLE }]) { nodes { title updatedAt createdAt plannedStart ' +
        'plannedEnd } edges { cursor } } ' +
        'people(orderBy: [{ field: NAME }]) { edges { cursor node { name roles } } } }',
    ],
    [
      'to a page turned backwards',
      'query($f: Int) { a: configurationItems(last: $f, orderBy: [{field: NAME}]) { nodes { n: name ' +
        'outgoingRelations(first: 2) { totalCount nodes { kind target { name incomingRelations { nodes { ' +
        'source { id } } } } } ' +
        'pageInfo { endCursor hasNextPage } } } ' +
        'pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }',
      { f: 3 },
    ],
    [
      'to filters and orders',
      '{ configurationItems(first: 2, filter: {or: [{name: {contains: "1"}}, {name: {contains: "2"}}]}, orderBy: ' +
        '[{field: UPDATED_AT, direction: DESC}, {field: NAME}]) { nodes { name } edges { cursor } } }',
    ],
    [
      'to a page of nothing',
      '{ configurationItems(first: 0) { nodes { id } pageInfo { startCursor endCursor hasNextPage } edges { ' +
        'cursor } } }',
    ],
    [
      'to empty lists',
      '{ configurationItems(filter: {name: {eq: "none"}}) { totalCount nodes { id } pageInfo { startCursor ' +
        'endCursor hasNextPage } edges { cursor node { id } } } }',
    ],
    [
      'where nothing is left of a selection',
      'query($no: Boolean = false) { configurationItems(first: 2) { nodes { id @skip(if: true) outgoingRelations ' +
        '{ totalCount @include(if: $no) } externalRef { key @include(if: $no) } } ' +
        'edges { cursor @include(if: $no) } pageInfo { endCursor @include(if: $no) } } }',
    ],
    ['where nothing at all is left', '{ configurationItems @skip(if: true) { totalCount } }'],
    [
      'to conditions in a fragment of two places',
      'query($a: Boolean!, $b: Boolean!) { x: configurationItems(first: 1) { ...F @include(if: $a) __typename } ' +
        'y: configurationItems(first: 1) { ...F @include(if: $b) __typename } viewer { roles } } ' +
        'fragment F on ConfigurationItemConnection { totalCount nodes { id } }',
      { a: true, b: false },
    ],
    [
      'to names that objects have anyway',
      '{ __proto__: configurationItems(first: 1) { constructor: totalCount toString: nodes { hasOwnProperty: ' +
        'name __proto__: id } } valueOf: viewer { __proto__: roles } }',
    ],
    [
      'where computed and read fields mix',
      '{ configurationItems(first: 1) { nodes { availableCommands { command allowed blockers { code message } } ' +
        '} } releases { nodes { itupStatus plan { skippedStates } tasks { nodes { slackMinutes } } } } }',
    ],
    [
      'to filters as variables beside computed fields',
      'query($f: ReleaseFilter, $o: [ReleaseOrder!]) { releases(filter: $f, orderBy: $o) { nodes { name ' +
        'availableCommands { command } } } }',
      { f: { not: { name: { contains: 'x' } } }, o: [{ field: 'NAME' }] },
    ],
    [
      'to introspection',
      '{ __schema { queryType { name fields { name } } } __type(name: "Release") { fields { name type { kind ' +
        'ofType { name } } } } }',
    ],
    [
      'to the viewer',
      '{ viewer { __typename roles person { id teams { nodes { name } } } accessTokens { totalCount } } }',
    ],
  ])('%s', async (_, query, variables = {}) => {
    expect(errors(await same({ query, variables }))).toEqual([]);
  });

  test.each<[string, string, object | null | string, string]>([
    ['a malformed cursor', '{ configurationItems(after: "xx") { nodes { id } } }', {}, 'BAD_USER_INPUT'],
    [
      'the cursor of another order',
      `{ configurationItems(after: "${Buffer.from('["NAME+ID+","a","b"]').toString('base64url')}") { nodes { id } } }`,
      {},
      'BAD_USER_INPUT',
    ],
    ['a malformed id', '{ node(id: "x") { id } }', {}, 'BAD_USER_INPUT'],
    [
      'an id of another type in a filter',
      'query($f: ReleaseFilter) { releases(filter: $f) { nodes { id } } }',
      { f: { owner: { eq: 'x' } } },
      'BAD_USER_INPUT',
    ],
    ['too large a page', '{ configurationItems(first: 3000) { nodes { id } } }', {}, 'LIMIT_EXCEEDED'],
    [
      'contradictory pages deep inside',
      '{ releases { nodes { name tasks(first: 1, last: 1) { nodes { id } } phases { totalCount } } } }',
      {},
      'BAD_USER_INPUT',
    ],
    [
      'a wrong variable',
      'query($f: Int!) { configurationItems(first: $f) { nodes { id } } }',
      { f: 'x' },
      'BAD_USER_INPUT',
    ],
    ['a missing variable', 'query($f: Int!) { configurationItems(first: $f) { nodes { id } } }', {}, 'BAD_USER_INPUT'],
    [
      'null where it must not be',
      'query($f: Int!) { configurationItems(first: $f) { nodes { id } } }',
      { f: null },
      'BAD_USER_INPUT',
    ],
    [
      'null in place of a default',
      'query($b: Boolean = true) { configurationItems(first: 1) @include(if: $b) { nodes { id } } }',
      { b: null },
      'BAD_USER_INPUT',
    ],
    [
      'an unknown field of an input',
      'query($f: ReleaseFilter) { releases(filter: $f) { totalCount } }',
      { f: { nome: 1 } },
      'BAD_USER_INPUT',
    ],
    [
      'an unknown value of an enum',
      'query($o: [ReleaseOrder!]) { releases(orderBy: $o) { totalCount } }',
      { o: [{ field: 'SIZE' }] },
      'BAD_USER_INPUT',
    ],
    [
      'an impossible instant',
      'query($f: ReleaseFilter) { releases(filter: $f) { totalCount } }',
      { f: { plannedStart: { lt: '2026-02-31T00:00:00Z' } } },
      'BAD_USER_INPUT',
    ],
    [
      'a number beyond 32 bits',
      'query($f: Int) { releases(first: $f) { totalCount } }',
      { f: 2 ** 40 },
      'LIMIT_EXCEEDED',
    ],
    ['several mistakes', MANY_IDS, { f: Array.from({ length: 10 }, () => ({})) }, 'BAD_USER_INPUT'],
    ['a type that is not for everybody', '{ accessTokens { nodes { id } } viewer { roles } }', {}, 'FORBIDDEN'],
    ['a field that does not exist', '{ nothing }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['no GraphQL', '{', {}, 'GRAPHQL_PARSE_FAILED'],
  ])('to %s', async (_, query, variables, code) => {
    const answer = await same({ query, variables }, requester);
    expect(errors(answer)[0].extensions.code).toBe(code);
  });

  test('to more mistakes than are told', async () => {
    const answer = await same({ query: MANY_IDS, variables: { f: Array.from({ length: 120 }, () => ({})) } });
    expect(errors(answer).at(-1)).toEqual({
      message: expect.stringContaining('Too many errors'),
      extensions: { code: 'BAD_USER_INPUT' },
    });
    expect(errors(answer).map(({ extensions }) => extensions.code)).toEqual(errors(answer).map(() => 'BAD_USER_INPUT'));
  });

  test('to the names of operations', async () => {
    const query = 'query A { releases { totalCount } } query B { changes { totalCount } }';
    expect(data(await same({ query, operationName: 'B' }))).toEqual({ changes: { totalCount: expect.any(Number) } });
    expect(data(await same({ query, operationName: 'A' }))).toEqual({ releases: { totalCount: expect.any(Number) } });
    for (const operationName of [undefined, 'C', '', null])
      expect(errors(await same({ query, operationName }))).toHaveLength(1);
    expect(errors(await same({ query: 'query A { releases { totalCount } }', operationName: 'C' }))).toHaveLength(1);
  });

  test('to rows whose other end is gone', async () => {
    const { pool } = interpreting.readDatabase;
    const client = await pool.connect();
    const [release] = (
      await client.query<{ id: string; owner_id: string; accepted_by_id: string }>(
        'select id, owner_id, accepted_by_id from release where accepted_by_id is not null limit 1',
      )
    ).rows;
    const nobody = '01920000-0000-7000-8000-000000000000';
    const point = async (owner: unknown, accepted: unknown) => {
      await client.query('begin');
      await client.query('set local session_replication_role = replica');
      await client.query('update release set owner_id = $2, accepted_by_id = $3 where id = $1', [
        release?.id,
        owner,
        accepted,
      ]);
      await client.query('commit');
    };
    const query = `{ node(id: "${toNodeId('Release', release?.id as string)}") {
      ... on Release { name acceptedBy { name } } } releases { nodes { number owner { name } } } }`;
    const nullable = `{ releases { nodes { number acceptedBy { name } } } }`;
    const inside = `{ node(id: "${toNodeId('Release', release?.id as string)}") {
      ... on Release { name owner { name } } } viewer { roles } }`;
    try {
      await point(nobody, nobody);
      expect(errors(await same({ query: nullable }))).toEqual([]);
      for (const broken of [query, inside])
        expect(errors(await same({ query: broken }))[0].extensions.code).toBe('INTERNAL_SERVER_ERROR');
    } finally {
      await point(release?.owner_id, release?.accepted_by_id);
      client.release();
    }
  });
});

describe('one statement answers', () => {
  const operations = [releasesTasks, releasesInDepth, releaseInFull, ciTrace, distributionTargets, cisFiltered, ciById];
  test.each(operations.map((operation) => [operation.title, operation] as const))(
    '%s',
    async (_, { parameters, interlock }) => {
      const { rows } = await compiling.readDatabase.pool.query(
        // so that a small database has some
        parameters.replace('where n > 20', 'where n > 1').replace('>= 200', '>= 1'),
        [1],
      );
      const body = { query: interlock.document, variables: interlock.variables(rows[0] as never) };
      expect(await plannable(body as GeneratedOperation)).toBe(true);
      await same(body);
      expect(
        await compiling.statements(async () => expect(errors(await post(compiling, auditor, body))).toEqual([])),
      ).toBe(1);
    },
  );
});

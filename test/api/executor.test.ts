import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
let a: TestApp;
let b: TestApp;
beforeAll(async () => {
  a = await startTestApp({ env: { INTERLOCK_EXECUTOR: 'graphql-js' } });
  b = await startTestApp({ beside: a, env: { INTERLOCK_EXECUTOR: 'compiled' } });
});
afterAll(async () => {
  await b.end();
  await a.end();
});
test('same', async () => {
  const m = await a.as('mona', 'CONFIGURATION_MANAGER');
  const ids: string[] = [];
  for (let i = 0; i < 7; i++)
    ids.push(
      (
        await m.run(
          'configurationItemRegister',
          {
            name: `n "q" \\ \u2028 ü😀\n${i}`,
            ciClass: 'SERVER',
            attributes: { b: 1.0, a: { x: [1, null, 'é"'] } },
            ...(i % 2 ? { externalRef: { source: 's"', key: `k${i}` } } : {}),
          },
          'configurationItem',
        )
      ).id,
    );
  for (let i = 1; i < 7; i++) await m.run('configurationItemRelate', { sourceId: ids[0], kind: 'USES', targetId: ids[i] }, 'ciRelation');
  const raw = async (app: TestApp, query: string, variables = {}) => {
    const r = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...m.headers },
      body: JSON.stringify({ query, variables }),
    });
    return `${r.status} ${await r.text()}`;
  };
  const qs: [string, object?][] = [
    [
      '{ configurationItems(first: 3) { totalCount edges { cursor node { __typename id name number description attributes bindings createdAt updatedAt version externalRef { key source __typename } ciClass } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }',
    ],
    [
      'query($f: Int) { a: configurationItems(last: $f, orderBy: [{field: NAME}]) { nodes { n: name outgoingRelations(first: 2) { totalCount nodes { kind target { name incomingRelations { nodes { source { id } } } } } pageInfo { endCursor hasNextPage } } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }',
      { f: 3 },
    ],
    ['query($id: ID!) { node(id: $id) { id ... on ConfigurationItem { name outgoingRelations { nodes { id } } } __typename } }', { id: ids[0] }],
    ['{ configurationItems(first: 3000) { nodes { id } } }'],
    ['{ configurationItems(after: "xx") { nodes { id } } }'],
    ['{ node(id: "ci_01m8253skfev1a28yrskgf27cb") { id } }'],
    ['{ node(id: "x") { id } }'],
    ['query($f: Int!) { configurationItems(first: $f) { nodes { id } } }', { f: 'x' }],
    [
      '{ configurationItems(first: 2, filter: {or: [{name: {contains: "1"}}, {name: {contains: "2"}}]}, orderBy: [{field: UPDATED_AT, direction: DESC}, {field: NAME}]) { nodes { name } edges { cursor } } }',
    ],
    ['{ __schema { queryType { name } } }'],
    ['{ configurationItems(first: 1) { nodes { availableCommands { command } } } }'],
    ['{ configurationItems(first: 0) { nodes { id } pageInfo { startCursor endCursor hasNextPage } edges { cursor } } }'],
  ];
  for (const [q, v] of qs)
    for (let i = 0; i < 4; i++) {
      const before = b.readDatabase.statements;
      const [x, y] = [await raw(a, q, v), await raw(b, q, v)];
      expect(y).toBe(x);
      if (i === 3) console.log(b.readDatabase.statements - before, x.slice(0, 150));
    }
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { castOf } from '../support/cast.js';
import type { TestClient } from '../support/client.js';

let app: TestApp;
let carl: TestClient;

beforeAll(async () => {
  app = await startTestApp({ env: { INTERLOCK_MAX_COST: '5000', INTERLOCK_EXECUTOR: 'compiled' } });
  ({ configurationManager: carl } = await castOf(app, 'configurationManager'));
  for (const name of ['one', 'two'])
    await carl.run('configurationItemRegister', { name, ciClass: 'SERVER' }, 'configurationItem');
});
afterAll(() => app.end());

const QUERY = 'query Page($first: Int) { configurationItems(first: $first) { nodes { id name } } }';

async function ask(body: object, headers: Record<string, string>) {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const shown = [...response.headers].filter(([name]) => name !== 'date' && name !== 'x-request-id');
  return { status: response.status, headers: Object.fromEntries(shown), body: await response.text() };
}

test.each([[undefined], ['application/json'], ['application/graphql-response+json, application/json;q=0.9'], ['*/*']])(
  'a query that was asked before is answered as it was the first time, accepting %s',
  async (accept) => {
    const headers = { ...carl.headers, ...(accept !== undefined && { accept }) };
    const query = `${QUERY} # ${accept}`;
    const first = await ask({ query, variables: { first: 1 } }, headers);
    expect(first.status).toBe(200);
    expect(JSON.parse(first.body)).toEqual({
      data: { configurationItems: { nodes: [{ id: expect.any(String), name: 'one' }] } },
    });
    expect(await ask({ query, variables: { first: 1 } }, headers)).toEqual(first);
    expect(await ask({ query, variables: { first: 1 }, operationName: 'Page' }, headers)).toEqual(first);
    expect(
      JSON.parse((await ask({ query, variables: { first: 2 } }, headers)).body).data.configurationItems.nodes,
    ).toHaveLength(2);
  },
);

test('knowing a query opens no door', async () => {
  const known = { query: QUERY, variables: { first: 1 } };
  for (let i = 0; i < 2; i++) expect((await ask(known, carl.headers)).body).toContain('"one"');
  expect((await ask(known, {})).body).toContain('"UNAUTHENTICATED"');
  expect((await ask(known, { authorization: 'Bearer nonsense' })).body).toContain('"UNAUTHENTICATED"');
  const { adapter } = await castOf(app, 'adapter');
  expect((await ask(known, adapter.headers)).body).toContain('"FORBIDDEN"');
  expect((await ask({ ...known, variables: { first: 201 } }, carl.headers)).body).toContain('"LIMIT_EXCEEDED"');
  expect((await ask({ ...known, variables: { first: 'x' } }, carl.headers)).body).toContain('"BAD_USER_INPUT"');
  expect((await ask({ ...known, operationName: 'Other' }, carl.headers)).body).toContain(
    '"OPERATION_RESOLUTION_FAILURE"',
  );
  expect((await ask({ ...known, variables: [1] }, carl.headers)).status).toBe(400);
  expect((await ask(known, { ...carl.headers, 'content-type': 'text/plain' })).status).toBe(400);
  expect((await ask(known, { ...carl.headers, origin: 'https://evil.example' })).status).toBe(403);
});

test('what it costs is asked every time', async () => {
  const query =
    'query Deep($first: Int) { configurationItems(first: $first) { nodes { outgoingRelations(first: 100) { nodes ' +
    '{ id } } } } }';
  for (let i = 0; i < 2; i++)
    expect(JSON.parse((await ask({ query, variables: { first: 2 } }, carl.headers)).body).errors).toBeUndefined();
  expect((await ask({ query, variables: { first: 100 } }, carl.headers)).body).toContain('"LIMIT_EXCEEDED"');
});

test('a command is carried out every time it is sent', async () => {
  const mutation =
    'mutation ($input: ConfigurationItemRegisterInput!) { configurationItemRegister(input: $input) { userErrors ' +
    '{ message } } }';
  for (let i = 0; i < 3; i++)
    await ask({ query: mutation, variables: { input: { name: 'again', ciClass: 'SERVER' } } }, carl.headers);
  expect(await app.count(`configuration_item where name = 'again'`)).toBe(3);
});

test('a command that fails in part is carried out once, and reported as it is the first time', async () => {
  const query = `mutation ($name: String!, $id: ID!) {
    done: configurationItemRegister(input: { name: $name, ciClass: SERVER }) { userErrors { message } }
    failed: configurationItemAuthorise(input: { id: $id }) { userErrors { message } }
  }`;
  const headers = { ...carl.headers, accept: 'application/graphql-response+json' };
  const send = async (name: string) => await ask({ query, variables: { name, id: 'nonsense' } }, headers);
  const first = await send('first');
  expect(first.body).toContain('"BAD_USER_INPUT"');
  for (const name of ['second', 'third']) expect(await send(name)).toEqual(first);
  const counts = ['first', 'second', 'third'].map((name) => app.count(`configuration_item where name = '${name}'`));
  expect(await Promise.all(counts)).toEqual([1, 1, 1]);
});

test('a command that nobody may give is refused however often it came', async () => {
  const query =
    'mutation { configurationItemRegister(input: { name: "mine", ciClass: SERVER }) { userErrors { code } } }';
  const { adapter } = await castOf(app, 'adapter');
  for (let i = 0; i < 3; i++) expect((await ask({ query }, carl.headers)).body).toContain('"userErrors":[]');
  const before = await app.count('configuration_item');
  expect((await ask({ query }, adapter.headers)).body).toContain('"FORBIDDEN"');
  expect((await ask({ query }, {})).body).toContain('"UNAUTHENTICATED"');
  expect(await app.count('configuration_item')).toBe(before);
});

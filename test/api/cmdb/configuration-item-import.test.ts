import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { castOf } from '../../support/cast.js';
import type { TestClient } from '../../support/client.js';

let app: TestApp;
let manager: TestClient;

beforeAll(async () => {
  app = await startTestApp();
  ({ configurationManager: manager } = await castOf(app, 'configurationManager'));
});
afterAll(async () => await app.end());

const MUTATION = `mutation($input: ConfigurationItemsImportInput!) { configurationItemsImport(input: $input) {
  created updated unchanged failed replayed userErrors { code } results { index externalRef { key } status code message
    field configurationItem { id name state version } } } }`;

const send = async (rows: object[], errorPolicy = 'IGNORE_FAILED', more: object = {}, client = manager) =>
  await client.send(MUTATION, { input: { rows, errorPolicy, ...more } });
const run = async (rows: object[], errorPolicy = 'IGNORE_FAILED', more: object = {}) =>
  (await manager.ok(MUTATION, { input: { rows, errorPolicy, ...more } })).configurationItemsImport;
const row = (key: string, more: object = {}) => ({
  externalRef: { source: 'cmdb', key },
  name: `item ${key}`,
  ciClass: 'SERVER',
  ...more,
});
const statuses = ({ results }: { results: { status: string; code: string | null }[] }) =>
  results.map(({ status, code }) => code ?? status);
const count = async () => [
  await app.count('configuration_item'),
  await app.count('domain_event'),
  await app.count('idempotency_record'),
];

test('an import registers, edits and leaves alone, and says which', async () => {
  const first = await run([
    row('a', { attributes: { b: 1, a: { d: [1], c: null } } }),
    row('b', { criticality: 'HIGH' }),
  ]);
  expect(first).toMatchObject({ created: 2, updated: 0, unchanged: 0, failed: 0, replayed: false, userErrors: [] });
  expect(first.results[0]).toEqual({
    index: 0,
    externalRef: { key: 'a' },
    status: 'CREATED',
    code: null,
    message: null,
    field: null,
    configurationItem: { id: expect.stringMatching(/^ci_/), name: 'item a', state: 'DISCOVERED', version: 1 },
  });
  const events = await app.count('domain_event');
  const second = await run([
    row('a', { attributes: { a: { c: null, d: [1] }, b: 1 } }),
    row('b', { description: 'known' }),
    row('c'),
  ]);
  expect(statuses(second)).toEqual(['UNCHANGED', 'UPDATED', 'CREATED']);
  expect(
    second.results.map(
      ({ configurationItem }: { configurationItem: { version: number } }) => configurationItem.version,
    ),
  ).toEqual([1, 2, 1]);
  expect(await app.count('domain_event')).toBe(events + 2);
  expect(
    await app.count(`configuration_item where external_key = 'b' and criticality = 'HIGH' and description = 'known'`),
  ).toBe(1);
});

const bad = async () => {
  await run([row('protected', { lifecycleState: 'PRODUCTION' }), row('classed', { ciClass: 'DATABASE' })]);
  return [
    row('good'),
    row('nameless', { name: '  ' }),
    row('good', { name: 'again' }),
    row('classed'),
    row('protected', { name: 'renamed' }),
    row('owned', { ownerTeamId: 'team_01h455vb4pex5vsknk084sn02q' }),
    row('misowned', { ownerTeamId: 'nobody' }),
    row('', {}),
  ];
};

test('rows that cannot be taken are reported one by one and do not hold up the others', async () => {
  const answer = await run(await bad());
  expect(statuses(answer)).toEqual([
    'CREATED',
    'BAD_USER_INPUT',
    'DUPLICATE_ROW',
    'CLASS_FIXED',
    'CI_PROTECTED',
    'NOT_FOUND',
    'BAD_USER_INPUT',
    'BAD_USER_INPUT',
  ]);
  expect(answer).toMatchObject({ created: 1, failed: 7 });
  expect(
    answer.results
      .slice(1)
      .every(
        ({ status, configurationItem, message }: { status: string; configurationItem: unknown; message: string }) =>
          status === 'FAILED' && configurationItem === null && message !== '',
      ),
  ).toBe(true);
  expect(answer.results.map(({ field }: { field: string | null }) => field)).toEqual([
    null,
    'name',
    'externalRef',
    'ciClass',
    null,
    'ownerTeamId',
    'ownerTeamId',
    'externalRef.key',
  ]);
  expect(await app.count(`configuration_item where name in ('renamed', 'again')`)).toBe(0);
});

test('with REJECT_EVERYTHING one bad row means that nothing is written', async () => {
  const rows = [...(await bad()), row('a', { name: 'moved' }), row('new one')];
  const before = await count();
  const answer = await run(rows, 'REJECT_EVERYTHING', { idempotencyKey: 'rejected' });
  expect(answer).toMatchObject({ created: 0, updated: 0, unchanged: 0, failed: 7 });
  expect(statuses(answer).filter((status) => status === 'NOT_WRITTEN')).toHaveLength(3);
  expect(
    answer.results.every(({ configurationItem }: { configurationItem: unknown }) => configurationItem === null),
  ).toBe(true);
  expect(await count()).toEqual(before);
  expect(await app.count(`configuration_item where name = 'moved' or external_key = 'new one'`)).toBe(0);
  const good = await run([row('a', { name: 'moved' }), row('new one')], 'REJECT_EVERYTHING');
  expect(statuses(good)).toEqual(['UPDATED', 'CREATED']);
});

test('repeated with its idempotency key an import answers the same and does nothing', async () => {
  const input = [[row('once'), row('twice')], 'IGNORE_FAILED', { idempotencyKey: 'import-1' }] as const;
  const first = await run([...input[0]], input[1], input[2]);
  const before = await count();
  expect(await run([...input[0]], input[1], input[2])).toEqual({ ...first, replayed: true });
  expect(await count()).toEqual(before);
  expect((await send([row('other')], 'IGNORE_FAILED', input[2])).errors?.[0]?.extensions.code).toBe(
    'IDEMPOTENCY_KEY_REUSED',
  );
});

test('an import is for configuration managers and has a limit', async () => {
  const { requester } = await castOf(app, 'requester');
  const before = await count();
  const rows = Array.from({ length: 501 }, (_, n) => ({
    externalRef: { source: 's', key: `${n}` },
    name: 'x',
    ciClass: 'SERVER',
  }));
  expect((await send(rows)).errors?.[0]?.extensions.code).toBe('LIMIT_EXCEEDED');
  expect((await send([row('z')], 'IGNORE_FAILED', {}, requester)).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  expect(await count()).toEqual(before);
  expect(await run(rows.slice(0, 500))).toMatchObject({ created: 500, failed: 0 });
  expect(await run(rows.slice(0, 500))).toMatchObject({ unchanged: 500 });
});

test('two imports of the same new items at once do not fail each other', async () => {
  const rows = Array.from({ length: 40 }, (_, n) => row(`both ${n}`));
  const answers = await Promise.all([run(rows), run([...rows].reverse())]);
  expect(answers.map(({ created, unchanged }) => [created, unchanged]).sort()).toEqual([
    [0, 40],
    [40, 0],
  ]);
  expect(await app.count(`configuration_item where external_key like 'both %'`)).toBe(40);
});

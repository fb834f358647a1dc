import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { startTestApp, type TestApp } from '../support/app.js';
import { castOf } from '../support/cast.js';
import type { TestClient } from '../support/client.js';
import { instant } from '../support/instant.js';
import { until } from '../support/until.js';
import { importCsv, importFile, ndjson, rowResults } from '../support/files.js';

let app: TestApp;
let manager: TestClient;
let auditor: TestClient;

beforeAll(async () => {
  app = await startTestApp();
  ({ configurationManager: manager } = await castOf(app, 'configurationManager'));
  auditor = await app.as('otto', 'AUDITOR');
});
afterAll(async () => await app.end());

const item = (key: string, more: object = {}) => ({
  externalRef: { source: 'file', key },
  name: `item ${key}`,
  ciClass: 'SERVER',
  ...more,
});
const items = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => item(`row-${from + n}`));
const relation = (source: string, target: string, kind = 'RUNS_ON') => ({
  sourceRef: { source: 'file', key: source },
  kind,
  targetRef: { source: 'file', key: target },
});
const written = async () => [
  await app.count('configuration_item'),
  await app.count('ci_relation'),
  await app.count('domain_event'),
];

test('items, then relations: rows, events, history, results; a file sent again is not imported again', async () => {
  const file = ndjson(items(0, 1_200));
  const { status, body } = await importFile(manager, 'configuration-items', file);
  expect(body).toMatchObject({
    import: { state: 'COMPLETED', rows: 1_200, position: 1_200, created: 1_200, updated: 0, failed: 0 },
    replayed: false,
  });
  expect(status).toBe(200);
  expect(await app.count(`domain_event where payload->>'import' = '${body.import.id}'`)).toBe(1_200);
  expect(await app.count('configuration_item_history')).toBe(1_200);
  expect(await app.count('file_import_key')).toBe(0);
  const results = await rowResults(manager, body.import.id);
  expect(results.map(({ row, status: result }) => [row, result])).toEqual(
    Array.from({ length: 1_200 }, (_, n) => [n + 1, 'CREATED']),
  );

  const links = ndjson(Array.from({ length: 600 }, (_, n) => relation(`row-${n}`, `row-${n + 1}`)));
  const related = await importFile(manager, 'relations', links);
  expect(related.body.import).toMatchObject({ state: 'COMPLETED', created: 600, failed: 0 });
  const event = await manager.ok(
    '{ events(filter: { type: { eq: "configuration-item.related" } }, first: 1) { nodes { data } } }',
  );
  expect(event.events.nodes[0].data).toMatchObject({ imported: true, kind: 'RUNS_ON' });

  const before = await written();
  const again = await importFile(manager, 'configuration-items', file);
  expect(again.body).toMatchObject({ replayed: true, import: { id: body.import.id, created: 1_200 } });
  const anew = await importFile(manager, 'configuration-items', file, 'again=true');
  expect(anew.body).toMatchObject({ replayed: false, import: { unchanged: 1_200, created: 0 } });
  expect(await written()).toEqual(before);
  const listed = await auditor.ok(
    `{ fileImports(filter: { kind: { in: [RELATIONS] } }) { nodes { id state created person { id } } } }`,
  );
  expect(listed.fileImports.nodes).toEqual([
    { id: related.body.import.id, state: 'COMPLETED', created: 600, person: { id: manager.personId } },
  ]);
});

const spoilt = () => [
  ...items(2_000, 2_600),
  item('nameless', { name: ' ' }),
  item('row-2000'),
  { name: 'without a reference', ciClass: 'SERVER' },
  item('classless', { ciClass: 'TOASTER' }),
  item('odd', { colour: 'red' }),
  item('numeric', { name: 7 }),
  ...items(2_600, 2_700),
];

test('the three error policies, and a dry run', async () => {
  const file = ndjson(spoilt());
  const before = await written();
  const dry = await importFile(manager, 'configuration-items', file, 'dryRun=true&errorPolicy=IGNORE_FAILED');
  expect(dry.body.import).toMatchObject({ state: 'COMPLETED', created: 700, failed: 6, dryRun: true });
  const whole = await importFile(manager, 'configuration-items', file, 'errorPolicy=REJECT_EVERYTHING');
  expect([whole.status, whole.body.import]).toMatchObject([422, { state: 'REJECTED', created: 0, failed: 6 }]);
  expect((await rowResults(manager, whole.body.import.id))[0]).toEqual({ row: 1, status: 'NOT_WRITTEN', id: null });
  expect(await written()).toEqual(before);

  const stopped = await importFile(manager, 'configuration-items', file);
  expect([stopped.status, stopped.body.import]).toMatchObject([422, { state: 'STOPPED', position: 600, created: 600 }]);
  const at = await rowResults(manager, stopped.body.import.id, 'status=FAILED');
  expect(at).toEqual([
    { row: 601, status: 'FAILED', id: null, code: 'BAD_USER_INPUT', message: expect.any(String), field: 'name' },
  ]);
  // It goes on at the row that stopped it, and finds it as it was.
  const more = await importFile(manager, 'configuration-items', file);
  expect(more.body.import).toMatchObject({ id: stopped.body.import.id, state: 'STOPPED', created: 600, failed: 1 });

  const ignored = await importFile(manager, 'configuration-items', file, 'errorPolicy=IGNORE_FAILED');
  expect(ignored.body.import).toMatchObject({ state: 'COMPLETED', created: 100, unchanged: 600, failed: 6 });
  expect((await rowResults(manager, ignored.body.import.id, 'status=FAILED')).map(({ code }) => code)).toEqual([
    'BAD_USER_INPUT',
    'DUPLICATE_ROW',
    'BAD_USER_INPUT',
    'BAD_USER_INPUT',
    'BAD_USER_INPUT',
    'BAD_USER_INPUT',
  ]);

  const good = await importFile(
    manager,
    'configuration-items',
    ndjson(items(3_000, 3_700)),
    'errorPolicy=REJECT_EVERYTHING',
    { accept: 'application/x-ndjson' },
  );
  expect(good.body.import).toMatchObject({ state: 'COMPLETED', created: 700 });
  expect(await app.count(`configuration_item where external_key like 'row-3___'`)).toBe(700);
  expect(await app.count(`domain_event where payload->>'import' = '${good.body.import.id}'`)).toBe(700);
});

test('a file that tells what was so earlier: the past is corrected, and what was known then is kept', async () => {
  await importFile(manager, 'configuration-items', ndjson([item('late')]));
  const { nodes } = (
    await manager.ok('{ configurationItems(filter: { externalKey: { eq: "late" } }) { nodes { id } } }')
  ).configurationItems;
  const told = await instant(app);
  const tuesday = '2026-11-24T08:00:00Z';
  const moved = ndjson([item('late', { attributes: { site: 'Berlin' } })]);
  const answer = await importFile(manager, 'configuration-items', moved, `validFrom=${tuesday}`);
  expect(answer.body.import).toMatchObject({ state: 'COMPLETED', updated: 1, validFrom: '2026-11-24T08:00:00.000Z' });
  const then = await manager.ok(
    `query ($ci: ID!, $at: DateTime!, $told: DateTime!) {
      now: snapshot(asOf: $at) { configurationItem(id: $ci) { attributes } }
      before: snapshot(asOf: $at, knownAt: $told) { configurationItem(id: $ci) { attributes } }
    }`,
    { ci: nodes[0].id, at: told, told },
  );
  expect(then.now.configurationItem.attributes).toEqual({ site: 'Berlin' });
  expect(then.before.configurationItem.attributes).toEqual({});

  // What was protected at that time needs its change, also when it is protected no more.
  const state = async (lifecycleState: string) =>
    await app.readDatabase.pool.query(`
      begin; set local interlock.protection = 'open';
      update configuration_item set lifecycle_state = '${lifecycleState}' where external_key = 'late'; commit`);
  await state('PRODUCTION');
  await state('TEST');
  const again = ndjson([item('late', { attributes: { site: 'Bonn' } })]);
  const late = await importFile(manager, 'configuration-items', again, `validFrom=${told}&errorPolicy=IGNORE_FAILED`);
  const row = (await rowResults(manager, late.body.import.id))[0];
  expect(row).toMatchObject({ status: 'FAILED', code: 'CI_PROTECTED' });
  const link = ndjson([relation('late', 'row-1')]);
  const linked = await importFile(manager, 'relations', link, `validFrom=${told}`);
  expect(linked.body.import).toMatchObject({ state: 'STOPPED', failed: 1 });

  const refused = async (kind: string, query: string) => {
    const { status, code } = await importFile(manager, kind, moved, query);
    return [status, code];
  };
  expect(await refused('configuration-items', 'validFrom=2099-01-01T00:00:00Z')).toEqual([400, 'BAD_USER_INPUT']);
  expect(await refused('configuration-items', 'validFrom=tuesday')).toEqual([400, 'BAD_USER_INPUT']);
  expect(await refused('configuration-items', 'dryrun=true')).toEqual([400, 'BAD_USER_INPUT']);
});

test('protected, retired and unknown items are refused with the codes of the mutations', async () => {
  await importFile(
    manager,
    'configuration-items',
    ndjson([item('prod', { lifecycleState: 'PRODUCTION' }), item('gone'), item('plain')]),
  );
  const { nodes } = (
    await manager.ok('{ configurationItems(filter: { externalKey: { eq: "gone" } }) { nodes { id version } } }')
  ).configurationItems;
  await manager.run(
    'configurationItemRetire',
    { id: nodes[0].id, expectedVersion: nodes[0].version },
    'configurationItem',
  );
  const before = await written();
  const edits = await importFile(
    manager,
    'configuration-items',
    ndjson([item('prod', { name: 'renamed' }), item('plain', { ciClass: 'DATABASE' })]),
    'errorPolicy=IGNORE_FAILED',
  );
  const links = await importFile(
    manager,
    'relations',
    ndjson([
      relation('prod', 'plain'),
      relation('plain', 'gone'),
      relation('plain', 'plain'),
      relation('plain', 'nobody'),
      { kind: 'RUNS_ON', sourceId: nodes[0].id },
    ]),
    'errorPolicy=IGNORE_FAILED',
  );
  const codes = async (answer: { body: any }) =>
    (await rowResults(manager, answer.body.import.id)).map(({ code }) => code);
  expect(await codes(edits)).toEqual(['CI_PROTECTED', 'CLASS_FIXED']);
  expect(await codes(links)).toEqual([
    'CI_PROTECTED',
    'CI_NOT_AUTHORISED',
    'BAD_USER_INPUT',
    'NOT_FOUND',
    'BAD_USER_INPUT',
  ]);
  expect(await written()).toEqual(before);
});

const HEAD = 'externalRef.source,externalRef.key,name,ciClass,attributes.rack,description';
const csv = (...lines: string[]) => [HEAD, ...lines].join('\r\n');

test('a CSV with BOM, CRLF, quotes, and cells that were formulas', async () => {
  const lines = csv(
    'csv,a,"Server ""A"", big",SERVER,R1,"two\r\nlines"',
    `csv,b,'=1+1,SERVER,'-R2,`,
    `csv,c,''=kept,SERVER,-5,`,
    'csv,d,=HYPERLINK(x),SERVER,,',
    'csv,e,short,SERVER',
  );
  const answer = await importCsv(manager, 'configuration-items', `\uFEFF${lines}`, 'errorPolicy=IGNORE_FAILED');
  expect(answer.body.import).toMatchObject({ state: 'COMPLETED', created: 3, failed: 2 });
  expect((await rowResults(manager, answer.body.import.id)).map(({ code, field }) => [code, field])).toEqual([
    [undefined, undefined],
    [undefined, undefined],
    [undefined, undefined],
    ['FORMULA_CELL', 'name'],
    ['BAD_USER_INPUT', null],
  ]);
  const { nodes } = (
    await manager.ok(
      `{ configurationItems(filter: { externalSource: { eq: "csv" } }) { nodes { name attributes description } } }`,
    )
  ).configurationItems;
  expect(nodes).toEqual([
    { name: 'Server "A", big', attributes: { rack: 'R1' }, description: expect.stringMatching(/^two\s+lines$/) },
    { name: '=1+1', attributes: { rack: '-R2' }, description: '' },
    { name: `'=kept`, attributes: { rack: '-5' }, description: '' },
  ]);
});

const utf16 = (text: string) => new Uint8Array(Buffer.from(`\uFEFF${text}`, 'utf16le'));
const endless = (head = `${HEAD}\ncsv,z,"`) => {
  let left = 100;
  return new ReadableStream({
    start: (controller) => controller.enqueue(Buffer.from(head)),
    pull: (controller) => (left-- > 0 ? controller.enqueue(Buffer.alloc(1_048_576, 0x78)) : controller.close()),
  });
};

test.each([
  ['another encoding', () => utf16(csv('csv,u,utf16,SERVER,,')), 'WRONG_ENCODING'],
  ['Latin-1', () => new Uint8Array(Buffer.from(csv('csv,u,Köln,SERVER,,'), 'latin1')), 'WRONG_ENCODING'],
  ['duplicate headers', () => `${HEAD},name\ncsv,h,x,SERVER,,,y`, 'DUPLICATE_HEADER'],
  ['an unknown column', () => `${HEAD},colour\ncsv,h,x,SERVER,,,red`, 'UNKNOWN_HEADER'],
  ['semicolons', () => csv('csv,s,x,SERVER,,').replaceAll(',', ';'), 'UNKNOWN_HEADER'],
  ['a missing column', () => 'externalRef.source,externalRef.key,name\ncsv,m,x', 'UNKNOWN_HEADER'],
  ['100 MB in one line', () => endless(), 'ROW_TOO_LONG'],
  ['an end inside quotes', () => csv('csv,g,good,SERVER,,', 'csv,q,"half'), 'TRUNCATED'],
  ['quotes in the wrong place', () => csv('csv,g,good,SERVER,,', 'csv,q,"a"b,SERVER,,'), 'MALFORMED_CSV'],
  ['nothing but a header', () => HEAD, 'EMPTY'],
])('a CSV with %s is refused as a whole', async (_name, file, problem) => {
  const before = await written();
  const imports = await app.count('file_import');
  const answer = await importCsv(manager, 'configuration-items', file(), 'errorPolicy=IGNORE_FAILED');
  expect([answer.status, answer.code, answer.problem]).toEqual([400, 'BAD_USER_INPUT', problem]);
  expect([await written(), await app.count('file_import')]).toEqual([before, imports]);
});

test('NDJSON that was half sent, and bytes with another digest, are refused as a whole', async () => {
  const before = await written();
  const half = await importFile(manager, 'configuration-items', ndjson(items(4_000, 4_010)).slice(0, -30));
  const digest = { 'x-content-sha256': '0'.repeat(64) };
  const other = await importFile(manager, 'configuration-items', ndjson(items(4_000, 4_010)), '', digest);
  expect([half.problem, other.problem]).toEqual(['TRUNCATED', 'DIGEST_MISMATCH']);
  const long = await importFile(manager, 'configuration-items', endless('{"name":"'));
  expect(long.problem).toBe('ROW_TOO_LONG');
  expect(await written()).toEqual(before);
});

test('a file whose connection breaks leaves nothing behind: no row, no import, no file', async () => {
  const before = [...(await written()), await app.count('file_import')];
  const { hostname, port } = new URL(manager.url);
  const body = ndjson(items(4_000, 4_010));
  const head = [
    'POST /import/configuration-items HTTP/1.1',
    `Host: ${hostname}`,
    `Authorization: ${manager.headers['authorization']}`,
    'Content-Type: application/x-ndjson',
    `Content-Length: ${2 * body.length}`,
  ];
  const broken = app.config.maxImports + 1;
  for (let n = 0; n < broken; n++) {
    const socket = connect(Number(port), hostname);
    socket.write([...head, '', body].join('\r\n'), () => socket.destroy());
  }
  // Each of them had a place, and gave it back.
  await until(async () => (await importFile(manager, 'relations', '')).problem === 'EMPTY', 'a place for an import');
  await until(() => readdirSync(join(app.config.dataDir, 'imports')).length === 0, 'files to be gone');
  expect([...(await written()), await app.count('file_import')]).toEqual(before);
});

test('who may not import: nobody, a wrong role, another origin, a simple form, a revoked token', async () => {
  const file = ndjson(items(5_000, 5_010));
  const send = async (client: TestClient, kind = 'configuration-items', headers = {}) => {
    const { status, code } = await importFile(client, kind, file, '', headers);
    return [status, code];
  };
  const thief = await app.as('thief', 'CONFIGURATION_MANAGER');
  const before = await written();
  expect(await send(app.anonymous())).toEqual([401, 'UNAUTHENTICATED']);
  expect(await send(auditor)).toEqual([403, 'FORBIDDEN']);
  expect(await send(manager, 'people')).toEqual([403, 'FORBIDDEN']);
  expect(await send(manager, 'configuration-items', { origin: 'https://evil.example' })).toEqual([403, 'FORBIDDEN']);
  expect(await send(manager, 'configuration-items', { 'content-type': 'text/plain' })).toEqual([400, 'BAD_REQUEST']);
  expect(await send(manager, 'everything')).toEqual([404, 'NOT_FOUND']);
  await app.readDatabase.pool.query(
    `update access_token set revoked_at = now() where person_id = (select id from person where name = 'thief')`,
  );
  expect(await send(thief)).toEqual([401, 'UNAUTHENTICATED']);
  expect(await written()).toEqual(before);
});

test('the import of another person: its results are not shown, and it does not go on for others', async () => {
  const file = ndjson([...items(6_000, 6_010), item('bad', { name: '' })]);
  const { body } = await importFile(manager, 'configuration-items', file);
  expect(body.import).toMatchObject({ state: 'STOPPED', created: 10 });
  const colleague = await app.as('carla', 'CONFIGURATION_MANAGER');
  await expect(rowResults(colleague, body.import.id)).rejects.toThrow('NOT_FOUND');
  expect(await rowResults(auditor, body.import.id)).toHaveLength(11);
  const own = await importFile(colleague, 'configuration-items', file);
  expect(own.body.import).toMatchObject({ state: 'STOPPED', unchanged: 10, created: 0 });
  expect(own.body.import.id).not.toBe(body.import.id);
});

test('people: under the rules of personUpsert, one by one', async () => {
  const administrator = await app.as('ada', 'ADMINISTRATOR');
  const person = (key: string, more: object = {}) => ({
    externalRef: { source: 'hr', key },
    name: `Person ${key}`,
    email: `${key}@file.test`,
    ...more,
  });
  const file = ndjson([
    person('p1', { roles: ['REQUESTER'] }),
    person('p2', { roles: ['CHANGE_AUTHORITY'] }),
    person('p1'),
    person('p3', { email: 'nowhere' }),
  ]);
  const dry = await importFile(administrator, 'people', file, 'errorPolicy=IGNORE_FAILED&dryRun=true');
  expect(dry.body.import).toMatchObject({ created: 1, failed: 3 });
  const { body } = await importFile(administrator, 'people', file, 'errorPolicy=IGNORE_FAILED');
  expect(body.import).toMatchObject({ state: 'COMPLETED', created: 1, failed: 3 });
  expect((await rowResults(administrator, body.import.id)).map(({ code }) => code)).toEqual([
    undefined,
    'SECOND_PERSON_REQUIRED',
    'DUPLICATE_ROW',
    'BAD_USER_INPUT',
  ]);
  expect(await app.count(`person where external_source = 'hr'`)).toBe(1);
  const changed = ndjson([person('p1', { name: 'Renamed' })]);
  expect((await importFile(administrator, 'people', changed)).body.import).toMatchObject({ updated: 1 });
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startTestApp, type TestApp } from '../support/app.js';
import type { TestClient } from '../support/client.js';
import { TestClock } from '../support/clock.js';
import { exported, exportFile, importCsv, importFile, ndjson } from '../support/files.js';
import { instant } from '../support/instant.js';
import { storyOf, type Story } from '../support/story.js';
import { until } from '../support/until.js';

const clock = new TestClock();
let app: TestApp;
let story: Story;
let manager: TestClient;
let auditor: TestClient;

const ROWS = 500;
const ref = (key: string) => ({ source: 'file', key });
const LARGE = 'x'.repeat(9_000);
const HOSTILE = [
  '=HYPERLINK("http://evil.example")',
  '+1+1',
  '-R2',
  '@SUM(A1)',
  `'=quoted`,
  'Köln, "Süd"',
  'two\nlines',
  'a\u2028b\u2029c',
];

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  story = await storyOf(app, clock);
  manager = story.cast.configurationManager;
  auditor = await app.as('otto', 'AUDITOR');
  const items = Array.from({ length: ROWS }, (_, n) => ({
    externalRef: ref(String(n)),
    name: `item ${n}`,
    ciClass: 'SERVER',
    description: HOSTILE[n] ?? LARGE,
    attributes: { rack: HOSTILE[n] ?? n, nested: { list: [1, null], text: LARGE } },
  }));
  await importFile(manager, 'configuration-items', ndjson(items));
  const links = items
    .slice(1)
    .map(({ externalRef }) => ({ sourceRef: externalRef, kind: 'RUNS_ON', targetRef: ref('0') }));
  await importFile(manager, 'relations', ndjson(links));
});
afterAll(async () => await app.end());

test('what is exported, as NDJSON or CSV, changes nothing when it is imported', async () => {
  const before = await app.count('domain_event');
  for (const [kind, rows] of [
    ['configuration-items', await app.count('configuration_item')],
    ['relations', ROWS - 1],
  ] as const) {
    const { text } = await exportFile(auditor, kind);
    expect((await importFile(manager, kind, text)).body.import).toMatchObject({ state: 'COMPLETED', unchanged: rows });
    const csv = await exportFile(auditor, `${kind}?format=csv&bom=true`);
    expect(csv.text.startsWith('\uFEFF')).toBe(true);
    expect(csv.text).not.toMatch(/(^|,|\n)"?[=@+]/);
    expect((await importCsv(manager, kind, csv.text)).body.import).toMatchObject({
      state: 'COMPLETED',
      unchanged: rows,
    });
  }
  expect(await app.count('domain_event')).toBe(before);
});

test('an export that broke off goes on after its last row, and as of an instant shows what was so then', async () => {
  const then = await instant(app);
  const all = await exported(auditor, 'configuration-items');
  expect(all).toHaveLength(ROWS);
  expect(all[0]).toMatchObject({ externalRef: ref('0'), ownerTeamId: null, state: 'DISCOVERED', version: 1 });
  expect(await exported(auditor, `configuration-items?after=${all[200].id}`)).toEqual(all.slice(201));
  const { text } = await exportFile(auditor, `configuration-items?format=csv&after=${all.at(-2).id}`);
  expect(text).toMatch(new RegExp(`^${all.at(-1).id},file,${ROWS - 1},[^]*\r\n$`));

  const { id, version } = all[5];
  await manager.run('configurationItemUpdate', { id, expectedVersion: version, name: 'renamed' }, 'configurationItem');
  const past = await exported(auditor, `configuration-items?asOf=${then}`);
  expect(past).toEqual(all);
  expect(await exported(auditor, `configuration-items?asOf=${then}&after=${all[200].id}`)).toEqual(all.slice(201));
  expect((await exported(auditor, 'configuration-items'))[5]).toMatchObject({ id, name: 'renamed' });
  expect(await exported(auditor, `relations?knownAt=${then}`)).toHaveLength(ROWS - 1);
});

test('installations with their version, and how they came to be there', async () => {
  const release = await story.ready(['web']);
  await story.started(release);
  await story.pass(3);
  const [installed, ...others] = await exported(auditor, 'installations');
  expect(others).toEqual([]);
  expect(installed).toMatchObject({ ciId: release.cis['web'], ciName: 'web-1', ciRef: null, dmlItemName: 'payroll' });
  expect(installed.digest).toMatch(/^sha256:|^[0-9a-f]{64}$/);
  const [traced] = await exported(auditor, 'traceability');
  expect(traced).toMatchObject({ id: installed.id, digest: installed.digest, changes: [], previousDigest: null });
  expect(traced.releaseNumber).toMatch(/^REL-/);
  expect(traced.distributionNumber).toMatch(/^DST-/);
  expect(Object.values(traced).filter((value) => value === undefined)).toEqual([]);
  const csv = await exportFile(auditor, `traceability?format=csv&asOf=${await instant(app)}`);
  expect(csv.text.split('\r\n')[1]).toContain(traced.distributionNumber);
  expect(await exported(auditor, 'installations?asOf=2026-01-01T00:00:00Z')).toEqual([]);
});

test('the example keeps a copy that is the same as a new export, also of relations that are gone', async () => {
  const file = join(mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'copy-')), 'copy.json');
  const follow = async () => {
    await until(async () => (await app.count('domain_event where position is null')) === 0, 'positions');
    const env = { PATH: process.env['PATH'], URL: auditor.url, TOKEN: auditor.headers['authorization']?.slice(7) };
    await promisify(execFile)(process.execPath, ['examples/sync/copy.mjs', file], { env });
    const copy = JSON.parse(readFileSync(file, 'utf8'));
    const byId = (rows: object) => Object.values(rows).toSorted((one, other) => (one.id < other.id ? -1 : 1));
    expect(byId(copy.items)).toEqual(await exported(auditor, 'configuration-items'));
    expect(byId(copy.relations)).toEqual(await exported(auditor, 'relations'));
    return copy.cursor as string;
  };
  const first = await follow();
  const [link] = await exported(auditor, 'relations');
  const host = { externalRef: ref('0'), name: 'the host', ciClass: 'SERVER' };
  const added = { externalRef: ref('new'), name: 'new', ciClass: 'SERVER' };
  await importFile(manager, 'configuration-items', ndjson([host, added]));
  await importFile(manager, 'relations', ndjson([{ sourceRef: ref('new'), kind: 'DEPENDS_ON', targetRef: ref('1') }]));
  await manager.run('configurationItemUnrelate', { id: link.id }, 'configurationItem');
  const second = await follow();
  const told = (await exported(auditor, `changes?after=${first}`)).filter(({ id }) => id !== undefined);
  expect(told.map(({ relations }) => relations?.length).toSorted()).toEqual([0, 1, undefined]);
  expect(await exported(auditor, `changes?after=${second}`)).toEqual([{ cursor: second }]);
  // All of the log, from its beginning, leads to the same record.
  const all = await exported(auditor, `changes?after=${Buffer.from('e1.0').toString('base64url')}`);
  const last = new Map(all.flatMap((line) => (line.id === undefined ? [] : [[line.id, line.configurationItem]])));
  expect([...last.values()].toSorted((one, other) => (one.id < other.id ? -1 : 1))).toEqual(
    await exported(auditor, 'configuration-items'),
  );
});

test('a reader who takes nothing makes the server read nothing more', async () => {
  const all = await app.statements(async () => await exportFile(auditor, 'configuration-items'));
  expect(all).toBeGreaterThan(12);
  const { hostname, port } = new URL(auditor.url);
  const socket = connect(Number(port), hostname);
  const before = app.readDatabase.statements;
  const head = [`Host: ${hostname}`, `Authorization: ${auditor.headers['authorization']}`];
  socket.write(['GET /export/configuration-items HTTP/1.1', ...head, '', ''].join('\r\n'));
  let [was, turns] = [-1, 0];
  await until(async () => {
    const now = app.readDatabase.statements - before;
    turns = now > 0 && now === was ? turns + 1 : 0;
    was = now;
    return turns > 5;
  }, 'the export to wait');
  expect(was).toBeLessThan(all - 3);
  socket.destroy();
  // Readers who leave, also before the first row, keep no place.
  for (let n = 0; n < app.config.maxImports + 1; n++) {
    const leaves = connect(Number(port), hostname);
    leaves.write(['GET /export/relations HTTP/1.1', ...head, '', ''].join('\r\n'), () => leaves.destroy());
  }
  await until(async () => (await exportFile(auditor, 'installations')).status === 200, 'a place for an export');
});

test('who may not export: nobody, a tool, a revoked token; and what is asked wrongly', async () => {
  const tool = await app.as('tool', 'ADAPTER');
  const thief = await app.as('thief', 'AUDITOR');
  const ask = async (client: TestClient, what: string) => {
    const { status, text } = await exportFile(client, what);
    return [status, JSON.parse(text).errors[0].extensions.code];
  };
  for (const what of ['configuration-items', 'relations', 'installations', 'traceability', 'changes']) {
    expect(await ask(app.anonymous(), what)).toEqual([401, 'UNAUTHENTICATED']);
    expect(await ask(tool, what)).toEqual([403, 'FORBIDDEN']);
  }
  await app.readDatabase.pool.query(
    `update access_token set revoked_at = now() where person_id = (select id from person where name = 'thief')`,
  );
  expect(await ask(thief, 'relations')).toEqual([401, 'UNAUTHENTICATED']);
  for (const [what, status, code] of [
    ['everything', 404, 'NOT_FOUND'],
    ['relations?asof=2026-01-01T00:00:00Z', 400, 'BAD_USER_INPUT'],
    ['relations?asOf=yesterday', 400, 'BAD_USER_INPUT'],
    ['relations?format=xml', 400, 'BAD_USER_INPUT'],
    ['relations?after=ci_01h455vb4pex5vsknk084sn02q', 400, 'BAD_USER_INPUT'],
    ['relations?after=x&after=y', 400, 'BAD_USER_INPUT'],
    ['changes?after=nothing', 400, 'BAD_USER_INPUT'],
    [`changes?after=${Buffer.from('e1.zzzzz').toString('base64url')}`, 410, 'CURSOR_EXPIRED'],
  ] as const)
    expect([what, ...(await ask(auditor, what))]).toEqual([what, status, code]);
});

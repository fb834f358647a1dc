import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { importCsv, importFile, ndjson, rowResults } from '../../support/files.js';

let app: TestApp;
let tool: TestClient;
let auditor: TestClient;

beforeAll(async () => {
  app = await startTestApp();
  tool = await app.as('scanner', 'DISCOVERY');
  auditor = await app.as('otto', 'AUDITOR');
  const manager = await app.as('carl', 'CONFIGURATION_MANAGER');
  const item = (key: string) => ({ externalRef: { source: 'scan', key }, name: `host ${key}`, ciClass: 'SERVER' });
  await importFile(manager, 'configuration-items', ndjson(Array.from({ length: 700 }, (_, n) => item(String(n)))));
});
afterAll(async () => await app.end());

const kept = async () => [
  await app.count('ci_observation'),
  await app.count('drift'),
  await app.count('configuration_item'),
];
const observe = async (rows: readonly object[], query = 'source=scan') =>
  (await importFile(tool, 'observations', ndjson(rows), query)).body.import;
const seen = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => ({ key: String(from + n), attributes: { rack: 'R7' } }));

test('observations of a file: kept beside the record, with the three error policies and a dry run', async () => {
  const before = await kept();
  const bad = { key: '620', attributes: 'none' };
  const unknown = { key: 'nobody' };
  const rows = [...seen(0, 520), unknown, ...seen(520, 600), { key: '3' }, bad];

  expect(await observe(rows, 'source=scan&dryRun=true&errorPolicy=IGNORE_FAILED')).toMatchObject({
    created: 600,
    failed: 3,
  });
  expect(await observe(rows, 'source=scan&errorPolicy=REJECT_EVERYTHING')).toMatchObject({ state: 'REJECTED' });
  expect(await kept()).toEqual(before);

  // The rows behind the one that failed are not kept, in its batch neither.
  expect(await observe(rows)).toMatchObject({ state: 'STOPPED', position: 520, created: 520, failed: 1 });
  expect(await kept()).toEqual([520, 520, 700]);

  const all = await observe(rows, 'source=scan&errorPolicy=IGNORE_FAILED&observedAt=2026-11-24T08:00:00Z');
  expect(all).toMatchObject({ state: 'COMPLETED', created: 80, unchanged: 520, failed: 3 });
  expect((await rowResults(tool, all.id, 'status=FAILED')).map(({ row, code }) => [row, code])).toEqual([
    [521, 'NOT_FOUND'],
    [602, 'DUPLICATE_ROW'],
    [603, 'BAD_USER_INPUT'],
  ]);
  expect(await kept()).toEqual([600, 600, 700]);
  const { drift } = await auditor.ok('{ drift(first: 1) { totalCount nodes { source name observed } } }');
  expect(drift).toEqual({ totalCount: 600, nodes: [{ source: 'scan', name: 'rack', observed: 'R7' }] });

  const again = await observe(seen(0, 600), 'source=scan&errorPolicy=REJECT_EVERYTHING');
  expect(again).toMatchObject({ state: 'COMPLETED', unchanged: 600, created: 0 });
});

test('a CSV, with lists as JSON; what is asked wrongly, and by whom', async () => {
  const csv = [
    'key,ciClass,name,attributes.rack,relationKinds,relations,gone',
    `new,SERVER,a new host,R1,RUNS_ON,"[{""kind"":""RUNS_ON"",""targetKey"":""1""}]",`,
    '650,,,,,,true',
    '651,,,,,,maybe',
    `652,,,,,"[{""kind"":""RUNS_ON"",""colour"":""red""}]",`,
  ].join('\n');
  const answer = await importCsv(tool, 'observations', csv, 'source=scan&errorPolicy=IGNORE_FAILED');
  expect(answer.body.import).toMatchObject({ state: 'COMPLETED', created: 2, failed: 2 });
  expect(await app.count(`configuration_item where name = 'a new host' and state = 'DISCOVERED'`)).toBe(1);

  const refused = async (client: TestClient, kind: string, query: string) => {
    const { status, code } = await importFile(client, kind, ndjson(seen(0, 1)), query);
    return [status, code];
  };
  expect(await refused(tool, 'observations', '')).toEqual([400, 'BAD_USER_INPUT']);
  expect(await refused(tool, 'observations', 'source=scan&nextWithinMinutes=-1')).toEqual([400, 'BAD_USER_INPUT']);
  expect(await refused(tool, 'observations', 'source=scan&validFrom=2026-11-24T08:00:00Z')).toEqual([
    400,
    'BAD_USER_INPUT',
  ]);
  expect(await refused(tool, 'configuration-items', '')).toEqual([403, 'FORBIDDEN']);
  expect(await refused(auditor, 'observations', 'source=scan')).toEqual([403, 'FORBIDDEN']);
  const carl = await app.as('carl', 'CONFIGURATION_MANAGER');
  expect(await refused(carl, 'relations', 'source=scan')).toEqual([400, 'BAD_USER_INPUT']);
});

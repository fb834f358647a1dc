/**
 * The import of a file beside PostgreSQL's own COPY of the same rows into the same tables, with the same triggers and
 * indexes. COPY checks no rule, writes no event and keeps no result.
 */
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { newId } from '../src/database/new-id.js';
import { openBenchDatabase } from './database.js';
import { copyIn, copyOut } from './import/copy-in.js';
import type { LoopFigures } from './loop/watch.js';
import { freePort, startInterlock } from './server-process.js';

const HELP = `npm run bench:import -- [options]
  --items N   number of configuration items, with three relations each (may be repeated; default 1000, 10000, 100000)
Imports files into a server of its own, and copies the same rows into the same tables by COPY.`;

const { values: args } = parseArgs({
  options: { items: { type: 'string', multiple: true }, help: { type: 'boolean', short: 'h', default: false } },
});
if (args.help) {
  console.log(HELP);
  process.exit(0);
}
const SIZES = (args.items ?? ['1000', '10000', '100000']).map(Number);
const RELATIONS = 3;

const folder = mkdtempSync(join(tmpdir(), 'interlock-bench-import-'));
const database = await openBenchDatabase({ size: '1k', seed: 1, fresh: true });
const sql = new pg.Client({ connectionString: database.url, application_name: 'interlock-bench' });
await sql.connect();
const watchPort = await freePort();
const watch = fileURLToPath(new URL('loop/watch.js', import.meta.url));
const server = await startInterlock(database.url, database.token, { LOOP_WATCH_PORT: String(watchPort) }, [
  '--expose-gc',
  '--import',
  watch,
]);
const figures = async (): Promise<LoopFigures> =>
  (await (await fetch(`http://127.0.0.1:${watchPort}/`)).json()) as LoopFigures;

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1_000;
}

/** What a run writes: relation n of item i leads to a later item, so that nothing is a cycle. */
const targetOf = (item: number, n: number, items: number): number =>
  (item + 1 + ((item * 7 + n * 13) % (items - 1))) % items;

function* copiedItems(ids: readonly string[], source: string): Generator<string> {
  const now = new Date().toISOString();
  for (let from = 0; from < ids.length; from += 1_000)
    yield ids
      .slice(from, from + 1_000)
      .map((id, n) => {
        const i = from + n;
        return `${id}\tserver ${source} ${i}\tSERVER\t{"rack": "R${i % 100}"}\t${source}\t${i}\t1\t${now}\t${now}\n`;
      })
      .join('');
}

function* copiedRelations(ids: readonly string[]): Generator<string> {
  const now = new Date().toISOString();
  for (let from = 0; from < ids.length; from += 1_000)
    yield ids
      .slice(from, from + 1_000)
      .flatMap((id, n) =>
        Array.from(
          { length: RELATIONS },
          (_, r) => `${newId()}\t${id}\tRUNS_ON\t${ids[targetOf(from + n, r, ids.length)]}\t${now}\n`,
        ),
      )
      .join('');
}

async function copy(items: number) {
  const ids = Array.from({ length: items }, () => newId());
  const source = `copy-${items}`;
  const itemSeconds = await seconds(
    async () =>
      await copyIn(
        sql,
        `copy configuration_item (id, name, ci_class, attributes, external_source, external_key, version, created_at,
           updated_at) from stdin`,
        copiedItems(ids, source),
      ),
  );
  const relationSeconds = await seconds(
    async () =>
      await copyIn(
        sql,
        'copy ci_relation (id, source_id, kind, target_id, created_at) from stdin',
        copiedRelations(ids),
      ),
  );
  return { itemSeconds, relationSeconds };
}

/** Takes an export of all rows of a kind, and drops them. */
async function receive(kind: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${server.port}/export/${kind}`, { headers: server.headers });
  let lines = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
    for (const byte of chunk) if (byte === 10) lines += 1;
  return lines;
}

async function send(kind: string, file: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${server.port}/import/${kind}?errorPolicy=STOP_AT_FAILED`, {
    method: 'POST',
    headers: { ...server.headers, 'content-type': 'application/x-ndjson', accept: 'application/x-ndjson' },
    body: createReadStream(file) as never,
    duplex: 'half',
  } as RequestInit);
  const last = (await response.text()).trim().split('\n').at(-1) ?? '';
  if (!last.includes('"state":"COMPLETED"')) throw new Error(last);
}

function files(items: number) {
  const [itemFile, relationFile] = [join(folder, `items-${items}`), join(folder, `relations-${items}`)];
  const ref = (i: number) => ({ source: `import-${items}`, key: String(i) });
  const lines = (line: (i: number) => string) => Array.from({ length: items }, (_, i) => line(i)).join('');
  writeFileSync(
    itemFile,
    lines(
      (i) =>
        `${JSON.stringify({
          externalRef: ref(i),
          name: `server import-${items} ${i}`,
          ciClass: 'SERVER',
          attributes: { rack: `R${i % 100}` },
        })}\n`,
    ),
  );
  writeFileSync(
    relationFile,
    lines((i) =>
      Array.from(
        { length: RELATIONS },
        (_, r) => `${JSON.stringify({ sourceRef: ref(i), kind: 'RUNS_ON', targetRef: ref(targetOf(i, r, items)) })}\n`,
      ).join(''),
    ),
  );
  return { itemFile, relationFile };
}

const rate = (rows: number, took: number) => Math.round(rows / took).toLocaleString('en');

console.log(`PostgreSQL ${database.server}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(2)}`);
console.log('rows, COPY rows/s, import rows/s, share of COPY, longest hold of the event loop, memory above idle');
// What every later request uses is loaded before the measurement begins.
await send('configuration-items', files(10).itemFile);
for (const items of SIZES) {
  const { itemFile, relationFile } = files(items);
  const copied = await copy(items);
  await sql.query('analyze configuration_item, ci_relation, configuration_item_history, ci_relation_history');
  for (const [kind, file, rows, copySeconds] of [
    ['configuration-items', itemFile, items, copied.itemSeconds],
    ['relations', relationFile, items * RELATIONS, copied.relationSeconds],
  ] as const) {
    await figures();
    const took = await seconds(async () => await send(kind, file));
    const { blockMs, busyMs, peakBytes, startBytes } = await figures();
    console.log(
      `${rows.toLocaleString('en')} ${kind}, ${rate(rows, copySeconds)}, ${rate(rows, took)}, ` +
        `${(copySeconds / took).toFixed(2)}, ${Math.round(blockMs)} ms (processor ${Math.round(busyMs)} ms), ` +
        `${Math.round((peakBytes - startBytes) / 1_048_576)} MiB`,
    );
  }
}
console.log(
  'exported rows, COPY rows/s, export rows/s, share of COPY, longest hold of the event loop, memory above idle',
);
for (const [kind, from] of [
  ['configuration-items', 'configuration_item'],
  [
    'relations',
    `(select r.*, s.external_source, s.external_key, t.external_source as to_source, t.external_key as to_key
      from ci_relation r join configuration_item s on s.id = r.source_id join configuration_item t on t.id = r.target_id
      order by r.id)`,
  ],
] as const) {
  const copySeconds = await seconds(async () => await copyOut(sql, `copy ${from} to stdout`));
  await figures();
  let rows = 0;
  const took = await seconds(async () => (rows = await receive(kind)));
  const { blockMs, busyMs, peakBytes, startBytes } = await figures();
  console.log(
    `${rows.toLocaleString('en')} ${kind}, ${rate(rows, copySeconds)}, ${rate(rows, took)}, ` +
      `${(copySeconds / took).toFixed(2)}, ${Math.round(blockMs)} ms (processor ${Math.round(busyMs)} ms), ` +
      `${Math.round((peakBytes - startBytes) / 1_048_576)} MiB`,
  );
}
await server.stop();
await sql.end();
await database.end();
rmSync(folder, { recursive: true });

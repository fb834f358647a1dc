import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { schema } from '../src/app.js';
import { MAX_PAGE } from '../src/domain/list.js';
import { toNodeId } from '../src/domain/node-id.js';
import { openBenchDatabase } from './database.js';
import type { Size } from './dataset.js';
import { fieldQueries, type FieldArguments, type FieldQuery } from './loop/fields.js';
import { LARGE_RELEASE_TARGETS, largeRelease } from './loop/large-release.js';
import type { LoopFigures } from './loop/watch.js';
import { freePort, startInterlock } from './server-process.js';

const HELP = `npm run bench:loop -- [options]
  --size SIZE  1k, 10k (default) or 100k configuration items
  --keep DIR   folder of a PostgreSQL that keeps its data for the next run
  --only TEXT  only fields whose name contains this; can be repeated
  --all        list every field, not only the slowest
  --json FILE  write the report
Asks for every field at its largest allowed page and watches the event loop and the memory of the server meanwhile.`;

const { values: args } = parseArgs({
  options: {
    size: { type: 'string', default: '10k' },
    keep: { type: 'string' },
    only: { type: 'string', multiple: true, default: [] },
    all: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (args.help) {
  console.log(HELP);
  process.exit(0);
}
const say = (text: string) => process.stderr.write(`${text}\n`);

/** What a field can take at most, by the promise in docs/security.md. */
const MAX_BLOCK_MS = 50;
const MAX_BYTES = 300 * 1_048_576;
const MAX_COST = 500_000;
/** How often each field is asked for. */
const TIMES = 3;

const database = await openBenchDatabase({ size: args.size as Size, seed: 1, keep: args.keep });
const sql = new pg.Client({ connectionString: database.url, application_name: 'interlock-bench' });
await sql.connect();
await largeRelease(sql);

async function ids(table: string, type: Parameters<typeof toNodeId>[0], limit: number, where = 'true') {
  const { rows } = await sql.query<{ id: string }>(`select id from ${table} where ${where} order by id limit ${limit}`);
  return rows.map(({ id }) => toNodeId(type, id));
}

/** Arguments of the fields that need some. */
async function given(): Promise<FieldArguments> {
  const cis = await ids('configuration_item', 'ConfigurationItem', 2_000);
  const [change] = await ids('change', 'Change', 1, "state = 'AUTHORISED'");
  const [release] = await ids('release', 'Release', 1, "number = 'REL-LARGE'");
  const year = 'from: "2026-01-01T00:00:00Z", to: "2027-01-30T00:00:00Z"';
  return {
    'Query.node': `id: "${release ?? ''}"`,
    'Query.nodes': `ids: ${JSON.stringify(cis.slice(0, 200))}`,
    'Query.changeReleaseCandidates': `changeId: "${change ?? ''}", limit: 50`,
    'Query.scheduleConflicts': `release: "${release ?? ''}"`,
    'Query.scheduleSlots': `durationMinutes: 60, days: 90, first: 100, ciIds: ${JSON.stringify(cis)}`,
    'Query.scheduleFindTime': `durationMinutes: 60, days: 90, first: 100, ciIds: ${JSON.stringify(cis)}`,
    'Query.impactedCisTogether': `ids: ${JSON.stringify(cis.slice(0, 200))}`,
    'Query.projectedServiceOutage': year,
    'Query.snapshotDiff': 'from: "2020-01-01T00:00:00Z"',
    'Query.snapshot': `asOf: "${new Date().toISOString()}"`,
    'Query.scheduleEntries': year,
    'Query.releases': 'orderBy: [{ field: ID, direction: DESC }]',
    'ScheduleWindow.occurrences': year,
  };
}

/** Beside the conflicts of one release: those of a period. A year has more of them here than are answered at once. */
const QUARTER: FieldQuery = {
  name: 'Query.scheduleConflicts, three months',
  query: `{ scheduleConflicts(from: "2026-01-01T00:00:00Z", to: "2026-04-01T00:00:00Z", first: ${MAX_PAGE}) {
    totalCount nodes { key message } } }`,
  page: MAX_PAGE,
};

interface Measured extends FieldQuery {
  readonly status: string;
  readonly ms: number;
  readonly bytes: number;
  readonly busyMs: number;
  readonly blockMs: number;
  readonly healthMs: number;
  /** How much the resident memory grew at most. */
  readonly grownBytes: number;
}

// One connection for each request: a kept one may be closed by the server in the moment in which it is used again.
const agent = new Agent({ keepAlive: false });

/** Sends a request, counts the bytes of the answer and keeps its beginning only. */
async function send(port: number, path: string, body?: string, headers: Record<string, string> = {}) {
  return await new Promise<{ bytes: number; start: string }>((done, failed) => {
    const sent = request(
      {
        port,
        path,
        agent,
        method: body === undefined ? 'GET' : 'POST',
        headers: { ...headers, 'content-type': 'application/json', accept: 'application/json' },
      },
      (response) => {
        let bytes = 0;
        let start = '';
        response.on('data', (chunk: Buffer) => {
          if (start.length < 2_000) start += chunk.toString('latin1');
          bytes += chunk.length;
        });
        response.on('end', () => done({ bytes, start }));
        response.on('error', failed);
      },
    );
    sent.on('error', failed);
    sent.end(body);
  });
}

const watchPort = await freePort();
const watch = fileURLToPath(new URL('loop/watch.js', import.meta.url));
const server = await startInterlock(database.url, database.token, { LOOP_WATCH_PORT: String(watchPort) }, [
  '--expose-gc',
  '--import',
  watch,
]);
const figures = async () => JSON.parse((await send(watchPort, '/')).start) as LoopFigures;

/** How long `/healthz` waits at most while something else is answered. */
function askHealth(): () => Promise<number> {
  let most = 0;
  let running = true;
  const asked = (async () => {
    while (running) {
      const begin = performance.now();
      await send(server.port, '/healthz');
      most = Math.max(most, performance.now() - begin);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return async () => {
    running = false;
    await asked;
    return most;
  };
}

async function measure(field: FieldQuery): Promise<Measured> {
  let result: Measured | undefined;
  for (let time = 0; time < TIMES; time++) {
    await figures();
    const health = askHealth();
    const begin = performance.now();
    const { bytes, start } = await send(
      server.port,
      '/graphql',
      JSON.stringify({ query: field.query }),
      server.headers as Record<string, string>,
    );
    const ms = performance.now() - begin;
    const healthMs = await health();
    const { busyMs, blockMs, peakBytes, startBytes } = await figures();
    const grownBytes = peakBytes - startBytes;
    const [, code] = /"code":"(\w+)"/.exec(start) ?? [];
    const status = start.startsWith('{"errors"') ? (code ?? 'error') : start.includes('"errors"') ? 'partly' : 'ok';
    // The smallest of several: what happens each time. A collection of garbage or another process may hit any one.
    result =
      result === undefined
        ? { ...field, status, ms, bytes, busyMs, blockMs, healthMs, grownBytes }
        : {
            ...result,
            ms: Math.min(result.ms, ms),
            busyMs: Math.min(result.busyMs, busyMs),
            blockMs: Math.min(result.blockMs, blockMs),
            healthMs: Math.min(result.healthMs, healthMs),
            grownBytes: Math.max(result.grownBytes, grownBytes),
          };
    if (ms > 20_000) break;
  }
  return result as Measured;
}

const mib = (bytes: number) => (bytes / 1_048_576).toFixed(bytes < 1_048_576 ? 1 : 0);

const row = ({ name, page, status, bytes, ms, busyMs, blockMs, healthMs, grownBytes }: Measured) => {
  const times = [ms, busyMs, blockMs, healthMs].map((time) => time.toFixed(0)).join(' | ');
  return `| \`${name}\` | ${page} | ${status} | ${mib(bytes)} | ${times} | ${mib(grownBytes)} |`;
};

try {
  const asked = [...fieldQueries(schema(), await given(), MAX_COST), QUARTER].filter(
    ({ name }) => args.only.length === 0 || args.only.some((text) => name.includes(text)),
  );
  say(`${asked.length} queries; load average ${loadavg()[0]?.toFixed(1)}, ${cpus().length} cores`);
  const measured: Measured[] = [];
  for (const field of asked) {
    const one = await measure(field);
    measured.push(one);
    if (one.busyMs > MAX_BLOCK_MS || one.grownBytes > MAX_BYTES || one.status !== 'ok' || args.only.length > 0)
      say(row(one));
  }
  const worst = measured.toSorted((a, b) => b.busyMs - a.busyMs);
  console.log(`${measured.length} fields at ${args.size}, a release of ${LARGE_RELEASE_TARGETS} targets among them.\n`);
  console.log(
    '| field | page | answer | MiB | ms | longest turn, ms of processor | ms on the clock | /healthz ms | ' +
      'memory grows by MiB |',
  );
  console.log('| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const one of args.all ? worst : worst.slice(0, 40)) console.log(row(one));
  const over = measured.filter(({ busyMs, grownBytes }) => busyMs > MAX_BLOCK_MS || grownBytes > MAX_BYTES);
  say(`${over.length} of ${measured.length} over ${MAX_BLOCK_MS} ms or ${mib(MAX_BYTES)} MiB`);
  if (args.json) writeFileSync(args.json, JSON.stringify(measured, null, 1));
  if (over.length > 0) process.exitCode = 1;
} finally {
  agent.destroy();
  await server.stop();
  await sql.end();
  await database.end();
}

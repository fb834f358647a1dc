import { fork, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { canonical, difference } from './canonical.js';
import { openBenchDatabase } from './database.js';
import { SIZES, type Size } from './dataset.js';
import type { LoadOrder, LoadResult } from './load.js';
import { loadOperations, type Operation, type Parameters } from './operation.js';
import { childrenCpuMs, cpuMs, parentOf } from './processes.js';
import { printOperation, summarise, type Measured, type OperationReport } from './report.js';
import { SERVERS, startInterlock, startPeer, type ServerName, type ServerProcess } from './server-process.js';

const HELP = `npm run bench -- [options]
  --size 1k|10k|100k   configuration items in the data set (default 1k; all else in proportion)
  --quick              a first look in less than a minute: 1k, short turns, fewer parameter sets
  --only NAME          only this operation (may be repeated)
  --json FILE          write the report
  --seed N             another data set of the same shape (default 1)
  --seconds N          length of one turn of one server (default 4)
  --keep DIR           keep the folder of the database server, and use existing data
Runs on the PostgreSQL of DATABASE_URL if set (creates and drops its own databases there), else on an embedded one.`;

const ROUNDS = 3;
const CONNECTIONS = 16;

const { values: args } = parseArgs({
  options: {
    size: { type: 'string', default: '1k' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    json: { type: 'string' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '4' },
    keep: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (args.help) {
  console.log(HELP);
  process.exit(0);
}
if (!(args.size in SIZES)) throw new Error(`--size is one of ${Object.keys(SIZES).join(', ')}.`);
const size = args.size as Size;
const turnMs = args.quick ? 300 : Number(args.seconds) * 1_000;
const warmUpMs = args.quick ? 200 : 1_500;
const maxSets = args.quick ? 20 : 200;

const say = (text: string) => process.stderr.write(`${text}\n`);

/**
 * An operation with its parameter sets and, for each server, the request bodies and the lengths of the right answers.
 */
interface Prepared {
  readonly operation: Operation;
  readonly requests: ReadonlyMap<ServerName, { readonly bodies: string[]; readonly lengths: number[] }>;
}

// Every answer to every parameter set, from every server: they must contain the same data.
async function compareAnswers(
  operation: Operation,
  sets: readonly Parameters[],
  servers: readonly ServerProcess[],
): Promise<Prepared> {
  const requests = new Map(servers.map(({ name }) => [name, { bodies: [] as string[], lengths: [] as number[] }]));
  for (const parameters of sets) {
    let first: { readonly name: ServerName; readonly answer: unknown } | undefined;
    for (const server of servers) {
      const body = server.body(operation, parameters);
      const text = await server.ask(body);
      const answer = canonical((JSON.parse(text) as { data: unknown }).data);
      first ??= { name: server.name, answer };
      const other = difference(first.answer, answer);
      if (other !== undefined)
        throw new Error(
          `${operation.name}: ${first.name} and ${server.name} differ for ${JSON.stringify(parameters)}: ${other}`,
        );
      requests.get(server.name)?.bodies.push(body);
      requests.get(server.name)?.lengths.push(Buffer.byteLength(text));
    }
  }
  return { operation, requests };
}

async function command(load: ChildProcess, order: LoadOrder): Promise<LoadResult> {
  return await new Promise((resolve, reject) => {
    load.once('message', (result) => {
      const { wrong } = result as LoadResult;
      if (wrong === undefined) resolve(result as LoadResult);
      else reject(new Error(`A wrong answer under load: ${wrong}`));
    });
    load.send(order);
  });
}

// When it is asked to stop, it still stops everything it started.
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (interrupted = true));

const begin = performance.now();
const operations = (await loadOperations()).filter(({ name }) => args.only === undefined || args.only.includes(name));
say(`Making the data set: ${size} configuration items, seed ${args.seed} …`);
const database = await openBenchDatabase({ size, seed: Number(args.seed), keep: args.keep });
const closers: (() => Promise<unknown>)[] = [database.end];
try {
  say(`  ${database.loadSeconds.toFixed(1)} s on ${database.server}`);
  const client = new pg.Client({ connectionString: database.url, application_name: 'interlock-bench' });
  await client.connect();
  closers.push(async () => await client.end());
  const backend = Number((await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid);
  const local = process.env['DATABASE_URL'] === undefined || process.env['DATABASE_URL'] === '';
  const postmaster = local ? parentOf(backend) : undefined;

  const servers = await Promise.all(
    SERVERS.map(async (name) =>
      name === 'interlock' ? await startInterlock(database.url, database.token) : await startPeer(name, database.url),
    ),
  );
  for (const server of servers) closers.push(server.stop);
  const load = fork(new URL('load.js', import.meta.url));
  closers.push(async () => load.disconnect());

  say('Comparing the answers …');
  const prepared: Prepared[] = [];
  for (const operation of operations) {
    const { rows: sets } = await client.query<Parameters>(operation.parameters, [maxSets]);
    if (sets.length === 0) throw new Error(`${operation.name}: the data set has no parameters for it.`);
    prepared.push(await compareAnswers(operation, sets, servers));
    say(`  ${operation.name}: ${sets.length} parameter sets, the same data from ${servers.length} servers`);
  }

  const measured = new Map<string, Measured[]>();
  const turn = async (
    { operation, requests }: Prepared,
    server: ServerProcess,
    milliseconds: number,
  ): Promise<Measured> => {
    if (interrupted) throw new Error('Interrupted.');
    const { bodies, lengths } = requests.get(server.name) as { bodies: string[]; lengths: number[] };
    const statements = await server.statements();
    const own = cpuMs(server.pid);
    const sql = postmaster === undefined ? undefined : childrenCpuMs(postmaster);
    const result = await command(load, {
      port: server.port,
      headers: server.headers,
      bodies,
      lengths,
      connections: CONNECTIONS,
      milliseconds,
    });
    const per = (total: number | undefined) => (total === undefined ? undefined : total / result.requests);
    return {
      operation: operation.name,
      server: server.name,
      rps: result.requests / result.seconds,
      p50: result.p50,
      p99: result.p99,
      cpuMs: per(own === undefined ? undefined : (cpuMs(server.pid) as number) - own),
      sqlCpuMs: per(sql === undefined || postmaster === undefined ? undefined : childrenCpuMs(postmaster) - sql),
      statements: ((await server.statements()) - statements) / result.requests,
      bytes: result.bytes / result.requests,
    };
  };
  say('Warming up …');
  for (const each of prepared) for (const server of servers) await turn(each, server, warmUpMs);
  const loadBefore = loadavg()[0] as number;
  for (let round = 0; round < ROUNDS; round++) {
    say(`Round ${round + 1} of ${ROUNDS} …`);
    for (const each of prepared) {
      // Each round begins with another server, so that none always follows the same one.
      for (let i = 0; i < servers.length; i++) {
        const server = servers[(i + round) % servers.length] as ServerProcess;
        const key = `${each.operation.name} ${server.name}`;
        const result = await turn(each, server, turnMs);
        measured.set(key, [...(measured.get(key) ?? []), result]);
      }
    }
  }

  const report: OperationReport[] = operations.map((operation) => summarise(operation, SERVERS, measured));
  console.log(
    `\n${size} configuration items, seed ${args.seed}; ` +
      `${CONNECTIONS} connections, ${ROUNDS} rounds of ${turnMs / 1_000} s each, medians. ` +
      `${database.server}, Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}, ` +
      `load average before ${loadBefore.toFixed(1)}.`,
  );
  for (const each of report) printOperation(each);
  if (args.json !== undefined) {
    const machine = {
      cpus: cpus().length,
      model: cpus()[0]?.model,
      node: process.versions.node,
      postgres: database.server,
      loadAverage: loadBefore,
    };
    const settings = { size, seed: Number(args.seed), rounds: ROUNDS, connections: CONNECTIONS };
    const result = { ...settings, turnSeconds: turnMs / 1_000, machine, operations: report };
    writeFileSync(args.json, `${JSON.stringify(result, undefined, 2)}\n`);
  }
  say(`Done in ${((performance.now() - begin) / 1_000).toFixed(0)} s.`);
} finally {
  for (const closer of closers.toReversed()) await closer();
}

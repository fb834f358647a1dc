import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { createClient } from 'graphql-ws';
import pg from 'pg';
import WebSocket from 'ws';
import { toNodeId } from '../src/domain/node-id.js';
import { commands, type Command } from './commands.js';
import { openBenchDatabase } from './database.js';
import { largeRelease } from './write/large-release.js';
import { SEQUENCE, type LoadOrder, type LoadResult } from './load.js';
import { childrenCpuMs, cpuMs, parentOf } from './processes.js';
import { startInterlock, startPeer } from './server-process.js';

const HELP = `npm run bench:write -- [options]
  --connections N   number of connections (may be repeated; default 1, 16 and 64)
  --seconds N       length of one turn (default 4)
  --only NAME       only this command (may be repeated)
  --quick           16 connections, 1.5 seconds
  --json FILE       write the report
Sends commands to Interlock, to the mutations that PostGraphile generates, and to a bare server that writes the same
rows by prepared statements. At the same time a subscriber follows the events of Interlock. At the end 500 items are
added to a release of 5,000 (--only releaseAddCi).`;

const { values: args } = parseArgs({
  options: {
    connections: { type: 'string', multiple: true },
    seconds: { type: 'string' },
    only: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (args.help) {
  console.log(HELP);
  process.exit(0);
}
const sizes = (args.connections ?? (args.quick ? ['16'] : ['1', '16', '64'])).map(Number);
const milliseconds = Number(args.seconds ?? (args.quick ? '1.5' : '4')) * 1_000;
const ROUNDS = args.quick ? 1 : 3;
const SUBSCRIBERS = 1;
/** How often items are added to the large release in one turn. */
const LARGE_TIMES = 5;
const NAMES = ['interlock', 'postgraphile', 'bare'] as const;
type Name = (typeof NAMES)[number];
const say = (text: string) => process.stderr.write(`${text}\n`);

/** Figures of one turn. Times in milliseconds; CPU, statements and WAL are per command. */
interface Turn {
  readonly rps: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpuMs: number | undefined;
  readonly sqlCpuMs: number | undefined;
  /** SQL statements, `begin` and `commit` included, also those that are run by name. */
  readonly statements: number;
  readonly walBytes: number;
  /** Milliseconds from the begin of a command to its event at a subscriber; only Interlock has them. */
  readonly eventP99: number | undefined;
}

const database = await openBenchDatabase({
  size: '1k',
  seed: 1,
  fresh: true,
  settings: ['shared_preload_libraries=pg_stat_statements', 'pg_stat_statements.track=top', 'max_connections=200'],
});
const sql = new pg.Client({ connectionString: database.url, application_name: 'interlock-bench' });
await sql.connect();
await sql.query('create extension if not exists pg_stat_statements');
const value = async (text: string) => Number((await sql.query(text)).rows[0]?.value);
const postmaster = parentOf(await value('select pg_backend_pid() as value'));

const [known] = (
  await sql.query<{ person: string; ci: string; bench: string }>(
    `select (select id from person where 'RELEASE_OWNER' = any(roles) limit 1) as person,
       (select id from configuration_item where state = 'DISCOVERED' limit 1) as ci,
       (select id from person where email = 'bench@bench.test') as bench`,
  )
).rows;
const wanted = commands({ personId: known?.person ?? '', ciId: known?.ci ?? '', node: toNodeId }).filter(
  ({ name }) => args.only === undefined || args.only.includes(name),
);

const interlock = await startInterlock(database.url, database.token, { INTERLOCK_WRITE_POOL: '10' });
const postgraphile = await startPeer('postgraphile', database.url);
const bare = await startPeer('bare-writes', database.url);
const servers = { interlock, postgraphile, bare };
const load: ChildProcess = fork(new URL('load.js', import.meta.url));

const delays: number[] = [];
const sockets = Array.from({ length: SUBSCRIBERS }, () => {
  const client = createClient({
    url: `ws://127.0.0.1:${interlock.port}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${database.token}` },
  });
  client.subscribe<{ eventStream: { events: { at: string }[] } }>(
    { query: 'subscription { eventStream { events { at } } }' },
    {
      next: ({ data }) => {
        const now = Date.now();
        for (const { at } of data?.eventStream.events ?? []) delays.push(now - Date.parse(at));
      },
      error: (error) => say(`A subscription ended: ${JSON.stringify(error)}`),
      complete: () => {},
    },
  );
  return client;
});

function order(name: Name, command: Command, connections: number): LoadOrder {
  const { port, headers } = servers[name];
  if (name === 'bare')
    return { port, headers, bodies: [JSON.stringify(command.bare)], contains: '"number"', connections, milliseconds };
  const { document, input } = command[name];
  const body = JSON.stringify({ query: document, variables: { input } });
  return {
    port,
    headers,
    // PostGraphile has no default for ids; each body of a turn has its own, and a prefix that no other turn has.
    bodies: [body.replace('"$uuid"', `"${randomUUID().slice(0, 24)}${'00'}${SEQUENCE}"`)],
    contains: name === 'interlock' ? '"userErrors":[]' : '"version"',
    connections,
    milliseconds,
  };
}

// PostgreSQL counts a prepared `begin`, `commit` or `notify` when it runs for the first time only. Each transaction
// with an event has one `begin` and one `commit`; the `notify` of the bare server stays out.
const STATEMENTS = `
  select sum(calls) filter (where query not in ('begin', 'commit')) +
    2 * greatest(sum(calls) filter (where query = 'begin'),
                 sum(calls) filter (where query ilike 'insert into domain_event%'), 0) as value
  from pg_stat_statements`;

async function turn(name: Name, command: Command, connections: number): Promise<Turn> {
  return await measured(name, async () => {
    const result = await new Promise<LoadResult>((done) => {
      load.once('message', (message) => done(message as LoadResult));
      load.send(order(name, command, connections));
    });
    if (result.wrong !== undefined) throw new Error(`${name}, ${command.name}: a wrong answer: ${result.wrong}`);
    return result;
  });
}

/** Sends bodies one after the other. */
async function oneByOne(name: Name, bodies: readonly string[]): Promise<Turn> {
  return await measured(name, async () => {
    const times: number[] = [];
    for (const body of bodies) {
      const begin = performance.now();
      const answer = await servers[name].ask(body);
      if (!/"userErrors":\[\]|^{"data":{"id"/.test(answer)) throw new Error(`${name}: a wrong answer: ${answer}`);
      times.push(performance.now() - begin);
    }
    times.sort((a, b) => a - b);
    const seconds = times.reduce((sum, time) => sum + time, 0) / 1_000;
    const middle = times[Math.floor(times.length / 2)] as number;
    return { requests: times.length, seconds, bytes: 0, p50: middle, p99: times.at(-1) as number };
  });
}

/** Figures of what a server is asked to do. */
async function measured(name: Name, ask: () => Promise<LoadResult>): Promise<Turn> {
  await sql.query('select pg_stat_statements_reset()');
  const wal = await value(`select pg_current_wal_lsn() - '0/0'::pg_lsn as value`);
  const own = cpuMs(servers[name].pid);
  const theirs = postmaster === undefined ? undefined : childrenCpuMs(postmaster);
  delays.length = 0;
  const result = await ask();
  const per = (total: number | undefined) => (total === undefined ? undefined : total / result.requests);
  const spent = own === undefined ? undefined : (cpuMs(servers[name].pid) as number) - own;
  const sqlSpent = theirs === undefined || postmaster === undefined ? undefined : childrenCpuMs(postmaster) - theirs;
  const sorted = delays.toSorted((a, b) => a - b);
  return {
    rps: result.requests / result.seconds,
    p50: result.p50,
    p99: result.p99,
    cpuMs: per(spent),
    sqlCpuMs: per(sqlSpent),
    statements: (await value(STATEMENTS)) / result.requests,
    walBytes: ((await value(`select pg_current_wal_lsn() - '0/0'::pg_lsn as value`)) - wal) / result.requests,
    eventP99: name === 'interlock' ? sorted[Math.floor(sorted.length * 0.99)] : undefined,
  };
}

function median(turns: readonly Turn[], key: keyof Turn): number | undefined {
  const values = turns.map((each) => each[key]).filter((each) => each !== undefined);
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

const report: object[] = [];

/** Prints the medians of a line, and adds them to the report. */
function show(title: string, line: object, turns: Readonly<Partial<Record<Name, readonly Turn[]>>>): void {
  console.log(`\n${title}`);
  const titles = ['commands/s', 'p50 ms', 'p99 ms', 'CPU ms', 'SQL CPU ms', 'statements', 'WAL B', 'event p99 ms'];
  console.log(`${''.padEnd(14)}${titles.map((each) => each.padStart(13)).join('')}   ours/theirs`);
  const ours = median(turns.interlock ?? [], 'rps') as number;
  for (const [server, all] of Object.entries(turns)) {
    const keys = ['rps', 'p50', 'p99', 'cpuMs', 'sqlCpuMs', 'statements', 'walBytes', 'eventP99'] as const;
    const places = [ours < 100 ? 1 : 0, 1, 1, 2, 2, 1, 0, 0];
    const cells = keys.map((key, n) => median(all, key)?.toFixed(places[n]) ?? '–');
    const ratio = ours / (median(all, 'rps') as number);
    const end = server === 'interlock' ? '' : `   ${ratio.toFixed(2)} ×`;
    console.log(`${server.padEnd(14)}${cells.map((cell) => cell.padStart(13)).join('')}${end}`);
    const figures = Object.fromEntries(keys.map((key) => [key, median(all, key)]));
    report.push({ ...line, server, ...figures, ratio });
  }
}

/** The large command. PostGraphile has no mutation for many rows. */
async function showLarge(): Promise<void> {
  if (args.only !== undefined && !args.only.includes('releaseAddCi')) return;
  const large = await largeRelease(sql, known?.bench ?? '', LARGE_TIMES);
  const turns: Record<'interlock' | 'bare', Turn[]> = { interlock: [], bare: [] };
  for (let round = 0; round <= ROUNDS; round++)
    for (const name of ['interlock', 'bare'] as const) {
      const figures = await oneByOne(name, large[name]);
      await large.undo();
      if (round > 0) turns[name].push(figures); // the first round warms up
    }
  show(large.name, { command: 'releaseAddCi', connections: 1 }, turns);
}

try {
  const loadBefore = loadavg()[0] as number;
  say('Warming up …');
  for (const command of wanted) for (const name of NAMES) await turn(name, command, 16);
  for (const command of wanted) {
    for (const connections of sizes) {
      const turns: Record<Name, Turn[]> = { interlock: [], postgraphile: [], bare: [] };
      for (let round = 0; round < ROUNDS; round++)
        for (let i = 0; i < NAMES.length; i++) {
          const name = NAMES[(i + round) % NAMES.length] as Name;
          turns[name].push(await turn(name, command, connections));
        }
      show(`${command.name}, ${connections} connections`, { command: command.name, connections }, turns);
    }
  }
  await showLarge();
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, node: process.versions.node, loadBefore };
  console.log(`\n${database.server}, ${JSON.stringify(machine)}`);
  if (args.json !== undefined) writeFileSync(args.json, `${JSON.stringify({ machine, report }, undefined, 2)}\n`);
} finally {
  for (const socket of sockets) await socket.dispose();
  load.disconnect();
  for (const server of Object.values(servers)) await server.stop();
  await sql.end();
  await database.end();
}

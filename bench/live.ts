import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { openBenchDatabase } from './database.js';
import type { LiveOrder, LiveSeen } from './live-clients.js';
import { freePort, startInterlock } from './server-process.js';

const HELP = `npm run bench:live -- [options]
  --subscribers N   number of subscribers (may be repeated; default 1000, 5000 and 10000)
  --seconds N       send one event per second for this time (default 10)
  --quick           1000 subscribers, 3 seconds
  --json FILE       write the report
Each subscriber has its own WebSocket. The sockets run in one process, the server in another, and the events come from a
third.`;

const { values: args } = parseArgs({
  options: {
    subscribers: { type: 'string', multiple: true },
    seconds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (args.help) {
  console.log(HELP);
  process.exit(0);
}
const sizes = (args.subscribers ?? (args.quick ? ['1000'] : ['1000', '5000', '10000'])).map(Number);
const seconds = Number(args.seconds ?? (args.quick ? '3' : '10'));
/** Messages of one burst, over all subscribers; they show the saturation of a server. */
const BURST = args.quick ? 50_000 : 200_000;
const BURSTS = 3;
const PATIENCE_MS = 60_000;
const EVENTS = '{ events { id cursor type at subject { id type version number name state } } endCursor caughtUp }';
const QUERY = `subscription Live($after: String) { eventStream(after: $after) ${EVENTS} }`;
const SINGLE_QUERY = QUERY.replace('after: $after', 'after: $after, batchSize: 1');
const PLAIN_QUERY = `subscription Live { eventStream ${EVENTS} }`;

const BEAT = `mutation Beat($input: ConfigurationItemUpsertInput!) {
  configurationItemUpsert(input: $input) { userErrors { message } }
}`;

const TITLES = [
  'p50 ms',
  'p99 ms',
  'max ms',
  'events/s',
  'per message',
  'client CPU',
  'bytes',
  'heap B/sub',
  'wrong',
  'after kill -9',
];

const printRow = (name: string, values: readonly unknown[]) =>
  console.log(`${name.padEnd(12)}${values.map((value) => String(value).padStart(14)).join('')}`);

const say = (text: string) => process.stderr.write(`${text}\n`);

/** A server that sends events to its subscribers. */
interface LiveServer {
  readonly port: number;
  readonly probePort: number;
  readonly params: Record<string, string>;
  readonly query: string;
  /** Causes one event as in production. */
  one(): Promise<void>;
  /** Causes many events as fast as possible. */
  many(n: number): Promise<void>;
  kill(): void;
  stop(): Promise<void>;
}

/** `single` is Interlock with one event per message, as the peers send them. */
type LiveName = 'interlock' | 'single' | 'plain' | 'bare';

const database = await openBenchDatabase({ size: '1k', seed: 1, fresh: true });
const sql = new pg.Client({ connectionString: database.url, application_name: 'interlock-bench' });
await sql.connect();
const probe = fileURLToPath(new URL('servers/probe.js', import.meta.url));

async function interlock(query = QUERY): Promise<LiveServer> {
  const probePort = await freePort();
  const server = await startInterlock(database.url, database.token, { BENCH_PROBE_PORT: String(probePort) }, [
    '--expose-gc',
    '--import',
    probe,
  ]);
  let n = 0;
  return {
    port: server.port,
    probePort,
    params: { authorization: `Bearer ${database.token}` },
    query,
    one: async () => {
      // A real command over HTTP: its event is committed, stamped and then delivered.
      const input = {
        externalRef: { source: 'bench', key: 'live' },
        name: 'live',
        ciClass: 'SERVER',
        description: `beat ${process.pid}.${n++}`,
      };
      await server.ask(JSON.stringify({ query: BEAT, variables: { input } }));
    },
    many: async (count) => {
      // One command costs far more than its delivery to a thousand subscribers, so write a burst directly to the log.
      await sql.query(
        `insert into domain_event (
           id, type, aggregate_type, aggregate_id, aggregate_version, topics, at, actor_name, request_id, payload
         )
         select
           gen_random_uuid(), 'configuration-item.updated', 'ConfigurationItem', c.id, g, array[c.id], now(),
           'bench', 'bench',
           jsonb_build_object('subject', jsonb_build_object('number', c.number, 'name', c.name, 'state', c.state))
         from (select * from configuration_item order by id limit 1) c, generate_series(1, $1) g`,
        [count],
      );
    },
    kill: () => process.kill(server.pid, 'SIGKILL'),
    stop: server.stop,
  };
}

async function peer(name: 'plain' | 'bare'): Promise<LiveServer> {
  const probePort = await freePort();
  const child = fork(new URL(`servers/live-${name}.js`, import.meta.url), [], {
    env: { ...process.env, NODE_ENV: 'production', BENCH_PROBE_PORT: String(probePort) },
    execArgv: ['--expose-gc', '--import', probe],
  });
  const port = await new Promise<number>((done) =>
    child.once('message', (message) => done((message as { port: number }).port)),
  );
  const publish = async (n: number) =>
    void (await fetch(`http://127.0.0.1:${port}/publish?n=${n}`, { method: 'POST' })).status;
  return {
    port,
    probePort,
    params: {},
    query: PLAIN_QUERY,
    one: async () => await publish(1),
    many: publish,
    kill: () => child.kill('SIGKILL'),
    stop: async () => {
      child.disconnect();
      await new Promise((done) => child.once('exit', done));
    },
  };
}

const clients: ChildProcess = fork(new URL('live-clients.js', import.meta.url));
const waiting = new Map<number, (seen: LiveSeen | undefined) => void>();
let ending = false;
clients.once('exit', (code, signal) => {
  if (ending) return;
  say(`The process of the subscribers has ended (${signal ?? code}); nothing can be measured.`);
  void sql
    .end()
    .then(database.end)
    .finally(() => process.exit(1));
});
clients.on('message', ({ id, seen }: { id: number; seen: LiveSeen | undefined }) => waiting.get(id)?.(seen));
let asked = 0;
const tell = async (order: LiveOrder): Promise<LiveSeen> =>
  await new Promise((done) => {
    const id = asked++;
    waiting.set(id, (seen) => {
      waiting.delete(id);
      done(seen as LiveSeen);
    });
    clients.send({ id, order });
  });

/** Starts counting. @returns once the subscribers count, so that no event comes too early, with the future result. */
async function counting(until: number, milliseconds: number): Promise<{ readonly seen: Promise<LiveSeen> }> {
  const seen = tell({ kind: 'count', until, milliseconds });
  await tell({ kind: 'ready' });
  return { seen };
}

const heap = async (port: number): Promise<number> => {
  const { heapUsed, external } = (await (await fetch(`http://127.0.0.1:${port}/`)).json()) as {
    heapUsed: number;
    external: number;
  };
  return heapUsed + external;
};

/** The result of one server with one number of subscribers. */
interface LiveFigures {
  /**
   * Milliseconds from the instant of an event (the beginning of its transaction) to its arrival, at one event per
   * second.
   */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /**
   * Events per second over all subscribers when many wait: median of the bursts. Waiting events share a message in
   * Interlock.
   */
  readonly perSecond: number;
  readonly bytesPerEvent: number;
  /** In the bursts. */
  readonly eventsPerMessage: number;
  /** Share of a core that the subscribers' process used in the bursts. Near 1, the client was the limit. */
  readonly clientCpu: number;
  readonly heapPerSubscriber: number;
  /** Subscribers that lost an event, or got one twice or out of order. */
  readonly wrong: number;
  /** The same after the server was killed and all subscribers resumed; only for Interlock. */
  readonly wrongAfterKill?: number;
  readonly resumedSeconds?: number;
}

let addresses = 2;

async function killed(server: LiveServer): Promise<{ wrongAfterKill: number; resumedSeconds: number }> {
  await server.many(10);
  server.kill(); // it loses everything under way
  await server.many(10); // events continue to be committed
  const again = await interlock();
  const begin = performance.now();
  await tell({ kind: 'resume', port: again.port });
  const { rows } = await sql.query<{ head: number }>(
    `select count(position)::int + (select count(*)::int from domain_event where position is null) as head
     from domain_event`,
  );
  const { wrong } = await tell({ kind: 'reach', position: rows[0]?.head ?? 0, milliseconds: PATIENCE_MS });
  const resumedSeconds = (performance.now() - begin) / 1_000;
  await tell({ kind: 'close' });
  await again.stop();
  return { wrongAfterKill: wrong, resumedSeconds };
}

async function measure(name: LiveName, count: number): Promise<LiveFigures> {
  const server =
    name === 'interlock' ? await interlock() : name === 'single' ? await interlock(SINGLE_QUERY) : await peer(name);
  await server.one();
  const before = await heap(server.probePort);
  await tell({
    kind: 'open',
    port: server.port,
    count,
    address: `127.0.${addresses++}`,
    params: server.params,
    query: server.query,
  });
  // All subscribers are ready when all of them have received one event.
  for (let tries = 0; ; tries++) {
    const counted = await counting(1, 5_000);
    await server.one();
    if ((await counted.seen).events >= count) break;
    if (tries === 10) throw new Error(`${name}: not all of ${count} subscribers hear of events.`);
  }
  const heapPerSubscriber = ((await heap(server.probePort)) - before) / count;

  const counted = await counting(seconds, seconds * 1_000 + PATIENCE_MS);
  for (let i = 0; i < seconds; i++) {
    const beat = performance.now();
    await server.one();
    await wait(Math.max(0, 1_000 - (performance.now() - beat)));
  }
  const steady = await counted.seen;

  const bursts: LiveSeen[] = [];
  const events = Math.ceil(BURST / count);
  for (let i = 0; i < BURSTS; i++) {
    const burst = await counting(events, PATIENCE_MS);
    await server.many(events);
    bursts.push(await burst.seen);
  }
  const rates = bursts.map((burst) => burst.events / burst.seconds).toSorted((a, b) => a - b);
  const figures = {
    p50: steady.p50,
    p99: steady.p99,
    max: steady.max,
    perSecond: Math.round(rates[Math.floor(rates.length / 2)] as number),
    bytesPerEvent: Math.round(steady.bytesPerEvent),
    eventsPerMessage: Number((bursts.at(-1)?.eventsPerMessage ?? 0).toFixed(1)),
    clientCpu: Number((bursts.at(-1)?.clientCpu ?? 0).toFixed(2)),
    heapPerSubscriber: Math.round(heapPerSubscriber),
    wrong: steady.wrong + bursts.reduce((sum, burst) => sum + burst.wrong, 0),
  };
  if (name === 'interlock') return { ...figures, ...(await killed(server)) };
  await tell({ kind: 'close' });
  await server.stop();
  return figures;
}

try {
  const loadBefore = loadavg()[0] as number;
  const files = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
  if (files !== 'unlimited' && Number(files) < Math.max(...sizes) + 200)
    throw new Error(`At most ${files} files may be open (ulimit -n); ${Math.max(...sizes)} sockets need more.`);
  const report: {
    subscribers: number;
    servers: Record<LiveName, LiveFigures>;
    ratio: { plain: number; bare: number; singlePlain: number };
  }[] = [];
  console.log(
    `One socket each; one event per second for ${seconds} s; ` +
      `then ${BURSTS} bursts of ${BURST} events over all subscribers. ` +
      `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}, ` +
      `load average before ${loadBefore.toFixed(1)}, ulimit -n ${files}.`,
  );
  for (const count of sizes) {
    const servers = {} as Record<LiveName, LiveFigures>;
    console.log(`\n${count} subscribers`);
    printRow('', TITLES);
    for (const name of ['interlock', 'single', 'plain', 'bare'] as const) {
      say(`${name} with ${count} subscribers …`);
      const f = await measure(name, count);
      servers[name] = f;
      const after = f.wrongAfterKill === undefined ? '' : `${f.wrongAfterKill} (${f.resumedSeconds?.toFixed(1)} s)`;
      const delays = [f.p50, f.p99, f.max];
      const rates = [f.perSecond, f.eventsPerMessage, f.clientCpu, f.bytesPerEvent, f.heapPerSubscriber];
      printRow(name, [...delays, ...rates, f.wrong, after]);
    }
    const ratio = (one: LiveName, other: LiveName) =>
      Number((servers[one].perSecond / servers[other].perSecond).toFixed(2));
    const ratios = {
      plain: ratio('interlock', 'plain'),
      bare: ratio('interlock', 'bare'),
      singlePlain: ratio('single', 'plain'),
    };
    report.push({ subscribers: count, servers, ratio: ratios });
    console.log(
      `events/s of Interlock: ${ratios.plain} × plain graphql-ws ` +
        `(${ratios.singlePlain} × with one event per message), ${ratios.bare} × bare ws`,
    );
  }
  if (args.json !== undefined)
    writeFileSync(
      args.json,
      `${JSON.stringify({ seconds, burst: BURST, loadAverage: loadBefore, report }, undefined, 2)}\n`,
    );
} finally {
  ending = true;
  clients.disconnect();
  await sql.end();
  await database.end();
}

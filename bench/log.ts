import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { createClient } from 'graphql-ws';
import pg from 'pg';
import WebSocket from 'ws';
import { toNodeId } from '../src/domain/node-id.js';
import { toCursor } from '../src/events/log.js';
import { openBenchDatabase } from './database.js';
import { cpuMs } from './processes.js';
import { startInterlock, type ServerProcess } from './server-process.js';

const HELP = `npm run bench:log -- [options]
  --events N   length of the event log (default 1000000)
  --quick      100000 events
  --json FILE  write the report
Reads first pages of the event log by each filter, and lets a subscriber catch up from far behind.`;

const { values: args } = parseArgs({
  options: {
    events: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (args.help) {
  console.log(HELP);
  process.exit(0);
}
const events = Number(args.events ?? (args.quick ? '100000' : '1000000'));
const BEHIND = [10_000, 100_000, 1_000_000].filter((n) => n <= events);
const TURNS = 21;
const say = (text: string) => process.stderr.write(`${text}\n`);

const uuid = (kind: string, n: number) => `00000000-0000-7000-${kind}-${n.toString(16).padStart(12, '0')}`;
const uuids = (kind: string, n: string) => `('00000000-0000-7000-${kind}-' || lpad(to_hex(${n}), 12, '0'))::uuid`;
/** Actors are few, and one of them is rare. Objects have fifty events each. */
const RARE_ACTOR = uuid('a000', 999);
const BUSY_ACTOR = uuid('a000', 1);
const START = Date.UTC(2026, 0, 1);
const EVERY_MS = 20_000;
const at = (n: number) => new Date(START + n * EVERY_MS).toISOString();

const database = await openBenchDatabase({ size: '1k', seed: 1, fresh: true });
const sql = new pg.Client({ connectionString: database.url, application_name: 'interlock-bench' });
await sql.connect();

/** Writes the log: every thousandth event has a rare type, every 100,000th a very rare one. */
async function fillLog(): Promise<void> {
  await sql.query('set session_replication_role = replica');
  await sql.query('truncate domain_event, event_zone');
  await sql.query(
    `insert into domain_event (id, position, type, aggregate_type, aggregate_id, aggregate_version, topics, at,
       actor_id, actor_name, request_id, payload)
     select gen_random_uuid(), n,
       case when n % 100000 = 7 then 'person.registered' when n % 1000 = 3 then 'team.updated' else
         (array['release', 'change', 'distribution', 'task', 'configuration-item'])[1 + n % 5] || '.' ||
         (array['created', 'updated', 'accepted', 'closed', 'moved', 'held', 'resumed'])[1 + (n / 5) % 7] end,
       'ConfigurationItem', ${uuids('8000', 'n % (1 + $1::int / 50)')}, n,
       array[${uuids('8000', 'n % (1 + $1::int / 50)')}, ${uuids('9000', 'n % 300')}],
       $2::timestamptz + n * interval '${EVERY_MS} milliseconds',
       case when n % 3 = 0 then null when n % 50000 = 1 then $3::uuid else ${uuids('a000', 'n % 300')} end,
       'Bench', 'request-' || n,
       jsonb_build_object('subject', jsonb_build_object('number', 'CI-' || n, 'name', 'name of ' || n, 'state',
         'AUTHORISED'), 'changes', jsonb_build_array(jsonb_build_object('object', 'ci_' || n, 'field', 'description',
         'before', 'what it was before', 'after', 'what it is now')))
     from generate_series(1, $1::int) n`,
    [events, at(0), RARE_ACTOR],
  );
  await sql.query(`insert into event_zone select position / 1000, min(at), max(at) from domain_event group by 1`);
  await sql.query(`select setval('domain_event_sequence_seq', (select max(sequence) from domain_event))`);
  await sql.query('reset session_replication_role');
  await sql.query('vacuum (analyze) domain_event, event_zone');
}

const person = (id: string) => toNodeId('Person', id);
const middle = Math.floor(events / 2);
const FILTERS: Readonly<Record<string, object>> = {
  'no filter': {},
  'type, frequent': { type: { eq: 'release.updated' } },
  'type, rare': { type: { eq: 'person.registered' } },
  'type, startsWith, rare': { type: { startsWith: 'person.' } },
  'type, startsWith, frequent': { type: { startsWith: 'release.' } },
  'type, contains': { type: { contains: 'ed' } },
  'actor, busy': { actor: { eq: person(BUSY_ACTOR) } },
  'actor, rare': { actor: { eq: person(RARE_ACTOR) } },
  requestId: { requestId: { eq: `request-${middle}` } },
  'at, since': { at: { gte: at(events - 20) } },
  'at, until': { at: { lt: at(Math.floor(events / 10)) } },
  'at, a minute': { at: { gte: at(middle), lt: at(middle + 3) } },
};
const PAGE = `query Log($filter: EventFilter) { events(first: 50, filter: $filter) {
  nodes { id cursor type at actor { id name } subject { id type number name state } } pageInfo { endCursor } } }`;
const STREAM = `subscription Live($after: String, $of: [ID!], $batchSize: Int) {
  eventStream(after: $after, of: $of, batchSize: $batchSize) {
    events { id cursor type at subject { id type version number name state } } endCursor caughtUp } }`;

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
const printRow = (...cells: readonly (string | number)[]) =>
  console.log(cells.map((cell, i) => (i === 0 ? String(cell).padEnd(34) : String(cell).padStart(16))).join(''));

/** Events of one catch-up, from behind the end of the log to its end. */
async function catchUp({ port, pid }: ServerProcess, behind: number, of?: readonly string[], batchSize = 100) {
  const client = createClient({
    url: `ws://127.0.0.1:${port}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${database.token}` },
    retryAttempts: 0,
  });
  const begin = performance.now();
  const cpu = cpuMs(pid);
  let got = 0;
  let messages = 0;
  const variables = { after: toCursor(events - behind), batchSize, ...(of && { of }) };
  for await (const { data, errors } of client.iterate<{ eventStream: { events: unknown[]; caughtUp: boolean } }>({
    query: STREAM,
    variables,
  })) {
    if (!data) throw new Error(JSON.stringify(errors));
    got += data.eventStream.events.length;
    messages++;
    if (data.eventStream.caughtUp) break;
  }
  const seconds = (performance.now() - begin) / 1_000;
  await client.dispose();
  const used = cpu === undefined ? undefined : (cpuMs(pid) ?? 0) - cpu;
  return { got, messages, seconds, perSecond: Math.round(got / seconds), cpuPerEvent: used && (used * 1_000) / got };
}

try {
  say(`Writing ${events} events …`);
  await fillLog();
  const server = await startInterlock(database.url, database.token);
  console.log(
    `${events} events. Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}, ` +
      `load average before ${(loadavg()[0] as number).toFixed(1)}, ${database.server}.`,
  );
  printRow('first page of `events`', 'median ms', 'largest ms', 'events');
  const pages: Record<string, { median: number; max: number; events: number }> = {};
  for (const [name, filter] of Object.entries(FILTERS)) {
    const times: number[] = [];
    let found = 0;
    for (let turn = 0; turn <= TURNS; turn++) {
      const begin = performance.now();
      const answer = JSON.parse(await server.ask(JSON.stringify({ query: PAGE, variables: { filter } }))) as {
        data: { events: { nodes: unknown[] } };
      };
      if (turn > 0) times.push(performance.now() - begin); // the first one also compiles
      found = answer.data.events.nodes.length;
    }
    pages[name] = { median: median(times), max: Math.max(...times), events: found };
    printRow(name, median(times).toFixed(1), Math.max(...times).toFixed(1), found);
  }
  console.log();
  printRow('catching up', 'events', 'seconds', 'events/s', 'CPU µs/event');
  const streams: Record<string, Awaited<ReturnType<typeof catchUp>>> = {};
  const follow = async (name: string, ...how: [behind: number, of?: readonly string[], batchSize?: number]) => {
    const result = await catchUp(server, ...how);
    streams[name] = result;
    printRow(name, result.got, result.seconds.toFixed(2), result.perSecond, result.cpuPerEvent?.toFixed(1) ?? '-');
  };
  await catchUp(server, BEHIND[0] as number); // warms up
  for (const behind of BEHIND) await follow(`${behind} behind`, behind);
  await follow(`${events} behind, batches of 500`, events, undefined, 500);
  await follow('one object of 50 events', events, [toNodeId('ConfigurationItem', uuid('8000', 7))]);
  await follow('one of every 300 events', events, [toNodeId('ConfigurationItem', uuid('9000', 7))]);
  await server.stop();
  if (args.json !== undefined)
    writeFileSync(args.json, `${JSON.stringify({ events, pages, streams }, undefined, 2)}\n`);
} finally {
  await sql.end();
  await database.end();
}

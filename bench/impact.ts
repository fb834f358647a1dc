/**
 * What the impact of an item costs in large, dense and cyclic configurations, beside the recursive query that one would
 * write by hand.
 */
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { MAX_IMPACT_DEPTH } from '../src/domain/cmdb/impact.js';
import { toNodeId } from '../src/domain/node-id.js';
import { openBenchDatabase } from './database.js';
import { startInterlock, type ServerProcess } from './server-process.js';

const HELP = `npm run bench:impact -- [options]
  --items N   items of the estate (default 100000); it has three relations for each
  --runs N    how often each question is asked (default 3); the median counts
Asks for the impact of items in an estate, in a clique of 500 and in a ring of 10,000, and for what they stand on.`;

const { values: args } = parseArgs({
  options: {
    items: { type: 'string', default: '100000' },
    runs: { type: 'string', default: '3' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (args.help) {
  console.log(HELP);
  process.exit(0);
}
const ITEMS = Number(args.items);
const RUNS = Number(args.runs);

/** A configuration by the letter of its ids: how many items it has, and SQL for `source, kind, target` by number. */
interface Configuration {
  readonly letter: string;
  readonly items: number;
  readonly relations: string;
}

// Each item has relations to three before it, so everything depends on the first one.
const ESTATE: Configuration = {
  letter: 'a',
  items: ITEMS,
  relations: `select i, case (i + k) % 5 when 0 then 'RUNS_ON' when 1 then 'USES' else 'DEPENDS_ON' end,
      floor(('x' || substr(md5(i || '.' || k), 1, 7))::bit(28)::int / 268435456.0 * i)::int
    from generate_series(1, ${ITEMS - 1}) i, generate_series(1, 3) k`,
};
const CLIQUE: Configuration = {
  letter: 'b',
  items: 500,
  relations: `select i, 'DEPENDS_ON', j from generate_series(0, 499) i, generate_series(0, 499) j`,
};
const RING: Configuration = {
  letter: 'c',
  items: 10_000,
  relations: `select i, 'DEPENDS_ON', (i + 1) % 10000 from generate_series(0, 9999) i`,
};

const uuid = (letter: string, n: string) => `('0197${letter}000-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;

async function build(sql: pg.Client, { letter, items, relations }: Configuration): Promise<void> {
  await sql.query(`
    insert into configuration_item (id, name, description, ci_class, attributes, bindings, created_at, updated_at)
    select ${uuid(letter, 'i')}, '${letter}-' || i, '', 'SERVER', '{}', '{}', now(), now()
    from generate_series(0, ${items - 1}) i`);
  await sql.query(`
    insert into ci_relation (id, source_id, kind, target_id, created_at)
    select gen_random_uuid(), ${uuid(letter, 's')}, k, ${uuid(letter, 't')}, now() from (${relations}) x(s, k, t)
    where s <> t on conflict do nothing`);
}

/** The recursive query by hand: one row for each item and distance, so that the depth ends it. */
const BARE = `with recursive impacted(id, depth) as (
    select $1::uuid, 0
    union select x.source_id, i.depth + 1 from impacted i join ci_relation x on x.target_id = i.id
    where x.kind in ('DEPENDS_ON', 'RUNS_ON', 'HOSTED_BY', 'USES') and i.depth < ${MAX_IMPACT_DEPTH})
  select id, min(depth) from impacted group by id`;

const QUESTION = (field: string) => `query($id: ID!) { node(id: $id) { ... on ConfigurationItem {
  ${field}(first: 100) { totalCount nodes { depth ${field === 'impactedCis' ? 'effect reason' : ''} } } } } }`;

const median = (times: number[]) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)] as number;

async function timed(work: () => Promise<unknown>, runs: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const begin = performance.now();
    await work();
    times.push(performance.now() - begin);
  }
  return median(times);
}

const residentMib = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

async function measure(
  sql: pg.Client,
  server: ServerProcess,
  [name, { letter }, start, field]: readonly [string, Configuration, number, string],
): Promise<void> {
  const { rows } = await sql.query<{ id: string }>(`select ${uuid(letter, '$1::int')} as id`, [start]);
  const id = rows[0]?.id as string;
  const body = JSON.stringify({ query: QUESTION(field), variables: { id: toNodeId('ConfigurationItem', id) } });
  const ask = async () => {
    const answer = await server.ask(body);
    if (answer.includes('"errors"')) throw new Error(answer.slice(0, 500));
    return answer;
  };
  const total = /"totalCount":(\d+)/.exec(await ask())?.[1] ?? '?';
  const before = Number(await server.statements());
  await ask();
  const statements = Number(await server.statements()) - before;
  const idle = residentMib(server.pid);
  const ms = await timed(ask, RUNS);
  const bare =
    field === 'impactedCis'
      ? (await timed(async () => await sql.query(BARE, [id]), letter === 'a' ? 1 : 3)).toFixed(0)
      : '';
  const grown = Math.max(0, residentMib(server.pid) - idle).toFixed(0);
  console.log(`| ${name} | ${total} | ${ms.toFixed(0)} | ${bare} | ${statements} | ${grown} |`);
}

const database = await openBenchDatabase({ size: '1k', seed: 1, fresh: true });
const sql = new pg.Client({ connectionString: database.url, application_name: 'interlock-bench' });
await sql.connect();
await sql.query('set jit = off; set random_page_cost = 1.1');
for (const table of ['configuration_item', 'ci_relation']) await sql.query(`alter table ${table} disable trigger user`);
for (const configuration of [ESTATE, CLIQUE, RING]) await build(sql, configuration);
await sql.query('vacuum (analyze)');
const server = await startInterlock(database.url, database.token);
try {
  console.log(`${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}, ${ITEMS} items in the estate\n`);
  console.log('| question | items found | ms | bare recursive query, ms | statements | memory grows by MiB |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
  const half = Math.floor(ITEMS / 2);
  for (const question of [
    ['estate: impact of an item in the middle', ESTATE, half, 'impactedCis'],
    ['estate: impact of an early item', ESTATE, Math.floor(ITEMS / 100), 'impactedCis'],
    ['estate: what the last item stands on', ESTATE, ITEMS - 1, 'impactingCis'],
    ['clique of 500', CLIQUE, 3, 'impactedCis'],
    ['ring of 10,000', RING, 3, 'impactedCis'],
    ['ring of 10,000: what an item stands on', RING, 3, 'impactingCis'],
    ['estate: impact of what everything depends on', ESTATE, 0, 'impactedCis'],
  ] as const)
    await measure(sql, server, question);
} finally {
  await server.stop();
  await sql.end();
  await database.end();
}

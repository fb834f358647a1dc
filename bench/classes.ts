/**
 * What lists of items by attributes of their class cost, beside SQL that one would write by hand, and what others wait
 * for while a class is migrated.
 */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { openBenchDatabase } from './database.js';
import { startInterlock, type ServerProcess } from './server-process.js';

const HELP = `npm run bench:classes -- [options]
  --items N   items of the largest class (default 100000); the others have a tenth and a hundredth
  --runs N    how often each list is asked for (default 30); the median counts
Asks for pages of 100 items by an attribute of their class, in a table with three classes, beside SQL by hand without an
index of the attribute and with one. Then migrates the largest class, and asks for /healthz and for a page meanwhile.`;

const { values: args } = parseArgs({
  options: {
    items: { type: 'string', default: '100000' },
    runs: { type: 'string', default: '30' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (args.help) {
  console.log(HELP);
  process.exit(0);
}
const ITEMS = Number(args.items);
const RUNS = Number(args.runs);
const SIZES = [Math.ceil(ITEMS / 100), Math.ceil(ITEMS / 10), ITEMS];

const SCHEMA = {
  type: 'object',
  properties: {
    memory: { type: 'integer', unit: 'GiB', indexed: true },
    slot: { type: 'string', maxLength: 20, indexed: true },
    note: { type: 'string' },
  },
};

const keyOf = (items: number) => `bench-${items}`;

const command = async (server: ServerProcess, mutation: string, input: object, field: string, selection: string) => {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const query = `mutation($input: ${type}!) { ${mutation}(input: $input) { ${field} { ${selection} }
    userErrors { message } } }`;
  const answer = JSON.parse(await server.ask(JSON.stringify({ query, variables: { input } })));
  if (answer.data[mutation].userErrors.length > 0) throw new Error(JSON.stringify(answer.data[mutation].userErrors));
  return answer.data[mutation][field];
};

async function fillClass(sql: pg.Client, items: number): Promise<void> {
  await sql.query(
    `insert into configuration_item (id, name, description, ci_class, custom_class_id, attributes, bindings,
       created_at, updated_at)
     select gen_random_uuid(), 'item-' || i, '', 'SERVER', (select id from custom_class where key = $1),
       case when i % 10 > 0 then jsonb_build_object(
         'memory', ('x' || substr(md5(i::text), 1, 6))::bit(24)::int % 100000,
         'slot', md5(i::text || 's')::varchar(8), 'note', repeat('x', 100)) else '{}' end, '{}', now(), now()
     from generate_series(1, $2::int) i`,
    [keyOf(items), items],
  );
}

interface List {
  readonly name: string;
  readonly where: readonly object[];
  readonly order: 'ASC' | 'DESC' | undefined;
  /** By hand: the condition and the order. */
  readonly bare: string;
}

const VALUE = `((c.attributes->>'memory')::float8)`;
const LISTS: readonly List[] = [
  {
    name: 'memory of one value',
    where: [{ name: 'memory', number: { eq: 77_777 } }],
    order: undefined,
    bare: `and ${VALUE} = 77777 order by c.id`,
  },
  {
    name: 'memory in a range of 1 %, sorted by it',
    where: [{ name: 'memory', number: { gte: 99_000 } }],
    order: 'ASC',
    bare: `and ${VALUE} >= 99000 order by ${VALUE}, c.id`,
  },
  { name: 'sorted by memory', where: [], order: 'DESC', bare: `order by ${VALUE} desc nulls last, c.id desc` },
];

const median = (times: number[]) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)] as number;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const begin = performance.now();
    await work();
    times.push(performance.now() - begin);
  }
  return median(times);
}

const pageOf = (items: number, { where, order }: List): string =>
  JSON.stringify({
    query: `query($filter: ConfigurationItemFilter, $orderBy: [ConfigurationItemOrder!]) {
      configurationItems(first: 100, filter: $filter, orderBy: $orderBy) { nodes { id name attributes } } }`,
    variables: {
      filter: { attributes: { of: keyOf(items), where } },
      orderBy: order && [{ field: 'ATTRIBUTE', attribute: 'memory', direction: order }],
    },
  });

const bareOf = ({ bare }: List): string =>
  `select json_agg(json_build_object('id', p.id, 'name', p.name, 'attributes', p.attributes))::text from (
     select c.id, c.name, c.attributes from configuration_item c where c.custom_class_id = $1 ${bare} limit 100) p`;

async function compare(sql: pg.Client, lists: Map<string, number[]>): Promise<void> {
  for (const items of SIZES) {
    const { rows } = await sql.query<{ id: string }>('select id from custom_class where key = $1', [keyOf(items)]);
    for (const list of LISTS) {
      const text = bareOf(list);
      const bare = async () => await sql.query(text, [rows[0]?.id]);
      const name = `${list.name} | ${items}`;
      lists.set(name, [...(lists.get(name) ?? []), await timed(bare)]);
    }
  }
}

async function watch(
  server: ServerProcess,
  migrating: () => Promise<boolean>,
): Promise<[health: number, page: number]> {
  let [health, page] = [0, 0];
  const body = pageOf(SIZES[0] as number, LISTS[0] as List);
  while (await migrating()) {
    for (let i = 0; i < 20; i++) {
      let begin = performance.now();
      await (await fetch(`http://127.0.0.1:${server.port}/healthz`)).text();
      health = Math.max(health, performance.now() - begin);
      begin = performance.now();
      await server.ask(body);
      page = Math.max(page, performance.now() - begin);
    }
  }
  return [health, page];
}

const database = await openBenchDatabase({ size: '1k', seed: 1, fresh: true });
const sql = new pg.Client({ connectionString: database.url, application_name: 'interlock-bench' });
await sql.connect();
await sql.query('set jit = off; set random_page_cost = 1.1');
const server = await startInterlock(database.url, database.token, { INTERLOCK_WORKER: 'true' });
try {
  let largest = { id: '', version: 0 };
  for (const items of SIZES) {
    const input = { key: keyOf(items), name: keyOf(items), ciClass: 'SERVER', schema: SCHEMA };
    largest = await command(server, 'customClassDefine', input, 'customClass', 'id version');
    await fillClass(sql, items);
  }
  await sql.query('vacuum (analyze)');
  const lists = new Map<string, number[]>();
  for (const items of SIZES)
    for (const list of LISTS) {
      const body = pageOf(items, list);
      lists.set(`${list.name} | ${items}`, [await timed(async () => await server.ask(body))]);
    }
  await compare(sql, lists);
  await sql.query(
    `create index bench_memory on configuration_item (custom_class_id, ${VALUE.replaceAll('c.', '')}, id)`,
  );
  await sql.query('vacuum (analyze)');
  await compare(sql, lists);
  await sql.query('drop index bench_memory');
  console.log(`${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}, pages of 100, ms\n`);
  console.log('| list | items of the class | Interlock | SQL by hand | SQL with an index of the expression |');
  console.log('| --- | ---: | ---: | ---: | ---: |');
  for (const [name, times] of lists) console.log(`| ${name} | ${times.map((ms) => ms.toFixed(1)).join(' | ')} |`);

  const schema = {
    type: 'object',
    properties: { ...SCHEMA.properties, ram: SCHEMA.properties.memory, memory: undefined, tier: { type: 'string' } },
  };
  const begin = performance.now();
  const { id } = await command(
    server,
    'classMigrationStart',
    {
      customClassId: largest.id,
      expectedVersion: largest.version,
      schema: JSON.parse(JSON.stringify(schema)),
      renames: { memory: 'ram' },
      defaults: { tier: 'iron' },
      dryRun: false,
    },
    'classMigration',
    'id',
  );
  const state = JSON.stringify({ query: `{ node(id: "${id}") { ... on ClassMigration { state migrated misfits } } }` });
  let seen = '';
  const [health, page] = await watch(server, async () => {
    seen = await server.ask(state);
    return /CHECKING|MIGRATING/.test(seen);
  });
  const seconds = ((performance.now() - begin) / 1000).toFixed(0);
  console.log(`\nThe migration of ${ITEMS} items took ${seconds} s: ${seen}`);
  console.log(`Longest answer meanwhile: /healthz ${health.toFixed(0)} ms, a page ${page.toFixed(0)} ms`);
} finally {
  await server.stop();
  await sql.end();
  await database.end();
}

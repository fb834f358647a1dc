/**
 * Identification of 1,000 observations by rules, beside a bare SQL join by the name alone; and the search for
 * duplicates of 500 items, of which one in ten has a twin, beside a bare self-join. The joins decide nothing: they have
 * no order of identifiers, no classes and no ambiguity.
 */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { compileToRun } from '../src/database/compile.js';
import type { Queryable } from '../src/database/queryable.js';
import { newId } from '../src/database/new-id.js';
import { duplicatePairs } from '../src/facts/cmdb/suspected-duplicate.facts.js';
import { identifyObserved } from '../src/services/cmdb/identify-observed.js';
import { wellFormed } from '../src/services/cmdb/observation-input.js';
import type { UnitOfWork } from '../src/services/unit-of-work.js';
import { openBenchDatabase } from './database.js';

const HELP = `npm run bench:identity -- [options]
  --items N   number of configuration items (may be repeated; default 1000, 10000, 100000)
Identifies 1,000 observations by serial number and manufacturer, then by name, and joins 1,000 names.`;

const { values: args } = parseArgs({
  options: { items: { type: 'string', multiple: true }, help: { type: 'boolean', short: 'h', default: false } },
});
if (args.help) {
  console.log(HELP);
  process.exit(0);
}
const SIZES = (args.items ?? ['1000', '10000', '100000']).map(Number);
const TIMES = 9;

const database = await openBenchDatabase({ size: '1k', seed: 1, fresh: true });
const sql = new pg.Client({ connectionString: database.url, application_name: 'interlock-bench' });
await sql.connect();
const uow = {
  query: async (fragment: Parameters<Queryable['query']>[0]) => {
    const { text, values } = compileToRun(fragment);
    return (await sql.query(text, [...values])).rows;
  },
} as unknown as UnitOfWork;

/** The middle one of several times, in milliseconds. */
async function middle(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < TIMES; n++) {
    const begin = performance.now();
    await work();
    times.push(performance.now() - begin);
  }
  return times.sort((a, b) => a - b)[Math.floor(TIMES / 2)] as number;
}

console.log(`${database.server}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(2)}`);
console.log(
  'items, ms to identify 1,000 by serial number, by name, ms of a bare join by name, ' +
    'ms to find the pairs of 500 items, pairs, ms of a bare self-join of all, its pairs',
);
await sql.query(
  `insert into identification_rule (id, ci_class, identifiers, created_at, updated_at)
   values (gen_random_uuid(), 'LAPTOP', $1, now(), now())`,
  [
    JSON.stringify([
      { fields: ['EXTERNAL_REF'], comparison: 'EXACT' },
      { fields: ['SERIAL_NUMBER', 'MANUFACTURER'], comparison: 'FOLDED' },
      { fields: ['NAME'], comparison: 'FOLDED' },
    ]),
  ],
);
let recorded = 0;
for (const count of SIZES) {
  const ids = Array.from({ length: count - recorded }, () => newId());
  await sql.query(
    `insert into configuration_item (id, name, ci_class, state, serial_number, manufacturer, version, created_at,
       updated_at)
     select id, 'Laptop ' || n + $2, 'LAPTOP', 'AUTHORISED', 'SN-' || n + $2, 'Maker ' || n % 5, 1, now(), now()
     from unnest($1::uuid[]) with ordinality i(id, n)`,
    [ids, recorded],
  );
  recorded = count;
  await sql.query('analyze configuration_item');
  const now = new Date();
  const numbers = Array.from({ length: 1_000 }, (_, n) => 1 + Math.floor((n * count) / 1_000));
  const asked = (more: (n: number) => object) =>
    numbers.map((n) => wellFormed({ key: `K${n}`, ciClass: 'LAPTOP', ...more(n) }, now, now));
  const bySerial = asked((n) => ({ serialNumber: `sn-${n}`, manufacturer: `maker ${n % 5}`, name: `other ${n}` }));
  const byName = asked((n) => ({ name: `LAPTOP ${n}` }));
  for (const observations of [bySerial, byName]) {
    const found = await identifyObserved(uow, 'scan', observations);
    if (!found.every((one) => one !== undefined && 'id' in one)) throw new Error('Not all were identified.');
  }
  const serial = await middle(async () => await identifyObserved(uow, 'scan', bySerial));
  const name = await middle(async () => await identifyObserved(uow, 'scan', byName));
  const names = numbers.map((n) => `Laptop ${n}`);
  const bare = await middle(
    async () =>
      await sql.query(
        `select a.n, c.id from unnest($1::text[]) with ordinality a(name, n)
         join configuration_item c on c.name collate "und-x-icu" = a.name`,
        [names],
      ),
  );
  // One in ten has a twin while the pairs are looked for.
  const noted = ids.slice(-500);
  await sql.query(
    `insert into configuration_item (id, name, ci_class, state, version, created_at, updated_at)
     select gen_random_uuid(), upper(name), 'LAPTOP', 'DISCOVERED', 1, now(), now() from configuration_item
     where id = any($1::uuid[])`,
    [noted.filter((_, n) => n % 10 === 0)],
  );
  const pairs = (await duplicatePairs(uow, noted, [])).length;
  const search = await middle(async () => await duplicatePairs(uow, noted, []));
  const join = `select count(*)::int as n from configuration_item a join configuration_item b
    on folded_name(a.name) = folded_name(b.name) and a.id < b.id`;
  const { rows } = await sql.query<{ n: number }>(join);
  const all = await middle(async () => await sql.query(join));
  await sql.query(`delete from configuration_item where state = 'DISCOVERED' and ci_class = 'LAPTOP'`);
  const times = [serial, name, bare, search].map((ms) => ms.toFixed(1)).join(', ');
  console.log(`${count.toLocaleString('en')}, ${times}, ${pairs}, ${all.toFixed(1)}, ${rows[0]?.n}`);
}
await sql.end();
await database.end();

/**
 * Observations of a discovery tool through the API, beside a bare insert of the same rows into the same table by COPY.
 * COPY identifies nothing, compares nothing and finds no drift.
 */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { newId } from '../src/database/new-id.js';
import { NOTHING_OBSERVED } from '../src/domain/cmdb/ci-observation.js';
import { toNodeId } from '../src/domain/node-id.js';
import { openBenchDatabase } from './database.js';
import { copyIn } from './import/copy-in.js';
import { startInterlock } from './server-process.js';

const HELP = `npm run bench:observations -- [options]
  --items N   number of configuration items (may be repeated; default 1000, 10000, 100000)
Reports what a source sees of items three times: for the first time, again without news, and with one drift in ten.`;

const { values: args } = parseArgs({
  options: { items: { type: 'string', multiple: true }, help: { type: 'boolean', short: 'h', default: false } },
});
if (args.help) {
  console.log(HELP);
  process.exit(0);
}
const SIZES = (args.items ?? ['1000', '10000', '100000']).map(Number);
const PER_CALL = 1_000;

const database = await openBenchDatabase({ size: '1k', seed: 1, fresh: true });
const sql = new pg.Client({ connectionString: database.url, application_name: 'interlock-bench' });
await sql.connect();
const server = await startInterlock(database.url, database.token);

async function ask<T>(query: string, variables: object): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${server.port}/graphql`, {
    method: 'POST',
    headers: { ...server.headers, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: T; errors?: unknown };
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}

interface Recorded {
  readonly ciObservationsRecord: { readonly results: readonly { readonly status: string }[] };
}

const RECORD = `mutation($input: CiObservationsRecordInput!) { ciObservationsRecord(input: $input) {
  driftsFound results { status } } }`;

/** Reports all items of a source. @param site the attribute of an item, by its number */
async function report(source: string, ids: readonly string[], site: (n: number) => string): Promise<number> {
  const begin = performance.now();
  for (let from = 0; from < ids.length; from += PER_CALL) {
    const observations = ids.slice(from, from + PER_CALL).map((id, at) => ({
      ciId: toNodeId('ConfigurationItem', id),
      key: String(from + at),
      name: `observed ${from + at}`,
      attributes: { rack: `R${(from + at) % 100}`, site: site(from + at) },
    }));
    const { ciObservationsRecord } = await ask<Recorded>(RECORD, { input: { source, observations } });
    const failed = ciObservationsRecord.results.find(({ status }) => status === 'FAILED');
    if (failed !== undefined) throw new Error(JSON.stringify(failed));
  }
  return (performance.now() - begin) / 1_000;
}

async function items(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId());
  await sql.query(
    `insert into configuration_item (id, name, ci_class, state, attributes, bindings, version, created_at, updated_at)
     select id, 'observed ' || n - 1, 'SERVER', 'AUTHORISED', jsonb_build_object('rack', 'R' || (n - 1) % 100, 'site',
       'Berlin'), '{}', 1, now(), now() from unnest($1::uuid[]) with ordinality i(id, n)`,
    [ids],
  );
  return ids;
}

async function copy(ids: readonly string[]): Promise<number> {
  const now = new Date().toISOString();
  const content = JSON.stringify({ ...NOTHING_OBSERVED, attributes: { site: 'Berlin' } });
  function* rows(): Generator<string> {
    for (let from = 0; from < ids.length; from += PER_CALL)
      yield ids
        .slice(from, from + PER_CALL)
        .map((id) => `${newId()}\t${id}\tcopy\t${content}\t${'a'.repeat(64)}\t${now}\t${now}\t1\t${now}\t${now}\n`)
        .join('');
  }
  const begin = performance.now();
  await copyIn(
    sql,
    `copy ci_observation (id, ci_id, source, content, digest, since, observed_at, version, created_at, updated_at)
     from stdin`,
    rows(),
  );
  return (performance.now() - begin) / 1_000;
}

const rate = (rows: number, took: number) => Math.round(rows / took).toLocaleString('en');

console.log(`${database.server}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(2)}`);
console.log('observations, COPY/s, first/s, without news/s, one in ten drifts/s, share of COPY, ms for a page of 50');
for (const count of SIZES) {
  const ids = await items(count);
  await sql.query('analyze configuration_item, configuration_item_history');
  const copied = await copy(ids);
  const [source, berlin] = [`scan-${count}`, () => 'Berlin'];
  const first = await report(source, ids, berlin);
  await sql.query('analyze ci_observation');
  const same = await report(source, ids, berlin);
  const drifting = await report(source, ids, (n) => (n % 10 === 0 ? 'Bonn' : 'Berlin'));
  await sql.query('analyze drift');
  const page = `query($source: String!) { drift(first: 50, filter: { source: { eq: $source }, state: { eq: OPEN },
    explanation: { eq: UNEXPLAINED } }) { nodes { name recorded observed explanation ci { name } } } }`;
  const reads: number[] = [];
  for (let n = 0; n < 50; n++) {
    const begin = performance.now();
    await ask(page, { source });
    reads.push(performance.now() - begin);
  }
  console.log(
    `${count.toLocaleString('en')}, ${rate(count, copied)}, ${rate(count, first)}, ${rate(count, same)}, ` +
      `${rate(count, drifting)}, ${(copied / first).toFixed(2)}, ${reads.sort((a, b) => a - b)[25]?.toFixed(1)}`,
  );
}
await server.stop();
await sql.end();
await database.end();

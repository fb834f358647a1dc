/**
 * What a question about the past costs beside the same question about today, with a history of many states per row. And
 * what the history costs writers, beside the same statements without it.
 */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { newId } from '../src/database/new-id.js';
import { toNodeId } from '../src/domain/node-id.js';
import { TRACKED_TABLES } from '../src/facts/past.js';
import { openBenchDatabase } from './database.js';
import { SIZES, type Size } from './dataset.js';
import { startInterlock, type ServerProcess } from './server-process.js';

const HELP = `npm run bench:history -- [options]
  --size 1k|10k|100k   configuration items (may be repeated; default 1k and 10k)
  --states N           states per row (default 20)
  --runs N             how often each question is asked (default 300); the median counts
Gives each row of the tracked tables a history, then asks about today and about moments in the past by turns.`;

const { values: args } = parseArgs({
  options: {
    size: { type: 'string', multiple: true },
    states: { type: 'string', default: '20' },
    runs: { type: 'string', default: '300' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (args.help) {
  console.log(HELP);
  process.exit(0);
}
const STATES = Number(args.states);
const RUNS = Number(args.runs);
const WRITES = 1_000;
const BULK = 10_000;

/** A question about today and the same one about a moment. */
interface Question {
  readonly name: string;
  /** SQL for the ids to ask about. */
  readonly ids: string;
  readonly type: 'ConfigurationItem' | 'Release' | 'Team';
  readonly today: string;
  readonly past: string;
}

const moment = (body: string) => `query($id: ID!, $at: DateTime) { snapshot(asOf: $at) { ${body} } }`;
const CI = 'number name description ciClass criticality state lifecycleState attributes version createdAt updatedAt';
const TRACE = `number name installations(first: 10) { nodes {
  digest assurance validFrom validTo dmlItemVersion { number label }
  release { number name state changes(first: 10) { nodes { number title state authorisedBy { name } } } } } }`;
const SCOPE = `number name state changes(first: 10) { nodes { number title state risk
  targetCis(first: 20) { nodes { number name ciClass } } } }`;
const TEAM = `configurationItems(first: 100, filter: { ownerTeam: { eq: $id } }, orderBy: [{ field: NAME }]) {
  nodes { ${CI} } }`;
const QUESTIONS: readonly Question[] = [
  {
    name: 'one CI by id',
    ids: 'select id from configuration_item',
    type: 'ConfigurationItem',
    today: `query($id: ID!) { node(id: $id) { ... on ConfigurationItem { ${CI} } } }`,
    past: moment(`configurationItem(id: $id) { ${CI} }`),
  },
  {
    name: '100 CIs of a team, by name',
    ids: 'select id from team',
    type: 'Team',
    today: `query($id: ID!) { ${TEAM} }`,
    past: moment(TEAM),
  },
  {
    name: 'trace of a CI to releases, changes and people',
    ids: 'select distinct ci_id as id from installation',
    type: 'ConfigurationItem',
    today: `query($id: ID!) { node(id: $id) { ... on ConfigurationItem { ${TRACE} } } }`,
    past: moment(`configurationItem(id: $id) { ${TRACE} }`),
  },
  {
    name: 'a release with its changes and their targets',
    ids: 'select id from release',
    type: 'Release',
    today: `query($id: ID!) { node(id: $id) { ... on Release { ${SCOPE} } } }`,
    past: moment(`release(id: $id) { ${SCOPE} }`),
  },
];

const median = (times: number[]) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)] as number;
const shown = (ms: number) => ms.toFixed(ms < 10 ? 2 : 1).padStart(8);

const line = (name: string, a: number, b: number, statements?: number) =>
  `${name.padEnd(46)}${shown(a)}${shown(b)}${(b / a).toFixed(2).padStart(8)}${String(statements ?? '').padStart(8)}`;

/** Gives each row the states of the last days, one a day; the last one is that of today. */
async function makeHistory(sql: pg.Client): Promise<number> {
  await sql.query(`set interlock.history = 'open'`);
  let rows = 0;
  for (const table of TRACKED_TABLES) {
    await sql.query(`delete from ${table}_history`);
    const { rows: columns } = await sql.query<{ names: string }>(
      `select string_agg(quote_ident(attname), ', ' order by attnum) as names from pg_attribute
       where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
      [table],
    );
    const { rowCount } = await sql.query(
      `insert into ${table}_history (${columns[0]?.names}, valid, known, xid)
       select ${columns[0]?.names}, tstzrange(begins, ends), tstzrange(begins, null), '1' from ${table}
       cross join generate_series(1, $1::int) n
       cross join lateral (select now() - n * interval '1 day' as begins,
         case when n > 1 then now() - (n - 1) * interval '1 day' end as ends) span`,
      [STATES],
    );
    rows += rowCount ?? 0;
  }
  await sql.query('vacuum (analyze)');
  return rows;
}

/**
 * What differs between two days when each row of each table got another state in between, the maximum of a day. The
 * states are alike, so all of them are compared and none is listed. Beside it a count of the states that began.
 */
async function measureDifferences(sql: pg.Client, server: Pick<ServerProcess, 'ask'>, at: string): Promise<void> {
  const to = new Date(Date.parse(at) + 86_400_000).toISOString();
  const { rows } = await sql.query<{ id: string }>('select id from configuration_item order by md5(id::text) limit 20');
  const timed = async (work: () => Promise<unknown>) => {
    const times: number[] = [];
    for (let i = 0; i < 7; i++) {
      const begin = performance.now();
      await work();
      times.push(performance.now() - begin);
    }
    return median(times);
  };
  const bare = await timed(
    async () =>
      await sql.query(
        `select count(*) from configuration_item_history where lower(valid) > $1 and lower(valid) <= $2`,
        [at, to],
      ),
  );
  const ask = async (variables: object) => {
    const query = `query($from: DateTime!, $to: DateTime, $id: ID) {
      snapshotDiff(from: $from, to: $to, configurationItemId: $id, first: 50) { nodes { objectId kind fields } } }`;
    const answer = await server.ask(JSON.stringify({ query, variables: { from: at, to, ...variables } }));
    if (answer.includes('"errors"')) throw new Error(answer.slice(0, 500));
  };
  let next = 0;
  const one = async () => await ask({ id: toNodeId('ConfigurationItem', rows[next++ % rows.length]?.id as string) });
  console.log(line('differences of one item (beside a bare count)', bare, await timed(one)));
  console.log(line('differences of all in a day', bare, await timed(async () => await ask({}))));
}

async function writes(sql: pg.Client, history: boolean): Promise<readonly [number, number, number]> {
  for (const event of ['insert', 'update', 'delete'])
    await sql.query(`alter table configuration_item ${history ? 'enable' : 'disable'} trigger history_${event}`);
  const columns = 'id, name, description, ci_class, attributes, bindings, created_at, updated_at';
  const values = `'', 'SERVER', '{}', '{}', now(), now()`;
  const ids = Array.from({ length: WRITES }, newId);
  const timed = async (work: () => Promise<unknown>) => {
    const begin = performance.now();
    await work();
    return performance.now() - begin;
  };
  const text = `insert into configuration_item (${columns}) values ($1, 'bench', ${values})`;
  const insert = await timed(async () => {
    for (const id of ids) await sql.query({ name: 'insert', text, values: [id] });
  });
  const change = `update configuration_item set description = 'x', version = version + 1 where id = $1`;
  const update = await timed(async () => {
    for (const id of ids) await sql.query({ name: 'update', text: change, values: [id] });
  });
  const bulk = await timed(
    async () =>
      await sql.query(
        `insert into configuration_item (${columns}) select id, 'bulk', ${values} from unnest($1::uuid[]) id`,
        [Array.from({ length: BULK }, newId)],
      ),
  );
  return [insert / WRITES, update / WRITES, bulk / BULK];
}

console.log(`${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}, ${STATES} states per row`);
for (const size of (args.size ?? ['1k', '10k']) as Size[]) {
  if (!(size in SIZES)) throw new Error(`--size is one of ${Object.keys(SIZES).join(', ')}.`);
  const database = await openBenchDatabase({ size, seed: 1, fresh: true });
  const sql = new pg.Client({ connectionString: database.url, application_name: 'interlock-bench' });
  await sql.connect();
  const states = await makeHistory(sql);
  const at = new Date(Date.now() - (STATES / 2 + 0.5) * 86_400_000).toISOString();
  const server = await startInterlock(database.url, database.token);
  try {
    console.log(`\n${SIZES[size]} items, ${states} states        today        then   ratio   statements`);
    for (const question of QUESTIONS) {
      const { rows } = await sql.query<{ id: string }>(
        `select id from (${question.ids}) x order by md5(id::text) limit 100`,
      );
      const ask = async (query: string, id: string, at?: string) => {
        const body = JSON.stringify({ query, variables: { id: toNodeId(question.type, id), ...(at && { at }) } });
        const begin = performance.now();
        const answer = await server.ask(body);
        if (answer.includes('"errors"')) throw new Error(answer.slice(0, 500));
        return performance.now() - begin;
      };
      const [today, then]: [number[], number[]] = [[], []];
      for (let i = 0; i < RUNS; i++) {
        const id = rows[i % rows.length]?.id as string;
        today.push(await ask(question.today, id));
        then.push(await ask(question.past, id, at));
      }
      const before = await server.statements();
      await ask(question.past, rows[0]?.id as string, at);
      const used = Number(await server.statements()) - Number(before);
      console.log(line(question.name, median(today), median(then), used));
    }
    await measureDifferences(sql, server, at);
    const rounds: (readonly [number, number, number])[][] = [[], []];
    for (let round = 0; round < 4; round++)
      for (const history of [1, 0]) rounds[history]?.push(await writes(sql, history === 1));
    for (const [i, name] of ['insert of one row', 'update of one row', 'row of a large insert'].entries()) {
      const [without = 0, beside = 0] = rounds.map((all) => median(all.slice(1).map((times) => times[i] as number)));
      console.log(line(name, without, beside));
    }
  } finally {
    await server.stop();
    await sql.end();
    await database.end();
  }
}

/**
 * What a question about what touched configuration items costs, from each end, beside a statement that was written by
 * hand for that end alone and runs without a server.
 */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import pg from 'pg';
import type { NodeType } from '../src/domain/node-id.js';
import { toNodeId } from '../src/domain/node-id.js';
import { openBenchDatabase } from './database.js';
import { SIZES, type Size } from './dataset.js';
import { startInterlock } from './server-process.js';

const HELP = `npm run bench:trace -- [options]
  --size 1k|10k|100k   configuration items (may be repeated; default 1k and 10k)
  --runs N             how often each question is asked (default 100); the median counts`;

const { values: args } = parseArgs({
  options: {
    size: { type: 'string', multiple: true },
    runs: { type: 'string', default: '100' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (args.help) {
  console.log(HELP);
  process.exit(0);
}
const RUNS = Number(args.runs);

/** A question from one end. `$1` of both texts is the end. */
interface Question {
  readonly name: string;
  /** SQL for what to ask about. */
  readonly ends: string;
  /** Type of the ends, where they are ids. */
  readonly type?: NodeType;
  readonly filter: (end: string) => object;
  /** SQL for the deliveries `e` from the end, and for the events `e` about items. Without one, there are none. */
  readonly deliveries: string;
  readonly edits?: string;
}

const DAY_OF = `select date_trunc('hour', ended_at) as "end" from target_execution group by 1`;
const QUESTIONS: readonly Question[] = [
  {
    name: 'an item',
    ends: 'select distinct ci_id as "end" from target_execution',
    type: 'ConfigurationItem',
    filter: (end) => ({ ci: { eq: end } }),
    deliveries: 'e.ci_id = $1',
    edits: 'e.aggregate_id = $1',
  },
  {
    name: 'a change',
    ends: 'select r.change_id as "end" from release_change r join distribution d on d.release_id = r.release_id',
    type: 'Change',
    filter: (end) => ({ change: { eq: end } }),
    deliveries: `e.id in (select e.id from release_change r join distribution d on d.release_id = r.release_id
      join target_execution e on e.distribution_id = d.id
      join change_ci c on c.change_id = r.change_id and c.ci_id = e.ci_id and c.role = 'TARGET'
      where r.change_id = $1 and r.live)`,
  },
  {
    name: 'a release',
    ends: 'select release_id as "end" from distribution',
    type: 'Release',
    filter: (end) => ({ release: { eq: end } }),
    deliveries: 'e.distribution_id in (select d.id from distribution d where d.release_id = $1)',
  },
  {
    name: 'a version',
    ends: 'select dml_item_version_id as "end" from distribution_content',
    type: 'DmlItemVersion',
    filter: (end) => ({ dmlItemVersion: { eq: end } }),
    deliveries: `e.distribution_id in (
      select c.distribution_id from distribution_content c where c.dml_item_version_id = $1)`,
  },
  {
    name: 'a digest',
    ends: 'select digest as "end" from distribution_content where digest is not null',
    filter: (end) => ({ digest: end }),
    deliveries: 'e.distribution_id in (select c.distribution_id from distribution_content c where c.digest = $1)',
  },
  {
    name: 'who approved',
    ends: 'select authorised_by_id as "end" from change where authorised_by_id is not null',
    type: 'Person',
    filter: (end) => ({ person: { id: end, roles: ['APPROVER'] } }),
    deliveries: `e.id in (
      select e.id from release_change r join change h on h.id = r.change_id
        join distribution d on d.release_id = r.release_id join target_execution e on e.distribution_id = d.id
        join change_ci c on c.change_id = r.change_id and c.ci_id = e.ci_id and c.role = 'TARGET'
        where h.authorised_by_id = $1 and r.live
      union all
      select e.id from release r join distribution d on d.release_id = r.id
        join target_execution e on e.distribution_id = d.id where r.accepted_by_id = $1)`,
  },
  {
    name: 'who delivered',
    ends: 'select planned_by_id as "end" from distribution',
    type: 'Person',
    filter: (end) => ({ person: { id: end, roles: ['IMPLEMENTER'] } }),
    deliveries: 'e.distribution_id in (select d.id from distribution d where d.planned_by_id = $1)',
    edits: 'e.actor_id = $1',
  },
  {
    name: 'a window of a day',
    ends: DAY_OF,
    filter: (end) => {
      const from = new Date(end);
      return { at: { gte: from.toISOString(), lt: new Date(from.getTime() + 86_400_000).toISOString() } };
    },
    deliveries: `coalesce(e.ended_at, e.started_at) >= $1::timestamptz
      and coalesce(e.ended_at, e.started_at) < $1::timestamptz + interval '1 day'`,
    edits: `e.at >= $1::timestamptz and e.at < $1::timestamptz + interval '1 day'`,
  },
];

const bare = ({ deliveries, edits }: Question): string => {
  const parts = [
    `(select coalesce(e.ended_at, e.started_at) as at, e.id, e.state as what, e.ci_id from target_execution e
      where (e.started_at is not null or e.state in ('UNKNOWN', 'EXPIRED')) and ${deliveries}
      order by 1 desc, 2 desc limit 50)`,
    ...(edits === undefined
      ? []
      : [
          `(select e.at, e.id, e.type, e.aggregate_id from domain_event e
            where e.aggregate_type = 'ConfigurationItem' and ${edits} order by 1 desc, 2 desc limit 50)`,
        ]),
  ];
  return `select json_agg(row_to_json(x))::text as data from (
    select t.at, t.what, c.number, c.name from (${parts.join(' union all ')}) t
    join configuration_item c on c.id = t.ci_id order by t.at desc, t.id desc limit 50) x`;
};

const QUERY = `query($filter: CiTouchFilter) { ciTouches(first: 50, filter: $filter) {
  nodes { at kind ci { number name } } } }`;

const median = (times: number[]) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)] as number;
const shown = (ms: number) => ms.toFixed(2).padStart(10);

console.log(`${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}`);
for (const size of (args.size ?? ['1k', '10k']) as Size[]) {
  if (!(size in SIZES)) throw new Error(`--size is one of ${Object.keys(SIZES).join(', ')}.`);
  const database = await openBenchDatabase({ size, seed: 1, fresh: true });
  const sql = new pg.Client({ connectionString: database.url, application_name: 'interlock-bench' });
  await sql.connect();
  const server = await startInterlock(database.url, database.token);
  try {
    console.log(`\n${SIZES[size]} items, ms      bare SQL   ciTouches    ratio   statements   found`);
    for (const question of QUESTIONS) {
      const { rows } = await sql.query<{ end: string }>(
        `select "end"::text from (${question.ends}) x group by 1 order by md5("end"::text) limit 50`,
      );
      const text = bare(question);
      const [byHand, ours]: [number[], number[]] = [[], []];
      let found = 0;
      const ask = async (end: string) => {
        const filter = question.filter(question.type ? toNodeId(question.type, end) : end);
        return await server.ask(JSON.stringify({ query: QUERY, variables: { filter } }));
      };
      for (let i = 0; i < RUNS; i++) {
        const end = rows[i % rows.length]?.end as string;
        let begin = performance.now();
        const { rows: answer } = await sql.query<{ data: string | null }>({ name: question.name, text, values: [end] });
        byHand.push(performance.now() - begin);
        begin = performance.now();
        const nodes = (JSON.parse(await ask(end)) as { data: { ciTouches: { nodes: unknown[] } } }).data.ciTouches
          .nodes;
        ours.push(performance.now() - begin);
        const expected = (JSON.parse(answer[0]?.data ?? '[]') as unknown[]).length;
        if (nodes.length !== expected) throw new Error(`${question.name} ${end}: ${nodes.length} and not ${expected}`);
        found += nodes.length;
      }
      const before = await server.statements();
      await ask(rows[0]?.end as string);
      const used = Number(await server.statements()) - Number(before);
      const [a, b] = [median(byHand), median(ours)];
      const figures = `${shown(a)}${shown(b)}${(b / a).toFixed(2).padStart(10)}${String(used).padStart(8)}`;
      console.log(`${question.name.padEnd(20)}${figures}${(found / RUNS).toFixed(0).padStart(10)}`);
    }
  } finally {
    await server.stop();
    await sql.end();
    await database.end();
  }
}

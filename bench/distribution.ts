import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { parseNodeId } from '../src/domain/node-id.js';
import { openBenchDatabase } from './database.js';
import { childrenCpuMs, cpuMs, parentOf, residentMiB } from './processes.js';
import { jobRates } from './rollout/jobs.js';
import { people } from './rollout/people.js';
import { crewOf, readyRelease, type Crew } from './rollout/release.js';
import { startInterlock } from './server-process.js';

const HELP = `npm run bench:distribution -- [options]
  --targets N   number of targets (may be repeated; default 1000, 5000 and 20000)
  --waves N     number of waves (default 100); 1: one run for all targets
  --quick       1000 targets in 10 waves
  --statements  print the statements that cost the database most, for each request and for the rollout
  --json FILE   write the report
Rolls a release out in waves through the simulator, in a server process of its own, and follows it with one
subscription. The peer is pg-boss: jobs that do nothing, on the same database server.`;

const { values: args } = parseArgs({
  options: {
    targets: { type: 'string', multiple: true },
    waves: { type: 'string' },
    statements: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (args.help) {
  console.log(HELP);
  process.exit(0);
}
const SIZES = (args.targets ?? (args.quick ? ['1000'] : ['1000', '5000', '20000'])).map(Number);
const WAVES = Number(args.waves ?? (args.quick ? 10 : 100));
const say = (text: string) => process.stderr.write(`${text}\n`);

const folder = mkdtempSync(join(tmpdir(), 'interlock-bench-tools-'));
const toolsFile = join(folder, 'tools.json');
// Targets end as soon as they begin, so that nothing is measured but Interlock.
const script = { steps: ['install'], stepMs: 1 };
writeFileSync(
  toolsFile,
  JSON.stringify({ tools: [{ name: 'simulator', adapter: 'simulator', config: { script, minPollMs: 10 } }] }),
);
const database = await openBenchDatabase({
  size: '1k',
  seed: 1,
  fresh: true,
  settings: ['shared_preload_libraries=pg_stat_statements', 'pg_stat_statements.track=top'],
});
const sql = new pg.Client({ connectionString: database.url, application_name: 'interlock-bench' });
await sql.connect();
await sql.query('create extension if not exists pg_stat_statements');
const value = async (text: string, values: unknown[] = []) =>
  Number((await sql.query<{ value: unknown }>(text, values)).rows[0]?.value);
const walAt = async () => await value(`select pg_current_wal_lsn() - '0/0'::pg_lsn as value`);
const postmaster = parentOf(await value('select pg_backend_pid() as value'));

const STREAM = `subscription($id: ID!) { distributionStream(id: $id, targets: false) {
  endCursor events { type distribution { state percent } } } }`;
interface Message {
  readonly distributionStream: {
    readonly endCursor: string;
    readonly events: readonly { readonly distribution: { readonly state: string } | null }[];
  };
}
const ENDS = ['SUCCEEDED', 'PARTIALLY_SUCCEEDED', 'FAILED', 'STOPPED', 'AWAITING_DECISION'];

/** Follows a distribution to its end. @returns the number of messages */
async function follow({ operator }: Crew, id: string): Promise<number> {
  let messages = 0;
  await operator.follow<Message>(
    STREAM,
    { id },
    ({ distributionStream }) => distributionStream.endCursor,
    ({ distributionStream: { events } }) => {
      messages++;
      return events.some(({ distribution }) => distribution !== null && ENDS.includes(distribution.state));
    },
  );
  return messages;
}

/** Asks for the health of the server again and again, and knows the longest wait, in milliseconds. */
class Bystander {
  longest = 0;
  #asking = true;
  readonly #done: Promise<void>;

  constructor(url: string) {
    const ask = async () => {
      while (this.#asking) {
        const begin = performance.now();
        await fetch(`${url}/healthz`).then(async (response) => await response.text());
        this.longest = Math.max(this.longest, performance.now() - begin);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    this.#done = ask();
  }

  async end(): Promise<void> {
    this.#asking = false;
    await this.#done;
  }
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const begin = performance.now();
  return [await work(), (performance.now() - begin) / 1_000];
}

/** The statements that cost the database most. */
async function printStatements(of: string, most: number): Promise<void> {
  const { rows } = await sql.query<{ calls: string; ms: number; mean: number; query: string }>(
    `select calls, total_exec_time + total_plan_time as ms, mean_exec_time as mean, query from pg_stat_statements
     order by 2 desc limit $1`,
    [most],
  );
  console.log(`  ${of}:`);
  for (const { calls, ms, mean, query } of rows)
    console.log(
      `${calls.padStart(7)} × ${mean.toFixed(2).padStart(9)} = ${ms.toFixed(0).padStart(8)} ms  ` +
        query.replace(/\s+/g, ' ').slice(0, 140),
    );
}

async function rollOut(crew: Crew, pid: number, targets: number) {
  const { owner, operator } = crew;
  say(`Making a release with ${targets} targets …`);
  const [releaseId, prepared] = await timed(async () => await readyRelease(sql, crew, targets));
  await sql.query('vacuum (analyze)'); // autovacuum is off, so that it does not fall into one run or the other
  const { deploymentTools } = await operator.query<{ deploymentTools: { nodes: { id: string }[] } }>(
    '{ deploymentTools(filter: { name: { eq: "simulator" } }) { nodes { id } } }',
  );
  const deploymentToolId = deploymentTools.nodes[0]?.id;
  const times: Record<string, number> = {};
  const waits: Record<string, number> = {};
  const bystander = new Bystander(operator.url);
  const step = async (name: string, mutation: string, input: object, client = operator) => {
    if (args.statements) await sql.query('select pg_stat_statements_reset()');
    const [{ id, version }, seconds] = await timed(
      async () =>
        await client.run<{ id: string; version: number }>(mutation, { ...input }, 'distribution', 'id version'),
    );
    times[name] = seconds;
    waits[name] = bystander.longest;
    bystander.longest = 0;
    if (args.statements && name !== 'start') await printStatements(name, 6);
    return { id, version };
  };
  const now = Date.now();
  const planned = await step('plan', 'distributionPlan', {
    releaseId,
    deploymentToolId,
    allTargets: true,
    approvalRequired: true,
    deadlineMinutes: 60,
    scheduledStart: new Date(now + 5_000).toISOString(),
    scheduledEnd: new Date(now + 3_600_000).toISOString(),
  });
  const { id } = planned;
  const sizes = [Math.ceil(targets / WAVES)];
  if (WAVES > 1)
    await step('waves', 'distributionPlanWaves', { id, expectedVersion: planned.version, by: 'COUNT', sizes });
  await step('request', 'distributionRequestApproval', { id });
  await step('approve', 'distributionApprove', { id }, owner);
  await sql.query('vacuum (analyze) distribution, distribution_wave, target_execution, approved_target');
  const idle = residentMiB(pid);
  let peak = idle;
  const sampling = setInterval(() => (peak = Math.max(peak, residentMiB(pid))), 100);
  const before = { wal: await walAt(), cpu: cpuMs(pid) ?? 0, sql: childrenCpuMs(postmaster ?? 0) };
  await sql.query('select pg_stat_statements_reset()');
  const following = follow(crew, id);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, now + 5_100 - Date.now())));
  const begin = performance.now();
  await step('start', 'distributionStart', { id }).catch(() => {}); // the sweep may be faster
  const messages = await following;
  const seconds = (performance.now() - begin) / 1_000;
  clearInterval(sampling);
  await bystander.end();
  waits['the rollout'] = bystander.longest;
  const statements = await value('select sum(calls) as value from pg_stat_statements');
  const renewal = await value(
    `select coalesce(max(max_exec_time), 0) as value from pg_stat_statements
     where query like 'update distribution_run set lease_until = $1%'`,
  );
  if (args.statements) await printStatements('the rollout', 16);
  const uuid = parseNodeId(id)?.uuid;
  const count = async (text: string) => await value(text, [uuid]);
  const reports = await count(
    `select count(*) as value from target_report r join target_execution e on e.id = r.target_execution_id
     where e.distribution_id = $1`,
  );
  const succeeded = await count(
    `select count(*) as value from target_execution where distribution_id = $1 and state = 'SUCCEEDED'`,
  );
  const events = await count('select count(*) as value from domain_event where $1 = any(topics)');
  if (succeeded !== targets) throw new Error(`${succeeded} of ${targets} targets succeeded.`);
  return {
    targets,
    prepared,
    times,
    waits,
    seconds,
    targetsPerSecond: targets / seconds,
    reportsPerSecond: reports / seconds,
    reports,
    statements,
    renewal,
    events,
    messages,
    cpuMs: (cpuMs(pid) ?? 0) - before.cpu,
    sqlCpuMs: childrenCpuMs(postmaster ?? 0) - before.sql,
    walMiB: ((await walAt()) - before.wal) / 1_048_576,
    idleMiB: idle,
    peakMiB: peak,
  };
}

try {
  const [one, two, three] = await people(database.url, 3);
  const server = await startInterlock(database.url, database.token, {
    INTERLOCK_WORKER: 'true',
    INTERLOCK_TOOLS: toolsFile,
    INTERLOCK_DATA_DIR: join(folder, 'data'),
  });
  const load = (loadavg()[0] as number).toFixed(1);
  console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${database.server}, load ${load}.`);
  const crew = crewOf(
    `http://127.0.0.1:${server.port}`,
    [one, two, three].filter((person) => person !== undefined),
  );
  const runs = [];
  for (const targets of SIZES) {
    const run = await rollOut(crew, server.pid, targets);
    runs.push(run);
    const steps = Object.entries(run.times).map(([name, seconds]) => `${name} ${seconds.toFixed(2)} s`);
    console.log(
      `\n${targets} targets in ${WAVES} waves: ${run.seconds.toFixed(1)} s, ` +
        `${run.targetsPerSecond.toFixed(0)} targets/s, ${run.reportsPerSecond.toFixed(0)} reports/s\n` +
        `  requests   ${steps.join(', ')}\n` +
        `  bystander  waited ${Object.entries(run.waits)
          .map(([name, ms]) => `${ms.toFixed(0)} ms during ${name}`)
          .join(', ')}\n` +
        `  per target ${(run.cpuMs / targets).toFixed(2)} ms of the server's processor, ` +
        `${(run.sqlCpuMs / targets).toFixed(2)} ms of the database's, ` +
        `${((run.walMiB * 1_024) / targets).toFixed(1)} KiB of WAL, ${(run.events / targets).toFixed(2)} events\n` +
        `  statements ${(run.statements / WAVES).toFixed(0)} per wave\n` +
        `  lease      a renewal took ${run.renewal.toFixed(0)} ms at most\n` +
        `  memory     ${run.idleMiB.toFixed(0)} MiB before, ${run.peakMiB.toFixed(0)} MiB at most\n` +
        `  a console  ${run.messages} messages`,
    );
  }
  await crew.operator.close();
  await server.stop();
  const jobs = await jobRates(database.url, Math.max(...SIZES));
  console.log(
    `\npg-boss alone: ${jobs.single.toFixed(0)} jobs/s one at a time, ${jobs.batches.toFixed(0)} jobs/s by a hundred`,
  );
  for (const { targets, targetsPerSecond } of runs)
    console.log(
      `  ${targets} targets: ${(targetsPerSecond / jobs.single).toFixed(2)} × one at a time, ` +
        `${(targetsPerSecond / jobs.batches).toFixed(2)} × by a hundred`,
    );
  if (args.json !== undefined) writeFileSync(args.json, `${JSON.stringify({ runs, jobs }, undefined, 2)}\n`);
} finally {
  await sql.end();
  await database.end();
  rmSync(folder, { recursive: true, force: true });
}

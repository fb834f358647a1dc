/**
 * What the rules about a rollout cost by its size: a prediction of its length, pins, and limits of targets at a time.
 * Prediction and pins stand beside the least that PostgreSQL does for them: bare SQL on as many rows.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { parseNodeId, toNodeId } from '../src/domain/node-id.js';
import { openBenchDatabase } from './database.js';
import { people } from './rollout/people.js';
import { crewOf, readyRelease, type Crew } from './rollout/release.js';
import { startInterlock } from './server-process.js';

const HELP = `npm run bench:engines -- [options]
  --targets N   number of targets (may be repeated; default 1000, 5000 and 20000)
Predicts, pins, unpins and limits rollouts of growing size, in a server process of its own.`;

const { values: args } = parseArgs({
  options: { targets: { type: 'string', multiple: true }, help: { type: 'boolean', short: 'h', default: false } },
});
if (args.help) {
  console.log(HELP);
  process.exit(0);
}
// More ids do not fit into the body of a request.
const MOST_PINS = 5_000;
const SIZES = (args.targets ?? ['1000', '5000', '20000']).map(Number);

const folder = mkdtempSync(join(tmpdir(), 'interlock-bench-engines-'));
const toolsFile = join(folder, 'tools.json');
const config = { script: { steps: ['install'], stepMs: 1 }, minPollMs: 10 };
writeFileSync(toolsFile, JSON.stringify({ tools: [{ name: 'simulator', adapter: 'simulator', config }] }));
const database = await openBenchDatabase({ size: '1k', seed: 1, fresh: true });
const sql = new pg.Client({ connectionString: database.url, application_name: 'interlock-bench' });
await sql.connect();

const uuidOf = (id: string) => parseNodeId(id)?.uuid ?? '';

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const begin = performance.now();
  return [await work(), (performance.now() - begin) / 1_000];
}

/** The targets and the one version of a release, as node ids. */
async function scopeOf(releaseId: string): Promise<{ readonly ciIds: string[]; readonly version: string }> {
  const { rows } = await sql.query<{ cis: string[]; version: string }>(
    `select array(select ci_id from release_ci where release_id = $1 and role = 'TARGET') as cis,
       (select dml_item_version_id from release_content where release_id = $1) as version`,
    [uuidOf(releaseId)],
  );
  const { cis, version } = rows[0] as (typeof rows)[number];
  const ciIds = cis.map((id) => toNodeId('ConfigurationItem', id));
  return { ciIds, version: toNodeId('DmlItemVersion', version) };
}

async function planned({ operator }: Crew, releaseId: string): Promise<string> {
  const { deploymentTools } = await operator.query<{ deploymentTools: { nodes: { id: string }[] } }>(
    '{ deploymentTools(filter: { name: { eq: "simulator" } }) { nodes { id } } }',
  );
  const scheduledStart = new Date(Date.now() + 5_000).toISOString();
  const input = { releaseId, deploymentToolId: deploymentTools.nodes[0]?.id, allTargets: true, scheduledStart };
  return (await operator.run('distributionPlan', input, 'distribution')).id;
}

async function ended(id: string): Promise<void> {
  for (;;) {
    const { rows } = await sql.query<{ state: string }>('select state from distribution where id = $1', [uuidOf(id)]);
    if (rows[0]?.state === 'SUCCEEDED') return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Seconds of a schedule that is refused by a rule. @throws Error when it is not */
async function refused({ operator }: Crew, id: string, code: string): Promise<number> {
  const [error, seconds] = await timed(
    async () => await operator.run('distributionSchedule', { id }, 'distribution').catch((fault: Error) => fault),
  );
  if (!(error instanceof Error) || !error.message.includes(code)) throw new Error(`Not refused by ${code}.`);
  return seconds;
}

/** The least that PostgreSQL does for as many pins: one insert and one update. @returns seconds of both */
async function barePins(count: number): Promise<readonly [insert: number, update: number]> {
  await sql.query('create temp table bare_pin (like version_pin including all)');
  const [, insert] = await timed(
    async () =>
      await sql.query(
        `insert into bare_pin (id, ci_id, dml_item_version_id, reason, pinned_at, version, created_at, updated_at)
         select uuidv7(), uuidv7(), uuidv7(), 'bare', now(), 1, now(), now() from generate_series(1, $1::int)`,
        [count],
      ),
  );
  const [, update] = await timed(
    async () => await sql.query(`update bare_pin set lifted_at = now(), lift_reason = 'bare', version = version + 1`),
  );
  await sql.query('drop table bare_pin');
  return [insert, update];
}

/** The least that PostgreSQL does for a prediction: percentiles of the deliveries of the latest run. */
async function barePercentiles(distributionId: string): Promise<number> {
  const [, seconds] = await timed(
    async () =>
      await sql.query(
        `select c.ci_class, count(*), percentile_cont(0.5) within group (order by e.ended_at - e.started_at),
           percentile_cont(0.9) within group (order by e.ended_at - e.started_at)
         from target_execution e join configuration_item c on c.id = e.ci_id
         where e.distribution_id = $1 group by c.ci_class`,
        [uuidOf(distributionId)],
      ),
  );
  return seconds;
}

async function measure(crew: Crew, targets: number): Promise<void> {
  const { manager, operator } = crew;
  const first = await planned(crew, await readyRelease(sql, crew, targets));
  const [, schedule] = await timed(
    async () => await operator.run('distributionSchedule', { id: first }, 'distribution'),
  );
  await ended(first);
  const release = await readyRelease(sql, crew, targets);
  const { ciIds, version } = await scopeOf(release);
  const id = await planned(crew, release);
  await sql.query('vacuum (analyze)');

  const [{ distributionSimulate }, predict] = await timed(
    async () =>
      await operator.query<{ distributionSimulate: { predictable: boolean } }>(
        'query($id: ID!) { distributionSimulate(id: $id) { predictable likelyEnd overruns { kind } } }',
        { id },
      ),
  );
  if (!distributionSimulate.predictable) throw new Error('Nothing was predicted.');

  const reason = 'A benchmark.';
  const [, pin] = await timed(async () => {
    for (let at = 0; at < ciIds.length; at += MOST_PINS) {
      const some = ciIds.slice(at, at + MOST_PINS);
      await manager.run('dmlItemVersionPin', { id: version, ciIds: some, reason }, 'dmlItemVersion');
    }
  });
  const pinned = await refused(crew, id, 'VERSION_PINNED');
  const [, lift] = await timed(
    async () => await manager.run('dmlItemVersionLiftPins', { id: version, reason }, 'dmlItemVersion'),
  );

  const { id: group } = await manager.run(
    'targetGroupCreate',
    { name: `limited ${targets}`, filter: { name: { startsWith: 'roll-' } }, maxTargetsAtOnce: 1 },
    'targetGroup',
  );
  const limited = await refused(crew, id, 'TARGET_LIMIT');
  await manager.run('targetGroupRetire', { id: group }, 'targetGroup');

  const [insert, update] = await barePins(targets);
  const percentiles = await barePercentiles(first);
  const beside = (seconds: number, bare: number) =>
    `${seconds.toFixed(2)} s, ${bare.toFixed(3)} s bare (${(seconds / bare).toFixed(0)} ×)`;
  console.log(
    `\n${targets} targets\n` +
      `  schedule             ${schedule.toFixed(2)} s without a pin or a limit\n` +
      `  simulate             ${beside(predict, percentiles)}\n` +
      `  pin                  ${beside(pin, insert)}\n` +
      `  schedule, pinned     ${pinned.toFixed(2)} s, refused\n` +
      `  lift                 ${beside(lift, update)}\n` +
      `  schedule, limited    ${limited.toFixed(2)} s, refused`,
  );
}

try {
  const made = await people(database.url, 3);
  const server = await startInterlock(database.url, database.token, {
    INTERLOCK_WORKER: 'true',
    INTERLOCK_TOOLS: toolsFile,
    INTERLOCK_DATA_DIR: join(folder, 'data'),
  });
  const load = (loadavg()[0] as number).toFixed(1);
  console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${database.server}, load ${load}.`);
  const crew = crewOf(`http://127.0.0.1:${server.port}`, made);
  for (const targets of SIZES) await measure(crew, targets);
  await crew.operator.close();
  await server.stop();
} finally {
  await sql.end();
  await database.end();
  rmSync(folder, { recursive: true, force: true });
}

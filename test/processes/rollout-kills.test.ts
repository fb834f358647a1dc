import 'reflect-metadata';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { people } from '../../bench/rollout/people.js';
import { crewOf, readyRelease, type Crew } from '../../bench/rollout/release.js';
import { parseNodeId } from '../../src/domain/node-id.js';
import { openDatabase } from '../../src/entities/database.js';
import { migrate } from '../../src/entities/migrate.js';
import { startEmbeddedPostgres, type EmbeddedServer } from '../../src/server/postgres/embedded-postgres.js';
import { Chance } from '../safety/random.js';
import { freePort, ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';

const TARGETS = Number(process.env['INTERLOCK_TEST_ROLLOUT_TARGETS'] ?? 1_000);
const WAVES = 10;
const SEED = Number(process.env['INTERLOCK_TEST_KILL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const TOOL = 'directory';
const MINUTES = 5;

const chance = new Chance(SEED);
const killed = new Map<string, number>();
const note = (what: string) => killed.set(what, (killed.get(what) ?? 0) + 1);

let folder: string;
let database: EmbeddedServer;
let pool: pg.Pool;
let servers: ServerProcess[];
let crew: Crew;

beforeAll(async () => {
  folder = mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'rollout-kills-'));
  chmodSync(folder, 0o755); // as root the database runs as another user
  mkdirSync(join(folder, 'targets'));
  database = await startEmbeddedPostgres(folder);
  // People come before the first start, so that the server loads no sample data with windows of its own.
  const opened = openDatabase(database.url, { poolSize: 1, statementTimeoutMs: 60_000 });
  await migrate(opened, database.url);
  await opened.close(true);
  const somebody = await people(database.url, 3);
  pool = new pg.Pool({ connectionString: database.url, max: 2 });
  pool.on('error', () => {}); // its sessions are killed, too
  const command = [process.execPath, join(process.cwd(), 'examples/exec-directory/install.mjs')];
  const env = { INSTALL_ROOT: join(folder, 'targets'), INSTALL_PACE_MS: '4' };
  const tools = join(folder, 'tools.json');
  writeFileSync(tools, JSON.stringify({ tools: [{ name: TOOL, adapter: 'exec', config: { command, env } }] }));
  const settings = {
    DATABASE_URL: database.url,
    INTERLOCK_DATA_DIR: folder,
    INTERLOCK_TOOLS: tools,
    NODE_ENV: 'development',
    LOG_LEVEL: 'fatal',
    INTERLOCK_LEASE_MS: '3000',
    INTERLOCK_RATE_LIMIT: '0',
  };
  servers = [new ServerProcess(await freePort(), settings), new ServerProcess(await freePort(), settings)];
  for (const server of servers) await server.start();
  crew = crewOf(servers[0]?.url as string, somebody);
}, 120_000);

afterAll(async () => {
  for (const server of servers ?? []) await server.kill('SIGTERM');
  await pool?.end();
  await database?.stop();
}, 60_000);

/** Asks until there is an answer: server or database may be dead. */
const stubborn = async <T>(what: string, ask: () => Promise<T>): Promise<T> =>
  (
    await until(
      async () =>
        await ask().then(
          (answer) => ({ answer }),
          () => undefined,
        ),
      what,
      60_000,
    )
  ).answer;

const rows = async <T extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<T[]> =>
  (await stubborn('the database', async () => await pool.query<T>(text, values))).rows;

/** The processes of the tool that install, from the process table of Linux. */
function installers(): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      return line.includes('exec-directory') && line.includes(join(folder, 'work')) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

async function kill(kind: number): Promise<void> {
  if (kind < 0.35) {
    const server = chance.pick(servers);
    note('a server');
    await server.kill();
    await wait(chance.below(500));
    await server.start();
  } else if (kind < 0.6) {
    const sessions = await pool.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
    const pid = sessions.rows[0]?.pid;
    if (pid === undefined) return;
    note('a process of the database');
    process.kill(pid, 'SIGKILL'); // the database ends all sessions and recovers
  } else if (kind < 0.8) {
    note('all sessions');
    await pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    );
  } else {
    const pid = await until(() => installers()[0], 'the tool to work', 5_000);
    note('the tool');
    process.kill(pid, 'SIGKILL');
  }
}

/** Plans and starts a rollout through the API. @returns the database id of the distribution */
async function start(): Promise<string> {
  const bindings = { tool: TOOL, target: { directory: '{{name}}' }, media: { unpack: false } };
  const releaseId = await readyRelease(pool, crew, TARGETS, bindings);
  const { deploymentTools } = await crew.operator.query<{ deploymentTools: { nodes: { id: string }[] } }>(
    '{ deploymentTools { nodes { id } } }',
  );
  const { id, version } = await crew.operator.run<{ id: string; version: number }>(
    'distributionPlan',
    {
      releaseId,
      deploymentToolId: deploymentTools.nodes[0]?.id,
      allTargets: true,
      deadlineMinutes: 60,
      scheduledStart: new Date(Date.now() + 2_000).toISOString(),
      scheduledEnd: new Date(Date.now() + 7_200_000).toISOString(),
    },
    'distribution',
    'id version',
  );
  await crew.operator.run(
    'distributionPlanWaves',
    { id, expectedVersion: version, by: 'COUNT', sizes: [Math.ceil(TARGETS / WAVES)] },
    'distribution',
  );
  await crew.operator.run('distributionSchedule', { id }, 'distribution');
  return parseNodeId(id)?.uuid as string;
}

/** Decides to run the wave again, as a person would. What dies in the middle is tried again. */
async function decide(distribution: string): Promise<void> {
  const open = await rows<{ id: string }>(
    `select id from decision_point where distribution_id = $1 and state = 'OPEN'`,
    [distribution],
  );
  const { decisionPoints } = await crew.operator
    .query<{ decisionPoints: { nodes: { id: string }[] } }>(
      '{ decisionPoints(filter: { state: { eq: OPEN } }) { nodes { id } } }',
    )
    .catch(() => ({ decisionPoints: { nodes: [] } }));
  const id = decisionPoints.nodes[0]?.id;
  if (open.length === 0 || id === undefined) return;
  note('a decision');
  await crew.operator
    .run('decisionPointDecide', { id, choice: 'RETRY', reason: 'The tool was killed.' }, 'decisionPoint')
    .catch(() => {});
}

test(
  `a rollout of ${TARGETS} targets ends, or asks, however often server, database and tool die`,
  async () => {
    process.stderr.write(`rollout kills: ${TARGETS} targets, INTERLOCK_TEST_KILL_SEED=${SEED}\n`);
    const distribution = await start();
    const state = async () =>
      (await rows<{ state: string }>('select state from distribution where id = $1', [distribution]))[0]
        ?.state as string;
    await until(async () => !['SCHEDULED'].includes(await state()), 'the start', 60_000);
    const until_ = Date.now() + MINUTES * 60_000;
    // Each kind comes at least once; after some time there is peace, so that the rollout can end.
    for (let kills = 0; (await state()) !== 'SUCCEEDED'; kills++) {
      expect(Date.now()).toBeLessThan(until_);
      await wait(200 + chance.below(800));
      if (kills < 24) await kill([0, 0.5, 0.7, 0.9][kills] ?? chance.next()).catch(() => {});
      if ((await state()) === 'AWAITING_DECISION') await decide(distribution);
    }
    process.stderr.write(`${[...killed].map(([what, n]) => `${what} ${n}`).join(', ')}\n`);

    // The tool has each run once, and only runs that are on record.
    const runs = await rows<{ key: string; submitted: boolean }>(
      'select key, submitted_at is not null as submitted from distribution_run where distribution_id = $1',
      [distribution],
    );
    const work = readdirSync(join(folder, 'work'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.parentPath.endsWith('runs'))
      .map(({ name }) => name);
    const isOf = (key: string) => (name: string) => new RegExp(`^${key}(?!\\d)`).test(name);
    for (const { key, submitted } of runs) {
      const times = work.filter(isOf(key)).length;
      expect([key, times]).toEqual([key, submitted ? 1 : Math.min(times, 1)]);
    }
    expect(work.filter((name) => !runs.some(({ key }) => isOf(key)(name)))).toEqual([]);
    // Every target succeeded, is told of once, and has the release as its one current installation.
    const [counted] = await rows<{ targets: number; told: number; installed: number }>(
      `select (select count(*)::int from target_execution
          where distribution_id = $1 and state = 'SUCCEEDED') as targets,
         (select count(distinct payload -> 'ci' ->> 'id')::int from domain_event
          where type = 'distribution.target-succeeded' and aggregate_id = $1) as told,
         (select count(*)::int from installation where distribution_id = $1 and valid_to is null) as installed`,
      [distribution],
    );
    expect(counted).toEqual({ targets: TARGETS, told: TARGETS, installed: TARGETS });
    const twice = await rows(
      `select payload -> 'ci' ->> 'name' as ci, count(*) from domain_event
       where type = 'distribution.target-succeeded' and aggregate_id = $1 group by 1 having count(*) > 1`,
      [distribution],
    );
    expect(twice).toEqual([]);
    const log = await rows<{ position: string }>(
      'select position from domain_event where position is not null order by position',
    );
    expect(log.map(({ position }) => Number(position))).toEqual(log.map((_, index) => index + 1));
    for (const what of ['a server', 'a process of the database', 'all sessions', 'the tool'])
      expect(killed.get(what)).toBeGreaterThan(0);
  },
  (MINUTES + 3) * 60_000,
);

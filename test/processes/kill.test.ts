import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { gatherCast, type Cast } from '../../src/cli/demo/cast.js';
import { ApiClient } from '../../src/cli/demo/client.js';
import { directoryEstate, type Estate } from '../../src/cli/demo/estate.js';
import type { Screen } from '../../src/cli/demo/screen.js';
import { setStage, TARGETS, type Stage } from '../../src/cli/demo/stage.js';
import { playStory } from '../../src/cli/demo/story.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { tgz } from '../adapters/support/tar-writer.js';
import { freePort, ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';

const run = promisify(execFile);
const silent: Screen = { step: () => {}, note: () => {}, event: () => {}, progress: () => {} };

let database: TestDatabase;
let pool: pg.Pool;
let api: ServerProcess;
let other: ServerProcess;
let cast: Cast;
let stage: Stage;
let estate: Estate;
let folder: string;
let packageFile: string;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 2 });
  folder = mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'kill-'));
  const targets = join(folder, 'targets');
  mkdirSync(targets);
  const tools = join(folder, 'tools.json');
  // Slow enough to be killed in the middle of it.
  writeFileSync(
    tools,
    JSON.stringify({
      tools: [
        {
          name: 'directory',
          adapter: 'exec',
          config: {
            command: [process.execPath, join(process.cwd(), 'examples/exec-directory/install.mjs')],
            env: { INSTALL_ROOT: targets, INSTALL_PACE_MS: '150' },
          },
        },
      ],
    }),
  );
  const env = {
    DATABASE_URL: database.url,
    INTERLOCK_DATA_DIR: folder,
    INTERLOCK_TOOLS: tools,
    NODE_ENV: 'development',
    LOG_LEVEL: 'fatal',
    INTERLOCK_LEASE_MS: '3000',
  };
  api = new ServerProcess(await freePort(), env);
  other = new ServerProcess(await freePort(), env);
  await api.start();
  await other.start();
  const administrator = async (name: string) => {
    const args = ['bin/interlock.mjs', 'token', 'create', '--role', 'ADMINISTRATOR', '--name', name];
    const { stdout } = await run(process.execPath, args, { env: { ...process.env, ...env } });
    return new ApiClient(api.url, name, stdout.trim());
  };
  cast = await gatherCast({ first: await administrator('Ada'), second: await administrator('Bob') });
  estate = directoryEstate({ dataDir: folder });
  stage = await setStage(cast, estate);
  packageFile = join(folder, 'package.tgz');
  writeFileSync(packageFile, tgz([{ name: 'package/program.txt', content: 'interlock\n'.repeat(20_000) }]));
}, 120_000);

afterAll(async () => {
  for (const { api: client } of Object.values(cast ?? {})) await client.close();
  await api?.kill('SIGTERM');
  await other?.kill('SIGTERM');
  await pool?.end();
  await database?.drop();
}, 60_000);

/** Follows the whole event log at one process, reconnecting whenever that process is killed. */
function follower(client: ApiClient) {
  const seen: { id: string; cursor: string }[] = [];
  let stop = false;
  const done = client.follow<{ eventStream: { endCursor: string; events: { id: string; cursor: string }[] } }>(
    'subscription($after: String) { eventStream(after: $after) { endCursor events { id cursor } } }',
    { after: Buffer.from('e1.0').toString('base64url') },
    (m) => m.eventStream.endCursor,
    ({ eventStream }) => {
      seen.push(...eventStream.events);
      return stop;
    },
  );
  done.catch(() => {}); // seen by `end`, unless the story broke before
  return {
    seen,
    end: async () => {
      stop = true;
      // One more event, so that the follower looks at `stop`.
      await cast.conny.api.run(
        'configurationItemRegister',
        { name: 'the end', ciClass: 'SERVER' },
        'configurationItem',
      );
      await done;
    },
  };
}

async function playAndKill(label: string, kill: () => Promise<void>) {
  const watching = follower(new ApiClient(other.url, 'watcher', cast.conny.api.token));
  let killing: Promise<void> | undefined;
  const result = await playStory(
    cast,
    stage,
    {
      estate,
      packageFile,
      label,
      leadSeconds: 3,
      beforeStart: async () => {
        estate.failOnce('web-04');
        killing = (async () => {
          // The tool has taken the run and works on it.
          await until(
            async () =>
              (
                await pool.query(
                  'select 1 from distribution_run r join distribution d on d.id = r.distribution_id where ' +
                    `r.state = 'SUBMITTED' and d.state = 'RUNNING'`,
                )
              ).rowCount,
            'a running distribution',
            60_000,
          );
          await kill();
        })();
      },
    },
    silent,
  );
  await killing;
  await watching.end();
  const { rows: runs } = await pool.query<{ key: string; attempt: number; distribution: string }>(
    'select r.key, r.attempt, d.number as distribution from distribution_run r join distribution d on d.id = ' +
      'r.distribution_id join release x on x.id = d.release_id where x.name = $1 order by d.id, attempt',
    [`interlock ${label}`],
  );
  return { result, runs, watching };
}

async function expectOnce(
  label: string,
  runs: readonly { key: string; attempt: number; distribution: string }[],
  seen: readonly { id: string }[],
) {
  // A run for each of four waves, and perhaps one for what was not started when a wave tripped; then one run of another
  // distribution for the failed target. The tool knows exactly these runs, and each target holds the release once.
  const numbers = [...new Set(runs.map(({ distribution }) => distribution))];
  const attempts = numbers.map((number) => runs.filter(({ distribution }) => distribution === number).length);
  expect(runs.map(({ attempt }) => attempt)).toEqual(
    attempts.flatMap((count) => Array.from({ length: count }, (_, n) => n + 1)),
  );
  expect([4, 5]).toContain(attempts[0]);
  expect(attempts.slice(1)).toEqual([1]);
  const work = readdirSync(join(folder, 'work'), { recursive: true, withFileTypes: true })
    .filter((e) => e.isDirectory() && e.parentPath.endsWith('runs'))
    .map((e) => e.name);
  for (const { key } of runs) expect(work.filter((name) => name.startsWith(key))).toHaveLength(1);
  for (const target of TARGETS)
    expect(
      readdirSync(join(folder, 'targets', target, 'releases')).filter((name) =>
        runs.some(({ key }) => name.startsWith(key)),
      ),
    ).toHaveLength(1);
  // One success per target in the log and one current installation, no matter how often the report came.
  const { rows: successes } = await pool.query<{ ci: string; n: number }>(
    `select payload->'ci'->>'name' as ci, count(*)::int as n from domain_event
      where type = 'distribution.target-succeeded'
       and topics && array(select d.id from distribution d join release x on x.id = d.release_id where x.name = $1)
         group by 1 order by 1`,
    [`interlock ${label}`],
  );
  expect(successes).toEqual(TARGETS.map((ci) => ({ ci, n: 1 })));
  const { rows: current } = await pool.query<{ n: number }>(
    'select count(*)::int as n from installation i join dml_item_version v on v.id = i.dml_item_version_id where ' +
      'v.label = $1 and i.valid_to is null',
    [label],
  );
  expect(current[0]?.n).toBe(TARGETS.length);
  // The log has every position once, and the follower saw the whole log once, in order.
  const { rows: log } = await pool.query<{ id: string; position: string }>(
    'select id, position from domain_event where position is not null order by position',
  );
  expect(log.map((e) => Number(e.position))).toEqual(log.map((_, i) => i + 1));
  expect(seen).toHaveLength(new Set(seen.map((e) => e.id)).size);
  expect(seen.length).toBeGreaterThan(50);
}

describe('two processes on one database, one of them killed -9 while a distribution runs', () => {
  test('the one without clients: nothing is lost or doubled', async () => {
    const label = `1.0.${process.pid}`;
    const { runs, watching } = await playAndKill(label, async () => {
      await other.kill();
      await new Promise((resolve) => setTimeout(resolve, 500));
      await other.start();
    });
    await expectOnce(label, runs, watching.seen);
  }, 180_000);

  test('the one with the clients, which reconnect and resume', async () => {
    const label = `2.0.${process.pid}`;
    const { runs, watching } = await playAndKill(label, async () => {
      await api.kill();
      await new Promise((resolve) => setTimeout(resolve, 500));
      await api.start();
    });
    await expectOnce(label, runs, watching.seen);
  }, 180_000);

  test('both at once, of which only one comes back', async () => {
    const label = `3.0.${process.pid}`;
    const { runs, watching } = await playAndKill(label, async () => {
      await Promise.all([api.kill(), other.kill()]);
      await api.start();
      await other.start();
    });
    await expectOnce(label, runs, watching.seen);
  }, 180_000);
});

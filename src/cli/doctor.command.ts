import { constants } from 'node:fs';
import { access, mkdir, statfs } from 'node:fs/promises';
import { type Config, ConfigError, loadConfig, VERSION } from '../config.js';
import type { Database } from '../entities/database.js';
import { loadTools } from '../server/tools/tools-file.js';
import { withDatabase } from './database.command.js';
import { coloured, printJson, table } from './output.js';

/** What was found about one thing. A warning does not keep the server from running. */
interface Finding {
  readonly check: string;
  readonly result: 'ok' | 'warning' | 'failed';
  readonly detail: string;
}

/** How far clocks may be apart, in milliseconds. */
const CLOCK_MS = 2_000;

/** Free space below which an upload or an import is likely to fail, in bytes. */
const LOW_DISK = 1_073_741_824;

/** The oldest PostgreSQL that the server is tested with. */
const POSTGRES = 15;

const found = (check: string, result: Finding['result'], detail: string): Finding => ({ check, result, detail });

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const gibibytes = (bytes: number): string => `${(bytes / 1_073_741_824).toFixed(1)} GiB`;

async function disk({ dataDir }: Config): Promise<Finding> {
  try {
    await mkdir(dataDir, { recursive: true });
    await access(dataDir, constants.W_OK);
    const { bavail, bsize } = await statfs(dataDir);
    const free = bavail * bsize;
    return found('disk', free < LOW_DISK ? 'warning' : 'ok', `${gibibytes(free)} free in ${dataDir}`);
  } catch (error) {
    return found('disk', 'failed', `${dataDir} cannot be written: ${messageOf(error)}`);
  }
}

function tools(config: Config): Finding {
  try {
    const { tools: configured } = loadTools(config);
    return found(
      'tools',
      'ok',
      configured.length === 0 ? 'none configured' : configured.map((t) => t.instance).join(', '),
    );
  } catch (error) {
    return found('tools', 'failed', messageOf(error));
  }
}

async function ask<Row>(database: Database, text: string): Promise<Row> {
  const [row] = await database.em.fork().getConnection().execute<Row[]>(text);
  return row as Row;
}

async function clock(database: Database): Promise<Finding> {
  const before = Date.now();
  const { now } = await ask<{ now: number }>(
    database,
    'select (extract(epoch from clock_timestamp()) * 1000)::float8 as now',
  );
  const apart = Math.round(Math.max(0, now - Date.now(), before - now));
  const detail = `${apart} ms between this machine and the database`;
  return found('clock', apart > CLOCK_MS ? 'failed' : 'ok', detail);
}

async function versions(database: Database): Promise<Finding> {
  const { version } = await ask<{ version: number }>(
    database,
    `select current_setting('server_version_num')::int / 10000 as version`,
  );
  const detail = `Interlock ${VERSION}, Node ${process.versions.node}, PostgreSQL ${version}`;
  return found('versions', version < POSTGRES ? 'failed' : 'ok', detail);
}

async function schema(database: Database): Promise<Finding> {
  const waiting = await database.migrator.getPending();
  return waiting.length === 0
    ? found('schema', 'ok', 'of this version')
    : found('schema', 'warning', `${waiting.length} migrations are waiting; serve and migrate apply them`);
}

async function databaseFindings(config: Config): Promise<Finding[]> {
  try {
    return await withDatabase(async (database, url) => {
      const { host, pathname } = new URL(url);
      await ask(database, 'select 1');
      const kind = config.databaseUrl === undefined ? 'embedded' : `${host}${pathname}`;
      return [found('database', 'ok', kind), await schema(database), await clock(database), await versions(database)];
    });
  } catch (error) {
    return [found('database', 'failed', `${messageOf(error)}. Check DATABASE_URL and that the server is running.`)];
  }
}

async function findings(): Promise<Finding[]> {
  let config: Config;
  try {
    config = loadConfig();
  } catch (error) {
    const problems = error instanceof ConfigError ? error.problems : [messageOf(error)];
    return problems.map((problem) => found('settings', 'failed', problem));
  }
  return [
    found('settings', 'ok', `${config.nodeEnv}, port ${config.port}`),
    await disk(config),
    tools(config),
    ...(await databaseFindings(config)),
  ];
}

const COLOURS = { ok: 'green', warning: 'yellow', failed: 'red' } as const;

/** Checks what a server needs, and prints what was found. The exit code is 1 if something failed. */
export async function doctor({ json }: { readonly json?: boolean } = {}): Promise<void> {
  const all = await findings();
  if (all.some(({ result }) => result === 'failed')) process.exitCode = 1;
  if (json) return printJson(all);
  const lines = table(all.map(({ check, result, detail }) => [check, result, detail.replaceAll('\n', ' ')]));
  const parts = lines.trimEnd().split('\n');
  for (const [at, line] of parts.entries()) {
    const { result } = all[at] as Finding;
    process.stdout.write(`${line.replace(result, coloured(COLOURS[result], result))}\n`);
  }
}

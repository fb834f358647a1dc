import { spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { until } from './until.js';

/** How a run of the `interlock` command ended. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const MAIN = resolve('bin/interlock.mjs');

// Nothing of the developer's own settings may leak into a test: only what every process needs.
function environment(env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  const { PATH, HOME, LANG, TMPDIR } = process.env;
  return { PATH, HOME, LANG, TMPDIR, NODE_ENV: 'test', ...env };
}

/** Options of a run. */
export interface CommandOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Another copy of the package's program. */
  readonly main?: string;
  /** What the process reads from its standard input. */
  readonly input?: string;
}

/** Starts `interlock …` as a process of its own, and does not wait for anything. */
export function launch(args: readonly string[], { env = {}, cwd, main = MAIN, input }: CommandOptions) {
  const child = spawn(process.execPath, [main, ...args], {
    env: environment(env),
    cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => {}); // a process need not read its input
  child.stdin.end(input);
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (out.stdout += chunk));
  child.stderr.on('data', (chunk: Buffer) => (out.stderr += chunk));
  const ended = new Promise<CommandResult>((done) => child.on('close', (code) => done({ code, ...out })));
  return { child, out, ended };
}

/** Runs `interlock …` to its end, as a process of its own. */
export async function interlock(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return await launch(args, options).ended;
}

/** A server that runs as a process of its own. */
export interface ServerProcess {
  readonly url: string;
  readonly child: ChildProcess;
  readonly out: { readonly stdout: string; readonly stderr: string };
  readonly ended: Promise<CommandResult>;
  /** Sends SIGTERM and waits for the end. */
  stop(): Promise<CommandResult>;
}

const running = new Set<ServerProcess>();

/**
 * Starts `interlock serve` on a free port and waits until it listens.
 * @throws Error with its output when it ends instead
 */
export async function serve(options: CommandOptions = {}): Promise<ServerProcess> {
  const { child, out, ended } = launch(['serve'], {
    ...options,
    env: { PORT: '0', LOG_LEVEL: 'info', ...options.env },
  });
  const url = await until(
    () => {
      if (child.exitCode !== null)
        throw new Error(`interlock serve ended with ${child.exitCode}\n${out.stdout}${out.stderr}`);
      return /"url":"([^"]+)"[^\n]*"msg":"listening"/.exec(out.stdout)?.[1];
    },
    'the server to listen',
    60_000,
  );
  const server: ServerProcess = {
    url,
    child,
    out,
    ended,
    stop: async () => {
      child.kill('SIGTERM');
      const result = await ended;
      running.delete(server);
      return result;
    },
  };
  running.add(server);
  return server;
}

/** Ends every server that a failed test left running. */
export async function stopServers(): Promise<void> {
  for (const server of running) {
    server.child.kill('SIGKILL');
    await server.ended;
  }
  running.clear();
}

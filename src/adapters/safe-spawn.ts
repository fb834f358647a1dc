/** Child processes without a shell, without the server's environment, and without remains. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { AdapterError, type SafeSpawn, type SpawnOptions, type SpawnResult } from './adapter.js';
import { endGroup, identify, isAlive, signalGroup } from './process-identity.js';

const INHERITED = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'] as const;
const DEFAULT_STDOUT = 1024 * 1024;
const DEFAULT_STDERR = 64 * 1024;
/** Time between SIGTERM and SIGKILL. Both stay well below the second that the contract allows. */
const SOFT_MS = 300;
/**
 * How long output may still arrive after the end. A process that left the group may keep the pipe open indefinitely.
 */
const DRAIN_MS = 200;

type Command = readonly [string, ...string[]];

/** Keeps the first bytes of a stream up to a limit. */
class Capture {
  private readonly chunks: Buffer[] = [];
  private kept = 0;
  overflowed = false;

  constructor(private readonly limit: number) {}

  add(chunk: Buffer): void {
    const room = this.limit - this.kept;
    if (chunk.length > room) this.overflowed = true;
    const part = chunk.subarray(0, Math.max(0, room));
    this.chunks.push(part);
    this.kept += part.length;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.chunks);
  }
}

function startFailure(program: string, error: unknown): AdapterError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  const scarce = code === 'EAGAIN' || code === 'ENOMEM' || code === 'EMFILE' || code === 'ENFILE';
  return new AdapterError(
    scarce ? 'RESOURCE_EXHAUSTED' : 'FAILED_PRECONDITION',
    `The program ${program} cannot be started (${code}).`,
  );
}

function minimalEnv(
  base: Readonly<Record<string, string | undefined>>,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const kept = INHERITED.flatMap((name) => (base[name] === undefined ? [] : [[name, base[name]] as const]));
  return { ...Object.fromEntries(kept), ...extra };
}

function begin(command: Command, options: Parameters<typeof spawn>[2]): ChildProcess {
  try {
    return spawn(command[0], command.slice(1), { ...options, shell: false, detached: true });
  } catch (error) {
    throw startFailure(command[0], error);
  }
}

/** Waits for the end of the child and enforces it: SIGTERM, SIGKILL, and in any case an end of the whole group. */
async function runToEnd(command: Command, options: SpawnOptions, env: Record<string, string>): Promise<SpawnResult> {
  options.signal.throwIfAborted();
  const child = begin(command, { cwd: options.cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  const stdout = new Capture(options.maxStdoutBytes ?? DEFAULT_STDOUT);
  const stderr = new Capture(options.maxStderrBytes ?? DEFAULT_STDERR);
  const timers: NodeJS.Timeout[] = [];
  let timedOut = false;
  const group = (signal: NodeJS.Signals): void => void (child.pid !== undefined && signalGroup(child.pid, signal));
  const end = (): void => {
    group('SIGTERM');
    timers.push(setTimeout(() => group('SIGKILL'), SOFT_MS));
  };
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout.add(chunk);
    if (stdout.overflowed) group('SIGKILL');
  });
  child.stderr?.on('data', (chunk: Buffer) => stderr.add(chunk));
  // A program may end without reading its input; its exit code shows the result.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.stdin ?? '');
  options.signal.addEventListener('abort', end, { once: true });
  if (options.timeoutMs !== undefined) {
    timers.push(
      setTimeout(() => {
        timedOut = true;
        end();
      }, options.timeoutMs),
    );
  }
  try {
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const [exitCode, signal] = await exitOf(child, command[0]);
    group('SIGKILL');
    await Promise.race([closed, new Promise<void>((resolve) => timers.push(setTimeout(resolve, DRAIN_MS)))]);
    options.signal.throwIfAborted();
    return {
      exitCode,
      signal,
      stdout: stdout.bytes(),
      stderr: stderr.bytes(),
      timedOut,
      overflowed: stdout.overflowed,
    };
  } finally {
    for (const timer of timers) clearTimeout(timer);
    options.signal.removeEventListener('abort', end);
    child.stdin?.destroy();
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

function exitOf(child: ChildProcess, program: string): Promise<[number | null, string | null]> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(startFailure(program, error)));
    child.once('exit', (code, signal) => resolve([code, signal]));
  });
}

/**
 * Create a {@link SafeSpawn}. `baseEnv` is the server's environment; children only see what a program needs to run at
 * all. It is a parameter so that the process environment has one reader.
 */
export function createSafeSpawn(baseEnv: Readonly<Record<string, string | undefined>>): SafeSpawn {
  const run = (command: Command, options: SpawnOptions): Promise<SpawnResult> =>
    runToEnd(command, options, minimalEnv(baseEnv, options.env));
  const startDetached: SafeSpawn['startDetached'] = async (command, options) => {
    const out = await open(options.stdoutFile, 'a', 0o600);
    const err = await open(options.stderrFile, 'a', 0o600);
    try {
      const child = begin(command, {
        cwd: options.cwd,
        env: minimalEnv(baseEnv, options.env),
        stdio: ['ignore', out.fd, err.fd],
      });
      await Promise.race([
        once(child, 'spawn'),
        new Promise<never>((_resolve, reject) =>
          child.once('error', (error) => reject(startFailure(command[0], error))),
        ),
      ]);
      child.unref();
      return await identify(child.pid as number);
    } finally {
      await Promise.all([out.close(), err.close()]);
    }
  };
  return Object.assign(run, { startDetached, isAlive, endGroup });
}

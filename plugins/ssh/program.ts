/**
 * Runs programs for the worker, which lives outside the server and so has no SafeSpawn: arguments as an array, no
 * shell, an end for the whole process group.
 */
import { spawn } from 'node:child_process';

/** How much of what a program says is kept. */
const MOST_OUTPUT = 1_048_576;
const MOST_ERRORS = 16_384;
/** Between the request to end and the end by force. */
const SOFT_MS = 300;

/** How a program ended. */
export interface Ended {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly timedOut: boolean;
  readonly aborted: boolean;
}

function collect(stream: NodeJS.ReadableStream, most: number): () => Buffer {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    if (size < most) chunks.push(chunk.subarray(0, most - size));
    size += chunk.length;
  });
  return () => Buffer.concat(chunks);
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // it is gone
  }
}

/** Runs a program to its end. It never rejects: a program that cannot be started says so on its standard error. */
export async function runProgram(
  [program, ...args]: readonly [string, ...string[]],
  options: { readonly cwd: string; readonly stdin?: string; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Ended> {
  const { cwd, stdin = '', timeoutMs, signal } = options;
  const nothing = { exitCode: null, stdout: Buffer.alloc(0), stderr: '', timedOut: false, aborted: true };
  if (signal.aborted) return nothing;
  const child = spawn(program, args, { cwd, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const stdout = collect(child.stdout, MOST_OUTPUT);
  const stderr = collect(child.stderr, MOST_ERRORS);
  child.stdin.on('error', () => undefined); // it may end before it has read everything
  child.stdin.end(stdin);
  let timedOut = false;
  let force: NodeJS.Timeout | undefined;
  const end = (): void => {
    signalGroup(child.pid, 'SIGTERM');
    force ??= setTimeout(() => signalGroup(child.pid, 'SIGKILL'), SOFT_MS);
  };
  const timer = setTimeout(() => {
    timedOut = true;
    end();
  }, timeoutMs);
  signal.addEventListener('abort', end, { once: true });
  let failure = '';
  const exitCode = await new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      failure = `${program} cannot be started: ${error.message}`;
      resolve(null);
    });
    child.once('close', (code) => resolve(code));
  });
  clearTimeout(timer);
  clearTimeout(force);
  signal.removeEventListener('abort', end);
  signalGroup(child.pid, 'SIGKILL');
  return { exitCode, stdout: stdout(), stderr: stderr().toString() + failure, timedOut, aborted: signal.aborted };
}

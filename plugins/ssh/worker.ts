/**
 * The program beside the server. `launch` starts a worker that outlives the server and ends; `work` is that worker;
 * `check` asks hosts in advance. Secrets come over standard input and go to an agent or into scripts, never into a
 * file, an argument or the environment.
 *
 *     node worker.js launch|work|check FOLDER
 */
import { spawn } from 'node:child_process';
import { appendFileSync, closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkHosts } from './check.js';
import { Crew } from './crew.js';
import { Journal } from './journal.js';
import type { Order } from './order.js';
import { runProgram } from './program.js';
import { assignments } from './quote.js';
import { Remote } from './remote.js';
import { RunFolder, type StoredRun } from './run-store.js';

/** What comes over standard input. */
interface HandedOver {
  /** The private key, where it is a secret. */
  readonly key?: string;
  /** The secrets that the package asks for, by name. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** The order to check. */
  readonly order?: Order;
  /** When a check must be over. */
  readonly until?: string;
}

/** With this code flock says that somebody else has the lock; see flock(1), `--conflict-exit-code`. */
const LOCKED = 75;
const READY = 'ready\n';

async function handedOver(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

const isoNow = (): string => new Date().toISOString();

/** Aborted when somebody wants this program to go. */
function closingSignal(): AbortSignal {
  const closing = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const)
    process.once(name, () => closing.abort(new Error('The worker was asked to end.')));
  return closing.signal;
}

/** Gives the key to the agent that this program runs below. @returns what went wrong */
async function addKey(key: string, folder: string, signal: AbortSignal): Promise<string | undefined> {
  const stdin = key.endsWith('\n') ? key : `${key}\n`;
  const { exitCode, stderr } = await runProgram(['ssh-add', '-q', '-'], {
    cwd: folder,
    stdin,
    timeoutMs: 10_000,
    signal,
  });
  return exitCode === 0 ? undefined : `The key cannot be used: ${stderr.trim().split('\n').at(-1) ?? ''}`;
}

/** Starts a worker with the lock of the run, in a session of its own, and waits until it works. */
async function launch(path: string): Promise<number> {
  const folder = new RunFolder(path);
  const { order } = (await folder.stored()) as StoredRun;
  const input = await handedOver();
  const log = openSync(folder.file('worker.log'), 'a', 0o600);
  const command = [
    ...(order.login.ownAgent ? ['ssh-agent'] : []),
    ...['flock', '--nonblock', '--no-fork', '--conflict-exit-code', String(LOCKED), folder.file('lock')],
    ...[process.execPath, fileURLToPath(import.meta.url), 'work', path],
  ] as [string, ...string[]];
  const worker = spawn(command[0], command.slice(1), { cwd: path, detached: true, stdio: ['pipe', 'pipe', log] });
  worker.stdin?.on('error', () => undefined);
  worker.stdin?.end(input);
  return await new Promise<number>((resolve) => {
    worker.once('error', (error) => {
      process.stderr.write(`${command[0]} cannot be started: ${error.message}\n`);
      resolve(1);
    });
    worker.once('exit', (code) => resolve(code === LOCKED ? 0 : 1));
    worker.stdout?.once('data', () => {
      worker.unref();
      resolve(0);
    });
  });
}

/** The worker. It has the lock of the run as long as it lives. */
async function work(path: string): Promise<number> {
  const folder = new RunFolder(path);
  const { order } = (await folder.stored()) as StoredRun;
  const { key, secrets = {} } = JSON.parse(await handedOver()) as HandedOver;
  const closing = closingSignal();
  const journal = new Journal(folder, [...Object.values(secrets), ...(key === undefined ? [] : [key])]);
  journal.workedOnBy(ownIdentity());
  process.stdout.write(READY, () => closeSync(1));
  const bad = key === undefined ? undefined : await addKey(key, path, closing);
  try {
    if (bad === undefined) {
      const remote = new Remote(order, path);
      const cancels = async () => await folder.cancels();
      await new Crew({ remote, journal, cancels, secrets: assignments(secrets), closing }).work();
    } else {
      const reason = { code: 'AUTHENTICATION', message: bad, retryable: true };
      for (const target of order.targets)
        journal.tell(target, { state: 'rejected', nativeStatus: 'no key', reason }, 1);
      journal.end();
    }
  } finally {
    if (key !== undefined) await endAgent(path);
  }
  return 0;
}

/** How other processes recognise this one; see `ProcessIdentity` of the port. */
function ownIdentity(): { pid: number; startTicks: string; bootId: string } {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  return {
    pid: process.pid,
    startTicks: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '',
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
  };
}

/** Ends the agent at once. Should this program be killed, the agent notices within ten seconds; see ssh-agent(1). */
async function endAgent(cwd: string): Promise<void> {
  await runProgram(['ssh-agent', '-k'], { cwd, timeoutMs: 2_000, signal: new AbortController().signal });
}

async function check(path: string): Promise<number> {
  const { order, key, until = isoNow() } = JSON.parse(await handedOver()) as HandedOver;
  const closing = closingSignal();
  const bad = key === undefined ? undefined : await addKey(key, path, closing);
  try {
    const report =
      bad === undefined
        ? await checkHosts(new Remote(order as Order, path), new Date(until), closing)
        : { verdict: 'block', messages: [bad], targets: [] };
    process.stdout.write(`${JSON.stringify(report)}\n`);
  } finally {
    if (key !== undefined) await endAgent(path);
  }
  return 0;
}

const MODES: Readonly<Record<string, (path: string) => Promise<number>>> = { launch, work, check };

const [, , mode = '', path = ''] = process.argv;
const run = MODES[mode];
if (run === undefined) {
  process.stderr.write('Usage: worker.js launch|work|check FOLDER\n');
  process.exitCode = 64;
} else {
  run(path).then(
    (code) => process.exit(code),
    (error: unknown) => {
      const said = error instanceof Error ? error.message : String(error);
      // Of a worker only its file remains.
      if (mode === 'work') appendFileSync(new RunFolder(path).file('worker.log'), `${isoNow()} ${said}\n`);
      else process.stderr.write(`${said}\n`);
      process.exit(1);
    },
  );
}

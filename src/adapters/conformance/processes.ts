/** What the system shows of processes and open files, and a wait for it. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { identify, isAlive } from '../process-identity.js';

const LOOK_MS = 20;

/** Waits until something holds. Rejects when the signal aborts before, and names what did not happen. */
export async function waitUntil(holds: () => Promise<boolean>, what: string, signal: AbortSignal): Promise<void> {
  while (!(await holds())) {
    if (signal.aborted) throw new Error(`Waited in vain for ${what}.`);
    await pause(LOOK_MS);
  }
}

/** Our direct children now, where the system shows them. */
export async function children(): Promise<readonly number[]> {
  const text = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

/** The files below a directory that this process has open, where the system shows them. */
export async function openFiles(directory: string): Promise<string[]> {
  const numbers = await readdir('/proc/self/fd').catch(() => []);
  const paths = await Promise.all(numbers.map((number) => readlink(`/proc/self/fd/${number}`).catch(() => '')));
  return paths.filter((path) => path.startsWith(directory)).toSorted();
}

/**
 * The arguments of every process, and the environments that can be read, as one text each.
 * @param except a process that does not count: the tool itself, which knows its secrets
 */
export async function shownByProcesses(
  except: number | undefined,
): Promise<{ readonly arguments: string; readonly environments: string }> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name) && name !== String(except));
  const all = async (file: string): Promise<string> =>
    (await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '')))).join('\n');
  return { arguments: await all('cmdline'), environments: await all('environ') };
}

/** Everything below a directory in one text: names and contents. */
export async function allFiles(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = await Promise.all(files.map((file) => readFile(file, 'latin1').catch(() => '')));
  return [...entries.map((entry) => entry.name), ...contents].join('\n');
}

const pidIn = (name: string, text: string): number => {
  if (!name.endsWith('.json')) return Number.parseInt(text, 10);
  try {
    return Number((JSON.parse(text) as { pid?: unknown } | null)?.pid);
  } catch {
    return Number.NaN; // being written
  }
};

/** The running processes that files below a directory name; see `pids` in fixtures.ts. */
export async function liveProcesses(directory: string): Promise<number[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile() && /(^|\.)pid$|\.json$/.test(entry.name));
  const read = files.map(async ({ name, parentPath }) =>
    pidIn(name, await readFile(join(parentPath, name), 'utf8').catch(() => '')),
  );
  const pids = (await Promise.all(read)).filter((pid) => pid > 1);
  const alive = await Promise.all(pids.map(async (pid) => await isAlive(await identify(pid))));
  return pids.filter((_pid, index) => alive[index]);
}

/** Identity of processes: liveness checks that account for zombies and for pids reused by other processes. */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessIdentity } from './adapter.js';

interface ProcessFacts {
  readonly state: string;
  readonly group: number;
  readonly startTicks: string;
}

/** What /proc shows for a pid; undefined when there is no such process or no /proc. */
async function factsOf(pid: number): Promise<ProcessFacts | undefined> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name in parentheses may itself contain spaces and parentheses, so count fields from the last one on.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', group: Number(fields[2]), startTicks: fields[19] ?? '' };
}

async function bootIdNow(): Promise<string> {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  } catch {
    return '';
  }
}

function signalReaches(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The permanent identity of a running process. */
export async function identify(pid: number): Promise<ProcessIdentity> {
  return { pid, startTicks: (await factsOf(pid))?.startTicks ?? '', bootId: await bootIdNow() };
}

/** Is exactly this process running? */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  if (identity.bootId === '') return signalReaches(identity.pid);
  if (identity.bootId !== (await bootIdNow())) return false;
  const facts = await factsOf(identity.pid);
  return facts !== undefined && facts.state !== 'Z' && facts.state !== 'X' && facts.startTicks === identity.startTicks;
}

/** True while anything runs in the group that the process led, even if the process itself is gone. */
async function groupLives(identity: ProcessIdentity): Promise<boolean> {
  if (identity.bootId === '') return signalReaches(-identity.pid);
  if (identity.bootId !== (await bootIdNow())) return false;
  const leader = await factsOf(identity.pid);
  // Another process with this pid means that the group is gone: a pid is not reused while its group lives.
  if (leader !== undefined && leader.startTicks !== identity.startTicks) return false;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(pids.map(factsOf));
  return all.some(
    (facts) => facts !== undefined && facts.group === identity.pid && facts.state !== 'Z' && facts.state !== 'X',
  );
}

/** Send a signal to a whole group; false when there is none. */
export function signalGroup(leader: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-leader, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * End the group: SIGTERM, then after `graceMs` SIGKILL. True once no process of it is left. Throws the signal's reason
 * on abort.
 */
export async function endGroup(identity: ProcessIdentity, graceMs: number, signal: AbortSignal): Promise<boolean> {
  if (!(await groupLives(identity))) return true;
  signalGroup(identity.pid, 'SIGTERM');
  const forceAt = performance.now() + graceMs;
  const giveUpAt = forceAt + 2_000;
  let forced = false;
  while (await groupLives(identity)) {
    if (performance.now() >= giveUpAt) return false;
    if (!forced && performance.now() >= forceAt) {
      forced = true;
      signalGroup(identity.pid, 'SIGKILL');
    }
    await delay(20, undefined, { signal });
  }
  return true;
}

/**
 * Identifies processes. The system may use a pid again. Together with the boot id and the start time in ticks, it
 * identifies one process.
 */
import { readdirSync, readFileSync } from 'node:fs';

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function factsOf(pid) {
  const stat = read(`/proc/${pid}/stat`);
  // The name in parentheses may contain anything, so count the fields after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return stat === '' ? undefined : { state: fields[0], group: Number(fields[2]), startTicks: fields[19] };
}

const bootId = () => read('/proc/sys/kernel/random/boot_id').trim();

function answers(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** The identity of this process. */
export function identify() {
  return { pid: process.pid, startTicks: factsOf(process.pid)?.startTicks ?? '', bootId: bootId() };
}

/** True if exactly this process is running. A zombie is not. */
export function isAlive({ pid, startTicks, bootId: boot }) {
  if (boot === '') return answers(pid);
  const facts = factsOf(pid);
  return (
    boot === bootId() &&
    facts !== undefined &&
    facts.state !== 'Z' &&
    facts.state !== 'X' &&
    facts.startTicks === startTicks
  );
}

/** True if any process is left of the group that this process led. */
export function groupLives(identity) {
  const { pid, bootId: boot } = identity;
  if (boot === '') return answers(-pid);
  const leader = factsOf(pid);
  if (boot !== bootId() || (leader !== undefined && leader.startTicks !== identity.startTicks)) return false;
  return readdirSync('/proc').some((name) => {
    const facts = /^\d+$/.test(name) ? factsOf(name) : undefined;
    return facts !== undefined && facts.group === pid && facts.state !== 'Z' && facts.state !== 'X';
  });
}

/** Sends a signal to the whole group. A missing group is no error. */
export function signalGroup({ pid }, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

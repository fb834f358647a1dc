/** Which process is which. A pid alone may be given away again; with the ticks at which it started and the boot it names one process. */
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
  // The name in parentheses may hold anything, so count the fields from behind it.
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

/** This process. */
export function identify() {
  return { pid: process.pid, startTicks: factsOf(process.pid)?.startTicks ?? '', bootId: bootId() };
}

/** Is that very process running? Zombies are not. */
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

/** Is anything left of the group that the process led? */
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

/** Send a signal to the whole group; no group is no error. */
export function signalGroup({ pid }, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

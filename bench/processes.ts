import { readdirSync, readFileSync } from 'node:fs';

// How much processor time processes took, from /proc (Linux). Elsewhere it is unknown.
const TICKS_PER_SECOND = 100;

interface Stat {
  readonly parent: number;
  readonly cpuMs: number;
}

function stat(pid: number | string): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in brackets may hold spaces; what follows it does not.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND };
  } catch {
    return undefined;
  }
}

/** Processor time that a process took so far, in milliseconds; undefined where it cannot be known. */
export const cpuMs = (pid: number): number | undefined => stat(pid)?.cpuMs;

/** The process that started another one; undefined where it cannot be known. */
export const parentOf = (pid: number): number | undefined => stat(pid)?.parent;

/** Processor time that all children of a process took so far, in milliseconds: the backends of a PostgreSQL on this machine. */
export function childrenCpuMs(parent: number): number {
  let sum = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const found = stat(name);
    if (found?.parent === parent) sum += found.cpuMs;
  }
  return sum;
}

import { readdirSync, readFileSync } from 'node:fs';

// The processor time of processes, from /proc (Linux). On other systems it is unknown.
const TICKS_PER_SECOND = 100;

interface Stat {
  readonly parent: number;
  readonly cpuMs: number;
}

function stat(pid: number | string): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may contain spaces; the fields after it do not.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND };
  } catch {
    return undefined;
  }
}

/** Processor time that a process has used, in milliseconds; undefined if it is unknown. */
export const cpuMs = (pid: number): number | undefined => stat(pid)?.cpuMs;

/** The parent of a process; undefined if it is unknown. */
export const parentOf = (pid: number): number | undefined => stat(pid)?.parent;

/** Processor time that all children of a process have used, in milliseconds: the backends of a local PostgreSQL. */
export function childrenCpuMs(parent: number): number {
  let sum = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const found = stat(name);
    if (found?.parent === parent) sum += found.cpuMs;
  }
  return sum;
}

/** Memory that a process holds in RAM, in MiB; 0 if it is unknown. */
export function residentMiB(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}

/** What scripts answer, read. Pure. */
import { packageDigest } from '../../src/adapters/adapter.js';
import type { Order } from './order.js';

/** The states of a run on a host; see `remote-scripts.ts`. `none` also stands for a host that has no folder yet. */
export type RunState = 'none' | 'starting' | 'running' | 'ended' | 'cancelled' | 'lost';

const RUN_STATES: ReadonlySet<string> = new Set(['none', 'starting', 'running', 'ended', 'cancelled', 'lost']);

/** An answer that came to its end. */
export interface Said {
  readonly state: RunState;
  readonly step: string;
  /** The result of the job: a code and a sentence. */
  readonly rc?: { readonly code: string; readonly message: string };
  /** Digests as read on the host, by name of the file. */
  readonly sums: ReadonlyMap<string, string>;
  /** Where the symbolic link points to; empty when there is none. */
  readonly current: string;
  readonly versionThere: boolean;
  readonly problem?: string;
  /** Programs that are missing. */
  readonly lacks: readonly string[];
  readonly writable: boolean;
  /** Free space in KiB. */
  readonly freeKib?: number;
  /** There is something called `current` that is no symbolic link. */
  readonly foreign: boolean;
  /** A further piece of the log. */
  readonly log: Buffer;
}

/**
 * Reads an answer; undefined when it is not complete, so that nothing is known. Only what is between the two
 * lines with the nonce counts, so what a login prints before does no harm.
 */
export function readAnswer(stdout: Buffer, nonce: string): Said | undefined {
  const tail = Buffer.from(`\nend ${nonce}\n`);
  if (stdout.length < tail.length || !stdout.subarray(-tail.length).equals(tail)) return undefined;
  const head = Buffer.from(`begin ${nonce}\n`);
  const begin = stdout.indexOf(head);
  if (begin === -1) return undefined;
  const body = stdout.subarray(begin + head.length, -tail.length);
  let from = 0;
  const values = new Map<string, string>();
  const sums = new Map<string, string>();
  const lacks: string[] = [];
  let log = Buffer.alloc(0);
  while (from < body.length) {
    const at = body.indexOf(10, from);
    const end = at === -1 ? body.length : at;
    const line = body.toString('utf8', from, end);
    from = end + 1;
    const [, word = '', value = ''] = /^(\w+) (.*)$/s.exec(line) ?? [];
    const sum = /^([0-9a-f]{64}) {2}(.+)$/s.exec(value);
    if (word === 'sum' && sum !== null) sums.set(sum[2] as string, sum[1] as string);
    else if (word === 'lacks') lacks.push(value);
    else if (word === 'log' && /^\d+$/.test(value)) {
      log = Buffer.from(body.subarray(from, from + Number(value)));
      break;
    } else if (word !== '') values.set(word, value);
  }
  const state = values.get('state') ?? 'none';
  const [, code, message = ''] = /^(\S+) ?(.*)$/s.exec(values.get('rc') ?? '') ?? [];
  const free = values.get('free') ?? '';
  return {
    state: (RUN_STATES.has(state) ? state : 'lost') as RunState,
    step: values.get('step') ?? '',
    ...(code !== undefined && { rc: { code, message } }),
    sums,
    current: values.get('current') ?? '',
    versionThere: values.get('version') === 'there',
    ...(values.has('problem') && { problem: values.get('problem') as string }),
    lacks,
    writable: values.get('writable') === 'yes',
    ...(/^\d+$/.test(free) && { freeKib: Number(free) }),
    foreign: values.has('foreign'),
    log,
  };
}

/** The digest of the whole package from what was read on the host; undefined when a file of it was not read. */
export function digestOf(order: Order, sums: ReadonlyMap<string, string>): string | undefined {
  const found = order.artifacts.map(({ name }) => sums.get(name));
  if (found.includes(undefined)) return undefined;
  if (order.artifacts.every(({ sha256 }, index) => found[index] === sha256)) return order.digest;
  return packageDigest(found.map((sha256) => ({ sha256: sha256 as string })));
}

/** Why a host cannot take an order, as far as the answer of a check shows; undefined when it can. */
export function obstacleIn(
  order: Order,
  { lacks, writable, freeKib, foreign, versionThere }: Said,
): string | undefined {
  if (lacks.length > 0) return `The host lacks ${lacks.join(', ')}.`;
  if (foreign) return 'On the host, `current` is no symbolic link.';
  if (!writable) return 'The user must not write to the folder on the host.';
  const bytes =
    order.operation === 'install' && !versionThere ? order.artifacts.reduce((n, { size }) => n + size, 0) : 0;
  if (freeKib !== undefined && freeKib * 1024 < bytes)
    return `The host has ${freeKib} KiB of free space; the package needs ${Math.ceil(bytes / 1024)}.`;
  return undefined;
}

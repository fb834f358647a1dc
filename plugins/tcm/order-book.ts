/**
 * The orders of an instance as files, so that a process that takes over knows what another one began. Everything that
 * decides about sending again is on disk before anything is sent.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdapterOperation, ProcessIdentity } from '../../src/adapters/adapter.js';
import type { Ran } from './runner.js';

/** What is known of a target, kept between two looks. */
export interface Seen {
  readonly state: string;
  readonly nativeStatus: string;
  /** Since when, by the tool's clock or the first look. ISO 8601. */
  readonly at: string;
  /** What the product said, and since when it has said nothing else. */
  readonly mark: string;
  readonly since: string;
  readonly detail?: string;
}

/** An order, as it was stored before it was given. */
export interface Order {
  readonly key: string;
  readonly fingerprint: string;
  readonly operation: AdapterOperation;
  /** Our mark on the run in the product. */
  readonly label: string;
  readonly package: { readonly name: string; readonly version: string };
  /** Release name and version, for people. */
  readonly title: string;
  readonly targets: readonly { readonly ciId: string; readonly endpoint: string }[];
  readonly orderedAt: string;
}

/**
 * How far giving an order has come. `none`: nothing was sent · `running`: a process gives it now · `ended`: it has an
 * answer · `lost`: it may have been given, and there is no answer.
 */
export type Attempt =
  | { readonly step: 'none'; readonly number: number }
  | { readonly step: 'running' }
  | { readonly step: 'ended'; readonly number: number; readonly sentAt: string; readonly ran: Ran }
  | { readonly step: 'lost'; readonly number: number; readonly sentAt: string };

/** How long a process that claimed an order may take to say who it is, in milliseconds. */
const INTRODUCTION_MS = 10_000;

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

async function textOf(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
}

async function jsonOf<T>(path: string): Promise<T | undefined> {
  const text = await textOf(path);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

/** Writes a file that is complete and on disk before it has its name. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const part = `${path}.${randomUUID()}`;
  await writeFile(part, text, { flag: 'wx', mode: 0o600, flush: true });
  await rename(part, path);
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function bootId(): Promise<string> {
  return ((await textOf('/proc/sys/kernel/random/boot_id').catch(() => '')) ?? '').trim();
}

/** The identity of this process, for others to see whether it still lives. */
export async function identityOfThisProcess(): Promise<ProcessIdentity> {
  const stat = await textOf('/proc/self/stat').catch(() => undefined);
  const own = senderIn(stat === undefined ? undefined : `${stat.trimEnd()}\n${await bootId()}`);
  return own ?? { pid: process.pid, startTicks: '', bootId: '' };
}

/** The identity that a claiming shell left; undefined while it has not. */
function senderIn(text: string | undefined): ProcessIdentity | undefined {
  const [, pid, rest, boot] = /^(\d+) \(.*\) ([^\n]*)\n([^\n]*)/su.exec(text ?? '') ?? [];
  const startTicks = rest?.split(' ')[19];
  if (pid === undefined || startTicks === undefined || boot === undefined) return undefined;
  return { pid: Number(pid), startTicks, bootId: boot.trim() };
}

/** The label of a run: its key where the product can hold it, else a digest of it. Pure. */
export function labelOf(key: string, maxLabel: number): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/u.test(key) && key.length <= maxLabel) return key;
  return `il-${createHash('sha256').update(key).digest('hex').slice(0, 36)}`;
}

/** The orders below the private directory of an instance. */
export class OrderBook {
  private readonly runs: string;

  constructor(
    private readonly root: string,
    private readonly isAlive: (process: ProcessIdentity) => Promise<boolean>,
  ) {
    this.runs = join(root, 'runs');
  }

  /** Where a process claims the right to give an order. */
  claim(key: string, number: number): string {
    return join(this.runs, key, `try-${number}`);
  }

  /** The order with this key. */
  async read(key: string): Promise<Order | undefined> {
    return await jsonOf(join(this.runs, key, 'order.json'));
  }

  /** Stores an order unless its key is taken. @returns the stored order, also to callers that lost a race. */
  async create(order: Order): Promise<Order> {
    const known = await this.read(order.key);
    if (known !== undefined) return known;
    const staged = join(this.root, 'staging', randomUUID());
    await mkdir(this.runs, { recursive: true, mode: 0o700 });
    await mkdir(staged, { recursive: true, mode: 0o700 });
    await writeFile(join(staged, 'order.json'), JSON.stringify(order), { flag: 'wx', mode: 0o600, flush: true });
    try {
      await rename(staged, join(this.runs, order.key));
      await syncDirectory(this.runs);
      return order;
    } catch (error) {
      await rm(staged, { recursive: true, force: true });
      const winner = await this.read(order.key);
      if (winner === undefined) throw error;
      return winner;
    }
  }

  /** Notes that an order is about to be given, on disk, before it is. */
  async announce(key: string, number: number, at: string): Promise<void> {
    const directory = join(this.runs, key);
    await writeWhole(join(directory, `sending-${number}.json`), JSON.stringify({ at, bootId: await bootId() }));
    await syncDirectory(directory);
  }

  /** How far the latest attempt to give an order has come. */
  async attempt(key: string): Promise<Attempt> {
    const names = await readdir(join(this.runs, key));
    const numbers = names.flatMap((name) => /^sending-(\d+)\.json$/u.exec(name)?.[1] ?? []).map(Number);
    const number = Math.max(0, ...numbers);
    if (number === 0) return { step: 'none', number: 1 };
    const sent = await jsonOf<{ at: string; bootId: string }>(join(this.runs, key, `sending-${number}.json`));
    const sentAt = sent?.at ?? '';
    if (!names.includes(`try-${number}`)) {
      // Nobody has the claim. Without a restart of the machine that is the truth, and the claim still decides.
      return sent?.bootId === (await bootId()) ? { step: 'none', number } : { step: 'lost', number, sentAt };
    }
    const claim = this.claim(key, number);
    const ran = await this.answer(key, number);
    if (ran !== undefined) return { step: 'ended', number, sentAt, ran };
    const sender = senderIn(await textOf(join(claim, 'sender')));
    const alive =
      sender === undefined ? Date.now() - (await stat(claim)).mtimeMs < INTRODUCTION_MS : await this.isAlive(sender);
    if (alive) return { step: 'running' };
    // It may have ended between the two looks.
    const late = await this.answer(key, number);
    return late === undefined ? { step: 'lost', number, sentAt } : { step: 'ended', number, sentAt, ran: late };
  }

  private async answer(key: string, number: number): Promise<Ran | undefined> {
    const claim = this.claim(key, number);
    const exitCode = await textOf(join(claim, 'rc'));
    if (exitCode === undefined) return undefined;
    const [stdout = '', stderr = ''] = await Promise.all([textOf(join(claim, 'out')), textOf(join(claim, 'err'))]);
    return { exitCode: Number(exitCode.trim()), stdout, stderr };
  }

  /** The id of the run in the product, once it is known. */
  async runId(key: string): Promise<string | undefined> {
    return (await jsonOf<{ id: string }>(join(this.runs, key, 'run.json')))?.id;
  }

  /** Keeps the id of the run. */
  async found(key: string, id: string): Promise<void> {
    await writeWhole(join(this.runs, key, 'run.json'), JSON.stringify({ id }));
  }

  /** Whether a cancel of the whole run was passed on. */
  async isCancelled(key: string): Promise<boolean> {
    return (await textOf(join(this.runs, key, 'cancelled'))) !== undefined;
  }

  /** Notes that a cancel of the whole run was passed on. */
  async cancelled(key: string): Promise<void> {
    await writeWhole(join(this.runs, key, 'cancelled'), '');
  }

  /** What was last seen of the targets, by `ciId`. */
  async seen(key: string): Promise<Readonly<Record<string, Seen>>> {
    return (await jsonOf(join(this.runs, key, 'seen.json'))) ?? {};
  }

  /** Keeps what was seen of the targets. */
  async see(key: string, seen: Readonly<Record<string, Seen>>): Promise<void> {
    await writeWhole(join(this.runs, key, 'seen.json'), JSON.stringify(seen));
  }
}

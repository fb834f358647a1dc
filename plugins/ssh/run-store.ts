/**
 * The runs of an instance as folders below its work directory. A run appears complete, by one rename, which is also the
 * lock of its key. Everything else in the folder is written by one process at a time or made by a link, so that any
 * process may die at any moment and any other can go on.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessIdentity } from '../../src/adapters/adapter.js';
import type { Order } from './order.js';
import { CLIENT_SETTINGS, clientSettings } from './ssh-client.js';

/** An order as it was taken. */
export interface StoredRun {
  readonly order: Order;
  readonly takenAt: string;
}

/** A request to stop. */
export interface CancelOrder {
  readonly mode: 'stop' | 'abort';
  /** Absent: all. */
  readonly targets?: readonly string[];
}

/** Age in milliseconds from which what killed processes left, and runs that have ended, are removed. */
const STALE_MS = 3_600_000;
const KEPT_MS = 30 * 86_400_000;

const hasCode = (error: unknown, ...codes: string[]): boolean =>
  codes.includes((error as NodeJS.ErrnoException).code ?? '');

async function readOr<T>(otherwise: T, path: string, read: (content: Buffer) => T): Promise<T> {
  try {
    return read(await readFile(path));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return otherwise;
    throw error;
  }
}

const json = <T>(content: Buffer): T => JSON.parse(content.toString('utf8')) as T;

/** What is in the folder of one run. The worker uses it too. */
export class RunFolder {
  constructor(readonly path: string) {}

  readonly events = (): Promise<Buffer> => readOr(Buffer.alloc(0), this.file('events.jsonl'), (content) => content);
  readonly stored = (): Promise<StoredRun | undefined> =>
    readOr<StoredRun | undefined>(undefined, this.file('run.json'), (content) => json(content));
  /** The worker that began last. */
  readonly worker = (): Promise<ProcessIdentity | undefined> =>
    readOr<ProcessIdentity | undefined>(undefined, this.file('worker.json'), (content) => json(content));
  readonly log = (index: number): Promise<Buffer> =>
    readOr(Buffer.alloc(0), this.file('logs', String(index)), (content) => content);

  file(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** The requests to stop, in the order in which they came. */
  async cancels(): Promise<CancelOrder[]> {
    const found: CancelOrder[] = [];
    for (;;) {
      const next = await readOr<CancelOrder | undefined>(undefined, this.file(`cancel-${found.length}`), json);
      if (next === undefined) return found;
      found.push(next);
    }
  }

  /** Adds a request to stop behind those that there are. */
  async addCancel(cancel: CancelOrder): Promise<void> {
    const staged = this.file(randomUUID());
    await writeFile(staged, JSON.stringify(cancel), { flush: true });
    try {
      for (let index = 0; ; index += 1) {
        try {
          return await link(staged, this.file(`cancel-${index}`));
        } catch (error) {
          if (!hasCode(error, 'EEXIST')) throw error;
        }
      }
    } finally {
      await rm(staged, { force: true });
    }
  }
}

/** All runs of an instance. */
export class RunStore {
  constructor(private readonly root: string) {}

  folder(key: string): RunFolder {
    return new RunFolder(join(this.root, 'runs', key));
  }

  /** Makes the folders, and removes what nobody needs. */
  async prepare(now: number): Promise<void> {
    for (const name of ['runs', 'staging']) await mkdir(join(this.root, name), { recursive: true, mode: 0o700 });
    const age = async (path: string): Promise<number> =>
      await stat(path).then(
        ({ mtimeMs }) => now - mtimeMs,
        () => 0,
      );
    for (const name of await readdir(join(this.root, 'staging'))) {
      const path = join(this.root, 'staging', name);
      if ((await age(path)) > STALE_MS) await rm(path, { recursive: true, force: true });
    }
    for (const name of await readdir(join(this.root, 'runs'))) {
      const folder = this.folder(name);
      if ((await age(folder.file('ended'))) > KEPT_MS) await rm(folder.path, { recursive: true, force: true });
    }
  }

  /** A folder that becomes a run, or is thrown away. */
  async stage(): Promise<string> {
    const path = join(this.root, 'staging', randomUUID());
    await mkdir(path, { mode: 0o700 });
    return path;
  }

  /** Writes what programs need to reach the hosts of an order. */
  async writeSettings(path: string, order: Order): Promise<void> {
    await writeFile(join(path, CLIENT_SETTINGS), clientSettings(order), { mode: 0o600 });
  }

  /** Turns a staged folder into the run of its key, unless there is one. @returns the one that there is */
  async create(staged: string, run: StoredRun): Promise<StoredRun> {
    await mkdir(join(staged, 'logs'));
    await this.writeSettings(staged, run.order);
    await writeFile(join(staged, 'run.json'), JSON.stringify(run), { flush: true });
    try {
      await rename(staged, this.folder(run.order.key).path);
      return run;
    } catch (error) {
      if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
      await rm(staged, { recursive: true, force: true });
      return (await this.folder(run.order.key).stored()) as StoredRun;
    }
  }
}

/**
 * What is known of each deployment request, as files below the work directory. A request is claimed on disk before it
 * is sent, and only by one process, so that a crash between sending and the answer never leads to a second one. Files
 * are created whole or not at all, so no process ever reads half a record.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdapterErrorCode, TargetState } from '../../src/adapters/adapter.js';
import type { Order } from './order.js';

/** A run and the deployment requests it consists of. Never changes. */
export interface StoredRun {
  readonly key: string;
  readonly fingerprint: string;
  /** Milliseconds since the epoch, like all times here. */
  readonly submittedAt: number;
  readonly orders: readonly Order[];
}

/** A process is about to send a request, or nobody will ever send it. */
export type Claim = { readonly at: number } & (
  { readonly kind: 'send' } | { readonly kind: 'closed'; readonly code: AdapterErrorCode; readonly message: string }
);

/** What became of sending a request. */
export type Answer = { readonly at: number } & (
  | { readonly kind: 'accepted'; readonly requestId: string }
  /** The tool refused it. */
  | { readonly kind: 'rejected'; readonly code: AdapterErrorCode; readonly message: string }
  /** It did not reach the tool. */
  | { readonly kind: 'not-sent'; readonly code: AdapterErrorCode; readonly message: string }
  /** Nobody knows. */
  | { readonly kind: 'unclear'; readonly code: AdapterErrorCode; readonly message: string }
);

/** How a request that was accepted stands. */
export interface Standing {
  readonly at: number;
  readonly state: TargetState;
  readonly word: string;
  readonly message?: string;
  /** How often in a row the tool did not know the request. */
  readonly missing?: number;
}

/** Everything that is known of one deployment request. */
export interface RequestRecord {
  readonly order: Order;
  readonly index: number;
  /** Number of the try, from 0; more than one only where a search has shown that the one before did not arrive. */
  readonly generation: number;
  readonly claim?: Claim;
  readonly answer?: Answer;
  readonly standing?: Standing;
  /** The standing is final. */
  readonly ended: boolean;
}

/** Age from which files of killed processes are removed. */
const STALE_MS = 3_600_000;

function hasCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Makes the names in a directory survive a loss of power. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** The runs below one directory. */
export class RunStore {
  constructor(private readonly root: string) {}

  /** Creates the directories and removes what killed processes left behind. Runs themselves are never removed. */
  async prepare(): Promise<void> {
    const staging = join(this.root, 'staging');
    for (const path of [join(this.root, 'runs'), staging]) await mkdir(path, { recursive: true });
    for (const name of await readdir(staging)) {
      const path = join(staging, name);
      const found = await stat(path).catch(() => undefined);
      if (found !== undefined && Date.now() - found.mtimeMs > STALE_MS)
        await rm(path, { recursive: true, force: true });
    }
  }

  /** A stored run; undefined when there is none with this key. */
  async read(key: string): Promise<StoredRun | undefined> {
    return await readJson<StoredRun>(join(this.directory(key), 'run.json'));
  }

  /**
   * Stores a run before anything of it is sent, or answers with the one that has the key already. The complete
   * directory is renamed into place, which fails when the place is taken.
   */
  async create(run: StoredRun): Promise<StoredRun> {
    const staged = join(this.root, 'staging', randomUUID());
    await mkdir(staged);
    await this.write(join(staged, 'run.json'), run);
    try {
      await rename(staged, this.directory(run.key));
    } catch (error) {
      if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
      await rm(staged, { recursive: true, force: true });
      return (await this.read(run.key)) as StoredRun;
    }
    await syncDirectory(join(this.root, 'runs'));
    return run;
  }

  /** What is known of every request of a run, in their order. */
  async records(run: StoredRun): Promise<RequestRecord[]> {
    const directory = this.directory(run.key);
    const names = new Set(await readdir(directory));
    const found = async <T>(name: string): Promise<T | undefined> =>
      names.has(name) ? await readJson<T>(join(directory, name)) : undefined;
    return await Promise.all(
      run.orders.map(async (order, index) => {
        let generation = 0;
        while (names.has(`${index}.claim-${generation + 1}.json`)) generation += 1;
        const [claim, answer, end, seen] = await Promise.all([
          found<Claim>(`${index}.claim-${generation}.json`),
          found<Answer>(`${index}.answer-${generation}.json`),
          found<Standing>(`${index}.end.json`),
          found<Standing>(`${index}.seen.json`),
        ]);
        const standing = end ?? seen;
        return {
          order,
          index,
          generation,
          ...(claim && { claim }),
          ...(answer && { answer }),
          ...(standing && { standing }),
          ended: end !== undefined,
        };
      }),
    );
  }

  /** Claims a request, once and for all processes. @returns false when it is claimed already. */
  async claim(key: string, index: number, generation: number, claim: Claim): Promise<boolean> {
    return await this.once(key, `${index}.claim-${generation}.json`, claim);
  }

  /** Gives a claim back: the request certainly did not reach the tool, and nothing else of its run was sent. */
  async release(key: string, index: number, generation: number): Promise<void> {
    await rm(join(this.directory(key), `${index}.claim-${generation}.json`), { force: true });
    await syncDirectory(this.directory(key));
  }

  /** Keeps what became of sending a request. The first answer stays, except that an accepted one replaces `unclear`. */
  async answered(key: string, index: number, generation: number, answer: Answer): Promise<void> {
    const name = `${index}.answer-${generation}.json`;
    if (await this.once(key, name, answer)) return;
    const before = await readJson<Answer>(join(this.directory(key), name));
    if (before?.kind === 'unclear' && answer.kind === 'accepted') await this.replace(key, name, answer);
  }

  /** Keeps how a request stands; a final standing stays. */
  async seen(key: string, index: number, standing: Standing, final: boolean): Promise<void> {
    if (final) await this.once(key, `${index}.end.json`, standing);
    else await this.replace(key, `${index}.seen.json`, standing);
  }

  private directory(key: string): string {
    return join(this.root, 'runs', key);
  }

  private async write(path: string, value: unknown): Promise<void> {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(value));
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** Creates a file with its whole content, unless it exists. */
  private async once(key: string, name: string, value: unknown): Promise<boolean> {
    const staged = join(this.root, 'staging', randomUUID());
    await this.write(staged, value);
    try {
      await link(staged, join(this.directory(key), name));
      await syncDirectory(this.directory(key));
      return true;
    } catch (error) {
      if (hasCode(error, 'EEXIST')) return false;
      throw error;
    } finally {
      await rm(staged, { force: true });
    }
  }

  private async replace(key: string, name: string, value: unknown): Promise<void> {
    const staged = join(this.root, 'staging', randomUUID());
    await this.write(staged, value);
    await rename(staged, join(this.directory(key), name));
  }
}

/**
 * The simulator's runs as files. Every write is one atomic step (a rename or a link of something complete), so a
 * process may be killed at any moment, any number of processes may work in parallel, and no process ever sees half a
 * record.
 */
import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Faults } from './script.js';
import type { Cancel, PlannedRun } from './timeline.js';

/** The stored data of a run. */
export interface StoredRun extends PlannedRun {
  /** Faults of the request that later calls must still know. */
  readonly faults?: Faults;
  readonly key: string;
  readonly fingerprint: string;
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

/** The runs below one directory. */
export class RunStore {
  constructor(private readonly root: string) {}

  /** Creates the directories and removes what killed processes left behind. Runs themselves are never removed. */
  async prepare(): Promise<void> {
    await Promise.all(
      ['runs', 'staging', 'ordinals', 'faults'].map((name) => mkdir(join(this.root, name), { recursive: true })),
    );
    const staging = join(this.root, 'staging');
    for (const name of await readdir(staging)) {
      const age = await stat(join(staging, name)).then(
        (found) => Date.now() - found.mtimeMs,
        () => 0,
      );
      if (age > STALE_MS) await rm(join(staging, name), { recursive: true, force: true });
    }
  }

  /** The run with this key. */
  async read(key: string): Promise<StoredRun | undefined> {
    return readJson(join(this.root, 'runs', key, 'run.json'));
  }

  /**
   * Stores a run unless its key is in use. Returns the stored run, also to callers that lost a race. The whole
   * directory is renamed into place, which fails when the place is taken: it is the lock and the record at once.
   */
  async create(run: StoredRun): Promise<StoredRun> {
    const staged = join(this.root, 'staging', randomUUID());
    await mkdir(staged);
    const file = await open(join(staged, 'run.json'), 'wx');
    try {
      await file.writeFile(JSON.stringify(run));
      await file.sync();
    } finally {
      await file.close();
    }
    try {
      await rename(staged, join(this.root, 'runs', run.key));
      return run;
    } catch (error) {
      if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
      await rm(staged, { recursive: true, force: true });
      return (await this.read(run.key)) as StoredRun;
    }
  }

  /** The cancels of a run, in the order in which they took effect. */
  async cancels(key: string): Promise<Cancel[]> {
    const found: Cancel[] = [];
    for (;;) {
      const cancel = await readJson<Cancel>(join(this.root, 'runs', key, `cancel-${found.length}.json`));
      if (cancel === undefined) return found;
      found.push(cancel);
    }
  }

  /** Adds a cancel after the existing ones. */
  async addCancel(key: string, cancel: Cancel): Promise<void> {
    await this.claim(
      join(this.root, 'runs', key),
      (index) => `cancel-${index}.json`,
      JSON.stringify(cancel),
      () => false,
    );
  }

  /**
   * Number of the key's run for this subject, from 1. The same key always gets the same number, and no two keys the
   * same one, however many processes ask at once.
   */
  async ordinal(subject: string, key: string): Promise<number> {
    const directory = join(this.root, 'ordinals', createHash('sha256').update(subject).digest('hex'));
    await mkdir(directory, { recursive: true });
    return (await this.claim(directory, String, key, (taken) => taken === key)) + 1;
  }

  /** Uses up one of `limit` occurrences of a fault; false when none is left. */
  async takeFault(name: string, limit: number): Promise<boolean> {
    const directory = join(this.root, 'faults', createHash('sha256').update(name).digest('hex'));
    await mkdir(directory, { recursive: true });
    for (let index = 0; index < limit; index += 1) {
      try {
        await (await open(join(directory, String(index)), 'wx')).close();
        return true;
      } catch (error) {
        if (!hasCode(error, 'EEXIST')) throw error;
      }
    }
    return false;
  }

  /** Whether a file named DOWN is beside the runs, which takes the simulated tool out of service. */
  async isTakenDown(): Promise<boolean> {
    return stat(join(this.root, 'DOWN')).then(
      () => true,
      () => false,
    );
  }

  /** Links complete content to the first free number, or stops at one that is already `ours`. Returns the number. */
  private async claim(
    directory: string,
    nameOf: (index: number) => string,
    content: string,
    ours: (taken: string) => boolean,
  ): Promise<number> {
    const staged = join(this.root, 'staging', randomUUID());
    await writeFile(staged, content, { flag: 'wx', flush: true });
    try {
      for (let index = 0; ; index += 1) {
        const place = join(directory, nameOf(index));
        try {
          await link(staged, place);
          return index;
        } catch (error) {
          if (!hasCode(error, 'EEXIST')) throw error;
          if (ours(await readFile(place, 'utf8'))) return index;
        }
      }
    } finally {
      await rm(staged, { force: true });
    }
  }
}

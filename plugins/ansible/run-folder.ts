/**
 * Runs on disk, a folder each. There are no locks: a folder appears whole, by a rename that only one process can make,
 * and a supervisor claims it by a link that only one can make. So a process may die at any moment, and the next
 * one sees the exact state.
 */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, readlink, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { AdapterError, type AdapterContext, type ProcessIdentity } from '../../src/adapters/adapter.js';
import type { StopReason } from './events.js';
import type { RunRecord } from './order.js';

/** How a run ended. */
export interface RunEnd {
  readonly why: StopReason | 'failed' | null;
  readonly rc: readonly (number | null)[];
}

async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes a file that only this user can read, and that is whole whenever it is there. */
export async function writePrivate(file: string, content: string): Promise<void> {
  const staged = `${file}~${randomUUID()}`;
  await writeFile(staged, content, { mode: 0o600, flag: 'wx' });
  await rename(staged, file);
}

/** One run. */
export class RunFolder {
  constructor(readonly path: string) {}

  at(name: string): string {
    return join(this.path, name);
  }

  /** What the run is; undefined when there is no such run. */
  async record(): Promise<RunRecord | undefined> {
    return await readJson<RunRecord>(this.at('run.json'));
  }

  async claim(): Promise<ProcessIdentity | undefined> {
    return await readJson<ProcessIdentity>(this.at('claim.json'));
  }

  async end(): Promise<RunEnd | undefined> {
    return await readJson<RunEnd>(this.at('end.json'));
  }

  /** `waiting` nobody has claimed it · `running` · `ended` · `lost` who claimed it is gone and left no end. */
  async phase(
    spawn: AdapterContext['spawn'],
  ): Promise<{ readonly name: 'waiting' | 'running' | 'lost' } | { readonly name: 'ended'; readonly end: RunEnd }> {
    const claim = await this.claim();
    if (claim === undefined) return { name: 'waiting' };
    // Looked at first: who ends in between leaves the end behind.
    const isAlive = await spawn.isAlive(claim);
    const end = await this.end();
    if (end !== undefined) return { name: 'ended', end };
    return { name: isAlive ? 'running' : 'lost' };
  }

  /**
   * Whole lines of a file from a position on.
   * @returns the text and the position after it.
   */
  async lines(name: string, from: number): Promise<{ readonly text: string; readonly position: number }> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of createReadStream(this.at(name), { start: from })) chunks.push(chunk as Buffer);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    const bytes = Buffer.concat(chunks);
    const whole = bytes.subarray(0, bytes.lastIndexOf(10) + 1);
    return { text: whole.toString('utf8'), position: from + whole.length };
  }

  /** Some bytes of a file, and its size. */
  async piece(name: string, from: number, length: number): Promise<{ readonly bytes: Buffer; readonly size: number }> {
    try {
      const file = await open(this.at(name));
      try {
        const { size } = await file.stat();
        const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, length)), 0, Math.max(0, length), from);
        return { bytes: buffer.subarray(0, bytesRead), size };
      } finally {
        await file.close();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { bytes: Buffer.alloc(0), size: 0 };
      throw error;
    }
  }

  /** Removes what must not stay after the end, where nobody else could. */
  async forget(): Promise<void> {
    const sockets = await readlink(this.at('sockets')).catch(() => undefined);
    const leftovers = ['secrets', 'media', 'tmp', 'home', 'sockets'].map((name) => this.at(name));
    // The folder before the link that leads to it.
    for (const path of [...(sockets === undefined ? [] : [sockets]), ...leftovers])
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** All runs of an instance. */
export class RunFolders {
  readonly #root: string;
  readonly #stages: string;

  constructor(workDir: string) {
    this.#root = join(workDir, 'runs');
    this.#stages = join(workDir, 'staged');
  }

  /** The run with this key, which need not exist. A colon divides paths in settings of Ansible, so none is in it. */
  of(key: string): RunFolder {
    return new RunFolder(join(this.#root, key.replaceAll(':', '=')));
  }

  /** A folder that nobody sees yet. */
  async stage(): Promise<RunFolder> {
    const folder = join(this.#stages, randomUUID());
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    return new RunFolder(folder);
  }

  /** Puts a staged folder in its place. False when the key is taken; the staged folder is then still there. */
  async publish(staged: RunFolder, key: string): Promise<boolean> {
    try {
      await rename(staged.path, this.of(key).path);
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
      throw error;
    }
  }

  /**
   * Removes the secrets of runs whose supervisor died, and what an earlier process of the server left half made, or
   * made and never started. Such a run is not known to `find`, and a later submission makes it again.
   */
  async sweep(spawn: AdapterContext['spawn'], now: Date): Promise<void> {
    for (const path of await foldersIn(this.#stages)) await dropStale(path, now);
    for (const path of await foldersIn(this.#root)) {
      const folder = new RunFolder(path);
      const { name } = await folder.phase(spawn);
      if (name === 'waiting') await dropStale(path, now);
      else if (name === 'lost') await folder.forget();
    }
  }
}

/** An hour: nobody takes that long to prepare a run. */
const STALE_MS = 3_600_000;

const foldersIn = async (path: string): Promise<string[]> =>
  (await readdir(path).catch(() => [])).map((name) => join(path, name));

async function dropStale(path: string, now: Date): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && now.getTime() - found.mtimeMs > STALE_MS) await rm(path, { recursive: true, force: true });
}

/**
 * Starts a supervisor unless one has claimed the run, and waits until one has.
 * @throws AdapterError INTERNAL when it ends without.
 */
export async function ensureClaimed(
  run: RunFolder,
  command: readonly [string, ...string[]],
  spawn: AdapterContext['spawn'],
  signal: AbortSignal,
): Promise<void> {
  if ((await run.claim()) !== undefined) return;
  signal.throwIfAborted();
  const supervisor = await spawn.startDetached(command, {
    cwd: run.path,
    stdoutFile: run.at('supervisor.log'),
    stderrFile: run.at('supervisor.log'),
  });
  try {
    // It ends as soon as the process that it leaves behind has claimed the run.
    while (await spawn.isAlive(supervisor)) await pause(15, undefined, { signal });
  } catch (error) {
    await spawn.endGroup(supervisor, 100, AbortSignal.timeout(800));
    throw error;
  }
  if ((await run.claim()) !== undefined) return;
  const said = (await readFile(run.at('supervisor.log'), 'utf8').catch(() => '')).trim().split('\n').at(-1) ?? '';
  throw new AdapterError('FAILED_PRECONDITION', `Ansible could not be started: ${command[0]} ended. ${said}`);
}

/**
 * Runs on disk, one directory each. There are no locks. A step that must happen once renames or links a complete file
 * to a name that only one process can get. So a process can be killed at any moment, and the next one sees the exact
 * state.
 *
 *   run.json          the request and the root; appears together with the directory
 *   worker-<n>.json   a worker of the run; the next number is free only when this worker is dead
 *   progress.jsonl    one report per line
 *   cancel-<n>.json   a cancel
 *   rc                the exit code; the run is finished
 */
import { createHash, randomUUID } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from './process.mjs';

/** States in which a target no longer changes. */
export const FINAL = new Set(['succeeded', 'failed', 'rejected', 'skipped', 'cancelled', 'expired', 'unknown']);

const STALE_MS = 3_600_000;

async function readJson(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Removes unfinished files of processes that were killed long ago. */
async function sweep(staging) {
  for (const name of await readdir(staging).catch(() => [])) {
    const found = await stat(join(staging, name)).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > STALE_MS)
      await rm(join(staging, name), { recursive: true, force: true });
  }
}

/** One run. */
export class Run {
  constructor(directory, { root, request, submittedAt }) {
    Object.assign(this, { directory, root, request, submittedAt });
  }

  /** The run in a directory, or null. */
  static async at(directory) {
    const content = await readJson(join(directory, 'run.json'));
    return content === undefined ? null : new Run(directory, content);
  }

  /** The run with this key, or null. */
  static find(workDir, key) {
    return Run.at(join(workDir, 'runs', key));
  }

  /** Stores a request unless its key is taken. Returns the stored run; `created` is true if this call stored it. */
  static async create(workDir, root, request) {
    await sweep(join(workDir, 'staging'));
    const staged = join(workDir, 'staging', randomUUID());
    await mkdir(staged, { recursive: true });
    await mkdir(join(workDir, 'runs'), { recursive: true });
    const content = { root, request, submittedAt: new Date().toISOString() };
    await writeFile(join(staged, 'run.json'), JSON.stringify(content), { mode: 0o600, flush: true });
    try {
      await rename(staged, join(workDir, 'runs', request.key));
      return { run: await Run.find(workDir, request.key), created: true };
    } catch (error) {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      await rm(staged, { recursive: true, force: true });
      return { run: await Run.find(workDir, request.key), created: false };
    }
  }

  /** `new`: no worker has begun. `working`. `lost`: the worker died before the end. `finished`. */
  async state() {
    if ((await this.#read('rc')) !== undefined) return 'finished';
    const worker = await this.worker();
    if (worker === undefined) return 'new';
    if (isAlive(worker)) return 'working';
    // It may have finished between the two checks.
    return (await this.#read('rc')) === undefined ? 'lost' : 'finished';
  }

  /** The latest worker, dead or alive, with its generation from 0. */
  async worker() {
    let latest;
    for (let generation = 0; ; generation += 1) {
      const worker = await readJson(join(this.directory, `worker-${generation}.json`));
      if (worker === undefined) return latest;
      latest = { ...worker, generation };
    }
  }

  /** Becomes the worker. Returns the generation, or null if another worker runs or the run has finished. */
  async claim(identity) {
    for (;;) {
      if ((await this.state()) === 'finished') return null;
      const latest = await this.worker();
      if (latest !== undefined && isAlive(latest)) return null;
      const generation = latest === undefined ? 0 : latest.generation + 1;
      if (await this.#place(`worker-${generation}.json`, identity)) return generation;
    }
  }

  /** All cancels, oldest first. */
  async cancels() {
    const found = [];
    for (;;) {
      const cancel = await readJson(join(this.directory, `cancel-${found.length}.json`));
      if (cancel === undefined) return found;
      found.push(cancel);
    }
  }

  async addCancel(cancel) {
    for (let number = (await this.cancels()).length; !(await this.#place(`cancel-${number}.json`, cancel));)
      number += 1;
  }

  /** Adds a report in one write, so that a line is complete or absent. */
  report(report) {
    appendFileSync(join(this.directory, 'progress.jsonl'), `${JSON.stringify(report)}\n`);
    const { at, ciId, nativeStatus, reason } = report;
    appendFileSync(
      join(this.directory, 'run.log'),
      `${at} ${ciId} ${nativeStatus}${reason === undefined ? '' : ` ${reason.code}: ${reason.message}`}\n`,
    );
  }

  /** Ends a line that a dying worker may have cut off, so that the next report begins on a new line. */
  repairProgress() {
    const lines = this.#bytes();
    if (lines.length > 0 && lines.at(-1) !== 10) appendFileSync(join(this.directory, 'progress.jsonl'), '\n');
  }

  /** All complete reports from a byte offset on, and the offset of their end. */
  reports(from = 0) {
    const bytes = this.#bytes();
    const start = from <= bytes.length ? from : 0;
    const end = bytes.lastIndexOf(10) + 1;
    const reports = [];
    for (const line of bytes.toString('utf8', start, end).split('\n')) {
      try {
        if (line !== '') reports.push(JSON.parse(line));
      } catch {
        // A dying worker cut off this line. The next worker reports the same again.
      }
    }
    return { reports, end };
  }

  /** The latest report of each target. */
  latest() {
    return new Map(this.reports().reports.map((report) => [report.ciId, report]));
  }

  /** Records the exit code: the run is finished. */
  async finish(code) {
    const staged = join(this.directory, `.rc~${process.pid}`);
    await writeFile(staged, `${code}\n`, { flush: true });
    await rename(staged, join(this.directory, 'rc'));
  }

  /** The first result of `make` for this name, stored so that later workers get the same. */
  async memo(name, make) {
    const file = `memo-${createHash('sha256').update(name).digest('hex')}.json`;
    const known = await readJson(join(this.directory, file));
    if (known !== undefined) return known;
    const made = await make();
    await this.#place(file, made);
    return made;
  }

  async #read(name) {
    return readFile(join(this.directory, name), 'utf8').catch((error) =>
      error.code === 'ENOENT' ? undefined : Promise.reject(error),
    );
  }

  #bytes() {
    try {
      return readFileSync(join(this.directory, 'progress.jsonl'));
    } catch (error) {
      if (error.code === 'ENOENT') return Buffer.alloc(0);
      throw error;
    }
  }

  /** Stores content under a name that only one process can get; false if it is taken. */
  async #place(name, content) {
    const staged = join(this.directory, `.${randomUUID()}`);
    await writeFile(staged, JSON.stringify(content), { mode: 0o600, flush: true });
    try {
      await link(staged, join(this.directory, name));
      return true;
    } catch (error) {
      if (error.code === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(staged, { force: true });
    }
  }
}

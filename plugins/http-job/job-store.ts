/**
 * What must survive a crash, below the private directory of the instance: which jobs belong to a run, and for each
 * whether it was sent. A note is on disk before a job is sent, so that after a crash no job is sent twice.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  RUN_KEY_PATTERN,
  type AdapterOperation,
  type JsonValue,
  type RequestTarget,
  type TargetReport,
} from '../../src/adapters/adapter.js';

/** A run as it was ordered. */
export interface StoredRun {
  readonly key: string;
  readonly fingerprint: string;
  readonly operation: AdapterOperation;
  readonly release: { readonly name: string; readonly version: string };
  readonly packageBinding: unknown;
  readonly targets: readonly RequestTarget[];
}

/** How a job ended, with the last report of each of its targets. */
export interface JobEnd {
  readonly state: TargetReport['state'];
  readonly native: string;
  readonly url?: string;
  readonly message?: string;
  readonly targets: readonly TargetReport[];
}

/** What is known of a job. `sending`: it may or may not have arrived. */
export type JobNote =
  | { readonly is: 'new' }
  | { readonly is: 'sending'; readonly at: string }
  | { readonly is: 'sent'; readonly id?: string; readonly ticket?: string; readonly end?: JobEnd }
  | { readonly is: 'refused'; readonly code: string; readonly message: string; readonly retryable: boolean };

/** A run with its jobs, in the order of their numbers from 0. */
export interface Run extends StoredRun {
  readonly jobs: JobNote[];
}

/** The runs of one instance. */
export class JobStore {
  readonly #root: string;

  constructor(workDir: string) {
    this.#root = join(workDir, 'runs');
  }

  /** The run with this key; undefined when there is none. */
  async read(key: string): Promise<Run | undefined> {
    if (!RUN_KEY_PATTERN.test(key)) return undefined;
    let run: StoredRun & { readonly jobs: number };
    let lines: string;
    try {
      run = JSON.parse(await readFile(join(this.#root, key, 'run.json'), 'utf8')) as typeof run;
      lines = await readFile(join(this.#root, key, 'jobs.jsonl'), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const jobs = Array.from({ length: run.jobs }, (): JobNote => ({ is: 'new' }));
    // The last line may be torn by a crash; then the note before it holds.
    for (const line of lines.split('\n').slice(0, -1)) {
      const { job, ...note } = JSON.parse(line) as JobNote & { readonly job: number };
      jobs[job] = note;
    }
    return { ...run, jobs };
  }

  /** Keeps a new run with so many jobs, all at once; the one that is there already when it is not new. */
  async create(run: StoredRun, jobs: number): Promise<Run> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    const made = join(this.#root, `.${randomUUID()}`);
    await mkdir(made, { mode: 0o700 });
    await writeFile(join(made, 'jobs.jsonl'), '', { mode: 0o600 });
    await writeFile(join(made, 'run.json'), JSON.stringify({ ...run, jobs }), { mode: 0o600, flush: true });
    try {
      await rename(made, join(this.#root, run.key));
    } catch (error) {
      await rm(made, { recursive: true, force: true });
      if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
    return (await this.read(run.key)) as Run;
  }

  /** Removes the runs that ended before a time. One whose end nobody has seen stays: it may be all that is known. */
  async removeOlderThan(time: Date): Promise<void> {
    const names = await readdir(this.#root).catch(() => []);
    for (const name of names) {
      const touched = await stat(join(this.#root, name, 'jobs.jsonl')).catch(() => undefined);
      if (touched === undefined || touched.mtime >= time) continue;
      // A name with a dot is a run that a crash kept from being made.
      if (name.startsWith('.') || (await this.read(name))?.jobs.every(isOver) === true)
        await rm(join(this.#root, name), { recursive: true, force: true });
    }
  }

  /** Notes what became of a job; it is on disk when this returns. */
  async note(run: Run, job: number, note: JobNote): Promise<void> {
    const file = await open(join(this.#root, run.key, 'jobs.jsonl'), 'a+', 0o600);
    try {
      const { size } = await file.stat();
      const last = Buffer.alloc(1);
      // A line that a crash has torn is taken away, so that this one stands alone.
      if (size > 0) await file.read(last, 0, 1, size - 1);
      if (size > 0 && last.toString() !== '\n') await file.truncate(await lastLineEnd(file, size));
      await file.appendFile(`${JSON.stringify({ job, ...note })}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    run.jobs[job] = note;
  }
}

/** Whether nothing more becomes of a job: it has ended, or was not sent. */
const isOver = (note: JobNote): boolean => note.is !== 'sending' && (note.is !== 'sent' || note.end !== undefined);

/** Where the last whole line of a file ends. */
async function lastLineEnd(file: Awaited<ReturnType<typeof open>>, size: number): Promise<number> {
  const content = Buffer.alloc(size);
  await file.read(content, 0, size, 0);
  return content.lastIndexOf(0x0a) + 1;
}

/** The values of a binding, parameters or the like, that a template can name. */
export function fieldsOf(value: unknown): Readonly<Record<string, JsonValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, JsonValue>)
    : {};
}

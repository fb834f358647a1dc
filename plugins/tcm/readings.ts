/**
 * Readings of the product that serve every run for a while, in every process: walking all gateways is slow, and a
 * hundred runs must not make it a hundred times slower. A reading is a file in the private directory of the instance.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  ADAPTER_ERRORS,
  AdapterError,
  isAdapterError,
  type AdapterErrorCode,
  type ProcessIdentity,
} from '../../src/adapters/adapter.js';
import { identityOfThisProcess, writeWhole } from './order-book.js';

/** A reading that failed is a reading too: while the product is down, asking it more often does not help. */
type Reading =
  | { readonly at: number; readonly text: string }
  | { readonly at: number; readonly error: { readonly code: AdapterErrorCode; readonly message: string } };

/** How often a process looks whether the reading of another one is there, in milliseconds. */
const LOOK_MS = 25;
/** Age from which a reading that nobody asks for now is removed, in milliseconds. */
const OLD_MS = 86_400_000;

interface UnderWay {
  readonly done: Promise<string>;
  readonly stop: AbortController;
  waiting: number;
}

function isTaken(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EEXIST';
}

/** The readings of one instance. */
export class Readings {
  private readonly underWay = new Map<string, UnderWay>();

  constructor(
    private readonly directory: string,
    private readonly maxAgeMs: number,
    private readonly now: () => Date,
    private readonly isAlive: (process: ProcessIdentity) => Promise<boolean>,
  ) {}

  /** Makes the directory, and removes readings that are no longer needed. */
  async prepare(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.directory)) {
      const path = join(this.directory, name);
      const age = await stat(path).then(
        (found) => Date.now() - found.mtimeMs,
        () => 0,
      );
      if (age > OLD_MS) await rm(path, { force: true });
    }
  }

  /** When the subject was last read, in milliseconds since 1970; 0 when it never was. */
  async readAt(subject: string): Promise<number> {
    return (await this.stored(subject))?.at ?? 0;
  }

  /** The latest reading whatever its age; undefined when there is none, or when it failed. */
  async latest(subject: string): Promise<string | undefined> {
    const reading = await this.stored(subject);
    return reading !== undefined && 'text' in reading ? reading.text : undefined;
  }

  /**
   * A reading that is not older than the setting, made now where there is none. Callers that ask at the same time share
   * it; it goes on while one of them waits.
   * @throws the AdapterError of the reading, and the reason of the signal.
   */
  async get(subject: string, read: (signal: AbortSignal) => Promise<string>, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    let shared = this.underWay.get(subject);
    if (shared === undefined || shared.stop.signal.aborted) {
      const stop = new AbortController();
      const done = this.fresh(subject, read, stop.signal);
      const begun: UnderWay = { done, stop, waiting: 0 };
      this.underWay.set(subject, begun);
      const forget = (): void => {
        if (this.underWay.get(subject) === begun) this.underWay.delete(subject);
      };
      done.then(forget, forget);
      shared = begun;
    }
    const { done, stop } = shared;
    shared.waiting += 1;
    let giveUp = (): void => undefined;
    const aborted = new Promise<never>((_resolve, reject) => {
      giveUp = () => reject(signal.reason as Error);
      signal.addEventListener('abort', giveUp, { once: true });
    });
    try {
      return await Promise.race([done, aborted]);
    } finally {
      signal.removeEventListener('abort', giveUp);
      shared.waiting -= 1;
      if (shared.waiting === 0) stop.abort(new AdapterError('ABORTED', 'Nobody waits for this reading now.'));
      // The last one to leave sees the processes of the reading gone.
      if (signal.aborted && shared.waiting === 0) await done.catch(() => undefined);
    }
  }

  /** Drops every reading: something has just been changed in the product. */
  async drop(): Promise<void> {
    for (const name of await readdir(this.directory))
      if (name.endsWith('.json')) await rm(join(this.directory, name), { force: true });
  }

  private path(subject: string): string {
    return join(this.directory, createHash('sha256').update(subject).digest('hex').slice(0, 40));
  }

  private async stored(subject: string): Promise<Reading | undefined> {
    const text = await readFile(`${this.path(subject)}.json`, 'utf8').catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as Reading);
  }

  private async fresh(
    subject: string,
    read: (signal: AbortSignal) => Promise<string>,
    signal: AbortSignal,
  ): Promise<string> {
    for (;;) {
      const reading = await this.young(subject);
      if (reading !== undefined) return textIn(reading);
      if (await this.lock(subject)) {
        try {
          // Another one may have finished just before.
          return textIn((await this.young(subject)) ?? (await this.make(subject, read, signal)));
        } finally {
          await rm(`${this.path(subject)}.lock`, { force: true });
        }
      }
      await pause(LOOK_MS, undefined, { signal });
    }
  }

  /** The reading, unless it is too old. */
  private async young(subject: string): Promise<Reading | undefined> {
    const reading = await this.stored(subject);
    const age = reading === undefined ? -1 : this.now().getTime() - reading.at;
    return age >= 0 && age < this.maxAgeMs ? reading : undefined;
  }

  private async make(
    subject: string,
    read: (signal: AbortSignal) => Promise<string>,
    signal: AbortSignal,
  ): Promise<Reading> {
    // From its beginning: what changes while it is made may be missing in it.
    const at = this.now().getTime();
    let reading: Reading;
    try {
      reading = { at, text: await read(signal) };
    } catch (error) {
      if (signal.aborted || !isAdapterError(error)) throw error;
      reading = { at, error: { code: error.code, message: error.message } };
    }
    await writeWhole(`${this.path(subject)}.json`, JSON.stringify(reading));
    return reading;
  }

  /** Whether this process reads the subject now. The mark of a process that died does not count. */
  private async lock(subject: string): Promise<boolean> {
    const path = `${this.path(subject)}.lock`;
    try {
      await writeFile(path, JSON.stringify(await identityOfThisProcess()), { flag: 'wx', mode: 0o600 });
      return true;
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
    const text = await readFile(path, 'utf8').catch(() => '');
    // An empty mark is one that is being written.
    if (text !== '' && !(await this.isAlive(JSON.parse(text) as ProcessIdentity))) await rm(path, { force: true });
    return false;
  }
}

function textIn(reading: Reading): string {
  if ('text' in reading) return reading.text;
  const { code, message } = reading.error;
  throw new AdapterError(Object.hasOwn(ADAPTER_ERRORS, code) ? code : 'INTERNAL', message);
}

/** The runs that have ended: a file each, below the private directory that the server gives. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TargetReport } from 'interlock/adapter';

/** A run that has ended. */
export interface Run {
  readonly key: string;
  readonly fingerprint: string;
  readonly targets: readonly TargetReport[];
}

/** The runs of one instance. */
export class Runs {
  private readonly folder: string;
  /** Runs that are being written. A server that dies leaves one here, where nobody takes it for a run. */
  private readonly incoming: string;

  constructor(workDir: string) {
    this.folder = join(workDir, 'runs');
    this.incoming = join(workDir, 'incoming');
  }

  /** The run with a key. A key is safe as the name of a file. */
  async read(key: string): Promise<Run | undefined> {
    try {
      return JSON.parse(await readFile(join(this.folder, `${key}.json`), 'utf8')) as Run;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Keeps a run. Of two that end at the same time, the first one counts. @returns the one that is kept */
  async keep(run: Run): Promise<Run> {
    await mkdir(this.folder, { recursive: true });
    await mkdir(this.incoming, { recursive: true });
    const partial = join(this.incoming, randomUUID());
    await writeFile(partial, JSON.stringify(run), { flush: true });
    try {
      await link(partial, join(this.folder, `${run.key}.json`));
      return run;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      return (await this.read(run.key)) ?? run;
    } finally {
      await rm(partial, { force: true });
    }
  }
}

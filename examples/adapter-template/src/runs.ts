/** The runs of this adapter: one file each, below the private folder that the server gives. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TargetReport } from 'interlock/adapter';

/** A run that has ended. */
export interface StoredRun {
  readonly key: string;
  readonly fingerprint: string;
  readonly targets: readonly TargetReport[];
}

/** The run with this key. A key is safe as a file name. */
export async function readRun(workDir: string, key: string): Promise<StoredRun | undefined> {
  try {
    return JSON.parse(await readFile(join(workDir, 'runs', `${key}.json`), 'utf8')) as StoredRun;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Stores a run unless its key is taken, in one step. @returns the run that is stored now */
export async function storeRun(workDir: string, run: StoredRun): Promise<StoredRun> {
  await mkdir(join(workDir, 'runs'), { recursive: true });
  const partial = join(workDir, randomUUID());
  await writeFile(partial, JSON.stringify(run));
  try {
    await link(partial, join(workDir, 'runs', `${run.key}.json`));
    return run;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return (await readRun(workDir, run.key)) ?? run;
  } finally {
    await unlink(partial);
  }
}

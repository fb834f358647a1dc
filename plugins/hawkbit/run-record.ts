/**
 * Which configuration item each target of a run is. hawkBit has no place for it, so it stands in the work directory
 * from before the rollout is created, and later in the handle.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { AdapterError } from '../../src/adapters/adapter.js';

/** Ids of the configuration items by the id of the target in hawkBit. */
export type TargetMap = Readonly<Record<string, string>>;

const fileOf = (workDir: string, key: string, fingerprint: string): string =>
  join(workDir, 'runs', `${key}.${fingerprint}.json`);

/** Writes the record of a run. The same run always has the same record. */
export async function writeRecord(
  workDir: string,
  key: string,
  fingerprint: string,
  targets: TargetMap,
): Promise<void> {
  const file = fileOf(workDir, key, fingerprint);
  await mkdir(join(workDir, 'runs'), { recursive: true });
  const temporary = `${file}.${randomUUID()}`;
  await writeFile(temporary, JSON.stringify(targets), { mode: 0o600 });
  await rename(temporary, file);
}

/**
 * Reads the record of a run.
 * @throws AdapterError FAILED_PRECONDITION when it was written on another machine, or lost.
 */
export async function readRecord(workDir: string, key: string, fingerprint: string): Promise<TargetMap> {
  try {
    return JSON.parse(await readFile(fileOf(workDir, key, fingerprint), 'utf8')) as TargetMap;
  } catch {
    const message = `The rollout ${key} exists, but this server has no record of its targets in its work directory.`;
    throw new AdapterError('FAILED_PRECONDITION', message);
  }
}

/**
 * The runs of the right adapter: files below its work directory, and a course that follows from the time. What a run
 * shows is computed anew at each look, so it goes on whatever happens to the process that started it.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  packageDigest,
  type DistributionRequest,
  type ProcessIdentity,
  type TargetReport,
  type TargetState,
} from '../../../../src/adapters/adapter.js';

/** A run as it is stored. Times are offsets in milliseconds from its start, without pauses. */
export interface StoredRun {
  readonly request: DistributionRequest;
  readonly number: string;
  readonly startedAt: number;
  readonly cancels: readonly { readonly at: number; readonly targets: readonly string[] }[];
  readonly pauses: readonly { readonly from: number; readonly until?: number }[];
  readonly worker?: ProcessIdentity;
}

const fileOf = (workDir: string, key: string): string => join(workDir, 'runs', key, 'run.json');

/** The run with this key. */
export function readRun(workDir: string, key: string): StoredRun | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(workDir, key), 'utf8')) as StoredRun;
  } catch {
    return undefined;
  }
}

/** Stores a run unless its key is taken. @returns the run that is stored now, and whether it is this one */
export function createRun(workDir: string, request: DistributionRequest): { run: StoredRun; created: boolean } {
  const run: StoredRun = { request, number: randomUUID(), startedAt: Date.now(), cancels: [], pauses: [] };
  const file = fileOf(workDir, request.key);
  mkdirSync(join(workDir, 'runs', request.key), { recursive: true });
  const staged = join(workDir, `staged-${run.number}`);
  writeFileSync(staged, JSON.stringify(run));
  try {
    linkSync(staged, file);
    return { run, created: true };
  } catch {
    return { run: readRun(workDir, request.key) as StoredRun, created: false };
  } finally {
    unlinkSync(staged);
  }
}

/** Replaces what is stored of a run. */
export function writeRun(workDir: string, run: StoredRun): void {
  const staged = join(workDir, `staged-${randomUUID()}`);
  writeFileSync(staged, JSON.stringify(run));
  renameSync(staged, fileOf(workDir, run.request.key));
}

/** How long the run has been at work, in milliseconds. */
export function elapsed({ startedAt, pauses }: StoredRun): number {
  const now = Date.now();
  const paused = pauses.reduce((sum, { from, until = now }) => sum + until - from, 0);
  return now - startedAt - paused;
}

interface Parameters {
  readonly ms?: number;
  readonly ends?: Readonly<Record<string, string>>;
  readonly reports?: number;
}

/** The end that a word of the fixtures asks for. A word that is no state is a status that nobody knows. */
function endOf(word: string): { readonly state: TargetState; readonly nativeStatus: string } {
  const known = ['succeeded', 'failed', 'rejected', 'expired', 'unknown', 'skipped', 'unreachable'];
  if (word === 'unreachable') return { state: 'expired', nativeStatus: 'UNREACHABLE' };
  return { state: known.includes(word) ? (word as TargetState) : 'unknown', nativeStatus: word };
}

/** Everything that the tool has reported about the targets so far, in its order. */
export function reportsOf(run: StoredRun): TargetReport[] {
  const { request, cancels } = run;
  const { ms = 20, ends = {}, reports = 0 } = request.parameters as Parameters;
  const now = elapsed(run);
  const parallel = request.maxParallel ?? request.targets.length;
  const told: { offset: number; report: TargetReport }[] = [];
  const tell = (ciId: string, offset: number, state: TargetState, nativeStatus: string = state): void => {
    const at = new Date(run.startedAt + offset).toISOString();
    const digest = packageDigest(request.package.artifacts);
    const proof = state === 'succeeded' && digest !== undefined ? { verifiedSha256: digest } : {};
    told.push({ offset, report: { ciId, state, nativeStatus, at, attempt: 1, ...proof } });
  };
  for (const [index, { ciId }] of request.targets.entries()) {
    const begin = Math.floor(index / parallel) * ms;
    const cancel = cancels.find((one) => one.targets.includes(ciId) && one.at < begin + ms);
    const { state, nativeStatus } = endOf(ends[ciId] ?? 'succeeded');
    if (cancel === undefined || cancel.at > begin) tell(ciId, begin, 'running');
    if (cancel === undefined) tell(ciId, begin + ms, state, nativeStatus);
    else tell(ciId, cancel.at, 'cancelled');
  }
  for (let index = 0; index < reports; index += 1)
    tell(request.targets[index % request.targets.length]?.ciId ?? '', 0, 'running', `step ${index}`);
  return told
    .filter(({ offset }) => offset <= now)
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ report }) => report);
}

/** A page of the run's log, whole characters only. The log repeats until it has `logBytes`. */
export function logOf(
  { request }: StoredRun,
  from: number,
  maxBytes: number,
): { chunk: string; next: number; eof: boolean } {
  const lines = request.targets.map(({ ciId }) => `${ciId}: ${request.release.name} – żółć 漢字 🚀\n`).join('');
  const text = Buffer.from(lines);
  const repeats = Math.max(1, Math.ceil(Number(request.parameters['logBytes'] ?? 0) / text.length));
  const page = Buffer.alloc(Math.min(maxBytes, repeats * text.length - from));
  for (let at = 0; at < page.length;) at += text.copy(page, at, (from + at) % text.length);
  const chunk = new TextDecoder().decode(page, { stream: true });
  const next = from + Buffer.byteLength(chunk);
  return { chunk, next, eof: next >= repeats * text.length };
}

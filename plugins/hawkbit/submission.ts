/** Creates, checks and starts one rollout for a key. */
import { setTimeout as pause } from 'node:timers/promises';
import { AdapterError, isAdapterError, type DistributionRequest, type RunHandle } from '../../src/adapters/adapter.js';
import type { HawkbitApi, Rollout } from './hawkbit-api.js';
import { wasStarted } from './action-state.js';
import { controllerOf, fingerprintIn, nameOf, queryOf, rolloutBody, setOf } from './rollout-order.js';
import { readRecord, writeRecord, type TargetMap } from './run-record.js';
import { DEFAULT_READY_MS, type HawkbitConfig } from './settings.js';

/** How long to wait between two looks at a rollout that is being created, at first and at most, in milliseconds. */
const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [50, 1_000];

/** What the calls of this file need. */
export interface Place {
  readonly api: HawkbitApi;
  readonly config: HawkbitConfig;
  readonly workDir: string;
}

const handleOf = (key: string, rollout: number, fingerprint: string, targets: TargetMap): RunHandle => ({
  adapterId: 'hawkbit',
  apiVersion: 1,
  key,
  native: { rollout, fingerprint, targets },
});

/**
 * Whether a rollout is a run: one that was started. A rollout that is being deleted without an action was taken back
 * before.
 */
async function isRun(api: HawkbitApi, rollout: Rollout, signal: AbortSignal): Promise<boolean> {
  if (!wasStarted(rollout)) return false;
  return rollout.status !== 'deleting' || (await api.actions(rollout.id, signal)).length > 0;
}

/** What is wrong with a request, as hawkBit knows it: with the distribution set, and with targets. Reads only. */
export async function problemsOf(
  { api, config }: Place,
  request: DistributionRequest,
  signal: AbortSignal,
): Promise<{ set: string[]; targets: Map<string, string> }> {
  const compares = (config.comparesDigests ?? true) && request.package.artifacts.length > 0;
  const set = await api.distributionSet(setOf(request), compares, signal);
  const missing = compares ? request.package.artifacts.filter(({ sha256 }) => !set.digests.has(sha256)) : [];
  const ids = request.targets.map(controllerOf);
  const known = new Set(await api.targetIds(queryOf(ids), signal));
  const targets = new Map(
    ids.filter((id) => !known.has(id)).map((id) => [id, `hawkBit has no target ${id}.`] as const),
  );
  const others = [...known].filter((id) => !ids.includes(id));
  return {
    targets,
    set: [
      ...(set.usable ? [] : ['The distribution set is incomplete, invalid or deleted.']),
      ...missing.map(({ name, sha256 }) => `The distribution set has no file ${name} with the digest ${sha256}.`),
      ...(others.length === 0 ? [] : [`The query would also select ${others.slice(0, 5).join(', ')}.`]),
    ],
  };
}

/** The started rollout of a key. @returns null when there is none, or one that was never started. */
export async function findRun(place: Place, key: string, signal: AbortSignal): Promise<RunHandle | null> {
  const rollout = await place.api.rolloutNamed(nameOf(place.config, key), signal);
  const fingerprint = fingerprintIn(rollout?.description ?? '');
  if (rollout === undefined || fingerprint === undefined) return null;
  if (!(await isRun(place.api, rollout, signal))) return null;
  return handleOf(key, rollout.id, fingerprint, await readRecord(place.workDir, key, fingerprint));
}

/** A step that starts nothing: whatever became of it, the next try goes on from there. */
async function withoutEffect<T>(step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    if (!isAdapterError(error) || error.code !== 'OUTCOME_UNKNOWN') throw error;
    throw new AdapterError('UNAVAILABLE', `${error.message} Nothing was started.`, { cause: error });
  }
}

/** The rollout of a request: the one with its name, or a new one. */
async function rolloutFor(place: Place, request: DistributionRequest, signal: AbortSignal): Promise<Rollout> {
  const { api, config, workDir } = place;
  const name = nameOf(config, request.key);
  let rollout = await api.rolloutNamed(name, signal);
  if (rollout === undefined) {
    const { set, targets } = await problemsOf(place, request, signal);
    const problems = [...set, ...targets.values()];
    if (problems.length > 0) throw new AdapterError('FAILED_PRECONDITION', problems.slice(0, 10).join(' '));
    const pairs = request.targets.map((target) => [controllerOf(target), target.ciId] as const);
    await writeRecord(workDir, request.key, request.fingerprint, Object.fromEntries(pairs));
    rollout =
      (await withoutEffect(api.createRollout(rolloutBody(request, config), signal))) ??
      (await api.rolloutNamed(name, signal));
  }
  if (rollout === undefined)
    throw new AdapterError('ABORTED', `hawkBit says that ${name} exists, and does not show it.`);
  if (fingerprintIn(rollout.description) !== request.fingerprint)
    throw new AdapterError('ALREADY_EXISTS', `Rollout ${rollout.id} has this name and another order.`);
  return rollout;
}

/** Waits until hawkBit has put the targets into the rollout. */
async function settled(place: Place, rollout: Rollout, signal: AbortSignal): Promise<Rollout> {
  const readyMs = place.config.readyMs ?? DEFAULT_READY_MS;
  let [now, waited, wait] = [rollout, 0, FIRST_WAIT_MS];
  while (now.status === 'creating') {
    if (waited >= readyMs)
      throw new AdapterError('UNAVAILABLE', `hawkBit has not made rollout ${now.id} ready yet. Nothing was started.`);
    await pause(wait, undefined, { signal }).catch(() => {
      throw new AdapterError('UNAVAILABLE', `Rollout ${now.id} was not waited for. Nothing was started.`);
    });
    waited += wait;
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    now = await place.api.rollout(now.id, signal);
  }
  return now;
}

/**
 * Deletes a rollout that was not started.
 * @throws AdapterError FAILED_PRECONDITION always
 */
async function takeBack({ api }: Place, { id }: Rollout, why: string, signal: AbortSignal): Promise<never> {
  const gone = await api.deleteRollout(id, signal).then(
    () => 'It was deleted.',
    () => 'It could not be deleted; delete it in hawkBit.',
  );
  throw new AdapterError('FAILED_PRECONDITION', `${why} Rollout ${id} was not started. ${gone}`);
}

/**
 * The rollout of a request, started. Every step can be repeated: the name is unique, a rollout that was not started has
 * no effect, and one that was started cannot be started again.
 * @throws AdapterError see the port.
 */
export async function submitRun(place: Place, request: DistributionRequest, signal: AbortSignal): Promise<RunHandle> {
  const { api, workDir } = place;
  const { key, fingerprint } = request;
  const made = await rolloutFor(place, request, signal);
  const handle = async (): Promise<RunHandle> =>
    handleOf(key, made.id, fingerprint, await readRecord(workDir, key, fingerprint));
  const rollout = await settled(place, made, signal);
  if (await isRun(api, rollout, signal)) return await handle();
  if (wasStarted(rollout)) throw new AdapterError('ABORTED', `hawkBit is still deleting rollout ${rollout.id}.`);
  if (rollout.status !== 'ready') {
    const why = `hawkBit wants somebody to approve the rollout (${rollout.status}). Give the user APPROVE_ROLLOUT.`;
    return await takeBack(place, rollout, why, signal);
  }
  const wanted = request.targets.map(controllerOf);
  const found = await api.targetsOf(rollout.id, signal);
  const exact = found.length === wanted.length && wanted.every((id) => found.includes(id));
  if (rollout.totalTargets !== wanted.length || !exact) {
    const why = `The rollout has ${rollout.totalTargets} targets, and ${wanted.length} were requested.`;
    return await takeBack(place, rollout, why, signal);
  }
  if (!(await api.control(rollout.id, 'start', signal))) {
    const { status } = await api.rollout(rollout.id, signal);
    if (!wasStarted({ status }))
      throw new AdapterError('FAILED_PRECONDITION', `hawkBit does not start rollout ${rollout.id}, it is ${status}.`);
  }
  return await handle();
}

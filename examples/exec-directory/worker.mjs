/**
 * Does the work of one run, detached from the process that started it: `node worker.mjs <run directory>`. Any number
 * can be started for one run; one of them works, and the others exit at once. A worker that follows a dead one
 * continues with the targets that have not ended.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchArtifact } from './media.mjs';
import { identify } from './process.mjs';
import { FINAL, Run } from './runs.mjs';
import { homeOf, isInUse, obstacle, OPERATIONS } from './target.mjs';
import { Cancelled, reasonOf, Trouble } from './trouble.mjs';

const DEFAULT_PARALLEL = 4;
const WATCH_MS = 200;

class Expired extends Error {}

/** Resolves like the promise, or throws the signal's reason. */
function unlessStopped(promise, signal) {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
    promise.then(resolve, reject);
  });
}

class Worker {
  #stops = new Map();
  #stopStarting = false;
  #failures = 0;
  #media;
  #mediaStop = new AbortController();

  constructor(run, generation) {
    this.run = run;
    this.generation = generation;
    this.request = run.request;
    this.before = run.latest();
    for (const { ciId } of run.request.targets) this.#stops.set(ciId, new AbortController());
  }

  async work() {
    const watch = setInterval(() => this.look().catch((error) => console.error(error)), WATCH_MS);
    process.on('SIGTERM', () => this.#onTerm().catch((error) => console.error(error)));
    try {
      await this.look();
      const waiting = this.request.targets.filter(({ ciId }) => !FINAL.has(this.before.get(ciId)?.state));
      for (const report of this.before.values()) this.#count(report.state);
      const lanes = Math.min(this.request.maxParallel ?? DEFAULT_PARALLEL, waiting.length);
      const lane = async () => {
        for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) await this.#target(target);
      };
      await Promise.all(Array.from({ length: lanes }, lane));
      const latest = this.run.latest();
      const good = this.request.targets.every(({ ciId }) => latest.get(ciId)?.state === 'succeeded');
      await rm(join(this.run.directory, 'media'), { recursive: true, force: true });
      await this.run.finish(good ? 0 : 1);
    } finally {
      clearInterval(watch);
    }
  }

  /** Reads new cancels and checks the deadline. */
  async look() {
    for (const cancel of await this.run.cancels()) {
      if (cancel.targets === undefined) this.#stopStarting = true;
      // The targets of a dead worker are no longer under way, so for its successor every cancel ends all targets it
      // names.
      if (cancel.mode === 'abort' || this.generation > 0) {
        for (const ciId of cancel.targets ?? this.#stops.keys()) this.#stops.get(ciId)?.abort(new Cancelled());
      } else {
        for (const ciId of cancel.targets ?? []) this.#stops.get(ciId).stopBeforeStart = true;
      }
    }
    if (Date.now() >= Date.parse(this.request.deadline))
      for (const stop of this.#stops.values()) stop.abort(new Expired());
    if ([...this.#stops.values()].every((stop) => stop.signal.aborted)) this.#mediaStop.abort(new Cancelled());
  }

  async #onTerm() {
    await this.look();
    // SIGTERM without a cancel means that the machine shuts down: exit without an end, so that the run can continue.
    if (!this.#stopStarting) process.exit(143);
  }

  #count(state) {
    if (state === 'failed' || state === 'rejected' || state === 'expired') this.#failures += 1;
  }

  #report(ciId, state, nativeStatus, more = {}) {
    this.run.report({ ciId, state, nativeStatus, at: new Date().toISOString(), attempt: this.generation + 1, ...more });
    this.#count(state);
  }

  async #target(target) {
    const { ciId, binding } = target;
    const stop = this.#stops.get(ciId);
    const begun = this.before.has(ciId);
    try {
      // Check before each target, not only at intervals.
      await this.look();
      if (!begun && (this.#stopStarting || stop.stopBeforeStart)) throw new Cancelled();
      stop.signal.throwIfAborted();
      const { stopAfterFailures = Infinity } = this.request;
      if (this.#failures >= stopAfterFailures) {
        const reason = { code: 'STOPPED', message: 'Too many other targets have failed.', retryable: true };
        return this.#report(ciId, 'skipped', 'SKIPPED', { reason });
      }
      const { native, proof } = await this.#operate(target, stop.signal);
      const verified = proof === undefined ? {} : { verifiedSha256: proof };
      this.#report(ciId, 'succeeded', native, { percent: 100, ...verified });
    } catch (error) {
      const failed = (why) => this.#report(ciId, 'failed', 'FAILED', { reason: reasonOf(why) });
      if (error instanceof Cancelled || error instanceof Expired)
        await this.#stopped(ciId, binding, begun, error).catch(failed);
      else failed(error);
    }
  }

  /** Reports a stopped target: unchanged, unless a dead worker had already changed it. */
  async #stopped(ciId, { directory }, begun, error) {
    const { operation, key, dryRun } = this.request;
    if (begun && !dryRun && operation === 'install' && (await isInUse(this.run.root, directory, key))) {
      const home = await homeOf(this.run.root, directory, false);
      const { native, proof } = await OPERATIONS.verify({ home, request: this.request });
      return this.#report(ciId, 'succeeded', native, { percent: 100, verifiedSha256: proof });
    }
    if (begun && !dryRun && (operation === 'undo' || operation === 'remove')) {
      const reason = { code: 'WORKER_LOST', message: 'A worker died during the operation.', retryable: true };
      return this.#report(ciId, 'unknown', 'WORKER_LOST', { reason });
    }
    if (error instanceof Expired) {
      const reason = { code: 'DEADLINE', message: 'The deadline of the run has passed.', retryable: true };
      return this.#report(ciId, 'expired', 'EXPIRED', { reason });
    }
    return this.#report(ciId, 'cancelled', 'CANCELLED');
  }

  async #operate({ ciId, binding }, signal) {
    const { request, run } = this;
    const step = async (name, percent, state = 'running') => {
      signal.throwIfAborted();
      this.#report(ciId, state, name.toUpperCase(), { step: name, percent });
      const pace = Number(process.env.INSTALL_PACE_MS ?? 0);
      if (pace > 0) await unlessStopped(new Promise((resolve) => setTimeout(resolve, pace)), signal);
    };
    const media = async () => unlessStopped((this.#media ??= this.#fetchAll()), signal);
    if (request.dryRun) {
      await step('rehearse', 0);
      const problem = await obstacle(run.root, binding.directory);
      if (problem !== undefined) throw new Trouble('NOT_WRITABLE', problem, true);
      if (request.operation === 'install') await media();
      return { native: 'REHEARSED' };
    }
    if (request.operation === 'install') {
      await step('fetch', 0, 'staging');
      await media();
    }
    const home = await homeOf(run.root, binding.directory, request.operation === 'install');
    const check = () => signal.throwIfAborted();
    const memo = (make) => run.memo(ciId, make);
    return OPERATIONS[request.operation]({ home, request, media, step, check, memo });
  }

  /** Fetches all media, once for all targets. */
  async #fetchAll() {
    const shelf = join(this.run.directory, 'media');
    await mkdir(shelf, { recursive: true });
    const places = new Map();
    for (const artifact of this.request.package.artifacts) {
      places.set(artifact.sha256, await fetchArtifact(artifact, shelf, this.#mediaStop.signal));
    }
    return places;
  }
}

const run = await Run.at(process.argv[2]);
const generation = await run.claim(identify());
if (generation !== null) {
  run.repairProgress();
  await new Worker(run, generation).work();
}

/** Starts and follows jobs of any tool with an HTTP API, by a profile of the tool. See README.md. */
import {
  AdapterError,
  isAdapterError,
  type Adapter,
  type AdapterContext,
  type AdapterModule,
  type CallbackMessage,
  type CallbackReport,
  type CancelReport,
  type DistributionRequest,
  type LogChunk,
  type Observation,
  type PreflightReport,
  type ProbeReport,
  type RunHandle,
} from '../../src/adapters/adapter.js';
import { capabilitiesOf, namesUsed } from './capabilities.js';
import { assertProfile } from './check-profile.js';
import { CONFIG_SCHEMA } from './config.schema.js';
import { JobStore, type Run } from './job-store.js';
import { JobLogs } from './logs.js';
import type { HttpJobConfig, Profile } from './profile.js';
import { profileOf } from './profiles.js';
import { read } from './reader.js';
import { jobsOf, runKeysOf, type Job } from './scope.js';
import { assertAuthentic, dedupeIdOf } from './signature.js';
import { Submission } from './submission.js';
import { Stopper } from './stopper.js';
import { documentOf, Tool } from './tool.js';
import { runReport } from './run-report.js';
import { Watch } from './watch.js';

const ID = 'http-job';
const DAY_MS = 86_400_000;
/** How long a run is kept that has ended: longer than any tool keeps its jobs, and any distribution lasts. */
const KEPT_DAYS = 90;
/** What a person must put right before an order can be taken. */
const BLOCKS: readonly string[] = [
  'INVALID_ARGUMENT',
  'NOT_FOUND',
  'PERMISSION_DENIED',
  'UNAUTHENTICATED',
  'FAILED_PRECONDITION',
  'UNIMPLEMENTED',
];

class HttpJob implements Adapter {
  readonly #profile: Profile;
  readonly #tool: Tool;
  readonly #store: JobStore;
  readonly #submission: Submission;
  readonly #watch: Watch;
  /** One submission of a key at a time; another of the same key waits for it. */
  readonly #submitting = new Map<string, Promise<unknown>>();
  #removedAt = 0;

  constructor(
    private readonly config: HttpJobConfig,
    private readonly context: AdapterContext,
  ) {
    this.#profile = profileOf(config);
    assertProfile(this.#profile, config);
    this.#tool = new Tool(this.#profile, config, context);
    this.#store = new JobStore(context.workDir);
    this.#submission = new Submission(this.#tool, this.#store, context, config);
    const speaks = this.#profile.jobs === 'per-target' || this.#profile.speaksForTargets === true;
    this.#watch = new Watch(this.#tool, this.#store, this.#submission, context, {
      speaks,
      states: config.states ?? {},
    });
  }

  get declared(): NonNullable<Adapter['declared']> {
    const { target, package: packageSchema, parameters } = this.#profile;
    return { targetSchema: target, packageSchema, parametersSchema: parameters };
  }

  async probe(signal: AbortSignal): Promise<ProbeReport> {
    const nobody = { key: 'probe', packageBinding: {}, targets: [], fingerprint: '', operation: 'install' } as const;
    const scope = this.#tool.scope(
      { ...nobody, release: { name: '', version: '' } },
      { number: 0, key: 'probe', targets: [] },
    );
    try {
      const answer = await this.#tool.ask(this.#profile.probe.request, scope, signal);
      const toolVersion = read(this.#profile.probe.version, documentOf(answer), scope);
      return { status: 'ready', ...(toolVersion !== undefined && { toolVersion }) };
    } catch (error) {
      if (!isAdapterError(error) || signal.aborted) throw error;
      const starting = error.code === 'UNAVAILABLE' && error.retryAfterMs !== undefined;
      return { status: starting ? 'starting' : 'broken', detail: error.message };
    }
  }

  async preflight(request: DistributionRequest, signal: AbortSignal): Promise<PreflightReport> {
    signal.throwIfAborted();
    const jobs = jobsOf(this.#profile, request);
    const targets: { ciId: string; verdict: 'ok' | 'block'; message?: string }[] = [];
    for (const job of jobs) {
      const message = this.#problemOf(() => this.#tool.rehearse(request, job));
      for (const { ciId } of job.targets)
        targets.push({ ciId, verdict: message ? 'block' : 'ok', ...(message && { message }) });
    }
    const messages = [this.#problemOf(() => this.#assertPossible(request)) ?? []].flat();
    const [first] = jobs;
    if (first !== undefined && targets.some(({ verdict }) => verdict === 'ok'))
      messages.push(...(await this.#checks(request, first, signal)));
    const blocked = messages.length > 0 || targets.every(({ verdict }) => verdict === 'block');
    const some = targets.some(({ verdict }) => verdict === 'block');
    return { verdict: blocked ? 'block' : some ? 'warn' : 'ok', messages, targets };
  }

  async submit(request: DistributionRequest, signal: AbortSignal): Promise<RunHandle> {
    signal.throwIfAborted();
    this.#assertPossible(request);
    while (this.#submitting.has(request.key)) await this.#submitting.get(request.key)?.catch(() => undefined);
    const work = this.#submit(request, signal);
    this.#submitting.set(request.key, work);
    try {
      return await work;
    } finally {
      this.#submitting.delete(request.key);
    }
  }

  async find(key: string, signal: AbortSignal): Promise<RunHandle | null> {
    signal.throwIfAborted();
    const run = await this.#store.read(key);
    if (run === undefined) return null;
    for (const job of jobsOf(this.#profile, run)) {
      const { is } = run.jobs[job.number] ?? { is: 'new' };
      if (is === 'sent') return this.#handle(run);
      if (is === 'sending' && (await this.#submission.exists(run, job, signal))) return this.#handle(run);
    }
    return null;
  }

  async observe(handle: RunHandle, _cursor: string | null, signal: AbortSignal): Promise<Observation> {
    signal.throwIfAborted();
    const seen = await this.#watch.all(await this.#existing(handle.key), signal);
    return {
      run: runReport(seen),
      targets: seen.flatMap(({ targets }) => targets),
      // Every look is a full one.
      cursor: 'all',
      nextPollMs: this.config.minPollMs ?? this.#profile.limits?.minPollMs ?? 5_000,
      complete: seen.every(({ ended }) => ended),
    };
  }

  async cancel(
    handle: RunHandle,
    options: { readonly targets?: readonly string[]; readonly mode: 'stop' | 'abort' },
    signal: AbortSignal,
  ): Promise<CancelReport> {
    signal.throwIfAborted();
    const run = await this.#existing(handle.key);
    return await new Stopper(this.#tool, this.#watch).cancel(run, options, signal);
  }

  async receive(message: CallbackMessage, signal: AbortSignal): Promise<CallbackReport> {
    signal.throwIfAborted();
    const { callback } = this.config;
    const told = this.#profile.callback;
    if (callback === undefined || told === undefined)
      throw new AdapterError('UNAUTHENTICATED', 'This instance takes no callbacks.');
    assertAuthentic(message, callback, await this.context.secrets.get(callback.secret), this.context.now());
    let body: Parameters<typeof read>[1]['body'];
    try {
      body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(message.rawBody)) as typeof body;
    } catch {
      throw new AdapterError('INVALID_ARGUMENT', 'The message is no JSON.');
    }
    const headers = { get: (name: string) => message.headers[name.toLowerCase()] ?? null };
    const text = read(told.key, { headers, body }, () => undefined);
    const words = told.contains === true ? (text ?? '').split(/[^A-Za-z0-9._:-]+/) : [text ?? ''];
    // Tools also tell of work that others gave them: only a run of this instance counts.
    for (const key of words.flatMap(runKeysOf))
      if ((await this.#store.read(key)) !== undefined) return { key, dedupeId: dedupeIdOf(message, callback) };
    return {};
  }

  async logs(
    handle: RunHandle,
    query: { readonly ciId?: string; readonly cursor?: string; readonly maxBytes: number },
    signal: AbortSignal,
  ): Promise<LogChunk> {
    signal.throwIfAborted();
    if (this.#profile.logs === undefined) throw new AdapterError('UNIMPLEMENTED', 'This profile reads no logs.');
    return await new JobLogs(this.#tool, this.#watch).read(await this.#existing(handle.key), query, signal);
  }

  async close(): Promise<void> {
    // Each call has a connection of its own, and what must be kept is on disk.
  }

  async #submit(request: DistributionRequest, signal: AbortSignal): Promise<RunHandle> {
    const jobs = jobsOf(this.#profile, request);
    for (const job of jobs) this.#tool.rehearse(request, job);
    const { key, fingerprint, operation, release, targets } = request;
    const { name, version } = release;
    const stored = {
      key,
      fingerprint,
      operation,
      release: { name, version },
      packageBinding: request.package.binding,
      targets,
    };
    const run = (await this.#store.read(key)) ?? (await this.#store.create(stored, jobs.length));
    if (run.fingerprint !== fingerprint)
      throw new AdapterError('ALREADY_EXISTS', `The key ${key} belongs to another request.`);
    await this.#submission.send(run, request, signal);
    await this.#removeOld();
    return this.#handle(run);
  }

  /** Once a day. What cannot be removed stays for another time. */
  async #removeOld(): Promise<void> {
    const now = this.context.now().getTime();
    if (now < this.#removedAt + DAY_MS) return;
    this.#removedAt = now;
    await this.#store.removeOlderThan(new Date(now - KEPT_DAYS * DAY_MS)).catch((error: unknown) => {
      this.context.log.warn('Old runs could not be removed.', { reason: String(error) });
    });
  }

  /** What the profile does not pass on to its tool is refused, never left out. */
  #assertPossible(request: DistributionRequest): void {
    if (request.dryRun) throw new AdapterError('UNIMPLEMENTED', 'Jobs cannot be rehearsed.');
    const used = namesUsed(this.#profile);
    for (const name of ['maxParallel', 'stopAfterFailures'] as const) {
      const asked = request[name];
      if (asked !== undefined && asked < request.targets.length && !used.has(name))
        throw new AdapterError('UNIMPLEMENTED', `This profile does not pass ${name} on. Plan waves instead.`);
    }
  }

  async #checks(request: DistributionRequest, job: Job, signal: AbortSignal): Promise<string[]> {
    const problems: string[] = [];
    for (const check of this.#profile.check ?? []) {
      try {
        const document = documentOf(await this.#tool.order(check.request, request, job, signal));
        for (const { at, equals, message } of check.expect ?? [])
          if (read(at, document, () => undefined) !== equals) problems.push(message);
      } catch (error) {
        if (!isAdapterError(error) || !BLOCKS.includes(error.code)) throw error;
        problems.push(error.message);
      }
    }
    return problems;
  }

  #problemOf(work: () => void): string | undefined {
    try {
      work();
      return undefined;
    } catch (error) {
      if (isAdapterError(error) && BLOCKS.includes(error.code)) return error.message;
      throw error;
    }
  }

  #handle(run: Run): RunHandle {
    const [first] = run.jobs;
    const id = this.#profile.jobs === 'per-run' && first?.is === 'sent' ? first.id : undefined;
    return {
      adapterId: ID,
      apiVersion: 1,
      key: run.key,
      native: { jobs: run.jobs.length, ...(id !== undefined && { id }) },
    };
  }

  async #existing(key: string): Promise<Run> {
    const run = await this.#store.read(key);
    if (run === undefined) throw new AdapterError('NOT_FOUND', `No run has the key ${key}.`);
    return run;
  }
}

/** Jobs of any tool with an HTTP API. */
export const httpJob: AdapterModule = {
  $$type: 'release-adapter',
  apiVersion: 1,
  id: ID,
  version: '1.0.0',
  title: 'Jobs by HTTP',
  configSchema: CONFIG_SCHEMA,
  targetSchema: { type: 'object', description: 'The profile says what a target needs.' },
  packageSchema: { type: 'object', description: 'The profile says what a package needs.' },
  parametersSchema: { type: 'object', description: 'The profile says which parameters there are.' },
  capabilities: (config) => capabilitiesOf(config as HttpJobConfig),
  create: async (config, context) => new HttpJob(config as HttpJobConfig, context),
};

export default httpJob;

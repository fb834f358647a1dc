/** A simulated deployment tool for tests, demonstrations and rehearsals. See README.md for its scripts. */
import {
  AdapterError,
  isFinalTargetState,
  packageDigest,
  type Adapter,
  type AdapterContext,
  type AdapterModule,
  type CancelReport,
  type Capabilities,
  type DistributionRequest,
  type JsonSchema,
  type LogChunk,
  type Observation,
  type PreflightReport,
  type ProbeReport,
  type RunHandle,
} from '../../src/adapters/adapter.js';
import { FaultInjector } from './fault-injector.js';
import { RunStore, type StoredRun } from './run-store.js';
import {
  FAULTS_SCHEMA,
  SCRIPT_OR_NAME_SCHEMA,
  SCRIPT_SCHEMA,
  scriptNames,
  scriptOf,
  type SimulatorConfig,
  type TargetScript,
} from './script.js';
import { parametersSchema, readParameters } from './parameters.js';
import { runReportAt, timelineOf } from './timeline.js';

const ID = 'simulator';
const VERSION = '1.0.0';
const DEFAULT_CANCEL_MS = 200;
const DEFAULT_POLL_MS = 100;
const LONGEST_POLL_MS = 5_000;

const bindingSchema = (title: string): JsonSchema => ({
  title,
  type: 'object',
  additionalProperties: false,
  properties: {
    script: { ...SCRIPT_OR_NAME_SCHEMA, description: 'A script or the name of one.' },
    address: { type: 'string', description: 'For people only; the simulator does not connect to it.' },
  },
});

const configSchema: JsonSchema = {
  title: 'Simulator',
  type: 'object',
  additionalProperties: false,
  properties: {
    script: SCRIPT_OR_NAME_SCHEMA,
    scripts: { type: 'object', additionalProperties: SCRIPT_SCHEMA },
    targets: { type: 'object', additionalProperties: SCRIPT_OR_NAME_SCHEMA },
    faults: FAULTS_SCHEMA,
    cancel: { enum: ['confirmed', 'best-effort', 'none'], default: 'confirmed' },
    cancelMs: { type: 'integer', minimum: 0, default: DEFAULT_CANCEL_MS },
    verifyArtifacts: { type: 'boolean', default: false },
    minPollMs: { type: 'integer', minimum: 1, default: DEFAULT_POLL_MS },
    allowKill: { type: 'boolean', default: false },
  },
};

function capabilitiesOf(config: SimulatorConfig): Capabilities {
  const minPollMs = config.minPollMs ?? DEFAULT_POLL_MS;
  return {
    submit: 'idempotent',
    observe: ['poll'],
    targetStatus: 'live',
    cancel: config.cancel ?? 'confirmed',
    cancelTargets: true,
    pause: false,
    retryTargets: true,
    preflight: 'static',
    operations: ['install', 'remove', 'verify', 'undo', 'commit'],
    artifacts: config.verifyArtifacts === true ? ['by-value', 'prestaged'] : ['prestaged', 'by-reference', 'by-value'],
    verifiesDigest: config.verifyArtifacts === true,
    logs: 'cursor',
    toolSchedules: false,
    limits: { minPollMs, typicalLatencyMs: minPollMs },
  };
}

class Simulator implements Adapter {
  private readonly store: RunStore;
  private readonly faults: FaultInjector;

  constructor(
    private readonly config: SimulatorConfig,
    private readonly context: AdapterContext,
  ) {
    this.store = new RunStore(context.workDir);
    this.faults = new FaultInjector(config, this.store);
  }

  get declared(): NonNullable<Adapter['declared']> {
    return { parametersSchema: parametersSchema(scriptNames(this.config)) };
  }

  async prepare(): Promise<this> {
    await this.store.prepare();
    return this;
  }

  async probe(signal: AbortSignal): Promise<ProbeReport> {
    signal.throwIfAborted();
    try {
      await this.faults.assertUp('probe', undefined);
    } catch (error) {
      if (error instanceof AdapterError) return { status: 'broken', toolVersion: VERSION, detail: error.message };
      throw error;
    }
    return { status: 'ready', toolVersion: VERSION };
  }

  async preflight(request: DistributionRequest, signal: AbortSignal): Promise<PreflightReport> {
    signal.throwIfAborted();
    await this.faults.assertUp('preflight', request);
    const targets = this.scriptsOf(request).map(([ciId, script]) => ({
      ciId,
      verdict: script.preflight,
      ...(script.preflight === 'ok' ? {} : { message: script.message }),
    }));
    const has = (verdict: string): boolean => targets.some((target) => target.verdict === verdict);
    return { verdict: has('block') ? 'block' : has('warn') ? 'warn' : 'ok', messages: [], targets };
  }

  async submit(request: DistributionRequest, signal: AbortSignal): Promise<RunHandle> {
    signal.throwIfAborted();
    await this.faults.assertUp('submit', request);
    const existing = await this.store.read(request.key);
    if (existing !== undefined) return this.attach(existing, request);
    const fault = await this.faults.ofSubmit(request);
    if (fault !== undefined) this.faults.failBefore(fault);
    if (this.config.verifyArtifacts === true) await this.readArtifacts(request, signal);
    signal.throwIfAborted();
    const run = await this.store.create(await this.plan(request));
    const handle = this.attach(run, request);
    if (fault !== undefined) this.faults.failAfter(fault);
    return handle;
  }

  async find(key: string, signal: AbortSignal): Promise<RunHandle | null> {
    signal.throwIfAborted();
    await this.faults.assertUp('find', { key, parameters: {} });
    const run = await this.store.read(key);
    return run === undefined ? null : this.handleOf(run);
  }

  async observe(handle: RunHandle, cursor: string | null, signal: AbortSignal): Promise<Observation> {
    signal.throwIfAborted();
    await this.faults.assertUp('observe', { key: handle.key, parameters: {} });
    const now = this.now();
    const run = await this.existing(handle.key);
    const cancels = await this.store.cancels(handle.key);
    const timeline = timelineOf(run, cancels);
    const visible = timeline.deliveries.filter((delivery) => delivery.visibleAt <= now);
    const next = timeline.deliveries[visible.length]?.visibleAt ?? timeline.endsAt;
    // A cancel may be stored just after an observation that should have included it; then only a full snapshot is safe.
    const seen = new RegExp(`^(\\d+)\\.${cancels.length}$`).exec(cursor ?? '')?.[1];
    return {
      run: runReportAt(now, run, cancels, timeline),
      targets: visible.slice(Number(seen ?? 0)).map((delivery) => delivery.report),
      cursor: `${visible.length}.${cancels.length}`,
      nextPollMs: Math.min(Math.max(next - now, this.config.minPollMs ?? DEFAULT_POLL_MS), LONGEST_POLL_MS),
      complete: now >= timeline.endsAt,
    };
  }

  async cancel(
    handle: RunHandle,
    options: { readonly targets?: readonly string[]; readonly mode: 'stop' | 'abort' },
    signal: AbortSignal,
  ): Promise<CancelReport> {
    signal.throwIfAborted();
    if (this.config.cancel === 'none') throw new AdapterError('UNIMPLEMENTED', 'The simulated tool cannot cancel.');
    await this.faults.assertUp('cancel', { key: handle.key, parameters: {} });
    const run = await this.existing(handle.key);
    if (run.faults?.cancel === 'reject' || this.config.faults?.cancel === 'reject') {
      return { accepted: false, detail: 'The simulated tool rejects the cancel.' };
    }
    const known = new Set(run.targets.map((target) => target.ciId));
    const foreign = options.targets?.find((ciId) => !known.has(ciId));
    if (foreign !== undefined)
      throw new AdapterError('INVALID_ARGUMENT', `The run does not contain the target ${foreign}.`);
    const now = this.now();
    const timeline = timelineOf(run, await this.store.cancels(handle.key));
    const before = timeline.deliveries.filter((delivery) => delivery.happensAt <= now);
    const ended = new Set(
      before.filter(({ report }) => isFinalTargetState(report.state)).map(({ report }) => report.ciId),
    );
    if (now >= timeline.endsAt || (options.targets?.every((ciId) => ended.has(ciId)) ?? false)) {
      return { accepted: false, detail: 'All these targets had already ended.' };
    }
    const cancel = {
      at: now,
      mode: options.mode,
      ...(options.targets === undefined ? {} : { targets: options.targets }),
    };
    const begun = new Set(before.map(({ report }) => report.ciId));
    const open = run.targets.filter(
      ({ ciId }) => !ended.has(ciId) && (options.targets === undefined || options.targets.includes(ciId)),
    );
    const stubborn =
      run.stopsInFlight && options.mode === 'abort'
        ? open.filter(({ ciId, script }) => begun.has(ciId) && script.cancel === 'refuse')
        : [];
    const detail = `${stubborn.length} of ${open.length} targets refuse the cancel and go on.`;
    if (stubborn.length > 0 && stubborn.length === open.length) return { accepted: false, detail };
    await this.store.addCancel(handle.key, cancel);
    return { accepted: true, ...(stubborn.length > 0 && { detail }) };
  }

  async logs(
    handle: RunHandle,
    query: { readonly ciId?: string; readonly cursor?: string; readonly maxBytes: number },
    signal: AbortSignal,
  ): Promise<LogChunk> {
    signal.throwIfAborted();
    await this.faults.assertUp('logs', { key: handle.key, parameters: {} });
    const now = this.now();
    const run = await this.existing(handle.key);
    const timeline = timelineOf(run, await this.store.cancels(handle.key));
    const lines = timeline.deliveries
      .filter(({ visibleAt, report }) => visibleAt <= now && (query.ciId === undefined || query.ciId === report.ciId))
      .map(
        ({ report }) =>
          `${report.at} ${report.ciId} ${report.nativeStatus}${report.step === undefined ? '' : ` ${report.step}`}\n`,
      );
    const log = Buffer.from(lines.join(''), 'utf8');
    const from = Number(query.cursor ?? 0);
    const end = wholeCharacters(log, Math.min(log.length, from + query.maxBytes));
    return {
      chunk: log.toString('utf8', from, end),
      cursor: String(end),
      eof: now >= timeline.endsAt && end === log.length,
    };
  }

  async close(): Promise<void> {
    // Nothing is open: everything is on disk.
  }

  private now(): number {
    return this.context.now().getTime();
  }

  private scriptsOf(request: DistributionRequest): [string, TargetScript][] {
    const scope = {
      config: this.config,
      parameters: readParameters(request.parameters),
      packageBinding: request.package.binding,
    };
    return request.targets.map((target) => [target.ciId, scriptOf(target, scope)]);
  }

  private async plan(request: DistributionRequest): Promise<StoredRun> {
    const { faults } = readParameters(request.parameters);
    const targets = [];
    for (const [ciId, script] of this.scriptsOf(request)) {
      const counted = script.failAttempts > 0 && !request.dryRun;
      const subject = JSON.stringify([request.release.id, request.operation, ciId]);
      targets.push({ ciId, script, ordinal: counted ? await this.store.ordinal(subject, request.key) : 1 });
    }
    const digest = request.operation === 'remove' ? undefined : packageDigest(request.package.artifacts);
    return {
      key: request.key,
      fingerprint: request.fingerprint,
      submittedAt: this.now(),
      targets,
      dryRun: request.dryRun,
      cancelMs: this.config.cancelMs ?? DEFAULT_CANCEL_MS,
      stopsInFlight: (this.config.cancel ?? 'confirmed') === 'confirmed',
      ...(request.maxParallel === undefined ? {} : { maxParallel: request.maxParallel }),
      ...(request.stopAfterFailures === undefined ? {} : { stopAfterFailures: request.stopAfterFailures }),
      ...(digest === undefined ? {} : { digest }),
      ...(faults === undefined ? {} : { faults }),
    };
  }

  private attach(run: StoredRun, request: DistributionRequest): RunHandle {
    if (run.fingerprint !== request.fingerprint) {
      throw new AdapterError('ALREADY_EXISTS', `The key ${request.key} belongs to another request.`);
    }
    return this.handleOf(run);
  }

  private handleOf(run: StoredRun): RunHandle {
    return {
      adapterId: ID,
      apiVersion: 1,
      key: run.key,
      native: { submittedAt: new Date(run.submittedAt).toISOString() },
    };
  }

  private async existing(key: string): Promise<StoredRun> {
    const run = await this.store.read(key);
    if (run === undefined) throw new AdapterError('NOT_FOUND', `No run has the key ${key}.`);
    return run;
  }

  private async readArtifacts(request: DistributionRequest, signal: AbortSignal): Promise<void> {
    for (const artifact of request.package.artifacts) {
      let size = 0;
      for await (const chunk of await this.context.artifacts.open(artifact.sha256)) {
        signal.throwIfAborted();
        size += chunk.byteLength;
      }
      if (size !== artifact.size) {
        throw new AdapterError(
          'FAILED_PRECONDITION',
          `${artifact.name} has ${size} bytes instead of ${artifact.size}.`,
        );
      }
    }
  }
}

/** The greatest offset up to `end` that does not split a UTF-8 character. */
function wholeCharacters(bytes: Buffer, end: number): number {
  let cut = end;
  while (cut > 0 && cut < bytes.length && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut -= 1;
  return cut;
}

/** The simulated deployment tool. */
export const simulator: AdapterModule = {
  $$type: 'release-adapter',
  apiVersion: 1,
  id: ID,
  version: VERSION,
  title: 'Simulator',
  configSchema,
  targetSchema: bindingSchema('Simulated target'),
  packageSchema: bindingSchema('Simulated package'),
  parametersSchema: parametersSchema(),
  capabilities: (config) => capabilitiesOf(config as SimulatorConfig),
  create: async (config, context) => new Simulator(config as SimulatorConfig, context).prepare(),
};

export default simulator;

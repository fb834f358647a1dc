/**
 * An adapter that keeps every rule of the contract, over a tool that is a directory of files. The wrong adapters beside
 * it are this one with one method changed each.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AdapterError,
  isFinalTargetState,
  type Adapter,
  type AdapterContext,
  type AdapterModule,
  type CallbackMessage,
  type CallbackReport,
  type DistributionRequest,
  type LogChunk,
  type Observation,
  type PreflightReport,
  type ProbeReport,
  type RunHandle,
  type SecretRef,
  type TargetReport,
} from '../../../../src/adapters/adapter.js';
import { PLAIN_CAPABILITIES } from '../harness.js';
import { createRun, elapsed, logOf, readRun, reportsOf, writeRun, type StoredRun } from './right-run.js';

/** Settings of the right adapter. */
export interface RightConfig {
  readonly token: SecretRef;
  readonly hook: SecretRef;
  readonly effects: string;
  /** The tool is down. */
  readonly down?: boolean;
}

const ID = 'seeded';
const GRACE_MS = 300;

/** See the file's head. */
export class RightAdapter implements Adapter {
  /** Age from which a message is refused, in milliseconds. */
  readonly maxAgeMs: number = 300_000;

  constructor(
    readonly config: RightConfig,
    readonly context: AdapterContext,
  ) {}

  async probe(signal: AbortSignal): Promise<ProbeReport> {
    signal.throwIfAborted();
    return { status: this.config.down === true ? 'broken' : 'ready' };
  }

  async preflight(_request: DistributionRequest, signal: AbortSignal): Promise<PreflightReport> {
    signal.throwIfAborted();
    return { verdict: 'ok', messages: [], targets: [] };
  }

  async submit(request: DistributionRequest, signal: AbortSignal): Promise<RunHandle> {
    this.reach(signal);
    await this.context.secrets.get(this.config.token);
    if (request.parameters['quota'] === true)
      throw new AdapterError('RESOURCE_EXHAUSTED', 'The quota is used up.', { retryAfterMs: 5_000 });
    await this.readArtifacts(request);
    signal.throwIfAborted();
    const { run, created } = createRun(this.context.workDir, request);
    if (run.request.fingerprint !== request.fingerprint) throw new AdapterError('ALREADY_EXISTS', 'That key is taken.');
    if (created && !request.dryRun) await this.takeEffect(run);
    return this.handle(run);
  }

  async find(key: string, signal: AbortSignal): Promise<RunHandle | null> {
    this.reach(signal);
    const run = readRun(this.context.workDir, key);
    return run === undefined ? null : this.handle(run);
  }

  async observe({ key }: RunHandle, cursor: string | null, signal: AbortSignal): Promise<Observation> {
    this.reach(signal);
    const run = this.existing(key);
    const reports = this.reportsOf(run);
    const complete = reports.filter(({ state }) => isFinalTargetState(state)).length >= run.request.targets.length;
    const paused = run.pauses.some(({ until }) => until === undefined);
    return {
      run: complete ? { phase: 'finished', outcome: outcomeOf(reports) } : { phase: paused ? 'paused' : 'running' },
      targets: reports.slice(Number(cursor ?? 0)),
      cursor: String(reports.length),
      complete,
    };
  }

  async cancel(
    { key }: RunHandle,
    options: { readonly targets?: readonly string[]; readonly mode: 'stop' | 'abort' },
    signal: AbortSignal,
  ): Promise<{ accepted: boolean }> {
    this.reach(signal);
    const run = this.existing(key);
    const all = run.request.targets.map((target) => target.ciId);
    if (options.targets?.some((ciId) => !all.includes(ciId)) === true)
      throw new AdapterError('INVALID_ARGUMENT', 'Not a target of this run.');
    const ended = this.reportsOf(run).filter(({ state }) => isFinalTargetState(state)).length;
    if (ended >= all.length) return { accepted: false };
    const targets = options.targets ?? all;
    writeRun(this.context.workDir, { ...run, cancels: [...run.cancels, { at: elapsed(run), targets }] });
    if (options.targets === undefined) await this.endWorker(run, signal);
    return { accepted: true };
  }

  async pause({ key }: RunHandle, signal: AbortSignal): Promise<void> {
    this.reach(signal);
    const run = this.existing(key);
    if (run.pauses.some(({ until }) => until === undefined)) return;
    writeRun(this.context.workDir, { ...run, pauses: [...run.pauses, { from: Date.now() }] });
  }

  async resume({ key }: RunHandle, signal: AbortSignal): Promise<void> {
    this.reach(signal);
    const run = this.existing(key);
    const pauses = run.pauses.map((pause) => ({ until: Date.now(), ...pause }));
    writeRun(this.context.workDir, { ...run, pauses });
  }

  async receive(message: CallbackMessage, signal: AbortSignal): Promise<CallbackReport> {
    this.reach(signal);
    const { rawBody, headers } = message;
    const sentAt = headers['x-sent-at'] ?? '';
    const expected = await this.signatureOf(sentAt, rawBody);
    const given = Buffer.from(headers['x-signature'] ?? '', 'utf8');
    const genuine = given.length === expected.length && timingSafeEqual(given, expected);
    if (!genuine || Math.abs(Date.now() - Number(sentAt) * 1_000) > this.maxAgeMs)
      throw new AdapterError('UNAUTHENTICATED', 'Not a message of the tool.');
    const { key } = JSON.parse(Buffer.from(rawBody).toString('utf8')) as { key: string };
    return { key, dedupeId: createHash('sha256').update(sentAt).update(rawBody).digest('hex') };
  }

  async logs(
    { key }: RunHandle,
    { cursor, maxBytes }: { readonly cursor?: string; readonly maxBytes: number },
    signal: AbortSignal,
  ): Promise<LogChunk> {
    this.reach(signal);
    const { chunk, next, eof } = logOf(this.existing(key), Number(cursor ?? 0), maxBytes);
    return { chunk, cursor: String(next), eof };
  }

  async close(): Promise<void> {}

  /** Every call but a probe goes to the tool. */
  reach(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (this.config.down === true) throw new AdapterError('UNAVAILABLE', 'The tool is down.');
  }

  reportsOf(run: StoredRun): TargetReport[] {
    return reportsOf(run);
  }

  async readArtifacts(request: DistributionRequest): Promise<void> {
    for (const { sha256 } of request.package.artifacts) {
      for await (const _chunk of await this.context.artifacts.open(sha256)) continue;
    }
  }

  async takeEffect(run: StoredRun): Promise<void> {
    const { request } = run;
    mkdirSync(this.config.effects, { recursive: true });
    for (const { ciId } of request.targets) writeFileSync(join(this.config.effects, ciId), request.release.version);
    if (request.parameters['worker'] === true) await this.startWorker(run);
  }

  /** A program that works on the targets for as long as the run takes. */
  async startWorker(run: StoredRun): Promise<void> {
    const { workDir } = this.context;
    const folder = join(workDir, 'runs', run.request.key);
    const seconds = String(Number(run.request.parameters['ms'] ?? 0) / 1_000);
    const files = { stdoutFile: join(folder, 'out'), stderrFile: join(folder, 'err') };
    const worker = await this.context.spawn.startDetached(['sleep', seconds], { cwd: workDir, ...files });
    writeFileSync(join(folder, 'pid'), String(worker.pid));
    writeRun(workDir, { ...run, worker });
  }

  async endWorker({ worker }: StoredRun, signal: AbortSignal): Promise<void> {
    if (worker !== undefined) await this.context.spawn.endGroup(worker, GRACE_MS, signal);
  }

  handle({ request, number }: StoredRun): RunHandle {
    return { adapterId: ID, apiVersion: 1, key: request.key, native: { number } };
  }

  existing(key: string): StoredRun {
    const run = readRun(this.context.workDir, key);
    if (run === undefined) throw new AdapterError('NOT_FOUND', 'There is no such run.');
    return run;
  }

  async signatureOf(sentAt: string, rawBody: Uint8Array): Promise<Buffer> {
    const secret = await this.context.secrets.get(this.config.hook);
    return Buffer.from(createHmac('sha256', secret).update(`${sentAt}.`).update(rawBody).digest('hex'), 'utf8');
  }
}

function outcomeOf(reports: readonly TargetReport[]): 'success' | 'failure' | 'cancel' {
  if (reports.some(({ state }) => state === 'cancelled')) return 'cancel';
  const ends = reports.filter(({ state }) => isFinalTargetState(state));
  return ends.every(({ state }) => state === 'succeeded') ? 'success' : 'failure';
}

const text = { type: 'string' };

/** The adapter that keeps every rule. */
export const right: AdapterModule = {
  $$type: 'release-adapter',
  apiVersion: 1,
  id: ID,
  version: '1.0.0',
  title: 'Seeded',
  configSchema: {
    type: 'object',
    required: ['effects', 'token', 'hook'],
    additionalProperties: false,
    properties: {
      effects: text,
      token: { 'x-secret': true },
      hook: { 'x-secret': true },
      down: { type: 'boolean' },
    },
  },
  targetSchema: { type: 'object', additionalProperties: false, properties: { port: { type: 'integer' } } },
  packageSchema: { type: 'object', additionalProperties: false },
  parametersSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      ms: { type: 'integer' },
      ends: { type: 'object' },
      reports: { type: 'integer' },
      logBytes: { type: 'integer' },
      quota: { type: 'boolean' },
      worker: { type: 'boolean' },
    },
  },
  capabilities: () => ({
    ...PLAIN_CAPABILITIES,
    observe: ['poll', 'callback'],
    cancel: 'confirmed',
    cancelTargets: true,
    pause: true,
    verifiesDigest: true,
    artifacts: ['by-value'],
    logs: 'cursor',
    limits: { maxTargets: 1_000, minPollMs: 10, typicalLatencyMs: 10 },
  }),
  create: async (config, context) => new RightAdapter(config as RightConfig, context),
};

export default right;

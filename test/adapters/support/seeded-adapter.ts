/**
 * An adapter that keeps the contract, and that can be given one fault at a time: the known-bad input by which the
 * conformance kit is itself checked. Its "tool" is the process's memory, by work directory.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AdapterError,
  packageDigest,
  type Adapter,
  type AdapterContext,
  type AdapterModule,
  type DistributionRequest,
  type Observation,
  type RunHandle,
  type SecretRef,
  type TargetReport,
} from '../../../src/adapters/adapter.js';
import type { ConformanceFixtures } from '../../../src/adapters/conformance/fixtures.js';
import { PLAIN_CAPABILITIES } from './harness.js';

/** Every fault, and the cases that must find it. */
export const FAULTS = {
  'accepts any settings': ['identity: bad settings are refused by the schema'],
  'takes plain secrets': ['identity: settings named like secrets take only references'],
  'changes its capabilities': [
    'identity: capabilities are pure and within the contract',
    'identity: two instances report the same capabilities',
  ],
  'can be closed once': ['close: may be called twice'],
  'starts a run for every call': [
    'submit: the same request again, also from another instance, is the same run',
    'submit: ten at once, from two instances, are one run',
  ],
  'starts again when asked at once': ['submit: ten at once, from two instances, are one run'],
  'ignores the fingerprint': ['submit: another request under a key that is taken is ALREADY_EXISTS'],
  'gives large handles': ['submit: the handle belongs to this adapter, is small and well-formed'],
  'gives handles of others': ['submit: the handle belongs to this adapter, is small and well-formed'],
  'executes texts': ['submit: hostile texts are data or are refused, and are never executed'],
  'rehearses for real': ['submit: a rehearsal changes nothing'],
  'starts at preflight': ['preflight: reports only the requested targets, and changes nothing'],
  'finds everything': ['find: an unknown key is null'],
  'knows every run': ['observe: a run that does not exist is NOT_FOUND'],
  'forgets with the instance': ['reattach: a new instance finds the run and sees the same end'],
  'invents a target': ['observe: every target reaches a final state, and none is invented'],
  'forgets a target': ['observe: every target reaches a final state, and none is invented'],
  'takes success back': ['observe: every target reaches a final state, and none is invented'],
  'says unknown words': ['observe: every target reaches a final state, and none is invented'],
  'says what nobody can store': ['observe: answers can be stored and shown unchanged'],
  'loses reports': ['observe: a full look and the sum of the changes agree, at every moment'],
  'reopens the run': ['observe: complete stays complete', 'observe: an old cursor may be used again'],
  'proves nothing': ['observe: success carries the digest that was found on the target'],
  'ignores digests': ['artifacts: content with another digest is never installed'],
  'cancels what has ended': ['cancel: after the end is not accepted and changes nothing'],
  'cancels everything': ['cancel: of one target leaves the others'],
  'cancels strangers': ['cancel: of a target that the run does not name is INVALID_ARGUMENT and stops nothing'],
  'forgets cancels': [
    'cancel: during a run, every target still reaches a final state',
    'cancel: is seen by another instance',
  ],
  'does not give up': ['abort: every call ends within a second and leaves no process behind'],
  'leaves a process': ['abort: every call ends within a second and leaves no process behind'],
  'begins when given up': ['abort: every call ends within a second and leaves no process behind'],
  'shows a secret in errors': ['secrets: never show in answers, errors, logs, files or arguments'],
  'shows a secret in logs': ['secrets: never show in answers, errors, logs, files or arguments'],
  'shows a secret in handles': ['secrets: never show in answers, errors, logs, files or arguments'],
  'shows a secret in files': ['secrets: never show in answers, errors, logs, files or arguments'],
  'shows a secret in arguments': ['secrets: never show in answers, errors, logs, files or arguments'],
} as const satisfies Record<string, readonly string[]>;

/** One of {@link FAULTS}. */
export type Fault = keyof typeof FAULTS;

interface Config {
  readonly token: SecretRef;
  readonly effects: string;
}

interface StoredRun {
  readonly request: DistributionRequest;
  readonly startedAt: number;
  readonly ms: number;
  readonly number: number;
  readonly cancels: { at: number; targets: readonly string[] }[];
}

/** The tool that all instances over one work directory talk to. */
const tools = new Map<string, Map<string, StoredRun>>();
const leftBehind: ReturnType<typeof spawn>[] = [];
let serial = 0;

/** End the processes that the fault "leaves a process" has left. */
export function endLeftBehind(): void {
  for (const child of leftBehind.splice(0)) child.kill('SIGKILL');
}

class Seeded implements Adapter {
  private readonly runs: Map<string, StoredRun>;
  private closed = false;

  constructor(
    private readonly fault: Fault | undefined,
    private readonly config: Config,
    private readonly context: AdapterContext,
  ) {
    const known = tools.get(context.workDir) ?? new Map<string, StoredRun>();
    tools.set(context.workDir, known);
    this.runs = fault === 'forgets with the instance' ? new Map() : known;
  }

  async probe(signal: AbortSignal): Promise<{ status: 'ready' }> {
    this.begin(signal);
    if (this.fault === 'leaves a process') leftBehind.push(spawn('sleep', ['600'], { stdio: 'ignore' }));
    if (this.fault === 'does not give up') await new Promise((resolve) => setTimeout(resolve, 1_500));
    return { status: 'ready' };
  }

  async preflight(
    request: DistributionRequest,
    signal: AbortSignal,
  ): Promise<{ verdict: 'ok'; messages: []; targets: [] }> {
    this.begin(signal);
    if (this.fault === 'starts at preflight') await this.submit(request, signal);
    return { verdict: 'ok', messages: [], targets: [] };
  }

  async submit(request: DistributionRequest, signal: AbortSignal): Promise<RunHandle> {
    this.begin(signal);
    const secret = await this.context.secrets.get(this.config.token);
    await this.leak(secret);
    if (this.fault === 'executes texts')
      spawnSync('sh', ['-c', `echo ${request.actor}`], { cwd: this.context.workDir });
    const before = this.runs.get(request.key);
    if (this.fault === 'starts again when asked at once') await new Promise((resolve) => setImmediate(resolve));
    if (before !== undefined && this.fault !== 'starts a run for every call') return this.attach(before, request);
    if (this.fault !== 'ignores digests') await this.readArtifacts(request);
    signal.throwIfAborted();
    const meanwhile = this.runs.get(request.key);
    const again = this.fault === 'starts a run for every call' || this.fault === 'starts again when asked at once';
    if (meanwhile !== undefined && !again) return this.attach(meanwhile, request);
    serial += 1;
    const ms = Number(request.parameters['ms'] ?? 20);
    const run = { request, startedAt: Date.now(), ms, number: serial, cancels: [] };
    this.runs.set(request.key, run);
    if (!request.dryRun || this.fault === 'rehearses for real') this.takeEffect(request);
    return this.handle(run, secret);
  }

  async find(key: string, signal: AbortSignal): Promise<RunHandle | null> {
    this.begin(signal);
    const run = this.runs.get(key);
    if (run !== undefined) return this.handle(run, '');
    return this.fault === 'finds everything' ? { adapterId: 'seeded', apiVersion: 1, key, native: {} } : null;
  }

  async observe({ key }: RunHandle, cursor: string | null, signal: AbortSignal): Promise<Observation> {
    this.begin(signal);
    const run = this.existing(key);
    const reports = this.reportsOf(run);
    const ends = reports.filter((report) => report.state !== 'running').length;
    const complete = ends >= run.request.targets.length;
    const lossy = this.fault === 'loses reports' && cursor !== null;
    const reopened =
      this.fault === 'reopens the run' && complete && cursor !== null && Number(cursor) >= reports.length;
    return {
      run: complete && !reopened ? { phase: 'finished', outcome: this.outcomeOf(reports) } : { phase: 'running' },
      targets: lossy ? [] : reports.slice(Number(cursor ?? 0)),
      cursor: String(reports.length),
      complete: complete && !reopened,
    };
  }

  async cancel(
    { key }: RunHandle,
    options: { readonly targets?: readonly string[]; readonly mode: 'stop' | 'abort' },
    signal: AbortSignal,
  ): Promise<{ accepted: boolean }> {
    this.begin(signal);
    const run = this.existing(key);
    const all = run.request.targets.map((target) => target.ciId);
    const foreign = options.targets?.some((ciId) => !all.includes(ciId)) ?? false;
    if (foreign && this.fault !== 'cancels strangers') throw new AdapterError('INVALID_ARGUMENT', 'Not of this run.');
    if (Date.now() >= run.startedAt + run.ms) return { accepted: this.fault === 'cancels what has ended' };
    const targets = this.fault === 'cancels everything' ? all : (options.targets ?? all);
    if (this.fault !== 'forgets cancels') run.cancels.push({ at: Date.now(), targets });
    return { accepted: true };
  }

  async close(): Promise<void> {
    if (this.closed && this.fault === 'can be closed once') throw new Error('It is closed already.');
    this.closed = true;
  }

  private begin(signal: AbortSignal): void {
    if (this.fault !== 'begins when given up') signal.throwIfAborted();
  }

  private async leak(secret: string): Promise<void> {
    if (this.fault === 'shows a secret in logs') this.context.log.info(`using ${secret}`);
    if (this.fault === 'shows a secret in files') writeFileSync(join(this.context.workDir, 'settings'), secret);
    if (this.fault === 'shows a secret in arguments') {
      await this.context.spawn(['true', secret], { signal: AbortSignal.timeout(5_000) });
    }
  }

  private async readArtifacts(request: DistributionRequest): Promise<void> {
    for (const { sha256 } of request.package.artifacts) {
      for await (const _chunk of await this.context.artifacts.open(sha256)) continue;
    }
  }

  private takeEffect(request: DistributionRequest): void {
    mkdirSync(this.config.effects, { recursive: true });
    for (const { ciId } of request.targets) writeFileSync(join(this.config.effects, ciId), request.release.version);
  }

  private attach(run: StoredRun, request: DistributionRequest): RunHandle {
    if (run.request.fingerprint !== request.fingerprint && this.fault !== 'ignores the fingerprint') {
      throw new AdapterError('ALREADY_EXISTS', 'That key is taken.');
    }
    return this.handle(run, '');
  }

  private handle(run: StoredRun, secret: string): RunHandle {
    const native = {
      number: run.number,
      ...(this.fault === 'gives large handles' && { padding: 'x'.repeat(9_000) }),
      ...(this.fault === 'shows a secret in handles' && { secret }),
    };
    const key = this.fault === 'gives handles of others' ? 'another-key' : run.request.key;
    return { adapterId: 'seeded', apiVersion: 1, key, native };
  }

  private existing(key: string): StoredRun {
    const run = this.runs.get(key);
    if (run !== undefined) return run;
    if (this.fault === 'knows every run')
      return { request: { targets: [] } as never, startedAt: 0, ms: 0, number: 0, cancels: [] };
    const secret =
      this.fault === 'shows a secret in errors' ? (process.env['SEEDED_CANARY'] ?? [...this.told].join()) : '';
    throw new AdapterError('NOT_FOUND', `There is no run ${key}. ${secret}`);
  }

  /** Secrets that this instance has seen, for the fault that shows them. */
  private readonly told = new Set<string>();

  async tell(): Promise<this> {
    if (this.fault === 'shows a secret in errors') this.told.add(await this.context.secrets.get(this.config.token));
    return this;
  }

  private outcomeOf(reports: readonly TargetReport[]): 'success' | 'cancel' {
    return reports.some((report) => report.state === 'cancelled') ? 'cancel' : 'success';
  }

  private reportsOf(run: StoredRun): TargetReport[] {
    const now = Date.now();
    const digest = this.fault === 'proves nothing' ? undefined : packageDigest(run.request.package?.artifacts ?? []);
    const report = (ciId: string, state: TargetReport['state'], at: number): TargetReport => ({
      ciId,
      state,
      nativeStatus: this.fault === 'says what nobody can store' ? `${state}\u0000` : state,
      at: new Date(at).toISOString(),
      attempt: 1,
      ...(state === 'succeeded' && digest !== undefined ? { verifiedSha256: digest } : {}),
    });
    const targets = this.fault === 'forgets a target' ? run.request.targets.slice(1) : run.request.targets;
    const begun = targets.map(({ ciId }) => report(ciId, 'running', run.startedAt));
    const ended = targets.flatMap(({ ciId }) => {
      const cancel = run.cancels.find((one) => one.targets.includes(ciId));
      const [at, state] =
        cancel === undefined ? [run.startedAt + run.ms, 'succeeded' as const] : [cancel.at, 'cancelled' as const];
      return at <= now ? [report(ciId, state, at)] : [];
    });
    ended.sort((a, b) => (a.at < b.at ? -1 : 1));
    if (ended.length > 0 && this.fault === 'invents a target')
      ended.push(report('ci-of-somebody-else', 'succeeded', now));
    if (ended.length > 0 && this.fault === 'forgets a target')
      ended.push(report(ended[0]?.ciId ?? '', 'succeeded', now));
    if (ended.length > 0 && this.fault === 'takes success back')
      ended.push(report(ended[0]?.ciId ?? '', 'failed', now));
    if (ended.length > 0 && this.fault === 'says unknown words')
      ended.push(report(ended[0]?.ciId ?? '', 'splendid' as never, now));
    return [...begun, ...ended];
  }
}

/** The adapter with one fault, or with none. */
export function seededAdapter(fault?: Fault): AdapterModule {
  let asked = 0;
  const text = { type: 'string' };
  return {
    $$type: 'release-adapter',
    apiVersion: 1,
    id: 'seeded',
    version: '1.0.0',
    title: 'Seeded',
    configSchema: {
      type: 'object',
      required: ['effects', 'token'],
      additionalProperties: fault === 'accepts any settings',
      properties: {
        effects: text,
        token: { 'x-secret': true },
        ...(fault === 'takes plain secrets' ? { password: text } : {}),
      },
    },
    targetSchema: { type: 'object' },
    packageSchema: { type: 'object' },
    capabilities: () => {
      asked += 1;
      return {
        ...PLAIN_CAPABILITIES,
        cancel: 'confirmed',
        cancelTargets: true,
        verifiesDigest: true,
        artifacts: ['by-value'],
        limits: { minPollMs: fault === 'changes its capabilities' ? asked : 10, typicalLatencyMs: 10 },
      };
    },
    create: (config, context) => new Seeded(fault, config as Config, context).tell(),
  };
}

/** Fixtures with which the adapter without a fault passes everything. */
export const SEEDED_FIXTURES: ConformanceFixtures = {
  config: { effects: '${dir}/effects', token: { $secret: 'env:SEEDED_TOKEN' } },
  badConfigs: [{ effects: '${dir}/effects', token: { $secret: 'env:SEEDED_TOKEN' }, extra: true }],
  targets: [
    { ciId: 'ci-1', name: 'one', binding: {} },
    { ciId: 'ci-2', name: 'two', binding: {} },
  ],
  artifacts: [{ name: 'release.bin', content: 'the release' }],
  slow: { parameters: { ms: 400 } },
  secretEnv: ['SEEDED_TOKEN'],
  effects: '${dir}/effects',
};

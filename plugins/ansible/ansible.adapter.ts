/** Ansible: one run of `ansible-playbook` per distribution, apart from the server. README.md describes it. */
import { rm } from 'node:fs/promises';
import {
  AdapterError,
  type Adapter,
  type AdapterContext,
  type AdapterModule,
  type CancelReport,
  type Capabilities,
  type DistributionRequest,
  type LogChunk,
  type Observation,
  type PreflightReport,
  type ProbeReport,
  type RunHandle,
} from '../../src/adapters/adapter.js';
import { rehearse } from './rehearsal.js';
import { ensureClaimed, RunFolders, writePrivate, type RunFolder } from './run-folder.js';
import { RunReaders } from './run-reader.js';
import {
  configSchema,
  DEFAULT_CONCURRENT_RUNS,
  OPERATIONS,
  packageSchema,
  parametersSchema,
  targetSchema,
  type Settings,
} from './settings.js';
import { installControl, prepare } from './staging.js';

const ID = 'ansible';
const PROBE_MS = 9_000;

function capabilitiesOf(settings: Settings): Capabilities {
  return {
    submit: 'idempotent',
    observe: ['poll'],
    targetStatus: 'live',
    // Measured: over a shared connection, or with pipelining, what Ansible has begun on a host goes on after its end.
    cancel: 'best-effort',
    cancelTargets: false,
    pause: false,
    retryTargets: true,
    preflight: settings.rehearse === false ? 'static' : 'dry-run',
    operations: OPERATIONS,
    artifacts: ['by-value', 'by-reference', 'prestaged'],
    verifiesDigest: true,
    logs: 'cursor',
    toolSchedules: false,
    limits: {
      maxConcurrentRuns: settings.maxConcurrentRuns ?? DEFAULT_CONCURRENT_RUNS,
      minPollMs: 500,
      typicalLatencyMs: 1_000,
    },
  };
}

class Ansible implements Adapter {
  readonly declared: Adapter['declared'];
  private readonly runs: RunFolders;
  private readonly readers: RunReaders;

  constructor(
    private readonly settings: Settings,
    private readonly context: AdapterContext,
    private readonly control: string,
  ) {
    this.declared = { parametersSchema: parametersSchema(settings) };
    this.runs = new RunFolders(context.workDir);
    this.readers = new RunReaders(context.spawn);
  }

  async probe(signal: AbortSignal): Promise<ProbeReport> {
    const program = this.settings.ansiblePlaybook ?? 'ansible-playbook';
    try {
      const { exitCode, stdout, stderr } = await this.context.spawn([program, '--version'], {
        signal,
        timeoutMs: PROBE_MS,
        env: { LC_ALL: 'C.UTF-8' },
      });
      const said = new TextDecoder().decode(exitCode === 0 ? stdout : stderr).trim();
      const toolVersion = /\[core ([^\]]+)\]/.exec(said)?.[1];
      return exitCode === 0 && toolVersion !== undefined
        ? { status: 'ready', toolVersion }
        : { status: 'broken', detail: `${program} --version: ${said.slice(0, 500)}` };
    } catch (error) {
      signal.throwIfAborted();
      return { status: 'broken', detail: (error as Error).message };
    }
  }

  async preflight(request: DistributionRequest, signal: AbortSignal): Promise<PreflightReport> {
    signal.throwIfAborted();
    return await this.inStage(async (run) => {
      const { settings, control, context } = this;
      return await rehearse(run, request, { settings, control, context }, signal);
    });
  }

  async submit(request: DistributionRequest, signal: AbortSignal): Promise<RunHandle> {
    signal.throwIfAborted();
    const run = this.runs.of(request.key);
    if ((await run.record()) === undefined) {
      await this.inStage(async (staged) => {
        const { settings, control, context } = this;
        await prepare(staged, run.path, request, { settings, control, context, isShared: true }, signal);
        await this.runs.publish(staged, request.key);
      });
    }
    const fingerprint = (await run.record())?.fingerprint;
    if (fingerprint !== request.fingerprint)
      throw new AdapterError('ALREADY_EXISTS', `The key ${request.key} belongs to another request.`);
    const python = this.settings.python ?? 'python3';
    await ensureClaimed(run, [python, `${this.control}/supervise.py`, run.path], this.context.spawn, signal);
    return this.handle(request.key);
  }

  /** A run that nobody has claimed was never started: null, so that the core sends the order again. */
  async find(key: string, signal: AbortSignal): Promise<RunHandle | null> {
    signal.throwIfAborted();
    return (await this.runs.of(key).claim()) === undefined ? null : this.handle(key);
  }

  async observe({ key }: RunHandle, cursor: string | null, signal: AbortSignal): Promise<Observation> {
    return await this.readers.observe(key, await this.existing(key, signal), cursor);
  }

  async cancel(
    { key }: RunHandle,
    options: { readonly targets?: readonly string[]; readonly mode: 'stop' | 'abort' },
    signal: AbortSignal,
  ): Promise<CancelReport> {
    if (options.targets !== undefined)
      throw new AdapterError('UNIMPLEMENTED', 'Ansible can only cancel a run as a whole.');
    const run = await this.existing(key, signal);
    const { name } = await run.phase(this.context.spawn);
    if (name === 'ended' || name === 'lost') return { accepted: false, detail: 'The run has ended.' };
    await writePrivate(run.at('cancel.json'), JSON.stringify({ mode: options.mode }));
    const detail =
      options.mode === 'stop'
        ? 'No further group of targets is begun.'
        : 'Ansible is ended. What a host is doing may go on there.';
    return { accepted: true, detail };
  }

  async logs(
    { key }: RunHandle,
    query: { readonly ciId?: string; readonly cursor?: string; readonly maxBytes: number },
    signal: AbortSignal,
  ): Promise<LogChunk> {
    return await this.readers.log(await this.existing(key, signal), query);
  }

  async close(): Promise<void> {
    // Runs go on, and nothing stays open between calls.
  }

  private handle(key: string): RunHandle {
    return { adapterId: ID, apiVersion: 1, key, native: {} };
  }

  private async existing(key: string, signal: AbortSignal): Promise<RunFolder> {
    signal.throwIfAborted();
    const run = this.runs.of(key);
    if ((await run.record()) === undefined) throw new AdapterError('NOT_FOUND', `There is no run ${key}.`);
    return run;
  }

  private async inStage<T>(work: (staged: RunFolder) => Promise<T>): Promise<T> {
    const staged = await this.runs.stage();
    try {
      return await work(staged);
    } finally {
      await rm(staged.path, { recursive: true, force: true, maxRetries: 3 });
    }
  }
}

async function connect(settings: Settings, context: AdapterContext): Promise<Adapter> {
  if (/["'\\%:;\s]/.test(context.workDir))
    throw new AdapterError('FAILED_PRECONDITION', `Ansible cannot work in the directory ${context.workDir}.`);
  const control = await installControl(context.workDir);
  const adapter = new Ansible(settings, context, control);
  await new RunFolders(context.workDir).sweep(context.spawn, context.now());
  return adapter;
}

/** Ansible, as installed on this machine. */
export const ansible: AdapterModule = {
  $$type: 'release-adapter',
  apiVersion: 1,
  id: ID,
  version: '1.0.0',
  title: 'Ansible',
  configSchema,
  targetSchema,
  packageSchema,
  parametersSchema: parametersSchema(),
  capabilities: (settings) => capabilitiesOf(settings as Settings),
  create: (settings, context) => connect(settings as Settings, context),
};

export default ansible;

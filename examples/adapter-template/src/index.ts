/**
 * A deployment tool for Interlock. This one writes the media of a package into one folder per target. Replace what
 * `install` does by the calls of your tool, and keep the rest.
 */
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  AdapterError,
  packageDigest,
  type Adapter,
  type AdapterContext,
  type AdapterModule,
  type CancelReport,
  type DistributionRequest,
  type Observation,
  type PreflightReport,
  type ProbeReport,
  type RequestTarget,
  type RunHandle,
  type TargetReport,
} from 'interlock/adapter';
import { readRun, storeRun, type StoredRun } from './runs.js';

const ID = '__NAME__';

/** What `configSchema` allows. */
interface Config {
  readonly root: string;
}

class FolderAdapter implements Adapter {
  private readonly config: Config;
  private readonly context: AdapterContext;

  constructor(config: Config, context: AdapterContext) {
    this.config = config;
    this.context = context;
  }

  /** A tool that is down is an answer here. */
  async probe(signal: AbortSignal): Promise<ProbeReport> {
    signal.throwIfAborted();
    return (await this.isUp())
      ? { status: 'ready' }
      : { status: 'broken', detail: `The folder ${this.config.root} does not exist.` };
  }

  async preflight(_request: DistributionRequest, signal: AbortSignal): Promise<PreflightReport> {
    signal.throwIfAborted();
    return { verdict: 'ok', messages: [], targets: [] };
  }

  /**
   * The work is done here, and the record of the run is the last thing that is written. A process that dies before has
   * no run: `find` answers null, the server submits again, and the work is repeated. So the work must be repeatable.
   */
  async submit(request: DistributionRequest, signal: AbortSignal): Promise<RunHandle> {
    await this.reach(signal);
    const known = (await readRun(this.context.workDir, request.key)) ?? (await this.perform(request, signal));
    if (known.fingerprint !== request.fingerprint)
      throw new AdapterError('ALREADY_EXISTS', 'The key belongs to another request.');
    return this.handle(known);
  }

  async find(key: string, signal: AbortSignal): Promise<RunHandle | null> {
    await this.reach(signal);
    const run = await readRun(this.context.workDir, key);
    return run === undefined ? null : this.handle(run);
  }

  /** A tool that works for a while reports what it knows so far, and `complete: true` at the end. */
  async observe({ key }: RunHandle, _cursor: string | null, signal: AbortSignal): Promise<Observation> {
    await this.reach(signal);
    const run = await readRun(this.context.workDir, key);
    if (run === undefined) throw new AdapterError('NOT_FOUND', 'There is no such run.');
    const failed = run.targets.some(({ state }) => state === 'failed');
    return {
      run: { phase: 'finished', outcome: failed ? 'failure' : 'success' },
      targets: run.targets,
      cursor: String(run.targets.length),
      complete: true,
    };
  }

  /** The capabilities say `cancel: 'none'`, because a run has ended when `submit` answers. */
  async cancel(): Promise<CancelReport> {
    throw new AdapterError('UNIMPLEMENTED', 'A run cannot be cancelled.');
  }

  async close(): Promise<void> {
    // Nothing is open between two calls.
  }

  private async isUp(): Promise<boolean> {
    const found = await stat(this.config.root).catch(() => undefined);
    return found?.isDirectory() === true;
  }

  /** Begins a call. UNAVAILABLE means that the tool has certainly done nothing; the server tries again later. */
  private async reach(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!(await this.isUp())) throw new AdapterError('UNAVAILABLE', `The folder ${this.config.root} does not exist.`);
  }

  private async perform(request: DistributionRequest, signal: AbortSignal): Promise<StoredRun> {
    const targets: TargetReport[] = [];
    for (const target of request.targets) {
      signal.throwIfAborted();
      targets.push(await this.report(request, target));
    }
    return await storeRun(this.context.workDir, { key: request.key, fingerprint: request.fingerprint, targets });
  }

  private async report(request: DistributionRequest, target: RequestTarget): Promise<TargetReport> {
    const report = { ciId: target.ciId, at: this.context.now().toISOString(), attempt: 1 };
    if (request.dryRun) return { ...report, state: 'skipped', nativeStatus: 'rehearsed' };
    try {
      await this.install(request, target);
    } catch (error) {
      // A wrong digest is the same for every target: the whole request is refused with it.
      if (error instanceof AdapterError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      return {
        ...report,
        state: 'failed',
        nativeStatus: 'failed',
        reason: { code: 'WRITE', message, retryable: true },
      };
    }
    return {
      ...report,
      state: 'succeeded',
      nativeStatus: 'installed',
      verifiedSha256: packageDigest(request.package.artifacts),
    };
  }

  /** Installs on one target. `artifacts.open` fails at the end of the stream when the content has another digest. */
  private async install({ package: { artifacts } }: DistributionRequest, target: RequestTarget): Promise<void> {
    const { folder } = target.binding as { folder: string };
    const place = join(this.config.root, folder);
    await mkdir(place, { recursive: true });
    for (const { sha256 } of artifacts) {
      const partial = join(place, `.${sha256}.partial`);
      await pipeline(Readable.fromWeb(await this.context.artifacts.open(sha256)), createWriteStream(partial));
      await rename(partial, join(place, sha256));
    }
    await writeFile(join(place, 'installed'), artifacts.map(({ sha256 }) => `${sha256}\n`).join(''));
  }

  private handle({ key }: StoredRun): RunHandle {
    return { adapterId: ID, apiVersion: 1, key, native: {} };
  }
}

const adapter: AdapterModule = {
  $$type: 'release-adapter',
  apiVersion: 1,
  id: ID,
  version: '0.1.0',
  title: '__TITLE__',
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['root'],
    properties: { root: { type: 'string', pattern: '^/', description: 'The folder that holds the targets.' } },
  },
  targetSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['folder'],
    properties: {
      folder: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9][A-Za-z0-9_-]*)*$', maxLength: 200 },
    },
  },
  packageSchema: { type: 'object', additionalProperties: false },
  parametersSchema: { type: 'object', additionalProperties: false },
  capabilities: () => ({
    submit: 'idempotent',
    observe: ['poll'],
    targetStatus: 'final',
    cancel: 'none',
    cancelTargets: false,
    pause: false,
    retryTargets: true,
    preflight: 'static',
    operations: ['install'],
    artifacts: ['by-value'],
    verifiesDigest: true,
    logs: 'none',
    toolSchedules: false,
    limits: { minPollMs: 1_000, typicalLatencyMs: 1_000 },
  }),
  create: async (config, context) => new FolderAdapter(config as Config, context),
};

export default adapter;

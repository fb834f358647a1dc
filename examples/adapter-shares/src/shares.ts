/** The adapter: what the server calls, as work on sites. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AdapterError,
  isAdapterError,
  packageDigest,
  type Adapter,
  type AdapterContext,
  type CancelReport,
  type DistributionRequest,
  type Observation,
  type PreflightReport,
  type ProbeReport,
  type RequestTarget,
  type RunHandle,
  type TargetReport,
} from 'interlock/adapter';
import { Runs, type Run } from './runs.js';
import { Site, SiteError, type Version } from './site.js';

/** The id of the adapter. */
export const ID = 'shares';

/** What `configSchema` allows. */
export interface Config {
  readonly root: string;
  readonly marker?: string;
}

/** How many shares are written at a time, unless the distribution says less. */
const AT_ONCE = 4;
/** Names of files that lead nowhere and are not hidden. */
const FILE_NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_ .()+-]{0,199}$/u;

/** One connected instance. */
export class Shares implements Adapter {
  private readonly config: Config;
  private readonly context: AdapterContext;
  private readonly runs: Runs;

  constructor(config: Config, context: AdapterContext) {
    this.config = config;
    this.context = context;
    this.runs = new Runs(context.workDir);
  }

  async probe(signal: AbortSignal): Promise<ProbeReport> {
    signal.throwIfAborted();
    const { root } = this.config;
    return (await exists(root)) ? { status: 'ready' } : { status: 'broken', detail: `${root} does not exist.` };
  }

  /** A share may be mounted by the time of the distribution, so one that is not is a warning and blocks nothing. */
  async preflight(request: DistributionRequest, signal: AbortSignal): Promise<PreflightReport> {
    await this.reach(signal);
    const version = versionOf(request);
    const targets: PreflightReport['targets'][number][] = [];
    for (const target of request.targets) {
      signal.throwIfAborted();
      const problem = await this.plan(request, version, target).then(() => undefined, sayOf);
      targets.push({ ciId: target.ciId, verdict: problem === undefined ? 'ok' : 'warn', message: problem });
    }
    return { verdict: targets.some(({ verdict }) => verdict === 'warn') ? 'warn' : 'ok', messages: [], targets };
  }

  /**
   * The work is done here, and the record of the run is written last. A server that dies before has no run: it is sent
   * again, and finds most of the work done.
   */
  async submit(request: DistributionRequest, signal: AbortSignal): Promise<RunHandle> {
    await this.reach(signal);
    const version = versionOf(request);
    const run = (await this.runs.read(request.key)) ?? (await this.perform(request, version, signal));
    if (run.fingerprint !== request.fingerprint)
      throw new AdapterError('ALREADY_EXISTS', 'The key belongs to another request.');
    return handleOf(run);
  }

  async find(key: string, signal: AbortSignal): Promise<RunHandle | null> {
    await this.reach(signal);
    const run = await this.runs.read(key);
    return run === undefined ? null : handleOf(run);
  }

  async observe({ key }: RunHandle, _cursor: string | null, signal: AbortSignal): Promise<Observation> {
    await this.reach(signal);
    const run = await this.runs.read(key);
    if (run === undefined) throw new AdapterError('NOT_FOUND', 'There is no such run.');
    const failed = run.targets.some(({ state }) => state === 'failed');
    return {
      run: { phase: 'finished', outcome: failed ? 'failure' : 'success' },
      targets: run.targets,
      cursor: 'all',
      complete: true,
    };
  }

  /** The capabilities say `cancel: 'none'`: a run has ended when `submit` answers. */
  async cancel(): Promise<CancelReport> {
    throw new AdapterError('UNIMPLEMENTED', 'A run cannot be cancelled.');
  }

  async close(): Promise<void> {
    // Nothing is open between two calls.
  }

  /** UNAVAILABLE means that certainly nothing was done; the server tries again later. */
  private async reach(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!(await exists(this.config.root))) throw new AdapterError('UNAVAILABLE', `${this.config.root} does not exist.`);
  }

  /** The site of a target. An empty mount point looks like a share; files there would fill the server's own disk. */
  private async siteOf(request: DistributionRequest, target: RequestTarget): Promise<Site> {
    const { share, folder = '' } = target.binding as { share: string; folder?: string };
    const { application } = request.package.binding as { application: string };
    const mounted = join(this.config.root, share);
    if (!(await exists(join(mounted, this.config.marker ?? '.interlock-share'))))
      throw new SiteError('NOT_MOUNTED', `The share ${share} is not mounted.`, true);
    return new Site(join(mounted, folder, application), this.context.artifacts);
  }

  /** What an operation would do to a target. @throws SiteError when it cannot */
  private async plan(request: DistributionRequest, version: Version, target: RequestTarget): Promise<string> {
    const now = await (await this.siteOf(request, target)).current();
    return `${request.operation} of ${version.id}; ${now ?? 'no version'} is published now`;
  }

  private async perform(request: DistributionRequest, version: Version, signal: AbortSignal): Promise<Run> {
    const targets: TargetReport[] = [];
    const waiting = [...request.targets];
    let failures = 0;
    const lane = async (): Promise<void> => {
      for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
        signal.throwIfAborted();
        const stopped = failures >= (request.stopAfterFailures ?? Infinity);
        const report = stopped
          ? { state: 'skipped' as const, nativeStatus: 'not begun' }
          : await this.work(request, version, target, signal);
        if (report.state === 'failed') failures += 1;
        targets.push({ ciId: target.ciId, at: this.context.now().toISOString(), attempt: 1, ...report });
      }
    };
    const lanes = Array.from({ length: Math.min(request.maxParallel ?? AT_ONCE, AT_ONCE) }, lane);
    const [broken] = (await Promise.allSettled(lanes)).filter((end) => end.status === 'rejected');
    if (broken !== undefined) throw broken.reason;
    return await this.runs.keep({ key: request.key, fingerprint: request.fingerprint, targets });
  }

  /** Works on one target. What goes wrong there is its report, and the others go on. */
  private async work(
    request: DistributionRequest,
    version: Version,
    target: RequestTarget,
    signal: AbortSignal,
  ): Promise<Pick<TargetReport, 'state' | 'nativeStatus' | 'reason' | 'verifiedSha256'>> {
    try {
      if (request.dryRun) return { state: 'skipped', nativeStatus: await this.plan(request, version, target) };
      const site = await this.siteOf(request, target);
      const operation = request.operation as 'install' | 'verify' | 'undo' | 'remove' | 'commit';
      const nativeStatus = await site[operation](version, signal);
      // Only these two have read every file back.
      const read = operation === 'install' || operation === 'verify';
      return { state: 'succeeded', nativeStatus, verifiedSha256: read ? digestOf(version) : undefined };
    } catch (error) {
      if (signal.aborted) throw error;
      const code =
        error instanceof SiteError || isAdapterError(error)
          ? error.code
          : ((error as NodeJS.ErrnoException).code ?? 'FAILED');
      const retryable = error instanceof SiteError ? error.retryable : true;
      return { state: 'failed', nativeStatus: code, reason: { code, message: sayOf(error), retryable } };
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

const sayOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const digestOf = ({ files }: Version): string | undefined => packageDigest(files);
const handleOf = ({ key }: Run): RunHandle => ({ adapterId: ID, apiVersion: 1, key, native: {} });

/** @throws AdapterError INVALID_ARGUMENT when a file could not be published under its own name */
function versionOf({ release, package: { artifacts } }: DistributionRequest): Version {
  const digest = packageDigest(artifacts);
  if (digest === undefined) throw new AdapterError('INVALID_ARGUMENT', 'The package has no files.');
  const names = artifacts.map(({ name }) => name);
  const bad = names.find((name, index) => !FILE_NAME.test(name) || names.indexOf(name) !== index);
  if (bad !== undefined)
    throw new AdapterError('INVALID_ARGUMENT', `No file can be published as ${JSON.stringify(bad)}.`);
  return { id: digest.slice(0, 16), release: `${release.name} ${release.version}`, files: artifacts };
}

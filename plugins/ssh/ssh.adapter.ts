/** Releases on hosts that are reached by OpenSSH. See README.md and ADR 48. */
import { createWriteStream } from 'node:fs';
import { access, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import {
  AdapterError,
  isAdapterError,
  isFinalTargetState,
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
import { orderOf, type Order, type SshSettings } from './order.js';
import { endOf, latestReports, logOf, observationOf, readEvents } from './run-events.js';
import { RunStore, type RunFolder, type StoredRun } from './run-store.js';
import { configSchema, packageSchema, parametersSchema, targetSchema } from './schemas.js';

const ID = 'ssh';
const VERSION = '1.0.0';
const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url));
const DEFAULT_POLL_MS = 1_000;
const LAUNCH_MS = 20_000;
/** Time of a preflight that is kept for answering. */
const CHECK_MS = 90_000;
/** Thousands of hosts, with a message for each. */
const CHECK_BYTES = 16 * 1024 * 1024;
/** A worker that ends at once is not started again and again. */
const RESTART_MS = 3_000;

const capabilitiesOf = ({ minPollMs = DEFAULT_POLL_MS }: SshSettings): Capabilities => ({
  submit: 'idempotent',
  observe: ['poll'],
  targetStatus: 'live',
  cancel: 'confirmed',
  cancelTargets: true,
  pause: false,
  retryTargets: true,
  preflight: 'dry-run',
  operations: ['install', 'remove', 'verify', 'undo', 'commit'],
  artifacts: ['by-value'],
  verifiesDigest: true,
  logs: 'cursor',
  toolSchedules: false,
  limits: { minPollMs, typicalLatencyMs: 2_000 },
});

class Ssh implements Adapter {
  private readonly store: RunStore;

  constructor(
    private readonly settings: SshSettings,
    private readonly context: AdapterContext,
  ) {
    this.store = new RunStore(context.workDir);
  }

  async prepare(): Promise<this> {
    await this.store.prepare(this.context.now().getTime());
    return this;
  }

  async probe(signal: AbortSignal): Promise<ProbeReport> {
    try {
      const version = await this.version(signal);
      await this.assertFiles();
      if (this.settings.privateKey !== undefined) await this.context.secrets.get(this.settings.privateKey);
      return { status: 'ready', toolVersion: version };
    } catch (error) {
      if (!isAdapterError(error)) throw error;
      return { status: 'broken', detail: error.message };
    }
  }

  async preflight(request: DistributionRequest, signal: AbortSignal): Promise<PreflightReport> {
    signal.throwIfAborted();
    const order = orderOf(request, this.settings);
    const folder = await this.store.stage();
    try {
      await this.store.writeSettings(folder, order);
      const until = new Date(Date.now() + CHECK_MS).toISOString();
      const stdin = JSON.stringify({ order, until, ...(await this.key()) });
      const check = [process.execPath, WORKER, 'check', folder] as const;
      const command = order.login.ownAgent ? (['ssh-agent', ...check] as const) : check;
      const options = { stdin, signal, cwd: folder, maxStdoutBytes: CHECK_BYTES };
      const { exitCode, stdout, stderr } = await this.context.spawn(command, options);
      if (exitCode !== 0) throw new AdapterError('INTERNAL', `The check failed: ${text(stderr)}`);
      return JSON.parse(text(stdout)) as PreflightReport;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async submit(request: DistributionRequest, signal: AbortSignal): Promise<RunHandle> {
    signal.throwIfAborted();
    const folder = this.store.folder(request.key);
    const run = (await folder.stored()) ?? (await this.take(request, signal));
    if (run.order.fingerprint !== request.fingerprint)
      throw new AdapterError('ALREADY_EXISTS', `The key ${request.key} belongs to another request.`);
    await this.ensureWorker(folder, run, signal);
    return handleOf(run);
  }

  async find(key: string, signal: AbortSignal): Promise<RunHandle | null> {
    signal.throwIfAborted();
    const run = await this.store.folder(key).stored();
    return run === undefined ? null : handleOf(run);
  }

  async observe({ key }: RunHandle, cursor: string | null, signal: AbortSignal): Promise<Observation> {
    signal.throwIfAborted();
    const { folder, run } = await this.existing(key);
    const cancelled = (await folder.cancels()).length > 0;
    const events = await folder.events();
    const pollMs = this.settings.minPollMs ?? DEFAULT_POLL_MS;
    const seen = observationOf(events, cursor, { targets: run.order.targets.length, cancelled, pollMs });
    if (!seen.complete)
      await this.ensureWorker(folder, run, signal).catch((error: unknown) => {
        signal.throwIfAborted();
        // What is known is true all the same, and the next look tries again.
        this.context.log.warn('Nobody works on a run.', { run: key, error: String(error) });
      });
    return seen;
  }

  async cancel(
    { key }: RunHandle,
    options: { readonly targets?: readonly string[]; readonly mode: 'stop' | 'abort' },
    signal: AbortSignal,
  ): Promise<CancelReport> {
    signal.throwIfAborted();
    const { folder, run } = await this.existing(key);
    const known = new Set(run.order.targets.map(({ ciId }) => ciId));
    const foreign = options.targets?.find((ciId) => !known.has(ciId));
    if (foreign !== undefined)
      throw new AdapterError('INVALID_ARGUMENT', `The run does not contain the target ${foreign}.`);
    const { events } = readEvents(await folder.events());
    const latest = latestReports(events);
    const isOpen = (ciId: string): boolean => !isFinalTargetState(latest.get(ciId)?.state ?? 'pending');
    if (endOf(events) !== undefined || ![...(options.targets ?? known)].some(isOpen))
      return { accepted: false, detail: 'All these targets had already ended.' };
    await folder.addCancel(options);
    return { accepted: true };
  }

  async logs(
    { key }: RunHandle,
    query: { readonly ciId?: string; readonly cursor?: string; readonly maxBytes: number },
    signal: AbortSignal,
  ): Promise<LogChunk> {
    signal.throwIfAborted();
    const { folder, run } = await this.existing(key);
    const { events } = readEvents(await folder.events());
    const index = run.order.targets.findIndex(({ ciId }) => ciId === query.ciId);
    if (query.ciId !== undefined && index === -1)
      throw new AdapterError('INVALID_ARGUMENT', `The run does not contain the target ${query.ciId}.`);
    const log = index === -1 ? Buffer.from(logOf(events)) : await folder.log(index);
    const from = Math.min(Number(query.cursor ?? 0) || 0, log.length);
    const end = wholeCharacters(log, Math.min(log.length, from + query.maxBytes));
    return {
      chunk: log.toString('utf8', from, end),
      cursor: String(end),
      eof: endOf(events) !== undefined && end === log.length,
    };
  }

  async close(): Promise<void> {
    // Nothing is open: runs are folders, and workers are processes of their own.
  }

  /** Takes an order: its media first, then all of it at once. */
  private async take(request: DistributionRequest, signal: AbortSignal): Promise<StoredRun> {
    const order = orderOf(request, this.settings);
    await this.handover(order); // a secret that is missing is noticed before anything is on record
    const staged = await this.store.stage();
    try {
      if (order.operation === 'install' && !order.dryRun) await this.stageMedia(order, join(staged, 'package'), signal);
      signal.throwIfAborted();
      return await this.store.create(staged, { order, takenAt: this.context.now().toISOString() });
    } catch (error) {
      await rm(staged, { recursive: true, force: true });
      throw error;
    }
  }

  private async stageMedia(order: Order, folder: string, signal: AbortSignal): Promise<void> {
    await mkdir(folder, { mode: 0o700 });
    for (const { name, sha256, size } of order.artifacts) {
      const file = join(folder, name);
      const content = Readable.fromWeb((await this.context.artifacts.open(sha256)) as never);
      try {
        await pipeline(content, createWriteStream(file, { flags: 'wx', mode: 0o600 }), { signal });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
          throw new AdapterError('RESOURCE_EXHAUSTED', 'The work directory of the server is full.');
        throw error;
      }
      const found = (await stat(file)).size;
      if (found !== size)
        throw new AdapterError('FAILED_PRECONDITION', `${name} has ${found} bytes instead of ${size}.`);
    }
  }

  /** Sees to it that somebody works on a run that has not ended. Two workers never do: the run has a lock. */
  private async ensureWorker(folder: RunFolder, run: StoredRun, signal: AbortSignal): Promise<void> {
    const before = await folder.worker();
    if (before !== undefined && (await this.context.spawn.isAlive(before))) return;
    // Read after that: a worker that has ended by now has left the end behind.
    if (endOf(readEvents(await folder.events()).events) !== undefined) return;
    if (before !== undefined) {
      const age = await stat(folder.file('worker.json')).then(({ mtimeMs }) => Date.now() - mtimeMs);
      if (age < RESTART_MS) return;
      this.context.log.warn('The worker of a run is gone; another one goes on.', { run: run.order.key });
    }
    const stdin = JSON.stringify(await this.handover(run.order));
    const command = [process.execPath, WORKER, 'launch', folder.path] as const;
    const started = await this.context.spawn(command, { stdin, signal, cwd: folder.path, timeoutMs: LAUNCH_MS });
    if (started.exitCode === 0) return;
    const said = started.timedOut ? 'it did not begin in time' : text(started.stderr);
    throw new AdapterError('OUTCOME_UNKNOWN', `The worker of the run cannot be started: ${said}`);
  }

  private async key(): Promise<{ key?: string }> {
    const { privateKey } = this.settings;
    return privateKey === undefined ? {} : { key: await this.context.secrets.get(privateKey) };
  }

  /** What a worker gets over its standard input. */
  private async handover({ package: { secrets = [] } }: Order): Promise<{ key?: string; secrets: object }> {
    const found: Record<string, string> = {};
    for (const name of secrets) {
      const ref = this.settings.secrets?.[name];
      if (ref === undefined)
        throw new AdapterError('FAILED_PRECONDITION', `The settings no longer have the secret ${name}.`);
      found[name] = await this.context.secrets.get(ref);
    }
    return { ...(await this.key()), secrets: found };
  }

  private async existing(key: string): Promise<{ folder: RunFolder; run: StoredRun }> {
    const folder = this.store.folder(key);
    const run = await folder.stored();
    if (run === undefined) throw new AdapterError('NOT_FOUND', `No run has the key ${key}.`);
    return { folder, run };
  }

  private async version(signal: AbortSignal): Promise<string> {
    const needed = ['rsync', 'flock', ...(this.settings.privateKey === undefined ? [] : ['ssh-agent', 'ssh-add'])];
    for (const program of needed) {
      const { exitCode } = await this.context.spawn(['which', program], { signal });
      if (exitCode !== 0) throw new AdapterError('FAILED_PRECONDITION', `The program ${program} is not installed.`);
    }
    const { stderr } = await this.context.spawn(['ssh', '-V'], { signal, timeoutMs: 5_000 });
    return text(stderr).split(',')[0] ?? '';
  }

  private async assertFiles(): Promise<void> {
    const { knownHostsFile, identityFile, identityAgent } = this.settings;
    for (const file of [knownHostsFile, identityFile, identityAgent]) {
      if (file === undefined) continue;
      await access(file).catch(() => {
        throw new AdapterError('FAILED_PRECONDITION', `The file ${file} cannot be read.`);
      });
    }
    if (identityFile === undefined) return;
    const { mode } = await stat(identityFile);
    if ((mode & 0o077) !== 0)
      throw new AdapterError('FAILED_PRECONDITION', `Others can read ${identityFile}, so ssh does not use it.`);
  }
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8').trim();

const handleOf = ({ order, takenAt }: StoredRun): RunHandle => ({
  adapterId: ID,
  apiVersion: 1,
  key: order.key,
  native: { takenAt },
});

/** The greatest offset up to `end` that does not split a UTF-8 character. */
function wholeCharacters(bytes: Buffer, end: number): number {
  let cut = end;
  while (cut > 0 && cut < bytes.length && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut -= 1;
  return cut;
}

/** Hosts reached by OpenSSH. */
export const ssh: AdapterModule = {
  $$type: 'release-adapter',
  apiVersion: 1,
  id: ID,
  version: VERSION,
  title: 'SSH',
  configSchema,
  targetSchema,
  packageSchema,
  parametersSchema,
  capabilities: (config) => capabilitiesOf(config as SshSettings),
  create: async (config, context) => new Ssh(config as SshSettings, context).prepare(),
};

export default ssh;

/**
 * Tivoli Provisioning Manager: a workflow runs for each target, as a deployment request that is created and followed by
 * SOAP. Not verified against the product; README.md says which facts are sure and which a profile must state.
 */
import { readFile, stat } from 'node:fs/promises';
import {
  AdapterError,
  type Adapter,
  type AdapterContext,
  type AdapterModule,
  type CancelReport,
  type Capabilities,
  type DistributionRequest,
  type Observation,
  type PreflightReport,
  type ProbeReport,
  type RunHandle,
} from '../../src/adapters/adapter.js';
import { CommandLine, passwordFileOf } from './command-transport.js';
import { draftOrders, ordersOf } from './order.js';
import { checkProfile } from './profile.js';
import { canSearch, type TpmProfile } from './profile-format.js';
import { RunStore, type StoredRun } from './run-store.js';
import { RunWatch } from './run-watch.js';
import {
  capabilitiesOf,
  CONFIG_SCHEMA,
  declaredSchemas,
  DEFAULT_CONCURRENCY,
  DEFAULT_POLL_MS,
  type TpmSettings,
} from './settings.js';
import { SoapOverHttp } from './soap-transport.js';
import { Submission } from './submission.js';
import { DEFAULT_TIMEOUT_MS, Requests } from './transport.js';

const ID = 'tpm';
/** Largest profile, in bytes. */
const MAX_PROFILE = 262_144;
/** A call that was given up may still need a moment until its end is on disk, in milliseconds. */
const MARGIN_MS = 5_000;
const DEFAULT_SETTLES_MS = 60_000;

class Tpm implements Adapter {
  private readonly store: RunStore;
  private readonly requests: Requests;
  private readonly watch: RunWatch;
  readonly declared: NonNullable<Adapter['declared']>;

  constructor(
    private readonly settings: TpmSettings,
    private readonly profile: TpmProfile,
    private readonly context: AdapterContext,
  ) {
    const { transport } = profile;
    this.store = new RunStore(context.workDir);
    this.requests = new Requests(
      transport.kind === 'soap'
        ? new SoapOverHttp(profile, transport, settings, context)
        : new CommandLine(profile, transport, settings, context),
    );
    this.watch = new RunWatch({
      profile,
      store: this.store,
      requests: this.requests,
      now: () => this.now(),
      concurrency: settings.concurrency ?? DEFAULT_CONCURRENCY,
      pollMs: settings.pollMs ?? DEFAULT_POLL_MS,
      waitMs: (settings.timeoutMs ?? DEFAULT_TIMEOUT_MS) + MARGIN_MS,
    });
    this.declared = { ...declaredSchemas(profile), capabilities: capabilitiesOf({ ...settings, profile }) };
  }

  async prepare(): Promise<this> {
    await this.store.prepare();
    return this;
  }

  async probe(signal: AbortSignal): Promise<ProbeReport> {
    signal.throwIfAborted();
    return await this.requests.probe(signal);
  }

  async preflight(request: DistributionRequest, signal: AbortSignal): Promise<PreflightReport> {
    signal.throwIfAborted();
    const { problems } = draftOrders(this.profile, request);
    const general = problems.filter(({ ciId }) => ciId === undefined).map(({ message }) => message);
    const targets = request.targets.map(({ ciId }) => {
      const own = problems.filter((problem) => problem.ciId === ciId).map(({ message }) => message);
      return own.length === 0
        ? { ciId, verdict: 'ok' as const }
        : { ciId, verdict: 'block' as const, message: own.join(' ') };
    });
    const { name, verified } = this.profile;
    const warning = verified === false ? [`The profile "${name}" is not verified against the product.`] : [];
    return { verdict: problems.length === 0 ? 'ok' : 'block', messages: [...general, ...warning], targets };
  }

  async submit(request: DistributionRequest, signal: AbortSignal): Promise<RunHandle> {
    signal.throwIfAborted();
    if (request.dryRun) throw new AdapterError('UNIMPLEMENTED', 'A workflow cannot be rehearsed.');
    const orders = ordersOf(this.profile, request);
    const { key, fingerprint } = request;
    const run =
      (await this.store.read(key)) ?? (await this.store.create({ key, fingerprint, submittedAt: this.now(), orders }));
    if (run.fingerprint !== fingerprint)
      throw new AdapterError('ALREADY_EXISTS', `The key ${key} belongs to another request.`);
    await this.submission(run).send(signal);
    return this.handleOf(run);
  }

  async find(key: string, signal: AbortSignal): Promise<RunHandle | null> {
    signal.throwIfAborted();
    const run = await this.store.read(key);
    if (run === undefined) return null;
    return (await this.submission(run).settle(signal)) ? this.handleOf(run) : null;
  }

  async observe(handle: RunHandle, cursor: string | null, signal: AbortSignal): Promise<Observation> {
    signal.throwIfAborted();
    return await this.watch.observe(await this.existing(handle.key), cursor, signal);
  }

  async cancel(
    handle: RunHandle,
    options: { readonly targets?: readonly string[]; readonly mode: 'stop' | 'abort' },
    signal: AbortSignal,
  ): Promise<CancelReport> {
    signal.throwIfAborted();
    if (this.declared.capabilities?.cancel === 'none')
      throw new AdapterError('UNIMPLEMENTED', 'The profile does not say how to cancel a deployment request.');
    const run = await this.existing(handle.key);
    const known = new Set(run.orders.flatMap(({ ciIds }) => ciIds));
    const foreign = options.targets?.find((ciId) => !known.has(ciId));
    if (foreign !== undefined)
      throw new AdapterError('INVALID_ARGUMENT', `The run does not contain the target ${foreign}.`);
    return await this.watch.cancel(run, options, signal);
  }

  async close(): Promise<void> {
    // Nothing is open between calls: everything is on disk.
  }

  private now(): number {
    return this.context.now().getTime();
  }

  private submission(run: StoredRun): Submission {
    return new Submission(
      {
        store: this.store,
        requests: this.requests,
        now: () => this.now(),
        concurrency: this.settings.concurrency ?? DEFAULT_CONCURRENCY,
        settlesMs: canSearch(this.profile) ? (this.profile.searchSettlesMs ?? DEFAULT_SETTLES_MS) : undefined,
      },
      run,
    );
  }

  private handleOf({ key, submittedAt, orders }: StoredRun): RunHandle {
    const native = { submittedAt: new Date(submittedAt).toISOString(), requests: orders.length };
    return { adapterId: ID, apiVersion: 1, key, native };
  }

  private async existing(key: string): Promise<StoredRun> {
    const run = await this.store.read(key);
    if (run === undefined)
      throw new AdapterError('NOT_FOUND', `The work directory has no record of a run with the key ${key}.`);
    return run;
  }
}

async function profileIn(path: string): Promise<unknown> {
  try {
    const { size } = await stat(path);
    if (size > MAX_PROFILE) throw new Error(`it is larger than ${MAX_PROFILE} bytes`);
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (error) {
    throw new AdapterError('FAILED_PRECONDITION', `The profile ${path} cannot be read: ${(error as Error).message}.`);
  }
}

async function connect(settings: TpmSettings, context: AdapterContext): Promise<Adapter> {
  const profile = typeof settings.profile === 'string' ? await profileIn(settings.profile) : settings.profile;
  const { problems } = checkProfile(profile);
  if (problems.length > 0)
    throw new AdapterError('FAILED_PRECONDITION', `The profile cannot be used. ${problems.slice(0, 20).join(' ')}`);
  const checked = profile as TpmProfile;
  const { transport } = checked;
  if (transport.kind === 'soapcli' && transport.password.by === 'file' && passwordFileOf(settings) === undefined)
    throw new AdapterError(
      'FAILED_PRECONDITION',
      'The profile passes the password in a file, so the setting "password" must name one: { "$secret": "file:/…" }.',
    );
  if (checked.verified === false)
    context.log.warn('The profile is not verified against the product.', { profile: checked.name });
  return await new Tpm(settings, checked, context).prepare();
}

/** Tivoli Provisioning Manager. */
export const tpm: AdapterModule = {
  $$type: 'release-adapter',
  apiVersion: 1,
  id: ID,
  version: '1.0.0',
  title: 'Tivoli Provisioning Manager',
  configSchema: CONFIG_SCHEMA,
  targetSchema: { type: 'object', description: 'The profile of the instance says which fields a target needs.' },
  packageSchema: { type: 'object', description: 'The profile of the instance says which fields a package needs.' },
  parametersSchema: { type: 'object', description: 'The profile of the instance lists the parameters.' },
  capabilities: (config): Capabilities => capabilitiesOf(config as TpmSettings),
  create: (config, context) => connect(config as TpmSettings, context),
};

export default tpm;

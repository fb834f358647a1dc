/** AWX and Ansible Automation Platform controllers: one job of a job template per run. README.md has the rules. */
import {
  AdapterError,
  isAdapterError,
  type Adapter,
  type AdapterContext,
  type AdapterModule,
  type CallbackMessage,
  type CallbackReport,
  type CancelReport,
  type Capabilities,
  type DistributionRequest,
  type LogChunk,
  type Observation,
  type PreflightReport,
  type ProbeReport,
  type RunHandle,
} from '../../src/adapters/adapter.js';
import { HttpClient } from '../../src/adapters/http.js';
import { AwxApi } from './awx-api.js';
import { statusOf } from './job-outcome.js';
import { assertAuthentic, readNotification } from './notification.js';
import { observeJob } from './observation.js';
import { assertPlain, hostOf, nameOf, orderIn } from './order.js';
import { readOutput } from './output.js';
import {
  CONFIG_SCHEMA,
  DEFAULT_POLL_MS,
  PACKAGE_SCHEMA,
  PARAMETERS_SCHEMA,
  TARGET_SCHEMA,
  type AwxConfig,
} from './settings.js';
import { findRun, launch, problemsOf } from './submission.js';

function capabilitiesOf({ find = 'label', callback, pollMs = DEFAULT_POLL_MS }: AwxConfig): Capabilities {
  return {
    submit: find === 'label' ? 'findable' : 'at-most-once',
    observe: callback === undefined ? ['poll'] : ['poll', 'callback'],
    targetStatus: 'live',
    // AWX ends the playbook; a task under way on a host may go on.
    cancel: 'best-effort',
    cancelTargets: false,
    pause: false,
    retryTargets: true,
    preflight: 'static',
    operations: ['install', 'remove', 'verify', 'undo', 'commit'],
    artifacts: ['prestaged', 'by-reference'],
    verifiesDigest: false,
    logs: 'cursor',
    toolSchedules: false,
    limits: { maxTargets: 1_000, minPollMs: pollMs, typicalLatencyMs: pollMs * 2 },
  };
}

class Awx implements Adapter {
  readonly #api: AwxApi;

  constructor(
    private readonly config: AwxConfig,
    private readonly context: AdapterContext,
  ) {
    this.#api = new AwxApi(new HttpClient(context, config));
  }

  async probe(signal: AbortSignal): Promise<ProbeReport> {
    try {
      const toolVersion = await this.#api.version(signal);
      await this.#api.signIn(signal);
      return { status: 'ready', ...(toolVersion !== '' && { toolVersion }) };
    } catch (error) {
      if (!isAdapterError(error) || signal.aborted) throw error;
      return { status: error.retryAfterMs === undefined ? 'broken' : 'starting', detail: error.message };
    }
  }

  async preflight(request: DistributionRequest, signal: AbortSignal): Promise<PreflightReport> {
    assertPlain(request);
    const { template, hosts } = await problemsOf(this.#api, this.config, request, signal);
    const blocked = template.length > 0 || hosts.size > 0;
    return {
      verdict: blocked ? 'block' : 'ok',
      messages: template.map((one) => `The job template cannot be used. ${one}`),
      targets: request.targets.map((target) => {
        const message = hosts.get(hostOf(target));
        return { ciId: target.ciId, ...(message === undefined ? { verdict: 'ok' } : { verdict: 'block', message }) };
      }),
    };
  }

  async submit(request: DistributionRequest, signal: AbortSignal): Promise<RunHandle> {
    assertPlain(request);
    return await launch(this.#api, this.config, request, signal);
  }

  async find(key: string, signal: AbortSignal): Promise<RunHandle | null> {
    return await findRun(this.#api, this.config, key, signal);
  }

  async observe(handle: RunHandle, cursor: string | null, signal: AbortSignal): Promise<Observation> {
    const job = await this.#api.job(jobIn(handle), signal);
    const order = orderIn(job.extraVars);
    if (order === undefined || order.name !== nameOf(this.config, handle.key))
      throw new AdapterError('NOT_FOUND', `Job ${job.id} does not belong to this run.`);
    const url = `${this.config.baseUrl.replace(/\/+$/, '')}/#/jobs/playbook/${job.id}`;
    const look = { job, order, cursor, url, now: this.context.now(), pollMs: this.config.pollMs ?? DEFAULT_POLL_MS };
    return await observeJob(this.#api, look, signal);
  }

  async cancel(handle: RunHandle, _options: unknown, signal: AbortSignal): Promise<CancelReport> {
    const accepted = await this.#api.cancel('jobs', jobIn(handle), signal);
    if (!accepted) return { accepted, detail: 'The job has ended, so AWX does not cancel it.' };
    return { accepted, detail: 'AWX ends the playbook. A task that is under way on a host may go on.' };
  }

  async receive(message: CallbackMessage, _signal: AbortSignal): Promise<CallbackReport> {
    const { callback } = this.config;
    if (callback === undefined) throw new AdapterError('UNIMPLEMENTED', 'This instance takes no callbacks.');
    const secret = 'header' in callback ? callback.token : callback.password;
    assertAuthentic(message, callback, await this.context.secrets.get(secret));
    return readNotification(message.rawBody);
  }

  async logs(
    handle: RunHandle,
    query: { readonly ciId?: string; readonly cursor?: string; readonly maxBytes: number },
    signal: AbortSignal,
  ): Promise<LogChunk> {
    if (query.ciId !== undefined) throw new AdapterError('UNIMPLEMENTED', 'AWX keeps one output for the whole job.');
    const job = await this.#api.job(jobIn(handle), signal);
    const ended = statusOf(job.status)?.phase === 'finished' && job.eventsStored;
    return await readOutput(this.#api, job.id, { cursor: query.cursor, maxBytes: query.maxBytes, ended }, signal);
  }

  async close(): Promise<void> {
    // Nothing is kept open between calls.
  }
}

function jobIn({ native }: RunHandle): number {
  const id = native['job'];
  if (typeof id === 'number') return id;
  throw new AdapterError('NOT_FOUND', 'This is not a handle of a job.');
}

/** Deployment by job templates of AWX. */
export const awx: AdapterModule = {
  $$type: 'release-adapter',
  apiVersion: 1,
  id: 'awx',
  version: '1.0.0',
  title: 'AWX and Ansible Automation Platform',
  configSchema: CONFIG_SCHEMA,
  targetSchema: TARGET_SCHEMA,
  packageSchema: PACKAGE_SCHEMA,
  parametersSchema: PARAMETERS_SCHEMA,
  capabilities: (config) => capabilitiesOf(config as AwxConfig),
  create: async (config, context) => new Awx(config as AwxConfig, context),
};

export default awx;

/** A deployment tool as a program in any language: one child process per call. README.md describes the protocol. */
import {
  AdapterError,
  isAdapterError,
  type Adapter,
  type AdapterContext,
  type AdapterModule,
  type CancelReport,
  type Capabilities,
  type DistributionRequest,
  type JsonObject,
  type JsonSchema,
  type LogChunk,
  type Observation,
  type PreflightReport,
  type ProbeReport,
  type RunHandle,
} from '../../src/adapters/adapter.js';
import {
  DEFAULT_PROCESSES,
  DEFAULT_REPLY_BYTES,
  DEFAULT_TIMEOUT_MS,
  ExecCaller,
  type ExecConfig,
  type ExecMethod,
} from './exec-call.js';

const ID = 'exec';
const CONNECT_MS = 20_000;

/** The capabilities of a program that does not declare any: the minimum. */
const MODEST: Capabilities = {
  submit: 'at-most-once',
  observe: ['poll'],
  targetStatus: 'final',
  cancel: 'none',
  cancelTargets: false,
  pause: false,
  retryTargets: false,
  preflight: 'none',
  operations: ['install'],
  artifacts: ['by-reference'],
  verifiesDigest: false,
  logs: 'none',
  toolSchedules: false,
  limits: { minPollMs: 2_000, typicalLatencyMs: 2_000 },
};

interface Description {
  readonly capabilities?: Partial<Capabilities>;
  readonly targetSchema?: JsonSchema;
  readonly packageSchema?: JsonSchema;
  readonly parametersSchema?: JsonSchema;
}

function capabilitiesOf(config: ExecConfig, described: Description = {}): Capabilities {
  const stated = config.capabilities as Partial<Capabilities> | undefined;
  const limits = { ...MODEST.limits, ...described.capabilities?.limits, ...stated?.limits };
  return { ...MODEST, ...described.capabilities, ...stated, limits };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

class Exec implements Adapter {
  private readonly capabilities: Capabilities;

  constructor(
    private readonly caller: ExecCaller,
    config: ExecConfig,
    private readonly described: Description,
  ) {
    this.capabilities = capabilitiesOf(config, described);
  }

  get declared(): NonNullable<Adapter['declared']> {
    const { targetSchema, packageSchema, parametersSchema } = this.described;
    return {
      capabilities: this.capabilities,
      ...(targetSchema === undefined ? {} : { targetSchema }),
      ...(packageSchema === undefined ? {} : { packageSchema }),
      ...(parametersSchema === undefined ? {} : { parametersSchema }),
    };
  }

  async probe(signal: AbortSignal): Promise<ProbeReport> {
    try {
      return (await this.caller.call('probe', {}, signal)) as ProbeReport;
    } catch (error) {
      if (!isAdapterError(error)) throw error;
      return { status: 'broken', detail: `${error.code}: ${error.message}` };
    }
  }

  async preflight(request: DistributionRequest, signal: AbortSignal): Promise<PreflightReport> {
    return (await this.caller.call('preflight', { request }, signal)) as PreflightReport;
  }

  async submit(request: DistributionRequest, signal: AbortSignal): Promise<RunHandle> {
    const started = await this.caller.call('submit', { request }, signal);
    return this.handle(request.key, started, 'OUTCOME_UNKNOWN');
  }

  async find(key: string, signal: AbortSignal): Promise<RunHandle | null> {
    const found = await this.caller.call('find', { key }, signal);
    return found === null ? null : this.handle(key, found, 'INTERNAL');
  }

  async observe({ key, native }: RunHandle, cursor: string | null, signal: AbortSignal): Promise<Observation> {
    return (await this.caller.call('observe', { key, native, cursor }, signal)) as Observation;
  }

  async cancel(
    { key, native }: RunHandle,
    options: { readonly targets?: readonly string[]; readonly mode: 'stop' | 'abort' },
    signal: AbortSignal,
  ): Promise<CancelReport> {
    this.assertOffered(this.capabilities.cancel !== 'none', 'cancel');
    return (await this.caller.call('cancel', { key, native, ...options }, signal)) as CancelReport;
  }

  async pause({ key, native }: RunHandle, signal: AbortSignal): Promise<void> {
    this.assertOffered(this.capabilities.pause, 'pause');
    await this.caller.call('pause', { key, native }, signal);
  }

  async resume({ key, native }: RunHandle, signal: AbortSignal): Promise<void> {
    this.assertOffered(this.capabilities.pause, 'resume');
    await this.caller.call('resume', { key, native }, signal);
  }

  async logs(
    { key, native }: RunHandle,
    query: { readonly ciId?: string; readonly cursor?: string; readonly maxBytes: number },
    signal: AbortSignal,
  ): Promise<LogChunk> {
    this.assertOffered(this.capabilities.logs === 'cursor', 'logs');
    return (await this.caller.call('logs', { key, native, ...query }, signal)) as LogChunk;
  }

  async close(): Promise<void> {
    // Each call ends its own process, so nothing stays open between calls.
  }

  private assertOffered(offered: boolean, method: ExecMethod): void {
    if (!offered) throw new AdapterError('UNIMPLEMENTED', `The program does not support ${method}.`);
  }

  private handle(key: string, value: unknown, code: 'OUTCOME_UNKNOWN' | 'INTERNAL'): RunHandle {
    const native = isObject(value) ? value['native'] : undefined;
    if (!isObject(native)) throw new AdapterError(code, 'The handle from the program has no object "native".');
    return { adapterId: ID, apiVersion: 1, key, native };
  }
}

/** What the program declares about itself. It may declare nothing, but nothing malformed. */
async function describe(caller: ExecCaller): Promise<Description> {
  try {
    const described = await caller.call('describe', {}, AbortSignal.timeout(CONNECT_MS));
    if (isObject(described)) return described as Description;
  } catch (error) {
    if (isAdapterError(error) && error.code === 'UNIMPLEMENTED') return {};
    throw error;
  }
  throw new AdapterError('FAILED_PRECONDITION', 'The answer of the program to "describe" is not an object.');
}

async function connect(config: ExecConfig, context: AdapterContext): Promise<Adapter> {
  const caller = new ExecCaller(config, context);
  return new Exec(caller, config, await describe(caller));
}

const configSchema: JsonSchema = {
  title: 'External program',
  type: 'object',
  additionalProperties: false,
  required: ['command'],
  properties: {
    command: {
      type: 'array',
      minItems: 1,
      items: { type: 'string', minLength: 1 },
      description:
        'The program and its fixed arguments. No shell is involved. ' +
        'Put secrets into `env`: other users can see arguments.',
    },
    cwd: {
      type: 'string',
      minLength: 1,
      description: 'Working directory. Default: the private directory of the instance.',
    },
    env: {
      type: 'object',
      additionalProperties: { anyOf: [{ type: 'string' }, { 'x-secret': true }] },
      description: 'Environment variables: strings, or references to secrets.',
    },
    timeoutMs: {
      type: 'integer',
      minimum: 100,
      maximum: 600_000,
      default: DEFAULT_TIMEOUT_MS,
      description: 'Maximum duration of a call. Long work needs a process of its own; see the protocol.',
    },
    maxReplyBytes: { type: 'integer', minimum: 1024, maximum: 64 * 1024 * 1024, default: DEFAULT_REPLY_BYTES },
    maxProcesses: {
      type: 'integer',
      minimum: 1,
      maximum: 256,
      default: DEFAULT_PROCESSES,
      description: 'Maximum number of concurrent calls.',
    },
    capabilities: {
      type: 'object',
      description: 'Overrides individual capabilities that the program declares.',
    },
  },
};

/** Any program that implements the exec protocol. */
export const exec: AdapterModule = {
  $$type: 'release-adapter',
  apiVersion: 1,
  id: ID,
  version: '1.0.0',
  title: 'External program',
  configSchema,
  targetSchema: { type: 'object', description: 'The program declares its own.' },
  packageSchema: { type: 'object', description: 'The program declares its own.' },
  capabilities: (config) => capabilitiesOf(config as ExecConfig),
  create: (config, context) => connect(config as ExecConfig, context),
};

export default exec;

/**
 * People as the deployment tool: they do each target by hand and report it, with evidence, to the core. The adapter
 * only opens the run. That has no effect, so it stores nothing: every process on every machine gives the same answers.
 */
import {
  AdapterError,
  type Adapter,
  type AdapterModule,
  type Capabilities,
  type DistributionRequest,
  type Observation,
  type PreflightReport,
  type RunHandle,
} from '../../src/adapters/adapter.js';

const ID = 'manual';
const VERSION = '1.0.0';
const DEFAULT_LOOK_MS = 60_000;

interface ManualConfig {
  readonly instructions?: string;
  readonly lookMs?: number;
}

const instructions = {
  type: 'string',
  minLength: 1,
  description: 'Instructions for the person, as plain text or Markdown.',
};

function capabilitiesOf(config: ManualConfig): Capabilities {
  const lookMs = config.lookMs ?? DEFAULT_LOOK_MS;
  return {
    submit: 'idempotent',
    observe: ['reported'],
    targetStatus: 'none',
    cancel: 'confirmed',
    cancelTargets: true,
    pause: false,
    retryTargets: true,
    preflight: 'static',
    operations: ['install', 'remove', 'verify', 'undo', 'commit'],
    artifacts: ['prestaged', 'by-reference'],
    verifiesDigest: false,
    logs: 'none',
    toolSchedules: false,
    limits: { minPollMs: lookMs, typicalLatencyMs: 0 },
  };
}

function instructionsIn(holder: unknown): string | undefined {
  return (holder as { instructions?: string } | null)?.instructions;
}

class Manual implements Adapter {
  constructor(private readonly config: ManualConfig) {}

  async probe(signal: AbortSignal): Promise<{ status: 'ready'; toolVersion: string }> {
    signal.throwIfAborted();
    return { status: 'ready', toolVersion: VERSION };
  }

  async preflight(request: DistributionRequest, signal: AbortSignal): Promise<PreflightReport> {
    signal.throwIfAborted();
    const general = instructionsIn(request.package.binding) ?? this.config.instructions;
    const targets = request.targets.map(({ ciId, binding }) =>
      (general ?? instructionsIn(binding)) === undefined
        ? { ciId, verdict: 'warn' as const, message: 'This target has no instructions.' }
        : { ciId, verdict: 'ok' as const },
    );
    return { verdict: targets.some((target) => target.verdict === 'warn') ? 'warn' : 'ok', messages: [], targets };
  }

  async submit(request: DistributionRequest, signal: AbortSignal): Promise<RunHandle> {
    signal.throwIfAborted();
    const { key, fingerprint } = request;
    return { adapterId: ID, apiVersion: 1, key, native: { fingerprint } };
  }

  async find(_key: string, signal: AbortSignal): Promise<null> {
    signal.throwIfAborted();
    return null;
  }

  async observe(handle: RunHandle, _cursor: string | null, signal: AbortSignal): Promise<Observation> {
    signal.throwIfAborted();
    if (typeof handle.native['fingerprint'] !== 'string')
      throw new AdapterError('NOT_FOUND', 'This is not a handle of a manual run.');
    return {
      run: {
        phase: 'running',
        nativeStatus: 'AWAITING_REPORTS',
        message: 'People report each target as they finish it.',
      },
      targets: [],
      cursor: '0',
      nextPollMs: this.config.lookMs ?? DEFAULT_LOOK_MS,
      complete: false,
    };
  }

  async cancel(
    _handle: RunHandle,
    _options: unknown,
    signal: AbortSignal,
  ): Promise<{ accepted: true; detail: string }> {
    signal.throwIfAborted();
    return { accepted: true, detail: 'Inform the people involved; they report the targets they have begun.' };
  }

  async close(): Promise<void> {
    // There is nothing to close.
  }
}

/** Deployment by people. */
export const manual: AdapterModule = {
  $$type: 'release-adapter',
  apiVersion: 1,
  id: ID,
  version: VERSION,
  title: 'Manual work',
  configSchema: {
    title: 'Manual work',
    type: 'object',
    additionalProperties: false,
    properties: {
      instructions,
      lookMs: {
        type: 'integer',
        minimum: 1_000,
        maximum: 3_600_000,
        default: DEFAULT_LOOK_MS,
        description:
          'How often the core observes an open run, in milliseconds. Reports take effect immediately in any case.',
      },
    },
  },
  targetSchema: {
    title: 'Manual target',
    type: 'object',
    additionalProperties: false,
    properties: {
      instructions,
      location: { type: 'string', description: 'Where the target is.' },
      contact: { type: 'string', description: 'The person responsible or with the knowledge.' },
    },
  },
  packageSchema: {
    title: 'Manual package',
    type: 'object',
    additionalProperties: false,
    properties: { instructions },
  },
  parametersSchema: { title: 'A person takes no parameters', type: 'object', additionalProperties: false },
  capabilities: (config) => capabilitiesOf(config as ManualConfig),
  create: async (config) => new Manual(config as ManualConfig),
};

export default manual;

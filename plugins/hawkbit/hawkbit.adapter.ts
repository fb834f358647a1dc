/** Eclipse hawkBit: one rollout of the Management API per run. README.md has the rules. */
import {
  AdapterError,
  isAdapterError,
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
import { HttpClient } from '../../src/adapters/http.js';
import { wasStarted } from './action-state.js';
import { HawkbitApi, type Action, type Rollout } from './hawkbit-api.js';
import { byTarget, observeRollout } from './observation.js';
import { assertPossible, controllerOf, nameOf } from './rollout-order.js';
import type { TargetMap } from './run-record.js';
import {
  CONFIG_SCHEMA,
  DEFAULT_MAX_TARGETS,
  DEFAULT_POLL_MS,
  PACKAGE_SCHEMA,
  PARAMETERS_SCHEMA,
  TARGET_SCHEMA,
  type HawkbitConfig,
} from './settings.js';
import { findRun, problemsOf, submitRun, type Place } from './submission.js';

function capabilitiesOf({ maxTargets = DEFAULT_MAX_TARGETS, pollMs = DEFAULT_POLL_MS }: HawkbitConfig): Capabilities {
  return {
    submit: 'idempotent',
    observe: ['poll'],
    targetStatus: 'live',
    // A device may refuse, and an administrator of hawkBit may end an action without asking it.
    cancel: 'best-effort',
    cancelTargets: true,
    pause: true,
    retryTargets: true,
    preflight: 'static',
    operations: ['install', 'remove', 'undo'],
    artifacts: ['prestaged'],
    verifiesDigest: false,
    logs: 'none',
    toolSchedules: false,
    limits: { maxTargets, minPollMs: pollMs, typicalLatencyMs: pollMs * 6 },
  };
}

/** What a handle says of its run. */
interface Run {
  readonly rollout: Rollout;
  readonly targets: TargetMap;
}

class Hawkbit implements Adapter {
  readonly #place: Place;

  constructor(
    private readonly config: HawkbitConfig,
    context: AdapterContext,
  ) {
    this.#place = { api: new HawkbitApi(new HttpClient(context, config)), config, workDir: context.workDir };
  }

  async probe(signal: AbortSignal): Promise<ProbeReport> {
    try {
      await this.#place.api.signIn(signal);
      return { status: 'ready' };
    } catch (error) {
      if (!isAdapterError(error) || signal.aborted) throw error;
      return { status: error.retryAfterMs === undefined ? 'broken' : 'starting', detail: error.message };
    }
  }

  async preflight(request: DistributionRequest, signal: AbortSignal): Promise<PreflightReport> {
    assertPossible(request, this.config);
    const { set, targets } = await problemsOf(this.#place, request, signal);
    return {
      verdict: set.length > 0 || targets.size > 0 ? 'block' : 'ok',
      messages: set,
      targets: request.targets.map((target) => {
        const message = targets.get(controllerOf(target));
        return { ciId: target.ciId, ...(message === undefined ? { verdict: 'ok' } : { verdict: 'block', message }) };
      }),
    };
  }

  async submit(request: DistributionRequest, signal: AbortSignal): Promise<RunHandle> {
    assertPossible(request, this.config);
    return await submitRun(this.#place, request, signal);
  }

  async find(key: string, signal: AbortSignal): Promise<RunHandle | null> {
    return await findRun(this.#place, key, signal);
  }

  async observe(handle: RunHandle, cursor: string | null, signal: AbortSignal): Promise<Observation> {
    const { rollout, targets } = await this.#runOf(handle, signal);
    const url = `${this.config.baseUrl.replace(/\/+$/, '')}/rest/v1/rollouts/${rollout.id}`;
    const look = { targets, cursor, url, pollMs: this.config.pollMs ?? DEFAULT_POLL_MS };
    return await observeRollout(this.#place.api, rollout, look, signal);
  }

  async cancel(
    handle: RunHandle,
    options: { readonly targets?: readonly string[]; readonly mode: 'stop' | 'abort' },
    signal: AbortSignal,
  ): Promise<CancelReport> {
    const { api } = this.#place;
    const { rollout, targets } = await this.#runOf(handle, signal);
    const actions = byTarget(await api.actions(rollout.id, signal));
    if (options.targets !== undefined) return await this.#cancelTargets(options.targets, targets, actions, signal);
    const open = Object.keys(targets).some((id) => actions.get(id)?.active ?? !ended(rollout));
    const accepted = open && (await api.control(rollout.id, 'stop', signal));
    if (!accepted) return { accepted, detail: `There is nothing to stop: the rollout is ${rollout.status}.` };
    return { accepted, detail: 'hawkBit asks the devices to cancel. Each answers when it polls, and may refuse.' };
  }

  async pause(handle: RunHandle, signal: AbortSignal): Promise<void> {
    await this.#control(handle, 'pause', 'paused', signal);
  }

  async resume(handle: RunHandle, signal: AbortSignal): Promise<void> {
    await this.#control(handle, 'resume', 'running', signal);
  }

  async close(): Promise<void> {
    // Nothing is kept open between calls.
  }

  async #control(handle: RunHandle, verb: 'pause' | 'resume', already: string, signal: AbortSignal): Promise<void> {
    const { rollout } = await this.#runOf(handle, signal);
    if (await this.#place.api.control(rollout.id, verb, signal)) return;
    const { status } = await this.#place.api.rollout(rollout.id, signal);
    if (status !== already)
      throw new AdapterError('FAILED_PRECONDITION', `hawkBit refuses to ${verb} a rollout that is ${status}.`);
  }

  async #cancelTargets(
    asked: readonly string[],
    targets: TargetMap,
    actions: ReadonlyMap<string, Action>,
    signal: AbortSignal,
  ): Promise<CancelReport> {
    const idOf = new Map(Object.entries(targets).map(([id, ciId]) => [ciId, id]));
    const foreign = asked.find((ciId) => !idOf.has(ciId));
    if (foreign !== undefined) throw new AdapterError('INVALID_ARGUMENT', `The run does not name ${foreign}.`);
    let accepted = 0;
    for (const ciId of asked) {
      const action = actions.get(idOf.get(ciId) ?? '');
      if (action?.active && (await this.#place.api.cancelAction(action, signal))) accepted += 1;
    }
    return { accepted: accepted > 0, detail: `hawkBit asks ${accepted} of ${asked.length} devices to cancel.` };
  }

  async #runOf({ key, native }: RunHandle, signal: AbortSignal): Promise<Run> {
    const { rollout: id, targets } = native;
    if (typeof id !== 'number' || typeof targets !== 'object' || targets === null)
      throw new AdapterError('NOT_FOUND', 'This is not a handle of a rollout.');
    const rollout = await this.#place.api.rollout(id, signal);
    if (rollout.name !== nameOf(this.config, key))
      throw new AdapterError('NOT_FOUND', `Rollout ${id} does not belong to this run.`);
    return { rollout, targets: targets as TargetMap };
  }
}

/** Whether a rollout brings no further action. */
const ended = (rollout: Rollout): boolean =>
  wasStarted(rollout) && ['finished', 'stopped', 'deleting', 'deleted'].includes(rollout.status);

/** Deployment by rollouts of hawkBit. */
export const hawkbit: AdapterModule = {
  $$type: 'release-adapter',
  apiVersion: 1,
  id: 'hawkbit',
  version: '1.0.0',
  title: 'Eclipse hawkBit',
  configSchema: CONFIG_SCHEMA,
  targetSchema: TARGET_SCHEMA,
  packageSchema: PACKAGE_SCHEMA,
  parametersSchema: PARAMETERS_SCHEMA,
  capabilities: (config) => capabilitiesOf(config as HawkbitConfig),
  create: async (config, context) => new Hawkbit(config as HawkbitConfig, context),
};

export default hawkbit;

/** One connected instance: the methods of the port over submission, transport and judgement. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  AdapterError,
  isAdapterError,
  isFinalTargetState,
  type Adapter,
  type AdapterContext,
  type CancelReport,
  type Capabilities,
  type DistributionRequest,
  type Observation,
  type PreflightReport,
  type ProbeReport,
  type RunHandle,
} from '../../src/adapters/adapter.js';
import { cursorOf, judge, since, type Judgement } from './judgement.js';
import { labelOf, OrderBook, type Order } from './order-book.js';
import type { Command, Profile } from './profile-format.js';
import { Readings } from './readings.js';
import { Runner } from './runner.js';
import { DEFAULT_CACHE_MS, type TcmSettings } from './settings.js';
import { Submission, valuesOf } from './submission.js';
import { argvOf, spelledTarget } from './templates.js';
import { Transport } from './transport.js';

/** The id of this adapter. */
export const TCM_ID = 'tcm';

interface Binding {
  readonly endpoint: string;
}

/** Names the product that settings lead to: what was read from one says nothing about another. */
function productOf({ environmentScript, runner, env }: TcmSettings): string {
  const text = JSON.stringify([environmentScript, runner ?? null, env ?? null]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** See the file's head. */
export class Tcm implements Adapter {
  private readonly runner: Runner;
  private readonly book: OrderBook;
  private readonly readings: Readings;
  private readonly submission: Submission;
  private readonly transport: Transport;

  constructor(
    settings: TcmSettings,
    private readonly profile: Profile,
    private readonly context: AdapterContext,
    private readonly capabilities: Capabilities,
  ) {
    const { workDir, spawn, now } = context;
    this.runner = new Runner(settings, profile, context);
    this.book = new OrderBook(workDir, (process) => spawn.isAlive(process));
    const cacheMs = settings.cacheMs ?? DEFAULT_CACHE_MS;
    const readings = join(workDir, 'readings', productOf(settings));
    this.readings = new Readings(readings, cacheMs, now, (process) => spawn.isAlive(process));
    this.submission = new Submission(settings, profile, context, this.runner, this.book);
    this.transport = new Transport(profile, this.runner, this.readings);
  }

  /** Makes what the instance needs in its private directory. */
  async prepare(): Promise<void> {
    await this.readings.prepare();
  }

  get declared(): NonNullable<Adapter['declared']> {
    return { capabilities: this.capabilities };
  }

  async probe(signal: AbortSignal): Promise<ProbeReport> {
    const { name, product, verified, probe } = this.profile;
    try {
      await this.runner.output(probe, argvOf(probe, {}), signal);
    } catch (error) {
      if (!isAdapterError(error)) throw error;
      return { status: 'broken', detail: `${error.code}: ${error.message}` };
    }
    const comparison =
      verified === false ? 'not verified against the product' : `verified by ${verified.by} on ${verified.on}`;
    return { status: 'ready', toolVersion: product, detail: `Profile ${name}, ${comparison}.` };
  }

  async preflight(request: DistributionRequest, signal: AbortSignal): Promise<PreflightReport> {
    signal.throwIfAborted();
    const messages: string[] = [];
    try {
      this.check(request);
    } catch (error) {
      if (!isAdapterError(error)) throw error;
      return { verdict: 'block', messages: [error.message], targets: [] };
    }
    if (this.profile.verified === false)
      messages.push(`The profile ${this.profile.name} has not been verified against the product.`);
    return {
      verdict: messages.length > 0 ? 'warn' : 'ok',
      messages,
      targets: request.targets.map(({ ciId }) => ({ ciId, verdict: 'ok' })),
    };
  }

  async submit(request: DistributionRequest, signal: AbortSignal): Promise<RunHandle> {
    signal.throwIfAborted();
    this.check(request);
    const order = await this.book.create(this.orderOf(request));
    if (order.fingerprint !== request.fingerprint)
      throw new AdapterError('ALREADY_EXISTS', `The key ${request.key} belongs to another order.`);
    const id = await this.submission.give(order, signal);
    return this.handle(request.key, id);
  }

  async find(key: string, signal: AbortSignal): Promise<RunHandle | null> {
    signal.throwIfAborted();
    const order = await this.book.read(key);
    if (order === undefined) {
      const id = await this.submission.labelled(labelOf(key, this.profile.maxLabel), signal);
      if (id === undefined) return null;
      throw new AdapterError(
        'FAILED_PRECONDITION',
        `The product has the run ${id} for this key, but the record of the order is not in the directory ` +
          'of this instance, so its targets are not known here.',
      );
    }
    const standing = await this.submission.standing(order, signal);
    if (standing.is === 'given') return this.handle(key, standing.id);
    if (standing.is === 'clear' || this.profile.find === undefined) return null;
    throw new AdapterError('OUTCOME_UNKNOWN', standing.why);
  }

  async observe(handle: RunHandle, cursor: string | null, signal: AbortSignal): Promise<Observation> {
    const { order, id } = await this.known(handle, signal);
    const { reports, run, complete } = await this.look(order, id, signal);
    const nextPollMs = this.capabilities.limits.minPollMs;
    return { run, targets: since(reports, cursor), cursor: cursorOf(reports), nextPollMs, complete };
  }

  async cancel(
    handle: RunHandle,
    { targets }: { readonly targets?: readonly string[]; readonly mode: 'stop' | 'abort' },
    signal: AbortSignal,
  ): Promise<CancelReport> {
    const { cancel, cancelTargets } = this.profile;
    const command = targets === undefined ? cancel : cancelTargets;
    if (cancel === undefined || command === undefined)
      throw new AdapterError('UNIMPLEMENTED', 'The profile has no command for this cancel.');
    const { order, id } = await this.known(handle, signal);
    const named = targets ?? order.targets.map(({ ciId }) => ciId);
    const endpoints = order.targets.filter(({ ciId }) => named.includes(ciId)).map(({ endpoint }) => endpoint);
    if (endpoints.length !== named.length)
      throw new AdapterError('INVALID_ARGUMENT', 'The cancel names a target that the run does not have.');
    await this.readings.drop();
    const { reports } = await this.look(order, id, signal);
    const ended = reports.every(({ ciId, state }) => !named.includes(ciId) || isFinalTargetState(state));
    if (ended) return { accepted: false, detail: 'Everything has ended already.' };
    await this.control(command, order, id, signal, endpoints);
    if (targets === undefined) await this.book.cancelled(order.key);
    return { accepted: true, detail: 'The product stops sending. What an endpoint has begun may go on.' };
  }

  async pause(handle: RunHandle, signal: AbortSignal): Promise<void> {
    const { order, id } = await this.known(handle, signal);
    await this.control(this.profile.pause, order, id, signal);
  }

  async resume(handle: RunHandle, signal: AbortSignal): Promise<void> {
    const { order, id } = await this.known(handle, signal);
    await this.control(this.profile.resume, order, id, signal);
  }

  async close(): Promise<void> {
    // Each call ends its own processes, so nothing stays open between calls.
  }

  /** Changes a run in the product, so that what was read before no longer counts. */
  private async control(
    command: Command | undefined,
    order: Order,
    runId: string,
    signal: AbortSignal,
    endpoints: readonly string[] = [],
  ): Promise<void> {
    if (command === undefined) throw new AdapterError('UNIMPLEMENTED', 'The profile has no command for this.');
    const values = { runId, label: order.label, endpoints, targets: endpoints.map(spelledTarget) };
    await this.runner.output(command, argvOf(command, values), signal, 'order');
    await this.readings.drop();
  }

  private async look(order: Order, runId: string, signal: AbortSignal): Promise<Judgement> {
    const evidence = await this.transport.evidence(order, runId, signal);
    const before = await this.book.seen(order.key);
    const cancelled = await this.book.isCancelled(order.key);
    const now = this.context.now();
    const judgement = judge({ profile: this.profile, order, runId, evidence, before, now, cancelled });
    if (JSON.stringify(judgement.seen) !== JSON.stringify(before)) await this.book.see(order.key, judgement.seen);
    return judgement;
  }

  private async known({ key, native }: RunHandle, signal: AbortSignal): Promise<{ order: Order; id: string }> {
    signal.throwIfAborted();
    const order = await this.book.read(key);
    const id = order === undefined ? undefined : await this.book.runId(key);
    if (order === undefined || id === undefined || native['runId'] !== id)
      throw new AdapterError('NOT_FOUND', 'This instance knows no such run.');
    return { order, id };
  }

  private handle(key: string, runId: string): RunHandle {
    return { adapterId: TCM_ID, apiVersion: 1, key, native: { runId } };
  }

  private orderOf(request: DistributionRequest): Order {
    const { key, fingerprint, operation, release } = request;
    const { name, version } = request.package.binding as Order['package'];
    return {
      key,
      fingerprint,
      operation,
      label: labelOf(key, this.profile.maxLabel),
      package: { name, version },
      title: `${release.name} ${release.version}`,
      targets: request.targets.map(({ ciId, binding }) => ({ ciId, endpoint: (binding as Binding).endpoint })),
      orderedAt: this.context.now().toISOString(),
    };
  }

  /** Refuses what must not be sent. Nothing has been stored or started then. */
  private check(request: DistributionRequest): void {
    const command = this.profile.operations[request.operation];
    if (command === undefined)
      throw new AdapterError('UNIMPLEMENTED', `The profile has no command for ${request.operation}.`);
    if (request.dryRun) throw new AdapterError('UNIMPLEMENTED', 'The product offers no rehearsal.');
    const limit = Math.min(request.maxParallel ?? Infinity, request.stopAfterFailures ?? Infinity);
    if (limit < request.targets.length) {
      throw new AdapterError(
        'UNIMPLEMENTED',
        'The product cannot limit how many endpoints are under way or fail. Distribute in waves instead.',
      );
    }
    const order = this.orderOf(request);
    const endpoints = new Set(order.targets.map(({ endpoint }) => endpoint));
    if (endpoints.size !== order.targets.length)
      throw new AdapterError('INVALID_ARGUMENT', 'Two targets name the same endpoint.');
    const values = { ...valuesOf(order), planFile: `/${order.label}.xml` };
    this.runner.started(argvOf(command, values));
  }
}

/**
 * An adapter as the core uses it: the same methods, with the contract enforced on both sides of every call. Even if an
 * adapter is wrong, slow or hostile, the core sees either a well-formed answer without secrets or an AdapterError.
 */
import {
  AdapterError,
  isAdapterError,
  MAX_HANDLE_BYTES,
  RUN_KEY_PATTERN,
  type Adapter,
  type AdapterContext,
  type AdapterErrorCode,
  type AdapterModule,
  type CallbackMessage,
  type CallbackReport,
  type CancelReport,
  type Capabilities,
  type DistributionRequest,
  type JsonSchema,
  type JsonValue,
  type LogChunk,
  type Observation,
  type PreflightReport,
  type ProbeReport,
  type RunHandle,
} from './adapter.js';
import * as shapes from './contract-schemas.js';
import { compileSchema, type SchemaCheck } from './schema-compiler.js';
import type { Redactor } from './secrets.js';
import { assertRequest, compileBindingChecks, type AdapterSchemas, type BindingChecks } from './validate-request.js';

type Method =
  'probe' | 'preflight' | 'submit' | 'find' | 'observe' | 'cancel' | 'pause' | 'resume' | 'receive' | 'logs';

const compiled = new Map<JsonSchema, SchemaCheck>();

function problemsOf(schema: JsonSchema, value: unknown): string[] {
  let check = compiled.get(schema);
  if (check === undefined) compiled.set(schema, (check = compileSchema(schema, 'The answer')));
  return check(value);
}

/** The answer or the abort, whichever comes first: a method that ignores its signal cannot block the core. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
    work.catch(() => undefined);
  }
}

/** The meaning of an abort or a fault depends on the method: only `submit` can leave an unknown run behind. */
function codeForAbort(method: Method, signal: AbortSignal): AdapterErrorCode {
  if (method === 'submit') return 'OUTCOME_UNKNOWN';
  return (signal.reason as Error | undefined)?.name === 'TimeoutError' ? 'DEADLINE_EXCEEDED' : 'ABORTED';
}

/** Wraps one connected instance. Created by {@link hostAdapter}. */
export class HostedAdapter implements Adapter {
  private closed = false;

  constructor(
    /** The adapter's id, as in its handles. */
    readonly adapterId: string,
    /** What this instance can do. */
    readonly capabilities: Capabilities,
    /** What the bindings of its targets and packages and its parameters look like. */
    readonly schemas: AdapterSchemas,
    private readonly inner: Adapter,
    private readonly checks: BindingChecks,
    private readonly redactor: Redactor,
  ) {}

  /** What is wrong with a configuration item's binding for this tool; empty when it can be a target. */
  targetProblems(binding: unknown): string[] {
    return this.checks.target(binding);
  }

  /** What is wrong with a package's binding for this tool; empty when it can be distributed. */
  packageProblems(binding: unknown): string[] {
    return this.checks.package(binding);
  }

  /** What is wrong with the parameters of a distribution for this tool; empty when it knows all of them. */
  parametersProblems(parameters: unknown): string[] {
    return this.checks.parameters(parameters);
  }

  async probe(signal: AbortSignal): Promise<ProbeReport> {
    return this.clean(await this.call('probe', signal, () => this.inner.probe(signal), shapes.PROBE_SCHEMA));
  }

  async preflight(request: DistributionRequest, signal: AbortSignal): Promise<PreflightReport> {
    assertRequest(request, this.checks, this.capabilities);
    if (this.capabilities.preflight === 'none') return { verdict: 'ok', messages: [], targets: [] };
    const work = (): Promise<PreflightReport> => this.inner.preflight(request, signal);
    return this.clean(await this.call('preflight', signal, work, shapes.PREFLIGHT_SCHEMA));
  }

  async submit(request: DistributionRequest, signal: AbortSignal): Promise<RunHandle> {
    assertRequest(request, this.checks, this.capabilities);
    const handle = await this.call(
      'submit',
      signal,
      () => this.inner.submit(request, signal),
      shapes.RUN_HANDLE_SCHEMA,
    );
    return this.checkedHandle(handle, request.key, 'OUTCOME_UNKNOWN');
  }

  async find(key: string, signal: AbortSignal): Promise<RunHandle | null> {
    if (!RUN_KEY_PATTERN.test(key)) throw new AdapterError('INVALID_ARGUMENT', 'Not a run key.');
    const handle = await this.call('find', signal, () => this.inner.find(key, signal), shapes.FOUND_SCHEMA);
    return handle === null ? null : this.checkedHandle(handle, key, 'INTERNAL');
  }

  async observe(handle: RunHandle, cursor: string | null, signal: AbortSignal): Promise<Observation> {
    this.assertOurs(handle);
    const seen = await this.call(
      'observe',
      signal,
      () => this.inner.observe(handle, cursor, signal),
      shapes.OBSERVATION_SCHEMA,
    );
    return this.clean(seen);
  }

  async cancel(
    handle: RunHandle,
    options: { readonly targets?: readonly string[]; readonly mode: 'stop' | 'abort' },
    signal: AbortSignal,
  ): Promise<CancelReport> {
    this.assertOurs(handle);
    if (this.capabilities.cancel === 'none') throw new AdapterError('UNIMPLEMENTED', 'This tool cannot cancel a run.');
    if (options.targets !== undefined && !this.capabilities.cancelTargets) {
      throw new AdapterError('UNIMPLEMENTED', 'This tool can only cancel a run as a whole.');
    }
    return this.clean(
      await this.call('cancel', signal, () => this.inner.cancel(handle, options, signal), shapes.CANCEL_SCHEMA),
    );
  }

  async pause(handle: RunHandle, signal: AbortSignal): Promise<void> {
    this.assertOurs(handle);
    await this.call('pause', signal, this.offered(this.inner.pause, 'pause')(handle, signal), shapes.NOTHING_SCHEMA);
  }

  async resume(handle: RunHandle, signal: AbortSignal): Promise<void> {
    this.assertOurs(handle);
    await this.call('resume', signal, this.offered(this.inner.resume, 'resume')(handle, signal), shapes.NOTHING_SCHEMA);
  }

  async receive(message: CallbackMessage, signal: AbortSignal): Promise<CallbackReport> {
    const receive = this.offered(this.inner.receive, 'receive');
    return this.clean(await this.call('receive', signal, receive(message, signal), shapes.CALLBACK_SCHEMA));
  }

  async logs(
    handle: RunHandle,
    query: { readonly ciId?: string; readonly cursor?: string; readonly maxBytes: number },
    signal: AbortSignal,
  ): Promise<LogChunk> {
    this.assertOurs(handle);
    const logs = this.offered(this.inner.logs, 'logs');
    return this.clean(await this.call('logs', signal, logs(handle, query, signal), shapes.LOG_CHUNK_SCHEMA));
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.inner.close();
  }

  private offered<A extends unknown[], R>(
    method: ((...args: A) => Promise<R>) | undefined,
    name: Method,
  ): (...args: A) => () => Promise<R> {
    if (method === undefined) throw new AdapterError('UNIMPLEMENTED', `This adapter has no ${name}.`);
    return (...args) =>
      () =>
        method.apply(this.inner, args);
  }

  private async call<T>(method: Method, signal: AbortSignal, work: () => Promise<T>, shape: JsonSchema): Promise<T> {
    if (this.closed) throw new AdapterError('UNAVAILABLE', 'This adapter instance is closed.');
    let answer: T;
    try {
      signal.throwIfAborted();
    } catch {
      // Nothing was sent, so even for `submit` nothing is unknown.
      throw new AdapterError('ABORTED', `The call was aborted before ${method} began.`);
    }
    try {
      answer = await untilAborted((async () => work())(), signal);
    } catch (error) {
      throw this.asAdapterError(method, error, signal);
    }
    const problems = problemsOf(shape, answer);
    if (problems.length === 0) return answer;
    const native = problems.map((problem) => this.redactor.text(problem));
    const message = `The adapter's answer to ${method} violates the contract: ${native.join('; ')}.`;
    throw new AdapterError(method === 'submit' ? 'OUTCOME_UNKNOWN' : 'INTERNAL', message, { native });
  }

  private asAdapterError(method: Method, error: unknown, signal: AbortSignal): AdapterError {
    if (isAdapterError(error)) {
      const native = error.native === undefined ? undefined : (this.redactor.value(error.native) as JsonValue);
      return new AdapterError(error.code, this.redactor.text(error.message), {
        retryAfterMs: error.retryAfterMs,
        native,
      });
    }
    if (signal.aborted) return new AdapterError(codeForAbort(method, signal), `The call of ${method} was aborted.`);
    const message =
      error instanceof Error ? `${error.name}: ${error.message}` : 'a value that is not an Error was thrown';
    return new AdapterError('INTERNAL', this.redactor.text(`The adapter failed in ${method}: ${message}`));
  }

  private checkedHandle(handle: RunHandle, key: string, code: AdapterErrorCode): RunHandle {
    const native = JSON.stringify(handle.native);
    const problem =
      handle.key !== key
        ? `is for the key ${handle.key} instead of ${key}`
        : handle.adapterId !== this.adapterId
          ? `names the adapter ${handle.adapterId} instead of ${this.adapterId}`
          : Buffer.byteLength(native) > MAX_HANDLE_BYTES
            ? `is larger than ${MAX_HANDLE_BYTES} bytes`
            : this.redactor.finds(native)
              ? 'contains a secret'
              : undefined;
    if (problem !== undefined) throw new AdapterError(code, this.redactor.text(`The handle of the run ${problem}.`));
    return handle;
  }

  private assertOurs(handle: RunHandle): void {
    if (handle.adapterId !== this.adapterId) {
      throw new AdapterError(
        'NOT_FOUND',
        `The handle belongs to the adapter ${handle.adapterId}, not to ${this.adapterId}.`,
      );
    }
  }

  private clean<T extends object>(answer: T): T {
    return this.redactor.value(answer) as T;
  }
}

/** What {@link hostAdapter} needs. The module and its settings are already checked. */
export interface HostParts {
  readonly module: AdapterModule;
  readonly config: unknown;
  readonly context: AdapterContext;
  readonly redactor: Redactor;
}

/**
 * Connect an instance and wrap it. Throws whatever `create` throws, and FAILED_PRECONDITION when the capabilities of
 * the instance violate the contract.
 */
export async function hostAdapter({ module, config, context, redactor }: HostParts): Promise<HostedAdapter> {
  const inner = await module.create(config, context);
  const declared = inner.declared ?? {};
  const capabilities = declared.capabilities ?? module.capabilities(config);
  const problems = problemsOf(shapes.CAPABILITIES_SCHEMA, capabilities);
  if (problems.length > 0) {
    await inner.close();
    throw new AdapterError('FAILED_PRECONDITION', `The capabilities violate the contract: ${problems.join('; ')}.`);
  }
  const parametersSchema = declared.parametersSchema ?? module.parametersSchema;
  const schemas = {
    ...(parametersSchema !== undefined && { parametersSchema }),
    targetSchema: declared.targetSchema ?? module.targetSchema,
    packageSchema: declared.packageSchema ?? module.packageSchema,
  };
  return new HostedAdapter(module.id, capabilities, schemas, inner, compileBindingChecks(schemas), redactor);
}

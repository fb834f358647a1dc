/**
 * An adapter as the core uses it: the same methods, with the contract enforced on both sides of every call. Even if an
 * adapter is wrong, slow or hostile, the core sees either a well-formed answer without secrets or an AdapterError.
 */
import { setImmediate as turn } from 'node:timers/promises';
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
import {
  cleanAnswer,
  givenCursor,
  isStorableJson,
  plainCopy,
  storedCursor,
  Unreadable,
  wait,
  words,
  type Notice,
} from './outside.js';
import * as shapes from './contract-schemas.js';
import { compileSchema, type SchemaCheck } from './schema-compiler.js';
import type { Redactor } from './secrets.js';
import { assertRequest, compileBindingChecks, type AdapterSchemas, type BindingChecks } from './validate-request.js';

type Method =
  'probe' | 'preflight' | 'submit' | 'find' | 'observe' | 'cancel' | 'pause' | 'resume' | 'receive' | 'logs';

/** How many reports of an observation are read before others have their turn. */
const REPORTS_AT_ONCE = 250;

/** Largest schema that an instance declares, as JSON in characters. */
const MAX_SCHEMA = 262_144;

/**
 * The answer of the tool violates the contract, so nobody can read it. After `submit` the tool has said something, so
 * it has, or may have, the order.
 */
export class UnreadableAnswer extends AdapterError {}

const compiled = new WeakMap<JsonSchema, SchemaCheck>();

function problemsOf(schema: JsonSchema, value: unknown): string[] {
  let check = compiled.get(schema);
  if (check === undefined) compiled.set(schema, (check = compileSchema(schema, 'The answer')));
  return check(value);
}

/** The message of an error. Anything can be thrown, so a message or a name that is no text is not read. */
export function messageOf(error: unknown, named = false): string {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : 'a value that is not an Error was thrown';
  const { message, name } = error as { readonly message: unknown; readonly name: unknown };
  const text = typeof message === 'string' ? message : 'It has no message.';
  return named && typeof name === 'string' ? `${name}: ${text}` : text;
}

/** Methods that answer with a handle. */
const HANDLES: ReadonlySet<Method> = new Set<Method>(['submit', 'find']);

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
    private readonly notice: Notice = () => {},
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
    return await this.call('probe', signal, () => this.inner.probe(signal), shapes.PROBE_SCHEMA);
  }

  async preflight(request: DistributionRequest, signal: AbortSignal): Promise<PreflightReport> {
    assertRequest(request, this.checks, this.capabilities);
    if (this.capabilities.preflight === 'none') return { verdict: 'ok', messages: [], targets: [] };
    const work = (): Promise<PreflightReport> => this.inner.preflight(request, signal);
    return await this.call('preflight', signal, work, shapes.PREFLIGHT_SCHEMA);
  }

  async submit(request: DistributionRequest, signal: AbortSignal): Promise<RunHandle> {
    assertRequest(request, this.checks, this.capabilities);
    const handle = await this.call(
      'submit',
      signal,
      () => this.inner.submit(request, signal),
      shapes.RUN_HANDLE_SCHEMA,
    );
    return this.checkedHandle(handle, request.key, 'submit');
  }

  async find(key: string, signal: AbortSignal): Promise<RunHandle | null> {
    if (!RUN_KEY_PATTERN.test(key)) throw new AdapterError('INVALID_ARGUMENT', 'Not a run key.');
    const handle = await this.call('find', signal, () => this.inner.find(key, signal), shapes.FOUND_SCHEMA);
    return handle === null ? null : this.checkedHandle(handle, key, 'find');
  }

  async observe(handle: RunHandle, cursor: string | null, signal: AbortSignal): Promise<Observation> {
    this.assertOurs(handle);
    const seen = await this.call(
      'observe',
      signal,
      () => this.inner.observe(handle, cursor === null ? null : givenCursor(cursor), signal),
      shapes.OBSERVATION_SCHEMA,
      async (answer) => await this.readObservation(answer),
    );
    return { ...seen, cursor: storedCursor(seen.cursor) };
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
    return await this.call('cancel', signal, () => this.inner.cancel(handle, options, signal), shapes.CANCEL_SCHEMA);
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
    const report = await this.call('receive', signal, receive(message, signal), shapes.CALLBACK_SCHEMA);
    // An id is only compared, so one that cannot be stored may as well be another that is as unique.
    const { dedupeId } = report;
    return { ...report, ...(dedupeId !== undefined && { dedupeId: storedCursor(dedupeId) }) };
  }

  async logs(
    handle: RunHandle,
    query: { readonly ciId?: string; readonly cursor?: string; readonly maxBytes: number },
    signal: AbortSignal,
  ): Promise<LogChunk> {
    this.assertOurs(handle);
    const logs = this.offered(this.inner.logs, 'logs');
    const asked = query.cursor === undefined ? query : { ...query, cursor: givenCursor(query.cursor) };
    const read = await this.call('logs', signal, logs(handle, asked, signal), shapes.LOG_CHUNK_SCHEMA);
    return { ...read, cursor: storedCursor(read.cursor) };
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

  private async call<T>(
    method: Method,
    signal: AbortSignal,
    work: () => Promise<T>,
    shape: JsonSchema,
    read: (answer: T) => T | Promise<T> = (answer) => this.read<T>(method, answer, shape),
  ): Promise<T> {
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
    return await read(answer);
  }

  /** Reads the reports of an observation in parts: a tool may report thousands of targets at once. */
  private async readObservation(raw: unknown): Promise<Observation> {
    const shape = shapes.OBSERVATION_SCHEMA;
    const copy = this.readable('observe', () => plainCopy(raw));
    const { targets, ...rest } = (copy ?? {}) as { readonly targets?: unknown };
    if (!Array.isArray(targets) || targets.length <= REPORTS_AT_ONCE)
      return this.readable('observe', () => copy, shape) as Observation;
    const parts: Observation[] = [];
    for (let from = 0; from < targets.length; from += REPORTS_AT_ONCE) {
      if (from > 0) await turn();
      const part = { ...rest, targets: targets.slice(from, from + REPORTS_AT_ONCE) };
      parts.push(this.readable('observe', () => part, shape) as Observation);
    }
    return { ...(parts[0] as Observation), targets: parts.flatMap((part) => part.targets) };
  }

  private read<T>(method: Method, raw: unknown, shape: JsonSchema): T {
    return this.readable(method, () => plainCopy(raw), shape) as T;
  }

  /**
   * The answer as the core may use it. Handles go back to the tool, so they are checked and not changed.
   * @param shape of the answer; without it the answer is only copied.
   */
  private readable(method: Method, copy: () => unknown, shape?: JsonSchema): unknown {
    let problems: string[];
    try {
      const answer = copy();
      if (shape === undefined) return answer;
      const read = HANDLES.has(method) ? answer : cleanAnswer(this.redactor.value(answer), this.notice);
      problems = problemsOf(shape, read);
      if (problems.length === 0) return read;
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      problems = [error.message];
    }
    const native = problems.map((problem) => words(this.redactor.text(problem)));
    throw this.unreadable(
      method,
      `The adapter's answer to ${method} violates the contract: ${native.join('; ')}.`,
      native,
    );
  }

  private unreadable(method: Method, message: string, native?: readonly string[]): UnreadableAnswer {
    const code = method === 'submit' ? 'OUTCOME_UNKNOWN' : 'INTERNAL';
    return new UnreadableAnswer(code, words(this.redactor.text(message)), native && { native });
  }

  private asAdapterError(method: Method, error: unknown, signal: AbortSignal): AdapterError {
    if (isAdapterError(error)) {
      const retryAfterMs = wait(error.retryAfterMs);
      return new AdapterError(error.code, words(this.redactor.text(messageOf(error))), {
        ...(retryAfterMs !== undefined && { retryAfterMs }),
        native: this.nativeOf(error.native),
      });
    }
    if (signal.aborted) return new AdapterError(codeForAbort(method, signal), `The call of ${method} was aborted.`);
    const message = messageOf(error, true);
    return new AdapterError('INTERNAL', words(this.redactor.text(`The adapter failed in ${method}: ${message}`)));
  }

  /** The tool's own error, where it can be read. */
  private nativeOf(native: unknown): JsonValue | undefined {
    if (native === undefined) return undefined;
    try {
      return cleanAnswer(this.redactor.value(plainCopy(native))) as JsonValue;
    } catch {
      return undefined;
    }
  }

  private checkedHandle({ adapterId, apiVersion, ...handle }: RunHandle, key: string, method: Method): RunHandle {
    const native = JSON.stringify(handle.native);
    const problem =
      handle.key !== key
        ? `is for the key ${handle.key} instead of ${key}`
        : adapterId !== this.adapterId
          ? `names the adapter ${adapterId} instead of ${this.adapterId}`
          : Buffer.byteLength(native) > MAX_HANDLE_BYTES
            ? `is larger than ${MAX_HANDLE_BYTES} bytes`
            : this.redactor.finds(native)
              ? 'contains a secret'
              : !isStorableJson(handle.native)
                ? 'has a character that cannot be stored: U+0000 or an unpaired surrogate'
                : undefined;
    if (problem !== undefined) throw this.unreadable(method, `The handle of the run ${problem}.`);
    return { adapterId, apiVersion, key, native: handle.native };
  }

  private assertOurs(handle: RunHandle): void {
    if (handle.adapterId !== this.adapterId) {
      throw new AdapterError(
        'NOT_FOUND',
        `The handle belongs to the adapter ${handle.adapterId}, not to ${this.adapterId}.`,
      );
    }
  }
}

/** What {@link hostAdapter} needs. The module and its settings are already checked. */
export interface HostParts {
  readonly module: AdapterModule;
  readonly config: unknown;
  readonly context: AdapterContext;
  readonly redactor: Redactor;
  /** Told of every value of an answer that had to be changed. Absent: nobody is. */
  readonly notice?: Notice;
}

/**
 * What an instance declares about itself, as plain data.
 * @throws AdapterError FAILED_PRECONDITION when it is no JSON, too large, or has characters that cannot be stored.
 */
function declaration<T>(what: string, value: T): T {
  let problem: string | undefined;
  try {
    const copy = plainCopy(value) as T;
    if (JSON.stringify(copy ?? null).length > MAX_SCHEMA) problem = `it has more than ${MAX_SCHEMA} characters`;
    else if (!isStorableJson(copy)) problem = 'it has a character that cannot be stored';
    else return copy;
  } catch (error) {
    problem = error instanceof Unreadable ? error.message : 'reading it failed';
  }
  throw new AdapterError('FAILED_PRECONDITION', `The ${what} of the instance cannot be used: ${problem}.`);
}

/**
 * Connect an instance and wrap it. Throws whatever `create` throws, and FAILED_PRECONDITION when the capabilities of
 * the instance violate the contract.
 */
export async function hostAdapter({ module, config, context, redactor, notice }: HostParts): Promise<HostedAdapter> {
  const inner = await module.create(config, context);
  try {
    const declared = inner.declared ?? {};
    const capabilities = declaration('capabilities', declared.capabilities ?? module.capabilities(config));
    const problems = problemsOf(shapes.CAPABILITIES_SCHEMA, capabilities);
    if (problems.length > 0)
      throw new AdapterError('FAILED_PRECONDITION', `The capabilities violate the contract: ${problems.join('; ')}.`);
    const parametersSchema = declared.parametersSchema ?? module.parametersSchema;
    const schemas = {
      ...(parametersSchema !== undefined && { parametersSchema: declaration('parametersSchema', parametersSchema) }),
      targetSchema: declaration('targetSchema', declared.targetSchema ?? module.targetSchema),
      packageSchema: declaration('packageSchema', declared.packageSchema ?? module.packageSchema),
    };
    return new HostedAdapter(module.id, capabilities, schemas, inner, compileBindingChecks(schemas), redactor, notice);
  } catch (error) {
    await inner.close();
    throw error;
  }
}

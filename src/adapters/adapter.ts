/**
 * The port through which Interlock drives a deployment tool: every type that an adapter author needs, and nothing else.
 * Published as `interlock/adapter`. It imports no other room, so that an adapter can be written, checked and shipped on
 * its own.
 *
 * The contract in one paragraph: the core chooses a key, stores it, and calls `submit`; the adapter starts one run for
 * that key and answers with a small handle; the core calls `observe` with the handle until every target has a final
 * state. A tool's answer is evidence, not truth: persistence, time, retry, state order and aggregation belong to the
 * core, so adapters stay small.
 */
import { createHash } from 'node:crypto';

/** Any value that survives a round trip through JSON. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/** A JSON object. */
export type JsonObject = { readonly [name: string]: JsonValue };

/** A JSON Schema of draft 2020-12. A property marked `{ "x-secret": true }` may hold only a {@link SecretRef}. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * The version of this contract. The core accepts this one; a new major version will be accepted beside it for a while.
 */
export const ADAPTER_API_VERSION = 1;

/** The required `$$type` of an adapter module. A string, so that it works across duplicate copies of this package. */
export const ADAPTER_MODULE_TYPE = 'release-adapter';

/** The form of an adapter id: lower case, 2 to 41 characters. */
export const ADAPTER_ID_PATTERN = /^[a-z][a-z0-9-]{1,40}$/;

/**
 * The form of a run key: at most 128 characters, starting with a letter or digit. A key is never `.`, `..`, an option
 * (`-rf`) or a path, so an adapter may use it as a file name or an argument without escaping.
 */
export const RUN_KEY_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** Maximum size of `RunHandle.native` as JSON in UTF-8, in bytes. */
export const MAX_HANDLE_BYTES = 8192;

/**
 * A pointer to a secret that lives outside the configuration: `env:NAME` (an environment variable) or
 * `file:/absolute/path` (a file whose final newline is dropped). It is resolved at the moment of use and never stored
 * in resolved form.
 */
export interface SecretRef {
  readonly $secret: `env:${string}` | `file:/${string}`;
}

/** Whether the value is exactly a well-formed {@link SecretRef}. It does not check that the secret exists. */
export function isSecretRef(value: unknown): value is SecretRef {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const names = Object.keys(value);
  if (names.length !== 1 || names[0] !== '$secret') return false;
  const ref = (value as { $secret: unknown }).$secret;
  return typeof ref === 'string' && /^(env:[A-Za-z_][A-Za-z0-9_]*|file:\/[^\0]+)$/.test(ref);
}

/** The operations of a tool. `verify` checks that the package is present and correct, and changes nothing. */
export const ADAPTER_OPERATIONS = ['install', 'remove', 'verify', 'undo', 'commit'] as const;
/** See {@link ADAPTER_OPERATIONS}. */
export type AdapterOperation = (typeof ADAPTER_OPERATIONS)[number];

/** Promises an adapter makes about itself. The core adapts to them, and the conformance kit tests them. */
export interface Capabilities {
  /**
   * What happens when `submit` is called again with the same key. `idempotent`: one run, however often and however
   * concurrently. `findable`: not safe to repeat blindly, but `find` reliably says whether the run exists.
   * `at-most-once`: neither; after an unclear answer the core asks a person and never sends again automatically.
   */
  readonly submit: 'idempotent' | 'findable' | 'at-most-once';
  /**
   * Where progress comes from. `poll`: `observe` knows the state of the run. `callback`: the tool also calls back
   * through `receive`, which only shortens the wait for the next poll. `reported`: people (or another system) report
   * each target to the core directly; the adapter holds no run, so `observe` never names a target and `find` answers
   * null. An adapter has `poll` or `reported`.
   */
  readonly observe: ReadonlyArray<'poll' | 'callback' | 'reported'>;
  /** Progress per target: during the run, only at its end, or never from the tool. */
  readonly targetStatus: 'live' | 'final' | 'none';
  /**
   * `confirmed`: a target reported as cancelled has provably stopped. `best-effort`: nothing new is started, work in
   * flight may go on. `none`: `cancel` is refused with UNIMPLEMENTED. For `reported` adapters `confirmed` covers the
   * targets nobody has reported yet: once a cancel is accepted the core may settle those as cancelled; a target
   * reported as under way awaits a person's report.
   */
  readonly cancel: 'confirmed' | 'best-effort' | 'none';
  /** `cancel` may name single targets. */
  readonly cancelTargets: boolean;
  /** The adapter has `pause` and `resume`. */
  readonly pause: boolean;
  /** A further run, with a new key, may name a subset of targets of an earlier one. */
  readonly retryTargets: boolean;
  /** What `preflight` does: a rehearsal by the tool, checks without contacting the targets, or nothing. */
  readonly preflight: 'dry-run' | 'static' | 'none';
  /** The operations that `submit` accepts. Others are refused with UNIMPLEMENTED. */
  readonly operations: readonly AdapterOperation[];
  /**
   * How media reach the tool. `prestaged`: the tool already has them; `by-reference`: it fetches `Artifact.uri`;
   * `by-value`: the adapter streams them with `ctx.artifacts.open`.
   */
  readonly artifacts: ReadonlyArray<'prestaged' | 'by-reference' | 'by-value'>;
  /** The tool compares the SHA-256 of the received content with the requested one, and refuses when they differ. */
  readonly verifiesDigest: boolean;
  /** `cursor`: the adapter has `logs`. */
  readonly logs: 'cursor' | 'none';
  /**
   * The tool itself holds the run until `DistributionRequest.notBefore`. Otherwise the core calls `submit` only when it
   * is due.
   */
  readonly toolSchedules: boolean;
  /** Limits and intervals. Times are in milliseconds. */
  readonly limits: {
    /** Maximum targets per request; a distribution with more is refused when it is planned. Absent: no limit. */
    readonly maxTargets?: number;
    /** Maximum unfinished runs of one instance. Absent: no limit. */
    readonly maxConcurrentRuns?: number;
    /** Minimum interval between two calls of `observe` for one run. */
    readonly minPollMs: number;
    /** How long a change on a target typically takes to show in `observe`. */
    readonly typicalLatencyMs: number;
  };
}

/** One file of a release package. */
export interface Artifact {
  readonly name: string;
  readonly version: string;
  /** Lower-case hexadecimal, 64 characters. It identifies the content; `uri` only states where to get it. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** Where a tool with `by-reference` gets it: `file:`, `http:` or `https:`. */
  readonly uri: string;
  readonly mediaType: string;
}

/** A target. Targets are always listed individually; there is no "all". */
export interface RequestTarget {
  /** The configuration item's id; every report names the target by it. */
  readonly ciId: string;
  readonly name: string;
  /** How this tool addresses the target; fits the adapter's `targetSchema`. */
  readonly binding: unknown;
}

/** One attempt to distribute one package to some targets. The core stores it before it is sent. */
export interface DistributionRequest {
  /** Chosen by the core, unique per attempt, see {@link RUN_KEY_PATTERN}. */
  readonly key: string;
  /** SHA-256 of the canonical request. The same key with another fingerprint is ALREADY_EXISTS. */
  readonly fingerprint: string;
  readonly operation: AdapterOperation;
  readonly release: {
    readonly id: string;
    readonly name: string;
    readonly version: string;
    readonly changeIds: readonly string[];
  };
  readonly package: {
    /** Tool-specific data of the package (a playbook, a software id …); fits the adapter's `packageSchema`. */
    readonly binding: unknown;
    readonly artifacts: readonly Artifact[];
  };
  /** At least one, each `ciId` once. An adapter must refuse rather than touch any other target. */
  readonly targets: readonly RequestTarget[];
  /** What the planner asks of the tool beside package and targets; fits the adapter's `parametersSchema`. */
  readonly parameters: JsonObject;
  /** ISO 8601 instant; only for tools that schedule themselves. */
  readonly notBefore?: string;
  /** ISO 8601 instant after which the core gives up on the run. */
  readonly deadline: string;
  /** Maximum targets under way at a time. Absent: the tool's default. */
  readonly maxParallel?: number;
  /** Number of failed targets after which no further target is started (they become `skipped`). Absent: never stop. */
  readonly stopAfterFailures?: number;
  /** Where the tool may report that something changed. */
  readonly callback?: { readonly url: string; readonly token: SecretRef };
  /** Rehearse: report per target what would happen, change nothing. */
  readonly dryRun: boolean;
  /** The requester, for the tool's own audit trail. */
  readonly actor: string;
}

/** What the core stores to find a run again, from any process, after any restart. */
export interface RunHandle {
  readonly adapterId: string;
  readonly apiVersion: 1;
  readonly key: string;
  /** The tool's own identification of the run: at most {@link MAX_HANDLE_BYTES} bytes of JSON, no secrets. */
  readonly native: JsonObject;
}

/** The states of a target. The first four are not final. */
export const TARGET_STATES = [
  'pending',
  'staging',
  'running',
  'unreachable',
  'succeeded',
  'failed',
  'rejected',
  'skipped',
  'cancelled',
  'expired',
  'unknown',
] as const;
/**
 * `pending` not begun · `staging` media being transferred · `running` being changed · `unreachable` temporarily
 * unreachable · `succeeded` with positive evidence of success · `failed` · `rejected` the tool or target refused ·
 * `skipped` never attempted · `cancelled` stopped on request · `expired` the tool gave up waiting · `unknown` the
 * outcome is not known; final until a `verify` or a late report corrects it.
 */
export type TargetState = (typeof TARGET_STATES)[number];

/**
 * True if a target in this state will not change without a new command (`unknown` may still be resolved by a late
 * report).
 */
export function isFinalTargetState(state: TargetState): boolean {
  return state !== 'pending' && state !== 'staging' && state !== 'running' && state !== 'unreachable';
}

/** A report about one target. Reports may arrive twice, late or out of order; `at` states when it became true. */
export interface TargetReport {
  readonly ciId: string;
  readonly state: TargetState;
  /**
   * The tool's own status, verbatim. For a status the adapter does not know, use state `unknown` (or the last certain
   * state).
   */
  readonly nativeStatus: string;
  /** ISO 8601 instant, by the tool's clock. */
  readonly at: string;
  /** The tool's own count of tries within this run, from 1. */
  readonly attempt: number;
  /** Name of the step under way or the last one done. */
  readonly step?: string;
  /** 0 to 100. */
  readonly percent?: number;
  /** The reason, for anything but plain success. `retryable`: the same request may succeed on another try. */
  readonly reason?: { readonly code: string; readonly message: string; readonly retryable: boolean };
  /** The {@link packageDigest} read back on the target, as proof that the right content arrived. */
  readonly verifiedSha256?: string;
}

/** The status of the run as a whole. */
export interface RunReport {
  readonly phase: 'queued' | 'running' | 'paused' | 'cancelling' | 'finished';
  /** The tool's own verdict, when finished. Evidence only: the core derives the result from the targets. */
  readonly outcome?: 'success' | 'failure' | 'cancel' | 'error' | 'unknown';
  readonly nativeStatus?: string;
  /** 0 to 100, as the tool sees it. */
  readonly percent?: number;
  readonly message?: string;
  /** Address of the run in the tool, for people. */
  readonly url?: string;
}

/** The answer of `observe`. */
export interface Observation {
  readonly run: RunReport;
  /** What changed since the cursor. More, up to a full snapshot, is always allowed. Only requested targets, ever. */
  readonly targets: readonly TargetReport[];
  /** Opaque; pass it to the next call. */
  readonly cursor: string;
  /** Suggested wait before the next `observe`, in milliseconds. */
  readonly nextPollMs?: number;
  /** Nothing further will change without a new command. Once true it stays true. */
  readonly complete: boolean;
}

/** The answer of `preflight`: `block` means that `submit` would be refused or is sure to fail. */
export interface PreflightReport {
  readonly verdict: 'ok' | 'warn' | 'block';
  readonly messages: readonly string[];
  readonly targets: ReadonlyArray<{
    readonly ciId: string;
    readonly verdict: 'ok' | 'warn' | 'block';
    readonly message?: string;
  }>;
}

/** The answer of `probe`. `starting` will become ready by itself; `broken` needs a person. */
export interface ProbeReport {
  readonly status: 'ready' | 'starting' | 'broken';
  readonly toolVersion?: string;
  readonly detail?: string;
}

/** The answer of `cancel`. `accepted: false` means that nothing changed, for example because the run had ended. */
export interface CancelReport {
  readonly accepted: boolean;
  readonly detail?: string;
}

/** A request that arrived at the instance's callback address, untouched. */
export interface CallbackMessage {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly rawBody: Uint8Array;
  readonly query: Readonly<Record<string, string>>;
}

/** What `receive` made of it: which run to look at. `dedupeId` lets the core drop a repetition. */
export interface CallbackReport {
  readonly key?: string;
  readonly native?: JsonObject;
  readonly dedupeId?: string;
  readonly observation?: Observation;
}

/** A piece of the tool's log, as text. */
export interface LogChunk {
  readonly chunk: string;
  /** Pass it to the next call to continue. */
  readonly cursor: string;
  /** The log is complete and has been read to its end. */
  readonly eof: boolean;
}

/**
 * A connected instance of an adapter. Any method may be called at any time, concurrently, from several server
 * processes. Every method must end, by throwing, within a second of its signal's abort, leaving no process, socket or
 * open file behind. Failures are {@link AdapterError}s. Keep what must survive a restart in the tool or below
 * `ctx.workDir`, never in memory.
 */
export interface Adapter {
  /** What was learned about the tool when connecting; overrides the module's static capabilities for this instance. */
  readonly declared?: {
    readonly capabilities?: Capabilities;
    readonly targetSchema?: JsonSchema;
    readonly packageSchema?: JsonSchema;
    readonly parametersSchema?: JsonSchema;
  };
  /** Is the tool usable? A tool that is down is an answer (`broken` or `starting`), not an error. */
  probe(signal: AbortSignal): Promise<ProbeReport>;
  /** Check a request in advance; no effect on targets. */
  preflight(request: DistributionRequest, signal: AbortSignal): Promise<PreflightReport>;
  /**
   * Start one run. Throws OUTCOME_UNKNOWN when it may or may not have started, ALREADY_EXISTS when the key belongs to a
   * request with another fingerprint. The core has already checked the request against the schemas.
   */
  submit(request: DistributionRequest, signal: AbortSignal): Promise<RunHandle>;
  /** The run with this key, or null if there is none. Used when the handle was never stored. */
  find(key: string, signal: AbortSignal): Promise<RunHandle | null>;
  /** A pure read, safe at any time from anywhere. NOT_FOUND when the tool no longer knows the run. */
  observe(handle: RunHandle, cursor: string | null, signal: AbortSignal): Promise<Observation>;
  /** Ask to stop. `stop`: begin nothing new; `abort`: also end what is under way. `observe` shows the result. */
  cancel(
    handle: RunHandle,
    options: { readonly targets?: readonly string[]; readonly mode: 'stop' | 'abort' },
    signal: AbortSignal,
  ): Promise<CancelReport>;
  pause?(handle: RunHandle, signal: AbortSignal): Promise<void>;
  resume?(handle: RunHandle, signal: AbortSignal): Promise<void>;
  /** Interpret a callback. It must authenticate the message or throw UNAUTHENTICATED. */
  receive?(message: CallbackMessage, signal: AbortSignal): Promise<CallbackReport>;
  /** Read the log of a run, or of one target in it, from a cursor on. */
  logs?(
    handle: RunHandle,
    query: { readonly ciId?: string; readonly cursor?: string; readonly maxBytes: number },
    signal: AbortSignal,
  ): Promise<LogChunk>;
  /** Free all resources. May be called twice. Runs go on. */
  close(): Promise<void>;
}

/** The default export of an adapter package. */
export interface AdapterModule {
  readonly $$type: typeof ADAPTER_MODULE_TYPE;
  readonly apiVersion: typeof ADAPTER_API_VERSION;
  /** See {@link ADAPTER_ID_PATTERN}. */
  readonly id: string;
  readonly version: string;
  readonly title: string;
  /** Settings of an instance. */
  readonly configSchema: JsonSchema;
  /** The binding a configuration item needs to be a target of this tool. */
  readonly targetSchema: JsonSchema;
  /** The binding a release package needs to be distributed by this tool. */
  readonly packageSchema: JsonSchema;
  /**
   * What `DistributionRequest.parameters` may hold. The core refuses others when a distribution is planned, so list
   * every parameter and forbid additional properties. Absent: the core checks nothing, and the adapter must.
   */
  readonly parametersSchema?: JsonSchema;
  /** Pure: no I/O, the same answer for the same settings. */
  capabilities(config: unknown): Capabilities;
  /** Connect. `config` has been checked against `configSchema`. */
  create(config: unknown, context: AdapterContext): Promise<Adapter>;
}

/** Structured logging; every value passes the redactor first. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** How to run a child process. Of the server's environment only PATH, HOME, LANG, TZ and TMPDIR are passed on. */
export interface SpawnOptions {
  readonly cwd?: string;
  /**
   * Added to the minimal environment. The place for secrets that do not fit on stdin; never put one into the arguments.
   */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  /** Ends the whole process group within a second, first SIGTERM, then SIGKILL. */
  readonly signal: AbortSignal;
  /** Ends it too, with `timedOut` in the result. Absent: only the signal ends it. */
  readonly timeoutMs?: number;
  /** More output than this ends the process, with `overflowed` in the result. Default 1 MiB. */
  readonly maxStdoutBytes?: number;
  /** Maximum bytes that are kept; later ones are dropped silently. Default 64 KiB. */
  readonly maxStderrBytes?: number;
}

/** How a child process ended. */
export interface SpawnResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly timedOut: boolean;
  readonly overflowed: boolean;
}

/**
 * Identifies one process permanently: a pid alone may be reused by another process. `startTicks` and `bootId` come from
 * /proc and are empty on systems without it.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: string;
  readonly bootId: string;
}

/** Runs programs without a shell: the first element is the program, the rest are its arguments, passed verbatim. */
export interface SafeSpawn {
  /**
   * Run a program to its end. When it ends, all remaining processes of its process group are ended too. Rejects with
   * the signal's reason on abort, and with FAILED_PRECONDITION when the program cannot be started.
   */
  (command: readonly [string, ...string[]], options: SpawnOptions): Promise<SpawnResult>;
  /**
   * Start a program that outlives this call and this server, as leader of its own process group. Output goes to the
   * given files.
   */
  startDetached(
    command: readonly [string, ...string[]],
    options: {
      readonly cwd: string;
      readonly env?: Readonly<Record<string, string>>;
      readonly stdoutFile: string;
      readonly stderrFile: string;
    },
  ): Promise<ProcessIdentity>;
  /** Is exactly this process still running? A zombie, or another process with its pid, does not count. */
  isAlive(process: ProcessIdentity): Promise<boolean>;
  /** End the process's whole group: SIGTERM, after `graceMs` SIGKILL. True once no process of it is left. */
  endGroup(process: ProcessIdentity, graceMs: number, signal: AbortSignal): Promise<boolean>;
}

/** What an instance gets from the core. */
export interface AdapterContext {
  /** The name of this instance in the configuration. */
  readonly instanceId: string;
  readonly log: Logger;
  readonly secrets: {
    /** Resolve a secret at the moment of use. FAILED_PRECONDITION when it is missing or empty. */
    get(ref: SecretRef): Promise<string>;
  };
  readonly artifacts: {
    /**
     * Stream the content with this SHA-256. The stream fails at its end with FAILED_PRECONDITION when the content does
     * not match, so do not use the content before the stream has ended without error. NOT_FOUND when there is no such
     * content.
     */
    open(sha256: string): Promise<ReadableStream<Uint8Array>>;
  };
  /** A private directory of this instance that exists and survives restarts. */
  readonly workDir: string;
  now(): Date;
  readonly fetch: typeof fetch;
  readonly spawn: SafeSpawn;
}

/**
 * The meaning of each error code and how the core reacts. `retry`: `never` automatically; `backoff`: later with the
 * same key; `reconcile`: call `find` first and send again only where that is safe. `mayHaveStarted`: whether a run may
 * exist after `submit` threw it.
 */
export const ADAPTER_ERRORS = {
  INVALID_ARGUMENT: { retry: 'never', mayHaveStarted: false, meaning: 'The request itself is invalid.' },
  UNAUTHENTICATED: {
    retry: 'never',
    mayHaveStarted: false,
    meaning: 'The tool does not accept the credentials, or a callback has no valid ones.',
  },
  PERMISSION_DENIED: {
    retry: 'never',
    mayHaveStarted: false,
    meaning: 'The credentials are valid but do not permit this.',
  },
  NOT_FOUND: { retry: 'never', mayHaveStarted: false, meaning: 'The tool does not know the run, package or target.' },
  ALREADY_EXISTS: {
    retry: 'never',
    mayHaveStarted: false,
    meaning: 'The key belongs to a run with another fingerprint.',
  },
  FAILED_PRECONDITION: {
    retry: 'never',
    mayHaveStarted: false,
    meaning: 'Something must be fixed first: configuration, media, the tool.',
  },
  ABORTED: {
    retry: 'backoff',
    mayHaveStarted: false,
    meaning: 'Another operation on the same object is under way, or the caller aborted a read.',
  },
  RESOURCE_EXHAUSTED: {
    retry: 'backoff',
    mayHaveStarted: false,
    meaning: 'A quota, rate or space limit has been reached.',
  },
  UNAVAILABLE: {
    retry: 'backoff',
    mayHaveStarted: false,
    meaning: 'The tool cannot be reached; it certainly did nothing.',
  },
  DEADLINE_EXCEEDED: { retry: 'reconcile', mayHaveStarted: true, meaning: 'No answer in time.' },
  UNIMPLEMENTED: {
    retry: 'never',
    mayHaveStarted: false,
    meaning: 'The adapter does not offer this; see its capabilities.',
  },
  INTERNAL: {
    retry: 'reconcile',
    mayHaveStarted: true,
    meaning: 'A fault of the adapter, or an answer that violates the contract.',
  },
  OUTCOME_UNKNOWN: {
    retry: 'reconcile',
    mayHaveStarted: true,
    meaning: 'The command was sent and may or may not have taken effect.',
  },
} as const satisfies Record<
  string,
  { retry: 'never' | 'backoff' | 'reconcile'; mayHaveStarted: boolean; meaning: string }
>;

/** The closed list of codes of {@link AdapterError}. */
export type AdapterErrorCode = keyof typeof ADAPTER_ERRORS;

/** Details of an {@link AdapterError}. */
export interface AdapterErrorOptions {
  /** Minimum wait before the next try, in milliseconds. */
  readonly retryAfterMs?: number;
  /** The tool's own error. */
  readonly native?: JsonValue;
  readonly cause?: unknown;
}

/** The only kind of error an adapter throws on purpose. Messages and `native` never hold secrets. */
export class AdapterError extends Error {
  override readonly name = 'AdapterError';
  readonly code: AdapterErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly native: JsonValue | undefined;

  constructor(code: AdapterErrorCode, message: string, options: AdapterErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.native = options.native;
  }
}

/** Recognises an {@link AdapterError} by its properties, so that errors of another copy of this package count too. */
export function isAdapterError(error: unknown): error is AdapterError {
  return (
    error instanceof Error &&
    error.name === 'AdapterError' &&
    Object.hasOwn(ADAPTER_ERRORS, (error as { code?: string }).code ?? '')
  );
}

/**
 * The digest of a whole package: for one artifact its own SHA-256, for several the SHA-256 of their digests, sorted and
 * each followed by a newline. Undefined for a package without artifacts.
 */
export function packageDigest(artifacts: ReadonlyArray<{ readonly sha256: string }>): string | undefined {
  if (artifacts.length < 2) return artifacts[0]?.sha256;
  const digests = artifacts.map((artifact) => artifact.sha256).sort();
  return createHash('sha256')
    .update(digests.map((digest) => `${digest}\n`).join(''))
    .digest('hex');
}

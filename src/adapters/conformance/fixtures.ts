/**
 * What an author tells the conformance kit about an adapter. All of it is plain data, so that it can be a JSON file.
 */
import type { AdapterErrorCode, JsonObject, JsonValue, RequestTarget, TargetState } from '../adapter.js';

/** A file of the package under test. The kit computes its digest and size and stores it at `uri`. */
export interface ArtifactFixture {
  readonly name: string;
  readonly version?: string;
  readonly mediaType?: string;
  /** The content, as text or in Base64. */
  readonly content: string | { readonly base64: string };
}

/** What may differ from the ordinary run. */
export interface RunVariation {
  readonly config?: unknown;
  readonly targets?: readonly RequestTarget[];
  readonly packageBinding?: unknown;
  readonly parameters?: JsonObject;
  readonly maxParallel?: number;
  readonly stopAfterFailures?: number;
  /** The deadline of the request, in milliseconds from now. Default: an hour. */
  readonly deadlineMs?: number;
  /** Sent to the program of the tool before the run; see {@link ToolFixture}. */
  readonly tell?: JsonValue;
}

/**
 * The ends that every tool must be tried with. `tool error`: the tool failed before it reached a target. `nothing
 * done`: the tool calls the run a success and has touched nothing. `unknown status`: a target has a status of the tool
 * that the adapter does not know. `deadline`: the tool gave up because time was over.
 */
export const OUTCOMES = [
  'one fails',
  'all fail',
  'one unreachable',
  'one missing',
  'tool error',
  'nothing done',
  'unknown status',
  'deadline',
] as const;
/** See {@link OUTCOMES}. */
export type OutcomeName = (typeof OUTCOMES)[number];

/** A run that does not plainly succeed. */
export interface Scenario extends RunVariation {
  readonly name: string;
  /** The end that it shows. The kit then also checks what holds for that end in every tool. */
  readonly outcome?: OutcomeName;
  /** The end of each target; several where the tool may choose. Targets left out may end in any way. */
  readonly expect: Readonly<Record<string, TargetState | readonly TargetState[]>>;
  /** The tool's own status in the last report about a target, verbatim. */
  readonly nativeStatus?: Readonly<Record<string, string>>;
}

/** The calls that a tool can refuse. */
export type FailingCall = 'probe' | 'preflight' | 'submit' | 'find' | 'observe' | 'cancel' | 'logs';

/** A call that the tool refuses. A submission that is refused must have started nothing if its code says so. */
export interface ErrorFixture extends RunVariation {
  readonly name: string;
  /** Default `submit`. For `observe`, `cancel` and `logs` a run is started first, with the ordinary settings. */
  readonly call?: FailingCall;
  readonly code: AdapterErrorCode | readonly AdapterErrorCode[];
  /** The error must ask for at least this wait, in milliseconds. */
  readonly retryAfterMs?: number;
}

/**
 * The tool behind the adapter, where it is not there already. Each case gets its own.
 */
export interface ToolFixture {
  /**
   * A program that plays the tool. It prints one line of JSON when it is ready; the texts of this object become
   * placeholders. It gets `tell` of a variation as a line of JSON on its standard input and answers each with a line.
   * It ends when its standard input ends. The values of `secretEnv` are in its environment.
   */
  readonly command?: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /**
   * The address of the tool, where it speaks HTTP. The kit then stands between adapter and tool: `${tool}` is an
   * address of the kit, which passes requests on, and answers with the faults of HTTP where a case needs them.
   */
  readonly http?: string;
  /** Requests that start a run, as `METHOD /path`, with `*` for any text. Default: all but GET, HEAD and OPTIONS. */
  readonly starts?: readonly string[];
}

/** A value that is computed from texts with placeholders. */
export type ComputedValue =
  /** The time, in seconds or milliseconds since 1970. */
  | { readonly now: 'seconds' | 'milliseconds' }
  | { readonly base64: string }
  | { readonly hash: 'sha1' | 'sha256' | 'sha512'; readonly text: string; readonly encoding?: 'hex' | 'base64' }
  | {
      readonly hmac: 'sha1' | 'sha256' | 'sha512';
      readonly key: string;
      readonly text: string;
      readonly encoding?: 'hex' | 'base64';
    };

/**
 * How the tool writes a genuine callback. Texts have the placeholders of the fixtures and: `${key}` the key of the run,
 * `${native.NAME}` a member of its handle, `${nonce}` a new text for each message, `${secret.NAME}` the value of one of
 * `secretEnv`, `${body}` the body, and the name of each computed value.
 */
export interface CallbackFixture {
  /** Computed in this order; each may use those before it. */
  readonly values?: Readonly<Record<string, ComputedValue>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** A text, or a value that is sent as JSON. */
  readonly body: JsonValue;
  /** Bodies that tell of an earlier and of a later moment of the same run. Default: `body` for both. */
  readonly earlierBody?: JsonValue;
  /** The names of the headers and query parameters that prove where a message comes from. */
  readonly proof: readonly [string, ...string[]];
  /** Age in seconds from which a message is refused. Absent: messages do not age. */
  readonly maxAgeSeconds?: number;
  /** The signature does not cover the body, so a body can be exchanged. Such a message can only be a hint. */
  readonly unsignedBody?: boolean;
}

/**
 * Placeholders in texts of the fixtures: `${dir}` is a directory that exists for one case only, `${media}` the `file:`
 * address of a directory in it with the artifacts by digest, `${node}` the Node program, `${cwd}` the directory in
 * which the kit was started, `${tool}` the address of {@link ToolFixture.http}, the texts that the program of the tool
 * prints, and in `manyTargets` `${n}` a number.
 */
export interface ConformanceFixtures {
  /** Settings with which everything works. */
  readonly config: unknown;
  /** Settings that must be refused. */
  readonly badConfigs?: readonly unknown[];
  /** At least two targets that all succeed. */
  readonly targets: readonly RequestTarget[];
  /** Target bindings that must be refused. */
  readonly badTargets?: readonly unknown[];
  /** Package bindings that must be refused. */
  readonly badPackages?: readonly unknown[];
  /** Parameters that must be refused. Default, for an adapter with a `parametersSchema`: one that no tool knows. */
  readonly badParameters?: readonly JsonObject[];
  readonly packageBinding?: unknown;
  readonly artifacts?: readonly ArtifactFixture[];
  readonly parameters?: JsonObject;
  /** Maximum duration of a run, in milliseconds. Default 20,000. */
  readonly settleMs?: number;
  /** A run that takes long enough (about a second) for a cancel to reach it, and that succeeds without one. */
  readonly slow?: RunVariation;
  readonly scenarios?: readonly Scenario[];
  readonly errors?: readonly ErrorFixture[];
  /** The settings of a tool that is down. Not needed with {@link ToolFixture.http}: the kit can shut that off. */
  readonly down?: { readonly config: unknown };
  readonly tool?: ToolFixture;
  readonly callback?: CallbackFixture;
  /** The binding of one of many targets. */
  readonly manyTargets?: unknown;
  /** A run that writes a log of at least 10 MB. */
  readonly longLog?: RunVariation;
  /** A run with at least 5,000 reports about its targets. */
  readonly manyReports?: RunVariation;
  /**
   * Environment variables that the settings refer to as secrets. The kit invents their values, which must never show.
   */
  readonly secretEnv?: readonly string[];
  /** Those of `secretEnv` that the adapter passes to its programs in their environment, on purpose. */
  readonly secretsInChildEnv?: readonly string[];
  /** A directory with the effects of runs. Lets the kit check that nothing changed. */
  readonly effects?: string;
  /** A directory with one entry per run. Lets the kit count runs. */
  readonly runs?: string;
  /**
   * A directory with the process ids of the programs that work on targets: in files named `pid` or `….pid`, or in JSON
   * files with a member `pid`. Lets the kit check that a confirmed cancel has ended them.
   */
  readonly pids?: string;
  /** Directories, relative to `${dir}`, to create before a case. */
  readonly directories?: readonly string[];
}

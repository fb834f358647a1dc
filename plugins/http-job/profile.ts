/** What a profile says about a tool, and what the settings of an instance add to it. */
import type { AdapterOperation, JsonSchema, SecretRef } from '../../src/adapters/adapter.js';
import type { HttpSettings } from '../../src/adapters/http.js';
import type { CallbackSettings } from './signature.js';
import type { Reader } from './reader.js';
import type { StateMap } from './states.js';
import type { Pattern } from './template.js';

/** A request; its texts are templates. */
export interface RequestSpec {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
  readonly json?: Pattern;
  /** Of the JSON body. Default `application/json`. */
  readonly contentType?: string;
}

/** How to see whether a job is there whose answer was lost. */
export interface SearchSpec {
  readonly request: RequestSpec;
  /** The members to look at: a JSON Pointer whose token `*` stands for every member. */
  readonly list: string;
  /** The text of a member that names its job. */
  readonly at: Reader;
  /** That text: a template, by default the key of the job. */
  readonly equals?: string;
  /** The key of the job is one of several words in the text. */
  readonly contains?: boolean;
  readonly id?: Reader;
  readonly ticket?: Reader;
  /**
   * The list has at most so many members, the newest first. A job that is not among them was certainly not started only
   * if the last one is older than the order: `since` reads its time, as ISO 8601 or in milliseconds since 1970. Where a
   * tool does not say by which time it sorts, the end of a job is the safe one: its start was before.
   */
  readonly newest?: { readonly most: number; readonly since: Reader };
}

/** Where the status of single targets stands. One of `list`, `map` and `sets`. */
export interface TargetSource {
  /** Absent: in the answer about the job. */
  readonly request?: RequestSpec;
  /** How the tool names a target: a template with `target.…`. */
  readonly label: string;
  readonly states: StateMap;
  /** One member for each target (a target may have several), with `name` and `state`. */
  readonly list?: string;
  readonly name?: Reader;
  readonly state?: Reader;
  /** An object with the targets as names, and where the texts of their status stand below. */
  readonly map?: string;
  readonly values?: string;
  /** Lists of names by pointer, with the status that each list means. */
  readonly sets?: Readonly<Record<string, string>>;
}

/** Everything that is known about a tool. See README.md. */
export interface Profile {
  readonly title: string;
  /** Public pages that say so. */
  readonly sources: readonly string[];
  readonly jobs: 'per-run' | 'per-target';
  /** A job that ends well has reached each of its targets. Required for jobs per run without `targets`. */
  readonly speaksForTargets?: boolean;
  /** Values of the site by name, each with its meaning, or with a default. */
  readonly site?: Readonly<Record<string, { readonly description: string; readonly default?: string }>>;
  /** Names of secrets for headers and bodies; the credentials of every request are `auth` of the settings. */
  readonly secrets?: readonly string[];
  readonly target: JsonSchema;
  readonly package: JsonSchema;
  readonly parameters: JsonSchema;
  readonly operations: readonly AdapterOperation[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly probe: { readonly request: RequestSpec; readonly version?: Reader };
  readonly check?: ReadonlyArray<{
    readonly request: RequestSpec;
    readonly expect?: ReadonlyArray<{ readonly at: Reader; readonly equals: string; readonly message: string }>;
  }>;
  readonly submit: {
    readonly request: RequestSpec;
    /** Answers that mean that the job was started. After any other success nobody knows. Default: all of 2xx. */
    readonly statuses?: readonly number[];
    /** The job's own id. A tool that does not say it at once is searched for it. */
    readonly id?: Reader;
    /** Where the job waits before it has an id; see `locate`. */
    readonly ticket?: Reader;
    /** Answers that mean that the job is there already: its name is made from the key, so a repetition is harmless. */
    readonly exists?: { readonly statuses: readonly number[]; readonly fingerprint?: Reader };
    /** Answers that mean that the tool did nothing because something else is under way. */
    readonly busy?: { readonly statuses: readonly number[]; readonly text: string };
  };
  /** Looks at a waiting job for its id. One that has vanished is searched for. */
  readonly locate?: {
    readonly request: RequestSpec;
    readonly id: Reader;
    readonly state?: Reader;
    readonly states?: StateMap;
  };
  readonly search?: readonly SearchSpec[];
  /** How long a job may stay hidden from the search after it was sent, in milliseconds. Default 0. */
  readonly settleMs?: number;
  readonly observe: {
    readonly request: RequestSpec;
    readonly state: Reader;
    readonly states: StateMap;
    readonly url?: Reader;
    readonly message?: Reader;
    readonly percent?: Reader;
    readonly targets?: readonly TargetSource[];
  };
  readonly cancel?: {
    readonly request: RequestSpec;
    /** The same, but harder. */
    readonly abort?: RequestSpec;
    /** For a job that still waits and has no id. */
    readonly waiting?: RequestSpec;
    /** Answers that mean that the tool does not cancel it (any longer). */
    readonly refused?: readonly number[];
    /** A text in the answer that must be one of these. */
    readonly accepted?: { readonly at: Reader; readonly values: readonly string[] };
  };
  readonly logs?: {
    readonly request: RequestSpec;
    /** Lines in a JSON answer; absent: the answer is the text. */
    readonly lines?: string;
  };
  /** How to see in a message of the tool which job it is about. */
  readonly callback?: { readonly key: Reader; readonly contains?: boolean };
  readonly limits?: {
    readonly maxTargets?: number;
    readonly maxConcurrentRuns?: number;
    readonly minPollMs?: number;
    readonly typicalLatencyMs?: number;
  };
}

/** The settings of an instance. */
export interface HttpJobConfig extends HttpSettings {
  /** The name of a ready profile, or a whole one. */
  readonly profile: string | Profile;
  readonly site?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, SecretRef>>;
  readonly callback?: CallbackSettings;
  /** Meanings of native statuses that the profile does not know, or that mean something else here. */
  readonly states?: StateMap;
  readonly minPollMs?: number;
  readonly settleMs?: number;
}

/** Every place in a profile with a request. */
export function requestsOf(profile: Profile): RequestSpec[] {
  const { probe, check = [], submit, locate, search = [], observe, cancel, logs } = profile;
  return [
    probe.request,
    ...check.map(({ request }) => request),
    submit.request,
    locate?.request,
    ...search.map(({ request }) => request),
    observe.request,
    ...(observe.targets ?? []).map(({ request }) => request),
    cancel?.request,
    cancel?.abort,
    cancel?.waiting,
    logs?.request,
  ].filter((request) => request !== undefined);
}

/** Every reader in a profile. */
export function readersOf(profile: Profile): Reader[] {
  const { probe, check = [], submit, locate, search = [], observe, cancel, callback } = profile;
  return [
    probe.version,
    ...check.flatMap(({ expect = [] }) => expect.map((one) => one.at)),
    submit.id,
    submit.ticket,
    submit.exists?.fingerprint,
    locate?.id,
    locate?.state,
    ...search.flatMap((one) => [one.at, one.id, one.ticket, one.newest?.since]),
    observe.state,
    observe.url,
    observe.message,
    observe.percent,
    ...(observe.targets ?? []).flatMap(({ name, state }) => [name, state]),
    cancel?.accepted?.at,
    callback?.key,
  ].filter((reader) => reader !== undefined);
}

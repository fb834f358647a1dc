/**
 * What an author gives the conformance kit about an adapter. Everything is plain data, so that it can be a JSON file.
 */
import type { JsonObject, RequestTarget, TargetState } from '../adapter.js';

/** A file of the package under test. The kit works out its digest and size and puts it where `uri` says. */
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
}

/** A run with another course than plain success. */
export interface Scenario extends RunVariation {
  readonly name: string;
  /** The end of each target; several where the tool may choose. Targets left out may end in any way. */
  readonly expect: Readonly<Record<string, TargetState | readonly TargetState[]>>;
}

/**
 * In every text of the fixtures `${dir}` stands for a directory that exists for one case only, `${media}` for the
 * `file:` address of
 * a directory in it that holds the artifacts by digest, `${node}` for the Node program, `${cwd}` for the directory in
 * which the kit was
 * started, and in `manyTargets` `${n}` for a number.
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
  readonly packageBinding?: unknown;
  readonly artifacts?: readonly ArtifactFixture[];
  readonly parameters?: JsonObject;
  /** How long a run may take, in milliseconds. Default 20,000. */
  readonly settleMs?: number;
  /**
   * A run that is under way long enough (a second or so) for a cancel to catch it, and that then ends well if it is
   * left alone.
   */
  readonly slow?: RunVariation;
  readonly scenarios?: readonly Scenario[];
  /** The binding of one of many targets. */
  readonly manyTargets?: unknown;
  /**
   * Environment variables that the settings refer to as secrets. Their values are made up by the kit and must never
   * show.
   */
  readonly secretEnv?: readonly string[];
  /** A directory in which the effects of runs show. Lets the kit see that something changed nothing. */
  readonly effects?: string;
  /** A directory that holds one entry a run. Lets the kit count runs. */
  readonly runs?: string;
  /** Directories, relative to `${dir}`, to make before a case. */
  readonly directories?: readonly string[];
}

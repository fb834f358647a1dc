/**
 * What an author tells the conformance kit about an adapter. All of it is plain data, so that it can be a JSON file.
 */
import type { JsonObject, RequestTarget, TargetState } from '../adapter.js';

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
}

/** A run that does not plainly succeed. */
export interface Scenario extends RunVariation {
  readonly name: string;
  /** The end of each target; several where the tool may choose. Targets left out may end in any way. */
  readonly expect: Readonly<Record<string, TargetState | readonly TargetState[]>>;
}

/**
 * Placeholders in texts of the fixtures: `${dir}` is a directory that exists for one case only, `${media}` the `file:`
 * address of a directory in it with the artifacts by digest, `${node}` the Node program, `${cwd}` the directory in
 * which the kit was started, and in `manyTargets` `${n}` a number.
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
  /** The binding of one of many targets. */
  readonly manyTargets?: unknown;
  /**
   * Environment variables that the settings refer to as secrets. The kit invents their values, which must never show.
   */
  readonly secretEnv?: readonly string[];
  /** A directory with the effects of runs. Lets the kit check that nothing changed. */
  readonly effects?: string;
  /** A directory with one entry per run. Lets the kit count runs. */
  readonly runs?: string;
  /** Directories, relative to `${dir}`, to create before a case. */
  readonly directories?: readonly string[];
}

/**
 * What differs from one site to the next, as data: the commands of Tivoli Configuration Manager, the patterns of their
 * output and the meaning of their words. Public sources prove only a few of them (README.md lists these), so no command
 * name stands in the code.
 */
import type { AdapterErrorCode, AdapterOperation, TargetState } from '../../src/adapters/adapter.js';

/** A command: the program and its arguments, with placeholders such as `{label}`; and where the knowledge is from. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  /** A public document, or the transcript of a site. For the reader only. */
  readonly source: string;
  /** Absent: the setting `timeoutMs` of the instance. */
  readonly timeoutSeconds?: number;
}

/** The document of a plan, for the Activity Planner: lines with placeholders, and the lines of each target. */
export interface PlanDocument {
  /** `{targets}` stands for the lines of all targets. */
  readonly document: readonly string[];
  /** `{endpoint}` is the name of the target, `{target}` its full spelling. */
  readonly target: readonly string[];
}

/** Where the transport states of the targets come from. */
export type Progress =
  | {
      /** The queues of all gateways, which serve all runs. */
      readonly from: 'gateways';
      readonly gateways: Command;
      /** `{gateway}`. */
      readonly queue: Command;
      /** Names the run in a block of a queue: a pattern with the group `id`. */
      readonly runId: string;
      /** What `queue` says of a gateway that does not answer, and the command that lists its endpoints. */
      readonly silentGateway?: { readonly pattern: string; readonly endpoints: Command };
    }
  | {
      /** One list per run. */
      readonly from: 'list';
      /** `{runId}`. */
      readonly list: Command;
      /** One target: a pattern with the groups `target` and `state`, and perhaps `time` and `detail`. */
      readonly line: string;
    };

/** Where the final results of the targets come from. */
export type Results =
  | { readonly from: 'progress' }
  | {
      /** The log of the package on the server. The transport then only says why there is no result. */
      readonly from: 'log';
      readonly read: Command;
      /** A result: the groups `target` and `result`, `id` or `time` or both, and perhaps `package` and `detail`. */
      readonly line: string;
      /** The meaning of the results. */
      readonly words: Readonly<Record<string, TargetState>>;
    };

/** The meaning of a transport state. `paused` is a pending target that waits for a person. */
export type StateMeaning = TargetState | 'paused';

/** A profile. `profile.schema.json` describes each member. */
export interface Profile {
  readonly $schema?: string;
  readonly format: 1;
  readonly name: string;
  /** The product and its level, e.g. `IBM Tivoli Configuration Manager 4.2.3 FP02`. */
  readonly product: string;
  /** False until a site has compared every command and pattern with its product. */
  readonly verified: false | { readonly by: string; readonly on: string };
  /** `distribution`: one software package to endpoints. `plan`: one plan of the Activity Planner. */
  readonly mode: 'distribution' | 'plan';
  /** IANA name of the time zone of the times in the output. */
  readonly timeZone: string;
  /** A command without effect that works when the environment does. */
  readonly probe: Command;
  /** The order, by operation: an operation without a command is not offered. */
  readonly operations: Readonly<Partial<Record<AdapterOperation, Command>>>;
  /** The id of the run in the output of the order: a pattern with the group `id`. */
  readonly runId: string;
  /** Longest label that the product takes, in characters. */
  readonly maxLabel: number;
  /** Lists the labels of all runs. Absent: a lost order cannot be found again. */
  readonly find?: Command & {
    /** A pattern with the groups `label` and `id`. */
    readonly line: string;
    /** How long after an order a run may still be missing in the list. */
    readonly settleSeconds: number;
  };
  readonly plan?: {
    readonly documents: Readonly<Partial<Record<AdapterOperation, PlanDocument>>>;
    /** Gives the document `{planFile}` to the product, before the order. */
    readonly import?: Command & {
      /** What it says of a plan that is there already, so that an interrupted start can be repeated. */
      readonly repeated?: string;
    };
  };
  readonly progress: Progress;
  readonly states: Readonly<Record<string, StateMeaning>>;
  readonly results: Results;
  /** How long a target may stay without a word that means something, before nobody knows its result. */
  readonly patienceSeconds: number;
  readonly cancel?: Command;
  /** `{endpoints}`. Absent: only a whole run can be cancelled. */
  readonly cancelTargets?: Command;
  readonly pause?: Command;
  readonly resume?: Command;
  /** The meaning of error texts; the first that matches counts. */
  readonly errors?: readonly { readonly pattern: string; readonly code: AdapterErrorCode; readonly source: string }[];
  readonly maxTargets: number;
}

/** What a simulated target or tool shall do: the words of the script, how they are checked, and which script applies. */
import {
  AdapterError,
  ADAPTER_ERRORS,
  type AdapterErrorCode,
  type JsonSchema,
  type RequestTarget,
} from '../../src/adapters/adapter.js';

/** How a simulated target ends. `hang`: it stops reporting and the run never ends; `silent`: it never reports, yet the run ends. */
export const OUTCOMES = ['succeed', 'fail', 'reject', 'skip', 'expire', 'unknown', 'hang', 'silent'] as const;
/** See {@link OUTCOMES}. */
export type Outcome = (typeof OUTCOMES)[number];

/** The script of one target. Times in milliseconds; steps are counted from 1. */
export interface TargetScript {
  readonly outcome: Outcome;
  /** Names of the steps; the first is reported as staging, the others as running. */
  readonly steps: readonly string[];
  readonly stepMs: number;
  /** Reports with a rising percentage within each step. */
  readonly ticks: number;
  /** Time between the target's turn and its first report. */
  readonly startDelayMs: number;
  /** The step in which a `fail`, `unknown` or `hang` shows. 0: the last one. */
  readonly atStep: number;
  /** With `fail`: only in the first so many runs that name this target for this release; then it succeeds. 0: always. */
  readonly failAttempts: number;
  /** On reaching this step the target cannot be reached for so long, then goes on. Step 0: never. */
  readonly unreachableStep: number;
  readonly unreachableMs: number;
  /** Reason of a bad end. */
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  /** The tool's word for the end, in place of the usual one. */
  readonly nativeStatus: string;
  /** `duplicate`: each report twice; `reversed`: all at the end, the last first. */
  readonly reports: 'in-order' | 'duplicate' | 'reversed';
  /** How much later than it happens a report can be seen. */
  readonly reportDelayMs: number;
  /** Whether the target lets itself be cancelled once it has begun. */
  readonly cancel: 'obey' | 'refuse';
  /** What a preflight says of the target. */
  readonly preflight: 'ok' | 'warn' | 'block';
}

/** Everything succeeds, in three steps over a second and a half. */
export const DEFAULT_SCRIPT: TargetScript = {
  outcome: 'succeed',
  steps: ['stage', 'install', 'verify'],
  stepMs: 500,
  ticks: 1,
  startDelayMs: 0,
  atStep: 0,
  failAttempts: 0,
  unreachableStep: 0,
  unreachableMs: 1_000,
  code: 'SIMULATED',
  message: 'The script says so.',
  retryable: true,
  nativeStatus: '',
  reports: 'in-order',
  reportDelayMs: 0,
  cancel: 'obey',
  preflight: 'ok',
};

/** Scripts that can be named without being configured: every outcome, and these. */
const PRESETS: Readonly<Record<string, Partial<TargetScript>>> = {
  ...Object.fromEntries(OUTCOMES.map((outcome) => [outcome, { outcome }])),
  'fail-once': { outcome: 'fail', failAttempts: 1 },
  'unreachable-then-succeed': { unreachableStep: 2 },
};

const milliseconds = { type: 'integer', minimum: 0, maximum: 86_400_000 };
const stepNumber = { type: 'integer', minimum: 0, maximum: 100 };

/** A script written out; every word may be left out. */
export const SCRIPT_SCHEMA: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    outcome: { enum: OUTCOMES },
    steps: { type: 'array', minItems: 1, maxItems: 100, items: { type: 'string', minLength: 1 } },
    stepMs: milliseconds,
    ticks: { type: 'integer', minimum: 1, maximum: 100 },
    startDelayMs: milliseconds,
    atStep: stepNumber,
    failAttempts: { type: 'integer', minimum: 0, maximum: 1000 },
    unreachableStep: stepNumber,
    unreachableMs: milliseconds,
    code: { type: 'string', minLength: 1 },
    message: { type: 'string' },
    retryable: { type: 'boolean' },
    nativeStatus: { type: 'string' },
    reports: { enum: ['in-order', 'duplicate', 'reversed'] },
    reportDelayMs: milliseconds,
    cancel: { enum: ['obey', 'refuse'] },
    preflight: { enum: ['ok', 'warn', 'block'] },
  },
};

/** A script or the name of one. */
export const SCRIPT_OR_NAME_SCHEMA: JsonSchema = { anyOf: [{ type: 'string', minLength: 1 }, SCRIPT_SCHEMA] };

/** The calls that can be made to find the tool down. */
export const METHODS = ['probe', 'preflight', 'submit', 'find', 'observe', 'cancel', 'logs'] as const;
/** See {@link METHODS}. */
export type Method = (typeof METHODS)[number];

/** What goes wrong with the tool rather than with a target. */
export interface Faults {
  /** How `submit` goes wrong, and how many times in a row (default 1). */
  readonly submit?: {
    /**
     * `refuse`: with `code`, nothing started · `crash`: an unexpected exception, nothing started · `crash-after-start`: likewise, run
     * started · `lost-answer`: OUTCOME_UNKNOWN, run started · `kill` and `kill-after-start`: the server process gets SIGKILL.
     */
    readonly kind: 'refuse' | 'crash' | 'crash-after-start' | 'lost-answer' | 'kill' | 'kill-after-start';
    readonly code?: AdapterErrorCode;
    readonly times?: number;
  };
  /** So many calls find the tool UNAVAILABLE; all methods, or those named. */
  readonly down?: { readonly calls: number; readonly methods?: readonly Method[] };
  /** `reject`: a cancel is not accepted. */
  readonly cancel?: 'reject';
}

/** See {@link Faults}. */
export const FAULTS_SCHEMA: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    submit: {
      type: 'object',
      additionalProperties: false,
      required: ['kind'],
      properties: {
        kind: { enum: ['refuse', 'crash', 'crash-after-start', 'lost-answer', 'kill', 'kill-after-start'] },
        code: { enum: Object.keys(ADAPTER_ERRORS) },
        times: { type: 'integer', minimum: 1, maximum: 1000 },
      },
    },
    down: {
      type: 'object',
      additionalProperties: false,
      required: ['calls'],
      properties: {
        calls: { type: 'integer', minimum: 0, maximum: 10_000 },
        methods: { type: 'array', items: { enum: METHODS } },
      },
    },
    cancel: { enum: ['reject'] },
  },
};

type Scripted = string | Partial<TargetScript> | undefined;

/** The settings of an instance. */
export interface SimulatorConfig {
  /** For every target, unless something more specific says otherwise. */
  readonly script?: Scripted;
  /** Scripts that bindings and parameters may name. */
  readonly scripts?: Readonly<Record<string, Partial<TargetScript>>>;
  /** Scripts of single targets, by `ciId` or name. */
  readonly targets?: Readonly<Record<string, Scripted>>;
  readonly faults?: Faults;
  readonly cancel?: 'confirmed' | 'best-effort' | 'none';
  /** How long a cancel takes to take effect. */
  readonly cancelMs?: number;
  /** Read every artifact through the core when a run starts, and refuse when a digest is wrong. */
  readonly verifyArtifacts?: boolean;
  readonly minPollMs?: number;
  /** Lets `kill` faults end the server process. Off unless asked for. */
  readonly allowKill?: boolean;
}

/** What `DistributionRequest.parameters.simulator` may hold. */
export interface SimulatorParameters {
  readonly script?: Scripted;
  readonly targets?: Readonly<Record<string, Scripted>>;
  readonly faults?: Faults;
}

interface Scope {
  readonly config: SimulatorConfig;
  readonly parameters: SimulatorParameters;
  readonly packageBinding: unknown;
}

function scriptIn(binding: unknown): Scripted {
  return (binding as { script?: Scripted } | null | undefined)?.script;
}

function written(scripted: Scripted, config: SimulatorConfig): Partial<TargetScript> {
  if (typeof scripted !== 'string') return scripted ?? {};
  const named = config.scripts?.[scripted] ?? (Object.hasOwn(PRESETS, scripted) ? PRESETS[scripted] : undefined);
  if (named === undefined) throw new AdapterError('INVALID_ARGUMENT', `There is no script named "${scripted}".`);
  return named;
}

/**
 * The script of one target. Each place adds to or overrides the ones before it: defaults, settings, package binding, parameters,
 * settings for this target, its own binding, parameters for this target. Throws INVALID_ARGUMENT for a name nobody defined.
 */
export function scriptOf(target: RequestTarget, { config, parameters, packageBinding }: Scope): TargetScript {
  const places: Scripted[] = [
    config.script,
    scriptIn(packageBinding),
    parameters.script,
    config.targets?.[target.ciId] ?? config.targets?.[target.name],
    scriptIn(target.binding),
    parameters.targets?.[target.ciId] ?? parameters.targets?.[target.name],
  ];
  return Object.assign({}, DEFAULT_SCRIPT, ...places.map((place) => written(place, config))) as TargetScript;
}

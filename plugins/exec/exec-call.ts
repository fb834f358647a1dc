/**
 * One call of the exec protocol: a child process, one JSON value in, one JSON value out, and an error code for every
 * failure.
 */
import {
  AdapterError,
  ADAPTER_ERRORS,
  type AdapterContext,
  type AdapterErrorCode,
  type JsonValue,
  type SecretRef,
  type SpawnResult,
} from '../../src/adapters/adapter.js';
import { environmentOf, Gate } from '../../src/adapters/programs.js';

/** The version of the protocol, sent with every call. */
export const EXEC_PROTOCOL = 1;

/** The settings of an instance. */
export interface ExecConfig {
  readonly command: readonly [string, ...string[]];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | SecretRef>>;
  readonly timeoutMs?: number;
  readonly maxReplyBytes?: number;
  readonly maxProcesses?: number;
  readonly capabilities?: Readonly<Record<string, unknown>>;
}

/** The methods of the protocol. */
export type ExecMethod =
  'describe' | 'probe' | 'preflight' | 'submit' | 'find' | 'observe' | 'cancel' | 'pause' | 'resume' | 'logs';

export const DEFAULT_TIMEOUT_MS = 30_000;
export const DEFAULT_REPLY_BYTES = 4 * 1024 * 1024;
export const DEFAULT_PROCESSES = 8;

/** Methods that may have taken effect even if they fail. */
const COMMANDS: ReadonlySet<ExecMethod> = new Set(['submit', 'cancel', 'pause', 'resume']);

/** The meaning of exit codes of sysexits.h for a program that ends without a reply. */
const EXIT_CODES: Readonly<Record<number, AdapterErrorCode>> = {
  64: 'INVALID_ARGUMENT',
  69: 'UNAVAILABLE',
  75: 'ABORTED',
  77: 'PERMISSION_DENIED',
  78: 'FAILED_PRECONDITION',
};

type Reply =
  | { readonly result: unknown }
  | {
      readonly error: {
        readonly code: AdapterErrorCode;
        readonly message: string;
        readonly retryAfterMs?: number;
        readonly native?: JsonValue;
      };
    };

/** The reply in a program's output; undefined when none conforms to the protocol. */
function replyIn(stdout: Uint8Array): Reply | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(stdout));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { result, error } = value as { result?: unknown; error?: { code?: unknown; message?: unknown } };
  if ((result === undefined) === (error === undefined)) return undefined;
  if (error === undefined) return { result };
  const known =
    typeof error?.code === 'string' && Object.hasOwn(ADAPTER_ERRORS, error.code) && typeof error.message === 'string';
  return known ? (value as Reply) : undefined;
}

/** A description of how the process ended; undefined if it succeeded. */
function badEnd(ended: SpawnResult, timeoutMs: number): string | undefined {
  if (ended.timedOut) return `gave no answer within ${timeoutMs} ms`;
  if (ended.overflowed) return 'exceeded the maximum size of an answer';
  if (ended.signal !== null) return `was ended by ${ended.signal}`;
  return ended.exitCode === 0 ? undefined : `ended with exit code ${ended.exitCode}`;
}

/** Calls one configured program. */
export class ExecCaller {
  private readonly gate: Gate;

  constructor(
    private readonly config: ExecConfig,
    private readonly context: AdapterContext,
  ) {
    this.gate = new Gate(config.maxProcesses ?? DEFAULT_PROCESSES);
  }

  /**
   * Call one method. Throws the `error` of the program's reply. Without a usable reply the code depends on the exit
   * code; otherwise it is OUTCOME_UNKNOWN after a command, DEADLINE_EXCEEDED after a timeout and INTERNAL in all other
   * cases.
   */
  async call(method: ExecMethod, params: object, signal: AbortSignal): Promise<unknown> {
    const { context, config } = this;
    const call = { protocol: EXEC_PROTOCOL, method, instance: context.instanceId, workDir: context.workDir, params };
    const timeoutMs = config.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const env = await environmentOf(config.env, context.secrets);
    const ended = await this.gate.pass(signal, () =>
      context.spawn(config.command, {
        cwd: config.cwd ?? context.workDir,
        env,
        stdin: `${JSON.stringify(call)}\n`,
        signal,
        timeoutMs,
        maxStdoutBytes: config.maxReplyBytes ?? DEFAULT_REPLY_BYTES,
      }),
    );
    this.logStderr(method, ended);
    const reply = ended.timedOut || ended.overflowed ? undefined : replyIn(ended.stdout);
    if (reply !== undefined && 'error' in reply) {
      const { code, message, retryAfterMs, native } = reply.error;
      throw new AdapterError(code, message, { retryAfterMs, native });
    }
    const problem =
      badEnd(ended, timeoutMs) ??
      (reply === undefined ? 'gave an answer that does not conform to the protocol' : undefined);
    if (problem === undefined) return (reply as { result: unknown }).result;
    throw new AdapterError(codeFor(method, ended, reply), `The program ${problem} during ${method}.`);
  }

  private logStderr(method: ExecMethod, ended: SpawnResult): void {
    const text = new TextDecoder().decode(ended.stderr).trimEnd();
    if (text !== '') this.context.log.info('The program wrote to standard error.', { method, stderr: text });
  }
}

function codeFor(method: ExecMethod, ended: SpawnResult, reply: Reply | undefined): AdapterErrorCode {
  const said =
    reply === undefined && !ended.timedOut && !ended.overflowed ? EXIT_CODES[ended.exitCode ?? 0] : undefined;
  if (said !== undefined) return said;
  if (COMMANDS.has(method)) return 'OUTCOME_UNKNOWN';
  return ended.timedOut ? 'DEADLINE_EXCEEDED' : 'INTERNAL';
}

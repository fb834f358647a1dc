/** Runs the commands of the product: on this machine, or by OpenSSH on the machine that has the environment. */
import {
  AdapterError,
  type AdapterContext,
  type AdapterErrorCode,
  type SpawnResult,
} from '../../src/adapters/adapter.js';
import { environmentOf, Gate } from '../../src/adapters/programs.js';
import type { Command, Profile } from './profile-format.js';
import { DEFAULT_TIMEOUT_MS, type SshRunner, type TcmSettings } from './settings.js';
import { inEnvironment, once, quoted, storing } from './shell.js';
import { errorTextOf } from './tivoli-output.js';

/** Longest command that Linux passes to a remote shell as one argument, with room to spare, in bytes. */
const MAX_COMMAND_BYTES = 120_000;
/** Most processes of an instance at a time. */
const PLACES = 4;

/** How a command ended. */
export interface Ran {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut?: boolean;
  readonly overflowed?: boolean;
}

/**
 * How the failure of a command is read: `read` has no effect, so it can be repeated; `order` may have had its effect
 * whenever nobody knows.
 */
export type Kind = 'read' | 'order';

/** What ssh says when it ends before the remote command began, and what that means. From OpenSSH. */
const NEVER_BEGAN: ReadonlyArray<readonly [RegExp, AdapterErrorCode]> = [
  [/REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed/u, 'FAILED_PRECONDITION'],
  [/Permission denied \(/u, 'UNAUTHENTICATED'],
  [/Could not resolve hostname|connect to host .* port|kex_exchange_identification/u, 'UNAVAILABLE'],
];

function sshOptions(ssh: SshRunner): string[] {
  return [
    ...['-T', '-F', ssh.configFile ?? 'none'],
    ...['BatchMode=yes', 'StrictHostKeyChecking=yes', `UserKnownHostsFile=${ssh.knownHostsFile}`].flatMap(option),
    ...['GlobalKnownHostsFile=none', 'ControlMaster=no', 'ControlPath=none', 'ForwardAgent=no'].flatMap(option),
    ...[`ConnectTimeout=${ssh.connectTimeoutSeconds ?? 10}`].flatMap(option),
    ...['ServerAliveInterval=5', 'ServerAliveCountMax=3'].flatMap(option),
    ...(ssh.identityFile === undefined ? [] : ['-i', ssh.identityFile, ...option('IdentitiesOnly=yes')]),
    ...(ssh.port === undefined ? [] : ['-p', String(ssh.port)]),
    ...(ssh.user === undefined ? [] : ['-l', ssh.user]),
  ];
}

function option(text: string): [string, string] {
  return ['-o', text];
}

/**
 * What is really started for a command of the product. Pure.
 * @throws AdapterError INVALID_ARGUMENT when it is too long to be sent.
 */
export function startedFor(
  { environmentScript, runner }: Pick<TcmSettings, 'environmentScript' | 'runner'>,
  argv: readonly string[],
): readonly [string, ...string[]] {
  const local = inEnvironment(environmentScript, argv);
  const started = runner?.type === 'ssh' ? sshCommand(runner, local) : local;
  const longest = Math.max(...started.map((word) => Buffer.byteLength(word)));
  const bytes = runner?.type === 'ssh' ? longest : started.reduce((sum, word) => sum + Buffer.byteLength(word) + 1, 0);
  if (bytes <= MAX_COMMAND_BYTES) return started;
  throw new AdapterError(
    'INVALID_ARGUMENT',
    `The command has ${bytes} bytes; at most ${MAX_COMMAND_BYTES} can be sent. Distribute to fewer targets at a time.`,
  );
}

function sshCommand(ssh: SshRunner, remote: readonly string[]): readonly [string, ...string[]] {
  return ['ssh', ...sshOptions(ssh), '--', ssh.host, remote.map(quoted).join(' ')];
}

/** Why a command failed; undefined when it succeeded. Pure. Sure: a non-zero exit code is an error. */
export function failureOf(
  ran: Ran,
  { kind, remote, errors = [] }: { kind: Kind; remote: boolean; errors?: Profile['errors'] },
): AdapterError | undefined {
  const unclear = (code: AdapterErrorCode, message: string): AdapterError =>
    new AdapterError(kind === 'order' ? 'OUTCOME_UNKNOWN' : code, message);
  if (ran.timedOut === true) return unclear('DEADLINE_EXCEEDED', 'The command gave no answer in time.');
  if (ran.overflowed === true) return unclear('INTERNAL', 'The command printed more than can be read.');
  if (ran.exitCode === 0) return undefined;
  if (ran.exitCode === null) return unclear('INTERNAL', 'The command was ended by a signal.');
  const text = `${ran.stderr}\n${ran.stdout}`;
  const said = errorTextOf(text) || `exit code ${ran.exitCode}`;
  if (remote && ran.exitCode === 255) {
    const [, code] = NEVER_BEGAN.find(([pattern]) => pattern.test(ran.stderr)) ?? [];
    if (code !== undefined) return new AdapterError(code, `ssh: ${said}`);
    return unclear('UNAVAILABLE', `The connection broke or the command ended with 255: ${said}`);
  }
  const known = errors.find(({ pattern }) => new RegExp(pattern, 'u').test(text));
  if (known !== undefined) return new AdapterError(known.code, said, { native: { exitCode: ran.exitCode } });
  // A shell reports a command that a signal ended as 128 and more.
  if (ran.exitCode > 128) return unclear('INTERNAL', `The command ended with exit code ${ran.exitCode}: ${said}`);
  return new AdapterError('FAILED_PRECONDITION', said, { native: { exitCode: ran.exitCode } });
}

function asRan({ exitCode, stdout, stderr, timedOut, overflowed }: SpawnResult): Ran {
  const decoder = new TextDecoder();
  return { exitCode, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr), timedOut, overflowed };
}

/** Runs commands for one instance. */
export class Runner {
  readonly remote: boolean;
  private readonly gate = new Gate(PLACES);

  constructor(
    private readonly settings: TcmSettings,
    private readonly profile: Profile,
    private readonly context: AdapterContext,
  ) {
    this.remote = settings.runner?.type === 'ssh';
  }

  /** Maximum duration of a command, in milliseconds. */
  timeoutOf({ timeoutSeconds }: Pick<Command, 'timeoutSeconds'>): number {
    return timeoutSeconds === undefined ? (this.settings.timeoutMs ?? DEFAULT_TIMEOUT_MS) : timeoutSeconds * 1000;
  }

  /** See {@link startedFor}. */
  started(argv: readonly string[]): readonly [string, ...string[]] {
    return startedFor(this.settings, argv);
  }

  /** Runs a command without effect, or one that may be repeated, and gives how it ended. */
  async run(
    command: Pick<Command, 'timeoutSeconds'>,
    argv: readonly string[],
    signal: AbortSignal,
    stdin?: string,
  ): Promise<Ran> {
    const env = await environmentOf(this.settings.env, this.context.secrets);
    return await this.gate.pass(signal, async () =>
      asRan(
        await this.context.spawn(this.started(argv), {
          cwd: this.context.workDir,
          env,
          signal,
          timeoutMs: this.timeoutOf(command),
          ...(stdin !== undefined && { stdin }),
        }),
      ),
    );
  }

  /** The standard output of a command. @throws AdapterError as {@link failureOf} reads its failure. */
  async output(
    command: Pick<Command, 'timeoutSeconds'>,
    argv: readonly string[],
    signal: AbortSignal,
    kind: Kind = 'read',
  ): Promise<string> {
    const ran = await this.run(command, argv, signal);
    const failure = this.failure(ran, kind);
    if (failure !== undefined) throw failure;
    return ran.stdout;
  }

  /** {@link failureOf} for this instance. */
  failure(ran: Ran, kind: Kind): AdapterError | undefined {
    return failureOf(ran, { kind, remote: this.remote, errors: this.profile.errors });
  }

  /** Stores a text in a file where the commands run. @param path absolute */
  async store(path: string, text: string, signal: AbortSignal): Promise<void> {
    const failure = this.failure(await this.run({}, storing(path), signal, text), 'read');
    if (failure !== undefined) throw failure;
  }

  /**
   * Gives an order at most once for a directory, which keeps the answer. What it ended with is in the directory.
   * @returns the exit code of the wrapper around the order.
   */
  async order(
    command: Pick<Command, 'timeoutSeconds'>,
    argv: readonly string[],
    directory: string,
    signal: AbortSignal,
  ): Promise<number | null> {
    const env = await environmentOf(this.settings.env, this.context.secrets);
    const { exitCode } = await this.context.spawn(once(directory, this.started(argv)), {
      cwd: this.context.workDir,
      env,
      signal,
      timeoutMs: this.timeoutOf(command),
    });
    return exitCode;
  }
}

/** The service through a command line client on this machine. No shell: every argument arrives as it is. */
import { access, constants } from 'node:fs/promises';
import {
  AdapterError,
  isAdapterError,
  type AdapterContext,
  type ProbeReport,
  type SpawnResult,
} from '../../src/adapters/adapter.js';
import type { CallName, CommandTransport, TpmProfile } from './profile-format.js';
import type { Values } from './soap.js';
import { filled, placeholdersOf } from './templates.js';
import { isCommand, ruleFor, statedError } from './tool-error.js';
import {
  DEFAULT_RESPONSE_BYTES,
  DEFAULT_TIMEOUT_MS,
  unclearAnswer,
  type Connection,
  type Transport,
} from './transport.js';

/** The command of a call. Pure. */
export function commandOf(transport: CommandTransport, name: CallName, values: Values): [string, ...string[]] {
  const call = transport.calls[name];
  const own = (call?.arguments ?? []).map((template) => filled(template, (placeholder) => values[placeholder] ?? ''));
  return [...transport.command, ...own];
}

/** Where the password is, as the placeholder `{passwordFile}` names it; undefined when it is in no file. */
export function passwordFileOf({ password }: Connection): string | undefined {
  return password.$secret.startsWith('file:') ? password.$secret.slice('file:'.length) : undefined;
}

/** See the file's head. */
export class CommandLine implements Transport {
  constructor(
    private readonly profile: TpmProfile,
    private readonly transport: CommandTransport,
    private readonly connection: Connection,
    private readonly context: AdapterContext,
  ) {}

  async call(name: CallName, values: Values, signal: AbortSignal): Promise<Record<string, string>> {
    const { baseUrl, username } = this.connection;
    const passwordFile = passwordFileOf(this.connection) ?? '';
    const command = commandOf(this.transport, name, { ...values, url: baseUrl, username, passwordFile });
    this.assertNoOptions(name, command);
    const password = await this.context.secrets.get(this.connection.password);
    const { environment = {}, password: way } = this.transport;
    const timeoutMs = this.connection.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const ended = await this.context
      .spawn(command, {
        cwd: this.context.workDir,
        env: { ...environment, ...(way.by === 'environment' && { [way.variable]: password }) },
        ...(way.by === 'stdin' && { stdin: `${password}\n` }),
        signal,
        timeoutMs,
        maxStdoutBytes: this.connection.maxResponseBytes ?? DEFAULT_RESPONSE_BYTES,
      })
      .catch((error: unknown) => {
        if (!signal.aborted || isAdapterError(error)) throw error;
        throw isCommand(name) ? new AdapterError('OUTCOME_UNKNOWN', `The command of ${name} was aborted.`) : error;
      });
    return this.read(name, ended, (text) => text.replaceAll(password, '[redacted]'));
  }

  async probe(signal: AbortSignal): Promise<ProbeReport> {
    signal.throwIfAborted();
    await this.context.secrets.get(this.connection.password);
    const [program] = this.transport.command;
    return await access(program, constants.X_OK).then(
      () => ({ status: 'ready' as const }),
      () => ({ status: 'broken' as const, detail: `The program ${program} does not exist or cannot be run.` }),
    );
  }

  /** A value at the beginning of an argument must not turn it into an option of the program. */
  private assertNoOptions(name: CallName, command: readonly string[]): void {
    const templates = this.transport.calls[name]?.arguments ?? [];
    const made = command.slice(this.transport.command.length);
    const option = made.some((text, index) => {
      const template = templates[index] ?? '';
      return text.startsWith('-') && template.startsWith('{') && placeholdersOf(template).length > 0;
    });
    if (option) throw new AdapterError('INVALID_ARGUMENT', `A value for ${name} begins with a hyphen.`);
  }

  private read(name: CallName, ended: SpawnResult, scrub: (text: string) => string): Record<string, string> {
    const decode = (bytes: Uint8Array): string => scrub(new TextDecoder().decode(bytes));
    const stdout = decode(ended.stdout);
    const text = `${stdout}\n${decode(ended.stderr)}`.trim();
    if (ended.timedOut) {
      const code = isCommand(name) ? 'OUTCOME_UNKNOWN' : 'DEADLINE_EXCEEDED';
      throw new AdapterError(code, `The command of ${name} gave no answer in time.`);
    }
    if (ended.overflowed) throw unclearAnswer(name, 'it is too large');
    const failure = { exitCode: ended.exitCode, text };
    const rules = this.profile.errors ?? [];
    // Some tools print an error and end with 0, so a rule about the text counts in any case.
    if (ended.exitCode !== 0 || ruleFor(rules, failure) !== undefined) throw statedError(name, rules, failure);
    const patterns = Object.entries(this.transport.calls[name]?.answer ?? {});
    return Object.fromEntries(
      patterns.flatMap(([part, pattern]) => {
        const found = new RegExp(pattern, 'm').exec(stdout)?.[1]?.trim();
        return found === undefined || found === '' ? [] : [[part, found]];
      }),
    );
  }
}

/** What the errors of the tool mean, by the rules of the profile and, where they say nothing, by those of SOAP. */
import { AdapterError, ADAPTER_ERRORS, type AdapterErrorCode } from '../../src/adapters/adapter.js';
import type { CallName, ErrorRule } from './profile-format.js';

/** Calls that may have taken effect although they failed. */
const COMMANDS: ReadonlySet<CallName> = new Set(['submit', 'cancel']);

/** Longest part of the tool's own words in a message, in characters. */
const MAX_WORDS = 300;

/** Codes that concern the tool as a whole, so that the next request would fail as well. */
const OF_THE_TOOL: ReadonlySet<AdapterErrorCode> = new Set<AdapterErrorCode>([
  'UNAVAILABLE',
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'ABORTED',
]);

/** An error that the tool itself stated about one request. */
export class StatedError extends AdapterError {}

/** True when an error is not about one request only. */
export function concernsTool(error: AdapterError): boolean {
  return !(error instanceof StatedError) || OF_THE_TOOL.has(error.code);
}

/** True when a call may have taken effect although it failed. */
export function isCommand(name: CallName): boolean {
  return COMMANDS.has(name);
}

/** True when the request was certainly not accepted. */
export function certainlyNot(error: AdapterError): boolean {
  return !ADAPTER_ERRORS[error.code].mayHaveStarted;
}

/** The tool's words on one line, short. */
export function shortWords(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, MAX_WORDS);
}

/** How a call of the tool failed. */
export interface Failure {
  /** Local name of the fault code, for SOAP. */
  readonly faultCode?: string;
  /** For a command; null when a signal ended it. */
  readonly exitCode?: number | null;
  readonly text: string;
}

function matches(rule: ErrorRule, { faultCode = '', exitCode, text }: Failure): boolean {
  const { faultCode: wanted } = rule;
  // A dot makes a fault code more specific (SOAP 1.1, section 4.4.1).
  if (wanted !== undefined && faultCode !== wanted && !faultCode.startsWith(`${wanted}.`)) return false;
  if (rule.exitCode !== undefined && rule.exitCode !== exitCode) return false;
  return rule.text === undefined || new RegExp(rule.text, 'm').test(text);
}

/**
 * Without a rule: SOAP says of `Client`, `VersionMismatch` and `MustUnderstand` that the message itself was refused
 * (SOAP 1.1, section 4.4.1). Every other failure may have come after the request was accepted.
 */
function codeByDefault(name: CallName, { faultCode }: Failure): AdapterErrorCode {
  const [kind] = (faultCode ?? '').split('.');
  if (kind === 'Client') return 'INVALID_ARGUMENT';
  if (kind === 'VersionMismatch' || kind === 'MustUnderstand') return 'FAILED_PRECONDITION';
  return isCommand(name) ? 'OUTCOME_UNKNOWN' : 'UNAVAILABLE';
}

/** The rule for a failure; undefined when the profile has none. */
export function ruleFor(rules: readonly ErrorRule[], failure: Failure): ErrorRule | undefined {
  return rules.find((rule) => matches(rule, failure));
}

/** The error for a failure that the tool stated. Its text must hold no secret. */
export function statedError(name: CallName, rules: readonly ErrorRule[], failure: Failure): StatedError {
  const code = ruleFor(rules, failure)?.as ?? codeByDefault(name, failure);
  const { faultCode, exitCode, text } = failure;
  const what = faultCode === undefined ? `the exit code ${exitCode ?? 'of a signal'}` : `the fault ${faultCode}`;
  const words = shortWords(text);
  return new StatedError(code, `The tool answered ${name} with ${what}${words === '' ? '.' : `: ${words}`}`, {
    native: { ...(faultCode === undefined ? { exitCode: exitCode ?? null } : { faultCode }), text: words },
  });
}

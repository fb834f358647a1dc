/** What an HTTP exchange that did not go well means for a run: which code, and whether the tool may have acted. */
import { AdapterError, type AdapterErrorCode } from './adapter.js';

/** A `read` changes nothing in the tool; after a `mutation` without a clear answer nobody knows what happened. */
export type HttpEffect = 'read' | 'mutation';

/** Longest part of a tool's own words in a message, in characters. */
const MAX_WORDS = 300;
/** No tool holds its callers back for longer than this, in milliseconds. */
const LONGEST_WAIT_MS = 24 * 60 * 60 * 1000;

/** Status codes with one meaning for reads and mutations alike; 409 is decided by the caller. */
const BY_STATUS: Readonly<Record<number, AdapterErrorCode>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  410: 'NOT_FOUND',
  413: 'INVALID_ARGUMENT',
  415: 'INVALID_ARGUMENT',
  422: 'INVALID_ARGUMENT',
  423: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
};

/**
 * How long to wait, in milliseconds: `Retry-After` in seconds or as a date, or the reset of a rate limit that is used
 * up (`X-RateLimit-Reset`, seconds since 1970; GitHub REST API, "Rate limits"). Undefined when the tool names no time.
 */
export function retryAfterMs(headers: Headers, now: Date): number | undefined {
  const said = headers.get('retry-after')?.trim();
  if (said !== undefined && /^\d{1,9}$/.test(said)) return Math.min(Number(said) * 1000, LONGEST_WAIT_MS);
  const reset = headers.get('x-ratelimit-remaining') === '0' ? Number(headers.get('x-ratelimit-reset')) * 1000 : NaN;
  const until = said === undefined ? reset : Date.parse(said);
  if (!Number.isFinite(until) || until <= 0) return undefined;
  return Math.min(Math.max(until - now.getTime(), 0), LONGEST_WAIT_MS);
}

/** What the tool said, on one line and short: the usual fields of a JSON error, else the beginning of a plain text. */
export function toolWords(text: string, contentType: string): string {
  if (/html/i.test(contentType) || /^\s*</.test(text)) return '';
  let said: unknown = text;
  try {
    said = JSON.parse(text);
  } catch {
    // Not JSON: the text itself.
  }
  if (typeof said === 'object' && said !== null) {
    const { message, error, detail, errors, errorMessage } = said as Record<string, unknown>;
    said = [message, detail, errorMessage, error, errors].find((one) => one !== undefined && one !== null) ?? said;
  }
  const words = typeof said === 'string' ? said : JSON.stringify(said);
  return words.replace(/\s+/g, ' ').trim().slice(0, MAX_WORDS);
}

/** An answer that is no success. */
export interface RefusedAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The body, or its beginning, without secrets. */
  readonly text: string;
}

function codeOfStatus(
  { status, headers }: RefusedAnswer,
  effect: HttpEffect,
  conflict: AdapterErrorCode,
): AdapterErrorCode {
  const told = headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0';
  if (status === 403 && told) return 'RESOURCE_EXHAUSTED';
  if (status === 409) return conflict;
  // A tool that says when to come back has done nothing; a 503 without that may come from a proxy that lost the tool.
  if (status === 503 && told) return 'UNAVAILABLE';
  if (status === 408) return effect === 'mutation' ? 'OUTCOME_UNKNOWN' : 'DEADLINE_EXCEEDED';
  if (status >= 500) {
    if (status === 501) return 'UNIMPLEMENTED';
    return effect === 'mutation' ? 'OUTCOME_UNKNOWN' : 'UNAVAILABLE';
  }
  // "See other" may follow a POST that was done.
  if ((status === 302 || status === 303) && effect === 'mutation') return 'OUTCOME_UNKNOWN';
  return BY_STATUS[status] ?? 'FAILED_PRECONDITION';
}

/**
 * The error for an answer that is no success.
 * @param what names the request in the message, e.g. `POST /job/deploy/build`.
 */
export function refusal(
  what: string,
  answer: RefusedAnswer,
  options: { readonly effect: HttpEffect; readonly conflict: AdapterErrorCode; readonly now: Date },
): AdapterError {
  const words = toolWords(answer.text, answer.headers.get('content-type') ?? '');
  return new AdapterError(
    codeOfStatus(answer, options.effect, options.conflict),
    `The tool answered ${what} with ${answer.status}${words === '' ? '.' : `: ${words}`}`,
    { retryAfterMs: retryAfterMs(answer.headers, options.now), native: { status: answer.status } },
  );
}

/** The error for an answer that arrived and cannot be read: HTML, broken JSON, too large. */
export function unreadable(what: string, problem: string, effect: HttpEffect): AdapterError {
  const code = effect === 'mutation' ? 'OUTCOME_UNKNOWN' : 'INTERNAL';
  return new AdapterError(code, `The answer to ${what} cannot be used: ${problem}.`);
}

interface Fault {
  readonly code?: string;
  readonly syscall?: string;
  readonly message?: string;
  readonly errors?: readonly Fault[];
}

// Node's codes for a certificate that is not accepted; the handshake fails before anything is sent.
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|ALTNAME/;

/** True when the connection never came about, so that the tool saw nothing of the request. */
function neverSent({ code = '', syscall, message, errors }: Fault): boolean {
  if (errors !== undefined && errors.length > 0) return errors.every(neverSent);
  if (syscall === 'connect' || syscall === 'getaddrinfo' || message === 'bad port') return true;
  return code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ERR_SSL_WRONG_VERSION_NUMBER' || UNTRUSTED.test(code);
}

/**
 * The error for a request without a whole answer. A connection that never came about is UNAVAILABLE, or
 * FAILED_PRECONDITION when the certificate is not accepted; anything later is OUTCOME_UNKNOWN for a mutation.
 */
export function broken(what: string, thrown: unknown, effect: HttpEffect): AdapterError {
  const fault = ((thrown as { cause?: unknown } | undefined)?.cause ?? {}) as Fault;
  const code = fault.code ?? fault.errors?.[0]?.code ?? 'no code';
  // The alert of a server that wants a client's certificate may come after the request.
  if (neverSent(fault) && !/ALERT/.test(code)) {
    if (UNTRUSTED.test(code))
      return new AdapterError('FAILED_PRECONDITION', `The tool's certificate is not accepted (${code}).`);
    return new AdapterError('UNAVAILABLE', `The tool cannot be reached (${code}).`);
  }
  const outcome = effect === 'mutation' ? 'OUTCOME_UNKNOWN' : 'UNAVAILABLE';
  return new AdapterError(outcome, `The connection broke during ${what} (${code}).`);
}

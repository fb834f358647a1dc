import { RequestError } from '../domain/errors.js';

/** The SQLSTATE of a database error, wherever the ORM wrapped it. */
export function sqlState(error: unknown): string | undefined {
  for (let e = error as { code?: unknown; cause?: unknown } | undefined; e; e = e.cause as typeof e) {
    if (typeof e.code === 'string' && /^[0-9A-Z]{5}$/.test(e.code)) return e.code;
  }
  return undefined;
}

/** The name of the violated constraint, if the error is about one. */
export function constraintOf(error: unknown): string | undefined {
  for (let e = error as { constraint?: unknown; cause?: unknown } | undefined; e; e = e.cause as typeof e) {
    if (typeof e.constraint === 'string') return e.constraint;
  }
  return undefined;
}

/** The SQLSTATE with which our functions refuse what a client asks for. The detail of the error names the field. */
const MISTAKE = 'IL002';

function errorOf(error: unknown): { readonly message: string; readonly detail?: string } | undefined {
  for (let e = error as { code?: unknown; cause?: unknown } | undefined; e; e = e.cause as typeof e)
    if (e.code === MISTAKE) return e as unknown as { message: string; detail?: string };
  return undefined;
}

const LOST = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH']);
// SQLSTATE: connection exceptions, too many connections, shutdown, crash, starting up or recovering, dropped.
const AWAY = /^(08...|53300|57P0[1-4])$/;
const LOST_MESSAGE =
  /Connection terminated|timeout exceeded when trying to connect|encountered a connection error|not queryable/;

/** Whether an error says that the database cannot be reached now: it is gone, silent, starting or shutting down. */
export function isUnreachable(error: unknown): boolean {
  for (
    let e = error as { code?: unknown; message?: unknown; cause?: unknown } | undefined;
    e;
    e = e.cause as typeof e
  ) {
    if (LOST.has(String(e.code)) || AWAY.test(String(e.code)) || LOST_MESSAGE.test(String(e.message))) return true;
  }
  return false;
}

/**
 * What callers get to know of a failed statement: `UNAVAILABLE` when the database cannot be reached, `TIMEOUT` when it
 * took too long, `BAD_USER_INPUT` when one of our functions refuses its input. Any other error stays what it is. The
 * one translation of what is nobody's mistake.
 */
export function databaseFault(error: unknown): unknown {
  if (error instanceof RequestError) return error;
  if (sqlState(error) === '57014')
    return new RequestError('TIMEOUT', 'The database took longer than allowed; nothing was changed. Request less.');
  const mistake = sqlState(error) === MISTAKE ? errorOf(error) : undefined;
  if (mistake) return new RequestError('BAD_USER_INPUT', mistake.message, { field: mistake.detail ?? 'filter' });
  return isUnreachable(error)
    ? new RequestError('UNAVAILABLE', 'The database cannot be reached now; nothing was acknowledged. Try again.')
    : error;
}

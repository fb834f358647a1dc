import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { randomUUID } from 'node:crypto';
import { Refusal, REQUEST_ERRORS, RequestError, type RequestErrorCode } from '../../domain/errors.js';
import { databaseFault } from '../../database/database-error.js';
import { MASKED_FAULT } from '../http/error-answers.js';

/** Receives faults of the server, with the trace id that the client got. */
export type FaultLog = (fault: {
  readonly traceId: string;
  readonly error: unknown;
  readonly path: string | undefined;
}) => void;

const CODES = new Set<string>(Object.keys(REQUEST_ERRORS));

// Messages of graphql-js and Apollo about the request itself are safe to show; any other message may reveal internals.
function isRequestError(code: unknown): code is RequestErrorCode {
  return typeof code === 'string' && CODES.has(code) && code !== 'INTERNAL_SERVER_ERROR';
}

// graphql-js ends a long list of wrong variables with this error, which Apollo does not recognise as one of them.
const isTooMany = (error: unknown): boolean =>
  error instanceof GraphQLError &&
  error.originalError === undefined &&
  error.message.startsWith('Too many errors processing variables');

/**
 * Translates errors for clients; the only place that does. Codes of the closed list pass, everything else becomes a
 * masked INTERNAL_SERVER_ERROR with a trace id, under which the log has the details.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown, log: FaultLog): GraphQLFormattedError {
  const cause = databaseFault(unwrapResolverError(error));
  const place = {
    ...(formatted.locations && { locations: formatted.locations }),
    ...(formatted.path && { path: formatted.path }),
  };
  if (cause instanceof RequestError) {
    const { http: _http, ...extensions } = cause.extensions;
    return { message: cause.message, ...place, extensions };
  }
  // Apollo overwrites the code of an error it wraps: an exceeded limit would look like a document that does not fit the
  // schema.
  const wrapped =
    error instanceof GraphQLError && error.originalError instanceof GraphQLError
      ? error.originalError.extensions['code']
      : undefined;
  const code = isRequestError(wrapped) ? wrapped : isTooMany(error) ? 'BAD_USER_INPUT' : formatted.extensions?.['code'];
  const known = isRequestError(code) && !(cause instanceof Refusal);
  const ownWords =
    error instanceof GraphQLError && (error.originalError === undefined || error.originalError instanceof GraphQLError);
  if (known && (ownWords || !(cause instanceof Error) || cause instanceof GraphQLError)) {
    const { stacktrace: _stack, http: _http, ...extensions } = formatted.extensions ?? {};
    return { message: formatted.message, ...place, extensions: { ...extensions, code } };
  }
  const traceId = randomUUID();
  log({ traceId, error: cause, path: formatted.path?.join('.') });
  return {
    message: MASKED_FAULT,
    ...place,
    extensions: { code: 'INTERNAL_SERVER_ERROR', traceId },
  };
}

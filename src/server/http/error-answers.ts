import { randomUUID } from 'node:crypto';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { REQUEST_ERRORS, RequestError, type RequestErrorCode } from '../../domain/errors.js';
import { databaseFault } from '../../database/database-error.js';
import type { Log } from '../log.js';
import { discardBody } from './discard.js';

const STATUS_CODES: Readonly<Record<number, RequestErrorCode>> = {
  400: 'BAD_REQUEST',
  404: 'NOT_FOUND',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'BAD_REQUEST',
  503: 'UNAVAILABLE',
};

/** The message of a fault, whatever the fault was. */
export const MASKED_FAULT = 'Something went wrong on the server. The server log has the details under this trace id.';

/** The body of an error answer outside GraphQL, in GraphQL's own shape. */
export const errorBody = (code: RequestErrorCode, message: string, details: Record<string, unknown> = {}) => ({
  errors: [{ message, extensions: { ...details, code } }],
});

/**
 * Answers with an error of a request, and says when to come back where that is known.
 * @param status HTTP status, if it is another than that of the code; 200 is none for an error outside GraphQL.
 */
export function sendError(
  reply: FastifyReply,
  { code, message, details }: RequestError,
  status?: number,
): FastifyReply {
  // A GraphQL answer with this code has status 200: parts of it may be there. Here nothing is.
  const own: number = status ?? (code === 'FORBIDDEN' ? 403 : REQUEST_ERRORS[code].httpStatus);
  const seconds = details?.['retryAfterSeconds'];
  if (seconds !== undefined) void reply.header('retry-after', String(seconds));
  return reply.code(own === 200 ? 400 : own).send(errorBody(code, message, details));
}

/** Turns what routes throw, and addresses that do not exist, into answers. Faults are masked and logged. */
export function addErrorAnswers(app: FastifyInstance, log: Log): void {
  app.setErrorHandler(async (thrown: FastifyError, request, reply) => {
    const error = databaseFault(thrown) as FastifyError | RequestError;
    if (error instanceof RequestError) return sendError(reply, error);
    const status = error.statusCode ?? 500;
    if (status === 413) await discardBody(request.raw);
    const code = STATUS_CODES[status] ?? (status < 500 ? 'BAD_REQUEST' : 'INTERNAL_SERVER_ERROR');
    if (status < 500) return reply.code(status).send(errorBody(code, error.message));
    const traceId = randomUUID();
    log.error({ err: error, traceId, requestId: request.id }, 'fault');
    return reply.code(500).send(errorBody('INTERNAL_SERVER_ERROR', MASKED_FAULT, { traceId }));
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send(errorBody('NOT_FOUND', 'Nothing is served at this address. The API is at /graphql.')),
  );
}

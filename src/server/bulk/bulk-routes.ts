import type { FastifyInstance } from 'fastify';
import { RequestError, type RequestErrorCode } from '../../domain/errors.js';
import { sendError } from '../http/error-answers.js';
import type { BulkRouteOptions } from './bulk-request.js';
import { exportRoute } from './export.route.js';
import { importRoute } from './import.route.js';
import { importResultsRoute } from './import-results.route.js';

// Here the whole request is about one file, so the status shows the error.
const STATUS: Readonly<Partial<Record<RequestErrorCode, number>>> = {
  BAD_USER_INPUT: 400,
  CONFLICT: 409,
  CURSOR_EXPIRED: 410,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
};

/** `POST /import/:kind`, `GET /import/:id/results`, `GET /export/…`. Errors have GraphQL's shape. */
export async function bulkRoutes(app: FastifyInstance, options: BulkRouteOptions): Promise<void> {
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof RequestError) return sendError(reply, error, STATUS[error.code]);
    throw error; // the server's own handler masks it
  });
  await app.register(importRoute, options);
  await app.register(importResultsRoute, options);
  await app.register(exportRoute, options);
}

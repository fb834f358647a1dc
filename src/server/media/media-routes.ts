import type { FastifyInstance } from 'fastify';
import type { Blocker } from '../../domain/blocker.js';
import { Refusal, RequestError, type RequestErrorCode } from '../../domain/errors.js';
import { sendError } from '../http/error-answers.js';
import { mediaDownload } from './media-download.route.js';
import type { MediaRouteOptions } from './media-request.js';
import { mediaUpload } from './media-upload.route.js';

// Here the whole request is about one object, so the status shows the error; GraphQL answers 200 for most of these.
const STATUS: Readonly<Partial<Record<RequestErrorCode, number>>> = {
  ALREADY_EXISTS: 409,
  BAD_USER_INPUT: 400,
  CONFLICT: 409,
  FORBIDDEN: 403,
  IDEMPOTENCY_KEY_REUSED: 409,
  NOT_FOUND: 404,
};

const refusalBody = (blockers: readonly Blocker[]) => ({
  errors: blockers.map(({ code, message, resolvableBy, waivable }) => ({
    message,
    extensions: { code, resolvableBy, waivable },
  })),
});

/**
 * `PUT /media/versions/:id` uploads into the library, `PUT /media/evidence/:id` to a target, and `GET /media/:digest`
 * downloads. Errors have GraphQL's shape.
 */
export async function mediaRoutes(app: FastifyInstance, options: MediaRouteOptions): Promise<void> {
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof Refusal) {
      const status = error.blockers.some(({ code }) => code === 'MEDIA_DIGEST_MISMATCH') ? 422 : 409;
      return reply.code(status).send(refusalBody(error.blockers));
    }
    if (error instanceof RequestError) return sendError(reply, error, STATUS[error.code]);
    throw error; // the server's own handler masks it
  });
  await app.register(mediaUpload, options);
  await app.register(mediaDownload, options);
}

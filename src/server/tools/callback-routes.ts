import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isAdapterError, type CallbackReport } from '../../adapters/adapter.js';
import { RequestError, type RequestErrorCode } from '../../domain/errors.js';
import { callbackHash } from '../../services/distribution/callback-token.js';
import {
  findCallbackRun,
  hastenRun,
  type CallbackRun,
} from '../../services/distribution/distribution-callback.service.js';
import { transact } from '../../services/unit-of-work.js';
import { SYSTEM } from '../../domain/actor.js';
import type { AppServices } from '../../app-services.js';
import { sendError } from '../http/error-answers.js';
import type { Entrance } from '../sign-in/entrance.js';

/** Maximum size of a callback's body, in bytes. */
const MAX_CALLBACK_BYTES = 1_048_576;
const RECEIVE_TIMEOUT_MS = 5_000;

const STATUS: Readonly<Partial<Record<RequestErrorCode, number>>> = {
  BAD_REQUEST: 400,
  NOT_FOUND: 404,
  UNAUTHENTICATED: 401,
  UNAVAILABLE: 503,
};

const unknownAddress = () => new RequestError('NOT_FOUND', 'This callback address does not exist.');

const single = (values: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : Array.isArray(value) ? [[name, value.join(', ')]] : [],
    ),
  );

/**
 * Where deployment tools report that something changed: `POST /integrations/<tool>/callback/<token>`. The token
 * identifies the run; the adapter checks that the message comes from the tool. A callback is a hint, not evidence: it
 * only makes the server observe the run soon. A message that arrives twice, late or never changes nothing.
 */
export async function callbackRoutes(
  app: FastifyInstance,
  { services, entrance }: { readonly services: AppServices; readonly entrance: Entrance },
): Promise<void> {
  app.setErrorHandler((error, _request, reply) => {
    const status = error instanceof RequestError ? STATUS[error.code] : undefined;
    if (!(error instanceof RequestError) || status === undefined) throw error; // the server's own handler masks it
    return sendError(reply, error, status);
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_CALLBACK_BYTES }, (_request, body, done) =>
    done(null, body),
  );
  const runs = new WeakMap<FastifyRequest, CallbackRun>();
  app.route<{ Params: { tool: string; token: string } }>({
    method: 'POST',
    url: '/integrations/:tool/callback/:token',
    bodyLimit: MAX_CALLBACK_BYTES,
    // The token is the credentials: without it the body is not read.
    onRequest: async (request) => {
      const { tool, token } = request.params;
      // The same answer for a wrong tool, a wrong token and a tool that does not call back: it reveals nothing.
      const callsBack = services.adapters.entry(tool)?.capabilities?.observe.includes('callback') === true;
      const run = callsBack ? await findCallbackRun(services.readDatabase, tool, callbackHash(token)) : undefined;
      entrance.enterByCallback(request.raw, run?.id);
      if (!run) throw unknownAddress();
      runs.set(request, run);
    },
    handler: async (request, reply) => {
      const { tool } = request.params;
      const run = runs.get(request);
      if (!run) throw unknownAddress();
      let report: CallbackReport;
      try {
        const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        report = await services.adapters
          .get(tool)
          .receive(
            { headers: single(request.headers), rawBody, query: single(request.query as Record<string, unknown>) },
            AbortSignal.timeout(RECEIVE_TIMEOUT_MS),
          );
      } catch (error) {
        if (!isAdapterError(error)) throw error;
        if (error.code === 'UNAUTHENTICATED' || error.code === 'PERMISSION_DENIED')
          throw new RequestError('UNAUTHENTICATED', 'The message is not authentic.');
        throw new RequestError('BAD_REQUEST', 'The adapter of this tool does not understand the message.');
      }
      if (report.key !== undefined && report.key !== run.key) throw unknownAddress();
      await transact(
        services,
        { actor: SYSTEM, requestId: request.id },
        async (uow) => await hastenRun(uow, run.id, report.dedupeId),
      );
      return await reply.code(202).send({ accepted: true });
    },
  });
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isAdapterError, type CallbackReport } from '../../adapters/adapter.js';
import { RequestError, type RequestErrorCode } from '../../domain/errors.js';
import { callbackHash } from '../../services/distribution/callback-token.js';
import {
  findCallbackRun,
  findRunByKey,
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
 * What the adapter makes of a message.
 * @throws RequestError UNAUTHENTICATED when it does not come from the tool, BAD_REQUEST when it cannot be understood
 */
async function understood(services: AppServices, tool: string, request: FastifyRequest): Promise<CallbackReport> {
  const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const query = single(request.query as Record<string, unknown>);
  const signal = AbortSignal.timeout(RECEIVE_TIMEOUT_MS);
  try {
    return await services.adapters.get(tool).receive({ headers: single(request.headers), rawBody, query }, signal);
  } catch (error) {
    if (!isAdapterError(error)) throw error;
    if (error.code === 'UNAUTHENTICATED' || error.code === 'PERMISSION_DENIED')
      throw new RequestError('UNAUTHENTICATED', 'The message is not authentic.');
    throw new RequestError('BAD_REQUEST', 'The adapter of this tool does not understand the message.');
  }
}

/**
 * Where deployment tools report that something changed. A callback is a hint, not evidence: it only makes the server
 * observe the run soon. A message that arrives twice, late or never changes nothing. There are two addresses:
 *
 * - `POST /integrations/<tool>/callback/<token>`, of one run. The token identifies the run.
 * - `POST /integrations/<tool>/callback`, of all runs of a tool, for tools whose administrator sets up one address for
 *   good. The message itself names its run by the key.
 *
 * In both cases the adapter checks that the message comes from the tool.
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
  const callsBack = (tool: string): boolean =>
    services.adapters.entry(tool)?.capabilities?.observe.includes('callback') === true;
  const accept = async (request: FastifyRequest, reply: FastifyReply, run?: CallbackRun, dedupeId?: string) => {
    const { id: requestId } = request;
    if (run) await transact(services, { actor: SYSTEM, requestId }, async (uow) => hastenRun(uow, run.id, dedupeId));
    return await reply.code(202).send({ accepted: true });
  };
  const runs = new WeakMap<FastifyRequest, CallbackRun>();
  app.route<{ Params: { tool: string; token: string } }>({
    method: 'POST',
    url: '/integrations/:tool/callback/:token',
    bodyLimit: MAX_CALLBACK_BYTES,
    // The token is the credentials: without it the body is not read.
    onRequest: async (request) => {
      const { tool, token } = request.params;
      // The same answer for a wrong tool, a wrong token and a tool that does not call back: it reveals nothing.
      const run = callsBack(tool) ? await findCallbackRun(services.readDatabase, tool, callbackHash(token)) : undefined;
      entrance.enterByCallback(request.raw, run?.id);
      if (!run) throw unknownAddress();
      runs.set(request, run);
    },
    handler: async (request, reply) => {
      const run = runs.get(request);
      if (!run) throw unknownAddress();
      const { key, dedupeId } = await understood(services, request.params.tool, request);
      if (key !== undefined && key !== run.key) throw unknownAddress();
      return await accept(request, reply, run, dedupeId);
    },
  });
  app.route<{ Params: { tool: string } }>({
    method: 'POST',
    url: '/integrations/:tool/callback',
    bodyLimit: MAX_CALLBACK_BYTES,
    // Only the adapter knows whether the sender is the tool, so until then it counts as a stranger.
    onRequest: async (request) => {
      entrance.enterByCallback(request.raw, undefined);
      if (!callsBack(request.params.tool)) throw unknownAddress();
    },
    handler: async (request, reply) => {
      const { tool } = request.params;
      const { key, dedupeId } = await understood(services, tool, request);
      // The tool also reports work that others gave it. That is not an error, and it changes nothing here.
      const run = key === undefined ? undefined : await findRunByKey(services.readDatabase, tool, key);
      if (run) entrance.enterByCallback(request.raw, run.id);
      return await accept(request, reply, run, dedupeId);
    },
  });
}

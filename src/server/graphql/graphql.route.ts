import { HeaderMap } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import type { Config } from '../../config.js';
import type { Actor } from '../../domain/actor.js';
import { RequestError } from '../../domain/errors.js';
import type { Context } from '../../resolvers/context.js';
import { errorBody } from '../http/error-answers.js';
import { originAllowed } from '../http/origins.js';
import type { Authenticator } from '../sign-in/authenticate.js';
import type { RateLimit } from '../sign-in/rate-limit.js';
import { createApollo, type ApolloOptions } from './apollo.js';
import { registerExplorer } from './explorer.js';
import { KnownQueries } from './known-queries.js';

/** What {@link addGraphqlRoute} needs. */
export interface GraphqlRouteOptions extends ApolloOptions {
  readonly config: Config;
  readonly authenticator: Authenticator;
  readonly rateLimit: RateLimit;
  readonly createContext: (actor: Actor | null, requestId?: string) => Context;
}

// Apollo takes the status and the headers of the answer from `http`.
function asAnswer(error: RequestError): GraphQLError {
  // An error without a status of its own would be a fault of the server to Apollo, for there is no context yet.
  const { http = { status: 403 }, ...extensions } = error.extensions as { http?: { status: number } };
  const seconds = error.details?.['retryAfterSeconds'];
  const headers = new HeaderMap(seconds === undefined ? [] : [['retry-after', String(seconds)]]);
  return new GraphQLError(error.message, {
    originalError: error,
    extensions: { ...extensions, http: { ...http, headers } },
  });
}

/** Makes the context of a request: signs the caller in and counts the operation. */
function contextOf({ authenticator, rateLimit, createContext }: GraphqlRouteOptions) {
  // The known query and Apollo may both ask about the same request: it is one operation, counted once, and it ends when
  // its database does.
  const contexts = new WeakMap<FastifyRequest, Promise<Context>>();
  return async (request: FastifyRequest): Promise<Context> => {
    try {
      const actor = await authenticator.authenticate(request.headers.authorization, request.raw.socket);
      let context = contexts.get(request);
      if (!context)
        contexts.set(
          request,
          (context = rateLimit.admit(actor, request.ip).then(() => createContext(actor, request.id))),
        );
      return await context;
    } catch (error) {
      if (error instanceof RequestError) throw asAnswer(error);
      throw error;
    }
  };
}

/**
 * Refuses pages of other origins (CORS alone would only keep them from reading the answer) and bodies that are not
 * UTF-8.
 */
const ownOriginAndUtf8 =
  (config: Config) =>
  ({ headers }: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    if (!originAllowed(config, headers.origin, headers.host))
      return void reply
        .code(403)
        .send(errorBody('FORBIDDEN', 'Pages of this origin may not use the API; see INTERLOCK_ALLOWED_ORIGINS.'));
    const [, charset] = /;\s*charset="?([^";\s]*)/i.exec(headers['content-type'] ?? '') ?? [];
    if (charset !== undefined && !/^utf-?8$/i.test(charset))
      return void reply.code(415).send(errorBody('BAD_REQUEST', 'Request bodies must be encoded in UTF-8.'));
    done();
  };

/** Adds `/graphql`: operations over HTTP, and the explorer page for browsers. */
export async function addGraphqlRoute(app: FastifyInstance, options: GraphqlRouteOptions): Promise<void> {
  const { schema, executor, limits } = options;
  const context = contextOf(options);
  const known = executor && new KnownQueries({ schema, executor, limits, context });
  const apollo = createApollo(options, known);
  await apollo.start();
  // Fastify drains the connections, then Apollo ends. Apollo's own drain plugin would call `close` again and wait for
  // itself.
  app.addHook('onClose', async () => await apollo.stop());

  const throughApollo = fastifyApolloHandler(apollo, { context });
  const explorer = registerExplorer(app);
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    onRequest: ownOriginAndUtf8(options.config),
    handler: async function (request, reply) {
      if (explorer.asked(request)) return await explorer.page(request, reply);
      const answer = await known?.answer(request, reply);
      if (answer !== undefined) return answer;
      const long: unknown = await throughApollo.call(this, request, reply);
      if (reply.statusCode === 200) known?.learnContentType(request.headers.accept, reply.getHeader('content-type'));
      return long;
    },
  });
  app.route({
    method: ['PUT', 'DELETE', 'PATCH'],
    url: '/graphql',
    handler: (_request, reply) =>
      reply
        .code(405)
        .header('allow', 'GET, POST')
        .send(errorBody('OPERATION_NOT_ALLOWED', 'Use POST (or GET for queries).')),
  });
}

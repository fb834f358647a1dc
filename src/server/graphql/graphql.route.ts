import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../config.js';
import type { Actor } from '../../domain/actor.js';
import { RequestError } from '../../domain/errors.js';
import type { Context } from '../../resolvers/context.js';
import { COMPRESSED } from '../http/compression.js';
import { errorBody, sendError } from '../http/error-answers.js';
import { originAllowed } from '../http/origins.js';
import { notSignedIn, type Entrance } from '../sign-in/entrance.js';
import { createApollo, type ApolloOptions } from './apollo.js';
import { registerExplorer } from './explorer.js';
import { KnownQueries } from './known-queries.js';
import { isBrief, reduceToTypename } from './strangers.js';

/** What {@link addGraphqlRoute} needs. */
export interface GraphqlRouteOptions extends ApolloOptions {
  readonly config: Config;
  readonly entrance: Entrance;
  readonly createContext: (actor: Actor | null, requestId?: string) => Context;
}

const GRAPHQL_RESPONSE = 'application/graphql-response+json';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a request that was let in: one for all who ask, because it ends when its database does. */
    operationContext: Context | null;
  }
}

/** Signs callers in before their bodies are read, and makes the contexts of those that are let in. */
class Callers {
  constructor(readonly options: Pick<GraphqlRouteOptions, 'entrance' | 'createContext'>) {}

  /** Refuses callers without access. Without credentials they may only ask what fits into {@link isBrief}. */
  readonly letIn = (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const refuse = (error: unknown) =>
      error instanceof RequestError ? this.refuse(request, reply, error) : reply.send(error);
    let known: Actor | undefined;
    try {
      known = this.options.entrance.enterAgain(request.raw);
    } catch (error) {
      return void refuse(error);
    }
    if (!known) return void this.#enter(request, reply).then(done, refuse);
    this.#begin(request, reply, known);
    done();
  };

  /** Answers with an error, in the content type that the client asked for. */
  refuse(request: FastifyRequest, reply: FastifyReply, error: RequestError): FastifyReply {
    if (request.headers.accept?.includes(GRAPHQL_RESPONSE)) void reply.type(`${GRAPHQL_RESPONSE}; charset=utf-8`);
    return sendError(reply, error);
  }

  /** The context of a request that was let in. */
  readonly contextOf = (request: FastifyRequest): Context => {
    const context = request.operationContext;
    if (!context) throw new Error('An operation reached the executor without passing the checks of its door.');
    return context;
  };

  async #enter(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const actor = await this.options.entrance.enter(request.raw);
    if (!actor && !isBrief(request)) throw notSignedIn();
    this.#begin(request, reply, actor);
  }

  #begin(request: FastifyRequest, reply: FastifyReply, actor: Actor | null): void {
    const context = this.options.createContext(actor, request.id);
    request.operationContext = context;
    // Nobody waits for what is still to be read. A command runs to its end: its transaction is not one of the reads.
    if (reply.raw.destroyed) context.reads.stop();
    else
      reply.raw.on('close', () => {
        if (!reply.raw.writableFinished) context.reads.stop();
      });
  }
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
  const callers = new Callers(options);
  const known = executor && new KnownQueries({ schema, executor, limits });
  if (known) options.metrics.showCache('queries', () => known.bytes);
  if (executor) {
    options.metrics.showCache('operations', () => executor.bytes.operations);
    options.metrics.showCache('statements', () => executor.bytes.statements);
  }
  const apollo = createApollo(options, known);
  await apollo.start();
  // Fastify drains the connections, then Apollo ends. Apollo's own drain plugin would call `close` again and wait for
  // itself.
  app.addHook('onClose', async () => await apollo.stop());

  const throughApollo = fastifyApolloHandler(apollo, { context: async (request) => callers.contextOf(request) });
  app.decorateRequest('operationContext', null);
  const explorer = await registerExplorer(app);
  app.route({
    ...COMPRESSED,
    method: ['GET', 'POST'],
    url: '/graphql',
    onRequest: [
      ownOriginAndUtf8(options.config),
      (request, reply, done) => (explorer.asked(request) ? done() : callers.letIn(request, reply, done)),
    ],
    handler: async function (request, reply) {
      if (explorer.asked(request)) return explorer.page(request, reply);
      const context = callers.contextOf(request);
      if (!context.actor) {
        if (!reduceToTypename(request)) return callers.refuse(request, reply, notSignedIn());
        return await throughApollo.call(this, request, reply);
      }
      const answer = await known?.answer(request, reply, context);
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

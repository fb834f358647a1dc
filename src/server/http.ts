import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled, ApolloServerPluginUsageReportingDisabled } from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import cors from '@fastify/cors';
import Fastify, { type FastifyBaseLogger, type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema, type ValidationRule } from 'graphql';
import { randomUUID } from 'node:crypto';
import type { Config } from '../config.js';
import { REQUEST_ERRORS, RequestError, type RequestErrorCode } from '../domain/errors.js';
import type { Context } from '../resolvers/context.js';
import type { Actor } from '../services/unit-of-work.js';
import type { Authenticator } from './authenticate.js';
import { checkAtDoor } from './doors.js';
import { registerExplorer } from './explorer.js';
import { asGateway, stringifyResult, type CompiledExecutor } from './executor.js';
import { MAX_TOKENS, type Limits } from './limits.js';
import type { Log } from './log.js';
import type { Metrics } from './metrics.js';

/** What the HTTP door needs. */
export interface HttpOptions {
  readonly config: Config;
  readonly schema: GraphQLSchema;
  /** Executes operations; without one graphql-js does. */
  readonly executor?: CompiledExecutor | undefined;
  readonly rules: readonly ValidationRule[];
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly authenticator: Authenticator;
  readonly createContext: (actor: Actor | null, requestId?: string) => Context;
  readonly formatError: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;
  /** Says why the server cannot work now, or undefined when it can. */
  readonly unready: () => Promise<string | undefined>;
}

/** Header under which a client may give a request its id, and under which every answer carries it. */
export const REQUEST_ID_HEADER = 'x-request-id';

/** The body of an answer outside GraphQL that says what went wrong, in GraphQL's own shape. */
export const errorBody = (code: RequestErrorCode, message: string, details: Record<string, unknown> = {}) => ({ errors: [{ message, extensions: { ...details, code } }] });

// Apollo answers malformed documents with 400 also where a client only understands application/json; the GraphQL-over-HTTP draft
// wants 200 there, and 4xx with application/graphql-response+json.
const legacyStatus: ApolloServerPlugin<Context> = {
  requestDidStart: async () => ({
    willSendResponse: async ({ response, request }) => {
      if (request.http?.headers.get('accept')?.includes('application/graphql-response+json')) return;
      const { body } = response;
      const codes = body.kind === 'single' ? (body.singleResult.errors ?? []).map((e) => e.extensions?.['code']) : [];
      if (response.http.status === 400 && codes.some((c) => ['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT', 'LIMIT_EXCEEDED'].includes(String(c)))) response.http.status = 200;
    },
  }),
};

function doorPlugin({ schema, limits, metrics }: HttpOptions): ApolloServerPlugin<Context> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ document, operation, request, contextValue }) => {
        if (operation) checkAtDoor({ schema, document, operation, variables: request.variables ?? {}, actor: contextValue.actor, door: 'http', limits });
      },
      didEncounterErrors: async ({ errors }) => {
        for (const error of errors) metrics.errors.inc({ code: String(error.extensions['code'] ?? 'INTERNAL_SERVER_ERROR') });
      },
    }),
  };
}

const STATUS_CODES: Readonly<Record<number, RequestErrorCode>> = { 400: 'BAD_REQUEST', 404: 'NOT_FOUND', 413: 'PAYLOAD_TOO_LARGE', 415: 'BAD_REQUEST', 503: 'UNAVAILABLE' };

/** Origins that may use the API from a browser: the server's own and the configured ones. */
export function originAllowed(config: Config, origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true; // not a browser
  if (config.allowedOrigins.includes(origin)) return true;
  try {
    return host !== undefined && new URL(origin).host === host;
  } catch {
    return false;
  }
}

/** Builds the HTTP server with the GraphQL endpoint and the operational routes. It does not listen yet. */
export async function createHttpServer(options: HttpOptions): Promise<FastifyInstance> {
  const { config, log, metrics } = options;
  const app = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    disableRequestLogging: true,
    bodyLimit: config.maxBodyBytes,
    requestTimeout: 60_000,
    forceCloseConnections: 'idle',
    genReqId: (request) => {
      const given = request.headers[REQUEST_ID_HEADER];
      return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID();
    },
  });
  app.addHook('onRequest', async (request, reply) => {
    void reply.header(REQUEST_ID_HEADER, request.id).header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer');
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    metrics.requests.inc({ route, status: String(reply.statusCode) });
    metrics.duration.observe({ route }, reply.elapsedTime / 1000);
    log.info({ requestId: request.id, method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'request');
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof RequestError) {
      const status: number = REQUEST_ERRORS[error.code].httpStatus;
      return reply.code(status === 200 ? 400 : status).send(errorBody(error.code, error.message, error.details));
    }
    const status = error.statusCode ?? 500;
    const code = STATUS_CODES[status] ?? (status < 500 ? 'BAD_REQUEST' : 'INTERNAL_SERVER_ERROR');
    if (status < 500) return reply.code(status).send(errorBody(code, error.message));
    const traceId = randomUUID();
    log.error({ err: error, traceId, requestId: request.id }, 'fault');
    return reply.code(500).send(errorBody('INTERNAL_SERVER_ERROR', 'Something went wrong on the server. It has been noted under the trace id.', { traceId }));
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send(errorBody('NOT_FOUND', 'There is nothing at this address. The API is at /graphql.')));
  await app.register(cors, {
    origin: [...config.allowedOrigins],
    allowedHeaders: ['authorization', 'content-type', 'apollo-require-preflight', REQUEST_ID_HEADER],
    exposedHeaders: [REQUEST_ID_HEADER],
    maxAge: 600,
    strictPreflight: false,
  });

  const apollo = new ApolloServer<Context>({
    ...(options.executor ? { gateway: asGateway(options.schema, options.executor), stringifyResult } : { schema: options.schema }),
    introspection: true, // who may look at the schema is decided at the door, for both doors alike
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    validationOptions: { maxErrors: 5 },
    executionOptions: { maxCoercionErrors: 10 },
    validationRules: [...options.rules],
    formatError: options.formatError,
    nodeEnv: 'production',
    logger: { debug: () => {}, info: () => {}, warn: (m) => log.warn(m), error: (m) => log.error(m) },
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      doorPlugin(options),
      legacyStatus,
    ],
  });
  await apollo.start();
  // Fastify drains the connections, then Apollo ends; Apollo's own drain plugin would call back into this and wait for itself.
  app.addHook('onClose', async () => await apollo.stop());

  const context = async (request: FastifyRequest): Promise<Context> => {
    try {
      return options.createContext(await options.authenticator.authenticate(request.headers.authorization), request.id);
    } catch (error) {
      if (error instanceof RequestError) throw new GraphQLError(error.message, { originalError: error, extensions: error.extensions });
      throw error;
    }
  };
  const explorer = registerExplorer(app);
  app.route({ method: ['GET', 'POST'], url: '/graphql', preHandler: explorer.page, handler: fastifyApolloHandler(apollo, { context }) });
  app.route({ method: ['PUT', 'DELETE', 'PATCH'], url: '/graphql', handler: (_request, reply) => reply.code(405).header('allow', 'GET, POST').send(errorBody('OPERATION_NOT_ALLOWED', 'Use POST (or GET for queries).')) });
  app.get('/healthz', (_request, reply) => reply.send({ status: 'alive' }));
  app.get('/readyz', async (_request, reply) => {
    const reason = await options.unready();
    return await (reason === undefined ? reply.send({ status: 'ready' }) : reply.code(503).send({ status: 'unready', reason }));
  });
  app.get('/metrics', async (_request, reply) => await reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()));
  return app;
}

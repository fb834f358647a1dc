import { ApolloServer, HeaderMap, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import cors from '@fastify/cors';
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema, type ValidationRule } from 'graphql';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Config } from '../config.js';
import { REQUEST_ERRORS, RequestError, type RequestErrorCode } from '../domain/errors.js';
import type { Context } from '../resolvers/context.js';
import type { Authenticator } from './sign-in/authenticate.js';
import { checkAtDoor } from './doors.js';
import { registerExplorer } from './graphql/explorer.js';
import { asGateway, stringifyResult, type CompiledExecutor } from './graphql/executor.js';
import { KnownQueries } from './graphql/known-queries.js';
import { MAX_TOKENS, type Limits } from './limits.js';
import type { Log } from './log.js';
import { calendarRoute } from './calendar/calendar.route.js';
import { callbackRoutes } from './tools/callback-routes.js';
import { mediaRoutes } from './media/media-routes.js';
import type { Metrics } from './metrics.js';
import type { RateLimit } from './sign-in/rate-limit.js';
import type { Actor } from '../domain/actor.js';
import type { AppServices } from '../app-services.js';

/** What the HTTP door needs. */
export interface HttpOptions {
  readonly config: Config;
  readonly schema: GraphQLSchema;
  /** Executes operations; without one graphql-js does. */
  readonly executor?: CompiledExecutor | undefined;
  readonly rules: readonly ValidationRule[];
  readonly limits: Limits;
  readonly log: Log;
  /** Where each request leaves its line. */
  readonly requestLog: Log;
  readonly metrics: Metrics;
  readonly authenticator: Authenticator;
  readonly rateLimit: RateLimit;
  readonly services: AppServices;
  readonly createContext: (actor: Actor | null, requestId?: string) => Context;
  readonly formatError: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;
  /** Says why the server cannot work now, or undefined when it can. */
  readonly unready: () => Promise<string | undefined>;
}

/** Header under which a client may give a request its id, and under which every answer carries it. */
export const REQUEST_ID_HEADER = 'x-request-id';

/** The body of an answer outside GraphQL that says what went wrong, in GraphQL's own shape. */
export const errorBody = (code: RequestErrorCode, message: string, details: Record<string, unknown> = {}) => ({
  errors: [{ message, extensions: { ...details, code } }],
});

// Where a client only understands application/json the GraphQL-over-HTTP draft wants 200 for malformed documents, and 4xx with
// application/graphql-response+json; Apollo says 400 to both.
const LEGACY_200 = new Set(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT', 'LIMIT_EXCEEDED']);

const wordingPlugin: ApolloServerPlugin<Context> = {
  requestDidStart: async () => ({
    willSendResponse: async ({ response: { http, body }, request, contextValue }) => {
      if (body.kind !== 'single' || !body.singleResult.errors) return;
      const { singleResult } = body;
      let errors = body.singleResult.errors;
      if (http.status === 405)
        errors = errors.map((error) => ({
          ...error,
          extensions: { ...error.extensions, code: 'OPERATION_NOT_ALLOWED' },
        }));
      // Names of fields that nearly fit would let somebody who is not signed in read the schema piece by piece.
      if (!contextValue?.actor)
        errors = errors.map((error) => ({ ...error, message: withoutSuggestion(error.message) }));
      singleResult.errors = errors;
      const legacy = !request.http?.headers.get('accept')?.includes('application/graphql-response+json');
      if (legacy && http.status === 400 && errors.some((error) => LEGACY_200.has(String(error.extensions?.['code']))))
        http.status = 200;
    },
  }),
};

/** An error of graphql-js without its "Did you mean …?". */
export const withoutSuggestion = (message: string): string => message.replace(/ ?Did you mean [\s\S]*\?$/, '');

function doorPlugin({ schema, limits }: HttpOptions): ApolloServerPlugin<Context> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ document, operation, request, contextValue }) => {
        if (operation)
          checkAtDoor({
            schema,
            document,
            operation,
            variables: request.variables ?? {},
            actor: contextValue.actor,
            door: 'http',
            limits,
          });
      },
    }),
  };
}

const learningPlugin = (known: KnownQueries): ApolloServerPlugin<Context> => ({
  requestDidStart: async () => ({
    didResolveOperation: async ({ source, document, operation, queryHash, request }) => {
      if (operation) known.learn(source, request.operationName, { document, operation, hash: queryHash });
    },
  }),
});

// Apollo sets the status and the headers of the answer by what stands below `http`.
function asAnswer(error: RequestError): GraphQLError {
  const { http, ...extensions } = error.extensions as { http?: { status: number } };
  const seconds = error.details?.['retryAfterSeconds'];
  const headers = new HeaderMap(seconds === undefined ? [] : [['retry-after', String(seconds)]]);
  return new GraphQLError(error.message, {
    originalError: error,
    extensions: { ...extensions, ...(http && { http: { ...http, headers } }) },
  });
}

const STATUS_CODES: Readonly<Record<number, RequestErrorCode>> = {
  400: 'BAD_REQUEST',
  404: 'NOT_FOUND',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'BAD_REQUEST',
  503: 'UNAVAILABLE',
};

/** Origins that may use the API from a browser: the server's own and the configured ones. Both doors ask it. */
export function originAllowed(config: Config, origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true; // not a browser
  if (config.allowedOrigins.includes(origin)) return true;
  if (config.publicUrl !== undefined && new URL(config.publicUrl).origin === origin) return true;
  try {
    return host !== undefined && new URL(origin).host === host;
  } catch {
    return false;
  }
}

/** How long a request body that is parsed may take to arrive, in milliseconds. Uploads have no such limit, but must keep moving. */
const BODY_MS = 60_000;

function bodyInTime(request: IncomingMessage): void {
  if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) return;
  const timer = setTimeout(() => request.destroy(), BODY_MS).unref();
  const done = () => clearTimeout(timer);
  request.once('end', done).once('close', done);
}

/** Builds the HTTP server with the GraphQL endpoint and the operational routes. It does not listen yet. */
export async function createHttpServer(options: HttpOptions): Promise<FastifyInstance> {
  const { config, log, requestLog, metrics } = options;
  const app = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (logger) => logger, // nothing here logs through the request
    bodyLimit: config.maxBodyBytes,
    requestTimeout: 0, // of a whole request; it would cut long uploads off. See bodyInTime.
    forceCloseConnections: 'idle',
    genReqId: (request) => {
      const given = request.headers[REQUEST_ID_HEADER];
      return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID();
    },
  });
  // Hooks of every request call back instead of being async: a promise more for each of them is a tenth of the smallest request.
  app.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config.streamsBody !== true) bodyInTime(request.raw);
    void reply
      .header(REQUEST_ID_HEADER, request.id)
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'no-referrer');
    done();
  });
  let closing = false;
  app.addHook('preClose', async () => void (closing = true));
  // A client that keeps its connection after the answer would keep a stopping server waiting.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing) void reply.header('connection', 'close');
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    metrics.request(route, reply.statusCode, reply.elapsedTime / 1000);
    requestLog.info(
      {
        requestId: request.id,
        method: request.method,
        route,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'request',
    );
    done();
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
    return reply
      .code(500)
      .send(
        errorBody(
          'INTERNAL_SERVER_ERROR',
          'Something went wrong on the server. It has been noted under the trace id.',
          { traceId },
        ),
      );
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send(errorBody('NOT_FOUND', 'There is nothing at this address. The API is at /graphql.')),
  );
  await app.register(cors, {
    origin: [...config.allowedOrigins],
    methods: ['GET', 'HEAD', 'POST', 'PUT'],
    allowedHeaders: [
      'authorization',
      'content-type',
      'apollo-require-preflight',
      'idempotency-key',
      'range',
      'x-content-sha256',
      'x-file-name',
      REQUEST_ID_HEADER,
    ],
    exposedHeaders: [REQUEST_ID_HEADER, 'accept-ranges', 'content-disposition', 'content-range', 'etag', 'repr-digest'],
    maxAge: 600,
    strictPreflight: false,
  });

  // The short way and the long way may both ask about the same request: it is one operation.
  const admitted = new WeakMap<FastifyRequest, Promise<void>>();
  const context = async (request: FastifyRequest): Promise<Context> => {
    try {
      const actor = await options.authenticator.authenticate(request.headers.authorization, request.raw.socket);
      let admission = admitted.get(request);
      if (!admission) admitted.set(request, (admission = options.rateLimit.admit(actor, request.ip)));
      await admission;
      return options.createContext(actor, request.id);
    } catch (error) {
      if (error instanceof RequestError) throw asAnswer(error);
      throw error;
    }
  };
  const known =
    options.executor &&
    new KnownQueries({ schema: options.schema, executor: options.executor, limits: options.limits, context });
  const apollo = new ApolloServer<Context>({
    ...(options.executor
      ? { gateway: asGateway(options.schema, options.executor), stringifyResult }
      : { schema: options.schema }),
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
      wordingPlugin,
      ...(known ? [learningPlugin(known)] : []),
    ],
  });
  await apollo.start();
  // Fastify drains the connections, then Apollo ends; Apollo's own drain plugin would call back into this and wait for itself.
  app.addHook('onClose', async () => await apollo.stop());

  const longWay = fastifyApolloHandler(apollo, { context });
  const explorer = registerExplorer(app);
  // The WebSocket door refuses pages of other origins; CORS alone would only keep them from reading the answer.
  const ownOriginAndUtf8 = ({ headers }: FastifyRequest, reply: FastifyReply, done: () => void) => {
    if (!originAllowed(config, headers.origin, headers.host))
      return void reply
        .code(403)
        .send(errorBody('FORBIDDEN', 'Pages of this origin may not use the API; see INTERLOCK_ALLOWED_ORIGINS.'));
    const [, charset] = /;\s*charset="?([^";\s]*)/i.exec(headers['content-type'] ?? '') ?? [];
    if (charset !== undefined && !/^utf-?8$/i.test(charset))
      return void reply.code(415).send(errorBody('BAD_REQUEST', 'Bodies are read as UTF-8; send them so.'));
    done();
  };
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    onRequest: ownOriginAndUtf8,
    handler: async function (request, reply) {
      if (explorer.asked(request)) return await explorer.page(request, reply);
      const answer = await known?.answer(request, reply);
      if (answer !== undefined) return answer;
      const long: unknown = await longWay.call(this, request, reply);
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
  await app.register(callbackRoutes, { services: options.services });
  await app.register(mediaRoutes, { config, authenticator: options.authenticator, services: options.services });
  await app.register(calendarRoute, {
    authenticator: options.authenticator,
    readDatabase: options.services.readDatabase,
    clock: options.services.clock,
  });
  app.get('/healthz', (_request, reply) => reply.send({ status: 'alive' }));
  app.get('/readyz', async (_request, reply) => {
    const reason = await options.unready();
    return await (reason === undefined
      ? reply.send({ status: 'ready' })
      : reply.code(503).send({ status: 'unready', reason }));
  });
  app.get(
    '/metrics',
    async (_request, reply) => await reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  return app;
}

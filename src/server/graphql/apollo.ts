import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { Kind, type GraphQLFormattedError, type GraphQLSchema, type ValidationRule } from 'graphql';
import type { Context } from '../../resolvers/context.js';
import { checkAtDoor } from '../doors.js';
import { MAX_TOKENS, type Limits } from '../limits.js';
import type { Log } from '../log.js';
import type { Metrics } from '../metrics.js';
import { DocumentStore } from './document-store.js';
import { asGateway, stringifyResult, type CompiledExecutor } from './executor.js';
import { withForgotten } from './forgotten-variables.js';
import type { KnownQueries } from './known-queries.js';

/** What {@link createApollo} needs. */
export interface ApolloOptions {
  readonly schema: GraphQLSchema;
  /** Executes operations; without it graphql-js does. */
  readonly executor?: CompiledExecutor | undefined;
  readonly rules: readonly ValidationRule[];
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly formatError: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;
}

// For clients that only understand application/json the GraphQL-over-HTTP draft requires 200 for malformed documents,
// and 4xx with application/graphql-response+json. Apollo answers 400 to both.
const LEGACY_200 = new Set(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT', 'LIMIT_EXCEEDED']);

const wordingPlugin: ApolloServerPlugin<Context> = {
  requestDidStart: async () => ({
    willSendResponse: async ({ response: { http, body }, request }) => {
      if (body.kind !== 'single' || !body.singleResult.errors) return;
      const { singleResult } = body;
      let errors = body.singleResult.errors;
      if (http.status === 405)
        errors = errors.map((error) => ({
          ...error,
          extensions: { ...error.extensions, code: 'OPERATION_NOT_ALLOWED' },
        }));
      singleResult.errors = errors;
      const legacy = !request.http?.headers.get('accept')?.includes('application/graphql-response+json');
      if (legacy && http.status === 400 && errors.some((error) => LEGACY_200.has(String(error.extensions?.['code']))))
        http.status = 200;
    },
  }),
};

function doorPlugin({ schema, limits, metrics }: ApolloOptions): ApolloServerPlugin<Context> {
  return {
    requestDidStart: async () => ({
      parsingDidStart: async () => void metrics.documents.inc({ door: 'http' }),
      didResolveOperation: async ({ document, operation, request }) => {
        if (!operation) return;
        const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
        const variables = withForgotten(schema, operation, fragments, request.variables ?? {});
        request.variables = variables;
        checkAtDoor({ schema, document, operation, variables, door: 'http', limits });
      },
    }),
  };
}

const learningPlugin = (known: KnownQueries): ApolloServerPlugin<Context> => ({
  requestDidStart: async () => ({
    didResolveOperation: async ({ source, document, operation, queryHash, request, contextValue }) => {
      if (operation && contextValue.actor)
        known.learn(source, request.operationName, { document, operation, hash: queryHash });
    },
  }),
});

/** Sets Apollo Server up. It does not run yet. @param known learns every query that Apollo finds valid. */
export function createApollo(options: ApolloOptions, known: KnownQueries | undefined): ApolloServer<Context> {
  const { schema, executor, log, metrics } = options;
  const documentStore = new DocumentStore();
  metrics.showCache('documents', () => documentStore.bytes);
  return new ApolloServer<Context>({
    ...(executor ? { gateway: asGateway(schema, executor), stringifyResult } : { schema }),
    documentStore,
    introspection: true, // who reaches Apollo has credentials
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
}

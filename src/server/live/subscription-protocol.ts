import {
  getOperationAST,
  getVariableValues,
  GraphQLError,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type ValidationRule,
} from 'graphql';
import type { ServerOptions } from 'graphql-ws';
import { BoundedMap } from '../../domain/bounded-map.js';
import { RequestError } from '../../domain/errors.js';
import { documentBytes } from '../graphql/document-store.js';
import type { Context } from '../../resolvers/context.js';
import { checkAtDoor } from '../doors.js';
import { MAX_TOKENS, type Limits } from '../limits.js';
import type { Metrics } from '../metrics.js';
import type { LiveFanOut } from './live.js';
import { Share } from '../sign-in/share.js';
import { notSignedIn, type Entrance } from '../sign-in/entrance.js';
import { FORBIDDEN, TRY_AGAIN, type Session, type Sessions } from './sessions.js';
import type { Actor } from '../../domain/actor.js';

/** What the rules of the WebSocket door need. */
export interface ProtocolOptions {
  readonly schema: GraphQLSchema;
  readonly rules: readonly ValidationRule[];
  readonly limits: Limits;
  readonly metrics: Pick<Metrics, 'documents' | 'showCache'>;
  /** Maximum running subscriptions per socket. */
  readonly maxSubscriptions: number;
  /** Maximum open sockets per person. */
  readonly maxSockets: number;
  readonly entrance: Entrance;
  readonly createContext: (actor: Actor | null) => Context;
  readonly formatError: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;
}

/** How long a client may take to send `connection_init`, in milliseconds. */
const INIT_TIMEOUT = 3_000;
/** Errors after which a client may get in later with the same credentials. */
const LATER: ReadonlySet<string> = new Set(['UNAVAILABLE', 'RATE_LIMITED']);

/** How large the documents of all running subscriptions of a person are at most, in bytes. Most have about 10,000. */
const MAX_SUBSCRIBED_BYTES = 268_435_456;
/** How many documents are remembered as valid. */
const VALID_DOCUMENTS = { entries: 200, bytes: 8_388_608 };

/** Documents that are known to be valid, by their text. Permissions are still checked every time. */
export type ValidDocuments = BoundedMap<DocumentNode>;

/** A subscription that was refused before its stream began. graphql-ws only knows streams that fail. */
class Refused extends Error {
  constructor(readonly errors: readonly GraphQLError[]) {
    super('refused');
  }
}

const asError = (error: unknown): GraphQLError =>
  error instanceof GraphQLError ? error : new GraphQLError((error as Error).message, { originalError: error as Error });

const withCode = (error: GraphQLError, code: string): GraphQLError =>
  error.extensions['code']
    ? error
    : new GraphQLError(error.message, {
        nodes: error.nodes,
        source: error.source,
        positions: error.positions,
        extensions: { code },
      });

/**
 * Parses, validates and checks a subscription by the same rules as the HTTP door.
 * @param known documents that need not be parsed and validated again; this one is added when it is valid.
 * @returns what to execute, or every error of the first check that fails.
 */
export function prepareSubscription(
  { schema, rules, limits, metrics }: Pick<ProtocolOptions, 'schema' | 'rules' | 'limits' | 'metrics'>,
  context: Context,
  payload: {
    readonly query: string;
    readonly operationName?: string | null;
    readonly variables?: Record<string, unknown> | null;
  },
  known: ValidDocuments,
): ExecutionArgs | readonly GraphQLError[] {
  let document = known.get(payload.query);
  if (!document) {
    metrics.documents.inc({ door: 'websocket' });
    try {
      document = parse(payload.query, { maxTokens: MAX_TOKENS });
    } catch (error) {
      return [withCode(asError(error), 'GRAPHQL_PARSE_FAILED')];
    }
    const invalid = validate(schema, document, [...specifiedRules, ...rules], { maxErrors: 5 });
    if (invalid.length > 0) return invalid.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'));
    // After a restart thousands of clients send the same document: it is checked, and kept in memory, once.
    known.set(payload.query, document, documentBytes(document));
  }
  const operation = getOperationAST(document, payload.operationName);
  if (!operation)
    return [
      asError(
        new RequestError(
          'OPERATION_RESOLUTION_FAILURE',
          'The document has no operation of this name, or several operations and no name was given.',
        ),
      ),
    ];
  const variables = payload.variables ?? {};
  try {
    checkAtDoor({ schema, document, operation, variables, door: 'websocket', limits });
  } catch (error) {
    return [asError(error)];
  }
  const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables, { maxErrors: 10 });
  if (errors) return errors.map((error) => withCode(error, 'BAD_USER_INPUT'));
  return {
    schema,
    document,
    operationName: payload.operationName ?? null,
    variableValues: variables,
    contextValue: context,
  };
}

/** The errors of an answer as clients see them. */
export const errorFormatter =
  ({ formatError }: Pick<ProtocolOptions, 'formatError'>) =>
  (errors: readonly GraphQLError[]): GraphQLFormattedError[] =>
    errors.map((error) => formatError(error.toJSON(), error));

const isStream = (
  value: ExecutionResult | AsyncGenerator<ExecutionResult, void, void>,
): value is AsyncGenerator<ExecutionResult, void, void> => Symbol.asyncIterator in value;

// eslint-disable-next-line require-yield -- it only throws, where graphql-ws expects a stream
async function* refusedStream(errors: readonly GraphQLError[]): AsyncGenerator<never, void, void> {
  throw new Refused(errors);
}

/** The hooks of graphql-ws: who connects, what is subscribed to, how errors look. */
export function subscriptionProtocol(
  options: ProtocolOptions,
  sessions: Sessions,
  live: LiveFanOut,
): ServerOptions<Record<string, unknown>, Session> {
  const format = errorFormatter(options);
  const known: ValidDocuments = new BoundedMap(VALID_DOCUMENTS);
  const documents = new Share(MAX_SUBSCRIBED_BYTES, 'bytes of subscribed documents');
  options.metrics.showCache('subscriptions', () => known.bytes);
  // Where each prepared operation came from: results of subscriptions go straight to the socket.
  const origins = new WeakMap<ExecutionArgs, { session: Session; id: string }>();
  return {
    schema: options.schema,
    connectionInitWaitTimeout: INIT_TIMEOUT,
    onConnect: async ({ connectionParams: params, extra: session }) => {
      const header = [params?.['authorization'], params?.['Authorization']].find((value) => typeof value === 'string');
      try {
        const actor = await options.entrance.signIn(header as string | undefined, () => session.address);
        if (actor) sessions.signedIn(session, actor);
        else session.socket.close(FORBIDDEN, 'Sign in: send the connection parameter "authorization"');
        return session.actor !== null;
      } catch (error) {
        if (!(error instanceof RequestError)) throw error; // a fault: logged, and the socket is closed with 4500
        session.socket.close(LATER.has(error.code) ? TRY_AGAIN : FORBIDDEN, error.message.slice(0, 120));
        return false;
      }
    },
    onSubscribe: async ({ subscriptions, extra: session }, id, payload) => {
      if (Object.keys(subscriptions).length > options.maxSubscriptions) {
        return [
          new GraphQLError(`A socket may run at most ${options.maxSubscriptions} subscriptions.`, {
            extensions: { max: options.maxSubscriptions, code: 'LIMIT_EXCEEDED' },
          }),
        ];
      }
      try {
        // It may have lost its access while its socket still closes.
        if (!session.actor || !session.valid) throw notSignedIn();
        options.entrance.admit(session.actor);
      } catch (error) {
        return [asError(error)];
      }
      const prepared = prepareSubscription(options, options.createContext(session.actor), payload, known);
      if ('schema' in prepared) origins.set(prepared, { session, id });
      return prepared as ExecutionArgs | GraphQLError[];
    },
    subscribe: async (args) => {
      const from = origins.get(args as ExecutionArgs);
      if (!from) throw new Error('An operation reached the WebSocket door without being prepared.');
      const { session, id } = from;
      // A running subscription keeps its document: what somebody subscribes to has a bound in bytes, too.
      let onEnd = () => {};
      try {
        if (!session.actor) throw notSignedIn();
        onEnd = documents.take(session.actor.id ?? session.actor.name, documentBytes((args as ExecutionArgs).document));
        const result = await live.subscribe({ args: args as ExecutionArgs, session, id, onEnd });
        if (isStream(result)) return result;
        onEnd();
        return refusedStream(result.errors ?? []);
      } catch (error) {
        onEnd();
        if (error instanceof RequestError) return refusedStream([asError(error)]);
        throw error;
      }
    },
    onError: (_ctx, _id, _payload, errors) =>
      format(
        errors.flatMap((error) => (error.originalError instanceof Refused ? error.originalError.errors : [error])),
      ),
  };
}

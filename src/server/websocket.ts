import type { Server } from 'node:http';
import { getOperationAST, GraphQLError, parse, specifiedRules, validate, type DocumentNode, type ExecutionArgs, type GraphQLFormattedError, type GraphQLSchema, type ValidationRule } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { CloseCode } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { EventHub } from '../events/hub.js';
import type { Actor } from '../services/unit-of-work.js';
import type { Context } from '../resolvers/context.js';
import { RequestError } from '../domain/errors.js';
import type { Authenticator } from './authenticate.js';
import { checkAtDoor } from './doors.js';
import { MAX_TOKENS, type Limits } from './limits.js';
import { LiveFanOut } from './live.js';

/** What the WebSocket door needs. */
export interface WebSocketOptions {
  readonly server: Server;
  readonly schema: GraphQLSchema;
  readonly rules: readonly ValidationRule[];
  readonly limits: Limits;
  readonly maxSubscriptions: number;
  readonly hub: EventHub;
  readonly authenticator: Authenticator;
  readonly originAllowed: (origin: string | undefined, host: string | undefined) => boolean;
  readonly createContext: (actor: Actor | null) => Context;
  readonly formatError: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;
}

/** The running WebSocket door. */
export interface WebSocketDoor {
  readonly sockets: number;
  /** Tells every client to reconnect elsewhere and closes; deaf clients are cut off after two seconds. */
  dispose(): Promise<void>;
}

interface Extra {
  actor: Actor | null;
  expiry?: NodeJS.Timeout;
}

/** Largest frame a client may send, in bytes. */
const MAX_FRAME = 65_536;
/** How long a client may take to answer a closing handshake, in milliseconds. */
const CLOSE_TIMEOUT = 2_000;

const isArgs = (prepared: ExecutionArgs | readonly GraphQLError[]): prepared is ExecutionArgs => !Array.isArray(prepared);

/** Opens the WebSocket door (protocol graphql-transport-ws) on the port of the HTTP server, at /graphql. */
export function openWebSocketDoor(options: WebSocketOptions): WebSocketDoor {
  const { schema, rules, limits, formatError } = options;
  const wss = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME,
    perMessageDeflate: false,
    ...{ closeTimeout: CLOSE_TIMEOUT },
  });
  options.server.on('upgrade', (request, socket, head) => {
    const path = request.url?.split('?')[0];
    const refuse = (status: string) => socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    if (path !== '/graphql') return refuse('404 Not Found');
    if (!options.originAllowed(request.headers.origin, request.headers.host)) return refuse('403 Forbidden');
    wss.handleUpgrade(request, socket, head, (ws) => wss.emit('connection', ws, request));
  });
  const format = (errors: readonly (GraphQLError | GraphQLFormattedError)[]) =>
    errors.map((error) => formatError(error instanceof GraphQLError ? error.toJSON() : error, error));

  const prepare = (context: Context, payload: { query: string; operationName?: string | null; variables?: Record<string, unknown> | null }): ExecutionArgs | readonly GraphQLError[] => {
    const asError = (error: unknown) => (error instanceof GraphQLError ? error : new GraphQLError((error as Error).message, { originalError: error as Error }));
    let document: DocumentNode;
    try {
      document = parse(payload.query, { maxTokens: MAX_TOKENS });
    } catch (error) {
      const syntax = asError(error);
      return [new GraphQLError(syntax.message, { nodes: syntax.nodes, source: syntax.source, positions: syntax.positions, extensions: { code: 'GRAPHQL_PARSE_FAILED' } })];
    }
    const invalid = validate(schema, document, [...specifiedRules, ...rules], { maxErrors: 5 });
    if (invalid.length > 0) {
      return invalid.map((e) => (e.extensions['code'] ? e : new GraphQLError(e.message, { nodes: e.nodes, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } })));
    }
    const operation = getOperationAST(document, payload.operationName);
    if (!operation) return [asError(new RequestError('OPERATION_RESOLUTION_FAILURE', 'The document has no operation of this name.'))];
    try {
      checkAtDoor({ schema, document, operation, variables: payload.variables ?? {}, actor: context.actor, door: 'websocket', limits });
    } catch (error) {
      return [asError(error)];
    }
    return { schema, document, operationName: payload.operationName ?? null, variableValues: payload.variables ?? null, contextValue: context };
  };

  // Where each prepared operation came from: results of subscriptions go straight to the socket.
  const origins = new WeakMap<ExecutionArgs, { socket: WebSocket; id: string }>();
  const live = new LiveFanOut({ hub: options.hub, formatErrors: format });
  const door = useServer<Record<string, unknown>, Partial<Extra>>(
    {
      schema,
      connectionInitWaitTimeout: 3_000,
      onConnect: async (ctx) => {
        const params = ctx.connectionParams ?? {};
        const header = ['authorization', 'Authorization'].map((name) => params[name]).find((v) => typeof v === 'string') as string | undefined;
        const { socket } = ctx.extra as unknown as { socket: { close(code: number, reason: string): void } };
        try {
          const actor = await options.authenticator.authenticate(header);
          if (!actor) {
            socket.close(CloseCode.Forbidden, 'Sign in: send connection parameter "authorization"');
            return false;
          }
          ctx.extra.actor = actor;
          // setTimeout cannot wait longer than 2^31 ms; a token that lives longer is checked when its stream is read anyway.
          const left = (actor.expiresAt ?? Infinity) - Date.now();
          if (left < 2 ** 31) ctx.extra.expiry = setTimeout(() => socket.close(CloseCode.Forbidden, 'Token expired'), left);
          return true;
        } catch (error) {
          const known = error instanceof RequestError;
          socket.close(known && error.code === 'UNAVAILABLE' ? 1013 : CloseCode.Forbidden, known ? error.message.slice(0, 120) : 'Forbidden');
          return false;
        }
      },
      onDisconnect: (ctx) => clearTimeout(ctx.extra.expiry),
      onClose: (ctx) => clearTimeout(ctx.extra.expiry),
      onSubscribe: (ctx, id, payload) => {
        if (Object.keys(ctx.subscriptions).length > options.maxSubscriptions) {
          return [new GraphQLError(`At most ${options.maxSubscriptions} subscriptions may run on one socket.`, { extensions: { code: 'LIMIT_EXCEEDED', max: options.maxSubscriptions } })];
        }
        const prepared = prepare(options.createContext(ctx.extra.actor ?? null), payload as never);
        if (isArgs(prepared)) origins.set(prepared, { socket: (ctx.extra as unknown as { socket: WebSocket }).socket, id });
        return prepared;
      },
      subscribe: async (args) => {
        const from = origins.get(args as ExecutionArgs);
        if (!from) throw new Error('An operation reached the WebSocket door without being prepared.');
        return await live.subscribe({ args: args as ExecutionArgs, ...from });
      },
      onNext: (_ctx, _id, _payload, _args, result) => (result.errors ? { ...result, errors: format(result.errors) as unknown as GraphQLError[] } : result),
      onError: (_ctx, _id, _payload, errors) => format(errors),
    },
    wss,
    12_000,
  );
  return {
    get sockets() {
      return wss.clients.size;
    },
    dispose: async () => {
      // 1012 "service restart": clients of graphql-ws reconnect and resume; `dispose` of graphql-ws would say 1001 to all at once.
      for (const client of wss.clients) client.close(1012, 'The server is restarting; reconnect and resume');
      const cut = setTimeout(() => {
        for (const client of wss.clients) client.terminate();
      }, CLOSE_TIMEOUT);
      await door.dispose();
      clearTimeout(cut);
    },
  };
}

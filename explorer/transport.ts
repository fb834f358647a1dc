import { parse, type ExecutionResult } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import { cursorOf, operationOf, resumeAfter } from './resume.js';

/** An operation that the editor runs. */
export interface Request {
  readonly query: string;
  readonly operationName?: string | null;
  readonly variables?: Record<string, unknown>;
}

/** Receives the status of the WebSocket connection, and every message of a subscription. */
export interface Watcher {
  status(text: string): void;
  message(result: ExecutionResult): void;
}

/** Sends operations to this server with a token: queries and mutations over HTTP, subscriptions over the WebSocket. */
export interface Transport {
  run(request: Request): Promise<unknown> | AsyncIterableIterator<unknown>;
  dispose(): void;
}

const endpoint = location.origin + location.pathname;

/** @throws Error when the server does not accept the token. */
export async function checkToken(token: string): Promise<void> {
  const { errors } = await post(token, { query: '{ __typename }' });
  if (errors) throw new Error(errors[0]?.message ?? 'The token is not valid.');
}

async function post(token: string, request: Request): Promise<ExecutionResult> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify(request),
  });
  return (await response.json()) as ExecutionResult;
}

const isSubscription = ({ query, operationName }: Request) => {
  try {
    return operationOf(parse(query), operationName)?.operation === 'subscription';
  } catch {
    return false; // the server reports the syntax error
  }
};

/** Creates the transport of one signed-in person. */
export function createTransport(token: string, watcher: Watcher): Transport {
  const client: Client = createClient({
    url: endpoint.replace(/^http/, 'ws'),
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 20,
    shouldRetry: () => true,
    on: {
      connected: () => watcher.status('connected'),
      closed: (event) => {
        const { code, reason } = event as CloseEvent;
        watcher.status(code === 1000 ? 'idle' : `connection lost (${reason || code}); reconnecting`);
      },
    },
  });
  return {
    run: (request) => (isSubscription(request) ? follow(client, request, watcher) : post(token, request)),
    dispose: () => void client.dispose(),
  };
}

/**
 * Runs a subscription that survives lost connections and SUBSCRIPTION_LAGGED: it continues after the last `endCursor`,
 * so every event arrives once. graphql-ws sends the payload again after each reconnect, and so reads the getter again.
 */
async function* follow(client: Client, request: Request, watcher: Watcher): AsyncIterableIterator<unknown> {
  let cursor: string | undefined;
  const { query, operationName, variables } = request;
  const payload = {
    get query() {
      return cursor === undefined ? query : resumeAfter(query, operationName, cursor);
    },
    operationName,
    variables,
  };
  for (;;) {
    let lagged = false;
    try {
      for await (const result of client.iterate(payload)) {
        cursor = cursorOf(result.data) ?? cursor;
        const resume = result.errors?.find((e) => e.extensions?.['code'] === 'SUBSCRIPTION_LAGGED')?.extensions?.[
          'resumeAfter'
        ];
        if (typeof resume === 'string') {
          cursor = resume;
          lagged = true;
          break;
        }
        watcher.message(result as ExecutionResult);
        yield result;
      }
    } catch (error) {
      const { code, reason } = error as Partial<CloseEvent>;
      yield Array.isArray(error)
        ? { errors: error }
        : { errors: [{ message: code ? `The server closed the connection: ${reason || code}` : String(error) }] };
      return;
    }
    if (!lagged) return;
  }
}

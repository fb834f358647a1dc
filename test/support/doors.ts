import type { TestApp } from './app.js';
import type { TestError } from './client.js';
import { RawSocket } from './raw-socket.js';

/** What is sent as a GraphQL request. */
export interface Question {
  readonly query: string;
  readonly operationName?: string;
  readonly variables?: Record<string, unknown>;
}

/** What came back over HTTP. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly data?: any;
  readonly errors?: readonly TestError[];
}

/** Posts a body as it is given, as JSON unless told otherwise. */
export async function post(
  app: TestApp,
  body: object | string,
  token: string | undefined,
  headers: Record<string, string> = {},
): Promise<HttpAnswer> {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, ...((await response.json()) as object) };
}

/** Asks over a WebSocket that signs in first. Fails unless exactly one `error` comes, and nothing else. */
export async function refusedOverWebSocket(
  app: TestApp,
  question: Question,
  token: string | undefined,
): Promise<readonly TestError[]> {
  const socket = await new RawSocket(app.url).init(token);
  await socket.send({ id: 'q', type: 'subscribe', payload: question });
  await socket.ended('q');
  await socket.send({ type: 'ping' });
  const messages = await socket.until((all) => all.some((m) => m.type === 'pong'));
  await socket.close();
  const mine = messages.filter((m) => m.id === 'q');
  if (mine.length !== 1 || mine[0]?.type !== 'error')
    throw new Error(`one error was expected: ${JSON.stringify(mine)}`);
  return mine[0].payload as TestError[];
}

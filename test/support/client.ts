import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';
import type { TestApp } from './app.js';

/** One entry of `errors`. */
export interface TestError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string } & Record<string, unknown>;
}

/** What the API answered. */
export interface TestResponse<T = any> {
  readonly status: number;
  readonly data?: T | null;
  readonly errors?: readonly TestError[];
}

/** One entry of `userErrors`; the last three are those of a blocker. */
export interface TestUserError {
  readonly code: string;
  readonly message: string;
  readonly path: readonly string[] | null;
  readonly subject?: { readonly id: string; readonly __typename: string } | null;
  readonly resolvableBy?: readonly string[];
  readonly waivable?: boolean;
}

const USER_ERRORS =
  'userErrors { code message path ... on Blocker { subject { id __typename } resolvableBy waivable } }';

/** A mutation that the API accepted. */
export interface AcceptedMutation {
  readonly client: TestClient;
  readonly mutation: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Field of the payload with the object. */
  readonly field: string;
  /** The object, as far as it was selected. */
  readonly object: Readonly<Record<string, any>>;
}

/** Speaks to the API as one actor, through real HTTP and a real WebSocket. */
export class TestClient {
  #sockets: Client[] = [];
  /** Called after each mutation that {@link run} or {@link attempt} sends and the API accepts. */
  onAccepted: ((accepted: AcceptedMutation) => Promise<void>) | undefined;

  constructor(
    readonly url: string,
    readonly token: string | undefined,
    readonly personId: string,
    /** The app that signed the person in, where one did. */
    readonly app?: Pick<TestApp, 'readDatabase'>,
  ) {}

  get headers(): Record<string, string> {
    return this.token === undefined ? {} : { authorization: `Bearer ${this.token}` };
  }

  /** Sends an operation and gives the answer as it is. */
  async send<T = any>(
    query: string,
    variables: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ): Promise<TestResponse<T>> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.headers, ...headers },
      body: JSON.stringify({ query, variables }),
    });
    return { status: response.status, ...((await response.json()) as object) };
  }

  /** Sends an operation that must answer without errors, and gives its data. */
  async ok<T = any>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    const { data, errors } = await this.send<T>(query, variables);
    if (errors || !data) throw new Error(`${query}\n${JSON.stringify(errors)}`);
    return data;
  }

  /**
   * Runs a mutation by its name: input type and payload follow the naming rule. Neither errors nor userErrors may come.
   * @param selection what to select of the changed object.
   */
  async run<T = any>(mutation: string, input: Record<string, unknown>, field: string, selection = 'id'): Promise<T> {
    const payload = await this.attempt(mutation, input, field, selection);
    if (payload.userErrors.length > 0)
      throw new Error(`${mutation} was refused: ${JSON.stringify(payload.userErrors)}`);
    return payload[field] as T;
  }

  /** Like `run`, but gives the payload, so that refusals can be looked at. */
  async attempt(mutation: string, input: Record<string, unknown>, field: string, selection = 'id'): Promise<any> {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
    const data = await this.ok(
      `mutation($input: ${type}) {
        ${mutation}(input: $input) { ${field} { ${selection} } replayed ${USER_ERRORS} }
      }`,
      { input },
    );
    const payload = data[mutation];
    if (payload.userErrors.length === 0)
      await this.onAccepted?.({ client: this, mutation, input, field, object: payload[field] });
    return payload;
  }

  /** The code of the error with which a mutation is answered; fails when there is none. */
  async code(mutation: string, input: Record<string, unknown>, field: string): Promise<string> {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
    const { errors } = await this.send(
      `mutation($input: ${type}) { ${mutation}(input: $input) { ${field} { id } userErrors { code } } }`,
      { input },
    );
    if (!errors?.[0]) throw new Error(`${mutation} answered without an error`);
    return errors[0].extensions.code;
  }

  /** A graphql-ws client of this actor; closed by {@link close}. */
  socket(options: Partial<Parameters<typeof createClient>[0]> = {}): Client {
    const client = createClient({
      url: `${this.url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: this.token === undefined ? {} : { authorization: `Bearer ${this.token}` },
      retryAttempts: 0,
      ...options,
    });
    this.#sockets.push(client);
    return client;
  }

  /** Messages of a subscription. */
  subscribe<T = any>(
    query: string,
    variables: Record<string, unknown> = {},
  ): AsyncIterableIterator<{ data?: T | null; errors?: readonly unknown[] }> {
    return this.socket().iterate<T>({ query, variables }) as AsyncIterableIterator<{
      data?: T | null;
      errors?: readonly unknown[];
    }>;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.splice(0)) await socket.dispose();
  }
}

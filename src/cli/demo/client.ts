import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';

/** A rule refused a command; the message has its reasons. */
export class Refused extends Error {
  constructor(
    readonly mutation: string,
    readonly userErrors: readonly { readonly code: string; readonly message: string }[],
  ) {
    super(`${mutation} was refused: ${userErrors.map((e) => `${e.code}: ${e.message}`).join(' | ')}`);
    this.name = 'Refused';
  }
}

/** Uses the public API as one person, as any script would: HTTP for queries and commands, graphql-ws for streams. */
export class ApiClient {
  readonly #headers: Record<string, string>;
  #socket: Client | undefined;

  constructor(
    readonly url: string,
    readonly name: string,
    readonly token: string,
  ) {
    this.#headers = { authorization: `Bearer ${token}` };
  }

  /** Runs a query. @throws Error with the messages of all GraphQL errors */
  async query<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.#headers },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as {
      data?: T;
      errors?: { message: string; extensions?: { code?: string } }[];
    };
    if (errors || !data)
      throw new Error(
        `${this.name}: ${(errors ?? []).map((e) => `${e.extensions?.code}: ${e.message}`).join('\n')}\n${query}`,
      );
    return data;
  }

  /**
   * Runs a mutation by its name and returns its object; input and payload types follow the naming rule of the API.
   * @throws Refused when a rule of the domain refused it
   */
  async run<T = { id: string }>(
    mutation: string,
    input: Record<string, unknown>,
    field: string,
    selection = 'id',
  ): Promise<T> {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
    const data = await this.query<
      Record<string, Record<string, unknown> & { userErrors: { code: string; message: string }[] }>
    >(
      `mutation($input: ${type}) { ${mutation}(input: $input) { ${field} { ${selection} } userErrors { code ` +
        'message } } }',
      { input },
    );
    const payload = data[mutation] as Record<string, unknown> & { userErrors: { code: string; message: string }[] };
    if (payload.userErrors.length > 0) throw new Refused(mutation, payload.userErrors);
    return payload[field] as T;
  }

  /** Uploads the bytes of a media version, streamed. */
  async upload(versionId: string, file: string): Promise<{ digest: string; size: number }> {
    const { size } = await stat(file);
    const response = await fetch(`${this.url}/media/versions/${versionId}`, {
      method: 'PUT',
      headers: {
        ...this.#headers,
        'content-type': 'application/gzip',
        'content-length': String(size),
        'x-file-name': basename(file),
      },
      body: createReadStream(file) as never,
      duplex: 'half',
    } as RequestInit);
    const answer = (await response.json()) as { digest: string; size: number; errors?: { message: string }[] };
    if (!response.ok)
      throw new Error(`The upload failed with status ${response.status}: ${answer.errors?.[0]?.message}`);
    return answer;
  }

  /**
   * Follows a subscription until `onMessage` returns true. Reconnects by itself and resumes after the last cursor, so
   * that a restart of the server loses and repeats nothing.
   * @param cursorOf returns the cursor of a message.
   */
  async follow<T>(
    query: string,
    variables: Record<string, unknown>,
    cursorOf: (message: T) => string,
    onMessage: (message: T) => boolean,
  ): Promise<void> {
    this.#socket ??= createClient({
      url: `${this.url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: this.#headers,
      retryAttempts: 0,
    });
    let after: string | undefined;
    for (let failures = 0; ;) {
      try {
        for await (const { data, errors } of this.#socket.iterate<T>({
          query,
          variables: { ...variables, ...(after !== undefined && { after }) },
        })) {
          if (errors) throw new Error(errors.map((e) => e.message).join('\n'));
          if (!data) continue;
          after = cursorOf(data);
          failures = 0;
          if (onMessage(data)) return;
        }
        return;
      } catch (error) {
        if (++failures > 60) throw error;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  }

  async close(): Promise<void> {
    await this.#socket?.dispose();
  }
}

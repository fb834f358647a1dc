import { createServer, type Server } from 'node:http';
import { HttpFaults, playFault } from './faults.js';

/** A request as a simulator sees it. */
export interface SimulatedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a simulator answers; `json` or `text`, or no body. */
export interface SimulatedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
}

/** An HTTP server on this machine that keeps what it was asked and plays faults on demand. The base of simulators. */
export class HttpSimulator {
  readonly faults = new HttpFaults();
  readonly requests: SimulatedRequest[] = [];
  #server: Server | undefined;
  #port = 0;
  #waiting = 0;

  /** @param answer what the tool does and says; it may throw an answer to end early. */
  constructor(private readonly answer: (request: SimulatedRequest) => SimulatedAnswer | Promise<SimulatedAnswer>) {}

  /** Where it listens; empty before {@link start}. */
  get url(): string {
    return this.#port === 0 ? '' : `http://127.0.0.1:${this.#port}`;
  }

  /** How many callers still wait for an answer or its end. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Listens, on the same port again after {@link stop}; once, however often it is called. */
  async start(): Promise<this> {
    if (this.#server !== undefined) return this;
    const server = createServer((request, response) => {
      this.#waiting += 1;
      response.on('close', () => (this.#waiting -= 1));
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const url = new URL(request.url ?? '/', 'http://simulator');
        const asked = {
          method: request.method ?? 'GET',
          path: url.pathname,
          query: url.searchParams,
          headers: request.headers as Record<string, string>,
          body: Buffer.concat(parts).toString('utf8'),
        };
        this.requests.push(asked);
        const planned = this.faults.take(asked.method, asked.path);
        const said = planned === undefined || planned.acts ? this.#ask(asked) : Promise.resolve({});
        void said.then(({ status = 200, headers = {}, json, text }: SimulatedAnswer) => {
          if (planned !== undefined) return playFault(planned.fault, response);
          const type = json === undefined ? {} : { 'content-type': 'application/json;charset=utf-8' };
          response.writeHead(status, { ...type, ...headers }).end(json === undefined ? text : JSON.stringify(json));
        });
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as { port: number }).port;
    return this;
  }

  /** Closes every connection and stops listening; its state stays. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  async #ask(request: SimulatedRequest): Promise<SimulatedAnswer> {
    try {
      return await this.answer(request);
    } catch (thrown) {
      if (!(thrown instanceof Error)) return thrown as SimulatedAnswer;
      return { status: 500, json: { message: thrown.message } };
    }
  }
}

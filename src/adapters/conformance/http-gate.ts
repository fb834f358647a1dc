/** Stands between an adapter and a tool that speaks HTTP, and answers with a fault where a case needs one. */
import { createServer, request as send, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How many bytes a truncated answer promises. */
const PROMISED_BYTES = 1_000_000;

/** An answer of a tool in trouble; `lost`: the tool gets the request, and its answer is lost on the way. */
export type HttpFault =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body: string;
    }
  | { readonly kind: 'hang' }
  | { readonly kind: 'truncated' }
  | { readonly kind: 'lost' };

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const matches = (pattern: string, request: string): boolean =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  ).test(request);

/** See the file's head. Opened by {@link HttpGate.open}. */
export class HttpGate {
  /** The fault that requests meet now; undefined: they are passed on. */
  fault: HttpFault | undefined;
  /** The fault meets only requests that start a run. */
  startsOnly = false;
  /** Requests that are waiting for an answer that never comes. */
  hanging = 0;
  /** Requests that met the fault. */
  met = 0;
  private port = 0;

  private constructor(
    private readonly target: URL,
    private readonly starts: readonly string[] | undefined,
    private readonly server: Server,
  ) {}

  /** @param starts see {@link ToolFixture.starts} */
  static async open(target: string, starts: readonly string[] | undefined): Promise<HttpGate> {
    const server = createServer();
    const proxy = new HttpGate(new URL(target), starts, server);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      proxy.answer(request, response).catch(() => response.destroy());
    });
    await proxy.up();
    return proxy;
  }

  /** The address for the adapter: the tool's, at another place. @param scheme https: nobody there speaks TLS */
  address(scheme: 'http' | 'https' = 'http'): string {
    return `${scheme}://127.0.0.1:${this.port}${this.target.pathname.replace(/\/$/, '')}`;
  }

  /** From now on connections are refused. */
  async down(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  /** Connections are accepted again, at the same address. */
  async up(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.port, '127.0.0.1', resolve);
    });
    this.port = (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    if (this.server.listening) await this.down();
  }

  private isStart(method: string, path: string): boolean {
    if (this.starts === undefined) return !['GET', 'HEAD', 'OPTIONS'].includes(method);
    return this.starts.some((pattern) => matches(pattern, `${method} ${path}`));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    // A connection of its own for each request: one that is kept could break while the next request is sent on it.
    response.setHeader('connection', 'close');
    const { fault } = this;
    const body = await bodyOf(request);
    if (fault === undefined || (this.startsOnly && !this.isStart(method, url.split('?')[0] ?? '')))
      return await this.passOn(request, body, response);
    this.met += 1;
    if (fault.kind === 'answer') {
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers }).end(fault.body);
    } else if (fault.kind === 'hang') {
      this.hanging += 1;
      response.once('close', () => (this.hanging -= 1));
    } else if (fault.kind === 'truncated') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': PROMISED_BYTES });
      response.write('{"id": 1, "half": "', () => response.destroy());
    } else {
      await this.passOn(request, body);
      response.destroy();
    }
  }

  /** @param response absent: nobody gets the answer */
  private async passOn(request: IncomingMessage, body: Buffer, response?: ServerResponse): Promise<void> {
    const { method, url, headers } = request;
    const options = { method, headers: { ...headers, connection: 'close' }, path: url, agent: false };
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const { hostname, port } = this.target;
      send({ ...options, hostname, port }, resolve)
        .once('error', reject)
        .end(body);
    });
    const content = await bodyOf(answer);
    if (response === undefined) return;
    const { connection: _connection, 'transfer-encoding': _encoding, ...kept } = answer.headers;
    response.writeHead(answer.statusCode ?? 502, { ...kept, connection: 'close' }).end(content);
  }
}

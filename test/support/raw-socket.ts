import { connect, type Socket } from 'node:net';
import { randomBytes } from 'node:crypto';
import WebSocket from 'ws';

/** What a socket heard: messages as objects, and the code and reason with which it was closed. */
export interface Heard {
  readonly messages: { readonly id?: string; readonly type: string; readonly payload?: any }[];
  readonly code?: number;
  readonly reason?: string;
  /** HTTP status with which the upgrade was refused. */
  readonly refused?: number;
}

/** A WebSocket that speaks whatever it is told to, for the protocol's dark corners. */
export class RawSocket {
  readonly messages: { readonly id?: string; readonly type: string; readonly payload?: any }[] = [];
  readonly socket: WebSocket;
  readonly #closed: Promise<Heard>;
  #heard: (() => void)[] = [];

  constructor(
    url: string,
    {
      protocol = 'graphql-transport-ws',
      origin,
      headers = {},
    }: {
      readonly protocol?: string | string[];
      readonly origin?: string;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    this.socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, protocol, {
      headers,
      ...(origin !== undefined && { origin }),
    });
    this.socket.on('message', (data) => {
      this.messages.push(JSON.parse(String(data)));
      for (const tell of this.#heard.splice(0)) tell();
    });
    this.#closed = new Promise((resolve) => {
      let refused: number | undefined;
      this.socket.on('unexpected-response', (request, response) => {
        refused = response.statusCode;
        request.destroy();
        resolve({ messages: this.messages, ...(refused !== undefined && { refused }) });
      });
      this.socket.on('error', () => {});
      this.socket.on('close', (code, reason) =>
        resolve({ messages: this.messages, code, reason: String(reason), ...(refused !== undefined && { refused }) }),
      );
    });
  }

  /** Sends messages in order, once the socket is open. Text goes as it is. */
  async send(...messages: (string | object)[]): Promise<this> {
    if (this.socket.readyState === WebSocket.CONNECTING)
      await new Promise((resolve) => this.socket.once('open', resolve));
    for (const message of messages) this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    return this;
  }

  /** Signs in and waits for the acknowledgement. */
  async init(token: string | undefined): Promise<this> {
    await this.send({
      type: 'connection_init',
      payload: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
    await this.until((messages) => messages.some((m) => m.type === 'connection_ack'));
    return this;
  }

  /** Waits for messages that satisfy a condition; fails when the socket closes before. */
  async until(condition: (messages: RawSocket['messages']) => boolean): Promise<RawSocket['messages']> {
    while (!condition(this.messages)) {
      const closed = await Promise.race([
        this.#closed,
        new Promise<undefined>((resolve) => this.#heard.push(() => resolve(undefined))),
      ]);
      if (closed && !condition(this.messages))
        throw new Error(`closed with ${closed.code} ${closed.reason ?? ''} after ${JSON.stringify(this.messages)}`);
    }
    return this.messages;
  }

  /** Messages of one operation, after its `complete` or `error`. */
  async ended(id: string): Promise<RawSocket['messages']> {
    await this.until((messages) => messages.some((m) => m.id === id && (m.type === 'complete' || m.type === 'error')));
    return this.messages.filter((m) => m.id === id);
  }

  /** Waits until the socket is closed by the server. */
  async closed(): Promise<Heard> {
    return await this.#closed;
  }

  /** Closes it and waits for the server to answer. */
  async close(): Promise<void> {
    this.socket.close();
    await this.#closed;
  }
}

/**
 * A client that upgrades to a WebSocket by hand and then never reads its frames: it answers neither pings nor the
 * closing handshake.
 */
export async function deafSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  const key = randomBytes(16).toString('base64');
  socket.write(
    [
      'GET /graphql HTTP/1.1',
      `Host: ${hostname}:${port}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${key}`,
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Protocol: graphql-transport-ws',
      '\r\n',
    ].join('\r\n'),
  );
  await new Promise((resolve) => socket.once('data', resolve));
  return socket;
}

/** A masked text frame, as a client must send it. Shorter than 126 bytes. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  if (payload.length > 125) throw new RangeError('longer than a short frame');
  const mask = randomBytes(4);
  return Buffer.concat([
    Buffer.from([0x81, 0x80 | payload.length]),
    mask,
    payload.map((byte, i) => byte ^ (mask[i % 4] as number)),
  ]);
}

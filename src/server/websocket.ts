import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { makeServer, type Server, type WebSocket as ProtocolSocket } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { EventHub } from '../events/hub.js';
import { Heartbeat } from './live/heartbeat.js';
import { LiveFanOut } from './live/live.js';
import type { Log } from './log.js';
import { Session, Sessions } from './live/sessions.js';
import { errorFormatter, subscriptionProtocol, type ProtocolOptions } from './live/subscription-protocol.js';

/** What the WebSocket door needs. */
export interface WebSocketOptions extends ProtocolOptions {
  readonly server: HttpServer;
  readonly hub: EventHub;
  readonly log: Log;
  readonly clock: () => Date;
  readonly originAllowed: (origin: string | undefined, host: string | undefined) => boolean;
}

const SUBPROTOCOL = 'graphql-transport-ws';
/** Largest frame a client may send, in bytes. */
const MAX_FRAME = 65_536;
/** How long a client may take to answer a closing handshake, in milliseconds. */
const CLOSE_TIMEOUT = 2_000;
/** How often clients are pinged, in milliseconds. One that has not answered by the next ping is cut off. */
const PING_MS = 12_000;
/** "Service restart": clients of graphql-ws reconnect and resume after it. */
const SERVICE_RESTART = 1_012;
const INTERNAL_ERROR = 4_500;

/** The WebSocket door (protocol graphql-transport-ws) on the port of the HTTP server, at /graphql. */
export class WebSocketDoor {
  readonly #options: WebSocketOptions;
  readonly #log: Log;
  readonly #wss: WebSocketServer;
  readonly #sessions: Sessions;
  readonly #protocol: Server<Session>;
  readonly #heartbeat = new Heartbeat(PING_MS);
  /** Resolves for each socket when it is gone and its subscriptions have ended. */
  readonly #gone = new Map<WebSocket, Promise<void>>();
  #disposing = false;

  constructor(options: WebSocketOptions) {
    const { log, hub, entrance } = options;
    this.#options = options;
    this.#log = log;
    this.#wss = new WebSocketServer({
      noServer: true,
      maxPayload: MAX_FRAME,
      perMessageDeflate: false,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
      ...{ closeTimeout: CLOSE_TIMEOUT },
    });
    this.#sessions = new Sessions(
      entrance.options.authenticator,
      (error) => log.error({ err: error }, 'sessions'),
      options,
    );
    const live = new LiveFanOut({ hub, createContext: options.createContext, formatErrors: errorFormatter(options) });
    this.#protocol = makeServer(subscriptionProtocol(options, this.#sessions, live));
    options.server.on('upgrade', (request: IncomingMessage, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Number of open sockets. */
  get sockets(): number {
    return this.#gone.size;
  }

  /** Asks every client to reconnect and closes; clients that do not answer are cut off after two seconds. */
  async dispose(): Promise<void> {
    this.#disposing = true;
    for (const socket of this.#gone.keys())
      socket.close(SERVICE_RESTART, 'The server is restarting; reconnect and resume');
    const cut = setTimeout(() => {
      for (const socket of this.#gone.keys()) socket.terminate();
    }, CLOSE_TIMEOUT);
    await Promise.all(this.#gone.values());
    clearTimeout(cut);
    this.#heartbeat.stop();
    this.#sessions.stop();
    this.#wss.close();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { origin, host } = request.headers;
    if (this.#disposing) return refuse(socket, '503 Service Unavailable');
    if (request.url?.split('?')[0] !== '/graphql') return refuse(socket, '404 Not Found');
    if (!this.#options.originAllowed(origin, host)) return refuse(socket, '403 Forbidden');
    this.#wss.handleUpgrade(request, socket, head, (ws) =>
      this.#attach(ws, socket, this.#options.entrance.options.addressOf(request)),
    );
  }

  #attach(socket: WebSocket, wire: Duplex, address: string): void {
    const session = new Session(socket, wire, this.#options.clock, address);
    this.#sessions.wait(session);
    const closed = this.#protocol.opened(this.#adapt(socket), session);
    this.#heartbeat.add(socket);
    // A frame that is too large or malformed: ws has closed the socket with the proper code already.
    socket.on('error', (error) => this.#log.debug({ err: error }, 'socket'));
    const ended = new Promise<void>((resolve) => {
      socket.once('close', (code, reason) => {
        closed(code, String(reason))
          .catch((error: unknown) => this.#log.error({ err: error }, 'fault'))
          .finally(() => {
            this.#gone.delete(socket);
            resolve();
          });
      });
    });
    this.#gone.set(socket, ended);
  }

  /** A socket as graphql-ws sees it. */
  #adapt(socket: WebSocket): ProtocolSocket {
    return {
      protocol: socket.protocol,
      send: async (data) =>
        await new Promise<void>((resolve, reject) => {
          if (socket.readyState !== socket.OPEN) resolve();
          else socket.send(data, (error) => (error ? reject(error) : resolve()));
        }),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (receive) =>
        socket.on('message', (data) => {
          receive(String(data)).catch((error: unknown) => {
            if (socket.readyState !== socket.OPEN) return; // it left in the middle of an answer
            this.#log.error({ err: error }, 'fault');
            socket.close(INTERNAL_ERROR, 'Internal server error');
          });
        }),
    };
  }
}

function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

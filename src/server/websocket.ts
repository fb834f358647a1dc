import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { makeServer } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { EventHub } from '../events/hub.js';
import { Heartbeat } from './live/heartbeat.js';
import { LiveFanOut } from './live/live.js';
import type { Log } from './log.js';
import { Session, Sessions } from './live/sessions.js';
import { errorFormatter, subscriptionProtocol, type ProtocolOptions } from './live/subscription-protocol.js';

/** What the WebSocket door needs. */
export interface WebSocketOptions extends ProtocolOptions {
  readonly server: Server;
  readonly hub: EventHub;
  readonly log: Log;
  readonly clock: () => Date;
  readonly originAllowed: (origin: string | undefined, host: string | undefined) => boolean;
}

/** The running WebSocket door. */
export interface WebSocketDoor {
  readonly sockets: number;
  /** Tells every client to reconnect elsewhere and closes; deaf clients are cut off after two seconds. */
  dispose(): Promise<void>;
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

/** Opens the WebSocket door (protocol graphql-transport-ws) on the port of the HTTP server, at /graphql. */
export function openWebSocketDoor(options: WebSocketOptions): WebSocketDoor {
  const { log } = options;
  const wss = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    ...{ closeTimeout: CLOSE_TIMEOUT },
  });
  const sessions = new Sessions(options.authenticator, (error) => log.error({ err: error }, 'sessions'));
  const live = new LiveFanOut({ hub: options.hub, formatErrors: errorFormatter(options) });
  const protocol = makeServer(subscriptionProtocol(options, sessions, live));
  /** Resolves for each socket when it is gone and its subscriptions have ended. */
  const gone = new Map<WebSocket, Promise<void>>();
  const heartbeat = new Heartbeat(PING_MS);
  let disposing = false;

  options.server.on('upgrade', (request: IncomingMessage, socket, head) => {
    const refuse = (status: string) => {
      socket.on('error', () => socket.destroy());
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    };
    if (disposing) return refuse('503 Service Unavailable');
    if (request.url?.split('?')[0] !== '/graphql') return refuse('404 Not Found');
    if (!options.originAllowed(request.headers.origin, request.headers.host)) return refuse('403 Forbidden');
    wss.handleUpgrade(request, socket, head, (ws) => attach(ws, socket));
  });

  const attach = (socket: WebSocket, wire: Duplex): void => {
    const closed = protocol.opened(
      {
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
              log.error({ err: error }, 'fault');
              socket.close(INTERNAL_ERROR, 'Internal server error');
            });
          }),
      },
      new Session(socket, wire, options.clock),
    );
    heartbeat.add(socket);
    // A frame that is too large or malformed: ws has closed the socket with the proper code already.
    socket.on('error', (error) => log.debug({ err: error }, 'socket'));
    const ended = new Promise<void>((resolve) => {
      socket.once('close', (code, reason) => {
        closed(code, String(reason))
          .catch((error: unknown) => log.error({ err: error }, 'fault'))
          .finally(() => {
            gone.delete(socket);
            resolve();
          });
      });
    });
    gone.set(socket, ended);
  };

  return {
    get sockets() {
      return gone.size;
    },
    dispose: async () => {
      disposing = true;
      for (const socket of gone.keys()) socket.close(SERVICE_RESTART, 'The server is restarting; reconnect and resume');
      const cut = setTimeout(() => {
        for (const socket of gone.keys()) socket.terminate();
      }, CLOSE_TIMEOUT);
      await Promise.all(gone.values());
      clearTimeout(cut);
      heartbeat.stop();
      sessions.stop();
      wss.close();
    },
  };
}

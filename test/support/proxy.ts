import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

/**
 * A TCP proxy in front of a database that can be cut, to see what happens when the database goes away under a running
 * server.
 */
export interface DatabaseProxy {
  /** The address of the database, through the proxy. */
  readonly url: string;
  /** Breaks all connections and refuses new ones. */
  cut(): void;
  /**
   * Lets nothing through any more, in either direction, and breaks nothing: what a cable does that somebody pulls.
   * New connections are accepted and lead nowhere.
   */
  freeze(): void;
  /** Lets new connections through again. Those that were frozen stay so. */
  mend(): void;
  /** Connections that are open through the proxy now. */
  readonly connections: number;
  close(): Promise<void>;
}

/** Opens a proxy to the server of a database address. */
export async function openDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let open = true;
  let frozen = false;
  const server = createServer((client) => {
    if (!open) {
      client.destroy();
      return;
    }
    if (frozen) {
      sockets.add(client);
      client.on('error', () => {}).on('close', () => sockets.delete(client));
      client.pause();
      return;
    }
    const upstream = connect(Number(target.port || 5432), target.hostname.replace(/^\[|\]$/g, ''));
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {}); // a broken connection is what this is for
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    get connections() {
      return sockets.size / 2;
    },
    cut: () => {
      open = false;
      breakAll();
    },
    freeze: () => {
      frozen = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    mend: () => {
      open = true;
      frozen = false;
    },
    close: async () => {
      breakAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** What to change when that is not possible, for the message. */
  readonly advice: string;
}

function notListening({ host, port, advice }: ListenAddress, error: unknown): Error {
  const { message, code } = error as { message: string; code?: string };
  const why =
    code === 'EADDRINUSE'
      ? `Port ${port} on ${host} is already in use.`
      : `Cannot listen on ${host}, port ${port}: ${message}.`;
  return new Error(`${why} ${advice}`, { cause: error });
}

/**
 * Begins to accept connections.
 * @returns the address of the server, with the port it really has.
 * @throws Error with advice when the port is in use.
 */
export async function listen(http: FastifyInstance, address: ListenAddress): Promise<string> {
  const { host } = address;
  await http.listen({ host, port: address.port }).catch((error: unknown) => {
    throw notListening(address, error);
  });
  const { port } = http.server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * Lets running requests end, then closes the server.
 * @param timeoutMs after which connections are cut: a client that never finishes sending or reading would keep the
 *   server.
 */
export async function drain(http: FastifyInstance, timeoutMs: number): Promise<void> {
  const cut = setTimeout(() => http.server.closeAllConnections(), timeoutMs);
  try {
    await http.close();
  } finally {
    clearTimeout(cut);
  }
}

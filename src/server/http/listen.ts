import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../../config.js';

function notListening({ host, port }: Config, error: unknown): Error {
  const { message, code } = error as { message: string; code?: string };
  const why =
    code === 'EADDRINUSE'
      ? `Port ${port} on ${host} is already in use.`
      : `Cannot listen on ${host}, port ${port}: ${message}.`;
  return new Error(`${why} Set PORT (0 picks a free one) or HOST.`, { cause: error });
}

/**
 * Begins to accept connections.
 * @returns the address of the server, with the port it really has.
 * @throws Error with advice when the port is in use.
 */
export async function listen(http: FastifyInstance, config: Config): Promise<string> {
  await http.listen({ host: config.host, port: config.port }).catch((error: unknown) => {
    throw notListening(config, error);
  });
  const { port } = http.server.address() as AddressInfo;
  return `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
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

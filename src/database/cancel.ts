import { connect } from 'node:net';
import type pg from 'pg';

/** What node-postgres knows of a connection. */
interface Backend {
  readonly host: string;
  readonly port: number;
  readonly processID?: number;
  readonly secretKey?: number;
}

const CANCEL_REQUEST = 80_877_102;
const GIVE_UP_MS = 2_000;

/**
 * Asks PostgreSQL to end the statement that a connection runs, over a connection of its own as the protocol has it.
 * Resolves when PostgreSQL has passed that on, or cannot be reached. The connection must not be used for anything else
 * until then, lest the next statement is hit.
 */
export async function cancelStatement(client: pg.PoolClient): Promise<void> {
  const { host, port, processID, secretKey } = client as unknown as Backend;
  if (processID === undefined || secretKey === undefined) return;
  const message = Buffer.alloc(16);
  message.writeInt32BE(16, 0);
  message.writeInt32BE(CANCEL_REQUEST, 4);
  message.writeInt32BE(processID, 8);
  message.writeInt32BE(secretKey, 12);
  await new Promise<void>((done) => {
    const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
    socket.setTimeout(GIVE_UP_MS, () => socket.destroy());
    socket.on('connect', () => socket.end(message));
    socket.on('error', () => {});
    socket.on('close', () => done());
    socket.resume();
  });
}

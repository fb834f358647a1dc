import { Socket } from 'node:net';

/** How long the database may be silent beyond the maximum duration of a statement, in milliseconds. */
const GRACE_MS = 5_000;

/** Settings of node-postgres that close a connection on which the database has fallen silent. */
export interface SilenceSettings {
  readonly stream: () => Socket;
  /** Idle connections are closed before their silence would count. */
  readonly idleTimeoutMillis: number;
}

/**
 * PostgreSQL answers within its `statement_timeout`, if only with an error. A longer silence means that the connection
 * is dead: a cut cable, a firewall that dropped its state, a frozen server. TCP would keep it for a quarter of an hour
 * or longer. With these settings it breaks, callers get the error of a lost connection, and the pool makes another one.
 * @param statementTimeoutMs the `statement_timeout` of the connections, in milliseconds
 */
export function givingUpOnSilence(statementTimeoutMs: number): SilenceSettings {
  const silenceMs = statementTimeoutMs + GRACE_MS;
  return {
    idleTimeoutMillis: Math.min(10_000, silenceMs - GRACE_MS / 2),
    stream: () => {
      const socket = new Socket();
      socket.setTimeout(silenceMs, () => {
        socket.destroy(
          Object.assign(new Error(`The database has been silent for ${silenceMs} ms.`), { code: 'ETIMEDOUT' }),
        );
      });
      return socket;
    },
  };
}

import { Socket } from 'node:net';

/**
 * How much longer than a statement may take the database may be silent while it is asked something, in milliseconds.
 */
const GRACE_MS = 5_000;

/** Settings of node-postgres by which a connection is given up when the database has fallen silent. */
export interface SilenceSettings {
  readonly stream: () => Socket;
  /** Idle connections are closed before their silence would be taken for trouble. */
  readonly idleTimeoutMillis: number;
}

/**
 * PostgreSQL answers within its `statement_timeout`, if only with an error. Where nothing at all comes for longer the
 * connection leads
 * nowhere: a cable, a firewall that forgot it, a server that is frozen. TCP would believe in it for a quarter of an
 * hour or for ever;
 * with these settings it breaks, whoever waits on it is told as for any lost connection, and the pool makes another.
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

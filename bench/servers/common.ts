import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';

/** Counts the statements that this process sends to PostgreSQL. All peers use node-postgres, so it counts there. */
export function countStatements(): () => number {
  let statements = 0;
  const prototype = pg.Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
  const { query } = prototype;
  prototype.query = function (this: unknown, ...args: unknown[]) {
    statements++;
    return query.apply(this, args);
  };
  return () => statements;
}

/** Listens on a free port and reports it to the benchmark. Also answers requests for the number of statements. */
export function ready(server: Server, statements: () => number): void {
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
  process.on('message', () => process.send?.({ statements: statements() }));
  process.on('disconnect', () => process.exit(0));
}

import { Transaction } from '../../src/entities/transaction.js';
import type { TestApp } from './app.js';

type Query = (...args: unknown[]) => unknown;
interface Client {
  query: Query;
}
interface Pool {
  on(event: 'acquire', listener: (client: Client) => void): void;
  off(event: 'acquire', listener: (client: Client) => void): void;
}

const textOf = (query: unknown): string =>
  typeof query === 'string' ? query : ((query as { text?: string }).text ?? 'cursor');

/**
 * The SQL statements that the write side of an app sends while something runs, in order.
 * @param run nothing else may write meanwhile.
 */
export async function writeStatements(app: TestApp, run: () => Promise<unknown>): Promise<string[]> {
  const connection = app.services.database.em.getConnection() as unknown as { getNativeClient(): Promise<Pool> };
  const pool = await connection.getNativeClient();
  const statements: string[] = [];
  const watched = new Map<Client, Query>();
  const watch = (client: Client) => {
    if (watched.has(client)) return;
    const { query } = client;
    watched.set(client, query);
    client.query = (...args) => {
      statements.push(textOf(args[0]));
      return query.apply(client, args);
    };
  };
  // The last statement of a transaction takes the commit along. It does not come through `query`.
  const { finish } = Transaction.prototype;
  Transaction.prototype.finish = async function (text, ...more) {
    statements.push(text);
    return await finish.call(this, text, ...more);
  };
  pool.on('acquire', watch);
  try {
    await run();
  } finally {
    Transaction.prototype.finish = finish;
    pool.off('acquire', watch);
    for (const [client, query] of watched) client.query = query;
  }
  return statements;
}

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

/** A statement with the size of its values. */
export interface SentStatement {
  readonly text: string;
  readonly bytes: number;
}

const sizeOf = (values: unknown): number =>
  Array.isArray(values)
    ? values.reduce((sum: number, value: unknown) => sum + sizeOf(value), 0)
    : typeof values === 'string'
      ? Buffer.byteLength(values)
      : values == null
        ? 0
        : JSON.stringify(values).length;

const sent = (query: unknown, values: unknown): SentStatement => ({
  text: textOf(query),
  bytes: sizeOf(values ?? (query as { values?: unknown }).values),
});

/**
 * The SQL statements that the write side of an app sends while something runs, in order.
 * @param run nothing else may write meanwhile.
 */
export async function writeStatements(app: TestApp, run: () => Promise<unknown>): Promise<string[]> {
  return (await sentStatements(app, run)).map(({ text }) => text);
}

/** {@link writeStatements} with the size of the values that each takes along. */
export async function sentStatements(app: TestApp, run: () => Promise<unknown>): Promise<SentStatement[]> {
  const connection = app.services.database.em.getConnection() as unknown as { getNativeClient(): Promise<Pool> };
  const pool = await connection.getNativeClient();
  const statements: SentStatement[] = [];
  const watched = new Map<Client, Query>();
  const watch = (client: Client) => {
    if (watched.has(client)) return;
    const { query } = client;
    watched.set(client, query);
    client.query = (...args) => {
      statements.push(sent(args[0], args[1]));
      return query.apply(client, args);
    };
  };
  // The last statement of a transaction takes the commit along. It does not come through `query`.
  const { finish } = Transaction.prototype;
  Transaction.prototype.finish = async function (text, values, ...more) {
    statements.push(sent(text, values));
    return await finish.call(this, text, values, ...more);
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

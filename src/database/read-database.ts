import { compileToRun } from './compile.js';
import type { RawBuilder } from 'kysely';
import pg from 'pg';
import { RequestError } from '../domain/errors.js';
import { cancelStatement } from './cancel.js';
import { databaseFault, sqlState } from './database-error.js';
import { PreparedStatements } from './prepared-statements.js';
import type { Queryable } from './queryable.js';
import { clientHasGone, type Running } from './running.js';
import { TextQuery } from './text-query.js';

/** The read side's pool: plain rows, prepared statements, nothing hydrated. */
export interface ReadDatabase extends Queryable {
  readonly pool: pg.Pool;
  /** @param running notes the statement, so that it can be ended. */
  query<T>(fragment: RawBuilder<T>, running?: Running): Promise<T[]>;
  /**
   * Runs a statement that gives one row with one text, its column `data`, and gives that text.
   * @throws RequestError LIMIT_EXCEEDED when it is null: the statement found it larger than {@link MAX_TEXT}
   * @param running notes the statement, so that it can be ended.
   */
  text(text: string, values: readonly unknown[], running?: Running): Promise<string>;
  /**
   * Runs a statement as it is given: prepared under the name that it has, or not at all.
   * @param running notes the statement, so that it can be ended.
   */
  given<T>(statement: pg.QueryConfig, running?: Running): Promise<T[]>;
  /** Number of statements run so far; tests compare it before and after an operation. */
  readonly statements: number;
  close(): Promise<void>;
}

// PostgreSQL still reckons by default with disks that turn: a page out of order costs four in order, so that it reads
// small tables whole, once for every parent. And it compiles large statements with LLVM where it has one, for longer
// than they run.
/** Settings of PostgreSQL's planner on the connections of both pools. */
export const PLANNER = '-c random_page_cost=1.1 -c jit=off';

/**
 * `2026-11-22 17:00:00.5+00` as PostgreSQL prints it in UTC, to `2026-11-22T17:00:00.500Z`, without the detour through
 * Date.
 */
export function isoInstant(text: string): string {
  const zone = text.lastIndexOf('+');
  if (zone < 19) return text; // infinity, or not UTC
  const fraction = text.slice(20, Math.min(zone, 23)).padEnd(3, '0');
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction}Z`;
}

/** How the values of rows are read that go to clients: instants as text, as the API shows them. */
export const READ_TYPES: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === 1184) return isoInstant; // timestamptz
    if (oid === 20) return Number; // bigint: sizes and counts stay far below 2^53
    return pg.types.getTypeParser(oid, format as 'text');
  }) as pg.CustomTypesConfig['getTypeParser'],
};

/**
 * Maximum size of the text of an answer, in bytes. The statements for `text` contain this bound, so that a larger text
 * stays in the database.
 */
export const MAX_TEXT = 16_777_216;

async function rows<T>(
  client: pg.PoolClient,
  name: string | undefined,
  text: string,
  values: readonly unknown[],
): Promise<T[]> {
  return (await client.query({ ...(name !== undefined && { name }), text, values: [...values] })).rows as T[];
}

const textOf = async (
  client: pg.PoolClient,
  name: string | undefined,
  text: string,
  values: readonly unknown[],
): Promise<string | null> =>
  await new Promise((found, failed) => {
    const done = (error: unknown, data: string | null = null) => (error == null ? found(data) : failed(error));
    client.query(new TextQuery(name ?? '', text, values, done));
  });

type Ask<T> = (client: pg.PoolClient) => Promise<T>;

/** Opens the pool of the read side. No connection is made before the first statement. */
export function openReadDatabase(
  url: string,
  options: {
    readonly poolSize: number;
    readonly statementTimeoutMs: number;
    /** More settings of node-postgres. */
    readonly connection?: pg.PoolConfig;
    readonly onError: (error: unknown) => void;
  },
): ReadDatabase {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.poolSize,
    types: READ_TYPES,
    application_name: 'interlock-read',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    ...options.connection,
    options: `-c statement_timeout=${options.statementTimeoutMs} -c timezone=UTC ${PLANNER}`,
  });
  pool.on('error', options.onError);
  // Every caller of this pool, be it a read, a sign-in or the log, gets the same translation of what fails.
  const askPool = pool.query.bind(pool) as (...asked: unknown[]) => Promise<unknown>;
  pool.query = (async (...asked: unknown[]) => {
    try {
      return await askPool(...asked);
    } catch (error) {
      throw databaseFault(error);
    }
  }) as typeof pool.query;
  // A client that is lent out has no listener of the pool; a connection that breaks just then would take the process
  // down. A waiting caller gets the error as its answer.
  pool.on('connect', (client) => void client.on('error', () => {}));
  const prepared = new PreparedStatements();
  let statements = 0;
  const run = async <T>(running: Running | undefined, ask: Ask<T>): Promise<T> => {
    statements++;
    try {
      const client = await pool.connect();
      let lost: Error | undefined;
      let cancelling: Promise<void> | undefined;
      const forget = running?.add(() => void (cancelling ??= cancelStatement(client)));
      try {
        if (running?.isStopped) throw clientHasGone();
        return await ask(client);
      } catch (error) {
        if (error instanceof RequestError) throw error;
        // What PostgreSQL says about a statement leaves the connection as it was; anything else has ended it.
        if (/^(?!57P|08)/.test(sqlState(error) ?? '08')) throw error;
        lost = error as Error;
        throw error;
      } finally {
        forget?.();
        if (cancelling) await cancelling;
        client.release(lost);
      }
    } catch (error) {
      throw databaseFault(error);
    }
  };
  return {
    pool,
    get statements() {
      return statements;
    },
    query: async <T>(fragment: RawBuilder<T>, running?: Running): Promise<T[]> => {
      const { text, values } = compileToRun(fragment);
      return await run(running, (client) => rows<T>(client, prepared.nameFor(client, text), text, values));
    },
    text: async (text, values, running) => {
      const data = await run(running, (client) => textOf(client, prepared.nameFor(client, text), text, values));
      if (data === null)
        throw new RequestError(
          'LIMIT_EXCEEDED',
          `The answer is larger than ${MAX_TEXT} bytes. Ask for smaller pages.`,
          {
            max: MAX_TEXT,
          },
        );
      return data;
    },
    given: async <T>({ text, values = [], name }: pg.QueryConfig, running?: Running) =>
      await run(running, (client) => rows<T>(client, name, text, values)),
    close: async () => await pool.end(),
  };
}

import { EventManager, type EntityManager, type Transaction as OrmTransaction } from '@mikro-orm/postgresql';
import type pg from 'pg';
import type { Database } from './database.js';
import { type Afterwards, finishTransaction } from './named-statements.js';

/** What a statement gave, in the form in which the driver of MikroORM reads it. */
interface Executed {
  readonly rows: object[];
  readonly numAffectedRows: number | undefined;
}

const WRITES: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

/**
 * One transaction on a connection of its own. Statements run one after the other. It stands for the transaction of
 * Kysely that the driver of MikroORM expects, of which the driver uses `executeQuery` only.
 */
export class Transaction {
  readonly #client: pg.PoolClient;
  #running: Promise<unknown> | undefined;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  /** Runs a statement. */
  async query(text: string, values: readonly unknown[]): Promise<pg.QueryResult> {
    return await this.#inTurn(async () => await this.#client.query(text, values as unknown[]));
  }

  /** Runs a statement for the driver of MikroORM. */
  async executeQuery({ sql, parameters }: { sql: string; parameters: readonly unknown[] }): Promise<Executed> {
    const { command, rowCount, rows } = await this.query(sql, parameters);
    return { rows: rows as object[], numAffectedRows: WRITES.has(command) ? (rowCount ?? 0) : undefined };
  }

  /**
   * Runs the last statement and commits, in one round trip.
   * @param reading reads what has been committed, in the same round trip.
   * @returns the rows that were read; undefined when none were, although the transaction is committed.
   */
  async finish(text: string, values: readonly unknown[], reading?: Afterwards): Promise<readonly object[] | undefined> {
    return await this.#inTurn(async () => await finishTransaction(this.#client, { text, values }, reading));
  }

  async #inTurn<T>(task: () => Promise<T>): Promise<T> {
    while (this.#running) await this.#running.catch(() => {});
    const running = task();
    this.#running = running;
    try {
      return await running;
    } finally {
      this.#running = undefined;
    }
  }
}

/**
 * Runs work in a transaction with an entity manager of its own, and commits what the work has flushed.
 *
 * `em.fork().transactional(…)` would make two entity managers, compare all entities a second time and copy them from
 * one manager to the other after the commit. Nobody uses them then.
 */
export async function inTransaction<T>(
  database: Database,
  work: (em: EntityManager, transaction: Transaction) => Promise<T>,
): Promise<T> {
  const { config, em: root } = database;
  const Manager = root.constructor as typeof EntityManager;
  const em: EntityManager = new Manager(config, root.getDriver(), root.getMetadata(), false, new EventManager([]));
  const client = await (await root.getConnection().getNativeClient()).connect();
  let lost: Error | undefined;
  try {
    await client.query('begin');
    const transaction = new Transaction(client);
    em.setTransactionContext(transaction as unknown as OrmTransaction);
    const result = await work(em, transaction);
    await client.query('commit');
    return result;
  } catch (error) {
    // A connection that cannot undo a transaction is of no use to the next one.
    await client.query('rollback').catch((broken: Error) => (lost = broken));
    throw error;
  } finally {
    client.release(lost);
  }
}

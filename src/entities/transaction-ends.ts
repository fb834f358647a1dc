import type pg from 'pg';
import type { Wire } from '../database/wire.js';
import { EndingQuery, type Ends, type Reading, type Statement, BEGIN, COMMIT } from './ending-query.js';

type Send = (query: object | string) => unknown;

/** Prepares the statements that begin and end a transaction. */
class Preparation {
  constructor(readonly done: (prepared: boolean) => void) {}

  submit(connection: unknown): void {
    const wire = connection as Wire;
    for (const statement of [BEGIN, COMMIT]) wire.parse(statement);
    wire.sync();
  }

  handleReadyForQuery(): void {
    this.done(true);
  }

  handleError(): void {
    this.done(false);
  }
}

const answerTo = (command: string) => ({ command, rowCount: null, rows: [] });

interface Carried {
  readonly result: pg.QueryResult;
  readonly read: readonly object[] | undefined;
}

/**
 * The transactions of one connection: `begin` is sent with the first statement, and `commit` with the last one if
 * {@link TransactionEnds.finish} runs it. Neither costs a round trip then, and a transaction without statements does
 * not reach PostgreSQL.
 */
export class TransactionEnds {
  readonly #send: Send;
  /** Whether a transaction has begun of which PostgreSQL does not know yet. */
  #begins = false;
  #isCommitted = false;

  /** @param send runs a query on the connection. */
  constructor(send: Send) {
    this.#send = send;
  }

  /** Gets a new connection ready. It must not be used before. @returns false when the connection has broken. */
  static async prepare(client: pg.ClientBase): Promise<boolean> {
    return await new Promise((done) => void client.query(new Preparation(done)));
  }

  /**
   * Answers a query without values that needs no statement now.
   * @returns undefined when the query has to be sent.
   */
  answer(text: string): object | undefined {
    if (text === 'begin') {
      this.#begins = true;
      return answerTo(text);
    }
    if (text !== 'commit' && text !== 'rollback') return undefined;
    const isDone = this.#begins || (this.#isCommitted && text === 'commit');
    this.forget();
    return isDone ? answerTo(text) : undefined;
  }

  /** Whether the next query has to begin a transaction. */
  get isBeginning(): boolean {
    return this.#begins;
  }

  /**
   * Whether the transaction was committed with its last statement. PostgreSQL would run another one outside any
   * transaction, and nobody would notice.
   */
  get isCommitted(): boolean {
    return this.#isCommitted;
  }

  /** Begins it, for a query that cannot carry that. */
  async begin(): Promise<void> {
    this.#begins = false;
    await this.#send(BEGIN.text);
  }

  /** Runs the first statement of a transaction, which begins it. @returns undefined when it has begun. */
  run(statement: Statement): Promise<pg.QueryResult> | undefined {
    return this.#begins ? this.#carry(statement, { commits: false }).then(({ result }) => result) : undefined;
  }

  /**
   * Runs the last statement of a transaction. PostgreSQL commits in the same round trip, if the statement succeeds. The
   * `commit` that follows finds that done.
   * @param reading a statement that runs after the commit, in the same round trip, too.
   * @returns the rows of that statement; undefined when it failed. The transaction is committed all the same.
   */
  async finish(statement: Statement, reading?: Reading): Promise<readonly object[] | undefined> {
    return (await this.#carry(statement, { commits: true, reading })).read;
  }

  async #carry(statement: Statement, ends: Omit<Ends, 'begins'>): Promise<Carried> {
    const begins = this.#begins;
    this.#begins = false;
    return await new Promise((found, failed) => {
      const query: EndingQuery = new EndingQuery(statement, { ...ends, begins }, (error, result) => {
        this.#isCommitted = ends.commits && error === null;
        if (error === null) found({ result, read: query.read });
        else failed(error);
      });
      this.#send(query);
    });
  }

  /** Nothing of a transaction is left when the connection is given back. */
  forget(): void {
    this.#begins = false;
    this.#isCommitted = false;
  }
}

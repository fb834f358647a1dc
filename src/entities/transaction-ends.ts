import pg from 'pg';
import type { Wire } from '../database/wire.js';

/** A statement to run, by name if it is prepared. */
export interface Statement {
  readonly name?: string | undefined;
  readonly text: string;
  readonly values: unknown[];
}

type Callback = (error: Error | null, rows: pg.QueryResult) => void;
type Send = (query: object | string) => unknown;

// Its types leave these methods out.
const Query = pg.Query as unknown as new (
  statement: Statement,
  callback: Callback,
) => {
  prepare(wire: Wire): void;
  _getRows(wire: Wire, rows: number): void;
  handleCommandComplete(message: object, wire: Wire): void;
};

const BEGIN = { name: 'transaction_begin', text: 'begin' };
const COMMIT = { name: 'transaction_commit', text: 'commit' };

/**
 * Stands before a statement that is the last one of its transaction: PostgreSQL commits in the same round trip, if the
 * statement succeeds. The `commit` that follows finds that done.
 */
export const AND_COMMIT = '/* and commit */ ';

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

/** Which ends of its transaction a statement carries. */
interface Ends {
  readonly begins: boolean;
  readonly commits: boolean;
}

/** A statement that begins its transaction, ends it, or both, in one round trip. */
class EndingQuery extends Query {
  readonly #ends: Ends;
  #completed = 0;

  constructor(statement: Statement, ends: Ends, callback: Callback) {
    super(statement, callback);
    this.#ends = ends;
  }

  override prepare(wire: Wire): void {
    if (this.#ends.begins) {
      wire.bind({ statement: BEGIN.name });
      wire.execute();
    }
    super.prepare(wire);
  }

  override _getRows(wire: Wire, rows: number): void {
    if (this.#ends.commits) {
      wire.execute();
      wire.bind({ statement: COMMIT.name });
    }
    super._getRows(wire, rows);
  }

  // PostgreSQL completes `begin`, the statement and `commit`, one after the other. The caller asked for the second.
  override handleCommandComplete(message: object, wire: Wire): void {
    if (this.#completed++ === (this.#ends.begins ? 1 : 0)) super.handleCommandComplete(message, wire);
  }
}

const answerTo = (command: string) => ({ command, rowCount: null, rows: [] });

/**
 * The transactions of one connection: `begin` is sent with the first statement, and `commit` with the last one if
 * {@link AND_COMMIT} says which that is. Neither costs a round trip then, and a transaction without statements does not
 * reach PostgreSQL.
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

  /** Runs a statement with what it carries. @returns undefined when it carries nothing. It was not sent then. */
  run(statement: Statement): Promise<pg.QueryResult> | undefined {
    const commits = statement.text.startsWith(AND_COMMIT);
    const begins = this.#begins;
    if (!begins && !commits) return undefined;
    this.#begins = false;
    return new Promise((found, failed) => {
      const done: Callback = (error, rows) => {
        this.#isCommitted = commits && error === null;
        if (error === null) found(rows);
        else failed(error);
      };
      this.#send(new EndingQuery(statement, { begins, commits }, done));
    });
  }

  /** Nothing of a transaction is left when the connection is given back. */
  forget(): void {
    this.#begins = false;
    this.#isCommitted = false;
  }
}

import { createRequire } from 'node:module';
import pg from 'pg';
import type { Wire } from '../database/wire.js';

/** A statement to run, by name if it is prepared. */
export interface Statement {
  readonly name?: string | undefined;
  readonly text: string;
  readonly values: unknown[];
}

/** A statement that reads what has just been committed. */
export interface Reading extends Statement {
  /** How its values are read. */
  readonly types: pg.CustomTypesConfig;
}

/** What a statement carries of its transaction. */
export interface Ends {
  readonly begins: boolean;
  readonly commits: boolean;
  /** Runs after the commit. */
  readonly reading?: Reading | undefined;
}

type Callback = (error: Error | null, rows: pg.QueryResult) => void;

interface RowDescription {
  readonly fields: readonly object[];
}
interface DataRow {
  readonly fields: readonly (string | null)[];
}

// Its types leave these methods out.
const Query = pg.Query as unknown as new (
  statement: Statement,
  callback: Callback,
) => {
  readonly _results: pg.QueryResult;
  prepare(wire: Wire): void;
  _getRows(wire: Wire, rows: number): void;
  handleRowDescription(message: RowDescription): void;
  handleDataRow(message: DataRow): void;
  handleCommandComplete(message: object, wire: Wire): void;
  handleError(error: Error, wire: Wire): void;
};

const require = createRequire(import.meta.url);
const Result = require('pg/lib/result') as new (
  mode: undefined,
  types: pg.CustomTypesConfig,
) => {
  addFields(fields: readonly object[]): void;
  parseRow(fields: readonly (string | null)[]): object;
};
const { prepareValue } = require('pg/lib/utils') as { prepareValue: (value: unknown) => unknown };

/** The statement that begins a transaction. Both are prepared on each connection. */
export const BEGIN = { name: 'transaction_begin', text: 'begin' };
/** The statement that commits it. */
export const COMMIT = { name: 'transaction_commit', text: 'commit' };

/** A statement that begins its transaction, ends it, or both, in one round trip; and what is read after the end. */
export class EndingQuery extends Query {
  readonly #ends: Ends;
  readonly #done: Callback;
  /** How many statements PostgreSQL has completed of `begin`, the statement, `commit` and the reading. */
  #completed = 0;
  #wire: Wire | undefined;
  #reader: InstanceType<typeof Result> | undefined;
  #read: object[] | undefined;

  constructor(statement: Statement, ends: Ends, callback: Callback) {
    super(statement, callback);
    this.#ends = ends;
    this.#done = callback;
  }

  /** What was read after the commit; undefined when that failed, or was not asked for. */
  get read(): readonly object[] | undefined {
    return this.#read;
  }

  get #place(): number {
    return this.#ends.begins ? 1 : 0;
  }

  get #isCommitted(): boolean {
    return this.#ends.commits && this.#completed > this.#place + 1;
  }

  override prepare(wire: Wire): void {
    this.#wire = wire;
    if (this.#ends.begins) {
      wire.bind({ statement: BEGIN.name });
      wire.execute();
    }
    super.prepare(wire);
  }

  override _getRows(wire: Wire, rows: number): void {
    const { commits, reading } = this.#ends;
    if (commits) {
      wire.execute();
      wire.bind({ statement: COMMIT.name });
    }
    if (commits && reading) {
      const { name = '', text, values } = reading;
      wire.execute();
      if (name === '' || wire.parsedStatements[name] === undefined) {
        // One that failed may have left the name behind. To close what is not there is no error.
        if (name !== '') wire.close({ type: 'S', name });
        wire.parse({ name, text });
      }
      wire.bind({ statement: name, values, valueMapper: prepareValue });
      wire.describe({ type: 'P', name: '' });
    }
    super._getRows(wire, rows);
  }

  // The caller asked for the columns and rows of the statement. Those of what is read come after the commit.
  override handleRowDescription(message: RowDescription): void {
    const { reading } = this.#ends;
    if (!this.#isCommitted || !reading) return super.handleRowDescription(message);
    if (reading.name !== undefined) (this.#wire as Wire).parsedStatements[reading.name] = reading.text;
    this.#reader = new Result(undefined, reading.types);
    this.#reader.addFields(message.fields);
    this.#read = [];
    return undefined;
  }

  override handleDataRow(message: DataRow): void {
    if (this.#reader && this.#read) this.#read.push(this.#reader.parseRow(message.fields));
    else super.handleDataRow(message);
  }

  override handleCommandComplete(message: object, wire: Wire): void {
    if (this.#completed++ === this.#place) super.handleCommandComplete(message, wire);
  }

  /** What is committed is done, whatever becomes of the reading. */
  override handleError(error: Error, wire: Wire): void {
    if (!this.#isCommitted) return super.handleError(error, wire);
    this.#read = undefined;
    this.#done(null, this._results);
    return undefined;
  }
}

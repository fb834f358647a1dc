import type { Afterwards } from './named-statements.js';
import type { Transaction } from './transaction.js';

/** A row of `domain_event` as it is written; the relay adds its position later. */
export interface EventRow {
  readonly id: string;
  readonly type: string;
  readonly aggregate_type: string;
  readonly aggregate_id: string;
  readonly aggregate_version: number;
  readonly topics: readonly string[];
  readonly at: string;
  readonly actor_id: string | null;
  readonly actor_name: string;
  readonly token_id: string | null;
  readonly request_id: string;
  readonly reason: string | null;
  /** JSON text. */
  readonly payload: string;
}

const COLUMNS = [
  'id',
  'type',
  'aggregate_type',
  'aggregate_id',
  'aggregate_version',
  'topics',
  'at',
  'actor_id',
  'actor_name',
  'token_id',
  'request_id',
  'reason',
  'payload',
] as const satisfies readonly (keyof EventRow)[];

const textFor = (rows: number): string => {
  const row = (n: number) => `(${COLUMNS.map((_, column) => `$${n * COLUMNS.length + column + 1}`).join(', ')})`;
  const values = Array.from({ length: rows }, (_, n) => row(n)).join(', ');
  return `insert into domain_event (${COLUMNS.join(', ')}) values ${values}`;
};

// Nearly every command records one event. Its statement is one text, so that it is found prepared at once.
const ONE = textFor(1);

/** Maximum number of events in one statement: PostgreSQL takes 65,535 values. */
const MAX_ROWS = 5_000;

/**
 * Writes the events of a transaction, its last rows, and commits it. They are written in nearly every transaction and
 * never read by it, so they do not pass through the unit of work of the ORM.
 * @param reading reads what has been committed, in the same round trip.
 * @returns the rows that were read; undefined when none were.
 */
export async function commitWithEvents(
  transaction: Transaction,
  rows: readonly EventRow[],
  reading?: Afterwards,
): Promise<readonly object[] | undefined> {
  const valuesOf = (some: readonly EventRow[]) => some.flatMap((row) => COLUMNS.map((column) => row[column]));
  if (rows.length === 1) return await transaction.finish(ONE, valuesOf(rows), reading);
  let at = 0;
  for (; at + MAX_ROWS < rows.length; at += MAX_ROWS)
    await transaction.query(textFor(MAX_ROWS), valuesOf(rows.slice(at, at + MAX_ROWS)));
  return await transaction.finish(textFor(rows.length - at), valuesOf(rows.slice(at)), reading);
}

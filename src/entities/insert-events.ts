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

// Nearly every command records one event. Its statement is one text, so that it is found prepared at once.
const placesAfter = (others: number) => COLUMNS.map((_, n) => `$${others + n + 1}`).join(', ');
const INTO = `insert into domain_event (${COLUMNS.join(', ')})`;
const ONE = `${INTO} values (${placesAfter(0)})`;

const TYPES: Readonly<Record<(typeof COLUMNS)[number], string>> = {
  id: 'uuid',
  type: 'text',
  aggregate_type: 'text',
  aggregate_id: 'uuid',
  aggregate_version: 'int',
  topics: 'text',
  at: 'timestamptz',
  actor_id: 'uuid',
  actor_name: 'text',
  token_id: 'uuid',
  request_id: 'text',
  reason: 'text',
  payload: 'jsonb',
};

/** Columns with long texts. The driver would look through an array of them for what it has to escape, in one go. */
const LONG: readonly (typeof COLUMNS)[number][] = ['topics', 'payload'];

/** Between long texts. Neither ids nor JSON have this character: JSON writes it as an escape. */
const SEPARATOR = '\u0001';

// Many rows are one array for each column, so the text is the same for any number. A list within an array is a text.
const MANY = `insert into domain_event (${COLUMNS.join(', ')})
  select ${COLUMNS.map((column) => (column === 'topics' ? 'topics::uuid[]' : column)).join(', ')}
  from unnest(${COLUMNS.map((column, n) =>
    LONG.includes(column) ? `string_to_array($${n + 1}, chr(1))::${TYPES[column]}[]` : `$${n + 1}::${TYPES[column]}[]`,
  ).join(', ')})
    as e(${COLUMNS.join(', ')})`;

const valuesOf = (row: EventRow): unknown[] => COLUMNS.map((column) => row[column]);

const columnsOf = (rows: readonly EventRow[]): unknown[] =>
  COLUMNS.map((column) => {
    if (column === 'payload') return rows.map(({ payload }) => payload).join(SEPARATOR);
    if (column === 'topics') return rows.map(({ topics }) => `{${topics.join(',')}}`).join(SEPARATOR);
    return rows.map((row) => row[column]);
  });

/** Maximum number of events in one statement, so that its values stay small. */
const MAX_ROWS = 5_000;

/** Writes events inside a transaction that goes on. */
export async function writeEvents(transaction: Transaction, rows: readonly EventRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += MAX_ROWS)
    await transaction.query(MANY, columnsOf(rows.slice(at, at + MAX_ROWS)));
}

/** A statement that writes what nothing in its transaction reads. */
export interface CarriedWrite {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * Writes the events of a transaction, its last rows, and commits it. They are written in nearly every transaction and
 * never read by it, so they do not pass through the unit of work of the ORM.
 * @param carried what is written with them. One such statement becomes a part of the statement of one event.
 * @param reading reads what has been committed, in the same round trip.
 * @returns the rows that were read; undefined when none were.
 */
export async function commitWithEvents(
  transaction: Transaction,
  rows: readonly EventRow[],
  carried: readonly CarriedWrite[],
  reading?: Afterwards,
): Promise<readonly object[] | undefined> {
  const [first] = rows;
  const [write] = carried;
  if (rows.length === 1 && first && carried.length === 1 && write) {
    const text = `with carried as (${write.text}) ${INTO} values (${placesAfter(write.values.length)})`;
    return await transaction.finish(text, [...write.values, ...valuesOf(first)], reading);
  }
  for (const { text, values } of carried) await transaction.query(text, [...values]);
  if (rows.length === 1 && first) return await transaction.finish(ONE, valuesOf(first), reading);
  const last = Math.floor((rows.length - 1) / MAX_ROWS) * MAX_ROWS;
  await writeEvents(transaction, rows.slice(0, last));
  return await transaction.finish(MANY, columnsOf(rows.slice(last)), reading);
}

import type { EntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';
import { AND_COMMIT } from './transaction-ends.js';

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
const ONE_AND_COMMIT = AND_COMMIT + ONE;

/** Maximum number of events in one statement: PostgreSQL takes 65,535 values. */
const MAX_ROWS = 5_000;

/**
 * Writes events in the transaction of the entity manager. They are written in nearly every transaction and never read
 * by it, so they do not pass through the unit of work of the ORM.
 * @param isLast whether nothing follows in the transaction: then it is committed in the same round trip.
 */
export async function insertEvents(em: EntityManager, rows: readonly EventRow[], isLast: boolean): Promise<void> {
  const write = async (text: string, some: readonly EventRow[]) =>
    void (await em.getKysely().executeQuery(
      CompiledQuery.raw(
        text,
        some.flatMap((row) => COLUMNS.map((column) => row[column])),
      ),
    ));
  if (rows.length === 1) return await write(isLast ? ONE_AND_COMMIT : ONE, rows);
  for (let at = 0; at < rows.length; at += MAX_ROWS) {
    const some = rows.slice(at, at + MAX_ROWS);
    await write(`${isLast && at + MAX_ROWS >= rows.length ? AND_COMMIT : ''}${textFor(some.length)}`, some);
  }
}

import { INSTANT_FORMAT } from '../database/expressions.js';
import { setImmediate } from 'node:timers/promises';
import type pg from 'pg';
import { RequestError } from '../domain/errors.js';

/** An event as it stands in the log, complete in itself: nothing has to be loaded to show it. */
export interface LoggedEvent {
  /** Place in the log: 1, 2, 3 … without gaps, in commit order. */
  readonly position: number;
  readonly id: string;
  readonly type: string;
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly aggregateVersion: number;
  readonly topics: readonly string[];
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly actorId: string | null;
  readonly actorName: string;
  /** Database id of the token that the actor used, if any. */
  readonly tokenId: string | null;
  readonly requestId: string;
  readonly reason: string | null;
  readonly payload: Record<string, unknown>;
}

/**
 * An event as it is read. Its topics are one text: an event can be about thousands of objects, and the driver takes a
 * hundred times longer to read an array.
 */
type EventRow = Omit<LoggedEvent, 'topics'> & { readonly topics: string };

const COLUMNS = `position::float8 as position, id, type,
  aggregate_type as "aggregateType", aggregate_id as "aggregateId",
  aggregate_version as "aggregateVersion", array_to_string(topics, ',') as topics,
  to_char(at at time zone 'UTC', '${INSTANT_FORMAT}') as at,
  actor_id as "actorId", actor_name as "actorName", token_id as "tokenId", request_id as "requestId", reason, payload`;

/**
 * The statement of {@link readLog}. It orders by the column, named with its table: `position` alone would be the output
 * of that name, which no index has, so that every page would sort the whole log.
 */
export function logStatement(after: number, limit: number, topics?: readonly string[]): pg.QueryConfig {
  const page = 'order by domain_event.position limit $2';
  if (topics === undefined)
    return {
      name: 'log-all',
      text: `select ${COLUMNS} from domain_event where domain_event.position > $1 ${page}`,
      values: [after, limit],
    };
  // It has no name, so PostgreSQL plans it for these topics: rare ones it looks up, frequent ones it meets on the way.
  return {
    text: `select ${COLUMNS} from domain_event
      where domain_event.position > $1 and topics && $3::uuid[] ${page}`,
    values: [after, limit, topics],
  };
}

/** How many topics are looked at before others have their turn. Nearly every event has a few, one can have 20,000. */
const TOPICS_PER_TURN = 20_000;

/** Says when others should have their turn, for work that is as large as the number of topics of events. */
export class TopicTurns {
  #looked = 0;

  /** Whether the turn is over, after an event with so many topics. */
  isOver(topics: number): boolean {
    this.#looked += topics;
    if (this.#looked < TOPICS_PER_TURN) return false;
    this.#looked = 0;
    return true;
  }
}

/**
 * Reads events after a position, oldest first.
 * @param topics when given, only events of at least one of these objects.
 */
export async function readLog(
  pool: pg.Pool,
  after: number,
  limit: number,
  topics?: readonly string[],
): Promise<LoggedEvent[]> {
  const { rows } = await pool.query<EventRow>(logStatement(after, limit, topics));
  const events: LoggedEvent[] = [];
  const turns = new TopicTurns();
  for (const row of rows) {
    const known = row.topics === '' ? [] : row.topics.split(',');
    events.push({ ...row, topics: known });
    if (turns.isOver(known.length)) await setImmediate();
  }
  return events;
}

/** The position of the newest event in the log; 0 when it is empty. */
export async function readHead(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ head: number }>({
    name: 'log-head',
    text: 'select coalesce(max(position), 0)::float8 as head from domain_event',
  });
  return rows[0]?.head ?? 0;
}

const CURSOR = /^e1\.([0-9a-z]{1,11})$/;

/** The opaque cursor of a position. */
export function toCursor(position: number): string {
  return Buffer.from(`e1.${position.toString(36)}`).toString('base64url');
}

/** The position behind a cursor. @throws RequestError BAD_USER_INPUT when the text is not a cursor of this log. */
export function fromCursor(cursor: string): number {
  const match = CURSOR.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (!match?.[1])
    throw new RequestError('BAD_USER_INPUT', 'This is not a cursor of the event log.', { field: 'after' });
  return Number.parseInt(match[1], 36);
}

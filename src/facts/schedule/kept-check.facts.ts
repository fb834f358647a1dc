import { sql } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import { intervalsOverlap, type Interval } from '../../domain/schedule/interval.js';
import { overloads, type FoundConflict } from './clash.facts.js';
import { conflictOf, identityOf, KEPT_COLUMNS, type KeptConflictRow } from './kept-conflict.facts.js';
import { conflictsBetween } from './schedule.facts.js';

/** How the kept conflicts differ from those that the rules find now. */
export interface KeptDifference {
  /** Conflicts that are not kept. */
  readonly missing: readonly FoundConflict[];
  /** Kept conflicts that the rules do not find. */
  readonly extra: readonly FoundConflict[];
  /** How many conflicts were compared. */
  readonly compared: number;
}

async function keptBetween(db: Queryable, { startsAt, endsAt }: Interval): Promise<FoundConflict[]> {
  const rows = await db.query<KeptConflictRow>(sql`
    select ${KEPT_COLUMNS} from schedule_conflict c
    where c.starts_at < ${endsAt.toISOString()}::timestamptz and c.ends_at > ${startsAt.toISOString()}::timestamptz`);
  return rows.map(conflictOf);
}

const busyPeople = async (db: Queryable, { startsAt, endsAt }: Interval): Promise<string[]> =>
  (
    await db.query<{ id: string }>(sql`
      select distinct assignee_id as id from task
      where assignee_id is not null and planned_start < ${endsAt.toISOString()}::timestamptz
        and planned_end > ${startsAt.toISOString()}::timestamptz`)
  ).map(({ id }) => id);

/**
 * Finds all conflicts of a span the slow way, from everything that there is, and compares them with those that are
 * kept. There is no difference once everything that was noted is settled.
 * @throws RequestError LIMIT_EXCEEDED for a span with too many conflicts
 */
export async function compareKept(db: Queryable, span: Interval): Promise<KeptDifference> {
  const onItems = (await conflictsBetween(db, span)).filter(({ kind }) => kind !== 'RESOURCE_OVERLOAD');
  // Whether somebody has too much to do at a time depends on all of their tasks.
  const ofPeople = (await overloads(db, await busyPeople(db, span))).filter(({ interval }) =>
    intervalsOverlap(interval, span),
  );
  const found = [...onItems, ...ofPeople];
  const kept = await keptBetween(db, span);
  const [are, were] = [new Set(found.map(identityOf)), new Set(kept.map(identityOf))];
  return {
    missing: found.filter((conflict) => !were.has(identityOf(conflict))),
    extra: kept.filter((conflict) => !are.has(identityOf(conflict))),
    compared: found.length,
  };
}

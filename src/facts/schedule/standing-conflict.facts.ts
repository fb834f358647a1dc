import { sql } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import type { DmlItemVersionState } from '../../domain/library/dml-item-version.machine.js';
import type { ConflictEntry } from '../../domain/schedule/conflict-entry.js';
import { intervalsOverlap, type Interval } from '../../domain/schedule/interval.js';
import { mediaConflict } from '../../domain/schedule/standing-conflict.js';
import type { Steps } from '../../domain/steps.js';
import { inTurns } from '../turns.js';
import type { FoundConflict } from './clash.facts.js';
import { readWorkOf } from './conflict-entry.facts.js';

interface StandingRow {
  readonly entry: string;
  readonly id: string;
  readonly name: string;
  readonly state: DmlItemVersionState;
}

const workOf = ({ work, party }: ConflictEntry) => work ?? party?.work;

// In SQL as in the triggers that note releases: migrations/*_standing_conflicts.ts.
const isBeforeDistribution = sql`r.state in ('DRAFT', 'PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED', 'SCHEDULED',
  'COMMUNICATED')`;
const isBeforeStart = sql`d.operation = 'INSTALL' and d.state in ('PLANNED', 'AWAITING_APPROVAL', 'SCHEDULED')`;

const media = sql`join dml_item_version v on v.id = c.dml_item_version_id and v.state <> 'AUTHORISED'
    join dml_item i on i.id = v.item_id`;

/**
 * What stands against works by themselves, whatever else is in the schedule: they deliver a version that is not
 * authorised. One statement, whatever there is.
 * @returns one list per id of an entry
 */
export async function standingConflicts(
  db: Queryable,
  entries: readonly ConflictEntry[],
): Promise<Map<string, FoundConflict[]>> {
  const found = new Map<string, FoundConflict[]>(entries.map(({ id }) => [id, []]));
  if (entries.length === 0) return found;
  const rows = await db.query<StandingRow>(sql`
    with asked as (
      select * from unnest(${entries.map(({ id }) => id)}::text[],
        ${entries.map((entry) => workOf(entry)?.releaseId ?? null)}::uuid[],
        ${entries.map((entry) => workOf(entry)?.distributionId ?? null)}::uuid[]) as a(id, release_id, distribution_id))
    select a.id as entry, v.id, i.name || ' ' || v.label as name, v.state
    from asked a join release r on r.id = a.release_id and ${isBeforeDistribution}
    join release_content c on c.release_id = r.id ${media}
    where a.distribution_id is null
    union all
    select a.id, v.id, i.name || ' ' || v.label, v.state
    from asked a join distribution d on d.id = a.distribution_id and ${isBeforeStart}
    join distribution_content c on c.distribution_id = d.id ${media}`);
  const steps = function* (): Steps<void> {
    const byId = new Map(entries.map((entry) => [entry.id, entry]));
    for (const row of rows) {
      yield;
      const entry = byId.get(row.entry) as ConflictEntry;
      found.get(entry.id)?.push({ ...mediaConflict(entry, row), relationIds: [] });
    }
  };
  await inTurns(steps());
  return found;
}

/** What stands against all booked work at a time. Looks at everything: only to check what is kept. */
export async function standingBetween(db: Queryable, span: Interval): Promise<FoundConflict[]> {
  const rows = await db.query<{ id: string }>(sql`
    select distinct release_id as id from schedule_entry where live and release_id is not null`);
  const works = await readWorkOf(
    db,
    rows.map(({ id }) => id),
  );
  const found = await standingConflicts(db, works);
  return [...found.values()].flat().filter(({ interval }) => intervalsOverlap(interval, span));
}

import { sql } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import { epochMs } from '../../database/expressions.js';
import type { FoundConflict } from '../../facts/schedule/clash.facts.js';
import { compareKept } from '../../facts/schedule/kept-check.facts.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { readStale } from './schedule-stale.service.js';

const DAY = 86_400_000;

/** What an audit of the kept conflicts found. */
export interface ScheduleAudit {
  readonly days: number;
  readonly compared: number;
  /** Conflicts that should be kept and are not, and the other way round. There are none. */
  readonly differences: readonly FoundConflict[];
}

/** Most differences that an audit collects: by then something is wrong at the root. */
const MAX_DIFFERENCES = 1_000;

const partiesOf = ({ left, right }: FoundConflict) => [left.work?.releaseId ?? [], right.work?.releaseId ?? []].flat();

/**
 * Finds all conflicts from an instant on again, the slow way and day by day, and compares them with those that are
 * kept. What is noted and not settled yet is left out.
 */
export async function auditSchedule(db: Queryable, from: Date): Promise<ScheduleAudit> {
  const [row] = await db.query<{ last: number | null }>(sql`
    select greatest((select ${epochMs('max(ends_at)')} from schedule_entry where live),
      (select ${epochMs('max(ends_at)')} from schedule_conflict)) as last`);
  const differences = new Map<string, FoundConflict>();
  let [days, compared] = [0, 0];
  for (let at = from.getTime(); at < (row?.last ?? 0) && differences.size < MAX_DIFFERENCES; at += DAY) {
    const found = await compareKept(db, { startsAt: new Date(at), endsAt: new Date(at + DAY) });
    for (const conflict of [...found.missing, ...found.extra]) differences.set(conflict.key, conflict);
    days++;
    compared += found.compared;
  }
  const stale = await readStale(db, 100_000);
  // A person who is noted leads to their teams.
  const ofPeople = await db.query<{ id: string }>(sql`
    select team_id as id from team_member where person_id = any(${[...stale.personIds]}::uuid[])`);
  const teams = [...stale.teamIds, ...ofPeople.map(({ id }) => id)];
  const unsettled = new Set([...stale.releaseIds, ...stale.personIds, ...teams]);
  const isSettled = (conflict: FoundConflict) =>
    ![...partiesOf(conflict), conflict.person?.id ?? '', conflict.team?.id ?? ''].some((id) => unsettled.has(id));
  return { days, compared, differences: [...differences.values()].filter(isSettled) };
}

/** Notes what an audit found to be different, so that it is settled again. */
export async function noteDifferences(uow: UnitOfWork, differences: readonly FoundConflict[]): Promise<void> {
  const releases = [...new Set(differences.flatMap(partiesOf))];
  const people = [...new Set(differences.flatMap(({ person }) => person?.id ?? []))];
  const teams = [...new Set(differences.flatMap(({ team }) => team?.id ?? []))];
  await uow.query(sql`
    insert into schedule_stale (release_id, person_id, team_id)
    select id, null::uuid, null::uuid from unnest(${releases}::uuid[]) as r(id)
    union all select null, id, null from unnest(${people}::uuid[]) as p(id)
    union all select null, null, id from unnest(${teams}::uuid[]) as t(id)`);
}

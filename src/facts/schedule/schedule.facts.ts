import { epochMs } from '../../database/expressions.js';
import { sql } from 'kysely';
import { intervalOf, intervalsOverlap, type Interval } from '../../domain/schedule/interval.js';
import type { ConflictEntry, ConflictParty } from '../../domain/schedule/conflict-entry.js';
import type { ImpactReader } from '../cmdb/impact-reader.js';
import { endOfOwnTime } from '../distribution/distribution-time.facts.js';
import { bySeverityAndTime, clashesOf, conflictsOfSlice, MAX_CONFLICTS, type FoundConflict } from './clash.facts.js';
import type { Unasked } from './conflict-entry.facts.js';
import { dependencyConflicts, dependencyConflictsBetween } from './dependency-conflict.facts.js';
import { readScheduleSlice } from './schedule-slice.facts.js';
import { standingBetween, standingConflicts } from './standing-conflict.facts.js';

export { MAX_CONFLICTS, type FoundConflict };
import { teamOverloadsBetween } from './team-overload.facts.js';
import type { Steps } from '../../domain/steps.js';
import { inTurns } from '../turns.js';
import type { Queryable } from '../../database/queryable.js';

/**
 * Work whose conflicts are asked for: booked already, or only thought of. Its own entries and those of its release do
 * not count.
 */
export interface PlannedWork extends Interval {
  /**
   * Key of the answer, and the id by which conflicts point at the work: that of the release or distribution where there
   * is one.
   */
  readonly id: string;
  /** What people call it, for messages. */
  readonly name: string;
  readonly ciIds: readonly string[];
  /** The release it belongs to; entries of one release do not clash with each other. */
  readonly releaseId?: string | null;
  /** Set when the work is a distribution. */
  readonly distributionId?: string | null;
  /** Its live entry in the schedule; null or absent for work that is not booked. */
  readonly entryId?: string | null;
  /** How long its back-out takes after its end, in minutes; null or absent where nobody said. */
  readonly backOutMinutes?: number | null;
  /** People who would be busy with it. */
  readonly personIds?: readonly string[];
}

const party = ({ id, name, releaseId, distributionId, entryId = null }: PlannedWork): ConflictParty => {
  const work = { entryId, releaseId: releaseId ?? null, distributionId: distributionId ?? null };
  if (distributionId != null) return { type: 'Distribution', id: distributionId, name, work };
  return releaseId != null ? { type: 'Release', id: releaseId, name, work } : { type: 'ScheduleEntry', id, name, work };
};

const workEntry = (work: PlannedWork): ConflictEntry => ({
  id: `work:${work.id}`,
  name: work.name,
  startsAt: work.startsAt,
  endsAt: work.endsAt,
  groupId: work.releaseId ?? `work:${work.id}`,
  ciIds: work.ciIds,
  personIds: work.personIds ?? [],
  ...(work.backOutMinutes != null && { backOutMs: work.backOutMinutes * 60_000 }),
  party: party(work),
});

/**
 * What belongs to the works themselves: the booking of the one release that all of them belong to, and of the one
 * distribution that is asked about. Other distributions of the release can take a group together with it.
 */
function unaskedBy(works: readonly PlannedWork[]): Unasked {
  const [first] = works;
  const releaseId = first?.releaseId ?? null;
  if (works.some((work) => (work.releaseId ?? null) !== releaseId)) return { releaseId: null, distributionId: null };
  return { releaseId, distributionId: works.length === 1 ? (first?.distributionId ?? null) : null };
}

/**
 * The same conflict seen from its other side. For a release that others depend on, it is a notice: otherwise anybody
 * could hold up a release of somebody else by having their own depend on it.
 */
const turned = (conflict: FoundConflict): FoundConflict => ({
  ...conflict,
  ...(conflict.kind === 'DEPENDENCY_ORDER' && { severity: 'LOW' }),
  left: conflict.right,
  right: conflict.left,
  path: conflict.path.toReversed(),
  relationIds: conflict.relationIds.toReversed(),
});

/**
 * Conflicts of several pieces of work with the schedule as it is, in a fixed number of statements for all of them. In
 * each conflict `left` is the work itself and `right` what it does not go together with; `path` leads from the one to
 * the other. The works do not clash with each other unless they are booked.
 * @param now the present, where works may begin now: what should have ended by now and has not is in their way.
 * @returns one list per work id, HIGH first, then by time.
 */
export async function findConflictsOf(
  db: Queryable,
  works: readonly PlannedWork[],
  now: Date | null = null,
  impact?: ImpactReader,
): Promise<Map<string, FoundConflict[]>> {
  const result = new Map<string, FoundConflict[]>(works.map(({ id }) => [id, []]));
  const entries = works
    .filter(({ startsAt, endsAt }) => startsAt < endsAt)
    .map((work) => ({ work, entry: workEntry(work) }));
  if (entries.length === 0) return result;
  const workOf = new Map(entries.map(({ work, entry }) => [`${entry.party?.type}:${entry.party?.id}`, work]));
  const clashes = await clashesOf(
    db,
    entries.map(({ entry }) => entry),
    {
      now,
      unasked: unaskedBy(works),
      releaseIds: works.flatMap(({ releaseId }) => releaseId ?? []),
      impact,
    },
  );
  const order = await dependencyConflicts(
    db,
    entries.map(({ entry }) => entry),
  );
  const steps = function* (): Steps<void> {
    for (const conflict of [...clashes, ...order]) {
      yield;
      const [left, right] = [conflict.left, conflict.right].map(({ type, id }) => workOf.get(`${type}:${id}`));
      if (left !== undefined && left === right) result.get(left.id)?.push(conflict);
      if (left !== undefined && right !== undefined) continue;
      if (left !== undefined) result.get(left.id)?.push(conflict);
      else if (right !== undefined) result.get(right.id)?.push(turned(conflict));
    }
    for (const list of result.values()) {
      yield;
      list.sort(bySeverityAndTime);
    }
  };
  await inTurns(steps());
  return result;
}

/** What {@link findConflicts} asks about. */
export interface ConflictQuestion {
  readonly startsAt: Date;
  readonly endsAt: Date;
  /** Targets of the work. */
  readonly ciIds: readonly string[];
  /** The release whose work it is: what the schedule holds of this release does not count. */
  readonly exceptReleaseId?: string | null;
  /** The distribution whose work it is. Give its release as well. */
  readonly exceptDistributionId?: string | null;
  readonly personIds?: readonly string[];
  /** What people call the work, for messages. Default "This work". */
  readonly name?: string;
}

/** Conflicts of one piece of work with the schedule as it is; see {@link findConflictsOf}, which takes many at once. */
export async function findConflicts(db: Queryable, question: ConflictQuestion): Promise<FoundConflict[]> {
  const { exceptReleaseId: releaseId, exceptDistributionId: distributionId, name = 'This work', ...rest } = question;
  const id = distributionId ?? releaseId ?? 'proposal';
  return (await findConflictsOf(db, [{ ...rest, id, name, releaseId, distributionId }])).get(id) ?? [];
}

/** Releases as work of the schedule, with their planned times; null for those that have none. One statement. */
export async function releaseWorks(db: Queryable, releaseIds: readonly string[]) {
  const rows = await db.query<{
    id: string;
    name: string;
    entry: string | null;
    starts: number | null;
    ends: number | null;
    back_out: number | null;
    cis: string[];
  }>(sql`
    select r.id, r.number || ' ' || r.name as name, r.back_out_minutes as back_out, ${epochMs('r.planned_start')}
      as starts, ${epochMs('r.planned_end')} as ends,
      (select e.id from schedule_entry e where e.release_id = r.id and e.kind = 'RELEASE' and e.live) as entry,
      (select coalesce(json_agg(distinct x.ci_id), '[]') from release_ci x where x.release_id = r.id
        and x.role = 'TARGET') as cis
    from release r where r.id = any(${releaseIds}::uuid[])`);
  return rows.map(({ id, name, entry, starts, ends, back_out: backOutMinutes, cis }) => ({
    id,
    name,
    entryId: entry,
    backOutMinutes,
    planned: intervalOf(starts, ends),
    ciIds: cis,
    releaseId: id,
  }));
}

/** Releases that have planned times, as work at these times. One statement. */
export const plannedReleaseWorks = async (db: Queryable, releaseIds: readonly string[]): Promise<PlannedWork[]> =>
  (await releaseWorks(db, releaseIds)).flatMap(({ planned, ...work }) =>
    planned === null ? [] : [{ ...work, ...planned }],
  );

/**
 * Conflicts of releases at their planned times, whether booked or not: a number of statements that does not depend on
 * the data. Releases without planned start and end have none.
 */
export async function releaseConflicts(
  db: Queryable,
  releaseIds: readonly string[],
): Promise<Map<string, FoundConflict[]>> {
  return await allConflictsOf(db, await plannedReleaseWorks(db, releaseIds));
}

/** Conflicts of works with the schedule, and those that they have by themselves. */
async function allConflictsOf(db: Queryable, works: readonly PlannedWork[]): Promise<Map<string, FoundConflict[]>> {
  const found = await findConflictsOf(db, works);
  const standing = await standingConflicts(db, works.map(workEntry));
  for (const work of works) found.get(work.id)?.push(...(standing.get(workEntry(work).id) ?? []));
  for (const list of found.values()) list.sort(bySeverityAndTime);
  return found;
}

/** Conflicts of distributions at their scheduled times, whether booked or not, like {@link releaseConflicts}. */
export async function distributionConflicts(
  db: Queryable,
  distributionIds: readonly string[],
): Promise<Map<string, FoundConflict[]>> {
  const rows = await db.query<{
    id: string;
    release: string;
    name: string;
    entry: string | null;
    starts: number;
    ends: number;
    back_out: number | null;
    cis: string[];
  }>(sql`
    select * from (
      select d.id, d.release_id as release, (select r.back_out_minutes from release r
          where r.id = d.release_id and d.operation = 'INSTALL') as back_out,
        d.number || ' ' || d.name as name, ${epochMs('d.scheduled_start')}
        as starts,
        (extract(epoch from ${endOfOwnTime}) * 1000)::float8 as ends,
        (select e.id from schedule_entry e where e.distribution_id = d.id and e.kind = 'DISTRIBUTION' and e.live)
          as entry,
        (select coalesce(json_agg(x.ci_id), '[]') from target_execution x where x.distribution_id = d.id) as cis
      from distribution d where d.id = any(${distributionIds}::uuid[]) and d.scheduled_start is not null) d
    where starts < ends`);
  const works = rows.map(({ id, release, name, entry, starts, ends, back_out: backOutMinutes, cis }) => ({
    id,
    name,
    entryId: entry,
    backOutMinutes,
    startsAt: new Date(starts),
    endsAt: new Date(ends),
    ciIds: cis,
    releaseId: release,
    distributionId: id,
  }));
  return await allConflictsOf(db, works);
}

/**
 * Every conflict in a span of time among live entries and with windows, the worst first, from everything that there is.
 * The number of statements does not depend on the data.
 * @throws RequestError LIMIT_EXCEEDED when there are more than {@link MAX_CONFLICTS}, or too many items are touched.
 */
export async function conflictsBetween(db: Queryable, span: Interval): Promise<FoundConflict[]> {
  const [longest] = await db.query<{ minutes: number | null }>(
    sql`select max(back_out_minutes) as minutes from release`,
  );
  // Work that has ended can have a back-out that would not.
  const startsAt = new Date(span.startsAt.getTime() - (longest?.minutes ?? 0) * 60_000);
  const slice = await readScheduleSlice(db, [{ ...span, startsAt }]);
  const standing = await standingBetween(db, span);
  const ofTeams = await teamOverloadsBetween(db, span);
  const order = await dependencyConflictsBetween(db, span);
  const steps = function* (): Steps<FoundConflict[]> {
    const found = (yield* conflictsOfSlice(slice)).filter(({ interval }) => intervalsOverlap(interval, span));
    yield;
    return [...found, ...standing, ...ofTeams, ...order].sort(bySeverityAndTime);
  };
  return await inTurns(steps());
}

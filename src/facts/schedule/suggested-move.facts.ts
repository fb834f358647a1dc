import { sql } from 'kysely';
import { epochMs } from '../../database/expressions.js';
import type { Queryable } from '../../database/queryable.js';
import type { Interval } from '../../domain/schedule/interval.js';
import { movedConflicts } from '../../domain/schedule/move-simulation.js';
import type { ScheduleConflictKind } from '../../domain/schedule/schedule-conflict.js';
import { freeSlots } from '../../domain/schedule/slot-search.js';
import { MAX_SUGGESTED_MOVES, nearestTimes, SUGGESTION_DAYS } from '../../domain/schedule/suggested-move.js';
import { findConflictsOf, plannedReleaseWorks, type FoundConflict, type PlannedWork } from './schedule.facts.js';
import { slotRules } from './slot-rule.facts.js';

/** A conflict as far as other times for its parties are looked for. */
export interface MovableConflict<P extends MovableParty = MovableParty> {
  readonly kind: ScheduleConflictKind;
  readonly left: P;
  readonly right: P;
}

/** One side of a conflict, by database ids. */
export interface MovableParty {
  readonly releaseId: string | null;
  readonly distributionId: string | null;
  readonly taskId: string | null;
  readonly windowId: string | null;
}

/** Another time for one side of a conflict. */
export interface SuggestedMove<P> extends Interval {
  readonly party: P;
}

const DAY = 86_400_000;

// A task is shifted among people, and media are authorised or replaced: no other time of a release helps.
const SOLVED_OTHERWISE: readonly ScheduleConflictKind[] = [
  'RESOURCE_OVERLOAD',
  'TEAM_OVERLOAD',
  'MEDIA_NOT_AUTHORISED',
];

const isMovable = ({ releaseId, distributionId, taskId }: MovableParty): boolean =>
  releaseId !== null && distributionId === null && taskId === null;

/** Of these releases those that have a time ahead and have not begun. */
async function releasesThatCanMove(db: Queryable, ids: readonly string[], now: Date): Promise<PlannedWork[]> {
  const works = await plannedReleaseWorks(db, ids);
  const rows = await db.query<{ id: string; starts: number | null }>(sql`
    select id, ${epochMs('planned_start')} as starts from release
    where id = any(${[...ids]}::uuid[]) and schedule_release_is_ahead(state)`);
  const ahead = new Set(rows.flatMap(({ id, starts }) => ((starts ?? 0) > now.getTime() ? [id] : [])));
  return works.filter(({ id, ciIds }) => ahead.has(id) && ciIds.length > 0);
}

const isSerious = ({ severity }: FoundConflict) => severity !== 'LOW';

/** Whether a conflict is the one to be solved, or a serious one of its kind. @param others ids of its parties */
const remains = (found: FoundConflict, kind: ScheduleConflictKind, others: readonly string[]): boolean =>
  found.kind === kind && (isSerious(found) || others.includes(found.right.work?.releaseId ?? found.right.id));

/** The nearest other times for a release at which it has fewer conflicts and no other ones. */
async function timesOf(
  db: Queryable,
  work: PlannedWork,
  { kind, left, right }: MovableConflict,
  now: Date,
): Promise<Interval[]> {
  const from = Math.max(now.getTime(), work.startsAt.getTime() - SUGGESTION_DAYS.before * DAY);
  const span = { startsAt: new Date(from), endsAt: new Date(work.endsAt.getTime() + SUGGESTION_DAYS.after * DAY) };
  const length = work.endsAt.getTime() - work.startsAt.getTime();
  const backOut = (work.backOutMinutes ?? 0) * 60_000;
  const { ciIds, id: releaseId } = work;
  const { rules } = await slotRules(db, { span, length, backOut, ciIds, personIds: [], teamIds: [], releaseId });
  const before = (await findConflictsOf(db, [work])).get(work.id) ?? [];
  const others = [left, right].flatMap((party) =>
    party.releaseId === work.id ? [] : [party.releaseId ?? party.windowId].filter((id) => id !== null),
  );
  const times: Interval[] = [];
  for (const time of nearestTimes(work, freeSlots(span, length, rules))) {
    // The search has kept to the rules. What the release does at any time, such as taking a cluster, stays.
    const after = (await findConflictsOf(db, [{ ...work, ...time }])).get(work.id) ?? [];
    const { breaks } = movedConflicts(before, after);
    if (breaks.some(isSerious) || after.some((one) => remains(one, kind, others))) continue;
    times.push(time);
    if (times.length === MAX_SUGGESTED_MOVES) break;
  }
  return times;
}

/**
 * Other times for the releases of a conflict, the smallest moves first. At each of them the release has no conflict of
 * this kind and no serious one that it does not have already. The number of statements has a bound that does not depend
 * on the data.
 */
export async function suggestedMoves<P extends MovableParty>(
  db: Queryable,
  conflict: MovableConflict<P>,
  now: Date,
): Promise<SuggestedMove<P>[]> {
  const parties = [conflict.left, conflict.right].filter(isMovable);
  if (parties.length === 0 || SOLVED_OTHERWISE.includes(conflict.kind)) return [];
  const ids = [...new Set(parties.flatMap(({ releaseId }) => releaseId ?? []))];
  const found: (SuggestedMove<P> & { readonly shift: number })[] = [];
  for (const work of await releasesThatCanMove(db, ids, now)) {
    const party = parties.find(({ releaseId }) => releaseId === work.id);
    if (party === undefined) continue;
    for (const time of await timesOf(db, work, conflict, now))
      found.push({ ...time, party, shift: Math.abs(time.startsAt.getTime() - work.startsAt.getTime()) });
  }
  return found
    .toSorted((a, b) => a.shift - b.shift || a.startsAt.getTime() - b.startsAt.getTime())
    .slice(0, MAX_SUGGESTED_MOVES)
    .map(({ party, startsAt, endsAt }) => ({ party, startsAt, endsAt }));
}

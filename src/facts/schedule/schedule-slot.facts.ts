import { RequestError } from '../../domain/errors.js';
import { againstTheFlow, lostRedundancy, reachFrom } from '../../domain/cmdb/impact.js';
import type { Interval } from '../../domain/schedule/interval.js';
import { findFreeSpans } from '../../domain/schedule/schedule-slots.js';
import { readScheduleSlice } from './schedule-slice.facts.js';
import type { Queryable } from '../../database/queryable.js';

/** How far ahead slots are searched at most, in days. */
export const MAX_SLOT_DAYS = 90;

/** Maximum number of slots in one answer. */
export const MAX_SLOTS = 100;

/** Longest work for which a slot is searched, in minutes. */
export const MAX_SLOT_MINUTES = 31 * 24 * 60;

/** What {@link findSlots} looks for. */
export interface SlotQuestion {
  readonly durationMinutes: number;
  /** Database ids of the targets of the work. */
  readonly ciIds: readonly string[];
  readonly from: Date;
  readonly days: number;
  readonly first: number;
  /** A release whose own bookings do not stand in the way. */
  readonly releaseId?: string | null;
}

/** A free place in the schedule. */
export interface ScheduleSlot extends Interval {
  readonly latestStartsAt: Date;
  readonly freeUntil: Date;
}

/**
 * The next times at which some work fits in: inside the windows of every target, no blackout on what it touches, nobody
 * else at work on what it impacts or the other way round, or on what stands in for it. One slot for
 * each stretch of free time. Mere notices, such as two works that impact the same service, do not count. Three
 * statements; the rest is arithmetic on intervals, bounded by {@link MAX_SLOT_DAYS}.
 * @throws RequestError NOT_FOUND for items that do not exist.
 */
export async function findSlots(
  db: Queryable,
  { durationMinutes, ciIds, from, days, first, releaseId }: SlotQuestion,
): Promise<ScheduleSlot[]> {
  const span = { startsAt: from, endsAt: new Date(from.getTime() + days * 86_400_000) };
  const work = { id: 'slot', name: '', ...span, groupId: null, ciIds, personIds: [] };
  const slice = await readScheduleSlice(db, [span], [work]);
  if (ciIds.some((id) => !slice.graph.nodes.has(id)))
    throw new RequestError('NOT_FOUND', 'There is no ConfigurationItem with this id.', { field: 'ciIds' });
  const reach = slice.reach(ciIds);
  const impacting = reachFrom(againstTheFlow(slice.graph), ciIds);
  const busy = slice.entries.filter(
    (entry) =>
      entry.id !== work.id &&
      (releaseId == null || entry.groupId !== releaseId) &&
      (entry.ciIds.some((id) => reach.has(id) || impacting.has(id)) ||
        (reach.members().size > 0 && lostRedundancy(reach, slice.reach(entry.ciIds)).length > 0)),
  );
  const length = durationMinutes * 60_000;
  return findFreeSpans(span, { ciIds, reach, windows: slice.windows, graph: slice.graph, busy })
    .filter(({ startsAt, endsAt }) => endsAt.getTime() - startsAt.getTime() >= length)
    .slice(0, first)
    .map(({ startsAt, endsAt }) => ({
      startsAt,
      endsAt: new Date(startsAt.getTime() + length),
      latestStartsAt: new Date(endsAt.getTime() - length),
      freeUntil: endsAt,
    }));
}

import { sql } from 'kysely';
import { scopedWindow, windowsFor } from '../../domain/schedule/conflict-window.js';
import type { Interval } from '../../domain/schedule/interval.js';
import { rankSlots, type FreeSlot, type RankedSlot } from '../../domain/schedule/slot-rank.js';
import { freeSlots, slotObstacles, type Obstacles } from '../../domain/schedule/slot-search.js';
import type { Queryable } from '../../database/queryable.js';
import { serviceHours, usedTimes } from '../people/availability.facts.js';
import { inTurns } from '../turns.js';
import { slotRules, type SeekingWork, type SlotRules } from './slot-rule.facts.js';

/** How far ahead slots are searched at most, in days. */
export const MAX_SLOT_DAYS = 90;

/** Maximum number of slots in one answer. */
export const MAX_SLOTS = 100;

/** Longest work for which a slot is searched, in minutes. */
export const MAX_SLOT_MINUTES = 31 * 24 * 60;

/** What {@link findSlots} and {@link findTimes} look for. */
export interface SlotQuestion {
  readonly durationMinutes: number;
  /** Database ids of the targets of the work. */
  readonly ciIds: readonly string[];
  /** Database ids of the people who are needed all the time. */
  readonly personIds?: readonly string[];
  /** Database ids of the teams of which somebody is needed all the time. */
  readonly teamIds?: readonly string[];
  readonly from: Date;
  readonly days: number;
  readonly first: number;
  /** How long the back-out takes after the work. Default: as the release says, or none. */
  readonly backOutMinutes?: number | null;
  /** A release whose own bookings do not stand in the way. */
  readonly releaseId?: string | null;
}

async function backOutOf(db: Queryable, { backOutMinutes, releaseId }: SlotQuestion): Promise<number> {
  if (backOutMinutes != null) return backOutMinutes;
  if (releaseId == null) return 0;
  const [row] = await db.query<{ minutes: number | null }>(
    sql`select back_out_minutes as minutes from release where id = ${releaseId}::uuid`,
  );
  return row?.minutes ?? 0;
}

async function seekingWork(db: Queryable, asked: SlotQuestion): Promise<SeekingWork> {
  const { durationMinutes, from, days, ciIds, personIds = [], teamIds = [], releaseId = null } = asked;
  const backOut = (await backOutOf(db, asked)) * 60_000;
  const span = { startsAt: from, endsAt: new Date(from.getTime() + days * 86_400_000) };
  return { span, length: durationMinutes * 60_000, backOut, ciIds, personIds, teamIds, releaseId };
}

/**
 * The next times at which some work fits in: inside the windows of every target, no blackout on what it touches, nobody
 * else at work on what it impacts or the other way round, or on what stands in for it, and people free. One slot for
 * each stretch of free time. Mere notices, such as two works that impact the same service, do not count, and neither
 * does what the work does at any time, such as taking a whole cluster. The number of statements does not depend on the
 * data; the rest is arithmetic on intervals, bounded by {@link MAX_SLOT_DAYS}.
 * @throws RequestError NOT_FOUND for items that do not exist.
 */
export async function findSlots(db: Queryable, question: SlotQuestion): Promise<FreeSlot[]> {
  const work = await seekingWork(db, question);
  const { rules } = await slotRules(db, work);
  return freeSlots(work.span, work.length, rules).slice(0, question.first);
}

/** The best times for some work or, where there is none, why. */
export interface FoundTimes {
  readonly slots: readonly RankedSlot[];
  /** Null where there are slots. */
  readonly obstacles: Obstacles | null;
}

/** Occurrences of the maintenance windows of each target that has some; those that end for good count until then. */
function* maintenanceTimes(ciIds: readonly string[], { windows, graph }: SlotRules) {
  const scoped = windows.filter(({ kind }) => kind === 'MAINTENANCE_WINDOW').map(scopedWindow);
  const sets = new Map<string, readonly Interval[]>();
  for (const [index, ciId] of ciIds.entries()) {
    if (index % 200 === 0) yield;
    const own = windowsFor(ciId, graph.nodes.get(ciId)?.ciClass, scoped);
    if (own.length > 0)
      sets.set(
        own.map(({ id }) => id).join(),
        own.flatMap(({ occurrences }) => occurrences),
      );
  }
  return [...sets.values()];
}

/** Like {@link findSlots}, with the best times first; where there are none, the fewest rules that leave none. */
export async function findTimes(db: Queryable, question: SlotQuestion): Promise<FoundTimes> {
  const work = await seekingWork(db, question);
  const found = await slotRules(db, work);
  const free = freeSlots(work.span, work.length, found.rules);
  if (free.length === 0)
    return { slots: [], obstacles: await inTurns(slotObstacles(work.span, work.length, found.rules)) };
  const maintenance = await inTurns(maintenanceTimes(work.ciIds, found));
  const calendars = await serviceHours(db, [...found.reach.ids()]);
  const used = calendars.length === 0 ? null : await inTurns(usedTimes(calendars, work.span));
  const preferences = { maintenance, nearby: found.nearby, serviceHours: used };
  return { slots: rankSlots(free, preferences, question.first), obstacles: null };
}

import { RequestError } from '../../domain/errors.js';
import { againstTheFlow, lostRedundancy, reachFrom, type ImpactGraph, type Reach } from '../../domain/cmdb/impact.js';
import type { ConflictEntry } from '../../domain/schedule/conflict-entry.js';
import type { Interval } from '../../domain/schedule/interval.js';
import { findFreeSpans } from '../../domain/schedule/schedule-slots.js';
import type { Steps } from '../../domain/steps.js';
import { ImpactReader } from '../cmdb/impact-reader.js';
import { inTurns } from '../turns.js';
import { MAX_LOOKED_FOR } from './clash.facts.js';
import { ALL_ASKED, readConflictEntries } from './conflict-entry.facts.js';
import { touchingStatement, touchingWork } from './schedule-reach.facts.js';
import { budgetedReach, readWindows } from './schedule-slice.facts.js';
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
 * each stretch of free time. Mere notices, such as two works that impact the same service, do not count. The number of
 * statements does not depend on the data; the rest is arithmetic on intervals, bounded by {@link MAX_SLOT_DAYS}.
 * @throws RequestError NOT_FOUND for items that do not exist.
 */
export async function findSlots(
  db: Queryable,
  { durationMinutes, ciIds, from, days, first, releaseId }: SlotQuestion,
): Promise<ScheduleSlot[]> {
  const span = { startsAt: from, endsAt: new Date(from.getTime() + days * 86_400_000) };
  const impact = new ImpactReader(db);
  const graph = await impact.graph(ciIds);
  if (ciIds.some((id) => !graph.nodes.has(id)))
    throw new RequestError('NOT_FOUND', 'There is no ConfigurationItem with this id.', { field: 'ciIds' });
  const reach = reachFrom(graph, ciIds);
  const work = { id: 'slot', name: '', ...span, groupId: releaseId ?? null, ciIds, personIds: [] };
  const busy = await inTheWay(db, { work, reach, graph, impact });
  const windows = await readWindows(db, graph, [span]);
  const length = durationMinutes * 60_000;
  return findFreeSpans(span, { ciIds, reach, windows, graph, busy })
    .filter(({ startsAt, endsAt }) => endsAt.getTime() - startsAt.getTime() >= length)
    .slice(0, first)
    .map(({ startsAt, endsAt }) => ({
      startsAt,
      endsAt: new Date(startsAt.getTime() + length),
      latestStartsAt: new Date(endsAt.getTime() - length),
      freeUntil: endsAt,
    }));
}

interface PlacedWork {
  /** The work over all the time that is searched. */
  readonly work: ConflictEntry;
  readonly reach: Reach;
  readonly graph: ImpactGraph;
  readonly impact: ImpactReader;
}

/** The times of other work that this work cannot share. Kept work is a filter; the rules decide. */
async function inTheWay(db: Queryable, { work, reach, graph, impact }: PlacedWork): Promise<Interval[]> {
  const isWide = reach.size > MAX_LOOKED_FOR;
  const asked = isWide ? [] : [{ entry: work, reach }];
  const near = touchingWork(await db.query(await inTurns(touchingStatement(asked, graph, 'ALL'))));
  const direct = near.filter(({ isDirect, isUnkept }) => isDirect && !isUnkept);
  const judged = await readConflictEntries(db, [work], null, ALL_ASKED, {
    workIds: near.filter(({ isDirect, isGroup }) => isGroup && !isDirect).map((one) => one.work.id),
    releaseIds: [],
    unkept: 'ALL',
    spans: isWide ? [work] : [],
  });
  const others = judged.filter(({ groupId }) => work.groupId === null || groupId !== work.groupId);
  if (others.length === 0) return direct.map((one) => one.work);
  const all = await impact.graph([...work.ciIds, ...others.flatMap(({ ciIds }) => ciIds)]);
  const [mine, impacting] = [reachFrom(all, work.ciIds), reachFrom(againstTheFlow(all), work.ciIds)];
  const reachOf = budgetedReach(all);
  const isInTheWay = (entry: ConflictEntry) =>
    entry.ciIds.some((id) => mine.has(id) || impacting.has(id)) ||
    (mine.members().size > 0 && lostRedundancy(mine, reachOf(entry.ciIds)).length > 0);
  const steps = function* (): Steps<Interval[]> {
    const found: Interval[] = direct.map((one) => one.work);
    for (const entry of others) {
      yield;
      if (isInTheWay(entry)) found.push(entry);
    }
    return found;
  };
  return await inTurns(steps());
}

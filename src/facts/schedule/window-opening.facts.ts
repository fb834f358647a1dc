import { reachFrom } from '../../domain/cmdb/impact.js';
import { isWithWindow } from '../../domain/schedule/conflict-blocker.js';
import type { ScheduleConflict } from '../../domain/schedule/schedule-conflict.js';
import type { Interval } from '../../domain/schedule/interval.js';
import { nextAllowed } from '../../domain/schedule/window-status.js';
import type { Queryable } from '../../database/queryable.js';
import type { Steps } from '../../domain/steps.js';
import { ImpactReader } from '../cmdb/impact-reader.js';
import { inTurns } from '../turns.js';
import type { PlannedWork } from './schedule.facts.js';
import { readWindows } from './schedule-slice.facts.js';
import { WINDOW_STATUS_DAYS } from './window-status.facts.js';

function ahead({ startsAt: planned }: PlannedWork, now: Date): Interval {
  const startsAt = planned < now ? now : planned;
  return { startsAt, endsAt: new Date(startsAt.getTime() + WINDOW_STATUS_DAYS * 86_400_000) };
}

/**
 * When windows next allow work that clashes with one: from its planned start on, or now, for as long as it lasts. Other
 * work does not count. Work that clashes with no window is not in the answer; without any, nothing is read.
 */
export async function openingsOf(
  db: Queryable,
  works: readonly PlannedWork[],
  conflicts: ReadonlyMap<string, readonly ScheduleConflict[]>,
  now: Date,
  impact = new ImpactReader(db),
): Promise<Map<string, Date | null>> {
  const asking = works.filter(({ id }) => conflicts.get(id)?.some(isWithWindow));
  const found = new Map<string, Date | null>();
  if (asking.length === 0) return found;
  const graph = await impact.graph(works.flatMap(({ ciIds }) => ciIds));
  const windows = await readWindows(
    db,
    graph,
    asking.map((work) => ahead(work, now)),
  );
  const steps = function* (): Steps<void> {
    for (const work of asking) {
      yield;
      const constraints = { ciIds: work.ciIds, reach: reachFrom(graph, work.ciIds), windows, graph };
      const length = work.endsAt.getTime() - work.startsAt.getTime() + (work.backOutMinutes ?? 0) * 60_000;
      found.set(work.id, nextAllowed(ahead(work, now), constraints, length));
    }
  };
  await inTurns(steps());
  return found;
}

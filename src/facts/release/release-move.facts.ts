import type { Queryable } from '../../database/queryable.js';
import { notFound } from '../../domain/errors.js';
import type { Interval } from '../../domain/schedule/interval.js';
import { movedConflicts, type MovedConflicts } from '../../domain/schedule/move-simulation.js';
import { findConflictsOf, releaseWorks, type FoundConflict } from '../schedule/schedule.facts.js';

/**
 * What another time of a release would break and fix. Nothing changes. Without a time so far, everything is new.
 * @throws RequestError NOT_FOUND
 */
export async function simulateMove(db: Queryable, id: string, to: Interval): Promise<MovedConflicts<FoundConflict>> {
  const [work] = await releaseWorks(db, [id]);
  if (work === undefined) throw notFound('Release', 'id');
  const conflictsAt = async (time: Interval | null) =>
    time === null ? [] : ((await findConflictsOf(db, [{ ...work, ...time }])).get(id) ?? []);
  return movedConflicts(await conflictsAt(work.planned), await conflictsAt(to));
}

import { sql } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import type { ConflictEntry } from '../../domain/schedule/conflict-entry.js';
import { intervalsOverlap, type Interval } from '../../domain/schedule/interval.js';
import { teamConflicts } from '../../domain/schedule/team-conflict.js';
import { eachOf, type Steps } from '../../domain/steps.js';
import { teamCapacities } from '../people/availability.facts.js';
import { inTurns } from '../turns.js';
import type { FoundConflict } from './clash.facts.js';
import { readTasksOf } from './conflict-entry.facts.js';

/**
 * Where the active members of some teams have more tasks at once than their team may. Two statements for any number of
 * teams.
 * @param span in which the tasks are; absent for any time. A conflict in it depends on no task outside it.
 */
export async function teamOverloads(
  db: Queryable,
  teamIds: readonly string[],
  span?: Interval,
): Promise<FoundConflict[]> {
  if (teamIds.length === 0) return [];
  const limited = (await teamCapacities(db, teamIds)).flatMap(({ maxTasksAtOnce, ...team }) =>
    maxTasksAtOnce === null ? [] : [{ ...team, maxTasksAtOnce }],
  );
  const members = [...new Set(limited.flatMap(({ memberIds }) => memberIds))];
  const tasks = members.length === 0 ? [] : await readTasksOf(db, members, span);
  const steps = function* (): Steps<FoundConflict[]> {
    const tasksOf = new Map<string, ConflictEntry[]>();
    yield* eachOf(tasks, (task) => {
      const [id = ''] = task.personIds;
      const own = tasksOf.get(id);
      if (own === undefined) tasksOf.set(id, [task]);
      else own.push(task);
    });
    const found: FoundConflict[] = [];
    for (const team of limited) {
      yield;
      const own = team.memberIds.flatMap((id) => tasksOf.get(id) ?? []);
      for (const conflict of yield* teamConflicts(team, own)) found.push({ ...conflict, relationIds: [] });
    }
    return found;
  };
  return await inTurns(steps());
}

/** Where any team has too many tasks at a time. Looks at everything: only to check what is kept. */
export async function teamOverloadsBetween(db: Queryable, span: Interval): Promise<FoundConflict[]> {
  const teams = await db.query<{ id: string }>(sql`select id from team where max_tasks_at_once is not null`);
  const found = await teamOverloads(
    db,
    teams.map(({ id }) => id),
    span,
  );
  return found.filter(({ interval }) => intervalsOverlap(interval, span));
}

import { sql } from 'kysely';
import { epochMs } from '../../database/expressions.js';
import type { Blocker } from '../../domain/blocker.js';
import { taskPlaceProblems, type PlanTask } from '../../domain/release/release-plan.js';
import type { ReleaseState } from '../../domain/release/release.state.js';
import { taskIsDone } from '../../domain/release/task-graph.js';
import type { TaskState } from '../../domain/release/task.machine.js';
import type { Release } from '../../entities/release/release.entity.js';
import type { Task } from '../../entities/release/task.entity.js';
import type { UnitOfWork } from '../unit-of-work.js';

interface PlanRow {
  readonly id: string;
  readonly name: string;
  readonly state: TaskState;
  readonly phase_state: ReleaseState;
  readonly distribution_id: string | null;
  readonly after: string[];
  readonly starts: number | null;
  readonly ends: number | null;
}

/** The tasks of a plan. The dates of one that is done no longer constrain others. */
export async function planTasks(uow: UnitOfWork, releaseId: string): Promise<PlanTask[]> {
  const rows = await uow.query<PlanRow>(sql`
    select t.id, t.name, t.state, f.release_state as phase_state, t.distribution_id,
      array(select d.predecessor_id from task_dependency d where d.task_id = t.id) as after,
      ${epochMs('t.planned_start')} as starts, ${epochMs('t.planned_end')} as ends
    from task t join phase f on f.id = t.phase_id
    where t.release_id = ${releaseId}
    order by f.position, t.position, t.id`);
  const date = (row: PlanRow, value: number | null) =>
    value === null || taskIsDone(row.state) ? null : new Date(value);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    after: row.after,
    phaseState: row.phase_state,
    distributionId: row.distribution_id,
    plannedStart: date(row, row.starts),
    plannedEnd: date(row, row.ends),
  }));
}

/** What would be wrong with the order and the dates of a task after the given change. */
export async function placeProblems(
  uow: UnitOfWork,
  release: Release,
  task: Task,
  change: Partial<Omit<PlanTask, 'id' | 'name'>>,
): Promise<Blocker[]> {
  const tasks = await planTasks(uow, release.id);
  return taskPlaceProblems(
    tasks.map((other) => (other.id === task.id ? { ...other, ...change } : other)),
    task.id,
  );
}

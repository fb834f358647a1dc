import { sql } from 'kysely';
import type { Release } from '../../entities/release/release.entity.js';
import { type Task } from '../../entities/release/task.entity.js';
import { TaskDependency } from '../../entities/release/task-dependency.entity.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** A task and one of its predecessors. */
interface Link {
  readonly task_id: string;
  readonly predecessor_id: string;
}

/** Which tasks of a release come after which. */
export const linksOf = async (uow: UnitOfWork, releaseId: string) =>
  await uow.query<Link>(
    sql`
      select d.task_id, d.predecessor_id from task_dependency d join task t on t.id = d.task_id
        where t.release_id = ${releaseId}`,
  );

/** Takes tasks out of a plan. What came after one of them comes after its predecessors from now on. */
export async function removeTasks(uow: UnitOfWork, release: Release, tasks: readonly Task[]): Promise<void> {
  const gone = new Set(tasks.map(({ id }) => id));
  const after = new Map<string, string[]>();
  for (const { task_id, predecessor_id } of await linksOf(uow, release.id))
    after.set(task_id, [...(after.get(task_id) ?? []), predecessor_id]);
  for (const [id, direct] of after) {
    if (gone.has(id) || !direct.some((predecessor) => gone.has(predecessor))) continue;
    const seen = new Set<string>();
    const walk = (predecessors: readonly string[]): void => {
      for (const predecessor of predecessors) {
        if (seen.has(predecessor)) continue;
        seen.add(predecessor);
        if (gone.has(predecessor)) walk(after.get(predecessor) ?? []);
      }
    };
    walk(direct);
    for (const predecessorId of seen)
      if (!gone.has(predecessorId) && !direct.includes(predecessorId))
        uow.em.create(TaskDependency, { taskId: id, predecessorId });
  }
  await uow.em.flush();
  const links = await uow.query<{ id: string; taskId: string; predecessorId: string }>(sql`
    delete from task_dependency where task_id = any(${[...gone]}::uuid[]) or predecessor_id = any(${[...gone]}::uuid[])
    returning id, task_id as "taskId", predecessor_id as "predecessorId"`);
  uow.wrote(
    TaskDependency,
    links.map((link) => ({ id: link.id, before: link, after: null })),
  );
  for (const task of tasks) uow.em.remove(task);
  await uow.em.flush();
}

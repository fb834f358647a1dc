import { taskMachine } from '../../domain/release/task.machine.js';
import type { Release } from '../../entities/release/release.entity.js';
import type { Task } from '../../entities/release/task.entity.js';
import { recordAuthor } from '../contribution.service.js';
import { closeGaps, refreshReadiness } from './release-plan.service.js';
import { removeTasks } from './release-remove-tasks.service.js';
import { factsOfTask, lockTask, type TaskCommandInput } from './task.service.js';
import { demand } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';

/**
 * Removes tasks from a plan, after the rules have allowed it. Successors of a removed task follow its predecessors.
 */
export async function removeFromPlan(
  uow: UnitOfWork,
  release: Release,
  tasks: readonly Task[],
  reason: string | null | undefined,
): Promise<void> {
  await recordAuthor(uow, 'Release', release.id);
  await removeTasks(uow, release, tasks);
  await closeGaps(uow, release.id);
  for (const task of tasks) {
    uow.record({
      type: 'task.removed',
      subjectType: 'Task',
      subject: task,
      topics: [release.id, task.assigneeId],
      reason,
      data: { mandatory: task.mandatory, release: release.number },
    });
  }
  await refreshReadiness(uow, release);
}

/**
 * Removes a task that has not been started from its plan.
 * @returns the release.
 * @throws Refusal WAIVER_REQUIRED for a mandatory task without a waiver of the owner
 */
export async function taskRemove(uow: UnitOfWork, input: TaskCommandInput): Promise<Release> {
  const { release, task } = await lockTask(uow, input);
  demand(taskMachine, task, 'taskRemove', await factsOfTask(uow, task));
  await removeFromPlan(uow, release, [task], input.reason);
  return release;
}

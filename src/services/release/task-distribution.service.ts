import { sql } from 'kysely';
import type { Blocker, NamedRef } from '../../domain/blocker.js';
import type { DistributionState } from '../../domain/distribution/distribution.state.js';
import { RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { followOf, linkProblems } from '../../domain/release/task-distribution.js';
import { statesThatFollow, TASK_FOLLOW_ROWS, type TaskKind } from '../../domain/release/task.machine.js';
import { taskIsDone } from '../../domain/release/task-graph.js';
import { decideSystem } from '../../domain/state-machine.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import { Release } from '../../entities/release/release.entity.js';
import { Task } from '../../entities/release/task.entity.js';
import { lock, lockMany } from '../load.js';
import { enter } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { refreshReadiness } from './release-plan.service.js';

const FIELD = 'distributionId';

/** The distribution that an edit links a task to, with what is wrong with that; null for none. */
export interface WantedLink {
  readonly id: string;
  readonly problems: readonly Blocker[];
}

/**
 * Looks up the distribution that a task is to be linked to.
 * @throws RequestError NOT_FOUND for one of another release
 */
export async function wantedLink(
  uow: UnitOfWork,
  release: Release,
  nodeId: string | null | undefined,
): Promise<WantedLink | null> {
  if (nodeId == null) return null;
  const id = fromNodeId('Distribution', nodeId, FIELD);
  const [found] = await uow.query<NamedRef & { readonly state: DistributionState }>(sql`
    select id, number || ' ' || name as name, state from distribution
    where id = ${id} and release_id = ${release.id}`);
  if (!found)
    throw new RequestError('NOT_FOUND', `The distribution is not one of release ${release.number}.`, { field: FIELD });
  return { id, problems: linkProblems(found) };
}

/** @throws RequestError BAD_USER_INPUT for a link of a task of another kind */
export function expectLinkableKind(kind: TaskKind, distributionId: string | null | undefined): void {
  if (distributionId != null && kind !== 'DISTRIBUTION')
    throw new RequestError('BAD_USER_INPUT', `A task of kind ${kind} has no distribution. Set it to null.`, {
      field: FIELD,
    });
}

/**
 * Lets the tasks of a distribution follow it into the state that it has entered. The release is locked.
 * @param reason why it is in that state, if somebody said so.
 */
export async function letTasksFollow(
  uow: UnitOfWork,
  distribution: Distribution,
  from: DistributionState,
  reason: string | null,
): Promise<void> {
  const command = followOf(from, distribution.state);
  if (command === null) return;
  const ids = await uow.query<{ id: string }>(sql`
    select id from task
    where distribution_id = ${distribution.id} and state = any(${[...statesThatFollow(command)]}::text[])`);
  if (ids.length === 0) return;
  const tasks = await lockMany(
    uow,
    Task,
    'Task',
    ids.map(({ id }) => id),
  );
  const name = `Distribution ${distribution.number} is ${distribution.state}`;
  const why = command === 'taskFollowFail' ? `${name}${reason ? `: ${reason}` : '.'}` : null;
  for (const task of tasks) {
    const allowed = decideSystem(TASK_FOLLOW_ROWS, task.state, command);
    if (allowed === undefined) continue;
    enter(uow, task, allowed, {
      type: FOLLOWED[command],
      subjectType: 'Task',
      topics: [distribution.releaseId, task.assigneeId, distribution.id],
      reason: why ?? name,
      data: { distribution: distribution.number },
    });
    task.stateReason = why;
    if (command === 'taskFollowStart')
      Object.assign(task, { actualStart: task.actualStart ?? uow.now, actualEnd: null });
    else if (command === 'taskFollowUnstart') task.actualStart = null;
    else task.actualEnd = uow.now;
  }
  if (tasks.some(({ state }) => taskIsDone(state)))
    await refreshReadiness(uow, await lock(uow, Release, 'Release', distribution.releaseId));
}

const FOLLOWED = {
  taskFollowStart: 'task.started',
  taskFollowUnstart: 'task.unstarted',
  taskFollowComplete: 'task.completed',
  taskFollowFail: 'task.failed',
} as const;

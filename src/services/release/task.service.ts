import { factsOf } from '../facts-of.js';
import { sql } from 'kysely';
import { notFound, RequestError } from '../../domain/errors.js';
import { fromNodeId, toNodeId } from '../../domain/node-id.js';
import type { Role } from '../../domain/roles.js';
import { taskIsDone } from '../../domain/release/task-graph.js';
import type { TaskFacts } from '../../domain/release/task.guards.js';
import { taskMachine, type TaskCommand } from '../../domain/release/task.machine.js';
import { commandToStart } from '../../domain/release/task-distribution.js';
import { beginAttempt } from '../distribution/distribution-attempt.service.js';
import { lockDistribution } from '../distribution/distribution-run.service.js';
import type { ToolDirectory } from '../distribution/tool-directory.js';
import { Release } from '../../entities/release/release.entity.js';
import { Task } from '../../entities/release/task.entity.js';
import { expectVersion, lock } from '../load.js';
import { refreshReadiness } from './release-plan.service.js';
import { activeWorker } from './release.service.js';
import { taskFacts } from '../../facts/release/task.facts.js';
import { text } from '../text.js';
import { demand, transition } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { packageToTest, recordBuilder, recordTested } from './test-evidence.service.js';
import { recordWaiver } from './waiver.service.js';
import { mayWaiveTask } from '../../domain/release/waiver.guards.js';

/** Input that all commands on a task have in common. */
export interface TaskCommandInput {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly reason?: string | null;
}

const TYPE = 'Task' as const;

/**
 * Locks the release of a task and then the task: a decision about one task depends on the others, so commands on the
 * plan of one release wait for one another.
 * @throws RequestError NOT_FOUND | CONFLICT
 */
export async function lockTask(
  uow: UnitOfWork,
  input: { readonly id: string; readonly expectedVersion?: number | null },
): Promise<{ release: Release; task: Task }> {
  const id = fromNodeId(TYPE, input.id, 'id');
  const [known] = await uow.query<{ release_id: string }>(sql`select release_id from task where id = ${id}`);
  if (!known) throw notFound(TYPE);
  const release = await lock(uow, Release, 'Release', known.release_id);
  const task = await lock(uow, Task, TYPE, id);
  expectVersion(task, input.expectedVersion);
  return { release, task };
}

/** The facts of one task, for the command that is about to change it. @throws RequestError NOT_FOUND */
export const factsOfTask = async (uow: UnitOfWork, task: Task): Promise<TaskFacts> =>
  await factsOf(uow, taskFacts, TYPE, task);

interface Step {
  readonly command: TaskCommand;
  readonly type: string;
  readonly reason?: string | null;
  readonly data?: Record<string, unknown>;
  /** What the guards need to know; read from the database when the caller has not done so. */
  readonly facts?: TaskFacts;
}

async function move(
  uow: UnitOfWork,
  release: Release,
  task: Task,
  { command, type, reason, data, facts }: Step,
): Promise<Task> {
  const before = task.state;
  transition(uow, taskMachine, task, command, facts ?? (await factsOfTask(uow, task)), {
    type,
    subjectType: TYPE,
    topics: [release.id, task.assigneeId],
    reason,
    data: { ...data, release: release.number },
  });
  task.stateReason = reason ?? null;
  if (taskIsDone(before) !== taskIsDone(task.state)) await refreshReadiness(uow, release);
  return task;
}

const optional = (value: string | null | undefined, field: string): string | null =>
  value == null ? null : text(value, field, { max: 10_000 }) || null;
const required = (value: string, field: string): string => text(value, field, { min: 1, max: 10_000 });

/**
 * Starts work on a task. An unassigned task is assigned to the actor. A task with a distribution starts with that, so
 * the command is the start of the distribution, or after an end its retry.
 * @throws Refusal with what stands against the task and against its distribution
 */
export async function taskStart(uow: UnitOfWork, input: TaskCommandInput, tools: ToolDirectory): Promise<Task> {
  const { release, task } = await lockTask(uow, input);
  const reason = optional(input.reason, 'reason');
  if (task.distributionId == null)
    await move(uow, release, task, { command: 'taskStart', type: 'task.started', reason });
  else {
    demand(taskMachine, task, 'taskStart', await factsOfTask(uow, task));
    const held = await lockDistribution(uow, task.distributionId);
    await beginAttempt(uow, held, commandToStart(held.distribution.state), tools, reason);
  }
  task.assigneeId ??= uow.actorId;
  task.actualStart ??= uow.now;
  await recordBuilder(uow, task);
  return task;
}

/** Pauses a task until somebody answers a question. */
export async function taskRequestInput(
  uow: UnitOfWork,
  input: TaskCommandInput & { readonly question: string },
): Promise<Task> {
  const { release, task } = await lockTask(uow, input);
  return await move(uow, release, task, {
    command: 'taskRequestInput',
    type: 'task.input-requested',
    reason: required(input.question, 'question'),
  });
}

/** Answers the question that a task waits for. Work on the task continues. */
export async function taskProvideInput(
  uow: UnitOfWork,
  input: TaskCommandInput & { readonly answer: string },
): Promise<Task> {
  const { release, task } = await lockTask(uow, input);
  const data = { question: task.stateReason, answer: required(input.answer, 'answer') };
  return await move(uow, release, task, { command: 'taskProvideInput', type: 'task.input-provided', data });
}

/**
 * Completes a task. Tasks that waited only for it become READY. The evidence of a test is bound to the digests of the
 * package as it is now.
 */
export async function taskComplete(
  uow: UnitOfWork,
  input: TaskCommandInput & { readonly evidence?: string | null },
): Promise<Task> {
  const { release, task } = await lockTask(uow, input);
  const evidence = optional(input.evidence, 'evidence');
  if (evidence !== null) task.evidence = evidence;
  const tested = task.kind === 'TEST' ? await packageToTest(uow, release.id) : [];
  task.actualEnd = uow.now;
  task.completedById = uow.actorId;
  await move(uow, release, task, {
    command: 'taskComplete',
    type: 'task.completed',
    reason: optional(input.reason, 'reason'),
    data: {
      evidence: task.evidence ?? null,
      ...(tested.length > 0 && {
        testedOn: tested.map(({ id, name, digest }) => ({ id: toNodeId('DmlItemVersion', id), name, digest })),
      }),
    },
  });
  recordTested(uow, task, tested);
  await recordBuilder(uow, task);
  return task;
}

/** Marks a task as failed. */
export async function taskFail(uow: UnitOfWork, input: TaskCommandInput & { readonly reason: string }): Promise<Task> {
  const { release, task } = await lockTask(uow, input);
  task.actualEnd = uow.now;
  return await move(uow, release, task, {
    command: 'taskFail',
    type: 'task.failed',
    reason: required(input.reason, 'reason'),
  });
}

/** Returns a failed task to READY. */
export async function taskRetry(uow: UnitOfWork, input: TaskCommandInput): Promise<Task> {
  const { release, task } = await lockTask(uow, input);
  task.actualStart = null;
  task.actualEnd = null;
  return await move(uow, release, task, {
    command: 'taskRetry',
    type: 'task.retried',
    reason: optional(input.reason, 'reason'),
  });
}

/**
 * Skips a task. A mandatory task requires a waiver of the owner of the release: a granted one, or the reason that the
 * owner gives with the command. That waiver expires at once, so it serves this command only.
 */
export async function taskSkip(
  uow: UnitOfWork,
  input: TaskCommandInput & { readonly reason: string; readonly waiverReason?: string | null },
): Promise<Task> {
  const { release, task } = await lockTask(uow, input);
  const facts = { ...(await factsOfTask(uow, task)), givenWaiver: optional(input.waiverReason, 'waiverReason') };
  const reason = required(input.reason, 'reason');
  demand(taskMachine, task, 'taskSkip', facts);
  if (facts.givenWaiver !== null && task.mandatory)
    recordWaiver(uow, release, {
      code: 'WAIVER_REQUIRED',
      reason: facts.givenWaiver,
      expiresAt: uow.now,
      subject: { type: TYPE, id: task.id },
    });
  task.actualEnd = uow.now;
  return await move(uow, release, task, {
    command: 'taskSkip',
    type: 'task.skipped',
    reason,
    data: { waiverReason: facts.givenWaiver ?? waiverReasonOf(facts) },
    facts,
  });
}

/** Reason of the waiver by which a mandatory task may go; null without one. */
export const waiverReasonOf = (facts: TaskFacts): string | null =>
  (facts.mandatory && facts.waivers.find(({ grantedById }) => mayWaiveTask(facts, grantedById))?.reason) || null;

/** The new assignee of a task. */
export interface TaskAssignInput extends TaskCommandInput {
  /** Node id of the person; null removes the assignee. */
  readonly personId?: string | null;
  /** Role whose holders can claim the task; null removes the role. */
  readonly role?: Role | null;
}

/**
 * Assigns a task to a person, or to a role whose holders can then claim it. The assignee can hand the task over; a
 * release manager can assign any task.
 * @throws RequestError BAD_USER_INPUT without a person and a role; Refusal WAIVER_REQUIRED to have another role judge
 *   in a mandatory task
 */
export async function taskAssign(uow: UnitOfWork, input: TaskAssignInput): Promise<Task> {
  const { release, task } = await lockTask(uow, input);
  const changes = input.role !== undefined && input.role !== (task.assigneeRole ?? null) ? (['role'] as const) : [];
  demand(taskMachine, task, 'taskAssign', { ...(await factsOfTask(uow, task)), changes });
  if (input.personId === undefined && input.role === undefined)
    throw new RequestError('BAD_USER_INPUT', 'Provide "personId", "role" or both.', { field: 'personId' });
  const before = task.assigneeId;
  if (input.personId !== undefined)
    task.assigneeId = input.personId === null ? null : (await activeWorker(uow, input.personId, 'personId')).id;
  // A task assigned only to a role is unassigned until a holder of the role claims it.
  else if (input.role != null) task.assigneeId = null;
  if (input.role !== undefined) task.assigneeRole = input.role;
  uow.record({
    type: 'task.assigned',
    subjectType: TYPE,
    subject: task,
    topics: [release.id, before, task.assigneeId],
    reason: input.reason,
    data: { release: release.number },
    ifChanged: true,
  });
  return task;
}

/** Assigns an unassigned task of a role to the actor, who holds that role. Claiming it again changes nothing. */
export async function taskClaim(uow: UnitOfWork, input: TaskCommandInput): Promise<Task> {
  const { release, task } = await lockTask(uow, input);
  demand(taskMachine, task, 'taskClaim', await factsOfTask(uow, task));
  if (task.assigneeId === uow.actorId) return task;
  task.assigneeId = uow.actorId;
  uow.record({
    type: 'task.claimed',
    subjectType: TYPE,
    subject: task,
    topics: [release.id, uow.actorId],
    reason: input.reason,
    data: { release: release.number },
  });
  return task;
}

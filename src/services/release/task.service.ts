import { sql } from 'kysely';
import { blocker, collectBlockers, type Blocker } from '../../domain/blocker.js';
import { notFound, Refusal, RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import type { Role } from '../../domain/roles.js';
import { taskIsDone } from '../../domain/release/task-graph.js';
import {
  actorMayWorkOnTask,
  taskMachine,
  type TaskCommand,
  type TaskFacts,
} from '../../domain/release/task.machine.js';
import { Release } from '../../entities/release/release.entity.js';
import { Task } from '../../entities/release/task.entity.js';
import { expectVersion, lock } from '../load.js';
import { refreshReadiness } from './release-plan.service.js';
import { activePerson } from './release.service.js';
import { taskFacts } from '../../facts/release/task.facts.js';
import { text } from '../text.js';
import { transition } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { recordWaiver } from './waiver.service.js';

/** What every command on a task takes. */
export interface TaskCommandInput {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly reason?: string | null;
}

const TYPE = 'Task' as const;

/**
 * Locks a task and, before it, its release: what one task decides depends on its neighbours, so the plan of one release is worked on
 * one command after the other.
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

async function factsOf(uow: UnitOfWork, task: Task): Promise<TaskFacts> {
  const facts = (await taskFacts(uow, uow.actor, [task.id], uow.now)).get(task.id);
  if (!facts) throw notFound(TYPE);
  return facts;
}

interface Step {
  readonly command: TaskCommand;
  readonly type: string;
  readonly reason?: string | null;
  readonly data?: Record<string, unknown>;
  /** What the command brings along counts for its guards. */
  readonly brings?: Partial<TaskFacts>;
}

async function move(
  uow: UnitOfWork,
  release: Release,
  task: Task,
  { command, type, reason, data, brings }: Step,
): Promise<Task> {
  const before = task.state;
  const facts = { ...(await factsOf(uow, task)), ...brings };
  transition(uow, taskMachine, task, command, facts, {
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

/** Begins to work on a task. A task that nobody is assigned to becomes the actor's. */
export async function taskStart(uow: UnitOfWork, input: TaskCommandInput): Promise<Task> {
  const { release, task } = await lockTask(uow, input);
  await move(uow, release, task, {
    command: 'taskStart',
    type: 'task.started',
    reason: optional(input.reason, 'reason'),
  });
  task.assigneeId ??= uow.actorId;
  task.actualStart ??= uow.now;
  return task;
}

/** Puts a task aside until somebody answers a question. */
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

/** Answers what a task waits for; work goes on. */
export async function taskProvideInput(
  uow: UnitOfWork,
  input: TaskCommandInput & { readonly answer: string },
): Promise<Task> {
  const { release, task } = await lockTask(uow, input);
  const data = { question: task.stateReason, answer: required(input.answer, 'answer') };
  return await move(uow, release, task, { command: 'taskProvideInput', type: 'task.input-provided', data });
}

/** Records that a task is done. What waited for it becomes ready. */
export async function taskComplete(
  uow: UnitOfWork,
  input: TaskCommandInput & { readonly evidence?: string | null },
): Promise<Task> {
  const { release, task } = await lockTask(uow, input);
  const evidence = optional(input.evidence, 'evidence');
  if (evidence !== null) task.evidence = evidence;
  task.actualEnd = uow.now;
  return await move(uow, release, task, {
    command: 'taskComplete',
    type: 'task.completed',
    reason: optional(input.reason, 'reason'),
    data: { evidence: task.evidence ?? null },
  });
}

/** Records that a task was tried and failed. */
export async function taskFail(uow: UnitOfWork, input: TaskCommandInput & { readonly reason: string }): Promise<Task> {
  const { release, task } = await lockTask(uow, input);
  task.actualEnd = uow.now;
  return await move(uow, release, task, {
    command: 'taskFail',
    type: 'task.failed',
    reason: required(input.reason, 'reason'),
  });
}

/** Makes a failed task ready again. */
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
 * Waives what makes a mandatory task binding: by the reason that comes with the command, which is kept as a waiver that is used up at
 * once, or by a waiver granted before.
 * @returns the reason, or null when there is no waiver.
 */
export async function waiveMandatory(
  uow: UnitOfWork,
  release: Release,
  task: Task,
  given: string | null | undefined,
): Promise<string | null> {
  const reason = optional(given, 'waiverReason');
  if (reason === null || !task.mandatory) return (await factsOf(uow, task)).waiverReason;
  recordWaiver(uow, release, {
    code: 'WAIVER_REQUIRED',
    reason,
    expiresAt: uow.now,
    subject: { type: TYPE, id: task.id },
  });
  return reason;
}

/** Leaves a task out. A mandatory one only with a waiver. */
export async function taskSkip(
  uow: UnitOfWork,
  input: TaskCommandInput & { readonly reason: string; readonly waiverReason?: string | null },
): Promise<Task> {
  const { release, task } = await lockTask(uow, input);
  const waiverReason = await waiveMandatory(uow, release, task, input.waiverReason);
  task.actualEnd = uow.now;
  return await move(uow, release, task, {
    command: 'taskSkip',
    type: 'task.skipped',
    reason: required(input.reason, 'reason'),
    data: { waiverReason },
    brings: { waiverReason },
  });
}

function refuse(blockers: readonly Blocker[]): void {
  if (blockers.length > 0) throw new Refusal(blockers);
}

const isOver = (task: Task): Blocker | undefined =>
  taskIsDone(task.state)
    ? blocker('ILLEGAL_TRANSITION', `The task is ${task.state}; nobody works on it any more.`, [])
    : undefined;

/** Who is to do a task. */
export interface TaskAssignInput extends TaskCommandInput {
  /** The person; null takes the task from whoever has it. */
  readonly personId?: string | null;
  /** The role; null leaves only the person. */
  readonly role?: Role | null;
}

/** Assigns a task to a person, or to a role whose holders may claim it. Who has a task may hand it over; the release manager always. */
export async function taskAssign(uow: UnitOfWork, input: TaskAssignInput): Promise<Task> {
  const { release, task } = await lockTask(uow, input);
  refuse(collectBlockers([isOver(task), actorMayWorkOnTask(await factsOf(uow, task))]));
  if (input.personId === undefined && input.role === undefined)
    throw new RequestError('BAD_USER_INPUT', 'Give "personId", "role" or both.', { field: 'personId' });
  const before = task.assigneeId;
  if (input.personId !== undefined)
    task.assigneeId = input.personId === null ? null : (await activePerson(uow, input.personId, 'personId')).id;
  // A task given to a role alone waits for whoever claims it.
  else if (input.role != null) task.assigneeId = null;
  if (input.role !== undefined) task.assigneeRole = input.role;
  uow.record({
    type: 'task.assigned',
    subjectType: TYPE,
    subject: task,
    topics: [release.id, before, task.assigneeId],
    reason: input.reason,
    data: { role: task.assigneeRole ?? null, release: release.number },
  });
  return task;
}

/** Takes a task that nobody has and that is meant for a role the actor holds. Claiming it again changes nothing. */
export async function taskClaim(uow: UnitOfWork, input: TaskCommandInput): Promise<Task> {
  const { release, task } = await lockTask(uow, input);
  refuse(
    collectBlockers([
      isOver(task),
      task.assigneeId != null && task.assigneeId !== uow.actorId
        ? takenBlocker()
        : actorMayWorkOnTask(await factsOf(uow, task)),
    ]),
  );
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

const takenBlocker = () =>
  blocker('TASK_NOT_ASSIGNED', 'Somebody else has this task. Have it handed over to you.', [
    'RELEASE_MANAGER',
    'TASK_ASSIGNEE',
  ]);

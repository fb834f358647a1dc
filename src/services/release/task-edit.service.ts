import { epochMs } from '../../database/expressions.js';
import { sql } from 'kysely';
import { v7 } from 'uuid';
import { blocker, collectBlockers, type Blocker } from '../../domain/blocker.js';
import { notFound, Refusal, RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import {
  planIsClosed,
  taskHasStarted,
  taskIsUnstarted,
  taskPlaceProblems,
  type PlanTask,
} from '../../domain/release/release-plan.js';
import type { ReleaseState } from '../../domain/release/release.state.js';
import type { Role } from '../../domain/roles.js';
import { taskIsDone } from '../../domain/release/task-graph.js';
import { mandatoryTaskHasWaiver, type TaskKind, type TaskState } from '../../domain/release/task.machine.js';
import { Release } from '../../entities/release/release.entity.js';
import { Phase, Task, TaskDependency } from '../../entities/release/task.entity.js';
import { lock } from '../load.js';
import { closeGaps, recordPlanner, refreshReadiness } from './release-plan.service.js';
import { removeTasks } from './release-skips.service.js';
import { MAX_PLAN_TASKS } from './release-template.service.js';
import { activePerson } from './release.service.js';
import { taskFacts } from '../../facts/release/task.facts.js';
import { lockTask, waiveMandatory, type TaskCommandInput } from './task.service.js';
import { name, text } from '../text.js';
import { touch } from '../touch.js';
import type { UnitOfWork } from '../unit-of-work.js';

const TYPE = 'Task' as const;

/** Refuses when anything stands in the way. @throws Refusal with all of it */
export function refuse(blockers: readonly Blocker[]): void {
  if (blockers.length > 0) throw new Refusal(blockers);
}

interface PlanRow {
  readonly id: string;
  readonly name: string;
  readonly state: TaskState;
  readonly phase_state: ReleaseState;
  readonly after: string[];
  readonly starts: number | null;
  readonly ends: number | null;
}

// What is done holds nobody up any more, whatever its dates were.
async function planTasks(uow: UnitOfWork, releaseId: string): Promise<PlanTask[]> {
  const rows = await uow.query<PlanRow>(sql`
    select t.id, t.name, t.state, f.release_state as phase_state, array(select d.predecessor_id from task_dependency d where d.task_id = t.id) as after,
      ${epochMs('t.planned_start')} as starts, ${epochMs('t.planned_end')} as ends
    from task t join phase f on f.id = t.phase_id where t.release_id = ${releaseId} order by f.position, t.position, t.id`);
  const date = (row: PlanRow, value: number | null) =>
    value === null || taskIsDone(row.state) ? null : new Date(value);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    after: row.after,
    phaseState: row.phase_state,
    plannedStart: date(row, row.starts),
    plannedEnd: date(row, row.ends),
  }));
}

/** Checks the place of a task that has been changed already: the refusal rolls the change back. @throws Refusal PLAN_INVALID */
async function checkPlace(uow: UnitOfWork, release: Release, taskId: string): Promise<void> {
  refuse(taskPlaceProblems(await planTasks(uow, release.id), taskId));
}

// After every edit of a plan: who planned, what is ready now.
async function edited(
  uow: UnitOfWork,
  release: Release,
  task: Task,
  type: string,
  data: Record<string, unknown>,
  reason?: string | null,
): Promise<void> {
  await recordPlanner(uow, release.id);
  uow.record({
    type,
    subjectType: TYPE,
    subject: task,
    topics: [release.id, task.assigneeId],
    reason,
    data: { ...data, release: release.number },
  });
  await refreshReadiness(uow, release);
}

/** Makes room for a task in a phase, and tells its place there, from 0. The versions of the others stay: nothing was decided about them. */
async function makeRoom(
  uow: UnitOfWork,
  phaseId: string,
  taskId: string,
  wanted: number | null | undefined,
): Promise<number> {
  const others = await uow.query<{ id: string }>(
    sql`select id from task where phase_id = ${phaseId} and id <> ${taskId} order by position, id`,
  );
  const at = Math.min(Math.max(wanted ?? others.length, 0), others.length);
  const places = others.map((_, index) => (index < at ? index : index + 1));
  await uow.query(sql`
    update task t set position = o.place from unnest(${others.map(({ id }) => id)}::uuid[], ${places}::int[]) as o(id, place) where t.id = o.id and t.position <> o.place`);
  return at;
}

/** A task to be added to a plan. */
export interface TaskAddInput {
  readonly phaseId: string;
  readonly name: string;
  readonly description?: string | null;
  readonly kind?: TaskKind | null;
  readonly mandatory?: boolean | null;
  readonly role?: Role | null;
  readonly assigneeId?: string | null;
  readonly plannedStart?: string | null;
  readonly plannedEnd?: string | null;
  readonly predecessorIds?: readonly string[] | null;
  readonly position?: number | null;
}

const date = (value: string | null | undefined): Date | null => (value == null ? null : new Date(value));

/** Locks a phase and, before it, its release. @throws RequestError NOT_FOUND */
export async function lockPhase(
  uow: UnitOfWork,
  nodeId: string,
  field: string,
): Promise<{ release: Release; phase: Phase }> {
  const id = fromNodeId('Phase', nodeId, field);
  const [known] = await uow.query<{ release_id: string }>(sql`select release_id from phase where id = ${id}`);
  if (!known) throw notFound('Phase', field);
  const release = await lock(uow, Release, 'Release', known.release_id);
  return { release, phase: await lock(uow, Phase, 'Phase', id) };
}

async function predecessorsOf(uow: UnitOfWork, release: Release, nodeIds: readonly string[]): Promise<string[]> {
  const ids = [...new Set(nodeIds.map((id) => fromNodeId(TYPE, id, 'predecessorIds')))];
  const known = await uow.query<{ id: string }>(
    sql`select id from task where release_id = ${release.id} and id = any(${ids}::uuid[])`,
  );
  if (known.length !== ids.length)
    throw new RequestError('NOT_FOUND', `Not every predecessor is a task of release ${release.number}.`, {
      field: 'predecessorIds',
    });
  return ids;
}

/** Adds a task to a phase of a plan, also while the release is under way. @throws Refusal PLAN_INVALID for an order or dates that contradict the plan */
export async function taskAdd(uow: UnitOfWork, input: TaskAddInput): Promise<Task> {
  const { release, phase } = await lockPhase(uow, input.phaseId, 'phaseId');
  refuse(collectBlockers([planIsClosed(release.state)]));
  const [count] = await uow.query<{ n: number }>(
    sql`select count(*)::int as n from task where release_id = ${release.id}`,
  );
  if ((count?.n ?? 0) >= MAX_PLAN_TASKS)
    throw new RequestError('LIMIT_EXCEEDED', `A plan has at most ${MAX_PLAN_TASKS} tasks.`, {
      field: 'phaseId',
      max: MAX_PLAN_TASKS,
    });
  const id = v7();
  const predecessors = await predecessorsOf(uow, release, input.predecessorIds ?? []);
  const task = uow.em.create(Task, {
    id,
    releaseId: release.id,
    phaseId: phase.id,
    position: await makeRoom(uow, phase.id, id, input.position),
    name: name(input.name),
    description: text(input.description ?? '', 'description'),
    kind: input.kind ?? 'MANUAL',
    mandatory: input.mandatory ?? false,
    assigneeRole: input.role ?? null,
    assigneeId: input.assigneeId == null ? null : (await activePerson(uow, input.assigneeId, 'assigneeId')).id,
    plannedStart: date(input.plannedStart),
    plannedEnd: date(input.plannedEnd),
  });
  for (const predecessorId of predecessors) uow.em.create(TaskDependency, { taskId: task.id, predecessorId });
  await checkPlace(uow, release, task.id);
  await edited(uow, release, task, 'task.added', { phase: phase.name, predecessors: predecessors.length });
  return task;
}

/** Details of a task that can be edited. */
export interface TaskUpdateInput {
  readonly id: string;
  readonly expectedVersion: number;
  readonly name?: string | null;
  readonly description?: string | null;
  readonly kind?: TaskKind | null;
  readonly mandatory?: boolean | null;
  readonly waiverReason?: string | null;
  readonly plannedStart?: string | null;
  readonly plannedEnd?: string | null;
}

/**
 * Edits the given details of a task. What kind it is and whether it is mandatory is fixed once it has been started.
 * @throws Refusal PLAN_INVALID for dates that contradict the order, WAIVER_REQUIRED for making a mandatory task optional
 */
export async function taskUpdate(uow: UnitOfWork, input: TaskUpdateInput): Promise<Task> {
  const { release, task } = await lockTask(uow, input);
  const reshapes =
    (input.kind != null && input.kind !== task.kind) || (input.mandatory != null && input.mandatory !== task.mandatory);
  const frees = task.mandatory && input.mandatory === false;
  const over = taskIsDone(task.state)
    ? blocker('ILLEGAL_TRANSITION', `The task is ${task.state} and can no longer be edited.`, [])
    : undefined;
  refuse(
    collectBlockers([
      planIsClosed(release.state),
      over ??
        (reshapes && !taskIsUnstarted(task.state)
          ? blocker(
              'ILLEGAL_TRANSITION',
              'The kind of a task that has been started, and whether it is mandatory, are fixed.',
              [],
            )
          : undefined),
      frees ? await waiverProblem(uow, release, task, input.waiverReason) : undefined,
    ]),
  );
  if (input.name != null) task.name = name(input.name);
  if (input.description != null) task.description = text(input.description, 'description');
  if (input.kind != null) task.kind = input.kind;
  if (input.mandatory != null) task.mandatory = input.mandatory;
  if (input.plannedStart !== undefined) task.plannedStart = date(input.plannedStart);
  if (input.plannedEnd !== undefined) task.plannedEnd = date(input.plannedEnd);
  if (input.plannedStart !== undefined || input.plannedEnd !== undefined) await checkPlace(uow, release, task.id);
  const fields = (['name', 'description', 'kind', 'mandatory', 'plannedStart', 'plannedEnd'] as const).filter(
    (field) => input[field] !== undefined,
  );
  await edited(uow, release, task, 'task.updated', { fields });
  return task;
}

async function waiverProblem(
  uow: UnitOfWork,
  release: Release,
  task: Task,
  given: string | null | undefined,
): Promise<Blocker | Blocker[] | undefined> {
  const facts = (await taskFacts(uow, uow.actor, [task.id], uow.now)).get(task.id);
  return facts && mandatoryTaskHasWaiver({ ...facts, waiverReason: await waiveMandatory(uow, release, task, given) });
}

/** Takes tasks out of a plan; what came after one of them comes after its predecessors. @throws Refusal for tasks that were started, or are mandatory and not waived */
export async function takeOut(
  uow: UnitOfWork,
  release: Release,
  tasks: readonly Task[],
  input: { readonly waiverReason?: string | null; readonly reason?: string | null },
): Promise<void> {
  const blockers: (Blocker | Blocker[] | undefined)[] = [planIsClosed(release.state)];
  for (const task of tasks)
    blockers.push(taskHasStarted(task) ?? (await waiverProblem(uow, release, task, input.waiverReason)));
  refuse(collectBlockers(blockers));
  await recordPlanner(uow, release.id);
  await removeTasks(uow, release, tasks);
  await closeGaps(uow, release.id);
  for (const task of tasks) {
    uow.record({
      type: 'task.removed',
      subjectType: TYPE,
      subject: task,
      topics: [release.id, task.assigneeId],
      reason: input.reason,
      data: { mandatory: task.mandatory, release: release.number },
    });
  }
  await refreshReadiness(uow, release);
}

/** Takes a task out of a plan. @returns its release. */
export async function taskRemove(
  uow: UnitOfWork,
  input: TaskCommandInput & { readonly waiverReason?: string | null },
): Promise<Release> {
  const { release, task } = await lockTask(uow, input);
  await takeOut(uow, release, [task], input);
  return release;
}

/** Moves a task that has not been started to another place, in its phase or in another one of the same release. */
export async function taskMove(
  uow: UnitOfWork,
  input: {
    readonly id: string;
    readonly expectedVersion: number;
    readonly phaseId?: string | null;
    readonly position?: number | null;
  },
): Promise<Task> {
  const { release, task } = await lockTask(uow, input);
  refuse(collectBlockers([planIsClosed(release.state), taskHasStarted(task)]));
  const phaseId = input.phaseId == null ? task.phaseId : fromNodeId('Phase', input.phaseId, 'phaseId');
  if (!(await uow.em.findOne(Phase, { id: phaseId, releaseId: release.id })))
    throw new RequestError('NOT_FOUND', `Release ${release.number} has no such phase.`, { field: 'phaseId' });
  const position = await makeRoom(uow, phaseId, task.id, input.position);
  Object.assign(task, { phaseId, position });
  touch(task);
  await closeGaps(uow, release.id);
  await checkPlace(uow, release, task.id);
  await edited(uow, release, task, 'task.moved', { position: task.position });
  return task;
}

/** Says after which tasks a task comes. @throws Refusal PLAN_INVALID, with the circle of tasks when there would be one */
export async function taskSetPredecessors(
  uow: UnitOfWork,
  input: { readonly id: string; readonly expectedVersion: number; readonly predecessorIds: readonly string[] },
): Promise<Task> {
  const { release, task } = await lockTask(uow, input);
  refuse(collectBlockers([planIsClosed(release.state), taskHasStarted(task)]));
  const wanted = await predecessorsOf(uow, release, input.predecessorIds);
  await uow.query(sql`delete from task_dependency where task_id = ${task.id}`);
  for (const predecessorId of wanted) uow.em.create(TaskDependency, { taskId: task.id, predecessorId });
  touch(task);
  await checkPlace(uow, release, task.id);
  await edited(uow, release, task, 'task.reordered', { predecessors: wanted.length });
  return task;
}

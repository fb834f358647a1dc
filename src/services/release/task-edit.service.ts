import { sql } from 'kysely';
import { newId } from '../../database/new-id.js';
import type { Blocker } from '../../domain/blocker.js';
import { notFound, refuse, RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { phaseBlockers } from '../../domain/release/phase.guards.js';
import { taskPlaceProblems, type PlanTask } from '../../domain/release/release-plan.js';
import type { Role } from '../../domain/roles.js';
import { pastTimes } from '../../domain/schedule/past.js';
import { taskMachine, type TaskKind } from '../../domain/release/task.machine.js';
import { Release } from '../../entities/release/release.entity.js';
import { Task } from '../../entities/release/task.entity.js';
import { TaskDependency } from '../../entities/release/task-dependency.entity.js';
import { lock } from '../load.js';
import { recordAuthor } from '../contribution.service.js';
import { closeGaps, moves, planFactsOf, refreshReadiness } from './release-plan.service.js';
import { MAX_PLAN_TASKS } from './release-template.service.js';
import { activeWorker } from './release.service.js';
import { placeProblems, planTasks } from './task-place.service.js';
import { expectLinkableKind, wantedLink } from './task-distribution.service.js';
import { factsOfTask, lockTask } from './task.service.js';
import { name, text } from '../text.js';
import { touch } from '../touch.js';
import { demand } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { Phase } from '../../entities/release/phase.entity.js';

const TYPE = 'Task' as const;

interface PlannedDates {
  readonly plannedStart: Date | null | undefined;
  readonly plannedEnd: Date | null | undefined;
}

// Dates that are set lie ahead; those of a task that stay may be past by now.
const pastDates = (uow: UnitOfWork, given: Partial<PlannedDates>, was?: Partial<PlannedDates>): Blocker[] =>
  pastTimes(
    { field: 'plannedStart', given: given.plannedStart, was: was?.plannedStart },
    { field: 'plannedEnd', given: given.plannedEnd, was: was?.plannedEnd },
    uow.now,
    ['RELEASE_MANAGER'],
  );

// After every edit of a plan that changed it: records the planner and the event, and brings readiness up to date.
async function edited(
  uow: UnitOfWork,
  release: Release,
  task: Task,
  type: string,
  data: Record<string, unknown>,
  reason?: string | null,
): Promise<void> {
  await recordAuthor(uow, 'Release', release.id);
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

/**
 * Makes room for a task in a phase and returns its position there, from 0. The other tasks keep their versions, because
 * no command changed them.
 */
async function makeRoom(
  uow: UnitOfWork,
  phaseId: string,
  taskId: string,
  wanted: number | null | undefined,
): Promise<number> {
  const others = await uow.query<{ id: string; position: number }>(
    sql`select id, position from task where phase_id = ${phaseId} and id <> ${taskId} order by position, id`,
  );
  const at = Math.min(Math.max(wanted ?? others.length, 0), others.length);
  const places = others.map((_, index) => (index < at ? index : index + 1));
  await uow.query(sql`
    update task t set position = o.place
    from unnest(${others.map(({ id }) => id)}::uuid[], ${places}::int[]) as o(id, place)
    where t.id = o.id and t.position <> o.place`);
  const moved = others.map(({ id, position }, index) => ({ id, from: position, to: places[index] as number }));
  uow.wrote(Task, moves(moved.filter(({ from, to }) => from !== to)));
  return at;
}

/** Input of `taskAdd`. */
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
  readonly distributionId?: string | null;
}

const date = (value: string | null | undefined): Date | null => (value == null ? null : new Date(value));

/** Locks the release of a phase and then the phase. @throws RequestError NOT_FOUND */
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
    throw new RequestError('NOT_FOUND', `A predecessor is not a task of release ${release.number}.`, {
      field: 'predecessorIds',
    });
  return ids;
}

/**
 * Adds a task to a phase of a plan, also after the release has started.
 * @throws Refusal PLAN_INVALID for an order or dates that contradict the plan, SCHEDULE_PAST; RequestError
 *   LIMIT_EXCEEDED
 */
export async function taskAdd(uow: UnitOfWork, input: TaskAddInput): Promise<Task> {
  const { release, phase } = await lockPhase(uow, input.phaseId, 'phaseId');
  const link = await wantedLink(uow, release, input.distributionId);
  expectLinkableKind(input.kind ?? 'MANUAL', link?.id);
  const tasks = await planTasks(uow, release.id);
  const added: PlanTask = {
    id: newId(),
    name: name(input.name),
    after: await predecessorsOf(uow, release, input.predecessorIds ?? []),
    phaseState: phase.releaseState,
    distributionId: link?.id ?? null,
    plannedStart: date(input.plannedStart),
    plannedEnd: date(input.plannedEnd),
  };
  const problems = [
    ...(link?.problems ?? []),
    ...taskPlaceProblems([...tasks, added], added.id),
    ...pastDates(uow, added),
  ];
  refuse(phaseBlockers('taskAdd', { ...planFactsOf(uow, release), placeProblems: problems }));
  if (tasks.length >= MAX_PLAN_TASKS)
    throw new RequestError('LIMIT_EXCEEDED', `A plan has at most ${MAX_PLAN_TASKS} tasks.`, {
      field: 'phaseId',
      max: MAX_PLAN_TASKS,
    });
  const task = uow.em.create(Task, {
    id: added.id,
    releaseId: release.id,
    phaseId: phase.id,
    position: await makeRoom(uow, phase.id, added.id, input.position),
    name: added.name,
    description: text(input.description ?? '', 'description'),
    kind: input.kind ?? 'MANUAL',
    mandatory: input.mandatory ?? false,
    assigneeRole: input.role ?? null,
    assigneeId: input.assigneeId == null ? null : (await activeWorker(uow, input.assigneeId, 'assigneeId')).id,
    plannedStart: added.plannedStart,
    plannedEnd: added.plannedEnd,
    distributionId: link?.id ?? null,
  });
  for (const predecessorId of added.after) uow.em.create(TaskDependency, { taskId: task.id, predecessorId });
  await edited(uow, release, task, 'task.added', { phase: phase.name, predecessors: added.after.length });
  return task;
}

/** Input of `taskUpdate`: the fields that are present are changed. */
export interface TaskUpdateInput {
  readonly id: string;
  readonly expectedVersion: number;
  readonly name?: string | null;
  readonly description?: string | null;
  readonly kind?: TaskKind | null;
  readonly mandatory?: boolean | null;
  readonly plannedStart?: string | null;
  readonly plannedEnd?: string | null;
  readonly distributionId?: string | null;
}

/**
 * Edits the given fields of a task. The kind of a task, and whether it is mandatory, are fixed once it was started.
 * @throws Refusal PLAN_INVALID for dates that contradict the order, SCHEDULE_PAST, WAIVER_REQUIRED to make a
 *   mandatory task optional or another task
 */
export async function taskUpdate(uow: UnitOfWork, input: TaskUpdateInput): Promise<Task> {
  const { release, task } = await lockTask(uow, input);
  const given = { ...input, ...(input.name != null && { name: name(input.name) }) };
  const link = await wantedLink(uow, release, input.distributionId);
  const linked = input.distributionId === undefined ? (task.distributionId ?? null) : (link?.id ?? null);
  const relinks = linked !== (task.distributionId ?? null);
  expectLinkableKind(input.kind ?? task.kind, linked);
  const changes = [
    ...(['kind', 'mandatory', 'name'] as const).filter((key) => given[key] != null && given[key] !== task[key]),
    ...(relinks ? (['distributionId'] as const) : []),
  ];
  const dates = {
    ...(input.plannedStart !== undefined && { plannedStart: date(input.plannedStart) }),
    ...(input.plannedEnd !== undefined && { plannedEnd: date(input.plannedEnd) }),
  };
  demand(taskMachine, task, 'taskUpdate', {
    ...(await factsOfTask(uow, task)),
    changes,
    ...((relinks || Object.keys(dates).length > 0) && {
      placeProblems: [
        ...((relinks && link?.problems) || []),
        ...(await placeProblems(uow, release, task, { ...dates, distributionId: linked })),
        ...pastDates(uow, dates, task),
      ],
    }),
  });
  if (given.name != null) task.name = given.name;
  if (input.description != null) task.description = text(input.description, 'description');
  if (input.kind != null) task.kind = input.kind;
  if (input.mandatory != null) task.mandatory = input.mandatory;
  Object.assign(task, { ...dates, ...(relinks && { distributionId: linked }) });
  if (uow.isChanged(task)) await edited(uow, release, task, 'task.updated', {});
  return task;
}

/**
 * Moves a task that has not been started to another position, in its phase or in another phase of its release.
 * @throws Refusal PLAN_INVALID for a phase that contradicts the order; RequestError NOT_FOUND for a phase elsewhere
 */
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
  const phaseId = input.phaseId == null ? task.phaseId : fromNodeId('Phase', input.phaseId, 'phaseId');
  const phases = await uow.em.find(Phase, { id: { $in: [task.phaseId, phaseId] }, releaseId: release.id });
  const [from, phase] = [task.phaseId, phaseId].map((id) => phases.find((found) => found.id === id));
  if (!from || !phase)
    throw new RequestError('NOT_FOUND', `Release ${release.number} has no such phase.`, { field: 'phaseId' });
  demand(taskMachine, task, 'taskMove', {
    ...(await factsOfTask(uow, task)),
    move: { from: from.releaseState, to: phase.releaseState },
    placeProblems: await placeProblems(uow, release, task, { phaseState: phase.releaseState }),
  });
  const { phaseId: phaseBefore, position: positionBefore } = task;
  const position = await makeRoom(uow, phaseId, task.id, input.position);
  if (phaseId === phaseBefore && position === positionBefore) return task;
  Object.assign(task, { phaseId, position });
  touch(task);
  await closeGaps(uow, release.id);
  await edited(uow, release, task, 'task.moved', { position: task.position });
  return task;
}

/**
 * Replaces the predecessors of a task.
 * @throws Refusal PLAN_INVALID for an order that contradicts the plan; names the cycle when there would be one
 */
export async function taskSetPredecessors(
  uow: UnitOfWork,
  input: { readonly id: string; readonly expectedVersion: number; readonly predecessorIds: readonly string[] },
): Promise<Task> {
  const { release, task } = await lockTask(uow, input);
  const wanted = await predecessorsOf(uow, release, input.predecessorIds);
  demand(taskMachine, task, 'taskSetPredecessors', {
    ...(await factsOfTask(uow, task)),
    placeProblems: await placeProblems(uow, release, task, { after: wanted }),
  });
  const before = await uow.em.find(TaskDependency, { taskId: task.id });
  const left = before.filter(({ predecessorId }) => !wanted.includes(predecessorId));
  const came = wanted.filter((id) => !before.some(({ predecessorId }) => predecessorId === id));
  if (left.length + came.length === 0) return task;
  for (const link of left) uow.em.remove(link);
  for (const predecessorId of came) uow.em.create(TaskDependency, { taskId: task.id, predecessorId });
  touch(task);
  await edited(uow, release, task, 'task.reordered', { predecessors: wanted.length });
  return task;
}

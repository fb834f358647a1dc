import { sql } from 'kysely';
import { newId } from '../../database/new-id.js';
import { phaseRange } from '../../domain/release/phase.guards.js';
import { phaseHasBegun } from '../../domain/release/release-plan.js';
import type { PlanFacts } from '../../domain/release/plan.guards.js';
import type { ReleasePeopleFacts } from '../../domain/release/release-scope.js';
import type { ReleaseState } from '../../domain/release/release.state.js';
import { readinessCommands } from '../../domain/release/task-graph.js';
import type { TaskFacts } from '../../domain/release/task.guards.js';
import { taskMachine, type TaskState } from '../../domain/release/task.machine.js';
import type { TemplatePlan } from '../../domain/release/template.js';
import { ReleaseTemplateVersion } from '../../entities/release/release-template-version.entity.js';
import type { Release } from '../../entities/release/release.entity.js';
import { Task } from '../../entities/release/task.entity.js';
import { TaskDependency } from '../../entities/release/task-dependency.entity.js';
import { lockMany } from '../load.js';
import { transition } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { Phase } from '../../entities/release/phase.entity.js';
import type { PlannedPhase } from '../../domain/release/template-copies.js';

/** What the rules of a plan know of its release and of the person who edits it. */
export const planFactsOf = (
  uow: UnitOfWork,
  release: Release,
): Pick<PlanFacts, keyof ReleasePeopleFacts | 'releaseState'> => ({
  actorId: uow.actorId,
  actorRoles: uow.actor.roles,
  release: { id: release.id, name: release.number, ownerId: release.ownerId, managerId: release.managerId },
  releaseState: release.state,
});

/** The plan of the template version that a release was created from; undefined without a template. */
export async function templatePlanOf(uow: UnitOfWork, release: Release): Promise<TemplatePlan | undefined> {
  if (release.templateVersionId == null) return undefined;
  return (await uow.em.findOneOrFail(ReleaseTemplateVersion, { id: release.templateVersionId })).plan;
}

/** A phase of a plan, with its stored position. */
export interface PhasePosition {
  readonly id: string;
  readonly releaseState: ReleaseState;
  readonly position: number;
}

/** The phases of a release in the order of its plan. */
export async function phasesOf(uow: UnitOfWork, releaseId: string): Promise<PhasePosition[]> {
  return await uow.query<PhasePosition>(sql`
    select id, release_state as "releaseState", position from phase
    where release_id = ${releaseId}
    order by position, id`);
}

/**
 * Shifts the phases from an index on, so that a new phase can stand there.
 * @param phases the phases of the release, in order.
 * @param index where the new phase goes among them, from 0.
 * @returns the position to store for the new phase.
 */
export async function makeRoomForPhase(
  uow: UnitOfWork,
  releaseId: string,
  phases: readonly PhasePosition[],
  index: number,
): Promise<number> {
  const at = phases[index]?.position ?? (phases.at(-1)?.position ?? -1) + 1;
  const moved = await uow.query<Move>(sql`
    update phase set position = position + 1
    where release_id = ${releaseId} and position >= ${at}
    returning id, position - 1 as "from", position as "to"`);
  uow.wrote(Phase, moves(moved));
  return at;
}

/** A row that got another position. */
export interface Move {
  readonly id: string;
  readonly from: number;
  readonly to: number;
}

/** Moves as rows that SQL wrote. */
export const moves = (moved: readonly Move[]) =>
  moved.map(({ id, from, to }) => ({ id, before: { position: from }, after: { position: to } }));

/** Numbers the phases of a release, and the tasks in each phase, 0, 1, 2 … again after a removal. */
export async function closeGaps(uow: UnitOfWork, releaseId: string): Promise<void> {
  const phases = await uow.query<Move>(sql`
    update phase f set position = o.place
    from (
      select id, position as was, row_number() over (order by position, id) - 1 as place
      from phase where release_id = ${releaseId}
    ) o
    where f.id = o.id and f.position <> o.place
    returning f.id, o.was as "from", f.position as "to"`);
  uow.wrote(Phase, moves(phases));
  const tasks = await uow.query<Move>(sql`
    update task t set position = o.place
    from (
      select id, position as was, row_number() over (partition by phase_id order by position, id) - 1 as place
      from task where release_id = ${releaseId}
    ) o
    where t.id = o.id and t.position <> o.place
    returning t.id, o.was as "from", t.position as "to"`);
  uow.wrote(Task, moves(tasks));
}

async function addPhase(uow: UnitOfWork, release: Release, phase: PlannedPhase): Promise<string> {
  const others = await phasesOf(uow, release.id);
  const { last } = phaseRange(
    others.map(({ releaseState }) => releaseState),
    phase.releaseState,
  );
  const position = await makeRoomForPhase(uow, release.id, others, last);
  const { id } = uow.em.create(Phase, {
    id: newId(),
    releaseId: release.id,
    name: phase.name,
    releaseState: phase.releaseState,
    position,
    templateKey: phase.key,
  });
  return id;
}

/**
 * Adds phases with their tasks to the plan of a release, each after the phases of the same and earlier states.
 * @param known ids of the tasks that are already in the plan, by their keys in the template.
 * @param homes ids of phases that are already in the plan and take the tasks, by the keys of the phases.
 */
export async function writePhases(
  uow: UnitOfWork,
  release: Release,
  phases: readonly PlannedPhase[],
  known: ReadonlyMap<string, string> = new Map(),
  homes: ReadonlyMap<string, string> = new Map(),
): Promise<void> {
  const ids = new Map(known);
  for (const phase of phases) for (const task of phase.tasks) ids.set(task.key, newId());
  for (const phase of phases) {
    const home = homes.get(phase.key);
    const phaseId = home ?? (await addPhase(uow, release, phase));
    const place = home === undefined ? 0 : await uow.em.count(Task, { phaseId });
    phase.tasks.forEach((task, index) => {
      uow.em.create(Task, {
        id: ids.get(task.key) as string,
        releaseId: release.id,
        phaseId,
        position: place + index,
        templateKey: task.key,
        name: task.name,
        description: task.description,
        kind: task.kind,
        mandatory: task.mandatory,
        assigneeRole: task.role,
        plannedStart: task.plannedStart,
        plannedEnd: task.plannedEnd,
      });
    });
    await uow.em.flush();
  }
  for (const phase of phases) {
    for (const task of phase.tasks) {
      for (const key of task.after) {
        const predecessorId = ids.get(key);
        if (predecessorId !== undefined)
          uow.em.create(TaskDependency, { taskId: ids.get(task.key) as string, predecessorId });
      }
    }
  }
  await uow.em.flush();
}

/** A task that is not done, with what its readiness depends on. */
interface OpenTaskRow {
  readonly id: string;
  readonly name: string;
  readonly state: TaskState;
  readonly phase_state: ReleaseState;
  readonly after: string[];
}

// The server computes these states, so rules about the actor do not matter.
const computed = (
  releaseState: ReleaseState,
  begun: boolean,
  openPredecessors: TaskFacts['openPredecessors'],
): TaskFacts => ({
  actorId: '',
  actorRoles: [],
  release: { id: '', name: '', ownerId: '', managerId: '' },
  releaseState,
  onHold: null,
  phaseHasBegun: begun,
  openPredecessors,
  assigneeId: null,
  role: null,
  kind: 'MANUAL',
  mandatory: false,
  waivers: [],
  ownerId: '',
  plannerIds: [],
  contributorIds: [],
  hasEvidence: false,
});

async function openTasks(uow: UnitOfWork, releaseId: string): Promise<OpenTaskRow[]> {
  return await uow.query<OpenTaskRow>(sql`
    select t.id, t.name, t.state, f.release_state as phase_state,
      array(select d.predecessor_id from task_dependency d where d.task_id = t.id) as after
    from task t join phase f on f.id = t.phase_id
    where t.release_id = ${releaseId} and t.state not in ('COMPLETED', 'SKIPPED', 'CANCELLED')
    order by t.id`);
}

/**
 * Brings the computed task states of a release up to date: READY without open predecessors, otherwise BLOCKED. Call it
 * after a task ended, the release changed its state, or the plan was edited. The caller has locked the release.
 */
export async function refreshReadiness(uow: UnitOfWork, release: Release): Promise<void> {
  const rows = await openTasks(uow, release.id);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const progress = rows.map((row) => ({ ...row, phaseHasBegun: phaseHasBegun(release.state, row.phase_state) }));
  // When a release goes back to an earlier state, tasks of later phases are no longer ready.
  const early = progress
    .filter((task) => !task.phaseHasBegun && task.state === 'READY')
    .map(({ id }) => ({ id, command: 'taskBlock' as const }));
  const wanted = new Map([...readinessCommands(progress), ...early].map(({ id, command }) => [id, command]));
  for (const task of await lockMany(uow, Task, 'Task', [...wanted.keys()])) {
    const row = byId.get(task.id) as OpenTaskRow;
    const command = wanted.get(task.id) as 'taskReady' | 'taskBlock';
    const open = row.after.map((id) => byId.get(id)).filter((other) => other !== undefined);
    transition(
      uow,
      taskMachine,
      task,
      command,
      computed(release.state, phaseHasBegun(release.state, row.phase_state), open),
      {
        type: command === 'taskReady' ? 'task.readied' : 'task.blocked',
        subjectType: 'Task',
        topics: [release.id, task.assigneeId],
        data: command === 'taskBlock' ? { waitsFor: open.map(({ name }) => name) } : {},
      },
    );
  }
}

/** Cancels the open tasks of a release that has ended. @param which limits them by the state of their phase. */
export async function cancelOpenTasks(
  uow: UnitOfWork,
  release: Release,
  reason: string,
  which: (phase: ReleaseState) => boolean = () => true,
): Promise<void> {
  const ids = (await openTasks(uow, release.id)).filter((row) => which(row.phase_state)).map(({ id }) => id);
  for (const task of await lockMany(uow, Task, 'Task', ids)) {
    task.stateReason = reason;
    task.actualEnd = uow.now;
    transition(uow, taskMachine, task, 'taskCancel', computed(release.state, true, []), {
      type: 'task.cancelled',
      subjectType: 'Task',
      topics: [release.id, task.assigneeId],
      reason,
    });
  }
}

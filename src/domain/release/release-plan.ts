import { blocker, type Blocker, type NamedRef } from '../blocker.js';
import { ENDED_RELEASE_STATES, type ReleaseState } from './release.state.js';
import { findCycle, type TaskNode } from './task-graph.js';
import { UNSTARTED_TASK_STATES, type TaskState } from './task.machine.js';
import { PHASE_STATES } from './template.js';

/** One of {@link PHASE_STATES}. */
export type PhaseState = (typeof PHASE_STATES)[number];

/** Whether tasks can belong to a state. */
export function isPhaseState(state: ReleaseState): state is PhaseState {
  return (PHASE_STATES as readonly ReleaseState[]).includes(state);
}

/** The place of a state in the order in which a release passes the states that can have tasks; -1 for a draft. */
export function phaseRank(state: ReleaseState): number {
  switch (state) {
    case 'DRAFT':
    case 'CANCELLED':
      return -1;
    case 'DEPLOYED':
    case 'PARTIALLY_DEPLOYED':
    case 'FAILED':
      return PHASE_STATES.indexOf('DISTRIBUTING');
    case 'BACKED_OUT':
      return PHASE_STATES.indexOf('BACKING_OUT');
    case 'CLOSED':
      return PHASE_STATES.indexOf('IN_REVIEW');
    default:
      return PHASE_STATES.indexOf(state);
  }
}

/** Whether a release in a state has come as far as the phases of another. A back-out is reached only by backing out. */
export function phaseHasBegun(release: ReleaseState, phase: ReleaseState): boolean {
  if (phase === 'BACKING_OUT') return release === 'BACKING_OUT' || release === 'BACKED_OUT';
  return phaseRank(phase) <= phaseRank(release);
}

/** Whether what a release leaves out still follows its kind and its targets: until its distribution begins. */
export function skipsFollowScope(state: ReleaseState): boolean {
  return state !== 'CANCELLED' && phaseRank(state) < phaseRank('DISTRIBUTING');
}

/** Whether the plan of a release in this state can still be edited. */
export function planIsOpen(state: ReleaseState): boolean {
  return !(ENDED_RELEASE_STATES as readonly ReleaseState[]).includes(state);
}

/** Whether a task in this state has not been started, so that it may be moved, changed in kind or taken out. */
export function taskIsUnstarted(state: TaskState): boolean {
  return (UNSTARTED_TASK_STATES as readonly TaskState[]).includes(state);
}

/** The refusal of an edit of a plan that can no longer be edited. */
export function planIsClosed(state: ReleaseState): Blocker | undefined {
  return planIsOpen(state)
    ? undefined
    : blocker('ILLEGAL_TRANSITION', `The plan of a release that is ${state} cannot change any more.`, []);
}

/** The refusal of an edit that only tasks allow that nobody has started. */
export function taskHasStarted(task: NamedRef & { readonly state: TaskState }): Blocker | undefined {
  return taskIsUnstarted(task.state)
    ? undefined
    : blocker(
        'ILLEGAL_TRANSITION',
        `Task "${task.name}" is ${task.state}. Only tasks that have not been started can be moved, re-ordered or taken out.`,
        [],
        {
          subject: { type: 'Task', id: task.id },
        },
      );
}

/** A task of a live plan, as the rules of its order and dates see it. */
export interface PlanTask extends TaskNode, NamedRef {
  readonly phaseState: ReleaseState;
  readonly plannedStart: Date | null;
  readonly plannedEnd: Date | null;
}

const planInvalid = (message: string, path: string[], subject?: string, via?: readonly string[]): Blocker =>
  blocker('PLAN_INVALID', message, ['RELEASE_MANAGER'], {
    path,
    ...(subject !== undefined && { subject: { type: 'Task', id: subject } }),
    ...(via !== undefined && { via: via.map((id) => ({ type: 'Task', id })) }),
  });

/**
 * Everything that is wrong with the place of one task in its plan: a circle of tasks that wait for one another (named), a
 * predecessor of a later phase, dates that contradict the order or one another. Empty when nothing is.
 * @param tasks all tasks of the plan, the one in question included as it is to be.
 */
export function taskPlaceProblems(tasks: readonly PlanTask[], taskId: string): Blocker[] {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const task = byId.get(taskId);
  if (task === undefined) return [];
  const problems: Blocker[] = [];
  const cycle = findCycle(tasks);
  if (cycle !== null) {
    const names = cycle.map((id) => `"${byId.get(id)?.name ?? id}"`);
    problems.push(
      planInvalid(
        `The tasks would wait for one another: ${names.join(' after ')}.`,
        ['predecessorIds'],
        cycle[1],
        cycle,
      ),
    );
  }
  if (task.plannedStart !== null && task.plannedEnd !== null && task.plannedEnd < task.plannedStart)
    problems.push(planInvalid(`Task "${task.name}" would end before it starts.`, ['plannedEnd']));
  for (const id of task.after) {
    const before = byId.get(id);
    if (before !== undefined && before.id !== task.id) problems.push(...orderProblems(before, task, before.id));
  }
  for (const next of tasks) {
    if (next.id !== task.id && next.after.includes(task.id)) problems.push(...orderProblems(task, next, next.id));
  }
  return problems;
}

function orderProblems(before: PlanTask, after: PlanTask, other: string): Blocker[] {
  const problems: Blocker[] = [];
  if (phaseRank(before.phaseState) > phaseRank(after.phaseState))
    problems.push(
      planInvalid(
        `Task "${before.name}" belongs to ${before.phaseState}, which comes after ${after.phaseState} of "${after.name}", so that both would wait for ever.`,
        [other === before.id ? 'predecessorIds' : 'phaseId'],
        other,
      ),
    );
  else if (before.phaseState === 'BACKING_OUT' && after.phaseState !== 'BACKING_OUT')
    problems.push(
      planInvalid(
        `Task "${before.name}" is done only in a back-out, so "${after.name}" cannot wait for it.`,
        ['predecessorIds'],
        other,
      ),
    );
  if (before.plannedEnd !== null && after.plannedStart !== null && after.plannedStart < before.plannedEnd)
    problems.push(
      planInvalid(
        `Task "${after.name}" would start before "${before.name}" ends, after which it comes.`,
        [other === before.id ? 'plannedStart' : 'plannedEnd'],
        other,
      ),
    );
  return problems;
}

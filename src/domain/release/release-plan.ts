import { blocker, collectBlockers, type Blocker, type NamedRef } from '../blocker.js';
import { releasePlanIsOpen } from './plan.guards.js';
import type { ReleaseState } from './release.state.js';
import { findCycle, type TaskNode } from './task-graph.js';
import { PHASE_STATES } from './template.js';

/** One of {@link PHASE_STATES}. */
export type PhaseState = (typeof PHASE_STATES)[number];

/** Whether tasks can belong to a state. */
export function isPhaseState(state: ReleaseState): state is PhaseState {
  return (PHASE_STATES as readonly ReleaseState[]).includes(state);
}

/** Index of a state in the order in which a release passes the states that can have tasks; -1 for a draft. */
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

/** Whether a release in one state has reached the phases of another. Phases of a back-out begin only in a back-out. */
export function phaseHasBegun(release: ReleaseState, phase: ReleaseState): boolean {
  if (phase === 'BACKING_OUT') return release === 'BACKING_OUT' || release === 'BACKED_OUT';
  return phaseRank(phase) <= phaseRank(release);
}

/** Whether the states that a release skips still follow its kind and its targets: until its distribution begins. */
export function skipsFollowScope(state: ReleaseState): boolean {
  return state !== 'CANCELLED' && phaseRank(state) < phaseRank('DISTRIBUTING');
}

/** The blocker of an edit of a plan that can no longer be edited. */
export function planIsClosed(state: ReleaseState): Blocker | undefined {
  return collectBlockers([releasePlanIsOpen({ releaseState: state })])[0];
}

/** A task of a live plan, with what the rules about order and dates need. */
export interface PlanTask extends TaskNode, NamedRef {
  readonly phaseState: ReleaseState;
  /** The distribution that it starts and ends with; null or absent for a task of its own. */
  readonly distributionId?: string | null;
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
 * Everything that is wrong with the place of one task in its plan: a cycle of tasks that wait for one another, a
 * predecessor in a later phase, dates that contradict the order or one another. Empty when the task fits.
 * @param tasks all tasks of the plan; the task in question as it would be after the command.
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
  if (cycle === null) problems.push(...distributionProblems(tasks, task));
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

// Tasks of one distribution start and end together, so what waits for one of them waits for all.
function distributionProblems(tasks: readonly PlanTask[], task: PlanTask): Blocker[] {
  const problems: Blocker[] = [];
  // One of an earlier phase would have to be done before the distribution can start.
  if (task.distributionId != null && task.phaseState !== 'DISTRIBUTING')
    problems.push(
      planInvalid(
        `Task "${task.name}" starts and ends with a distribution, so it belongs to a phase of DISTRIBUTING, not of ` +
          `${task.phaseState}.`,
        ['distributionId'],
      ),
    );
  const keyOf = ({ id, distributionId }: PlanTask) => distributionId ?? id;
  const keys = new Map(tasks.map((other) => [other.id, keyOf(other)]));
  const nodes = new Map<string, string[]>();
  const names = new Map<string, string[]>();
  for (const other of tasks) {
    const key = keyOf(other);
    nodes.set(key, [...(nodes.get(key) ?? []), ...other.after.flatMap((id) => keys.get(id) ?? [])]);
    names.set(key, [...(names.get(key) ?? []), `"${other.name}"`]);
  }
  const cycle = findCycle([...nodes].map(([id, after]) => ({ id, after })));
  const around = (cycle ?? []).map((key) => names.get(key)?.join(' with '));
  if (cycle !== null)
    problems.push(
      planInvalid(`A distribution would wait for its own end: ${around.join(' after ')}.`, ['distributionId']),
    );
  return problems;
}

function orderProblems(before: PlanTask, after: PlanTask, other: string): Blocker[] {
  const problems: Blocker[] = [];
  if (phaseRank(before.phaseState) > phaseRank(after.phaseState))
    problems.push(
      planInvalid(
        `Task "${before.name}" belongs to ${before.phaseState}, which comes after ${after.phaseState}, ` +
          `the state of "${after.name}". Each would wait for the other.`,
        [other === before.id ? 'predecessorIds' : 'phaseId'],
        other,
      ),
    );
  else if (before.phaseState === 'BACKING_OUT' && after.phaseState !== 'BACKING_OUT')
    problems.push(
      planInvalid(
        `Task "${before.name}" happens only in a back-out, so "${after.name}" cannot wait for it.`,
        ['predecessorIds'],
        other,
      ),
    );
  if (before.plannedEnd !== null && after.plannedStart !== null && after.plannedStart < before.plannedEnd)
    problems.push(
      planInvalid(
        `Task "${after.name}" would start before its predecessor "${before.name}" ends.`,
        [other === before.id ? 'plannedStart' : 'plannedEnd'],
        other,
      ),
    );
  return problems;
}

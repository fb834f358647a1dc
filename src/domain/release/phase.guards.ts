import { blocker, collectBlockers, type Blocker, type NamedRef } from '../blocker.js';
import { decide, type Guard } from '../state-machine.js';
import { releasePlanIsOpen, taskFitsPlan, type PlanFacts } from './plan.guards.js';
import { actorRunsTheRelease } from './release-scope.js';
import { phaseRank } from './release-plan.js';
import type { ReleaseState } from './release.state.js';
import type { TaskFacts } from './task.guards.js';
import { taskMachine, type TaskState } from './task.machine.js';

/** The positions that a phase can have among the others, from 0: phases are ordered by release state. */
export interface PhaseRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Where a phase of a state can stand among other phases.
 * @param others states of the other phases, in the order of the plan.
 */
export function phaseRange(others: readonly ReleaseState[], state: ReleaseState): PhaseRange {
  const rank = phaseRank(state);
  return {
    first: others.filter((other) => phaseRank(other) < rank).length,
    last: others.filter((other) => phaseRank(other) <= rank).length,
  };
}

/** A task that would leave the plan together with its phase. */
export interface LeavingTask extends NamedRef {
  readonly state: TaskState;
  readonly facts: TaskFacts;
}

/** What the rules of a phase need to know. A phase has no states of its own; what counts is its release. */
export interface PhaseFacts extends PlanFacts {
  /** The position that the command asks for, and the ones that are possible; absent when the command asks for none. */
  readonly position?: PhaseRange & { readonly wanted: number };
  /** The tasks of the phase; absent when they stay in the plan. */
  readonly leaving?: readonly LeavingTask[];
}

type PhaseGuard = Guard<PhaseFacts>;

/** Phases stay in the order of their release states. */
export const phaseKeepsOrder: PhaseGuard = ({ position }) =>
  position !== undefined && (position.wanted < position.first || position.wanted > position.last)
    ? blocker(
        'PLAN_INVALID',
        'Phases are ordered by release state. ' +
          (position.first === position.last
            ? `This phase can only have position ${position.first}.`
            : `This phase can have positions ${position.first} to ${position.last}.`),
        ['RELEASE_MANAGER'],
        { path: ['position'] },
      )
    : undefined;

/** Every task of the phase can be removed, by the rules of `taskRemove`; each blocker names its task. */
export const phaseTasksCanBeRemoved: PhaseGuard = ({ leaving = [] }) =>
  leaving.flatMap(({ id, name, state, facts }) => {
    const decision = decide(taskMachine, state, 'taskRemove', facts);
    if (decision.ok) return [];
    const subject = { type: 'Task', id };
    if (decision.reason === 'BLOCKED') return decision.blockers.map((found) => ({ ...found, subject }));
    const message = `Task "${name}" is ${state}. A phase can be removed only before its tasks are started.`;
    return blocker('ILLEGAL_TRANSITION', message, [], { subject });
  });

/** Commands on a phase. */
export type PhaseCommand = 'phaseAdd' | 'phaseUpdate' | 'phaseRemove' | 'taskAdd';

const PHASE_RULES: Readonly<Record<PhaseCommand, readonly PhaseGuard[]>> = {
  phaseAdd: [actorRunsTheRelease, releasePlanIsOpen, phaseKeepsOrder],
  phaseUpdate: [actorRunsTheRelease, releasePlanIsOpen, phaseKeepsOrder],
  phaseRemove: [actorRunsTheRelease, releasePlanIsOpen, phaseTasksCanBeRemoved],
  taskAdd: [actorRunsTheRelease, releasePlanIsOpen, taskFitsPlan],
};

/** Everything that stands in the way of a command on a phase; empty when it is possible. */
export function phaseBlockers(command: PhaseCommand, facts: PhaseFacts): Blocker[] {
  return collectBlockers(PHASE_RULES[command].map((guard) => guard(facts)));
}

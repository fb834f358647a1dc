import { blocker, type Blocker, type NamedRef } from '../blocker.js';
import { distributionHasEnded, type DistributionState } from '../distribution/distribution.state.js';
import { actorHolds, type ActorFacts } from '../roles.js';
import type { TaskFollowCommand } from './task.machine.js';

/** What a linked task undergoes when its distribution comes from one state into another; null for nothing. */
export function followOf(from: DistributionState, to: DistributionState): TaskFollowCommand | null {
  if (to === 'STARTING') return 'taskFollowStart';
  if (to === 'SCHEDULED') return from === 'START_UNKNOWN' ? 'taskFollowUnstart' : null;
  if (to === 'SUCCEEDED') return 'taskFollowComplete';
  return distributionHasEnded(to) ? 'taskFollowFail' : null;
}

/** The command by which the start of a linked task sets its distribution going: a start, or after an end a retry. */
export const commandToStart = (state: DistributionState): 'distributionStart' | 'distributionRetryFailed' =>
  distributionHasEnded(state) ? 'distributionRetryFailed' : 'distributionStart';

/** The distribution that a task is linked to, as the rules of the task see it. */
export interface LinkedDistribution extends NamedRef {
  readonly state: DistributionState;
  /** What stands against {@link commandToStart}; empty when it may start now. */
  readonly startBlockers: readonly Blocker[];
}

/** The part of the facts of a task that is about its distribution. */
export interface TaskDistributionFacts extends ActorFacts {
  /** Null or absent for a task that is linked to none. */
  readonly distribution?: LinkedDistribution | null;
  readonly openPredecessors: readonly NamedRef[];
  readonly onHold: { readonly reason: string } | null;
}

const subjectOf = ({ id }: LinkedDistribution) => ({ subject: { type: 'Distribution', id } });

/** Who starts a linked task starts its distribution, so every rule of that is asked, and its role. */
export function itsDistributionMayStart(facts: TaskDistributionFacts): Blocker[] {
  const { distribution, openPredecessors, onHold } = facts;
  if (distribution == null) return [];
  // The rules of the task say these two already.
  const isSaid = ({ code, subject }: Blocker) =>
    (code === 'RELEASE_ON_HOLD' && onHold !== null) ||
    (code === 'TASK_PREDECESSOR' && openPredecessors.some(({ id }) => id === subject?.id));
  return [
    ...(actorHolds(facts, 'DEPLOYMENT_OPERATOR')
      ? []
      : [
          blocker(
            'TASK_NOT_ASSIGNED',
            `Starting this task starts distribution ${distribution.name}. Ask a deployment operator to do it.`,
            ['DEPLOYMENT_OPERATOR'],
            subjectOf(distribution),
          ),
        ]),
    ...distribution.startBlockers
      .filter((found) => !isSaid(found))
      .map((found) => ({ ...found, subject: found.subject ?? subjectOf(distribution).subject })),
  ];
}

/** A linked task ends with its distribution, and nobody says before what became of it. */
export const itsDistributionHasEnded = ({ distribution }: TaskDistributionFacts): Blocker | undefined =>
  distribution == null || distributionHasEnded(distribution.state)
    ? undefined
    : blocker(
        'DISTRIBUTION_NOT_ENDED',
        `The task ends with distribution ${distribution.name}, which is ${distribution.state}. Let it finish, or ` +
          'stop it.',
        ['DEPLOYMENT_OPERATOR'],
        subjectOf(distribution),
      );

/** States of a distribution that can be linked: it has not begun, so its tasks can still begin with it. */
const LINKABLE: readonly DistributionState[] = ['PLANNED', 'AWAITING_APPROVAL', 'SCHEDULED', 'MISSED'];

/** What is wrong with linking a task to a distribution of its release. */
export const linkProblems = ({ id, name, state }: NamedRef & { readonly state: DistributionState }): Blocker[] =>
  LINKABLE.includes(state)
    ? []
    : [
        blocker(
          'PLAN_INVALID',
          `Distribution ${name} is ${state}. Only one that has not started can be linked to a task.`,
          ['RELEASE_MANAGER'],
          { path: ['distributionId'], subject: { type: 'Distribution', id } },
        ),
      ];

/** A task before a linked task that is not done, for the rules of the distribution. */
export interface TaskBefore {
  readonly task: NamedRef;
  readonly before: NamedRef;
}

/** The plan says what comes before the distribution: whatever its tasks wait for is done. */
export const tasksBeforeAreDone = ({ tasksBefore }: { readonly tasksBefore?: readonly TaskBefore[] }): Blocker[] =>
  (tasksBefore ?? []).map(({ task, before }) =>
    blocker(
      'TASK_PREDECESSOR',
      `Task "${task.name}" of the distribution comes after "${before.name}", which is not finished. Complete or skip ` +
        'it first.',
      ['TASK_ASSIGNEE', 'RELEASE_MANAGER'],
      { subject: { type: 'Task', id: before.id }, via: [{ type: 'Task', id: task.id }] },
    ),
  );

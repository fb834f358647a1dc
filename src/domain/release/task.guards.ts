import { blocker, type Blocker, type NamedRef } from '../blocker.js';
import { actorHolds, type ActorFacts, type Role } from '../roles.js';
import type { Guard } from '../state-machine.js';
import type { PlanFacts } from './plan.guards.js';
import type { TaskKind } from './task.machine.js';

/** Kinds of task that can be completed only with evidence. */
export const EVIDENCE_TASK_KINDS = ['TEST', 'HARDWARE'] as const satisfies readonly TaskKind[];

/** What the rules of a task need to know. */
export interface TaskFacts extends ActorFacts, PlanFacts {
  /** The hold of the release; null when the release is not on hold. */
  readonly onHold: { readonly reason: string } | null;
  /** Whether the release has reached the phase of the task. */
  readonly phaseHasBegun: boolean;
  /** Direct predecessors that are not in one of `DONE_TASK_STATES`. */
  readonly openPredecessors: readonly NamedRef[];
  /** Database id of the assignee; null when the task is unassigned and holders of its role can claim it. */
  readonly assigneeId: string | null;
  /** Role whose holders can claim the task; null when only a release manager can assign it. */
  readonly role: Role | null;
  readonly kind: TaskKind;
  readonly mandatory: boolean;
  /** Reason of a waiver that was granted or comes with the command; null without a waiver. */
  readonly waiverReason: string | null;
  /** Whether evidence is attached or comes with the command. */
  readonly hasEvidence: boolean;
  /** Fields to which an update gives another value. Absent for `availableCommands`. */
  readonly changes?: readonly ('kind' | 'mandatory')[];
}

type TaskGuard = Guard<TaskFacts>;

/** The release is not on hold. */
export const taskReleaseIsNotOnHold: TaskGuard = ({ onHold }) =>
  onHold === null
    ? undefined
    : blocker('RELEASE_ON_HOLD', `The release is on hold: ${onHold.reason}. Resume the release first.`, [
        'RELEASE_MANAGER',
        'RELEASE_OWNER',
      ]);

/** The release has reached the phase of the task. */
export const phaseHasBegun: TaskGuard = (facts) =>
  facts.phaseHasBegun
    ? undefined
    : blocker(
        'TASK_PHASE_NOT_REACHED',
        'The release has not reached the phase of this task. Finish the earlier phases first.',
        ['RELEASE_MANAGER'],
      );

/** Every direct predecessor is done. */
export const predecessorsAreDone: TaskGuard = ({ openPredecessors }) =>
  openPredecessors.map((task) =>
    blocker(
      'TASK_PREDECESSOR',
      `The predecessor "${task.name}" is not finished. Complete or skip it first.`,
      ['TASK_ASSIGNEE', 'RELEASE_MANAGER'],
      { subject: { type: 'Task', id: task.id } },
    ),
  );

/** The actor is the assignee, holds the role of an unassigned task, or is a release manager. */
export const actorMayWorkOnTask: TaskGuard = (facts) => {
  if (facts.assigneeId === facts.actorId || actorHolds(facts, 'RELEASE_MANAGER')) return undefined;
  if (facts.assigneeId === null && facts.role !== null && actorHolds(facts, facts.role)) return undefined;
  const assigned = facts.assigneeId === null ? `the role ${facts.role ?? 'RELEASE_MANAGER'}` : 'somebody else';
  return blocker(
    'TASK_NOT_ASSIGNED',
    `This task is assigned to ${assigned}. Ask a release manager to assign it to you.`,
    ['RELEASE_MANAGER'],
  );
};

/** The task is not assigned to somebody else, and the actor may work on it. The assignee can claim it again. */
export const actorMayClaimTask: TaskGuard = (facts) =>
  facts.assigneeId === null || facts.assigneeId === facts.actorId
    ? actorMayWorkOnTask(facts)
    : blocker(
        'TASK_NOT_ASSIGNED',
        'This task is assigned to somebody else. Ask the assignee or a release manager to assign it to you.',
        ['RELEASE_MANAGER', 'TASK_ASSIGNEE'],
      );

/** A task whose kind asks for evidence has some. */
export const evidenceIsAttached: TaskGuard = ({ kind, hasEvidence }) =>
  !hasEvidence && (EVIDENCE_TASK_KINDS as readonly TaskKind[]).includes(kind)
    ? blocker(
        'EVIDENCE_MISSING',
        `A ${kind} task cannot be completed without evidence. Attach it.`,
        ['TASK_ASSIGNEE'],
        {
          path: ['evidence'],
        },
      )
    : undefined;

const waiverIsMissing = ({ waiverReason }: TaskFacts, what: string): Blocker | undefined =>
  waiverReason === null || waiverReason.trim() === ''
    ? blocker(
        'WAIVER_REQUIRED',
        `This task is mandatory. ${what} requires a waiver with a reason.`,
        ['RELEASE_OWNER', 'RELEASE_MANAGER'],
        { waivable: true, path: ['waiverReason'] },
      )
    : undefined;

/** A mandatory task is skipped or removed only with a waiver that states a reason. */
export const mandatoryTaskHasWaiver: TaskGuard = (facts) =>
  facts.mandatory ? waiverIsMissing(facts, 'Skipping or removing it') : undefined;

/** A mandatory task becomes optional only with a waiver that states a reason. */
export const optionalTaskHasWaiver: TaskGuard = (facts) =>
  facts.mandatory && facts.changes?.includes('mandatory') ? waiverIsMissing(facts, 'Making it optional') : undefined;

/** A task that was started keeps its kind and stays mandatory or optional, as it was when work on it began. */
export const startedTaskKeepsItsShape: TaskGuard = ({ changes = [] }) =>
  changes.map((field) =>
    blocker('ILLEGAL_TRANSITION', `The task was started, so "${field}" can no longer be changed.`, [], {
      path: [field],
    }),
  );

import { blocker, type NamedRef } from '../blocker.js';
import { actorHolds, type ActorFacts, type Role } from '../roles.js';
import type { Guard, Machine } from '../state-machine.js';

/** The states of a task of a release plan. */
export const TASK_STATES = [
  'PLANNED',
  'BLOCKED',
  'READY',
  'IN_PROGRESS',
  'WAITING_FOR_INPUT',
  'COMPLETED',
  'FAILED',
  'SKIPPED',
  'CANCELLED',
] as const;

/** One of {@link TASK_STATES}. */
export type TaskState = (typeof TASK_STATES)[number];

/** What each state means. */
export const TASK_STATE_DESCRIPTIONS: Readonly<Record<TaskState, string>> = {
  PLANNED: 'In the plan; its phase has not begun.',
  BLOCKED: 'Its phase has begun, but a task before it is not finished. Computed.',
  READY: 'Nothing stands in its way; it can be started. Computed.',
  IN_PROGRESS: 'Somebody is working on it.',
  WAITING_FOR_INPUT: 'Started, and waiting for an answer from somebody else.',
  COMPLETED: 'Done. Final.',
  FAILED: 'Tried and failed; it can be retried or skipped.',
  SKIPPED: 'Left out; a mandatory task only with a waiver. Final.',
  CANCELLED: 'Dropped with its release. Final.',
};

/** Commands on a task. */
export const TASK_COMMANDS = [
  'taskBlock',
  'taskReady',
  'taskStart',
  'taskRequestInput',
  'taskProvideInput',
  'taskComplete',
  'taskFail',
  'taskRetry',
  'taskSkip',
  'taskCancel',
] as const;

/** One of {@link TASK_COMMANDS}. */
export type TaskCommand = (typeof TASK_COMMANDS)[number];

/** States in which a task has not been started, so that it may be moved, changed or taken out of the plan. */
export const UNSTARTED_TASK_STATES = ['PLANNED', 'BLOCKED', 'READY'] as const satisfies readonly TaskState[];

/** States in which a task lets its successors and its phase go on. */
export const DONE_TASK_STATES = ['COMPLETED', 'SKIPPED', 'CANCELLED'] as const satisfies readonly TaskState[];

/** The kinds of task. */
export const TASK_KINDS = [
  'MANUAL',
  'APPROVAL',
  'TEST',
  'COMMUNICATION',
  'DISTRIBUTION',
  'HARDWARE',
  'REVIEW',
] as const;

/** One of {@link TASK_KINDS}. */
export type TaskKind = (typeof TASK_KINDS)[number];

/** What each kind of task is. */
export const TASK_KIND_DESCRIPTIONS: Readonly<Record<TaskKind, string>> = {
  MANUAL: 'Work that a person does and reports.',
  APPROVAL: 'A decision that a person takes.',
  TEST: 'A test; it is completed with evidence of its result.',
  COMMUNICATION: 'Telling stakeholders something.',
  DISTRIBUTION: 'Work around a distribution, such as watching it.',
  HARDWARE: 'Moving or installing hardware; it is completed with evidence of who handed over what.',
  REVIEW: 'Looking back at how something went.',
};

/** Kinds of task that can be completed only with evidence. */
export const EVIDENCE_TASK_KINDS = ['TEST', 'HARDWARE'] as const satisfies readonly TaskKind[];

/** What the rules of a task need to know. */
export interface TaskFacts extends ActorFacts {
  /** The release's hold, when it is on hold. */
  readonly onHold: { readonly reason: string } | null;
  /** Whether the release has reached the phase of the task. */
  readonly phaseHasBegun: boolean;
  /** Direct predecessors that are not in one of {@link DONE_TASK_STATES}. */
  readonly openPredecessors: readonly NamedRef[];
  /** The person it is assigned to; null when it waits for anybody who holds its role. */
  readonly assigneeId: string | null;
  /** The role it is meant for; null when it is meant for one person only. */
  readonly role: Role | null;
  readonly kind: TaskKind;
  readonly mandatory: boolean;
  /** The reason of a waiver, recorded or about to be recorded; null without one. */
  readonly waiverReason: string | null;
  /** Whether evidence is attached, or comes with the command. */
  readonly hasEvidence: boolean;
}

type TaskGuard = Guard<TaskFacts>;

/** The release is not on hold. */
export const taskReleaseIsNotOnHold: TaskGuard = ({ onHold }) =>
  onHold === null
    ? undefined
    : blocker('RELEASE_ON_HOLD', `The release is on hold: ${onHold.reason}. Lift the hold first.`, [
        'RELEASE_MANAGER',
        'RELEASE_OWNER',
      ]);

/** The release has come as far as the task's phase. */
export const phaseHasBegun: TaskGuard = (facts) =>
  facts.phaseHasBegun
    ? undefined
    : blocker(
        'TASK_PHASE_NOT_REACHED',
        'The release has not reached the phase of this task. Finish the phases before it.',
        ['RELEASE_MANAGER'],
      );

/** Every direct predecessor is done. */
export const predecessorsAreDone: TaskGuard = ({ openPredecessors }) =>
  openPredecessors.map((task) =>
    blocker(
      'TASK_PREDECESSOR',
      `Task "${task.name}" comes first and is not finished.`,
      ['TASK_ASSIGNEE', 'RELEASE_MANAGER'],
      {
        subject: { type: 'Task', id: task.id },
      },
    ),
  );

/** The actor is the assignee, or holds the role of an unclaimed task, or runs the release. */
export const actorMayWorkOnTask: TaskGuard = (facts) => {
  if (facts.assigneeId === facts.actorId || actorHolds(facts, 'RELEASE_MANAGER')) return undefined;
  if (facts.assigneeId === null && facts.role !== null && actorHolds(facts, facts.role)) return undefined;
  const whose =
    facts.assigneeId === null ? `anybody with the role ${facts.role ?? 'RELEASE_MANAGER'}` : 'somebody else';
  return blocker('TASK_NOT_ASSIGNED', `This task is assigned to ${whose}. Have it handed over to you.`, [
    'RELEASE_MANAGER',
  ]);
};

/** A task that asks for evidence has some. */
export const evidenceIsAttached: TaskGuard = ({ kind, hasEvidence }) =>
  !hasEvidence && (EVIDENCE_TASK_KINDS as readonly TaskKind[]).includes(kind)
    ? blocker('EVIDENCE_MISSING', `A task of kind ${kind} is completed with evidence. Attach it.`, ['TASK_ASSIGNEE'], {
        path: ['evidence'],
      })
    : undefined;

/** A mandatory task is skipped only with a waiver that says why. */
export const mandatoryTaskHasWaiver: TaskGuard = ({ mandatory, waiverReason }) =>
  mandatory && (waiverReason === null || waiverReason.trim() === '')
    ? blocker(
        'WAIVER_REQUIRED',
        'This task is mandatory. It can be skipped only with a waiver that states a reason.',
        ['RELEASE_OWNER', 'RELEASE_MANAGER'],
        {
          waivable: true,
          path: ['waiverReason'],
        },
      )
    : undefined;

/** The life cycle of a task. */
export const taskMachine: Machine<TaskState, TaskCommand, TaskFacts> = {
  name: 'task',
  initial: 'PLANNED',
  states: TASK_STATES,
  final: ['COMPLETED', 'SKIPPED', 'CANCELLED'],
  commands: TASK_COMMANDS,
  rows: [
    { from: ['PLANNED', 'READY'], command: 'taskBlock', to: 'BLOCKED', system: true },
    {
      from: ['PLANNED', 'BLOCKED'],
      command: 'taskReady',
      to: 'READY',
      system: true,
      guards: [phaseHasBegun, predecessorsAreDone],
    },
    {
      from: 'READY',
      command: 'taskStart',
      to: 'IN_PROGRESS',
      guards: [taskReleaseIsNotOnHold, phaseHasBegun, predecessorsAreDone, actorMayWorkOnTask],
    },
    { from: 'IN_PROGRESS', command: 'taskRequestInput', to: 'WAITING_FOR_INPUT', guards: [actorMayWorkOnTask] },
    { from: 'WAITING_FOR_INPUT', command: 'taskProvideInput', to: 'IN_PROGRESS' },
    {
      from: 'IN_PROGRESS',
      command: 'taskComplete',
      to: 'COMPLETED',
      guards: [taskReleaseIsNotOnHold, actorMayWorkOnTask, evidenceIsAttached],
    },
    { from: ['IN_PROGRESS', 'WAITING_FOR_INPUT'], command: 'taskFail', to: 'FAILED', guards: [actorMayWorkOnTask] },
    { from: 'FAILED', command: 'taskRetry', to: 'READY', guards: [taskReleaseIsNotOnHold, actorMayWorkOnTask] },
    {
      from: ['PLANNED', 'BLOCKED', 'READY', 'FAILED'],
      command: 'taskSkip',
      to: 'SKIPPED',
      guards: [mandatoryTaskHasWaiver],
    },
    {
      from: ['PLANNED', 'BLOCKED', 'READY', 'IN_PROGRESS', 'WAITING_FOR_INPUT', 'FAILED'],
      command: 'taskCancel',
      to: 'CANCELLED',
      system: true,
    },
  ],
};

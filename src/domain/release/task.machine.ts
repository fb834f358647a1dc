import { SAME_STATE, type Machine, type SystemRow } from '../state-machine.js';
import { releasePlanIsOpen, taskFitsPlan } from './plan.guards.js';
import { actorRunsTheRelease } from './release-scope.js';
import { itsDistributionHasEnded, itsDistributionMayStart } from './task-distribution.js';
import {
  actorMayClaimTask,
  actorMayDoTask,
  actorMayWorkOnTask,
  approverHadNoPartInTheWork,
  evidenceIsAttached,
  mandatoryJudgementKeepsItsRole,
  mandatoryTaskHasWaiver,
  mandatoryTaskKeepsItsShape,
  mandatoryTaskKeepsItsStep,
  phaseHasBegun,
  predecessorsAreDone,
  startedTaskKeepsItsShape,
  taskReleaseIsNotOnHold,
  testerHadNoPartInTheWork,
  testIsCompletedByTestManager,
  type TaskFacts,
} from './task.guards.js';

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
  SKIPPED: 'Left out; a mandatory task only with a waiver of the release owner. Final.',
  CANCELLED: 'Dropped with its release. Final.',
};

/** Commands on a task. */
export const TASK_COMMANDS = [
  'taskFollowStart',
  'taskFollowUnstart',
  'taskFollowComplete',
  'taskFollowFail',
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
  'taskAssign',
  'taskClaim',
  'taskUpdate',
  'taskMove',
  'taskSetPredecessors',
  'taskRemove',
] as const;

/** One of {@link TASK_COMMANDS}. */
export type TaskCommand = (typeof TASK_COMMANDS)[number];

/** What the server does to a task when the distribution that it is linked to moves. */
export type TaskFollowCommand = Extract<TaskCommand, `taskFollow${string}`>;

/** States before the start of a task. In these it can be moved, reordered, reshaped and removed from the plan. */
export const UNSTARTED_TASK_STATES = ['PLANNED', 'BLOCKED', 'READY'] as const satisfies readonly TaskState[];

/** States of a task that was started and is not done. */
export const STARTED_TASK_STATES = [
  'IN_PROGRESS',
  'WAITING_FOR_INPUT',
  'FAILED',
] as const satisfies readonly TaskState[];

/** States of a task that is not done: somebody still has to work on it. */
export const OPEN_TASK_STATES = [...UNSTARTED_TASK_STATES, ...STARTED_TASK_STATES] as const;

/** States of a task that no longer holds up its successors and its phase. */
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
  APPROVAL:
    'A decision by the assignee or, while unassigned, by a holder of the role. Nobody who took part in ' +
    'the work can make it, and a release manager cannot make it for somebody else.',
  TEST: 'A test of the package; a test manager who had no part in the work completes it, with evidence of its result.',
  COMMUNICATION: 'Informing stakeholders.',
  DISTRIBUTION:
    'Work around a distribution, such as watching it. Linked to a distribution, it starts and ends with that.',
  HARDWARE: 'Moving or installing hardware; it is completed with evidence of who handed over what.',
  REVIEW: 'A review of how something went. The assignee does it or, while unassigned, a holder of the role.',
};

/**
 * How a task follows the distribution that it is linked to. No rule guards these rows: the distribution was asked
 * before.
 */
export const TASK_FOLLOW_ROWS: readonly SystemRow<TaskState, TaskFollowCommand>[] = [
  { from: [...UNSTARTED_TASK_STATES, 'FAILED'], command: 'taskFollowStart', to: 'IN_PROGRESS', system: true },
  // A person found out that the tool never started the run.
  { from: ['IN_PROGRESS', 'WAITING_FOR_INPUT'], command: 'taskFollowUnstart', to: 'READY', system: true },
  // Also a task that failed, or was made ready again, when a late report shows that the distribution succeeded.
  { from: OPEN_TASK_STATES, command: 'taskFollowComplete', to: 'COMPLETED', system: true },
  { from: ['IN_PROGRESS', 'WAITING_FOR_INPUT'], command: 'taskFollowFail', to: 'FAILED', system: true },
];

/** The states of a task in which a follow command does something. */
export const statesThatFollow = (command: TaskFollowCommand): readonly TaskState[] =>
  TASK_FOLLOW_ROWS.filter((row) => row.command === command).flatMap(({ from }) => from);

/** The life cycle of a task. */
export const taskMachine: Machine<TaskState, TaskCommand, TaskFacts> = {
  name: 'task',
  initial: 'PLANNED',
  states: TASK_STATES,
  final: ['COMPLETED', 'SKIPPED', 'CANCELLED'],
  commands: TASK_COMMANDS,
  computed: { PLANNED: [phaseHasBegun, predecessorsAreDone], BLOCKED: [phaseHasBegun, predecessorsAreDone] },
  rows: [
    { from: ['PLANNED', 'READY'], command: 'taskBlock', to: 'BLOCKED', system: true },
    {
      from: ['PLANNED', 'BLOCKED'],
      command: 'taskReady',
      to: 'READY',
      system: true,
      guards: [phaseHasBegun, predecessorsAreDone],
    },
    // A task that is not ready has the command too, so that a refusal says what it waits for.
    {
      from: UNSTARTED_TASK_STATES,
      command: 'taskStart',
      to: 'IN_PROGRESS',
      guards: [
        taskReleaseIsNotOnHold,
        phaseHasBegun,
        predecessorsAreDone,
        actorMayDoTask,
        approverHadNoPartInTheWork,
        itsDistributionMayStart,
      ],
    },
    { from: 'IN_PROGRESS', command: 'taskRequestInput', to: 'WAITING_FOR_INPUT', guards: [actorMayDoTask] },
    { from: 'WAITING_FOR_INPUT', command: 'taskProvideInput', to: 'IN_PROGRESS' },
    {
      from: 'IN_PROGRESS',
      command: 'taskComplete',
      to: 'COMPLETED',
      guards: [
        taskReleaseIsNotOnHold,
        actorMayDoTask,
        testIsCompletedByTestManager,
        testerHadNoPartInTheWork,
        approverHadNoPartInTheWork,
        evidenceIsAttached,
        itsDistributionHasEnded,
      ],
    },
    {
      from: ['IN_PROGRESS', 'WAITING_FOR_INPUT'],
      command: 'taskFail',
      to: 'FAILED',
      guards: [actorMayDoTask, approverHadNoPartInTheWork, itsDistributionHasEnded],
    },
    ...TASK_FOLLOW_ROWS,
    { from: 'FAILED', command: 'taskRetry', to: 'READY', guards: [taskReleaseIsNotOnHold, actorMayWorkOnTask] },
    {
      from: ['PLANNED', 'BLOCKED', 'READY', 'FAILED'],
      command: 'taskSkip',
      to: 'SKIPPED',
      guards: [actorRunsTheRelease, mandatoryTaskHasWaiver],
    },
    { from: OPEN_TASK_STATES, command: 'taskCancel', to: 'CANCELLED', system: true },
    {
      from: OPEN_TASK_STATES,
      command: 'taskAssign',
      to: SAME_STATE,
      guards: [actorMayWorkOnTask, mandatoryJudgementKeepsItsRole],
    },
    {
      from: OPEN_TASK_STATES,
      command: 'taskClaim',
      to: SAME_STATE,
      guards: [actorMayClaimTask, approverHadNoPartInTheWork],
    },
    {
      from: UNSTARTED_TASK_STATES,
      command: 'taskUpdate',
      to: SAME_STATE,
      guards: [actorRunsTheRelease, releasePlanIsOpen, mandatoryTaskKeepsItsShape, taskFitsPlan],
    },
    {
      from: STARTED_TASK_STATES,
      command: 'taskUpdate',
      to: SAME_STATE,
      guards: [
        actorRunsTheRelease,
        releasePlanIsOpen,
        startedTaskKeepsItsShape,
        mandatoryTaskKeepsItsShape,
        taskFitsPlan,
      ],
    },
    {
      from: UNSTARTED_TASK_STATES,
      command: 'taskMove',
      to: SAME_STATE,
      guards: [actorRunsTheRelease, releasePlanIsOpen, mandatoryTaskKeepsItsStep, taskFitsPlan],
    },
    {
      from: UNSTARTED_TASK_STATES,
      command: 'taskSetPredecessors',
      to: SAME_STATE,
      guards: [actorRunsTheRelease, releasePlanIsOpen, taskFitsPlan],
    },
    // The task is deleted, so there is no state after the command.
    {
      from: UNSTARTED_TASK_STATES,
      command: 'taskRemove',
      to: SAME_STATE,
      guards: [actorRunsTheRelease, releasePlanIsOpen, mandatoryTaskHasWaiver],
    },
  ],
};

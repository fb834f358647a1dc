import { blocker, type Blocker, type NamedRef } from '../blocker.js';
import { actorHolds, type ActorFacts, type Role } from '../roles.js';
import type { Guard } from '../state-machine.js';
import type { PlanFacts } from './plan.guards.js';
import type { ReleaseState } from './release.state.js';
import type { TaskDistributionFacts } from './task-distribution.js';
import type { TaskKind } from './task.machine.js';
import { mayWaiveTask, waiverGrantBlockers, type WaivedRelease } from './waiver.guards.js';

/** Kinds of task that can be completed only with evidence. */
export const EVIDENCE_TASK_KINDS = ['TEST', 'HARDWARE'] as const satisfies readonly TaskKind[];

/**
 * Kinds of task that ask for somebody's judgement. A release manager can take over the work of other tasks; a judgement
 * is given by the person or role that is asked for it.
 */
export const JUDGEMENT_TASK_KINDS = ['APPROVAL', 'REVIEW'] as const satisfies readonly TaskKind[];

const asksForJudgement = ({ kind }: TaskFacts) => (JUDGEMENT_TASK_KINDS as readonly TaskKind[]).includes(kind);

/** What the rules of a task need to know. */
export interface TaskFacts extends ActorFacts, PlanFacts, WaivedRelease, TaskDistributionFacts {
  /** The hold of the release; null when the release is not on hold. */
  readonly onHold: { readonly reason: string } | null;
  /** Whether the release has reached the phase of the task. */
  readonly phaseHasBegun: boolean;
  /** Direct predecessors that are not in one of `DONE_TASK_STATES`. */
  readonly openPredecessors: readonly NamedRef[];
  /** Database id of the assignee; null when the task is unassigned and holders of its role can claim it. */
  readonly assigneeId: string | null;
  /** Role whose holders can claim the task; null when only those who run the release can assign it. */
  readonly role: Role | null;
  readonly kind: TaskKind;
  readonly mandatory: boolean;
  /** The waivers for this task that have not expired, newest first. */
  readonly waivers: readonly { readonly reason: string; readonly grantedById: string }[];
  /** Reason of a waiver that the actor grants with the command; absent without one. */
  readonly givenWaiver?: string | null;
  /** Everybody who planned the release, worked on its building, or registered, uploaded or packed its content. */
  readonly contributorIds: readonly string[];
  /** Whether evidence is attached or comes with the command. */
  readonly hasEvidence: boolean;
  /** Fields to which an update or assignment gives another value. Absent for `availableCommands`. */
  readonly changes?: readonly ('kind' | 'mandatory' | 'name' | 'role' | 'distributionId')[];
  /** With `taskMove`: the release states of the phases that the task leaves and gets. */
  readonly move?: { readonly from: ReleaseState; readonly to: ReleaseState };
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

/** The release has reached the phase of the task. The start of a linked task brings the release there. */
export const phaseHasBegun: TaskGuard = (facts) =>
  facts.phaseHasBegun || facts.distribution != null
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

/** Whether the actor holds a role in this release: the parts of owner and manager belong to one person each. */
function playsRole(facts: TaskFacts, role: Role): boolean {
  const { actorId, release } = facts;
  if (role === 'RELEASE_OWNER') return actorId === release.ownerId;
  return role === 'RELEASE_MANAGER' ? actorId === release.managerId : actorHolds(facts, role);
}

/** The actor is the assignee, manages the release, or holds the role of an unassigned task. */
export const actorMayWorkOnTask: TaskGuard = (facts) => {
  const { assigneeId, role, actorId, release } = facts;
  if (assigneeId === actorId || actorId === release.managerId) return undefined;
  if (assigneeId === null && role !== null && playsRole(facts, role)) return undefined;
  const assigned = assigneeId === null ? `the role ${role ?? 'RELEASE_MANAGER'}` : 'somebody else';
  return blocker(
    'TASK_NOT_ASSIGNED',
    `This task is assigned to ${assigned}. Ask the manager of the release to assign it to you.`,
    ['RELEASE_MANAGER'],
  );
};

/**
 * The actor may do the task themselves. A judgement is given by the assignee, who holds the role of the task if it has
 * one; while it is unassigned, by a holder of its role. The manager of the release can assign it to somebody else.
 */
export const actorMayDoTask: TaskGuard = (facts) => {
  const { kind, assigneeId, actorId } = facts;
  if (!asksForJudgement(facts)) return actorMayWorkOnTask(facts);
  const role = facts.role ?? (assigneeId === null ? 'RELEASE_MANAGER' : null);
  const holdsRole = role === null || actorHolds(facts, role);
  if (holdsRole && (assigneeId === null || assigneeId === actorId)) return undefined;
  const asked = assigneeId === null || assigneeId === actorId ? `a holder of the role ${role}` : 'its assignee';
  return blocker(
    'TASK_NOT_ASSIGNED',
    `This ${kind} task requires the judgement of ${asked}, and nobody else can give it. The manager of the ` +
      'release can assign it to another person.',
    [...(role === null ? (['TASK_ASSIGNEE'] as const) : [role]), ...(role === 'RELEASE_MANAGER' ? [] : MANAGER)],
  );
};

const MANAGER = ['RELEASE_MANAGER'] as const;

/** The task is not assigned to somebody else, and the actor may do it. The assignee can claim it again. */
export const actorMayClaimTask: TaskGuard = (facts) =>
  facts.assigneeId === null || facts.assigneeId === facts.actorId
    ? actorMayDoTask(facts)
    : blocker(
        'TASK_NOT_ASSIGNED',
        'This task is assigned to somebody else. Ask the assignee or the manager of the release to assign it to you.',
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

/**
 * Only a test manager completes a test. A planner who could complete it would vouch for their own release, so the role
 * of the task and its assignee do not matter here.
 */
export const testIsCompletedByTestManager: TaskGuard = (facts) =>
  facts.kind !== 'TEST' || actorHolds(facts, 'TEST_MANAGER')
    ? undefined
    : blocker(
        'NOT_TEST_MANAGER',
        'A test is completed by a test manager, because its evidence lets the release pass. Assign the task to one.',
        ['TEST_MANAGER', 'RELEASE_MANAGER'],
      );

/** Who planned the release, built its package or brought in its content does not complete its test. */
export const testerHadNoPartInTheWork: TaskGuard = ({ kind, actorId, contributorIds }) =>
  kind === 'TEST' && contributorIds.includes(actorId)
    ? blocker(
        'SELF_APPROVAL',
        'You planned this release, helped to build it or supplied content for it, so another test manager has to ' +
          'complete its test.',
        ['TEST_MANAGER'],
      )
    : undefined;

/** Who planned the release, built its package or brought in its content does not approve it in a task. */
export const approverHadNoPartInTheWork: TaskGuard = ({ kind, role, actorId, contributorIds }) =>
  kind === 'APPROVAL' && contributorIds.includes(actorId)
    ? blocker(
        'SELF_APPROVAL',
        'You planned this release, helped to build it or supplied content for it, so somebody else has to approve it.',
        [role ?? 'RELEASE_MANAGER'],
      )
    : undefined;

function waiverIsMissing(facts: TaskFacts, what: string): Blocker[] {
  if (facts.waivers.some(({ grantedById }) => mayWaiveTask(facts, grantedById))) return [];
  if (facts.givenWaiver != null && facts.givenWaiver.trim() !== '')
    return waiverGrantBlockers(facts, 'WAIVER_REQUIRED').map((found) => ({ ...found, path: ['waiverReason'] }));
  return [
    blocker(
      'WAIVER_REQUIRED',
      `This task is mandatory. ${what} requires a waiver for this task by the owner of the release.`,
      ['RELEASE_OWNER'],
      { waivable: true },
    ),
  ];
}

/** A mandatory task is skipped or removed only with a waiver of the owner of the release. */
export const mandatoryTaskHasWaiver: TaskGuard = (facts) =>
  facts.mandatory ? waiverIsMissing(facts, 'Skipping or removing it') : undefined;

/**
 * A mandatory task stays mandatory and keeps name, kind and distribution, or has a waiver of the owner of the release.
 */
export const mandatoryTaskKeepsItsShape: TaskGuard = (facts) => {
  // A first distribution takes nothing away from the task.
  const reshaping = (facts.changes ?? []).filter((field) => field !== 'distributionId' || facts.distribution != null);
  return facts.mandatory && reshaping.length > 0
    ? waiverIsMissing(facts, 'Making it optional, or giving it another name, kind or distribution,')
    : undefined;
};

/** A mandatory task keeps the role whose judgement it asks for, or has a waiver of the owner of the release. */
export const mandatoryJudgementKeepsItsRole: TaskGuard = (facts) =>
  facts.mandatory && asksForJudgement(facts) && facts.role !== null && (facts.changes ?? []).includes('role')
    ? waiverIsMissing(facts, 'Asking another role for the judgement')
    : undefined;

/** A mandatory task stays in a phase of its release state, or has a waiver of the owner of the release. */
export const mandatoryTaskKeepsItsStep: TaskGuard = (facts) =>
  facts.mandatory && facts.move !== undefined && facts.move.from !== facts.move.to
    ? waiverIsMissing(facts, `Moving it from ${facts.move.from} to ${facts.move.to}`)
    : undefined;

/** A task that was started keeps its kind and stays mandatory or optional, as it was when work on it began. */
export const startedTaskKeepsItsShape: TaskGuard = ({ changes = [] }) =>
  changes
    .filter((field) => field !== 'name')
    .map((field) =>
      blocker('ILLEGAL_TRANSITION', `The task was started, so "${field}" can no longer be changed.`, [], {
        path: [field],
      }),
    );

import type { Lapse } from '../approval-basis.js';
import { type Blocker, type NamedRef, blocker } from '../blocker.js';
import type { ChangeState } from '../change/change.machine.js';
import type { TargetFacts } from '../cmdb/target.guards.js';
import {
  DISTRIBUTION_STATES_AT_TOOL,
  type DistributionState,
  distributionHasEnded,
} from '../distribution/distribution.state.js';
import type { ApprovalFacts } from './approvals.js';
import type { GuardedReleaseField, HandOverFacts, NamedPeopleFacts } from './release-edit.guards.js';
import type { LeftByDistribution } from './back-out.guards.js';
import type { PredecessorFacts } from './release-dependency.js';
import type { ReleaseState } from './release.state.js';
import type { ActorFacts } from '../roles.js';
import { conflictBlockers, type JudgedConflict } from '../schedule/conflict-blocker.js';
import { timeIsPast } from '../schedule/past.js';
import type { Guard } from '../state-machine.js';
import type { TestEvidenceFacts } from './test-evidence.js';

/** A version in the package of a release, and another version of the same item there. */
export interface DuplicateContent {
  /** The version; its name is that of item and label. */
  readonly version: NamedRef;
  readonly other: NamedRef;
}

/** What the rules of a release need to know. */
export interface ReleaseFacts
  extends ActorFacts, TargetFacts, TestEvidenceFacts, ApprovalFacts, HandOverFacts, PredecessorFacts {
  /** The release itself. */
  readonly release: NamedRef & { readonly state: ReleaseState; readonly ownerId: string; readonly managerId: string };
  /** The hold, when the release is on hold. */
  readonly onHold: { readonly reason: string } | null;
  /** States that the template leaves out for these targets; only {@link SKIPPABLE_RELEASE_STATES} count. */
  readonly skippedStates: readonly ReleaseState[];
  /** Tasks that are neither completed, skipped nor cancelled, each with the state its phase belongs to. */
  readonly openTasks: readonly (NamedRef & { readonly releaseState: ReleaseState })[];
  /** States that are not skipped, for which the template version of the release has tasks and the release has none. */
  readonly emptyStates: readonly ReleaseState[];
  /** The owner of this release, who alone accepts it. */
  readonly ownerId: string;
  /** Everybody who wrote the plan: the release manager and the authors of its revisions. */
  readonly plannerIds: readonly string[];
  readonly hasBackOutPlan: boolean;
  /** Whether its template or a critical target asks for a back-out plan; true for a release without a template. */
  readonly backOutPlanRequired: boolean;
  /** How many media versions or other content items the package holds. */
  readonly contentCount: number;
  /** Versions of the package of whose item it holds another version, too. */
  readonly duplicateContent: readonly DuplicateContent[];
  /** How many target configuration items it has. */
  readonly targetCount: number;
  /** Targets that are not AUTHORISED in the CMDB. */
  readonly unauthorisedTargets: readonly NamedRef[];
  /** Content whose media version is not AUTHORISED in the DML. */
  readonly unauthorisedMedia: readonly NamedRef[];
  /** The changes it implements. */
  readonly changes: readonly (NamedRef & { readonly state: ChangeState })[];
  /**
   * Whatever the owner accepted and is different now: scope, plan, content, what was known of a target, or the owner.
   * Empty while the acceptance holds, and where the template skips it.
   */
  readonly acceptanceLapses: readonly Lapse[];
  /** Whether planned start and end are set (or come with the command). */
  readonly hasSchedule: boolean;
  /**
   * Conflicts of the planned interval, freshly computed by `conflicts`, each with whether a waiver that has not expired
   * sets it aside.
   */
  readonly conflicts: readonly JudgedConflict[];
  readonly distributions: readonly (NamedRef & {
    readonly state: DistributionState;
    /** Whether it only checks what is there since the outcome; absent means no. */
    readonly driftCheck?: boolean;
  })[];
  /** Whether a post implementation review is recorded (or comes with the command). */
  readonly reviewRecorded: boolean;
  /** While it is being backed out: what its distributions put on targets and nobody returned or decided to leave. */
  readonly leftByDistributions?: readonly LeftByDistribution[];
  /** Only to complete a back-out: whether the command says why something stays. */
  readonly residualGiven?: boolean;
  /** Only for a move in the schedule: distributions that the new times would leave outside. */
  readonly distributionsOutside?: readonly NamedRef[];
  /** Only before it is booked or moved: whether the planned times lie in the past. */
  readonly scheduleIsPast?: boolean;
  /** Only for an edit: those of its fields that are not open in every state. */
  readonly edited?: readonly GuardedReleaseField[];
  /** Only for an edit: what stands against the times that it sets. */
  readonly timeProblems?: readonly Blocker[];
  /** Only for an edit that names another owner or manager. */
  readonly named?: NamedPeopleFacts['named'];
  /** Only for a change of scope: the consent to plan a communicated release again. */
  readonly replanningAgreed?: boolean;
  /** Only for a change of scope: what forbids it for the items that the command names. */
  readonly itemBlockers?: readonly Blocker[];
}

/** A rule of a release. */
export type ReleaseGuard = Guard<ReleaseFacts>;

const AUTHORISED_CHANGE_STATES: readonly ChangeState[] = ['AUTHORISED', 'SCHEDULED', 'IN_PROGRESS'];

/** The release is not on hold. */
export const releaseIsNotOnHold: ReleaseGuard = ({ onHold }) =>
  onHold === null
    ? undefined
    : blocker('RELEASE_ON_HOLD', `The release is on hold: ${onHold.reason}. Lift the hold first.`, [
        'RELEASE_MANAGER',
        'RELEASE_OWNER',
      ]);

function openTasksOf(facts: ReleaseFacts, belongs: (state: ReleaseState) => boolean): Blocker[] {
  return [...unfinishedTasksOf(facts, belongs), ...facts.emptyStates.filter(belongs).map(stateIsEmpty)];
}

// A phase that lost its tasks is not done: nobody did what the template asks for.
const stateIsEmpty = (state: ReleaseState): Blocker =>
  blocker(
    'PHASE_EMPTY',
    `The template has tasks for ${state}, and the release has none. Add the tasks that ${state} needs to its plan.`,
    ['RELEASE_MANAGER'],
  );

function unfinishedTasksOf(facts: ReleaseFacts, belongs: (state: ReleaseState) => boolean): Blocker[] {
  return facts.openTasks
    .filter((task) => belongs(task.releaseState))
    .map((task) =>
      blocker(
        'TASK_OPEN',
        `Task "${task.name}" of phase ${task.releaseState} is not finished. Complete it, or skip it if that is ` +
          'allowed.',
        ['TASK_ASSIGNEE', 'RELEASE_MANAGER'],
        {
          subject: { type: 'Task', id: task.id },
        },
      ),
    );
}

/** The planning phase has the tasks that its template asks for, and they are done. */
export const planningTasksAreDone: ReleaseGuard = (facts) =>
  openTasksOf(facts, (state) => state === 'PLANNING' || state === 'DRAFT');

/** The tasks up to and including the building phase are done. */
export const buildingTasksAreDone: ReleaseGuard = (facts) =>
  openTasksOf(facts, (state) => ['DRAFT', 'PLANNING', 'BUILDING'].includes(state));

/** The tasks up to and including the testing phase are done. */
export const testingTasksAreDone: ReleaseGuard = (facts) =>
  openTasksOf(facts, (state) => ['DRAFT', 'PLANNING', 'BUILDING', 'TESTING'].includes(state));

/** The tasks up to and including the acceptance phase are done. */
export const acceptanceTasksAreDone: ReleaseGuard = (facts) =>
  openTasksOf(facts, (state) => ['DRAFT', 'PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED'].includes(state));

/** The tasks up to and including the scheduling phase are done. */
export const schedulingTasksAreDone: ReleaseGuard = (facts) =>
  openTasksOf(facts, (state) => ['DRAFT', 'PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED', 'SCHEDULED'].includes(state));

/** Every task that belongs before the distribution is done. */
export const communicationTasksAreDone: ReleaseGuard = (facts) =>
  openTasksOf(facts, (state) =>
    ['DRAFT', 'PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED', 'SCHEDULED', 'COMMUNICATED'].includes(state),
  );

/** The tasks of the distribution phase are done. */
export const distributionTasksAreDone: ReleaseGuard = (facts) =>
  openTasksOf(facts, (state) => ['DISTRIBUTING', 'DEPLOYED', 'PARTIALLY_DEPLOYED', 'FAILED'].includes(state));

/** The tasks of the back-out are done. */
export const backOutTasksAreDone: ReleaseGuard = (facts) => openTasksOf(facts, (state) => state === 'BACKING_OUT');

/** No task of the plan is open, those for a back-out that was not needed aside. */
export const everyTaskIsDone: ReleaseGuard = (facts) => openTasksOf(facts, (state) => state !== 'BACKING_OUT');

/** The package holds something. */
export const releaseHasContent: ReleaseGuard = ({ contentCount }) =>
  contentCount > 0
    ? undefined
    : blocker('NO_CONTENT', 'The release package is empty. Add at least one media version or other content.', [
        'RELEASE_MANAGER',
      ]);

/** The package holds one version of each item: of two, nobody could say which one a target has in the end. */
export const contentHasOneVersionOfEachItem: Guard<Pick<ReleaseFacts, 'duplicateContent'>> = ({ duplicateContent }) =>
  duplicateContent.map(({ version, other }) =>
    blocker(
      'CONTENT_DUPLICATE',
      `The package would hold both ${version.name} and ${other.name}, two versions of one item. Keep one of them.`,
      ['RELEASE_MANAGER', 'RELEASE_OWNER'],
      { subject: { type: 'DmlItemVersion', id: version.id }, via: [{ type: 'DmlItemVersion', id: other.id }] },
    ),
  );

/** There is somewhere to deploy to. */
export const releaseHasTargets: ReleaseGuard = ({ targetCount }) =>
  targetCount > 0
    ? undefined
    : blocker(
        'NO_TARGETS',
        'The release has no target configuration item. Add a target, or a change that brings one.',
        ['RELEASE_MANAGER', 'RELEASE_OWNER'],
      );

/** Every target is authorised in the CMDB. */
export const targetsAreAuthorised: ReleaseGuard = ({ unauthorisedTargets }) =>
  unauthorisedTargets.map((ci) =>
    blocker(
      'CI_NOT_AUTHORISED',
      `Configuration item ${ci.name} is not authorised and cannot be a target. Authorise it or take it out of ` +
        'the release.',
      ['CONFIGURATION_MANAGER', 'RELEASE_MANAGER'],
      {
        subject: { type: 'ConfigurationItem', id: ci.id },
      },
    ),
  );

/** Every media version of the package is authorised in the DML. */
export const mediaAreAuthorised: ReleaseGuard = ({ unauthorisedMedia }) =>
  unauthorisedMedia.map((media) =>
    blocker(
      'MEDIA_NOT_AUTHORISED',
      `Media version ${media.name} is not authorised in the DML. Authorise it or replace it.`,
      ['DML_LIBRARIAN', 'RELEASE_MANAGER'],
      {
        subject: { type: 'DmlItemVersion', id: media.id },
      },
    ),
  );

/** Every change of the release, cancelled ones aside, is authorised. */
export const everyChangeIsAuthorised: ReleaseGuard = ({ changes }) =>
  changes
    .filter((change) => change.state !== 'CANCELLED' && !AUTHORISED_CHANGE_STATES.includes(change.state))
    .map((change) =>
      blocker(
        'CHANGE_NOT_AUTHORISED',
        `Change ${change.name} is ${change.state}, not authorised. Have it authorised or take it out of the release.`,
        ['CHANGE_AUTHORITY', 'RELEASE_OWNER'],
        {
          subject: { type: 'Change', id: change.id },
        },
      ),
    );

/** A back-out plan exists where one is required. */
export const releaseHasBackOutPlan: ReleaseGuard = ({ hasBackOutPlan, backOutPlanRequired }) =>
  hasBackOutPlan || !backOutPlanRequired
    ? undefined
    : blocker('BACKOUT_PLAN_MISSING', 'The release has no back-out plan. Write one before it is accepted.', [
        'RELEASE_MANAGER',
      ]);

/** Who planned the release does not accept it. */
export const acceptorDidNotPlan: ReleaseGuard = ({ actorId, plannerIds }) =>
  plannerIds.includes(actorId)
    ? blocker(
        'SELF_APPROVAL',
        'You took part in planning this release, so somebody else has to accept it. Name another owner.',
        ['RELEASE_MANAGER', 'RELEASE_OWNER'],
      )
    : undefined;

/** Only the owner of this release, who is accountable for it, accepts it. */
export const acceptorOwnsTheRelease: ReleaseGuard = ({ actorId, ownerId }) =>
  actorId === ownerId
    ? undefined
    : blocker(
        'NOT_RELEASE_OWNER',
        'Only the owner of this release can accept it. Have the owner do it, or name another owner.',
        ['RELEASE_OWNER', 'RELEASE_MANAGER'],
      );

/** What the owner accepted is what is there now, and the owner is the same. */
export const acceptanceIsFresh = ({ acceptanceLapses }: Pick<ReleaseFacts, 'acceptanceLapses'>): Blocker[] =>
  acceptanceLapses.map(({ message, subject }) =>
    blocker(
      'APPROVAL_STALE',
      `After the release was accepted something changed: ${message}. The release owner has to accept it again.`,
      ['RELEASE_OWNER'],
      subject && { subject },
    ),
  );

/** Planned start and end are set. */
export const releaseHasSchedule: ReleaseGuard = ({ hasSchedule }) =>
  hasSchedule
    ? undefined
    : blocker('SCHEDULE_MISSING', 'The release has no planned start and end. Set both.', ['RELEASE_MANAGER']);

/** The planned times do not lie in the past. */
export const releaseIsNotScheduledInThePast: ReleaseGuard = ({ scheduleIsPast = false }) =>
  scheduleIsPast ? timeIsPast(['RELEASE_MANAGER'], 'startsAt') : undefined;

/** No conflict of the planned interval is left without a waiver, mere notices aside. */
export const conflictsAreResolvedOrWaived: ReleaseGuard = ({ conflicts }) => conflictBlockers(conflicts);

/** The release passed COMMUNICATED, or its template leaves that out. */
export const communicationWasNotOmitted: ReleaseGuard = ({ skippedStates }) =>
  skippedStates.includes('COMMUNICATED')
    ? undefined
    : blocker(
        'NOT_COMMUNICATED',
        'The release has not been communicated to its stakeholders. Communicate it before distribution starts.',
        ['RELEASE_MANAGER'],
      );

/** No distribution is under way. Planned ones do not count. */
export const noDistributionIsUnderWay: ReleaseGuard = ({ distributions }) =>
  distributions
    .filter(({ state }) => (DISTRIBUTION_STATES_AT_TOOL as readonly DistributionState[]).includes(state))
    .map(distributionIsNotOver);

/** The new times of the release cover every distribution that has a time. */
export const distributionsFitTheRelease: ReleaseGuard = ({ distributionsOutside = [] }) =>
  distributionsOutside.map((distribution) =>
    blocker(
      'DISTRIBUTION_OUTSIDE_RELEASE',
      `Distribution ${distribution.name} is scheduled outside the new times. Plan it again or cancel it first.`,
      ['DEPLOYMENT_OPERATOR'],
      { subject: { type: 'Distribution', id: distribution.id } },
    ),
  );

/** Every distribution of the release is over. Drift checks may go on: they are no part of it. */
export const everyDistributionHasEnded: ReleaseGuard = ({ distributions }) =>
  distributions
    .filter(({ state, driftCheck }) => driftCheck !== true && !distributionHasEnded(state))
    .map(distributionIsNotOver);

function distributionIsNotOver(distribution: NamedRef & { readonly state: DistributionState }): Blocker {
  return blocker(
    'DISTRIBUTION_NOT_ENDED',
    `Distribution ${distribution.name} is ${distribution.state}. Let it finish, stop it or cancel it.`,
    ['DEPLOYMENT_OPERATOR'],
    {
      subject: { type: 'Distribution', id: distribution.id },
    },
  );
}

/** No change of the release has been closed, so that distributing again contradicts no closed record. */
export const noChangeIsClosedYet: ReleaseGuard = ({ changes }) =>
  changes
    .filter((change) => change.state === 'CLOSED')
    .map((change) =>
      blocker(
        'CHANGE_ALREADY_CLOSED',
        `Change ${change.name} is closed with its outcome. Plan a new release instead of distributing this one again.`,
        ['RELEASE_MANAGER'],
        {
          subject: { type: 'Change', id: change.id },
        },
      ),
    );

/** Every change of the release is over: closed, cancelled, or rejected after all. */
export const everyChangeIsClosed: ReleaseGuard = ({ changes }) =>
  changes
    .filter((change) => !['CLOSED', 'CANCELLED', 'REJECTED'].includes(change.state))
    .map((change) =>
      blocker(
        'CHANGE_NOT_CLOSED',
        `Change ${change.name} is ${change.state}. Close or cancel it before the release is closed.`,
        ['CHANGE_MANAGER'],
        {
          subject: { type: 'Change', id: change.id },
        },
      ),
    );

/** The post implementation review is recorded. */
export const releaseReviewIsRecorded: ReleaseGuard = ({ reviewRecorded }) =>
  reviewRecorded
    ? undefined
    : blocker('REVIEW_MISSING', 'The post implementation review has not been recorded. Record its findings.', [
        'RELEASE_MANAGER',
        'RELEASE_OWNER',
      ]);

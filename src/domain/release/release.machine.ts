import { type Blocker, collectBlockers } from '../blocker.js';
import {
  type ReleaseFacts,
  type ReleaseGuard,
  acceptanceIsFresh,
  acceptanceTasksAreDone,
  acceptorDidNotPlan,
  acceptorOwnsTheRelease,
  backOutTasksAreDone,
  buildingTasksAreDone,
  communicationTasksAreDone,
  communicationWasNotOmitted,
  conflictsAreResolvedOrWaived,
  contentHasOneVersionOfEachItem,
  distributionTasksAreDone,
  distributionsFitTheRelease,
  everyChangeIsAuthorised,
  everyChangeIsClosed,
  everyDistributionHasEnded,
  everyTaskIsDone,
  mediaAreAuthorised,
  noChangeIsClosedYet,
  noDistributionIsUnderWay,
  planningTasksAreDone,
  releaseHasBackOutPlan,
  releaseHasContent,
  releaseHasSchedule,
  releaseHasTargets,
  releaseIsNotOnHold,
  releaseIsNotScheduledInThePast,
  releaseReviewIsRecorded,
  schedulingTasksAreDone,
  targetsAreAuthorised,
  testingTasksAreDone,
} from './release.guards.js';
import { protectedTargetsAreCovered, targetsAreInService } from '../cmdb/target.guards.js';
import { approvalsAreIndependent } from './approvals.js';
import { everythingDeliveredIsReturned, ownerDecidesWhatStays } from './back-out.guards.js';
import { planIsOpen } from './plan.guards.js';
import { predecessorsAreDeployed } from './release-dependency.js';
import { packageIsTested } from './test-evidence.js';
import {
  RELEASE_COMMANDS,
  RELEASE_STATES,
  type ReleaseCommand,
  UNBOOKED_RELEASE_STATES,
  distributionIsNext,
  statesBetween,
  type ReleaseState,
  type SkippableReleaseState,
} from './release.state.js';
import { actorRunsTheRelease } from './release-scope.js';
import {
  actorMayStartTests,
  editedFieldsAreOpen,
  editedTimesLieAhead,
  holderHandsOver,
  namedItemsCanMove,
  namedPeopleFitTheirParts,
  scopeIsOpen,
} from './release-edit.guards.js';
import { type Machine, type Row, SAME_STATE } from '../state-machine.js';

type ReleaseRow = Row<ReleaseState, ReleaseCommand, ReleaseFacts>;

const skips =
  (...states: SkippableReleaseState[]) =>
  (facts: ReleaseFacts): boolean =>
    states.every((state) => facts.skippedStates.includes(state));
const keeps =
  (state: SkippableReleaseState) =>
  (facts: ReleaseFacts): boolean =>
    !facts.skippedStates.includes(state);
const both =
  (a: (facts: ReleaseFacts) => boolean, b: (facts: ReleaseFacts) => boolean) =>
  (facts: ReleaseFacts): boolean =>
    a(facts) && b(facts);

const CONTENT_IS_RIGHT: readonly ReleaseGuard[] = [
  releaseHasContent,
  contentHasOneVersionOfEachItem,
  releaseHasTargets,
  targetsAreAuthorised,
  targetsAreInService,
  mediaAreAuthorised,
  everyChangeIsAuthorised,
  protectedTargetsAreCovered,
];
// What was true at acceptance, asked again. Not for another attempt: its distributions ask for the targets that are
// left, and a target that got the release already may have gone into production since.
const SCOPE_IS_STILL_RIGHT: readonly ReleaseGuard[] = [
  acceptanceIsFresh,
  everyChangeIsAuthorised,
  targetsAreInService,
  protectedTargetsAreCovered,
];
const PROMISES_ARE_KEPT: readonly ReleaseGuard[] = [releaseHasBackOutPlan, packageIsTested, approvalsAreIndependent];

// Not before the start: a release is accepted and booked while those before it are still under way.
const STARTABLE: readonly ReleaseGuard[] = [...PROMISES_ARE_KEPT, predecessorsAreDeployed];

/** What every start of a distribution asks of its release, also of one that is being distributed already. */
export const promiseBlockers = (facts: ReleaseFacts): Blocker[] =>
  collectBlockers([acceptanceIsFresh, ...STARTABLE].map((guard) => guard(facts)));

const ACCEPTABLE: readonly ReleaseGuard[] = [
  releaseIsNotOnHold,
  ...CONTENT_IS_RIGHT,
  ...PROMISES_ARE_KEPT,
  acceptorDidNotPlan,
];
// The command that moves a booking brings the times along, so only the first booking asks for them.
const MOVABLE: readonly ReleaseGuard[] = [
  releaseIsNotOnHold,
  ...CONTENT_IS_RIGHT,
  ...PROMISES_ARE_KEPT,
  releaseIsNotScheduledInThePast,
  conflictsAreResolvedOrWaived,
];
const SCHEDULABLE: readonly ReleaseGuard[] = [...MOVABLE, releaseHasSchedule];

/** States of a release whose distribution has not begun. */
const BEFORE_DISTRIBUTION = [...UNBOOKED_RELEASE_STATES, 'SCHEDULED', 'COMMUNICATED'] as const;
/** States of a release that is not over. */
const OPEN = RELEASE_STATES.filter((state) => planIsOpen(state));
// Every state has these rows, so that a refusal says why the scope is closed instead of that there is no such command.
const SCOPE: readonly ReleaseGuard[] = [scopeIsOpen, namedItemsCanMove];

// What the booking of a release asks, for one that is not booked. Its distributions ask whether their time is free.
const UNBOOKED: readonly ReleaseGuard[] = [
  releaseIsNotOnHold,
  ...CONTENT_IS_RIGHT,
  ...PROMISES_ARE_KEPT,
  acceptanceIsFresh,
];
const DONE_BEFORE = {
  DRAFT: planningTasksAreDone,
  PLANNING: planningTasksAreDone,
  BUILDING: buildingTasksAreDone,
  TESTING: testingTasksAreDone,
  ACCEPTED: acceptanceTasksAreDone,
} as const satisfies Record<(typeof UNBOOKED_RELEASE_STATES)[number], ReleaseGuard>;

/** The ways of a release that skips PLANNING: from DRAFT to the first state that it keeps. */
const WITHOUT_PLANNING: ReleaseRow[] = (
  [
    ['BUILDING', 'releaseStartBuilding', [releaseIsNotOnHold]],
    ['TESTING', 'releaseStartTesting', [releaseIsNotOnHold]],
    ['ACCEPTED', 'releaseAccept', ACCEPTABLE],
    ['SCHEDULED', 'releaseSchedule', SCHEDULABLE],
  ] as const
).map(([to, command, guards]) => ({
  from: 'DRAFT',
  command,
  to,
  when: both(skips(...statesBetween('DRAFT', to)), keeps(to)),
  guards: [...guards, planningTasksAreDone],
}));

/** The ways of a release that skips SCHEDULED: it has no slot, and every distribution books its own time. */
const WITHOUT_SLOT: ReleaseRow[] = UNBOOKED_RELEASE_STATES.flatMap((from) => [
  {
    from,
    command: 'releaseCommunicate' as const,
    to: 'COMMUNICATED' as const,
    when: both(skips(...statesBetween(from, 'COMMUNICATED')), keeps('COMMUNICATED')),
    guards: [...UNBOOKED, DONE_BEFORE[from]],
  },
  {
    from,
    command: 'releaseStartDistribution' as const,
    to: 'DISTRIBUTING' as const,
    system: true as const,
    when: ({ skippedStates }: ReleaseFacts) => distributionIsNext(from, skippedStates),
    guards: [...UNBOOKED, predecessorsAreDeployed, communicationTasksAreDone],
  },
]);

// Everybody who manages releases can learn from the plan of another one.
const FOR_ANYBODY: readonly ReleaseCommand[] = ['releaseSaveAsTemplate'];
const PERSON_GUARDS: Readonly<Partial<Record<ReleaseCommand, ReleaseGuard>>> = {
  releaseAccept: acceptorOwnsTheRelease,
  releaseStartTesting: actorMayStartTests,
  releaseHandOver: holderHandsOver,
};

/** Binds every command of a person to the people of the release: a role lets nobody into a foreign release. */
const boundToItsPeople = (rows: readonly ReleaseRow[]): ReleaseRow[] =>
  rows.map((row) =>
    row.system === true || FOR_ANYBODY.includes(row.command)
      ? row
      : { ...row, guards: [PERSON_GUARDS[row.command] ?? actorRunsTheRelease, ...(row.guards ?? [])] },
  );

/** The life cycle of a release. */
export const releaseMachine: Machine<ReleaseState, ReleaseCommand, ReleaseFacts> = {
  name: 'release',
  initial: 'DRAFT',
  states: RELEASE_STATES,
  final: ['CLOSED', 'CANCELLED'],
  commands: RELEASE_COMMANDS,
  computed: { DISTRIBUTING: [everyDistributionHasEnded], BACKING_OUT: [everyDistributionHasEnded] },
  rows: boundToItsPeople([
    {
      from: 'DRAFT',
      command: 'releaseStartPlanning',
      to: 'PLANNING',
      when: keeps('PLANNING'),
      guards: [releaseIsNotOnHold],
    },
    ...WITHOUT_PLANNING,
    ...WITHOUT_SLOT,
    {
      from: 'PLANNING',
      command: 'releaseStartBuilding',
      to: 'BUILDING',
      when: keeps('BUILDING'),
      guards: [releaseIsNotOnHold, planningTasksAreDone],
    },
    {
      from: 'PLANNING',
      command: 'releaseStartTesting',
      to: 'TESTING',
      when: both(skips('BUILDING'), keeps('TESTING')),
      guards: [releaseIsNotOnHold, planningTasksAreDone],
    },
    {
      from: 'BUILDING',
      command: 'releaseStartTesting',
      to: 'TESTING',
      when: keeps('TESTING'),
      guards: [releaseIsNotOnHold, buildingTasksAreDone],
    },
    {
      from: 'TESTING',
      command: 'releaseAccept',
      to: 'ACCEPTED',
      when: keeps('ACCEPTED'),
      guards: [...ACCEPTABLE, testingTasksAreDone],
    },
    {
      from: 'BUILDING',
      command: 'releaseAccept',
      to: 'ACCEPTED',
      when: both(skips('TESTING'), keeps('ACCEPTED')),
      guards: [...ACCEPTABLE, buildingTasksAreDone],
    },
    {
      from: 'PLANNING',
      command: 'releaseAccept',
      to: 'ACCEPTED',
      when: both(skips('BUILDING', 'TESTING'), keeps('ACCEPTED')),
      guards: [...ACCEPTABLE, planningTasksAreDone],
    },
    {
      from: 'ACCEPTED',
      command: 'releaseAccept',
      to: 'ACCEPTED',
      when: ({ acceptanceLapses }) => acceptanceLapses.length > 0,
      guards: [...ACCEPTABLE, testingTasksAreDone],
    },
    // For what is left of it. Its distributions ask for their own targets and contents.
    ...(['DISTRIBUTING', 'PARTIALLY_DEPLOYED', 'FAILED'] as const).map((state) => ({
      from: state,
      command: 'releaseAccept' as const,
      to: state,
      when: ({ acceptanceLapses }: ReleaseFacts) => acceptanceLapses.length > 0,
      guards: [releaseIsNotOnHold, mediaAreAuthorised, ...PROMISES_ARE_KEPT, acceptorDidNotPlan],
    })),
    {
      from: 'ACCEPTED',
      command: 'releaseSchedule',
      to: 'SCHEDULED',
      when: keeps('SCHEDULED'),
      guards: [...SCHEDULABLE, acceptanceIsFresh, acceptanceTasksAreDone],
    },
    {
      from: 'TESTING',
      command: 'releaseSchedule',
      to: 'SCHEDULED',
      when: both(skips('ACCEPTED'), keeps('SCHEDULED')),
      guards: [...SCHEDULABLE, testingTasksAreDone],
    },
    {
      from: 'BUILDING',
      command: 'releaseSchedule',
      to: 'SCHEDULED',
      when: both(skips('TESTING', 'ACCEPTED'), keeps('SCHEDULED')),
      guards: [...SCHEDULABLE, buildingTasksAreDone],
    },
    {
      from: 'PLANNING',
      command: 'releaseSchedule',
      to: 'SCHEDULED',
      when: both(skips('BUILDING', 'TESTING', 'ACCEPTED'), keeps('SCHEDULED')),
      guards: [...SCHEDULABLE, planningTasksAreDone],
    },
    {
      from: ['SCHEDULED', 'COMMUNICATED'],
      command: 'releaseUnschedule',
      to: 'ACCEPTED',
      guards: [noDistributionIsUnderWay],
    },
    {
      from: ['SCHEDULED', 'COMMUNICATED'],
      command: 'releaseMoveSchedule',
      to: 'SCHEDULED',
      when: keeps('SCHEDULED'),
      guards: [...MOVABLE, acceptanceIsFresh, noDistributionIsUnderWay, distributionsFitTheRelease],
    },
    {
      from: 'SCHEDULED',
      command: 'releaseCommunicate',
      to: 'COMMUNICATED',
      guards: [releaseIsNotOnHold, schedulingTasksAreDone],
    },
    {
      from: 'SCHEDULED',
      command: 'releaseStartDistribution',
      to: 'DISTRIBUTING',
      system: true,
      guards: [
        releaseIsNotOnHold,
        communicationWasNotOmitted,
        communicationTasksAreDone,
        ...SCOPE_IS_STILL_RIGHT,
        ...STARTABLE,
      ],
    },
    {
      from: 'COMMUNICATED',
      command: 'releaseStartDistribution',
      to: 'DISTRIBUTING',
      system: true,
      guards: [releaseIsNotOnHold, communicationTasksAreDone, ...SCOPE_IS_STILL_RIGHT, ...STARTABLE],
    },
    {
      from: 'DISTRIBUTING',
      command: 'releaseRecordDeployed',
      to: 'DEPLOYED',
      system: true,
      guards: [everyDistributionHasEnded],
    },
    {
      from: 'DISTRIBUTING',
      command: 'releaseRecordPartiallyDeployed',
      to: 'PARTIALLY_DEPLOYED',
      system: true,
      guards: [everyDistributionHasEnded],
    },
    {
      from: ['DISTRIBUTING', 'BACKING_OUT'],
      command: 'releaseRecordFailed',
      to: 'FAILED',
      system: true,
      guards: [everyDistributionHasEnded],
    },
    {
      from: ['PARTIALLY_DEPLOYED', 'FAILED'],
      command: 'releaseRetryDistribution',
      to: 'DISTRIBUTING',
      system: true,
      guards: [releaseIsNotOnHold, noChangeIsClosedYet, acceptanceIsFresh, ...STARTABLE],
    },
    // A late report has shown that more happened. It is what was observed, so no rule about starting asks for it.
    {
      from: ['PARTIALLY_DEPLOYED', 'FAILED'],
      command: 'releaseReopenOutcome',
      to: 'DISTRIBUTING',
      system: true,
      guards: [noChangeIsClosedYet],
    },
    {
      from: ['DISTRIBUTING', 'DEPLOYED', 'PARTIALLY_DEPLOYED', 'FAILED'],
      command: 'releaseStartBackOut',
      to: 'BACKING_OUT',
      guards: [releaseHasBackOutPlan, noDistributionIsUnderWay],
    },
    {
      from: 'BACKING_OUT',
      command: 'releaseCompleteBackOut',
      to: 'BACKED_OUT',
      guards: [everyDistributionHasEnded, backOutTasksAreDone, everythingDeliveredIsReturned, ownerDecidesWhatStays],
    },
    // A late report has shown that something is on a target after all.
    { from: 'BACKED_OUT', command: 'releaseReopenBackOut', to: 'BACKING_OUT', system: true },
    {
      from: ['DEPLOYED', 'PARTIALLY_DEPLOYED', 'FAILED', 'BACKED_OUT'],
      command: 'releaseStartReview',
      to: 'IN_REVIEW',
      guards: [releaseIsNotOnHold, everyDistributionHasEnded, distributionTasksAreDone],
    },
    {
      from: 'IN_REVIEW',
      command: 'releaseClose',
      to: 'CLOSED',
      guards: [releaseIsNotOnHold, releaseReviewIsRecorded, everyChangeIsClosed, everyTaskIsDone],
    },
    {
      from: BEFORE_DISTRIBUTION,
      command: 'releaseCancel',
      to: 'CANCELLED',
      guards: [noDistributionIsUnderWay],
    },
    { from: OPEN, command: 'releaseUpdate', to: SAME_STATE, guards: [editedFieldsAreOpen, editedTimesLieAhead] },
    { from: OPEN, command: 'releaseHandOver', to: SAME_STATE, guards: [namedPeopleFitTheirParts] },
    { from: OPEN, command: 'releaseHold', to: SAME_STATE, when: ({ onHold }) => onHold === null },
    { from: RELEASE_STATES, command: 'releaseResume', to: SAME_STATE, when: ({ onHold }) => onHold !== null },
    { from: 'IN_REVIEW', command: 'releaseRecordReview', to: SAME_STATE },
    { from: RELEASE_STATES, command: 'releaseAddCi', to: SAME_STATE, guards: SCOPE },
    { from: RELEASE_STATES, command: 'releaseRemoveCi', to: SAME_STATE, guards: SCOPE },
    { from: RELEASE_STATES, command: 'releaseAddContent', to: SAME_STATE, guards: SCOPE },
    { from: RELEASE_STATES, command: 'releaseRemoveContent', to: SAME_STATE, guards: SCOPE },
    { from: RELEASE_STATES, command: 'releaseRemoveChange', to: SAME_STATE, guards: SCOPE },
    { from: BEFORE_DISTRIBUTION, command: 'releaseAddDependency', to: SAME_STATE, guards: [namedItemsCanMove] },
    { from: OPEN, command: 'releaseRemoveDependency', to: SAME_STATE },
    { from: RELEASE_STATES, command: 'releaseSaveAsTemplate', to: SAME_STATE },
  ]),
};

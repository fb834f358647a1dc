import { blocker, type NamedRef } from '../blocker.js';
import { releaseHasOutcome, type ReleaseState } from '../release/release.state.js';
import type { Interval } from '../schedule/interval.js';
import { SAME_STATE, type Guard, type Machine } from '../state-machine.js';
import {
  actorIsRequesterOrChangeManager,
  addedCisAreInUse,
  addedTargetsAreInService,
  contentIsNotAuthorised,
  contentIsNotInRelease,
  datesAreNotPast,
  datesLieInTheSlot,
  editedDatesLieAhead,
  forCis,
  type ChangeEditFacts,
} from './change-edit.js';

/** The states of a request for change, in the order of its life cycle. */
export const CHANGE_STATES = [
  'OPEN',
  'ACCEPTED',
  'REJECTED',
  'ASSESSED',
  'AUTHORISED',
  'SCHEDULED',
  'IN_PROGRESS',
  'IMPLEMENTED',
  'IN_REVIEW',
  'CLOSED',
  'CANCELLED',
] as const;

/** One of {@link CHANGE_STATES}. */
export type ChangeState = (typeof CHANGE_STATES)[number];

/** What each state means. */
export const CHANGE_STATE_DESCRIPTIONS: Readonly<Record<ChangeState, string>> = {
  OPEN: 'Raised, and waiting for the change manager.',
  ACCEPTED: 'Accepted for assessment.',
  REJECTED: 'Rejected with a reason. Final.',
  ASSESSED: 'Impact and risk are assessed. The change authority can decide.',
  AUTHORISED: 'Authorised by the change authority. The change can join a release.',
  SCHEDULED: 'Its release is scheduled.',
  IN_PROGRESS: 'Its release is being distributed.',
  IMPLEMENTED: 'The implementation has ended, with the outcome in `outcome`.',
  IN_REVIEW: 'The post implementation review is under way.',
  CLOSED: 'Reviewed and closed. Final.',
  CANCELLED: 'Cancelled before its implementation began. Final.',
};

/** Commands on a change. */
export const CHANGE_COMMANDS = [
  'changeAccept',
  'changeReject',
  'changeAssess',
  'changeAuthorise',
  'changeSchedule',
  'changeUnschedule',
  'changeStart',
  'changeImplement',
  'changeStartReview',
  'changeClose',
  'changeCancel',
  'changeUpdate',
  'changeAddCi',
  'changeRemoveCi',
] as const;

/** One of {@link CHANGE_COMMANDS}. */
export type ChangeCommand = (typeof CHANGE_COMMANDS)[number];

/** The types of change. */
export const CHANGE_TYPES = ['NORMAL', 'STANDARD', 'EMERGENCY'] as const;

/** One of {@link CHANGE_TYPES}. */
export type ChangeType = (typeof CHANGE_TYPES)[number];

/** What each type means. */
export const CHANGE_TYPE_DESCRIPTIONS: Readonly<Record<ChangeType, string>> = {
  NORMAL: 'Assessed and authorised individually.',
  STANDARD:
    'A well-known change of low risk. Needs no assessment of its own, and can join a release before it is authorised.',
  EMERGENCY:
    'An urgent change. Authorised by the emergency authority; it can be assessed later, but before it is closed.',
};

/** How an implementation can end. */
export const CHANGE_OUTCOMES = ['SUCCESSFUL', 'UNSUCCESSFUL', 'BACKED_OUT'] as const;

/** One of {@link CHANGE_OUTCOMES}. */
export type ChangeOutcome = (typeof CHANGE_OUTCOMES)[number];

/** What each outcome means. */
export const CHANGE_OUTCOME_DESCRIPTIONS: Readonly<Record<ChangeOutcome, string>> = {
  SUCCESSFUL: 'Every target of the change has every content of its release.',
  UNSUCCESSFUL: 'Something is missing on at least one target of the change, or its state is unknown.',
  BACKED_OUT:
    'Everything that the targets of the change received was returned, except what the release owner ' +
    'decided to leave.',
};

/** The risk of a change. */
export const CHANGE_RISKS = ['LOW', 'MEDIUM', 'HIGH'] as const;

/** One of {@link CHANGE_RISKS}. */
export type ChangeRisk = (typeof CHANGE_RISKS)[number];

/** What each level of risk means. */
export const CHANGE_RISK_DESCRIPTIONS: Readonly<Record<ChangeRisk, string>> = {
  LOW: 'A failure is unlikely and easy to undo.',
  MEDIUM: 'Users would notice a failure.',
  HIGH: 'A failure would harm the business or be hard to undo.',
};

/** Final states. A release can only be closed when all its changes are in one of them. */
export const ENDED_CHANGE_STATES = ['REJECTED', 'CLOSED', 'CANCELLED'] as const satisfies readonly ChangeState[];

/** States in which a change covers work on its target configuration items. */
export const COVERING_CHANGE_STATES = [
  'AUTHORISED',
  'SCHEDULED',
  'IN_PROGRESS',
] as const satisfies readonly ChangeState[];

/**
 * States in which a change covers what its own release delivers to its targets. An implemented change counts: when a
 * release is tried again, its changes are in progress again only after the rules have let it start.
 */
export const DELIVERY_CHANGE_STATES = [
  ...COVERING_CHANGE_STATES,
  'IMPLEMENTED',
  'IN_REVIEW',
] as const satisfies readonly ChangeState[];

/** States in which the change authority has not decided yet. */
export const UNDECIDED_CHANGE_STATES = ['OPEN', 'ACCEPTED', 'ASSESSED'] as const satisfies readonly ChangeState[];

/** What the rules of a change need to know. */
export interface ChangeFacts extends ChangeEditFacts {
  readonly risk: ChangeRisk;
  /** Whether an assessment of impact and risk is recorded or part of the command. */
  readonly isAssessed: boolean;
  readonly hasBackOutPlan: boolean;
  /** Number of target configuration items. */
  readonly targetCount: number;
  /** The live release that the change belongs to. */
  readonly release: (NamedRef & { readonly state: ReleaseState; readonly slot?: Interval | null }) | null;
  /** Targets in a protected lifecycle state. */
  readonly protectedTargets: readonly NamedRef[];
  /** Only for an outcome that a person records: whether evidence comes with it. */
  readonly hasEvidence?: boolean;
  /** The outcome, recorded or part of the command. */
  readonly outcome: ChangeOutcome | null;
  /** Only when a person states the outcome of a change in a release: the outcome by what was observed. */
  readonly observedOutcome?: ChangeOutcome;
}

type ChangeGuard = Guard<ChangeFacts>;

/** Nobody who wrote a change or a part of it authorises it, even if somebody else edited it later. */
export const authorsDoNotAuthorise: ChangeGuard = ({ actorId, authorIds }) =>
  authorIds.includes(actorId)
    ? blocker('SELF_APPROVAL', 'You requested this change or wrote a part of it. Somebody else must authorise it.', [
        'CHANGE_AUTHORITY',
      ])
    : undefined;

/** The change has a back-out plan. */
export const changeHasBackOutPlan: ChangeGuard = ({ hasBackOutPlan }) =>
  hasBackOutPlan
    ? undefined
    : blocker('BACKOUT_PLAN_MISSING', 'The change has no back-out plan. Add one before it is authorised.', [
        'REQUESTER',
        'CHANGE_MANAGER',
      ]);

/** The change names at least one target. */
export const changeHasTargets: ChangeGuard = ({ targetCount }) =>
  targetCount > 0
    ? undefined
    : blocker('NO_TARGETS', 'The change has no target configuration item. Add at least one.', [
        'REQUESTER',
        'CHANGE_MANAGER',
      ]);

/** Impact and risk are assessed. */
export const riskIsAssessed: ChangeGuard = ({ isAssessed }) =>
  isAssessed
    ? undefined
    : blocker(
        'RISK_NOT_ASSESSED',
        'The impact and risk of the change are not assessed. Record the assessment.',
        ['CHANGE_MANAGER'],
        {
          path: ['assessment'],
        },
      );

/** An emergency change can be assessed after its implementation, but must be assessed. */
export const emergencyWasAssessedAfterwards: ChangeGuard = (facts) =>
  facts.type === 'EMERGENCY' ? riskIsAssessed(facts) : undefined;

/** A standard change needs no assessment because its risk is low. */
export const standardChangeIsOfLowRisk: ChangeGuard = ({ risk }) =>
  risk === 'LOW'
    ? undefined
    : blocker(
        'RISK_TOO_HIGH',
        `A standard change must have risk LOW, and this one has ${risk}. Make it a normal change and have it assessed.`,
        ['CHANGE_MANAGER', 'REQUESTER'],
      );

/** A change in a release has no outcome before the release has one. */
export const releaseOutcomeIsKnown: ChangeGuard = ({ release }) =>
  release === null || releaseHasOutcome(release.state)
    ? undefined
    : blocker(
        'RELEASE_OUTCOME_PENDING',
        `The change belongs to release ${release.name}, which is ${release.state} and has no outcome yet. ` +
          'Wait for its outcome.',
        ['RELEASE_MANAGER', 'DEPLOYMENT_OPERATOR'],
        {
          subject: { type: 'Release', id: release.id },
        },
      );

/** The outcome is known, from a person or derived from the targets. */
export const outcomeIsKnown: ChangeGuard = ({ outcome }) =>
  outcome === null
    ? blocker('OUTCOME_MISSING', 'Set the outcome of the implementation.', ['CHANGE_MANAGER'], { path: ['outcome'] })
    : undefined;

// Nobody observed the targets of a change without a release, so that its success is what a person claims.
const successIsClaimed = ({ release, outcome }: ChangeFacts): boolean =>
  release === null && (outcome === 'SUCCESSFUL' || outcome === 'BACKED_OUT');

/** A claimed outcome comes with evidence. */
export const claimHasEvidence: ChangeGuard = (facts) =>
  successIsClaimed(facts) && facts.hasEvidence !== true
    ? blocker(
        'EVIDENCE_MISSING',
        'No release delivered the change, so state in "evidence" what was done and how it was checked.',
        ['CHANGE_MANAGER'],
        { path: ['evidence'] },
      )
    : undefined;

/** The requester of a change does not claim its outcome. */
export const requesterDoesNotClaim: ChangeGuard = (facts) =>
  successIsClaimed(facts) && facts.actorId === facts.requesterId
    ? blocker('SELF_APPROVAL', 'You requested this change. Somebody else must confirm its outcome.', ['CHANGE_MANAGER'])
    : undefined;

/** On protected targets only a release shows what was delivered, so its outcome is not claimed. */
export const protectedTargetsNeedARelease: ChangeGuard = (facts) =>
  successIsClaimed(facts)
    ? facts.protectedTargets.map((ci) =>
        blocker(
          'CHANGE_NOT_IN_RELEASE',
          `${ci.name} is in a protected lifecycle state, and no release delivered the change to it. Have a release ` +
            'implement the change, record it as UNSUCCESSFUL, or cancel it.',
          ['CHANGE_MANAGER', 'RELEASE_OWNER'],
          { subject: { type: 'ConfigurationItem', id: ci.id }, path: ['outcome'] },
        ),
      )
    : undefined;

/** The outcome of a change in a release is what was observed on its targets. */
export const outcomeAgreesWithTargets: ChangeGuard = ({ outcome, observedOutcome, release }) =>
  outcome === null ||
  outcome === (observedOutcome ?? outcome) ||
  (release !== null && !releaseHasOutcome(release.state))
    ? undefined
    : blocker(
        'OUTCOME_CONTRADICTED',
        `According to the reports about its targets, the change is ${observedOutcome}, not ${outcome}.`,
        ['DEPLOYMENT_OPERATOR', 'CHANGE_MANAGER'],
        { path: ['outcome'], ...(release && { subject: { type: 'Release', id: release.id } }) },
      );

/** The change is not being distributed to targets right now. */
export const changeIsNotBeingDistributed: ChangeGuard = ({ release }) =>
  release !== null && (release.state === 'DISTRIBUTING' || release.state === 'BACKING_OUT')
    ? blocker(
        'CHANGE_IN_DISTRIBUTION',
        `Release ${release.name} is ${release.state}. Stop or finish it first.`,
        ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
        {
          subject: { type: 'Release', id: release.id },
        },
      )
    : undefined;

const isStandard = ({ type }: ChangeFacts): boolean => type === 'STANDARD';
const isEmergency = ({ type }: ChangeFacts): boolean => type === 'EMERGENCY';
const wentWellAsUsual = ({ type, outcome }: ChangeFacts): boolean => type === 'STANDARD' && outcome === 'SUCCESSFUL';
const isDistributedAgain = ({ release }: ChangeFacts): boolean => release?.state === 'DISTRIBUTING';

const DECIDED = [
  'AUTHORISED',
  'SCHEDULED',
  'IN_PROGRESS',
  'IMPLEMENTED',
  'IN_REVIEW',
] as const satisfies readonly ChangeState[];

/** The life cycle of a change. An ended change has no edit commands: its record is history. */
export const changeMachine: Machine<ChangeState, ChangeCommand, ChangeFacts> = {
  name: 'change',
  initial: 'OPEN',
  states: CHANGE_STATES,
  final: ['REJECTED', 'CLOSED', 'CANCELLED'],
  commands: CHANGE_COMMANDS,
  computed: { SCHEDULED: [releaseOutcomeIsKnown], IN_PROGRESS: [releaseOutcomeIsKnown] },
  rows: [
    { from: 'OPEN', command: 'changeAccept', to: 'ACCEPTED' },
    { from: ['OPEN', 'ACCEPTED', 'ASSESSED'], command: 'changeReject', to: 'REJECTED' },
    { from: 'ACCEPTED', command: 'changeAssess', to: 'ASSESSED', guards: [riskIsAssessed] },
    {
      from: ['OPEN', 'ACCEPTED'],
      command: 'changeAuthorise',
      to: 'AUTHORISED',
      when: isStandard,
      guards: [authorsDoNotAuthorise, standardChangeIsOfLowRisk, changeHasTargets, changeHasBackOutPlan],
    },
    {
      from: 'ACCEPTED',
      command: 'changeAuthorise',
      to: 'AUTHORISED',
      when: isEmergency,
      guards: [authorsDoNotAuthorise, changeHasTargets, changeHasBackOutPlan],
    },
    {
      from: 'ASSESSED',
      command: 'changeAuthorise',
      to: 'AUTHORISED',
      guards: [authorsDoNotAuthorise, riskIsAssessed, changeHasTargets, changeHasBackOutPlan],
    },
    { from: 'AUTHORISED', command: 'changeSchedule', to: 'SCHEDULED', system: true },
    { from: 'SCHEDULED', command: 'changeUnschedule', to: 'AUTHORISED', system: true },
    { from: ['AUTHORISED', 'SCHEDULED'], command: 'changeStart', to: 'IN_PROGRESS', system: true },
    {
      from: ['IMPLEMENTED', 'IN_REVIEW'],
      command: 'changeStart',
      to: 'IN_PROGRESS',
      system: true,
      when: isDistributedAgain,
    },
    {
      from: ['AUTHORISED', 'SCHEDULED', 'IN_PROGRESS'],
      command: 'changeImplement',
      to: 'IMPLEMENTED',
      guards: [
        releaseOutcomeIsKnown,
        outcomeIsKnown,
        outcomeAgreesWithTargets,
        claimHasEvidence,
        requesterDoesNotClaim,
        protectedTargetsNeedARelease,
      ],
    },
    { from: 'IMPLEMENTED', command: 'changeStartReview', to: 'IN_REVIEW' },
    {
      from: 'IN_REVIEW',
      command: 'changeClose',
      to: 'CLOSED',
      guards: [emergencyWasAssessedAfterwards, releaseOutcomeIsKnown],
    },
    {
      from: 'IMPLEMENTED',
      command: 'changeClose',
      to: 'CLOSED',
      when: wentWellAsUsual,
      guards: [releaseOutcomeIsKnown],
    },
    {
      from: ['OPEN', 'ACCEPTED', 'ASSESSED', 'AUTHORISED', 'SCHEDULED'],
      command: 'changeCancel',
      to: 'CANCELLED',
      guards: [actorIsRequesterOrChangeManager, changeIsNotBeingDistributed],
    },
    {
      from: UNDECIDED_CHANGE_STATES,
      command: 'changeUpdate',
      to: SAME_STATE,
      guards: [
        actorIsRequesterOrChangeManager,
        contentIsNotInRelease,
        datesLieInTheSlot,
        editedDatesLieAhead,
        addedCisAreInUse,
        addedTargetsAreInService,
      ],
    },
    {
      from: ['AUTHORISED', 'SCHEDULED'],
      command: 'changeUpdate',
      to: SAME_STATE,
      guards: [
        actorIsRequesterOrChangeManager,
        contentIsNotAuthorised,
        datesLieInTheSlot,
        editedDatesLieAhead,
        addedCisAreInUse,
        addedTargetsAreInService,
      ],
    },
    {
      from: ['IN_PROGRESS', 'IMPLEMENTED', 'IN_REVIEW'],
      command: 'changeUpdate',
      to: SAME_STATE,
      guards: [
        actorIsRequesterOrChangeManager,
        contentIsNotAuthorised,
        datesAreNotPast,
        addedCisAreInUse,
        addedTargetsAreInService,
      ],
    },
    {
      from: UNDECIDED_CHANGE_STATES,
      command: 'changeAddCi',
      to: SAME_STATE,
      guards: [
        actorIsRequesterOrChangeManager,
        forCis(contentIsNotInRelease),
        addedCisAreInUse,
        addedTargetsAreInService,
      ],
    },
    {
      from: UNDECIDED_CHANGE_STATES,
      command: 'changeRemoveCi',
      to: SAME_STATE,
      guards: [actorIsRequesterOrChangeManager, forCis(contentIsNotInRelease)],
    },
    // Always refused, with what to do instead.
    {
      from: DECIDED,
      command: 'changeAddCi',
      to: SAME_STATE,
      guards: [
        actorIsRequesterOrChangeManager,
        forCis(contentIsNotAuthorised),
        addedCisAreInUse,
        addedTargetsAreInService,
      ],
    },
    {
      from: DECIDED,
      command: 'changeRemoveCi',
      to: SAME_STATE,
      guards: [actorIsRequesterOrChangeManager, forCis(contentIsNotAuthorised)],
    },
  ],
};

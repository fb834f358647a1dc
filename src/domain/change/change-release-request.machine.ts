import { blocker, type NamedRef } from '../blocker.js';
import type { ChangeState, ChangeType } from './change.machine.js';
import type { ReleaseState } from '../release/release.state.js';
import { actorHolds, type ActorFacts } from '../roles.js';
import type { Guard, Machine } from '../state-machine.js';

/** The states of a request that a change be implemented by a release. */
export const CHANGE_RELEASE_REQUEST_STATES = ['SUBMITTED', 'APPROVED', 'REJECTED', 'WITHDRAWN', 'EXPIRED'] as const;

/** One of {@link CHANGE_RELEASE_REQUEST_STATES}. */
export type ChangeReleaseRequestState = (typeof CHANGE_RELEASE_REQUEST_STATES)[number];

/** What each state means. */
export const CHANGE_RELEASE_REQUEST_STATE_DESCRIPTIONS: Readonly<Record<ChangeReleaseRequestState, string>> = {
  SUBMITTED: 'Waiting for the decision of the release owner.',
  APPROVED: 'The owner accepted: the change and its configuration items belong to the release. Final.',
  REJECTED: 'The owner declined, or the release or the change was given up, with a reason. Final.',
  WITHDRAWN: 'Change Management took the request back. Final.',
  EXPIRED: 'Nobody decided in time. Final.',
};

/** Commands on a request. */
export const CHANGE_RELEASE_REQUEST_COMMANDS = [
  'changeReleaseRequestApprove',
  'changeReleaseRequestReject',
  'changeReleaseRequestRejectUnasked',
  'changeReleaseRequestWithdraw',
  'changeReleaseRequestExpire',
] as const;

/** One of {@link CHANGE_RELEASE_REQUEST_COMMANDS}. */
export type ChangeReleaseRequestCommand = (typeof CHANGE_RELEASE_REQUEST_COMMANDS)[number];

/** How a request says which release it means. */
export const REQUEST_MODES = ['SPECIFIC_RELEASE', 'ANY_AVAILABLE', 'ADD_TO_EXISTING'] as const;

/** One of {@link REQUEST_MODES}. */
export type RequestMode = (typeof REQUEST_MODES)[number];

/** What each mode means. */
export const REQUEST_MODE_DESCRIPTIONS: Readonly<Record<RequestMode, string>> = {
  SPECIFIC_RELEASE: 'Implement the change in this particular release.',
  ANY_AVAILABLE:
    'Implement the change in any available release: candidates are ranked and explained, a person chooses.',
  ADD_TO_EXISTING: 'Add an existing change, with its source and target configuration items, to this release.',
};

/** States in which a release takes changes without further ado. */
export const RELEASE_STATES_OPEN_FOR_SCOPE = [
  'DRAFT',
  'PLANNING',
  'BUILDING',
  'TESTING',
  'ACCEPTED',
  'SCHEDULED',
] as const satisfies readonly ReleaseState[];

/** What the rules of a request need to know. */
export interface ChangeReleaseRequestFacts extends ActorFacts {
  /** Who submitted the request. */
  readonly requesterId: string;
  readonly change: NamedRef & { readonly state: ChangeState; readonly type: ChangeType };
  /** The live release the change already belongs to, if any. */
  readonly changeLiveRelease: NamedRef | null;
  /** The release that is to take the change; null while an ANY_AVAILABLE request has none chosen. */
  readonly release: (NamedRef & { readonly state: ReleaseState; readonly ownerId: string | null }) | null;
  /** Targets of the change that have been retired since. */
  readonly retiredTargets: readonly NamedRef[];
  /** Whether the approver explicitly agreed to re-plan a release that is past SCHEDULED. */
  readonly replanningAgreed: boolean;
}

type RequestGuard = Guard<ChangeReleaseRequestFacts>;

/** A release has been chosen. */
export const releaseIsChosen: RequestGuard = ({ release }) =>
  release === null
    ? blocker(
        'RELEASE_NOT_CHOSEN',
        'The request is for any available release. Choose one of its candidates.',
        ['RELEASE_OWNER', 'RELEASE_MANAGER'],
        {
          path: ['releaseId'],
        },
      )
    : undefined;

/** Who decides owns this release. */
export const approverOwnsTheRelease: RequestGuard = ({ actorId, release }) =>
  release === null || release.ownerId === actorId
    ? undefined
    : blocker(
        'NOT_RELEASE_OWNER',
        `Only the owner of release ${release.name} may decide which changes join it.`,
        ['RELEASE_OWNER'],
        {
          subject: { type: 'Release', id: release.id },
        },
      );

/** Who asked does not approve. */
export const requesterDoesNotApprove: RequestGuard = ({ actorId, requesterId }) =>
  actorId === requesterId
    ? blocker('SELF_APPROVAL', 'You submitted this request, so somebody else has to approve it.', ['RELEASE_OWNER'])
    : undefined;

/** Only the requester and change managers withdraw a request. */
export const actorSubmittedOrManagesChanges: RequestGuard = (facts) =>
  facts.actorId === facts.requesterId || actorHolds(facts, 'CHANGE_MANAGER')
    ? undefined
    : blocker('NOT_REQUESTER', 'Only the requester or a change manager can withdraw this request.', [
        'REQUESTER',
        'CHANGE_MANAGER',
      ]);

/** The change is authorised, or standard and so authorised in advance. */
export const changeIsAuthorised: RequestGuard = ({ change }) => {
  const preAuthorised = change.type === 'STANDARD' && ['OPEN', 'ACCEPTED', 'ASSESSED'].includes(change.state);
  return change.state === 'AUTHORISED' || preAuthorised
    ? undefined
    : blocker(
        'CHANGE_NOT_AUTHORISED',
        `Change ${change.name} is ${change.state}. It can join a release once it is authorised.`,
        ['CHANGE_AUTHORITY'],
        {
          subject: { type: 'Change', id: change.id },
        },
      );
};

/** A change belongs to one live release at most. */
export const changeIsInNoOtherRelease: RequestGuard = ({ change, changeLiveRelease }) =>
  changeLiveRelease === null
    ? undefined
    : blocker(
        'CHANGE_IN_OTHER_RELEASE',
        `Change ${change.name} already belongs to release ${changeLiveRelease.name}. Take it out of that one first.`,
        ['RELEASE_OWNER', 'RELEASE_MANAGER'],
        {
          subject: { type: 'Release', id: changeLiveRelease.id },
          via: [{ type: 'Change', id: change.id }],
        },
      );

/** The scope of the release may still change. Asked for every change of scope, not only for requests. */
export const releaseIsOpenForScope: Guard<Pick<ChangeReleaseRequestFacts, 'release' | 'replanningAgreed'>> = ({
  release,
  replanningAgreed,
}) => {
  if (release === null || (RELEASE_STATES_OPEN_FOR_SCOPE as readonly ReleaseState[]).includes(release.state))
    return undefined;
  if (release.state === 'COMMUNICATED' && replanningAgreed) return undefined;
  const help =
    release.state === 'COMMUNICATED' ? 'Agree to re-plan it, or choose another release.' : 'Choose another release.';
  return blocker(
    'RELEASE_NOT_OPEN_FOR_SCOPE',
    `Release ${release.name} is ${release.state}, so that its scope is closed. ${help}`,
    ['RELEASE_OWNER', 'CHANGE_MANAGER'],
    {
      subject: { type: 'Release', id: release.id },
    },
  );
};

/** No target of the change was retired while the request waited. */
export const noTargetIsRetired: RequestGuard = ({ change, retiredTargets }) =>
  retiredTargets.map((ci) =>
    blocker(
      'CI_NOT_AUTHORISED',
      `Configuration item ${ci.name}, a target of change ${change.name}, has been retired. Take it out of the change.`,
      ['CHANGE_MANAGER', 'REQUESTER'],
      {
        subject: { type: 'ConfigurationItem', id: ci.id },
        via: [{ type: 'Change', id: change.id }],
      },
    ),
  );

/** The life cycle of a request to join a release. */
export const changeReleaseRequestMachine: Machine<
  ChangeReleaseRequestState,
  ChangeReleaseRequestCommand,
  ChangeReleaseRequestFacts
> = {
  name: 'change release request',
  initial: 'SUBMITTED',
  states: CHANGE_RELEASE_REQUEST_STATES,
  final: ['APPROVED', 'REJECTED', 'WITHDRAWN', 'EXPIRED'],
  commands: CHANGE_RELEASE_REQUEST_COMMANDS,
  rows: [
    {
      from: 'SUBMITTED',
      command: 'changeReleaseRequestApprove',
      to: 'APPROVED',
      guards: [
        releaseIsChosen,
        approverOwnsTheRelease,
        requesterDoesNotApprove,
        changeIsAuthorised,
        changeIsInNoOtherRelease,
        releaseIsOpenForScope,
        noTargetIsRetired,
      ],
    },
    { from: 'SUBMITTED', command: 'changeReleaseRequestReject', to: 'REJECTED', guards: [approverOwnsTheRelease] },
    // Its release or its change is over, so that nobody has to decide any more.
    { from: 'SUBMITTED', command: 'changeReleaseRequestRejectUnasked', to: 'REJECTED', system: true },
    {
      from: 'SUBMITTED',
      command: 'changeReleaseRequestWithdraw',
      to: 'WITHDRAWN',
      guards: [actorSubmittedOrManagesChanges],
    },
    { from: 'SUBMITTED', command: 'changeReleaseRequestExpire', to: 'EXPIRED', system: true },
  ],
};

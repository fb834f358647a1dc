import { blocker, type NamedRef } from '../blocker.js';
import type { ChangeState, ChangeType } from './change.machine.js';
import type { ReleaseState } from '../release/release.state.js';
import { actorHolds, type ActorFacts } from '../roles.js';
import type { Guard, Machine } from '../state-machine.js';

/** The states of a request that a release implement a change. */
export const CHANGE_RELEASE_REQUEST_STATES = ['SUBMITTED', 'APPROVED', 'REJECTED', 'WITHDRAWN', 'EXPIRED'] as const;

/** One of {@link CHANGE_RELEASE_REQUEST_STATES}. */
export type ChangeReleaseRequestState = (typeof CHANGE_RELEASE_REQUEST_STATES)[number];

/** What each state means. */
export const CHANGE_RELEASE_REQUEST_STATE_DESCRIPTIONS: Readonly<Record<ChangeReleaseRequestState, string>> = {
  SUBMITTED: 'Waiting for the decision of the release owner.',
  APPROVED: 'The release owner approved. The change and its configuration items belong to the release. Final.',
  REJECTED: 'The release owner declined, or the release or the change was cancelled or rejected. Final.',
  WITHDRAWN: 'Withdrawn by its requester or a change manager. Final.',
  EXPIRED: 'Not decided before it expired. Final.',
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

/** How a request selects its release. */
export const REQUEST_MODES = ['SPECIFIC_RELEASE', 'ANY_AVAILABLE', 'ADD_TO_EXISTING'] as const;

/** One of {@link REQUEST_MODES}. */
export type RequestMode = (typeof REQUEST_MODES)[number];

/** What each mode means. */
export const REQUEST_MODE_DESCRIPTIONS: Readonly<Record<RequestMode, string>> = {
  SPECIFIC_RELEASE: 'Implement the change in the named release.',
  ANY_AVAILABLE:
    'Implement the change in any available release. Candidates are ranked with reasons; a release owner chooses one.',
  ADD_TO_EXISTING: 'Add an existing change, with its source and target configuration items, to the named release.',
};

/** States in which the scope of a release is open. */
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
  /** Database id of the person who submitted the request. */
  readonly requesterId: string;
  readonly change: NamedRef & { readonly state: ChangeState; readonly type: ChangeType };
  /** The live release that the change already belongs to. */
  readonly changeLiveRelease: NamedRef | null;
  /** The release that would implement the change. Null while none is chosen for an ANY_AVAILABLE request. */
  readonly release: (NamedRef & { readonly state: ReleaseState; readonly ownerId: string | null }) | null;
  /** Whether a target of the change asks for a step that the release has left out or is past. */
  readonly isTooLate: boolean;
  /** Targets of the change that are retired. */
  readonly retiredTargets: readonly NamedRef[];
  /** Targets of the change in lifecycle state DECOMMISSIONED. */
  readonly decommissionedTargets: readonly NamedRef[];
  /** Whether the approver agreed to plan a COMMUNICATED release again. */
  readonly replanningAgreed: boolean;
}

type RequestGuard = Guard<ChangeReleaseRequestFacts>;

/** A release is chosen. */
export const releaseIsChosen: RequestGuard = ({ release }) =>
  release === null
    ? blocker(
        'RELEASE_NOT_CHOSEN',
        'The request is for any available release. Choose one of the candidates.',
        ['RELEASE_OWNER', 'RELEASE_MANAGER'],
        {
          path: ['releaseId'],
        },
      )
    : undefined;

/** The actor owns the release. */
export const approverOwnsTheRelease: RequestGuard = ({ actorId, release }) =>
  release === null || release.ownerId === actorId
    ? undefined
    : blocker(
        'NOT_RELEASE_OWNER',
        `Only the owner of release ${release.name} can decide which changes join it.`,
        ['RELEASE_OWNER'],
        {
          subject: { type: 'Release', id: release.id },
        },
      );

/** The requester does not approve. */
export const requesterDoesNotApprove: RequestGuard = ({ actorId, requesterId }) =>
  actorId === requesterId
    ? blocker('SELF_APPROVAL', 'You submitted this request. Somebody else must approve it.', ['RELEASE_OWNER'])
    : undefined;

/** Only the requester and change managers withdraw a request. */
export const actorSubmittedOrManagesChanges: RequestGuard = (facts) =>
  facts.actorId === facts.requesterId || actorHolds(facts, 'CHANGE_MANAGER')
    ? undefined
    : blocker('NOT_REQUESTER', 'Only the requester or a change manager can withdraw this request.', [
        'REQUESTER',
        'CHANGE_MANAGER',
      ]);

/** The change is authorised, or a standard change, which is authorised in advance. */
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

/** A change belongs to at most one live release. */
export const changeIsInNoOtherRelease: RequestGuard = ({ change, changeLiveRelease }) =>
  changeLiveRelease === null
    ? undefined
    : blocker(
        'CHANGE_IN_OTHER_RELEASE',
        `Change ${change.name} already belongs to release ${changeLiveRelease.name}. Remove it from there first.`,
        ['RELEASE_OWNER', 'RELEASE_MANAGER'],
        {
          subject: { type: 'Release', id: changeLiveRelease.id },
          via: [{ type: 'Change', id: change.id }],
        },
      );

/** The scope of the release is open. Checked for every change of scope, not only for requests. */
export const releaseIsOpenForScope: Guard<Pick<ChangeReleaseRequestFacts, 'release' | 'replanningAgreed'>> = ({
  release,
  replanningAgreed,
}) => {
  if (release === null || (RELEASE_STATES_OPEN_FOR_SCOPE as readonly ReleaseState[]).includes(release.state))
    return undefined;
  if (release.state === 'COMMUNICATED' && replanningAgreed) return undefined;
  const help =
    release.state === 'COMMUNICATED' ? 'Agree to plan it again, or choose another release.' : 'Choose another release.';
  return blocker(
    'RELEASE_NOT_OPEN_FOR_SCOPE',
    `Release ${release.name} is ${release.state}, so its scope is closed. ${help}`,
    ['RELEASE_OWNER', 'CHANGE_MANAGER'],
    {
      subject: { type: 'Release', id: release.id },
    },
  );
};

/** No target of the change asks for a step that the release is past. */
export const releaseIsInTime: RequestGuard = ({ change, release, isTooLate }) =>
  release === null || !isTooLate
    ? undefined
    : blocker(
        'RELEASE_NOT_OPEN_FOR_SCOPE',
        `A target of change ${change.name} requires a step that release ${release.name} has passed. Choose another ` +
          'release.',
        ['RELEASE_OWNER', 'CHANGE_MANAGER'],
        { subject: { type: 'Release', id: release.id }, via: [{ type: 'Change', id: change.id }] },
      );

/** No target of the change is retired. */
export const noTargetIsRetired: RequestGuard = ({ change, retiredTargets }) =>
  retiredTargets.map((ci) =>
    blocker(
      'CI_NOT_AUTHORISED',
      `Configuration item ${ci.name}, a target of change ${change.name}, is retired. Remove it from the change.`,
      ['CHANGE_MANAGER', 'REQUESTER'],
      {
        subject: { type: 'ConfigurationItem', id: ci.id },
        via: [{ type: 'Change', id: change.id }],
      },
    ),
  );

/** No target of the change was taken out of service. */
export const noTargetIsDecommissioned: RequestGuard = ({ change, decommissionedTargets }) =>
  decommissionedTargets.map((ci) =>
    blocker(
      'CI_DECOMMISSIONED',
      `Configuration item ${ci.name}, a target of change ${change.name}, is decommissioned. Remove it from the change.`,
      ['CHANGE_MANAGER', 'REQUESTER'],
      { subject: { type: 'ConfigurationItem', id: ci.id }, via: [{ type: 'Change', id: change.id }] },
    ),
  );

/** What a change needs to join a release, whichever it is: asked for its candidates, its request and its approval. */
export const CHANGE_CAN_JOIN: readonly RequestGuard[] = [
  changeIsAuthorised,
  changeIsInNoOtherRelease,
  noTargetIsRetired,
  noTargetIsDecommissioned,
];

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
        releaseIsOpenForScope,
        releaseIsInTime,
        ...CHANGE_CAN_JOIN,
      ],
    },
    { from: 'SUBMITTED', command: 'changeReleaseRequestReject', to: 'REJECTED', guards: [approverOwnsTheRelease] },
    // Its release or change has ended, so nobody needs to decide.
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

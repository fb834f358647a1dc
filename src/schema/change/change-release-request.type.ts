import { Field, Int, ObjectType } from 'type-graphql';
import {
  CHANGE_RELEASE_REQUEST_STATE_DESCRIPTIONS,
  CHANGE_RELEASE_REQUEST_STATES,
  REQUEST_MODE_DESCRIPTIONS,
  REQUEST_MODES,
  type ChangeReleaseRequestState,
  type RequestMode,
} from '../../domain/change/change-release-request.machine.js';
import { enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { id, instant, listType, oneOf, text } from '../list.js';

export const ChangeReleaseRequestStateEnum = enumFrom(
  'ChangeReleaseRequestState',
  CHANGE_RELEASE_REQUEST_STATES,
  'Lifecycle state of a request to implement a change in a release.',
  CHANGE_RELEASE_REQUEST_STATE_DESCRIPTIONS,
);
export const RequestModeEnum = enumFrom(
  'RequestMode',
  REQUEST_MODES,
  'Way in which a request specifies its release.',
  REQUEST_MODE_DESCRIPTIONS,
);

/** A request to join a release in the API; also the shape of the row that the read model selects. */
@ObjectType('ChangeReleaseRequest', {
  implements: NodeType,
  description:
    'Request by Change Management to implement a change in a release. The owner of ' +
    'the release decides. A change has at most one open request.',
  simpleResolvers: true,
})
export class ChangeReleaseRequestType extends NodeType {
  @Field(() => String, { description: 'Human-readable number, e.g. CRR-1042.' })
  number!: string;

  @Field(() => RequestModeEnum, { description: 'Way in which the request specifies its release.' })
  mode!: RequestMode;

  @Field(() => ChangeReleaseRequestStateEnum, { description: 'Lifecycle state, e.g. SUBMITTED or APPROVED.' })
  state!: ChangeReleaseRequestState;

  @Field(() => String, { description: 'Why the release should implement the change. May be empty.' })
  justification!: string;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the request was approved, rejected, withdrawn or expired.',
  })
  decidedAt!: string | null;

  @Field(() => String, { nullable: true, description: 'Reason for the decision, if one was given.' })
  decisionReason!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the request expires if it is still open.' })
  expiresAt!: string | null;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When the request was submitted.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When the request last changed.' })
  updatedAt!: string;

  changeId!: string;
  releaseId!: string | null;
  requestedById!: string;
  decidedById!: string | null;
}

export const ChangeReleaseRequestStateFilter = enumFilter('ChangeReleaseRequestState', ChangeReleaseRequestStateEnum);
export const RequestModeFilter = enumFilter('RequestMode', RequestModeEnum);

/** The list of requests to join a release, with its filters and sort fields. */
export const changeReleaseRequestList = listType('ChangeReleaseRequest', () => ChangeReleaseRequestType, {
  of: 'requests to join a release',
  filter: {
    number: text('By request number, e.g. CRR-1042.'),
    state: oneOf(ChangeReleaseRequestStateFilter, 'By lifecycle state of the request.'),
    mode: oneOf(RequestModeFilter, 'By the way in which the request specifies its release.'),
    change: id('Change', 'By requested change.'),
    release: id('Release', 'By release; `isNull: true` finds requests without one.'),
    releaseOwner: id(
      'Person',
      'By the owner who can decide: requests for a release of this person, and those that name no release yet, ' +
        'which any release owner can decide. Use `release` to list only one kind.',
    ),
    requestedBy: id('Person', 'By the person who submitted the request.'),
    decidedBy: id('Person', 'By the person who decided the request.'),
    expiresAt: instant('By expiry time.'),
    createdAt: instant('By time of submission.'),
  },
  order: {
    NUMBER: text('Request number, compared as text.'),
    EXPIRES_AT: instant('Expiry time; requests that never expire come last.'),
    UPDATED_AT: instant('Time of the last change.'),
  },
});

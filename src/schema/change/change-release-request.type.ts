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
  'State of a request that a change be implemented by a release.',
  CHANGE_RELEASE_REQUEST_STATE_DESCRIPTIONS,
);
export const RequestModeEnum = enumFrom(
  'RequestMode',
  REQUEST_MODES,
  'How a request says which release it means.',
  REQUEST_MODE_DESCRIPTIONS,
);

/** A request to join a release as the API shows it, and the row it is read as. */
@ObjectType('ChangeReleaseRequest', {
  implements: NodeType,
  description:
    "Change Management's request that a change be implemented by a release. The owner of that very release decides. At most one is open per change.",
  simpleResolvers: true,
})
export class ChangeReleaseRequestType extends NodeType {
  @Field(() => String, { description: 'Number for people, e.g. CRR-1042.' })
  number!: string;

  @Field(() => RequestModeEnum, { description: 'How it says which release it means.' })
  mode!: RequestMode;

  @Field(() => ChangeReleaseRequestStateEnum, { description: 'Where it is in its life.' })
  state!: ChangeReleaseRequestState;

  @Field(() => String, { description: 'Why the change should be implemented by the release. May be empty.' })
  justification!: string;

  @Field(() => DateTime, { nullable: true, description: 'When it was approved, rejected, withdrawn or expired.' })
  decidedAt!: string | null;

  @Field(() => String, { nullable: true, description: 'The reason of the decision, if one was given.' })
  decisionReason!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it expires unless somebody decides before.' })
  expiresAt!: string | null;

  @Field(() => Int, { description: 'Grows with every change; give it back as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When it was submitted.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When it last changed.' })
  updatedAt!: string;

  changeId!: string;
  releaseId!: string | null;
  requestedById!: string;
  decidedById!: string | null;
}

export const ChangeReleaseRequestStateFilter = enumFilter('ChangeReleaseRequestState', ChangeReleaseRequestStateEnum);
export const RequestModeFilter = enumFilter('RequestMode', RequestModeEnum);

/** Lists of requests to join a release: what they can be filtered and ordered by. */
export const changeReleaseRequestList = listType('ChangeReleaseRequest', () => ChangeReleaseRequestType, {
  of: 'requests to join a release',
  filter: {
    number: text('By number.'),
    state: oneOf(ChangeReleaseRequestStateFilter, 'By state.'),
    mode: oneOf(RequestModeFilter, 'By mode.'),
    change: id('Change', 'By the change.'),
    release: id('Release', 'By the release; `isNull: true` gives those for which none is chosen yet.'),
    releaseOwner: id(
      'Person',
      'By the owner of the release: what waits for whom. Requests for any available release wait for every owner and are not in it.',
    ),
    requestedBy: id('Person', 'By the person who submitted it.'),
    decidedBy: id('Person', 'By the person who decided.'),
    expiresAt: instant('By the instant it expires.'),
    createdAt: instant('By the instant it was submitted.'),
  },
  order: {
    NUMBER: text('Number, as text.'),
    EXPIRES_AT: instant('The instant it expires; those that never do come last.'),
    UPDATED_AT: instant('Time of the last change.'),
  },
});

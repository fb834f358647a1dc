import { Field, InputType, Int, ObjectType } from 'type-graphql';
import {
  CHANGE_RELEASE_REQUEST_STATE_DESCRIPTIONS,
  CHANGE_RELEASE_REQUEST_STATES,
  REQUEST_MODE_DESCRIPTIONS,
  REQUEST_MODES,
  type ChangeReleaseRequestState,
  type RequestMode,
} from '../../domain/change/change-release-request.machine.js';
import { connectionType } from '../connection.js';
import { enumFrom, OrderDirection } from '../enums.js';
import { Combinable, DateTimeFilter, enumFilter, IdFilter, StringFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import type { OrderTerm } from '../../domain/list.js';

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

export const ChangeReleaseRequestConnection = connectionType('ChangeReleaseRequest', () => ChangeReleaseRequestType);

export const ChangeReleaseRequestStateFilter = enumFilter('ChangeReleaseRequestState', ChangeReleaseRequestStateEnum);
export const RequestModeFilter = enumFilter('RequestMode', RequestModeEnum);

/** What lists of requests can be narrowed by. */
@Combinable()
@InputType('ChangeReleaseRequestFilter', {
  description: 'Narrows a list of requests to join a release. All that is given must hold.',
})
export class ChangeReleaseRequestFilter {
  @Field(() => IdFilter, { nullable: true, description: 'By id.' })
  id?: IdFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By number.' })
  number?: StringFilter;
  @Field(() => ChangeReleaseRequestStateFilter, { nullable: true, description: 'By state.' })
  state?: InstanceType<typeof ChangeReleaseRequestStateFilter>;
  @Field(() => RequestModeFilter, { nullable: true, description: 'By mode.' })
  mode?: InstanceType<typeof RequestModeFilter>;
  @Field(() => IdFilter, { nullable: true, description: 'By the change.' })
  change?: IdFilter;
  @Field(() => IdFilter, {
    nullable: true,
    description: 'By the release; `isNull: true` gives those for which none is chosen yet.',
  })
  release?: IdFilter;
  @Field(() => IdFilter, {
    nullable: true,
    description:
      'By the owner of the release: what waits for whom. Requests for any available release wait for every owner and are not in it.',
  })
  releaseOwner?: IdFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By the person who submitted it.' })
  requestedBy?: IdFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By the person who decided.' })
  decidedBy?: IdFilter;
  @Field(() => DateTimeFilter, { nullable: true, description: 'By the instant it expires.' })
  expiresAt?: DateTimeFilter;
  @Field(() => DateTimeFilter, { nullable: true, description: 'By the instant it was submitted.' })
  createdAt?: DateTimeFilter;
}

export const ChangeReleaseRequestOrderField = enumFrom(
  'ChangeReleaseRequestOrderField',
  ['ID', 'NUMBER', 'EXPIRES_AT', 'UPDATED_AT'],
  'What requests to join a release can be ordered by.',
  {
    ID: 'Age of the request.',
    NUMBER: 'Number, as text.',
    EXPIRES_AT: 'The instant it expires; those that never do come last.',
    UPDATED_AT: 'Time of the last change.',
  },
);

/** One term of an order of requests. */
@InputType('ChangeReleaseRequestOrder', { description: 'One term of an order of requests to join a release.' })
export class ChangeReleaseRequestOrder implements OrderTerm {
  @Field(() => ChangeReleaseRequestOrderField, { description: 'By what.' })
  field!: keyof typeof ChangeReleaseRequestOrderField;
  @Field(() => OrderDirection, { defaultValue: 'ASC', description: 'In which direction.' })
  direction!: 'ASC' | 'DESC';
}

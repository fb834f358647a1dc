import { Field, Int, ObjectType } from 'type-graphql';
import {
  ACCESS_GRANT_KIND_DESCRIPTIONS,
  ACCESS_GRANT_KINDS,
  ACCESS_GRANT_STATE_DESCRIPTIONS,
  ACCESS_GRANT_STATES,
  type AccessGrantKind,
  type AccessGrantState,
} from '../../domain/people/access-grant.machine.js';
import type { Role } from '../../domain/roles.js';
import { enumFrom, RoleEnum } from '../enums.js';
import { enumFilter } from '../filters.js';
import { id, instant, listType, oneOf } from '../list.js';
import { NodeType } from '../node.type.js';
import { payloadType } from '../payload.js';
import { DateTime } from '../scalars.js';

export const AccessGrantStateEnum = enumFrom(
  'AccessGrantState',
  ACCESS_GRANT_STATES,
  'Lifecycle state of an access grant.',
  ACCESS_GRANT_STATE_DESCRIPTIONS,
);
export const AccessGrantKindEnum = enumFrom(
  'AccessGrantKind',
  ACCESS_GRANT_KINDS,
  'What an access grant gives.',
  ACCESS_GRANT_KIND_DESCRIPTIONS,
);

/** An access grant in the API, and the row it is read as. */
@ObjectType('AccessGrant', {
  implements: NodeType,
  description:
    'Authority or access for a person, proposed by one administrator and confirmed by another: roles with ' +
    'authority, a token for somebody else, the identity to sign in with, or the return of a deactivated ' +
    'person.',
  simpleResolvers: true,
})
export class AccessGrantType extends NodeType {
  @Field(() => AccessGrantKindEnum, { description: 'What the grant gives.' })
  kind!: AccessGrantKind;

  @Field(() => AccessGrantStateEnum, { description: 'Lifecycle state, e.g. PROPOSED or CONFIRMED.' })
  state!: AccessGrantState;

  @Field(() => [RoleEnum], { description: 'Roles that the person receives, or that the token carries.' })
  roles!: Role[];

  @Field(() => String, { nullable: true, description: 'Purpose of the token. Null for other kinds.' })
  tokenName!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Time at which the token expires. Null for other kinds.' })
  tokenExpiresAt!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'New claim `sub` of the person at the identity provider. Null if it does not change.',
  })
  subject!: string | null;

  @Field(() => String, { nullable: true, description: 'New e-mail address of the person. Null if it does not change.' })
  email!: string | null;

  @Field(() => String, { description: 'Why the person needs it.' })
  reason!: string;

  @Field(() => DateTime, { description: 'Time at which the proposal expires if nobody decides.' })
  expiresAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'When it was confirmed, declined or expired.' })
  decidedAt!: string | null;

  @Field(() => String, { nullable: true, description: 'Reason for the decision, if one was given.' })
  decisionReason!: string | null;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When it was proposed.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When it last changed.' })
  updatedAt!: string;

  personId!: string;
  proposedById!: string;
  proposedWithId!: string | null;
  decidedById!: string | null;
  accessTokenId!: string | null;
}

export const AccessGrantStateFilter = enumFilter('AccessGrantState', AccessGrantStateEnum);
export const AccessGrantKindFilter = enumFilter('AccessGrantKind', AccessGrantKindEnum);

/** Lists of access grants, with their filters and sort fields. */
export const accessGrantList = listType('AccessGrant', () => AccessGrantType, {
  of: 'access grants',
  filter: {
    kind: oneOf(AccessGrantKindFilter, 'What the grant gives.'),
    state: oneOf(AccessGrantStateFilter, 'Lifecycle state.'),
    person: id('Person', 'Person who receives the access.'),
    proposedBy: id('Person', 'Administrator who proposed it.'),
    decidedBy: id('Person', 'Administrator who confirmed or declined it.'),
    accessToken: id('AccessToken', 'Token that the confirmation created.'),
    expiresAt: instant('Time at which the proposal expires.'),
    createdAt: instant('Time of the proposal.'),
  },
  order: {
    EXPIRES_AT: instant('Time at which the proposal expires.'),
    UPDATED_AT: instant('Time of the last change.'),
  },
});

const ConfirmPayload = payloadType('accessGrantConfirm', 'accessGrant', () => AccessGrantType);
Field(() => String, {
  nullable: true,
  description:
    'Text of the new token, to pass on to its person. It is returned only once, because the server does ' +
    'not store it. Null in a replay, and for grants of other kinds.',
})(ConfirmPayload.prototype, 'secret');
export const AccessGrantConfirmPayload = ConfirmPayload;

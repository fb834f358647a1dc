import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { Role } from '../../domain/roles.js';
import { RoleEnum } from '../enums.js';
import { NodeType } from '../node.type.js';
import { payloadType } from '../payload.js';
import { DateTime } from '../scalars.js';
import { id, instant, listType, text } from '../list.js';

/** A bearer token in the API, and the row it is read as. The secret is not part of it: only a hash is stored. */
@ObjectType('AccessToken', {
  implements: NodeType,
  description:
    'Bearer token of a person or service account. Its text is returned once, at creation; only a hash is stored.',
  simpleResolvers: true,
})
export class AccessTokenType extends NodeType {
  @Field(() => String, { description: 'Purpose of the token, e.g. `build pipeline`.' })
  name!: string;

  @Field(() => [RoleEnum], {
    description: 'Roles of the token. A request with the token has those of them that the person holds at that moment.',
  })
  roles!: Role[];

  @Field(() => DateTime, { description: 'Time at which the token expires.' })
  expiresAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'Time at which the token was revoked. Null if it was not.' })
  revokedAt!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Time of the last use, accurate to about a minute. Null if the token was never used.',
  })
  lastUsedAt!: string | null;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which the token was created.' })
  createdAt!: string;

  @Field(() => [ID], {
    simple: false,
    description:
      'Ids of the tokens that this one descends from, oldest first: each was used to create the next. ' +
      'Revoking one of them also revokes this one. Empty for a token that was created on the command line ' +
      'or with a JWT.',
  })
  lineage!: string[];

  personId!: string;
}

/** Lists of tokens, with their filters and sort fields. */
export const accessTokenList = listType('AccessToken', () => AccessTokenType, {
  of: 'tokens',
  filter: {
    name: text('Purpose of the token.'),
    person: id('Person', 'Person or service account that the token belongs to.'),
    ancestor: id('AccessToken', 'Token that this one descends from.'),
    expiresAt: instant('Time at which the token expires.'),
    revokedAt: instant('Time at which the token was revoked. `isNull: true` matches tokens that were not revoked.'),
    lastUsedAt: instant('Time of the last use. `isNull: true` matches tokens that were never used.'),
  },
  order: { NAME: text('Purpose of the token.'), EXPIRES_AT: instant('Time at which the token expires.') },
});

/** Input of `accessTokenCreate`. */
@InputType('AccessTokenCreateInput', { description: 'Bearer token to create.' })
export class AccessTokenCreateInput {
  @Field(() => String, { description: 'Purpose of the token, e.g. `build pipeline`. 1 to 200 characters.' })
  name!: string;
  @Field(() => [RoleEnum], {
    description: 'Roles of the token: some or all of the roles that were granted to the person on this server.',
  })
  roles!: Role[];
  @Field(() => Int, {
    defaultValue: 30,
    description: 'Days until the token expires, 1 to 366; 1 to 30 after a sign-in at the identity provider.',
  })
  days!: number;
  @Field(() => ID, {
    nullable: true,
    description: 'Your own id. A token for somebody else requires two administrators.',
    deprecationReason: 'Use `accessGrantProposeToken` for somebody else. Will be removed on 2027-05-26.',
  })
  personId?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'Makes retries safe. The first result, without `secret`, is kept for at least 24 hours.',
  })
  idempotencyKey?: string | null;
}

const CreatePayload = payloadType('accessTokenCreate', 'accessToken', () => AccessTokenType);
Field(() => String, {
  nullable: true,
  description:
    'Text of the token, to send as `Authorization: Bearer <secret>`. It is returned only once: the server does not ' +
    'store it, so it is null in a replay. If you lose it, revoke the token and create a new one.',
})(CreatePayload.prototype, 'secret');
export const AccessTokenCreatePayload = CreatePayload;

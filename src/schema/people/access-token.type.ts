import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { Role } from '../../domain/roles.js';
import { RoleEnum } from '../enums.js';
import { NodeType } from '../node.type.js';
import { payloadType } from '../payload.js';
import { DateTime } from '../scalars.js';
import { id, instant, listType, text } from '../list.js';

/** A bearer token as the API shows it, and the row it is read as. Its secret is not among it: only a hash is kept. */
@ObjectType('AccessToken', {
  implements: NodeType,
  description:
    'A bearer token of a person or service. Its text is shown once, when it is made; only a hash of it is kept.',
  simpleResolvers: true,
})
export class AccessTokenType extends NodeType {
  @Field(() => String, { description: 'What it is for.' })
  name!: string;

  @Field(() => [RoleEnum], {
    description: 'Roles it may carry. A request with it has those of them that the person holds at that moment.',
  })
  roles!: Role[];

  @Field(() => DateTime, { description: 'When it ends by itself.' })
  expiresAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'When it was revoked, if it was.' })
  revokedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was last used, to about a minute.' })
  lastUsedAt!: string | null;

  @Field(() => Int, { description: 'Grows with every change; give it back as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When it was made.' })
  createdAt!: string;

  personId!: string;
}

/** Lists of tokens: what they can be filtered and ordered by. */
export const accessTokenList = listType('AccessToken', () => AccessTokenType, {
  of: 'tokens',
  filter: {
    name: text('By what it is for.'),
    person: id('Person', 'By the person who acts with it.'),
    expiresAt: instant('By when it ends by itself.'),
    revokedAt: instant('By when it was revoked; `isNull: true` gives those that were not.'),
    lastUsedAt: instant('By when it was last used; `isNull: true` gives those that never were.'),
  },
  order: { NAME: text('What it is for.'), EXPIRES_AT: instant('When it ends by itself.') },
});

/** Input of `accessTokenCreate`. */
@InputType('AccessTokenCreateInput', { description: 'A new token.' })
export class AccessTokenCreateInput {
  @Field(() => String, { description: 'What it is for, 1 to 200 characters, e.g. `build pipeline`.' })
  name!: string;
  @Field(() => [RoleEnum], {
    description: 'Roles it may carry: some or all of those that the person was granted here.',
  })
  roles!: Role[];
  @Field(() => Int, { defaultValue: 30, description: 'Days until it ends by itself, 1 to 366.' })
  days!: number;
  @Field(() => ID, {
    nullable: true,
    description: 'Who acts with it. Default: you. Only an administrator can make one for somebody else.',
  })
  personId?: string | null;
  @Field(() => String, {
    nullable: true,
    description:
      'Makes repeating the call safe: the same key with the same input gives the same token again, but without its `secret`. Kept at least 24 hours.',
  })
  idempotencyKey?: string | null;
}

const CreatePayload = payloadType('accessTokenCreate', 'accessToken', () => AccessTokenType);
Field(() => String, {
  nullable: true,
  description:
    'The text of the token, to be sent as `Authorization: Bearer <secret>`. It is shown here and never again: null in a replay by idempotency key, for the server does not keep it. Whoever lost it revokes the token and makes a new one.',
})(CreatePayload.prototype, 'secret');
export const AccessTokenCreatePayload = CreatePayload;

import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { BlockerCode } from '../../domain/blocker.js';
import { connectionType } from '../connection.js';
import { BlockerCodeEnum } from '../enums.js';
import { NodeType } from '../node.type.js';
import { payloadType } from '../payload.js';
import { DateTime } from '../scalars.js';

/** A waiver as the API shows it, and the row it is read as. */
@ObjectType('Waiver', {
  implements: NodeType,
  description: 'Permission for a release to pass one waivable rule in spite of what it says, with a reason and an end.',
  simpleResolvers: true,
})
export class WaiverType extends NodeType {
  @Field(() => BlockerCodeEnum, { description: 'The rule that is set aside.' })
  code!: BlockerCode;

  @Field(() => String, { description: 'Why.' })
  reason!: string;

  @Field(() => DateTime, { description: 'From here on it counts no more.' })
  expiresAt!: string;

  @Field(() => DateTime, { description: 'When it was granted.' })
  createdAt!: string;

  releaseId!: string;
  grantedById!: string;
  subjectType!: string | null;
  subjectId!: string | null;
}

export const WaiverConnection = connectionType('Waiver', () => WaiverType);

/** Input of `waiverGrant`. */
@InputType('WaiverGrantInput', { description: 'A waiver to be granted to a release.' })
export class WaiverGrantInput {
  @Field(() => ID, { description: 'The release.' })
  releaseId!: string;
  @Field(() => BlockerCodeEnum, {
    description: 'The rule to be set aside, as its blocker names it. Only rules whose blockers say `waivable` can be.',
  })
  code!: BlockerCode;
  @Field(() => ID, {
    nullable: true,
    description:
      'What the rule is about, as the `subject` of its blocker names it. Without one the waiver holds for every subject of the rule.',
  })
  subjectId?: string | null;
  @Field(() => String, { description: 'Why. 1 to 2000 characters.' })
  reason!: string;
  @Field(() => DateTime, { description: 'When it ends: later than now, and at most 90 days ahead.' })
  expiresAt!: string;
  @Field(() => String, {
    nullable: true,
    description:
      'Makes repeating the call safe: the same key with the same input gives the first result again. Kept at least 24 hours.',
  })
  idempotencyKey?: string | null;
}

export const WaiverGrantPayload = payloadType('waiverGrant', 'waiver', () => WaiverType);

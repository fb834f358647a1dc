import { Field, ObjectType } from 'type-graphql';
import type { BlockerCode } from '../../domain/blocker.js';
import { connectionType } from '../connection.js';
import { BlockerCodeEnum } from '../enums.js';
import { NodeType } from '../node.type.js';
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

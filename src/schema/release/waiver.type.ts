import { Field, ObjectType } from 'type-graphql';
import type { BlockerCode } from '../../domain/blocker.js';
import { connectionType } from '../connection.js';
import { BlockerCodeEnum } from '../enums.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';

/** A waiver in the API; also the shape of the row that the read model selects. */
@ObjectType('Waiver', {
  implements: NodeType,
  description:
    'Permission for a release to proceed although a waivable rule blocks it, with a reason and an expiry time.',
  simpleResolvers: true,
})
export class WaiverType extends NodeType {
  @Field(() => BlockerCodeEnum, { description: 'Rule that is waived, named by its blocker code.' })
  code!: BlockerCode;

  @Field(() => String, { description: 'Reason for the waiver.' })
  reason!: string;

  @Field(() => DateTime, { description: 'When the waiver expires.' })
  expiresAt!: string;

  @Field(() => DateTime, { description: 'When the waiver was granted.' })
  createdAt!: string;

  releaseId!: string;
  grantedById!: string;
  subjectType!: string | null;
  subjectId!: string | null;
}

export const WaiverConnection = connectionType('Waiver', () => WaiverType);

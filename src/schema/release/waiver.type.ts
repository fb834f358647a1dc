import { Field, Int, ObjectType } from 'type-graphql';
import type { BlockerCode } from '../../domain/blocker.js';
import { connectionType } from '../connection.js';
import { WAIVER_STATE_DESCRIPTIONS, WAIVER_STATES, type WaiverState } from '../../domain/release/waiver.machine.js';
import { BlockerCodeEnum, enumFrom } from '../enums.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';

export const WaiverStateEnum = enumFrom('WaiverState', WAIVER_STATES, 'State of a waiver.', WAIVER_STATE_DESCRIPTIONS);

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

  @Field(() => DateTime, {
    nullable: true,
    description:
      'Start of the time for which a blackout is waived. At another time, such as another day of the same blackout, ' +
      'the waiver does not count. Null for other rules.',
  })
  slotStart!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'End of that time.' })
  slotEnd!: string | null;

  @Field(() => DateTime, { description: 'When the waiver was granted.' })
  createdAt!: string;

  @Field(() => WaiverStateEnum, { description: 'Whether the waiver was revoked. Its expiry is `expiresAt`.' })
  state!: WaiverState;

  @Field(() => DateTime, { nullable: true, description: 'When the waiver was revoked. Null unless it was.' })
  revokedAt!: string | null;

  @Field(() => String, { nullable: true, description: 'Reason why the waiver was revoked. Null unless it was.' })
  revokeReason!: string | null;

  @Field(() => Int, { description: 'Version for optimistic locking. Increases with every change.' })
  version!: number;

  releaseId!: string;
  grantedById!: string;
  revokedById!: string | null;
  subjectType!: string | null;
  subjectId!: string | null;
}

export const WaiverConnection = connectionType('Waiver', () => WaiverType);

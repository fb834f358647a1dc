import { Field, ID, InputType, Int } from 'type-graphql';
import {
  RECONCILE_DECISION_DESCRIPTIONS,
  RECONCILE_DECISIONS,
  type DistributionOperation,
  type ReconcileDecision,
} from '../../domain/distribution/distribution.state.js';
import { DistributionOperationEnum } from './deployment-tool.type.js';
import { DistributionType } from './distribution.type.js';
import { enumFrom } from '../enums.js';
import { commandInput } from '../inputs.js';
import { payloadType } from '../payload.js';
import { DateTime, JSONObject } from '../scalars.js';

export const ReconcileDecisionEnum = enumFrom(
  'ReconcileDecision',
  RECONCILE_DECISIONS,
  'What an operator found out about a distribution whose start is unknown.',
  RECONCILE_DECISION_DESCRIPTIONS,
);

/** How far a stop goes. */
export type StopMode = 'GRACEFUL' | 'ABORT';

export const StopModeEnum = enumFrom('StopMode', ['GRACEFUL', 'ABORT'], 'How far a stop goes.', {
  GRACEFUL: 'Begin no further target; let what is under way end.',
  ABORT: 'Also end what is under way. A target may be left half done.',
});

/** Fields that planning and editing have in common. */
@InputType()
abstract class DistributionFields {
  @Field(() => String, { nullable: true, description: 'Name, 1 to 200 characters. Default: release and tool.' })
  name?: string | null;
  @Field(() => [ID], {
    nullable: true,
    description: 'The target configuration items, each a target of the release. Either this or `allTargets`.',
  })
  targetIds?: string[] | null;
  @Field(() => Boolean, { nullable: true, description: 'True: every target that the release has now. Never implied.' })
  allTargets?: boolean | null;
  @Field(() => [ID], {
    nullable: true,
    description: 'The DML item versions, each content of the release. Default: all of them.',
  })
  contentIds?: string[] | null;
  @Field(() => DateTime, { nullable: true, description: 'When it starts by itself, once scheduled.' })
  scheduledStart?: string | null;
  @Field(() => DateTime, {
    nullable: true,
    description: 'Until when it may start and is booked in the schedule. Default: the start plus the deadline.',
  })
  scheduledEnd?: string | null;
  @Field(() => Int, {
    nullable: true,
    description: 'Minutes after the start at which targets without a result count as unknown, 1 to 43200. Default 60.',
  })
  deadlineMinutes?: number | null;
  @Field(() => Int, { nullable: true, description: 'Most targets under way at a time. Default: as the tool does it.' })
  maxParallel?: number | null;
  @Field(() => Int, {
    nullable: true,
    description: 'After so many failed targets begin no further one. Default: never stop.',
  })
  stopAfterFailures?: number | null;
  @Field(() => JSONObject, {
    nullable: true,
    description: 'What the tool is told beyond package and targets. Replaces all of it.',
  })
  parameters?: Record<string, unknown> | null;
  @Field(() => Boolean, {
    nullable: true,
    description:
      'Ask for approval by somebody else even when no target is CRITICAL. With a CRITICAL target it is always required.',
  })
  approvalRequired?: boolean | null;
  @Field(() => String, {
    nullable: true,
    description:
      'Makes repeating the call safe: the same key with the same input gives the first result again. Kept at least 24 hours.',
  })
  idempotencyKey?: string | null;
}

/** Input of `distributionPlan`. */
@InputType('DistributionPlanInput', {
  description:
    'A delivery to be planned. The targets are always named, or asked for with `allTargets: true`; nothing ever widens them.',
})
export class DistributionPlanInput extends DistributionFields {
  @Field(() => ID, { description: 'The release.' })
  releaseId!: string;
  @Field(() => ID, { description: 'The deployment tool.' })
  deploymentToolId!: string;
  @Field(() => DistributionOperationEnum, {
    nullable: true,
    description: 'What is done on the targets. Default INSTALL.',
  })
  operation?: DistributionOperation | null;
}

/** Input of `distributionUpdate`. */
@InputType('DistributionUpdateInput', {
  description: 'Changes to a distribution that is still PLANNED. What is absent stays as it is.',
})
export class DistributionUpdateInput extends DistributionFields {
  @Field(() => ID, { description: 'The distribution.' })
  id!: string;
  @Field(() => Int, { description: 'The version that was read; another one is refused with CONFLICT.' })
  expectedVersion!: number;
}

@InputType()
abstract class DistributionCommandFields {
  @Field(() => ID, { description: 'The distribution.' })
  id!: string;
  @Field(() => Int, {
    nullable: true,
    description: 'The version that was read; when given, another one is refused with CONFLICT.',
  })
  expectedVersion?: number | null;
  @Field(() => String, { nullable: true, description: 'Why; kept in the event.' })
  reason?: string | null;
  @Field(() => String, {
    nullable: true,
    description:
      'Makes repeating the call safe: the same key with the same input gives the first result again. Kept at least 24 hours.',
  })
  idempotencyKey?: string | null;
}

/** Input of `distributionStop`. */
@InputType('DistributionStopInput', { description: 'Input of `distributionStop`.' })
export class DistributionStopInput extends DistributionCommandFields {
  @Field(() => StopModeEnum, { nullable: true, description: 'How far the stop goes. Default GRACEFUL.' })
  mode?: StopMode | null;
}

/** Input of `distributionReconcile`. */
@InputType('DistributionReconcileInput', {
  description: 'Input of `distributionReconcile`. The reason, how you found out, is required.',
})
export class DistributionReconcileInput extends DistributionCommandFields {
  @Field(() => ReconcileDecisionEnum, { description: 'What you found out.' })
  decision!: ReconcileDecision;
}

export const DistributionRequestApprovalInput = commandInput('distributionRequestApproval', 'distribution');
export const DistributionApproveInput = commandInput('distributionApprove', 'distribution');
export const DistributionScheduleInput = commandInput('distributionSchedule', 'distribution');
export const DistributionReplanInput = commandInput('distributionReplan', 'distribution');
export const DistributionStartInput = commandInput('distributionStart', 'distribution');
export const DistributionPauseInput = commandInput('distributionPause', 'distribution');
export const DistributionResumeInput = commandInput('distributionResume', 'distribution');
export const DistributionRetryFailedInput = commandInput('distributionRetryFailed', 'distribution');
export const DistributionStartBackOutInput = commandInput('distributionStartBackOut', 'distribution');
export const DistributionCancelInput = commandInput('distributionCancel', 'distribution');

export const DistributionPlanPayload = payloadType('distributionPlan', 'distribution', () => DistributionType);
export const DistributionUpdatePayload = payloadType('distributionUpdate', 'distribution', () => DistributionType);
export const DistributionRequestApprovalPayload = payloadType(
  'distributionRequestApproval',
  'distribution',
  () => DistributionType,
);
export const DistributionApprovePayload = payloadType('distributionApprove', 'distribution', () => DistributionType);
export const DistributionSchedulePayload = payloadType('distributionSchedule', 'distribution', () => DistributionType);
export const DistributionReplanPayload = payloadType('distributionReplan', 'distribution', () => DistributionType);
export const DistributionStartPayload = payloadType('distributionStart', 'distribution', () => DistributionType);
export const DistributionPausePayload = payloadType('distributionPause', 'distribution', () => DistributionType);
export const DistributionResumePayload = payloadType('distributionResume', 'distribution', () => DistributionType);
export const DistributionStopPayload = payloadType('distributionStop', 'distribution', () => DistributionType);
export const DistributionRetryFailedPayload = payloadType(
  'distributionRetryFailed',
  'distribution',
  () => DistributionType,
);
export const DistributionStartBackOutPayload = payloadType(
  'distributionStartBackOut',
  'distribution',
  () => DistributionType,
);
export const DistributionReconcilePayload = payloadType(
  'distributionReconcile',
  'distribution',
  () => DistributionType,
);
export const DistributionCancelPayload = payloadType('distributionCancel', 'distribution', () => DistributionType);

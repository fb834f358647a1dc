import { Field, ID, InputType, Int } from 'type-graphql';
import {
  RECONCILE_DECISION_DESCRIPTIONS,
  RECONCILE_DECISIONS,
  STOP_MODE_DESCRIPTIONS,
  STOP_MODES,
  type DistributionOperation,
  type ReconcileDecision,
  type StopMode,
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

export const StopModeEnum = enumFrom('StopMode', STOP_MODES, 'How far a stop goes.', STOP_MODE_DESCRIPTIONS);

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

/** Input of `distributionStop`. */
@InputType('DistributionStopInput', { description: 'Input of `distributionStop`.' })
export class DistributionStopInput extends commandInputBase() {
  @Field(() => StopModeEnum, { nullable: true, description: 'How far the stop goes. Default GRACEFUL.' })
  mode?: StopMode | null;
}

/** Input of `distributionReconcile`. */
@InputType('DistributionReconcileInput', {
  description: 'Input of `distributionReconcile`. The reason, how you found out, is required.',
})
export class DistributionReconcileInput extends commandInputBase() {
  @Field(() => ReconcileDecisionEnum, { description: 'What you found out.' })
  decision!: ReconcileDecision;
}

// The fields of every command input, for inputs that add some of their own.
function commandInputBase() {
  @InputType()
  abstract class Base {
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
  return Base;
}

const input = (verb: string) => commandInput(`distribution${verb}`, 'distribution');
const payload = (verb: string) => payloadType(`distribution${verb}`, 'distribution', () => DistributionType);

export const DistributionRequestApprovalInput = input('RequestApproval');
export const DistributionApproveInput = input('Approve');
export const DistributionScheduleInput = input('Schedule');
export const DistributionReplanInput = input('Replan');
export const DistributionStartInput = input('Start');
export const DistributionPauseInput = input('Pause');
export const DistributionResumeInput = input('Resume');
export const DistributionRetryFailedInput = input('RetryFailed');
export const DistributionStartBackOutInput = input('StartBackOut');
export const DistributionCancelInput = input('Cancel');

export const DistributionPlanPayload = payload('Plan');
export const DistributionUpdatePayload = payload('Update');
export const DistributionRequestApprovalPayload = payload('RequestApproval');
export const DistributionApprovePayload = payload('Approve');
export const DistributionSchedulePayload = payload('Schedule');
export const DistributionReplanPayload = payload('Replan');
export const DistributionStartPayload = payload('Start');
export const DistributionPausePayload = payload('Pause');
export const DistributionResumePayload = payload('Resume');
export const DistributionStopPayload = payload('Stop');
export const DistributionRetryFailedPayload = payload('RetryFailed');
export const DistributionStartBackOutPayload = payload('StartBackOut');
export const DistributionReconcilePayload = payload('Reconcile');
export const DistributionCancelPayload = payload('Cancel');

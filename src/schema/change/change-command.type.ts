import { Field, ID, InputType, Int } from 'type-graphql';
import type { ChangeOutcome, ChangeRisk, ChangeType as ChangeKind } from '../../domain/change/change.machine.js';
import type { CiRole } from '../../domain/release/release-scope.js';
import { ChangeOutcomeEnum, ChangeRiskEnum, ChangeType, ChangeTypeEnum } from './change.type.js';
import { ExternalRefInput } from '../external-ref.type.js';
import { payloadType } from '../payload.js';
import { CiRoleEnum } from '../release/release-scope.type.js';
import { DateTime } from '../scalars.js';

const KEY =
  'Makes repeating the call safe: the same key with the same input gives the first result again. Kept at least 24 hours.';
const EXPECTED = 'The version that was read; when given, another one is refused with CONFLICT.';

/** Fields that raising and editing have in common. */
@InputType()
abstract class ChangeFields {
  @Field(() => String, {
    nullable: true,
    description: 'What shall be different afterwards, and why. Up to 10,000 characters.',
  })
  description?: string | null;
  @Field(() => ChangeTypeEnum, {
    nullable: true,
    description: 'Kind of the change; it decides how the change is authorised. Default NORMAL.',
  })
  type?: ChangeKind | null;
  @Field(() => ChangeRiskEnum, {
    nullable: true,
    description: 'How much can go wrong. Default MEDIUM; a standard change must be LOW to be authorised.',
  })
  risk?: ChangeRisk | null;
  @Field(() => String, {
    nullable: true,
    description: 'How the targets are returned to their previous state. No change is authorised without it.',
  })
  backOutPlan?: string | null;
  @Field(() => String, {
    nullable: true,
    description:
      'Assessment of impact and risk. Only a change manager may give it. For an emergency change it may follow until the change is closed.',
  })
  assessment?: string | null;
  @Field(() => DateTime, { nullable: true, description: 'When the implementation should begin; null takes it away.' })
  plannedStart?: string | null;
  @Field(() => DateTime, { nullable: true, description: 'When the implementation should be over; null takes it away.' })
  plannedEnd?: string | null;
  @Field(() => String, { nullable: true, description: KEY })
  idempotencyKey?: string | null;
}

/** Input of `changeCreate`. */
@InputType('ChangeCreateInput', { description: 'A new request for change. It starts as OPEN; you are its requester.' })
export class ChangeCreateInput extends ChangeFields {
  @Field(() => String, { description: 'What changes, in 1 to 200 characters.' })
  title!: string;
  @Field(() => [ID], { nullable: true, description: 'Configuration items that supply the content. At most 500.' })
  sourceCiIds?: string[] | null;
  @Field(() => [ID], { nullable: true, description: 'Configuration items that it acts on. At most 500.' })
  targetCiIds?: string[] | null;
  @Field(() => ExternalRefInput, { nullable: true, description: 'Its name in the system it came from.' })
  externalRef?: ExternalRefInput | null;
}

/** Input of `changeUpdate`. */
@InputType('ChangeUpdateInput', {
  description:
    'Changes to a request for change. What is absent stays as it is. Description, kind, risk, back-out plan and configuration items are fixed once the change is authorised or belongs to a release: ' +
    'cancel it and raise another one. Dates are fixed when the implementation begins.',
})
export class ChangeUpdateInput extends ChangeFields {
  @Field(() => ID, { description: 'The change.' })
  id!: string;
  @Field(() => Int, { description: 'The version that was read; another one is refused with CONFLICT.' })
  expectedVersion!: number;
  @Field(() => String, { nullable: true, description: 'What changes, in 1 to 200 characters.' })
  title?: string | null;
}

/** Input of `changeUpsert`. */
@InputType('ChangeUpsertInput', {
  description:
    'A change of another system: raised when its reference is new, edited otherwise. Sending the same again changes nothing.',
})
export class ChangeUpsertInput extends ChangeFields {
  @Field(() => ExternalRefInput, { description: 'Its name in the system it comes from.' })
  externalRef!: ExternalRefInput;
  @Field(() => String, { description: 'What changes, in 1 to 200 characters.' })
  title!: string;
  @Field(() => [ID], {
    nullable: true,
    description: 'Configuration items that supply the content; they replace those that are there. At most 500.',
  })
  sourceCiIds?: string[] | null;
  @Field(() => [ID], {
    nullable: true,
    description: 'Configuration items that it acts on; they replace those that are there. At most 500.',
  })
  targetCiIds?: string[] | null;
}

/** What every command on a change has. */
@InputType()
abstract class ChangeCommandFields {
  @Field(() => ID, { description: 'The change.' })
  id!: string;
  @Field(() => Int, { nullable: true, description: EXPECTED })
  expectedVersion?: number | null;
  @Field(() => String, { nullable: true, description: KEY })
  idempotencyKey?: string | null;
}

/** Which configuration items to add or remove. */
@InputType()
abstract class ChangeCiFields extends ChangeCommandFields {
  @Field(() => CiRoleEnum, { description: 'The part they play.' })
  role!: CiRole;
  @Field(() => [ID], { description: 'The configuration items. At most 500.' })
  ciIds!: string[];
}

/** Input of `changeAddCi`. */
@InputType('ChangeAddCiInput', { description: 'Configuration items to name as sources or targets of a change.' })
export class ChangeAddCiInput extends ChangeCiFields {}

/** Input of `changeRemoveCi`. */
@InputType('ChangeRemoveCiInput', { description: 'Sources or targets to take out of a change.' })
export class ChangeRemoveCiInput extends ChangeCiFields {}

/** Input of `changeAssess`. */
@InputType('ChangeAssessInput', { description: 'The assessment of a change.' })
export class ChangeAssessInput extends ChangeCommandFields {
  @Field(() => String, {
    nullable: true,
    description: 'Impact and risk, in words. May be left out when the change carries an assessment already.',
  })
  assessment?: string | null;
  @Field(() => ChangeRiskEnum, { nullable: true, description: 'The risk as assessed. Default: as it is.' })
  risk?: ChangeRisk | null;
  @Field(() => String, { nullable: true, description: 'Why; kept in the event.' })
  reason?: string | null;
}

/** Input of `changeImplement`. */
@InputType('ChangeImplementInput', { description: 'How the implementation of a change ended.' })
export class ChangeImplementInput extends ChangeCommandFields {
  @Field(() => ChangeOutcomeEnum, { description: 'The outcome.' })
  outcome!: ChangeOutcome;
  @Field(() => String, { nullable: true, description: 'What happened; kept in the event.' })
  reason?: string | null;
}

/** A command with a reason. */
@InputType()
abstract class ReasonedChangeFields extends ChangeCommandFields {
  @Field(() => String, { description: 'Why, in 1 to 2,000 characters; shown as `stateReason` and kept in the event.' })
  reason!: string;
}

/** Input of `changeReject`. */
@InputType('ChangeRejectInput', { description: 'The refusal of a change.' })
export class ChangeRejectInput extends ReasonedChangeFields {}

/** Input of `changeCancel`. */
@InputType('ChangeCancelInput', { description: 'The end of a change before its implementation.' })
export class ChangeCancelInput extends ReasonedChangeFields {}

export const ChangeCreatePayload = payloadType('changeCreate', 'change', () => ChangeType);
export const ChangeUpdatePayload = payloadType('changeUpdate', 'change', () => ChangeType);
export const ChangeUpsertPayload = payloadType('changeUpsert', 'change', () => ChangeType);
export const ChangeAddCiPayload = payloadType('changeAddCi', 'change', () => ChangeType);
export const ChangeRemoveCiPayload = payloadType('changeRemoveCi', 'change', () => ChangeType);
export const ChangeAcceptPayload = payloadType('changeAccept', 'change', () => ChangeType);
export const ChangeRejectPayload = payloadType('changeReject', 'change', () => ChangeType);
export const ChangeAssessPayload = payloadType('changeAssess', 'change', () => ChangeType);
export const ChangeAuthorisePayload = payloadType('changeAuthorise', 'change', () => ChangeType);
export const ChangeImplementPayload = payloadType('changeImplement', 'change', () => ChangeType);
export const ChangeStartReviewPayload = payloadType('changeStartReview', 'change', () => ChangeType);
export const ChangeClosePayload = payloadType('changeClose', 'change', () => ChangeType);
export const ChangeCancelPayload = payloadType('changeCancel', 'change', () => ChangeType);

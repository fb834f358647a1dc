import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { RequestMode } from '../../domain/change/change-release-request.machine.js';
import {
  CANDIDATE_REASON_CODES,
  CANDIDATE_REASON_DESCRIPTIONS,
  type CandidateReasonCode,
} from '../../domain/release/release-candidate.js';
import { ChangeReleaseRequestType, RequestModeEnum } from './change-release-request.type.js';
import { enumFrom } from '../enums.js';
import { payloadType } from '../payload.js';
import { DateTime } from '../scalars.js';

const KEY =
  'Makes repeating the call safe: the same key with the same input gives the first result again. Kept at least 24 hours.';

/** Input of `changeReleaseRequestSubmit`. */
@InputType('ChangeReleaseRequestSubmitInput', { description: 'A request that a change be implemented by a release.' })
export class ChangeReleaseRequestSubmitInput {
  @Field(() => ID, { description: 'The change. It must be authorised, or a standard change.' })
  changeId!: string;
  @Field(() => RequestModeEnum, { description: 'How the release is meant.' })
  mode!: RequestMode;
  @Field(() => ID, {
    nullable: true,
    description: 'The release. Needed unless the mode is ANY_AVAILABLE, and then not allowed.',
  })
  releaseId?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'Why the change should be implemented by the release. Up to 2,000 characters.',
  })
  justification?: string | null;
  @Field(() => DateTime, {
    nullable: true,
    description: 'When the request expires unless somebody decides before. Default: in 7 days.',
  })
  expiresAt?: string | null;
  @Field(() => String, { nullable: true, description: KEY })
  idempotencyKey?: string | null;
}

/** What every command on a request has. */
@InputType()
abstract class RequestCommandFields {
  @Field(() => ID, { description: 'The request.' })
  id!: string;
  @Field(() => Int, {
    nullable: true,
    description: 'The version that was read; when given, another one is refused with CONFLICT.',
  })
  expectedVersion?: number | null;
  @Field(() => String, { nullable: true, description: KEY })
  idempotencyKey?: string | null;
}

/** Input of `changeReleaseRequestApprove`. */
@InputType('ChangeReleaseRequestApproveInput', { description: 'The yes of a release owner.' })
export class ChangeReleaseRequestApproveInput extends RequestCommandFields {
  @Field(() => ID, {
    nullable: true,
    description:
      'The release that takes the change; needed when the request is for any available release. You must own it.',
  })
  releaseId?: string | null;
  @Field(() => Boolean, {
    nullable: true,
    description:
      'Consent to plan a COMMUNICATED release again: it leaves the schedule and has to be accepted anew. Default false.',
  })
  agreeToReplan?: boolean | null;
  @Field(() => String, { nullable: true, description: 'Why; shown as `decisionReason`.' })
  reason?: string | null;
}

/** Input of `changeReleaseRequestReject`. */
@InputType('ChangeReleaseRequestRejectInput', { description: 'The no of a release owner.' })
export class ChangeReleaseRequestRejectInput extends RequestCommandFields {
  @Field(() => String, { description: 'Why, in 1 to 2,000 characters; shown as `decisionReason`.' })
  reason!: string;
}

/** Input of `changeReleaseRequestWithdraw`. */
@InputType('ChangeReleaseRequestWithdrawInput', { description: 'The end of a request by Change Management.' })
export class ChangeReleaseRequestWithdrawInput extends RequestCommandFields {
  @Field(() => String, { nullable: true, description: 'Why; shown as `decisionReason`.' })
  reason?: string | null;
}

export const CandidateReasonCodeEnum = enumFrom(
  'ReleaseCandidateReasonCode',
  CANDIDATE_REASON_CODES,
  'Why a release fits a change, or does not.',
  CANDIDATE_REASON_DESCRIPTIONS,
);

/** One reason for or against a candidate. */
@ObjectType('ReleaseCandidateReason', {
  description: 'One reason for or against a release as the one that implements a change.',
  simpleResolvers: true,
})
export class ReleaseCandidateReasonType {
  @Field(() => CandidateReasonCodeEnum, { description: 'Which reason.' })
  code!: CandidateReasonCode;
  @Field(() => Int, { description: 'What it counts; negative when it speaks against the release.' })
  points!: number;
  @Field(() => String, { description: 'A sentence for people.' })
  message!: string;
}

/** A release that could take a change. */
@ObjectType('ReleaseCandidate', {
  description: 'A release that could implement a change, and how well it fits. Nothing is chosen: a person does that.',
  simpleResolvers: true,
})
export class ReleaseCandidateType {
  @Field(() => Int, {
    description: 'Sum of the points of the reasons. Good only for comparing candidates for the same change.',
  })
  score!: number;
  @Field(() => [ReleaseCandidateReasonType], { description: 'Why.' })
  reasons!: readonly ReleaseCandidateReasonType[];

  releaseId!: string;
}

const request = () => ChangeReleaseRequestType;
export const ChangeReleaseRequestSubmitPayload = payloadType(
  'changeReleaseRequestSubmit',
  'changeReleaseRequest',
  request,
);
export const ChangeReleaseRequestApprovePayload = payloadType(
  'changeReleaseRequestApprove',
  'changeReleaseRequest',
  request,
);
export const ChangeReleaseRequestRejectPayload = payloadType(
  'changeReleaseRequestReject',
  'changeReleaseRequest',
  request,
);
export const ChangeReleaseRequestWithdrawPayload = payloadType(
  'changeReleaseRequestWithdraw',
  'changeReleaseRequest',
  request,
);

import { Field, Int, ObjectType } from 'type-graphql';
import {
  CANDIDATE_REASON_CODES,
  CANDIDATE_REASON_DESCRIPTIONS,
  type CandidateReasonCode,
} from '../../domain/release/release-candidate.js';
import { enumFrom } from '../enums.js';

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

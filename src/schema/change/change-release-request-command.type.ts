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
  'Reason for or against a release as the candidate for a change.',
  CANDIDATE_REASON_DESCRIPTIONS,
);

/** One reason for or against a candidate, with its points. */
@ObjectType('ReleaseCandidateReason', {
  description: 'Reason for or against a release as the candidate for a change.',
  simpleResolvers: true,
})
export class ReleaseCandidateReasonType {
  @Field(() => CandidateReasonCodeEnum, { description: 'Machine-readable reason.' })
  code!: CandidateReasonCode;
  @Field(() => Int, { description: 'Points added to the score. Negative if the reason counts against it.' })
  points!: number;
  @Field(() => String, { description: 'Explanation in one sentence.' })
  message!: string;
}

/** A release that could implement a change. */
@ObjectType('ReleaseCandidate', {
  description:
    'Release that could implement a change, with a score. A candidate ' +
    'is a suggestion; it does not create a request.',
  simpleResolvers: true,
})
export class ReleaseCandidateType {
  @Field(() => Int, {
    description: 'Sum of the points of all reasons. Only comparable between candidates for the same change.',
  })
  score!: number;
  @Field(() => [ReleaseCandidateReasonType], { description: 'Reasons for and against the release.' })
  reasons!: readonly ReleaseCandidateReasonType[];

  releaseId!: string;
}

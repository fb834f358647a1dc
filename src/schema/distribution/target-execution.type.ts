import { Field, Int, ObjectType } from 'type-graphql';
import { type TargetState } from '../../domain/distribution/observation.js';
import { TargetStateEnum, TargetStateFilter } from './distribution.type.js';
import type { PreflightVerdict } from '../../domain/distribution/preflight.js';
import { PreflightVerdictEnum, PreflightVerdictFilter } from './distribution-preflight.type.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { id, instant, int, listType, oneOf, text } from '../list.js';

/** A target execution in the API, and the row it is read as. */
@ObjectType('TargetExecution', {
  implements: NodeType,
  description: 'Target of a distribution, with the state and progress of the delivery to it.',
  simpleResolvers: true,
})
export class TargetExecutionType extends NodeType {
  @Field(() => TargetStateEnum, {
    description: 'State of the delivery, as far as known. It never moves back within an attempt.',
  })
  state!: TargetState;

  @Field(() => Boolean, {
    description: 'Whether a decision took the target out of the rollout. Nothing more is sent to it.',
  })
  excluded!: boolean;

  @Field(() => Int, {
    description: 'Latest attempt of the distribution for this target. 0 before the first.',
  })
  attempt!: number;

  @Field(() => String, { nullable: true, description: 'Status in the terms of the tool.' })
  nativeStatus!: string | null;

  @Field(() => Int, { description: 'Progress that the tool reports, 0 to 100.' })
  percent!: number;

  @Field(() => String, { nullable: true, description: 'Step in progress, or last completed step.' })
  step!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Reason code of the state, e.g. MEDIA_DIGEST_MISMATCH. Null for plain success.',
  })
  reasonCode!: string | null;

  @Field(() => String, { nullable: true, description: 'Reason in words. Null if there is none.' })
  reasonMessage!: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the tool expects a retry to help. Null if it reported nothing.',
  })
  retryable!: boolean | null;

  @Field(() => Boolean, {
    description:
      'Whether a success counts only with the right `verifiedDigest` or with the evidence of a person, by the ' +
      '`assurancePolicy` in force when the attempt began. Until then the state is UNKNOWN with the reason code ' +
      'ASSURANCE_REQUIRED.',
  })
  verificationRequired!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'SHA-256 that the tool read back on the target. Null if it did not.',
  })
  verifiedDigest!: string | null;

  @Field(() => PreflightVerdictEnum, {
    nullable: true,
    description:
      'What the tool said of the target in the latest preflight of the distribution. Null if it did not name the ' +
      'target.',
  })
  preflightVerdict!: PreflightVerdict | null;

  @Field(() => String, {
    nullable: true,
    description: 'Message of the tool about the target in the latest preflight. Null if there is none.',
  })
  preflightMessage!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Start of the work on the target in the latest attempt.' })
  startedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Time at which the target reached a final state.' })
  endedAt!: string | null;

  @Field(() => Int, { description: 'Increases with every change.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which the record was created.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to the record.' })
  updatedAt!: string;

  distributionId!: string;
  ciId!: string;
  waveId!: string | null;
}

/** Lists of target executions, with their filters and sort fields. */
export const targetExecutionList = listType('TargetExecution', () => TargetExecutionType, {
  of: 'target executions',
  filter: {
    state: oneOf(TargetStateFilter, 'State of the delivery to the target.'),
    ci: id('ConfigurationItem', 'Configuration item that is the target.'),
    distribution: id('Distribution', 'Distribution of the target.'),
    wave: id('DistributionWave', 'Wave of the target.'),
    preflightVerdict: oneOf(PreflightVerdictFilter, 'What the tool said of the target in the latest preflight.'),
    attempt: int('Latest attempt for the target. 0 before the first.'),
  },
  order: { CI_NAME: text('Name of the configuration item.'), UPDATED_AT: instant('Time of the last change.') },
});

import { Field, ObjectType } from 'type-graphql';
import {
  PREFLIGHT_KIND_DESCRIPTIONS,
  PREFLIGHT_KINDS,
  PREFLIGHT_VERDICT_DESCRIPTIONS,
  PREFLIGHT_VERDICTS,
  type PreflightKind,
  type PreflightVerdict,
} from '../../domain/distribution/preflight.js';
import { enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { DateTime } from '../scalars.js';

export const PreflightVerdictEnum = enumFrom(
  'PreflightVerdict',
  PREFLIGHT_VERDICTS,
  'What a deployment tool says of an order before it gets it.',
  PREFLIGHT_VERDICT_DESCRIPTIONS,
);

export const PreflightKindEnum = enumFrom(
  'PreflightKind',
  PREFLIGHT_KINDS,
  'How a deployment tool checks an order in advance.',
  PREFLIGHT_KIND_DESCRIPTIONS,
);

export const PreflightVerdictFilter = enumFilter('PreflightVerdict', PreflightVerdictEnum);

/** The latest preflight of a distribution in the API. */
@ObjectType('DistributionPreflight', {
  description:
    'Latest check of a distribution by its deployment tool, before the tool gets the order. It tells of the plan at ' +
    'the time of the question. A start asks again.',
  simpleResolvers: true,
})
export class DistributionPreflightType {
  @Field(() => DateTime, { description: 'Time of the question.' })
  askedAt!: string;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Time of the answer, or at which the server stopped asking. Null while the answer is awaited.',
  })
  answeredAt!: string | null;

  @Field(() => PreflightKindEnum, { description: 'How the tool checks.' })
  kind!: PreflightKind;

  @Field(() => PreflightVerdictEnum, {
    nullable: true,
    description: 'Worst verdict of the tool, on the whole order or on one target. Null if there is no answer.',
  })
  verdict!: PreflightVerdict | null;

  @Field(() => [String], { description: 'Messages of the tool about the whole order. At most 50.' })
  messages!: string[];

  @Field(() => String, { nullable: true, description: 'Version of the tool, as of its last probe.' })
  toolVersion!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Error of the last call. The server asks again while `answeredAt` is null. Null if it succeeded.',
  })
  error!: string | null;

  distributionId!: string;
}

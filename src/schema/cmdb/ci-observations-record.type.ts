import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import {
  MAX_NEXT_WITHIN_MINUTES,
  MAX_OBSERVATIONS,
  MAX_OBSERVED_INSTALLATIONS,
  MAX_OBSERVED_RELATIONS,
  OBSERVATION_STATUS_DESCRIPTIONS,
  OBSERVATION_STATUSES,
  type ObservationStatus,
} from '../../domain/cmdb/ci-observation.js';
import type { CiClass, CiRelationKind, LifecycleState } from '../../domain/cmdb/configuration-item.machine.js';
import { CiClassEnum, CiRelationKindEnum, enumFrom, LifecycleStateEnum } from '../enums.js';
import { QueryType } from '../query.type.js';
import { DateTime, JSONObject } from '../scalars.js';
import { UserErrorType } from '../user-error.type.js';

export const ObservationStatusEnum = enumFrom(
  'ObservationStatus',
  OBSERVATION_STATUSES,
  'What became of an observation.',
  OBSERVATION_STATUS_DESCRIPTIONS,
);

/** A relation that a source sees. */
@InputType('ObservedRelationInput', {
  description: 'Relation that a source sees, read as "the observed item KIND target".',
})
export class ObservedRelationInputType {
  @Field(() => CiRelationKindEnum, { description: 'Kind of relation.' })
  kind!: CiRelationKind;

  @Field(() => String, { nullable: true, description: 'What the source calls the target. Instead of `targetId`.' })
  targetKey?: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of the target. Instead of `targetKey`.' })
  targetId?: string | null;
}

/** A version that a source sees installed. */
@InputType('ObservedInstallationInput', {
  description: 'Version that a source sees installed. Without version and digest: that nothing of the item is.',
})
export class ObservedInstallationInputType {
  @Field(() => ID, { nullable: true, description: 'Id of the DML item. Instead of `dmlItem`.' })
  dmlItemId?: string | null;

  @Field(() => String, { nullable: true, description: 'Name of the DML item. Instead of `dmlItemId`.' })
  dmlItem?: string | null;

  @Field(() => String, { nullable: true, description: 'Label of the version, e.g. `2.4.1`.' })
  version?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'SHA-256 of the media that was found, in lower-case hexadecimal digits. It counts more than the label.',
  })
  digest?: string | null;
}

/** What a source says of one configuration item. */
@InputType('CiObservationInput', {
  description:
    'What a source says of one configuration item. What is absent, it has not looked at. The item is found by ' +
    '`ciId`, by the `key` it was observed or imported under, or by its name and class.',
})
export class CiObservationInputType {
  @Field(() => String, { nullable: true, description: 'What the source calls the item, e.g. an asset number.' })
  key?: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of the item, if the source knows it.' })
  ciId?: string | null;

  @Field(() => CiClassEnum, { nullable: true, description: 'Class of the item. Needed to register an unknown one.' })
  ciClass?: CiClass | null;

  @Field(() => String, { nullable: true, description: 'Name that the item has.' })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'Description that the item has.' })
  description?: string | null;

  @Field(() => LifecycleStateEnum, { nullable: true, description: 'Stage of its lifecycle that the item is in.' })
  lifecycleState?: LifecycleState | null;

  @Field(() => String, { nullable: true, description: 'Environment that the item belongs to.' })
  environment?: string | null;

  @Field(() => String, { nullable: true, description: 'Place where the item is.' })
  location?: string | null;

  @Field(() => String, { nullable: true, description: 'Serial number that the item has.' })
  serialNumber?: string | null;

  @Field(() => String, { nullable: true, description: 'Manufacturer that the item has.' })
  manufacturer?: string | null;

  @Field(() => JSONObject, {
    nullable: true,
    description: 'Attributes by name. Null as a value: the item has no such attribute.',
  })
  attributes?: Record<string, unknown> | null;

  @Field(() => [ObservedRelationInputType], {
    nullable: true,
    description: `Relations that start at the item, at most ${MAX_OBSERVED_RELATIONS}.`,
  })
  relations?: ObservedRelationInputType[] | null;

  @Field(() => [CiRelationKindEnum], {
    nullable: true,
    description: 'Kinds of which `relations` has every one: recorded ones that it does not name are missing.',
  })
  relationKinds?: CiRelationKind[] | null;

  @Field(() => [ObservedInstallationInputType], {
    nullable: true,
    description: `What is installed, at most ${MAX_OBSERVED_INSTALLATIONS}.`,
  })
  installations?: ObservedInstallationInputType[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether `installations` has everything: recorded ones that it does not name are missing.',
  })
  allInstallations?: boolean | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Since when it has been so. Default: when the source looked.',
  })
  since?: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the source looked. Not in the future. Default: that of the call.',
  })
  observedAt?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the item is no longer there.' })
  gone?: boolean | null;
}

/** Input of `ciObservationsRecord`. */
@InputType('CiObservationsRecordInput', { description: 'What a source observed.' })
export class CiObservationsRecordInput {
  @Field(() => String, { description: 'Name of the source, 1 to 100 characters.' })
  source!: string;

  @Field(() => [CiObservationInputType], { description: `Observations, at most ${MAX_OBSERVATIONS} per call.` })
  observations!: CiObservationInputType[];

  @Field(() => DateTime, { nullable: true, description: 'When the source looked. Not in the future. Default: now.' })
  observedAt?: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Within how many minutes the source tells of these items again. One that it does not tell of by then is ' +
      `missing. At most ${MAX_NEXT_WITHIN_MINUTES}.`,
  })
  nextWithinMinutes?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Makes retries safe. The first result is kept for at least 24 hours.',
  })
  idempotencyKey?: string | null;
}

/** The result of one observation. */
@ObjectType('CiObservationResult', { description: 'What became of one observation.', simpleResolvers: true })
export class CiObservationResultType {
  @Field(() => Int, { description: 'Index of the observation in the input, starting at 0.' })
  index!: number;

  @Field(() => ObservationStatusEnum, { description: 'What became of it.' })
  status!: ObservationStatus;

  @Field(() => String, {
    nullable: true,
    description:
      'Why it failed: BAD_USER_INPUT, NOT_FOUND, AMBIGUOUS, CLASS_FIXED or DUPLICATE_ROW. Null if it did not.',
  })
  code!: string | null;

  @Field(() => String, { nullable: true, description: 'Why it failed, for people. Null if it did not.' })
  message!: string | null;

  @Field(() => String, { nullable: true, description: 'Field that is the cause. Null if there is none.' })
  field!: string | null;

  ciId!: string | null;
  candidateIds!: readonly string[];
}

/** Result of `ciObservationsRecord`. */
@ObjectType('CiObservationsRecordPayload', { description: 'Result of `ciObservationsRecord`.', simpleResolvers: true })
export class CiObservationsRecordPayload {
  @Field(() => [CiObservationResultType], { description: 'One result per observation, in the order of the input.' })
  results!: CiObservationResultType[];

  @Field(() => Int, { description: 'Number of drifts that were found, or opened again.' })
  driftsFound!: number;

  @Field(() => [UserErrorType], { description: 'Always empty: observations fail one by one.' })
  userErrors!: UserErrorType[];

  @Field(() => Boolean, { description: 'Whether this is the stored result of an earlier call with this key.' })
  replayed!: boolean;

  @Field(() => QueryType, { description: 'Query root, to fetch other objects that the command affected.' })
  query!: QueryType;
}

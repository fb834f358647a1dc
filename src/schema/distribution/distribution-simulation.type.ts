import { Field, Float, Int, ObjectType } from 'type-graphql';
import {
  OVERRUN_KIND_DESCRIPTIONS,
  OVERRUN_KINDS,
  PREDICTION_BASES,
  PREDICTION_BASIS_DESCRIPTIONS,
  type OverrunKind,
  type PredictionBasis,
} from '../../domain/distribution/simulation.js';
import { CiClassEnum, enumFrom } from '../enums.js';
import { DateTime } from '../scalars.js';

export const PredictionBasisEnum = enumFrom(
  'PredictionBasis',
  PREDICTION_BASES,
  'How close the past deliveries are that a prediction rests on.',
  PREDICTION_BASIS_DESCRIPTIONS,
);

export const OverrunKindEnum = enumFrom(
  'OverrunKind',
  OVERRUN_KINDS,
  'What a rollout could run past.',
  OVERRUN_KIND_DESCRIPTIONS,
);

/** What the prediction for one class of targets and one tool rests on. */
@ObjectType('ClassPrediction', {
  description: 'What the prediction for the targets of one class rests on, for each tool of the waves that are left.',
  simpleResolvers: true,
})
export class ClassPredictionType {
  toolId!: string;

  @Field(() => CiClassEnum, { description: 'Class of the targets.' })
  ciClass!: string;

  @Field(() => Int, { description: 'Number of targets of the class that are left for the tool.' })
  targets!: number;

  @Field(() => PredictionBasisEnum, {
    description: 'Past deliveries that count: the closest kind of which there are at least five.',
  })
  basis!: PredictionBasis;

  @Field(() => Int, { description: 'Number of past deliveries that the prediction rests on.' })
  deliveries!: number;

  @Field(() => Int, { description: 'Number of runs with these deliveries.' })
  runs!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Median length of one delivery in seconds. Null without a basis.',
  })
  likelySeconds!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Length in seconds that nine of ten deliveries stayed below. Null without a basis.',
  })
  cautiousSeconds!: number | null;
}

/** When a wave would run. */
@ObjectType('WavePrediction', {
  description: 'When a wave would run. A distribution without waves has one, with all of its targets.',
  simpleResolvers: true,
})
export class WavePredictionType {
  waveId!: string | null;

  @Field(() => String, { description: 'Name of the wave, or of the distribution if it has no waves.' })
  name!: string;

  @Field(() => Int, { description: 'Number of targets of the wave that are left.' })
  targets!: number;

  @Field(() => DateTime, { description: 'Start by the likely lengths.' })
  likelyStart!: string;

  @Field(() => DateTime, { description: 'End by the likely lengths.' })
  likelyEnd!: string;

  @Field(() => DateTime, { description: 'Start by the cautious lengths.' })
  cautiousStart!: string;

  @Field(() => DateTime, { description: 'End by the cautious lengths.' })
  cautiousEnd!: string;
}

/** A limit that a rollout would run past. */
@ObjectType('Overrun', { description: 'A limit that the rollout would run past.', simpleResolvers: true })
export class OverrunType {
  @Field(() => OverrunKindEnum, { description: 'Kind of the limit.' })
  kind!: OverrunKind;

  @Field(() => String, { description: 'Name of the window, or the limit in words.' })
  name!: string;

  waveId!: string | null;

  @Field(() => DateTime, { description: 'The limit.' })
  limit!: string;

  @Field(() => Float, {
    description: 'Minutes past the limit by the likely lengths. 0 if only the cautious ones run past it.',
  })
  likelyMinutes!: number;

  @Field(() => Float, { description: 'Minutes past the limit by the cautious lengths.' })
  cautiousMinutes!: number;
}

/** The answer of `distributionSimulate`. */
@ObjectType('DistributionSimulation', {
  description:
    'How long what is left of a distribution would take, predicted from the latest runs of the same tool and ' +
    'operation. The time that people take to decide, verify or advance is not part of it, and neither are failures.',
  simpleResolvers: true,
})
export class DistributionSimulationType {
  distributionId!: string;

  @Field(() => DateTime, { description: 'Start that the prediction assumes.' })
  start!: string;

  @Field(() => Boolean, {
    description:
      'False if there is no past delivery to judge by, or nothing left to deliver. Then no time is predicted.',
  })
  predictable!: boolean;

  @Field(() => DateTime, { nullable: true, description: 'End by the likely lengths. Null if not predictable.' })
  likelyEnd!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'End by the cautious lengths. Null if not predictable.' })
  cautiousEnd!: string | null;

  @Field(() => Int, { description: 'Number of past runs that were looked at, at most 50 for each tool.' })
  runs!: number;

  @Field(() => Float, {
    description:
      'Most targets that the tool worked on at a time. The likely times assume it, up to `maxParallel`. Of several ' +
      'tools, each has its own; the largest is shown.',
  })
  mostParallel!: number;

  @Field(() => Float, {
    description:
      'Targets that the tool worked on at a time in a typical run. The cautious times assume it, unless ' +
      '`maxParallel` of the distribution is set. Of several tools, each has its own; the smallest is shown.',
  })
  typicalParallel!: number;

  @Field(() => [ClassPredictionType], {
    description: 'Past deliveries behind the prediction, for each class of targets and each tool.',
  })
  classes!: ClassPredictionType[];

  @Field(() => [WavePredictionType], { description: 'Waves that are left, in order.' })
  waves!: WavePredictionType[];

  @Field(() => [OverrunType], {
    description: 'Limits that the rollout would run past. At most 50 windows and blackouts are named.',
  })
  overruns!: OverrunType[];
}

import { Field, Int, ObjectType } from 'type-graphql';
import {
  DECISION_CHOICE_DESCRIPTIONS,
  DECISION_CHOICES,
  DECISION_POINT_STATE_DESCRIPTIONS,
  DECISION_POINT_STATES,
  type DecisionChoice,
  type DecisionPointState,
} from '../../domain/distribution/decision-point.machine.js';
import { WAVE_TRIP_DESCRIPTIONS, WAVE_TRIPS, type WaveTrip } from '../../domain/distribution/wave.js';
import { enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { id, instant, listType, oneOf } from '../list.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';

export const DecisionPointStateEnum = enumFrom(
  'DecisionPointState',
  DECISION_POINT_STATES,
  'State of a decision point.',
  DECISION_POINT_STATE_DESCRIPTIONS,
);
export const DecisionChoiceEnum = enumFrom(
  'DecisionChoice',
  DECISION_CHOICES,
  'Decision about a rollout whose wave tripped a threshold.',
  DECISION_CHOICE_DESCRIPTIONS,
);
export const WaveTripEnum = enumFrom(
  'WaveTrip',
  WAVE_TRIPS,
  'Threshold of a wave that does not hold.',
  WAVE_TRIP_DESCRIPTIONS,
);

/** A decision point in the API, and the row it is read as. */
@ObjectType('DecisionPoint', {
  implements: NodeType,
  description:
    'Question that a rollout asks people when a wave trips a threshold. Nothing starts until somebody decides, or ' +
    'until the default takes effect.',
  simpleResolvers: true,
})
export class DecisionPointType extends NodeType {
  @Field(() => DecisionPointStateEnum, { description: 'State of the decision, e.g. OPEN.' })
  state!: DecisionPointState;

  @Field(() => WaveTripEnum, { description: 'Threshold that does not hold.' })
  trip!: WaveTrip;

  @Field(() => String, { description: 'Figures behind it, e.g. `2 of 15 targets failed; the wave tolerates 1.`' })
  message!: string;

  @Field(() => DecisionChoiceEnum, { description: 'Choice that takes effect if nobody decides in time.' })
  defaultChoice!: DecisionChoice;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Time at which the default takes effect. Null if the rollout waits for a person.',
  })
  dueAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Time of the claim. Null if nobody has claimed it.' })
  claimedAt!: string | null;

  @Field(() => DecisionChoiceEnum, { nullable: true, description: 'What was decided. Null while it is open.' })
  choice!: DecisionChoice | null;

  @Field(() => DateTime, { nullable: true, description: 'Time of the decision. Null while it is open.' })
  decidedAt!: string | null;

  @Field(() => String, { nullable: true, description: 'Reason for the decision. Null while it is open.' })
  reason!: string | null;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which the wave tripped.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to the record.' })
  updatedAt!: string;

  distributionId!: string;
  waveId!: string;
  claimedById!: string | null;
  decidedById!: string | null;
}

export const DecisionPointStateFilter = enumFilter('DecisionPointState', DecisionPointStateEnum);
export const DecisionChoiceFilter = enumFilter('DecisionChoice', DecisionChoiceEnum);

/** Lists of decision points, with their filters and sort fields. */
export const decisionPointList = listType('DecisionPoint', () => DecisionPointType, {
  of: 'decision points',
  filter: {
    state: oneOf(DecisionPointStateFilter, 'State of the decision.'),
    choice: oneOf(DecisionChoiceFilter, 'What was decided.'),
    distribution: id('Distribution', 'Distribution whose rollout waits.'),
    claimedBy: id('Person', 'Person who has claimed it.'),
    dueAt: instant('Time at which the default takes effect.'),
    createdAt: instant('Time at which the wave tripped.'),
  },
  order: {
    DUE_AT: instant('Time at which the default takes effect. Ascending, those without one come last.'),
    UPDATED_AT: instant('Time of the last change.'),
  },
});

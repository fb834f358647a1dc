import { Field, Int, ObjectType } from 'type-graphql';
import {
  BASELINE_OCCASION_DESCRIPTIONS,
  BASELINE_OCCASIONS,
  BASELINE_STATE_DESCRIPTIONS,
  BASELINE_STATES,
  BASELINE_VERDICT_DESCRIPTIONS,
  BASELINE_VERDICTS,
  type BaselineOccasion,
  type BaselineState,
} from '../../domain/cmdb/baseline.machine.js';
import { enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { id, instant, listType, oneOf, text } from '../list.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';

export const BaselineStateEnum = enumFrom(
  'BaselineState',
  BASELINE_STATES,
  'State of a baseline.',
  BASELINE_STATE_DESCRIPTIONS,
);
export const BaselineOccasionEnum = enumFrom(
  'BaselineOccasion',
  BASELINE_OCCASIONS,
  'Why a baseline was taken.',
  BASELINE_OCCASION_DESCRIPTIONS,
);
export const BaselineVerdictEnum = enumFrom(
  'BaselineVerdict',
  BASELINE_VERDICTS,
  'Whether the content of a baseline is still what it was.',
  BASELINE_VERDICT_DESCRIPTIONS,
);

/** A baseline in the API, and the row it is read as. */
@ObjectType('Baseline', {
  implements: NodeType,
  description:
    'What configuration items were at a moment, as a reference: one item, an item with everything that it depends ' +
    'on, or the targets of a distribution with theirs. Its content never changes: `snapshot` with `asOf` and ' +
    '`knownAt` shows it, and `digest` proves it.',
  simpleResolvers: true,
})
export class BaselineType extends NodeType {
  @Field(() => String, { description: 'Human-readable number, e.g. BSL-7.' })
  number!: string;

  @Field(() => String, { description: 'Name of the baseline.' })
  name!: string;

  @Field(() => BaselineOccasionEnum, { description: 'Why it was taken.' })
  occasion!: BaselineOccasion;

  @Field(() => Boolean, { description: 'Whether it has everything that its items depend on.' })
  withDependencies!: boolean;

  @Field(() => DateTime, { description: 'Moment that it shows: when it was so.' })
  asOf!: string;

  @Field(() => DateTime, { description: 'Time whose knowledge it shows. What became known later is not in it.' })
  knownAt!: string;

  @Field(() => BaselineStateEnum, { description: 'State of the baseline, e.g. APPROVED.' })
  state!: BaselineState;

  @Field(() => String, {
    nullable: true,
    description: 'SHA-256 over its content, by which it can be verified. Null until it is taken.',
  })
  digest!: string | null;

  @Field(() => Int, { nullable: true, description: 'Number of configuration items. Null until it is taken.' })
  items!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Number of relations that start at its items. Null until it is taken.',
  })
  relations!: number | null;

  @Field(() => Int, { nullable: true, description: 'Number of installations on its items. Null until it is taken.' })
  installations!: number | null;

  @Field(() => String, { nullable: true, description: 'Reason for the decision about it. Null without one.' })
  reason!: string | null;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which it was asked for.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to the record.' })
  updatedAt!: string;

  ciId!: string | null;
  distributionId!: string | null;
  takenById!: string | null;
  decidedById!: string | null;
}

export const BaselineStateFilter = enumFilter('BaselineState', BaselineStateEnum);
export const BaselineOccasionFilter = enumFilter('BaselineOccasion', BaselineOccasionEnum);

/** Lists of baselines, with their filters and sort fields. */
export const baselineList = listType('Baseline', () => BaselineType, {
  of: 'baselines',
  filter: {
    number: text('Number of the baseline, e.g. BSL-7.'),
    name: text('Name of the baseline.'),
    state: oneOf(BaselineStateFilter, 'State of the baseline.'),
    occasion: oneOf(BaselineOccasionFilter, 'Why it was taken.'),
    ci: id('ConfigurationItem', 'Item that it was taken of, with or without what it depends on.'),
    distribution: id('Distribution', 'Distribution that it was taken around.'),
    takenBy: id('Person', 'Person who took it.'),
    asOf: instant('Moment that it shows.'),
  },
  order: { AS_OF: instant('Moment that it shows.') },
});

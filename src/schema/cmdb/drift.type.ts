import { Field, Int, ObjectType } from 'type-graphql';
import {
  DRIFT_ASPECT_DESCRIPTIONS,
  DRIFT_ASPECTS,
  DRIFT_EXPLANATION_DESCRIPTIONS,
  DRIFT_EXPLANATIONS,
  DRIFT_KIND_DESCRIPTIONS,
  DRIFT_KINDS,
  type DriftAspect,
  type DriftExplanation,
  type DriftKind,
} from '../../domain/cmdb/drift.js';
import { DRIFT_STATE_DESCRIPTIONS, DRIFT_STATES, type DriftState } from '../../domain/cmdb/drift.machine.js';
import { enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { id, instant, listType, oneOf, text } from '../list.js';
import { NodeType } from '../node.type.js';
import { DateTime, JSONValue } from '../scalars.js';

export const DriftAspectEnum = enumFrom(
  'DriftAspect',
  DRIFT_ASPECTS,
  'What of a configuration item differs.',
  DRIFT_ASPECT_DESCRIPTIONS,
);
export const DriftKindEnum = enumFrom(
  'DriftKind',
  DRIFT_KINDS,
  'How observation and record differ.',
  DRIFT_KIND_DESCRIPTIONS,
);
export const DriftStateEnum = enumFrom('DriftState', DRIFT_STATES, 'State of a drift.', DRIFT_STATE_DESCRIPTIONS);
export const DriftExplanationEnum = enumFrom(
  'DriftExplanation',
  DRIFT_EXPLANATIONS,
  'What explains a drift.',
  DRIFT_EXPLANATION_DESCRIPTIONS,
);

/** A drift in the API, and the row it is read as. */
@ObjectType('Drift', {
  implements: NodeType,
  description:
    'One difference between the record of a configuration item and what a source observes: of a field, an attribute, ' +
    'a relation, an installed version, or of the item as a whole.',
  simpleResolvers: true,
})
export class DriftType extends NodeType {
  @Field(() => String, { description: 'Source that observes it.' })
  source!: string;

  @Field(() => DriftAspectEnum, { description: 'What of the item differs.' })
  aspect!: DriftAspect;

  @Field(() => String, {
    description: 'Name of the field or attribute, or kind of the relation. Empty for other aspects.',
  })
  name!: string;

  @Field(() => DriftKindEnum, { description: 'How observation and record differ.' })
  kind!: DriftKind;

  @Field(() => JSONValue, { nullable: true, description: 'What the record says. Null if it says nothing.' })
  recorded!: unknown;

  @Field(() => JSONValue, { nullable: true, description: 'What the source says. Null if it sees nothing.' })
  observed!: unknown;

  @Field(() => DateTime, { description: 'Time since which it has been as observed, as the source says.' })
  since!: string;

  @Field(() => DateTime, { description: 'Time at which the source saw it first.' })
  observedAt!: string;

  @Field(() => DriftStateEnum, { description: 'State of the drift, e.g. OPEN.' })
  state!: DriftState;

  @Field(() => DriftExplanationEnum, { description: 'What explains it now.' })
  explanation!: DriftExplanation;

  @Field(() => String, { nullable: true, description: 'Reason for the decision about it. Null without one.' })
  reason!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Time at which it was accepted or resolved. Null before.' })
  closedAt!: string | null;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which the server found it.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to it.' })
  updatedAt!: string;

  ciId!: string;
  observationId!: string;
  targetId!: string | null;
  dmlItemId!: string | null;
  changeId!: string | null;
  decidedById!: string | null;
  explainingChangeId!: string | null;
  explainingDistributionId!: string | null;
}

export const DriftAspectFilter = enumFilter('DriftAspect', DriftAspectEnum);
export const DriftKindFilter = enumFilter('DriftKind', DriftKindEnum);
export const DriftStateFilter = enumFilter('DriftState', DriftStateEnum);
export const DriftExplanationFilter = enumFilter('DriftExplanation', DriftExplanationEnum);

/** Lists of drift, with their filters and sort fields. */
export const driftList = listType('Drift', () => DriftType, {
  of: 'drift',
  filter: {
    ci: id('ConfigurationItem', 'Configuration item that differs.'),
    source: text('Source that observes it.'),
    aspect: oneOf(DriftAspectFilter, 'What of the item differs.'),
    name: text('Name of the field or attribute, or kind of the relation.'),
    kind: oneOf(DriftKindFilter, 'How observation and record differ.'),
    state: oneOf(DriftStateFilter, 'State of the drift.'),
    explanation: oneOf(DriftExplanationFilter, 'What explains it now.'),
    dmlItem: id('DmlItem', 'DML item of an installation that differs.'),
    change: id('Change', 'Change that was raised from it.'),
    since: instant('Time since which it has been as observed.'),
    closedAt: instant('Time at which it was accepted or resolved. `isNull: true` matches drift that has not ended.'),
  },
  order: { SINCE: instant('Time since which it has been as observed.') },
});

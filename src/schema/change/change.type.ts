import { Field, InputType, Int, ObjectType } from 'type-graphql';
import {
  CHANGE_OUTCOME_DESCRIPTIONS,
  CHANGE_OUTCOMES,
  CHANGE_RISK_DESCRIPTIONS,
  CHANGE_RISKS,
  CHANGE_STATE_DESCRIPTIONS,
  CHANGE_STATES,
  CHANGE_TYPE_DESCRIPTIONS,
  CHANGE_TYPES,
  type ChangeOutcome,
  type ChangeRisk,
  type ChangeState,
  type ChangeType as ChangeKind,
} from '../../domain/change/change.machine.js';
import { connectionType } from '../connection.js';
import { enumFrom, OrderDirection } from '../enums.js';
import { ExternalRef } from '../external-ref.type.js';
import { Combinable, DateTimeFilter, enumFilter, IdFilter, StringFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import type { OrderTerm } from '../../domain/list.js';

export const ChangeStateEnum = enumFrom('ChangeState', CHANGE_STATES, 'State of a change.', CHANGE_STATE_DESCRIPTIONS);
export const ChangeTypeEnum = enumFrom(
  'ChangeType',
  CHANGE_TYPES,
  'Kind of a change; it decides how the change is authorised.',
  CHANGE_TYPE_DESCRIPTIONS,
);
export const ChangeRiskEnum = enumFrom('ChangeRisk', CHANGE_RISKS, 'Risk of a change.', CHANGE_RISK_DESCRIPTIONS);
export const ChangeOutcomeEnum = enumFrom(
  'ChangeOutcome',
  CHANGE_OUTCOMES,
  'How the implementation of a change ended.',
  CHANGE_OUTCOME_DESCRIPTIONS,
);

/** A change as the API shows it, and the row it is read as. */
@ObjectType('Change', {
  implements: NodeType,
  description:
    'A request for change: what shall be different on which configuration items, why, at what risk, and who allowed it.',
  simpleResolvers: true,
})
export class ChangeType extends NodeType {
  @Field(() => String, { description: 'Number for people, e.g. CHG-1042.' })
  number!: string;

  @Field(() => String, { description: 'What changes, in a few words.' })
  title!: string;

  @Field(() => String, { description: 'What shall be different afterwards, and why.' })
  description!: string;

  @Field(() => ChangeTypeEnum, { description: 'Kind of the change; it decides how the change is authorised.' })
  type!: ChangeKind;

  @Field(() => ChangeRiskEnum, { description: 'How much can go wrong.' })
  risk!: ChangeRisk;

  @Field(() => ChangeStateEnum, { description: 'Where the change is in its life.' })
  state!: ChangeState;

  @Field(() => String, { nullable: true, description: 'Why it was rejected or cancelled.' })
  stateReason!: string | null;

  @Field(() => ChangeOutcomeEnum, {
    nullable: true,
    description:
      'How the implementation ended. Null before that. For a change in a release it follows from its own targets.',
  })
  outcome!: ChangeOutcome | null;

  @Field(() => String, {
    description: 'How the targets are returned to their previous state. Empty while nobody has written it.',
  })
  backOutPlan!: string;

  @Field(() => String, { nullable: true, description: 'Assessment of impact and risk. Null while there is none.' })
  assessment!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the change authority said yes.' })
  authorisedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the implementation should begin.' })
  plannedStart!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the implementation should be over.' })
  plannedEnd!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When its outcome was recorded.' })
  implementedAt!: string | null;

  @Field(() => Int, { description: 'Grows with every change of the record; give it back as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When it was raised.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When the record last changed.' })
  updatedAt!: string;

  @Field(() => ExternalRef, { nullable: true, description: 'Its name in the system it came from.' })
  externalRef!: ExternalRef | null;

  requestedById!: string;
  authorisedById!: string | null;
  liveReleaseId!: string | null;
}

export const ChangeConnection = connectionType('Change', () => ChangeType);

export const ChangeStateFilter = enumFilter('ChangeState', ChangeStateEnum);
export const ChangeTypeFilter = enumFilter('ChangeType', ChangeTypeEnum);
export const ChangeRiskFilter = enumFilter('ChangeRisk', ChangeRiskEnum);
export const ChangeOutcomeFilter = enumFilter('ChangeOutcome', ChangeOutcomeEnum);

/** What lists of changes can be narrowed by. */
@Combinable()
@InputType('ChangeFilter', { description: 'Narrows a list of changes. All that is given must hold.' })
export class ChangeFilter {
  @Field(() => IdFilter, { nullable: true, description: 'By id.' })
  id?: IdFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By number.' })
  number?: StringFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By title.' })
  title?: StringFilter;
  @Field(() => ChangeTypeFilter, { nullable: true, description: 'By kind.' })
  type?: InstanceType<typeof ChangeTypeFilter>;
  @Field(() => ChangeStateFilter, { nullable: true, description: 'By state.' })
  state?: InstanceType<typeof ChangeStateFilter>;
  @Field(() => ChangeRiskFilter, { nullable: true, description: 'By risk.' })
  risk?: InstanceType<typeof ChangeRiskFilter>;
  @Field(() => ChangeOutcomeFilter, { nullable: true, description: 'By outcome.' })
  outcome?: InstanceType<typeof ChangeOutcomeFilter>;
  @Field(() => IdFilter, { nullable: true, description: 'By the person who asked for it.' })
  requestedBy?: IdFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By a configuration item among its targets.' })
  targetCi?: IdFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By a configuration item among its sources.' })
  sourceCi?: IdFilter;
  @Field(() => IdFilter, {
    nullable: true,
    description: 'By the live release it belongs to; `isNull: true` gives changes that belong to none.',
  })
  release?: IdFilter;
  @Field(() => DateTimeFilter, { nullable: true, description: 'By planned start.' })
  plannedStart?: DateTimeFilter;
  @Field(() => DateTimeFilter, { nullable: true, description: 'By planned end.' })
  plannedEnd?: DateTimeFilter;
  @Field(() => DateTimeFilter, { nullable: true, description: 'By the instant it was raised.' })
  createdAt?: DateTimeFilter;
  @Field(() => DateTimeFilter, { nullable: true, description: 'By the instant the record last changed.' })
  updatedAt?: DateTimeFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By the system it came from.' })
  externalSource?: StringFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By its key in that system.' })
  externalKey?: StringFilter;
}

export const ChangeOrderField = enumFrom(
  'ChangeOrderField',
  ['ID', 'NUMBER', 'TITLE', 'PLANNED_START', 'UPDATED_AT'],
  'What changes can be ordered by.',
  {
    ID: 'Age of the record.',
    NUMBER: 'Number, as text.',
    TITLE: 'Title.',
    PLANNED_START: 'Planned start; changes without one come last.',
    UPDATED_AT: 'Time of the last change of the record.',
  },
);

/** One term of an order of changes. */
@InputType('ChangeOrder', { description: 'One term of an order of changes.' })
export class ChangeOrder implements OrderTerm {
  @Field(() => ChangeOrderField, { description: 'By what.' })
  field!: keyof typeof ChangeOrderField;
  @Field(() => OrderDirection, { defaultValue: 'ASC', description: 'In which direction.' })
  direction!: 'ASC' | 'DESC';
}

import { Field, Int, ObjectType } from 'type-graphql';
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
import { enumFrom } from '../enums.js';
import { ExternalRef } from '../external-ref.type.js';
import { enumFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { id, instant, listType, oneOf, text } from '../list.js';

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

export const ChangeStateFilter = enumFilter('ChangeState', ChangeStateEnum);
export const ChangeTypeFilter = enumFilter('ChangeType', ChangeTypeEnum);
export const ChangeRiskFilter = enumFilter('ChangeRisk', ChangeRiskEnum);
export const ChangeOutcomeFilter = enumFilter('ChangeOutcome', ChangeOutcomeEnum);

/** Lists of changes: what they can be filtered and ordered by. */
export const changeList = listType('Change', () => ChangeType, {
  of: 'changes',
  filter: {
    number: text('By number.'),
    title: text('By title.'),
    type: oneOf(ChangeTypeFilter, 'By kind.'),
    state: oneOf(ChangeStateFilter, 'By state.'),
    risk: oneOf(ChangeRiskFilter, 'By risk.'),
    outcome: oneOf(ChangeOutcomeFilter, 'By outcome.'),
    requestedBy: id('Person', 'By the person who asked for it.'),
    targetCi: id('ConfigurationItem', 'By a configuration item among its targets.'),
    sourceCi: id('ConfigurationItem', 'By a configuration item among its sources.'),
    release: id('Release', 'By the live release it belongs to; `isNull: true` gives changes that belong to none.'),
    plannedStart: instant('By planned start.'),
    plannedEnd: instant('By planned end.'),
    createdAt: instant('By the instant it was raised.'),
    updatedAt: instant('By the instant the record last changed.'),
    externalSource: text('By the system it came from.'),
    externalKey: text('By its key in that system.'),
  },
  order: {
    NUMBER: text('Number, as text.'),
    TITLE: text('Title.'),
    PLANNED_START: instant('Planned start; changes without one come last.'),
    UPDATED_AT: instant('Time of the last change of the record.'),
  },
});

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

export const ChangeStateEnum = enumFrom(
  'ChangeState',
  CHANGE_STATES,
  'Lifecycle state of a change.',
  CHANGE_STATE_DESCRIPTIONS,
);
export const ChangeTypeEnum = enumFrom(
  'ChangeType',
  CHANGE_TYPES,
  'Kind of a change, which determines how it is authorised.',
  CHANGE_TYPE_DESCRIPTIONS,
);
export const ChangeRiskEnum = enumFrom(
  'ChangeRisk',
  CHANGE_RISKS,
  'Level of risk of a change.',
  CHANGE_RISK_DESCRIPTIONS,
);
export const ChangeOutcomeEnum = enumFrom(
  'ChangeOutcome',
  CHANGE_OUTCOMES,
  'Result of the implementation of a change.',
  CHANGE_OUTCOME_DESCRIPTIONS,
);

/** A change in the API; also the shape of the row that the read model selects. */
@ObjectType('Change', {
  implements: NodeType,
  description:
    'Request for change: what to change on which configuration items, why, at what risk, and who authorised it.',
  simpleResolvers: true,
})
export class ChangeType extends NodeType {
  @Field(() => String, { description: 'Human-readable number, e.g. CHG-1042.' })
  number!: string;

  @Field(() => String, { description: 'Short summary of the change.' })
  title!: string;

  @Field(() => String, { description: 'Intended result of the change and the reason for it.' })
  description!: string;

  @Field(() => ChangeTypeEnum, { description: 'Kind of the change, which determines how it is authorised.' })
  type!: ChangeKind;

  @Field(() => ChangeRiskEnum, { description: 'Level of risk of the change.' })
  risk!: ChangeRisk;

  @Field(() => ChangeStateEnum, { description: 'Lifecycle state, e.g. OPEN or AUTHORISED.' })
  state!: ChangeState;

  @Field(() => String, { nullable: true, description: 'Reason for the rejection or cancellation.' })
  stateReason!: string | null;

  @Field(() => ChangeOutcomeEnum, {
    nullable: true,
    description: 'Result of the implementation. Null until then. In a release, derived from the targets of the change.',
  })
  outcome!: ChangeOutcome | null;

  @Field(() => String, {
    description: 'How to return the targets to their previous state. Empty if there is no back-out plan yet.',
  })
  backOutPlan!: string;

  @Field(() => String, { nullable: true, description: 'Assessment of impact and risk. Null until it is recorded.' })
  assessment!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the change authority authorised the change.' })
  authorisedAt!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Planned start of the implementation. A change without dates of its own takes those of its release.',
  })
  plannedStart!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Planned end of the implementation.' })
  plannedEnd!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the outcome was recorded.' })
  implementedAt!: string | null;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When the change was raised.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When the record was last updated.' })
  updatedAt!: string;

  @Field(() => ExternalRef, {
    nullable: true,
    description: 'Reference in the external system that the change came from, if any.',
  })
  externalRef!: ExternalRef | null;

  requestedById!: string;
  authorisedById!: string | null;
  liveReleaseId!: string | null;
}

export const ChangeStateFilter = enumFilter('ChangeState', ChangeStateEnum);
export const ChangeTypeFilter = enumFilter('ChangeType', ChangeTypeEnum);
export const ChangeRiskFilter = enumFilter('ChangeRisk', ChangeRiskEnum);
export const ChangeOutcomeFilter = enumFilter('ChangeOutcome', ChangeOutcomeEnum);

/** The list of changes, with its filters and sort fields. */
export const changeList = listType('Change', () => ChangeType, {
  of: 'changes',
  filter: {
    number: text('By change number, e.g. CHG-1042.'),
    title: text('By title of the change.'),
    type: oneOf(ChangeTypeFilter, 'By kind of change, e.g. STANDARD or EMERGENCY.'),
    state: oneOf(ChangeStateFilter, 'By lifecycle state of the change.'),
    risk: oneOf(ChangeRiskFilter, 'By level of risk.'),
    outcome: oneOf(ChangeOutcomeFilter, 'By result of the implementation.'),
    requestedBy: id('Person', 'By the person who requested the change.'),
    targetCi: id('ConfigurationItem', 'By a target configuration item of the change.'),
    sourceCi: id('ConfigurationItem', 'By a source configuration item of the change.'),
    release: id('Release', 'By current release; `isNull: true` finds changes in no release.'),
    plannedStart: instant('By planned start of the implementation.'),
    plannedEnd: instant('By planned end of the implementation.'),
    createdAt: instant('By the time when the change was raised.'),
    updatedAt: instant('By time of the last update.'),
    externalSource: text('By the external system that the change came from.'),
    externalKey: text('By key of the change in the external system.'),
  },
  order: {
    NUMBER: text('Change number, compared as text.'),
    TITLE: text('Title of the change.'),
    PLANNED_START: instant('Planned start; changes without one come last.'),
    UPDATED_AT: instant('Time of the last update.'),
  },
});

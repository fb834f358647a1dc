import { Field, Int, ObjectType } from 'type-graphql';
import {
  ITUP_STATUS_DESCRIPTIONS,
  ITUP_STATUSES,
  RELEASE_STATE_DESCRIPTIONS,
  RELEASE_STATES,
  type ReleaseState,
} from '../../domain/release/release.state.js';
import {
  PACKAGING_DESCRIPTIONS,
  PACKAGINGS,
  RELEASE_KIND_DESCRIPTIONS,
  RELEASE_KINDS,
  type Packaging,
  type ReleaseKind,
} from '../../domain/release/template.js';
import { enumFrom } from '../enums.js';
import { ExternalRef } from '../external-ref.type.js';
import { enumFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { flag, id, instant, listType, oneOf, text } from '../list.js';

export const ReleaseStateEnum = enumFrom(
  'ReleaseState',
  RELEASE_STATES,
  'Where a release is in its life.',
  RELEASE_STATE_DESCRIPTIONS,
);
export const ReleaseKindEnum = enumFrom(
  'ReleaseKind',
  RELEASE_KINDS,
  'The size of a release.',
  RELEASE_KIND_DESCRIPTIONS,
);
export const PackagingEnum = enumFrom(
  'Packaging',
  PACKAGINGS,
  'How complete a release package is.',
  PACKAGING_DESCRIPTIONS,
);
export const ItupStatusEnum = enumFrom(
  'ItupStatus',
  ITUP_STATUSES,
  "The status of a release in IBM's Unified Process.",
  ITUP_STATUS_DESCRIPTIONS,
);

/** The hold of a release. */
@ObjectType('ReleaseHold', {
  description: 'Why a release does not move forward at present. A hold is a flag; the state stays what it is.',
  simpleResolvers: true,
})
export class ReleaseHoldType {
  @Field(() => String, { description: 'The reason that was given.' })
  reason!: string;

  @Field(() => DateTime, { description: 'Since when.' })
  at!: string;

  byId!: string | null;
}

/** The post implementation review of a release. */
@ObjectType('ReleaseReview', { description: 'What the post implementation review found.', simpleResolvers: true })
export class ReleaseReviewType {
  @Field(() => Boolean, { description: 'Whether the release did what it was meant to do.' })
  objectivesMet!: boolean;

  @Field(() => String, { description: 'What happened.' })
  summary!: string;

  @Field(() => String, { description: 'What to do differently next time. May be empty.' })
  lessons!: string;
}

/** A release as the API shows it, and the row it is read as. */
@ObjectType('Release', {
  implements: NodeType,
  description:
    'Changes that are built, tested and deployed together: the plan, the scope, the package and the life cycle they share.',
  simpleResolvers: true,
})
export class ReleaseType extends NodeType {
  @Field(() => String, { description: 'Number for people, e.g. REL-1042.' })
  number!: string;

  @Field(() => String, { description: 'Name.' })
  name!: string;

  @Field(() => String, { description: 'What it brings and why.' })
  description!: string;

  @Field(() => ReleaseKindEnum, { description: 'Its size.' })
  kind!: ReleaseKind;

  @Field(() => PackagingEnum, { description: 'How complete its package is.' })
  packaging!: Packaging;

  @Field(() => ReleaseStateEnum, { description: 'Where it is in its life.' })
  state!: ReleaseState;

  @Field(() => [ReleaseStateEnum], {
    description: 'States that its template lets it leave out, given its kind and its targets.',
  })
  skippedStates!: ReleaseState[];

  @Field(() => String, {
    description: 'How the targets are returned to their previous state. Empty when there is no plan yet.',
  })
  backOutPlan!: string;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the work on the plan begins; the dates of tasks made from the template count from here.',
  })
  planStart!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the deployment is planned to start.' })
  plannedStart!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the deployment is planned to be over. The interval does not include this instant.',
  })
  plannedEnd!: string | null;

  @Field(() => ReleaseHoldType, { nullable: true, description: 'The hold, while the release is on hold.' })
  onHold!: ReleaseHoldType | null;

  @Field(() => DateTime, { nullable: true, description: 'When the release owner accepted it last.' })
  acceptedAt!: string | null;

  @Field(() => String, { nullable: true, description: 'The reason that was given for its present state, if one was.' })
  stateReason!: string | null;

  @Field(() => ReleaseReviewType, { nullable: true, description: 'The post implementation review, once recorded.' })
  review!: ReleaseReviewType | null;

  @Field(() => ExternalRef, { nullable: true, description: 'Its name in the system it came from.' })
  externalRef!: ExternalRef | null;

  @Field(() => Int, { description: 'Grows with every change; give it back as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When it was recorded.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When it last changed.' })
  updatedAt!: string;

  ownerId!: string;
  managerId!: string;
  templateVersionId!: string | null;
  acceptedById!: string | null;
}

export const ReleaseStateFilter = enumFilter('ReleaseState', ReleaseStateEnum);
export const ReleaseKindFilter = enumFilter('ReleaseKind', ReleaseKindEnum);
export const PackagingFilter = enumFilter('Packaging', PackagingEnum);

/** Lists of releases: what they can be filtered and ordered by. */
export const releaseList = listType('Release', () => ReleaseType, {
  of: 'releases',
  filter: {
    number: text('By number.'),
    name: text('By name.'),
    kind: oneOf(ReleaseKindFilter, 'By size.'),
    packaging: oneOf(PackagingFilter, 'By how complete the package is.'),
    state: oneOf(ReleaseStateFilter, 'By state.'),
    onHold: flag('True: on hold. False: not on hold.'),
    owner: id('Person', 'By the release owner.'),
    manager: id('Person', 'By the release manager.'),
    templateVersion: id('ReleaseTemplateVersion', 'By the template version it was made from.'),
    plannedStart: instant('By the planned start of the deployment.'),
    plannedEnd: instant('By the planned end of the deployment.'),
    change: id('Change', 'By a change it implements.'),
    targetCi: id('ConfigurationItem', 'By a target configuration item.'),
    externalSource: text('By the system it came from.'),
    externalKey: text('By its key in that system.'),
  },
  order: {
    NAME: text('Name.'),
    NUMBER: text('Number, as text.'),
    PLANNED_START: instant('Planned start of the deployment; releases without one come last.'),
    UPDATED_AT: instant('Time of the last change.'),
  },
});

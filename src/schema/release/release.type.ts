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
  'Lifecycle state of a release.',
  RELEASE_STATE_DESCRIPTIONS,
);
export const ReleaseKindEnum = enumFrom(
  'ReleaseKind',
  RELEASE_KINDS,
  'Size and urgency of a release.',
  RELEASE_KIND_DESCRIPTIONS,
);
export const PackagingEnum = enumFrom(
  'Packaging',
  PACKAGINGS,
  'Completeness of a release package.',
  PACKAGING_DESCRIPTIONS,
);
export const ItupStatusEnum = enumFrom(
  'ItupStatus',
  ITUP_STATUSES,
  'Release status as defined by the IBM Tivoli Unified Process (ITUP).',
  ITUP_STATUS_DESCRIPTIONS,
);

/** The hold of a release. */
@ObjectType('ReleaseHold', {
  description: 'Hold that keeps a release from moving forward. The release keeps its state during a hold.',
  simpleResolvers: true,
})
export class ReleaseHoldType {
  @Field(() => String, { description: 'Reason for the hold.' })
  reason!: string;

  @Field(() => DateTime, { description: 'When the hold began.' })
  at!: string;

  byId!: string | null;
  releaseId!: string;
}

/** The post implementation review of a release. */
@ObjectType('ReleaseReview', {
  description: 'Result of the post implementation review of a release.',
  simpleResolvers: true,
})
export class ReleaseReviewType {
  @Field(() => Boolean, { description: 'Whether the release met its objectives.' })
  objectivesMet!: boolean;

  @Field(() => String, { description: 'Summary of what happened.' })
  summary!: string;

  @Field(() => String, { description: 'Lessons for future releases. May be empty.' })
  lessons!: string;
}

/** What stays of a release that was backed out. */
@ObjectType('BackOutResidual', {
  description: 'What stays on targets after the back-out of a release, by decision of its owner.',
  simpleResolvers: true,
})
export class BackOutResidualType {
  @Field(() => String, { description: 'Why it stays.' })
  reason!: string;

  @Field(() => DateTime, { description: 'When the owner decided.' })
  at!: string;

  @Field(() => Int, {
    description:
      'Number of targets that had, or may have had, content of the release at that time. The event lists them.',
  })
  targetCount!: number;

  byId!: string | null;
}

/** A release in the API; also the shape of the row that the read model selects. */
@ObjectType('Release', {
  implements: NodeType,
  description:
    'Set of changes that are built, tested and deployed together, ' +
    'with a shared plan, scope, package and lifecycle.',
  simpleResolvers: true,
})
export class ReleaseType extends NodeType {
  @Field(() => String, { description: 'Human-readable number, e.g. REL-1042.' })
  number!: string;

  @Field(() => String, { description: 'Name of the release, e.g. "Payroll 2026.2".' })
  name!: string;

  @Field(() => String, { description: 'Content and purpose of the release.' })
  description!: string;

  @Field(() => ReleaseKindEnum, { description: 'Release size, e.g. MINOR or EMERGENCY.' })
  kind!: ReleaseKind;

  @Field(() => PackagingEnum, { description: 'Completeness of the package, e.g. FULL or DELTA.' })
  packaging!: Packaging;

  @Field(() => ReleaseStateEnum, { description: 'Lifecycle state, e.g. DRAFT or SCHEDULED.' })
  state!: ReleaseState;

  @Field(() => [ReleaseStateEnum], {
    description: 'States that the release skips, according to its template, kind and targets.',
  })
  skippedStates!: ReleaseState[];

  @Field(() => String, {
    description: 'How to return the targets to their previous state. Empty if there is no back-out plan yet.',
  })
  backOutPlan!: string;

  @Field(() => Int, {
    nullable: true,
    description:
      'How long a back-out takes after the planned end, in minutes. Its time has to lie in the change windows and ' +
      'outside blackouts (NO_TIME_TO_BACK_OUT). Null if nobody said, and then nothing is asked.',
  })
  backOutMinutes!: number | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Start of work on the plan. Dates of template tasks are offsets from this time.',
  })
  planStart!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Planned start of the deployment.' })
  plannedStart!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Planned end of the deployment, exclusive.',
  })
  plannedEnd!: string | null;

  @Field(() => ReleaseHoldType, { nullable: true, description: 'Current hold. Null if the release is not on hold.' })
  onHold!: ReleaseHoldType | null;

  @Field(() => BackOutResidualType, {
    nullable: true,
    description:
      'What stays on targets after the back-out. Null if everything was returned, or nothing was backed out.',
  })
  backOutResidual!: BackOutResidualType | null;

  @Field(() => DateTime, { nullable: true, description: 'When the release was last accepted.' })
  acceptedAt!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When the release became DEPLOYED: every target had every content. Null if it never was, or is being backed ' +
      'out since. Releases that depend on it wait for this.',
  })
  deployedAt!: string | null;

  @Field(() => String, { nullable: true, description: 'Reason given for the current state, if any.' })
  stateReason!: string | null;

  @Field(() => ReleaseReviewType, {
    nullable: true,
    description: 'Post implementation review. Null until it is recorded.',
  })
  review!: ReleaseReviewType | null;

  @Field(() => ExternalRef, {
    nullable: true,
    description: 'Reference in the external system that the release came from, if any.',
  })
  externalRef!: ExternalRef | null;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When the release was created.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When the release last changed.' })
  updatedAt!: string;

  ownerId!: string;
  managerId!: string;
  templateVersionId!: string | null;
  acceptedById!: string | null;
}

export const ReleaseStateFilter = enumFilter('ReleaseState', ReleaseStateEnum);
export const ReleaseKindFilter = enumFilter('ReleaseKind', ReleaseKindEnum);
export const PackagingFilter = enumFilter('Packaging', PackagingEnum);

/** The list of releases, with its filters and sort fields. */
export const releaseList = listType('Release', () => ReleaseType, {
  of: 'releases',
  filter: {
    number: text('By release number, e.g. REL-1042.'),
    name: text('By release name.'),
    kind: oneOf(ReleaseKindFilter, 'By release size, e.g. EMERGENCY.'),
    packaging: oneOf(PackagingFilter, 'By completeness of the package.'),
    state: oneOf(ReleaseStateFilter, 'By lifecycle state of the release.'),
    onHold: flag('True: only releases on hold. False: only releases not on hold.'),
    owner: id('Person', 'By release owner.'),
    manager: id('Person', 'By release manager.'),
    templateVersion: id('ReleaseTemplateVersion', 'By the template revision that the release was created from.'),
    plannedStart: instant('By planned start of the deployment.'),
    plannedEnd: instant('By planned end of the deployment.'),
    change: id('Change', 'By a change that the release implements.'),
    targetCi: id('ConfigurationItem', 'By a target configuration item of the release.'),
    externalSource: text('By the external system that the release came from.'),
    externalKey: text('By key of the release in the external system.'),
  },
  order: {
    NAME: text('Release name.'),
    NUMBER: text('Release number, compared as text.'),
    PLANNED_START: instant('Planned start of the deployment; releases without one come last.'),
    UPDATED_AT: instant('Time of the last change.'),
  },
});

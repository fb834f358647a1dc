import { Field, ID, InputType, Int } from 'type-graphql';
import type { Packaging, ReleaseKind } from '../../domain/release/template.js';
import { ExternalRefInput } from '../external-ref.type.js';
import { payloadType } from '../payload.js';
import { PackagingEnum, ReleaseKindEnum, ReleaseType } from './release.type.js';
import { DateTime } from '../scalars.js';

const KEY =
  'Makes repeating the call safe: the same key with the same input gives the first result again. Kept at least 24 hours.';
const EXPECTED = 'The version that was read; when given, another one is refused with CONFLICT.';

/** Fields that creating and editing have in common. */
@InputType()
abstract class ReleaseFields {
  @Field(() => String, { nullable: true, description: 'What it brings and why.' })
  description?: string | null;
  @Field(() => ReleaseKindEnum, { nullable: true, description: 'Its size. Default MINOR.' })
  kind?: ReleaseKind | null;
  @Field(() => PackagingEnum, { nullable: true, description: 'How complete its package is. Default PACKAGE.' })
  packaging?: Packaging | null;
  @Field(() => String, { nullable: true, description: 'How the targets are returned to their previous state.' })
  backOutPlan?: string | null;
  @Field(() => ID, { nullable: true, description: 'The release manager, who plans it. Default: you.' })
  managerId?: string | null;
  @Field(() => DateTime, {
    nullable: true,
    description:
      'When the work on the plan begins. With a template the dates of its tasks count from here; default now. A later change moves the tasks that have not been started.',
  })
  planStart?: string | null;
  @Field(() => DateTime, { nullable: true, description: 'When the deployment is planned to start.' })
  plannedStart?: string | null;
  @Field(() => DateTime, { nullable: true, description: 'When the deployment is planned to be over.' })
  plannedEnd?: string | null;
  @Field(() => String, { nullable: true, description: KEY })
  idempotencyKey?: string | null;
}

/** Input of `releaseCreate`. */
@InputType('ReleaseCreateInput', { description: 'A new release. It starts as DRAFT.' })
export class ReleaseCreateInput extends ReleaseFields {
  @Field(() => String, { description: 'Name, 1 to 200 characters.' })
  name!: string;
  @Field(() => ID, { description: 'The release owner, who accepts it. Must not take part in planning it.' })
  ownerId!: string;
  @Field(() => ID, {
    nullable: true,
    description:
      'The published template version to make it from. Without one the plan starts empty and no step is left out.',
  })
  templateVersionId?: string | null;
  @Field(() => ExternalRefInput, { nullable: true, description: 'Its name in the system it comes from.' })
  externalRef?: ExternalRefInput | null;
}

/** Input of `releaseUpsert`. */
@InputType('ReleaseUpsertInput', {
  description:
    'A release of another system: made when its reference is new, edited otherwise. An edit leaves its template as it is.',
})
export class ReleaseUpsertInput extends ReleaseFields {
  @Field(() => ExternalRefInput, { description: 'Its name in the system it comes from.' })
  externalRef!: ExternalRefInput;
  @Field(() => String, { description: 'Name, 1 to 200 characters.' })
  name!: string;
  @Field(() => ID, { description: 'The release owner, who accepts it.' })
  ownerId!: string;
  @Field(() => ID, { nullable: true, description: 'The published template version to make it from, when it is new.' })
  templateVersionId?: string | null;
}

/** Input of `releaseUpdate`. */
@InputType('ReleaseUpdateInput', { description: 'Changes to a release. What is absent stays as it is.' })
export class ReleaseUpdateInput extends ReleaseFields {
  @Field(() => ID, { description: 'The release.' })
  id!: string;
  @Field(() => Int, { description: 'The version that was read; another one is refused with CONFLICT.' })
  expectedVersion!: number;
  @Field(() => String, { nullable: true, description: 'Name, 1 to 200 characters.' })
  name?: string | null;
  @Field(() => ID, { nullable: true, description: 'The release owner, who accepts it.' })
  ownerId?: string | null;
}

/** What every command on a release takes. */
@InputType()
abstract class ReleaseCommandFields {
  @Field(() => ID, { description: 'The release.' })
  id!: string;
  @Field(() => Int, { nullable: true, description: EXPECTED })
  expectedVersion?: number | null;
  @Field(() => String, { nullable: true, description: KEY })
  idempotencyKey?: string | null;
}

/** Input of `releaseSchedule`. */
@InputType('ReleaseScheduleInput', { description: 'When a release is to be deployed.' })
export class ReleaseScheduleInput extends ReleaseCommandFields {
  @Field(() => DateTime, { nullable: true, description: 'Start of the deployment. Default: its planned start.' })
  startsAt?: string | null;
  @Field(() => DateTime, {
    nullable: true,
    description: 'End of the deployment, not included. Default: its planned end.',
  })
  endsAt?: string | null;
  @Field(() => String, { nullable: true, description: 'Why; kept in the event.' })
  reason?: string | null;
}

/** Input of `releaseReschedule`. */
@InputType('ReleaseRescheduleInput', {
  description: 'A release to be taken out of the schedule, so that it can be scheduled anew.',
})
export class ReleaseRescheduleInput extends ReleaseCommandFields {
  @Field(() => String, { description: 'Why; shown to the followers of its changes.' })
  reason!: string;
}

/** Input of `releaseCancel`. */
@InputType('ReleaseCancelInput', { description: 'A release to be given up before its distribution.' })
export class ReleaseCancelInput extends ReleaseCommandFields {
  @Field(() => String, { description: 'Why; also the answer to open requests to join it.' })
  reason!: string;
}

/** Input of `releaseStartBackOut`. */
@InputType('ReleaseStartBackOutInput', {
  description: 'A release whose targets are to be returned to their previous state.',
})
export class ReleaseStartBackOutInput extends ReleaseCommandFields {
  @Field(() => String, { description: 'Why.' })
  reason!: string;
}

/** Input of `releaseCommunicate`. */
@InputType('ReleaseCommunicateInput', { description: 'What stakeholders were told about a release.' })
export class ReleaseCommunicateInput extends ReleaseCommandFields {
  @Field(() => String, { description: 'Who was told, e.g. "payroll users, service desk". 1 to 500 characters.' })
  audience!: string;
  @Field(() => String, { description: 'What they were told.' })
  message!: string;
}

/** Input of `releaseHold`. */
@InputType('ReleaseHoldInput', { description: 'A release to be put on hold.' })
export class ReleaseHoldInput extends ReleaseCommandFields {
  @Field(() => String, { description: 'Why.' })
  reason!: string;
}

/** Input of `releaseRecordReview`. */
@InputType('ReleaseRecordReviewInput', { description: 'What the post implementation review found.' })
export class ReleaseRecordReviewInput extends ReleaseCommandFields {
  @Field(() => Boolean, { description: 'Whether the release did what it was meant to do.' })
  objectivesMet!: boolean;
  @Field(() => String, { description: 'What happened.' })
  summary!: string;
  @Field(() => String, { nullable: true, description: 'What to do differently next time.' })
  lessons?: string | null;
}

const payload = (mutation: string) => payloadType(mutation, 'release', () => ReleaseType);

export const ReleaseCreatePayload = payload('releaseCreate');
export const ReleaseUpsertPayload = payload('releaseUpsert');
export const ReleaseUpdatePayload = payload('releaseUpdate');
export const ReleaseStartPlanningPayload = payload('releaseStartPlanning');
export const ReleaseStartBuildingPayload = payload('releaseStartBuilding');
export const ReleaseStartTestingPayload = payload('releaseStartTesting');
export const ReleaseAcceptPayload = payload('releaseAccept');
export const ReleaseSchedulePayload = payload('releaseSchedule');
export const ReleaseReschedulePayload = payload('releaseReschedule');
export const ReleaseCommunicatePayload = payload('releaseCommunicate');
export const ReleaseStartBackOutPayload = payload('releaseStartBackOut');
export const ReleaseCompleteBackOutPayload = payload('releaseCompleteBackOut');
export const ReleaseStartReviewPayload = payload('releaseStartReview');
export const ReleaseClosePayload = payload('releaseClose');
export const ReleaseCancelPayload = payload('releaseCancel');
export const ReleaseHoldPayload = payload('releaseHold');
export const ReleaseResumePayload = payload('releaseResume');
export const ReleaseRecordReviewPayload = payload('releaseRecordReview');

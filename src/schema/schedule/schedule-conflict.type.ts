import { Field, ObjectType } from 'type-graphql';
import {
  CONFLICT_SEVERITIES,
  CONFLICT_SEVERITY_DESCRIPTIONS,
  SCHEDULE_CONFLICT_KIND_DESCRIPTIONS,
  SCHEDULE_CONFLICT_KINDS,
  type ConflictSeverity,
  type ScheduleConflictKind,
} from '../../domain/schedule/schedule-conflict.js';
import { connectionType } from '../connection.js';
import { enumFrom } from '../enums.js';
import { DateTime } from '../scalars.js';

export const ScheduleConflictKindEnum = enumFrom(
  'ScheduleConflictKind',
  SCHEDULE_CONFLICT_KINDS,
  'Kind of schedule conflict. Blockers and waivers use the same codes.',
  SCHEDULE_CONFLICT_KIND_DESCRIPTIONS,
);
export const ConflictSeverityEnum = enumFrom(
  'ConflictSeverity',
  CONFLICT_SEVERITIES,
  'Severity of a conflict. MEDIUM and HIGH need another time, a waiver or another media version.',
  CONFLICT_SEVERITY_DESCRIPTIONS,
);

/** One side of a conflict in the API. */
@ObjectType('ScheduleConflictParty', {
  description:
    'One side of a schedule conflict: the work, booked or not, the task, the window or the media version. ' +
    'Its objects lead to the people who can plan it differently.',
  simpleResolvers: true,
})
export class ScheduleConflictPartyType {
  @Field(() => String, { description: 'Number and name of the work, or name of the window or media version.' })
  name!: string;

  entryId!: string | null;
  releaseId!: string | null;
  distributionId!: string | null;
  taskId!: string | null;
  windowId!: string | null;
}

/** Another time for one side of a conflict. */
@ObjectType('SuggestedMove', {
  description: 'Another time for a release that solves a conflict of the schedule. Nothing has been moved.',
  simpleResolvers: true,
})
export class SuggestedMoveType {
  @Field(() => ScheduleConflictPartyType, {
    description: 'Side of the conflict to move: its `release`, with `releaseMoveSchedule` if it is booked.',
  })
  party!: ScheduleConflictPartyType;

  @Field(() => DateTime, { description: 'Start of the release at the other time.' })
  startsAt!: Date;

  @Field(() => DateTime, { description: 'End of the release at the other time. It lasts as long as now.' })
  endsAt!: Date;
}

/** A conflict in the API. */
@ObjectType('ScheduleConflict', {
  description:
    'Conflict between two entries of the schedule, or between an entry and a window. It follows from entries, ' +
    'windows and relations, and changes with them.',
  simpleResolvers: true,
})
export class ScheduleConflictType {
  @Field(() => String, {
    description: 'Identifies the conflict. The same conflict has the same key in each query.',
  })
  key!: string;

  @Field(() => ScheduleConflictKindEnum, { description: 'Kind of conflict, e.g. BLACKOUT.' })
  kind!: ScheduleConflictKind;

  @Field(() => ConflictSeverityEnum, { description: 'Severity of the conflict.' })
  severity!: ConflictSeverity;

  @Field(() => DateTime, {
    description: 'Start of the conflict: of the overlap, or of the first time outside every window.',
  })
  startsAt!: Date;

  @Field(() => DateTime, { description: 'End of the conflict, exclusive.' })
  endsAt!: Date;

  @Field(() => String, { description: 'Message for people that names both sides and the time.' })
  message!: string;

  @Field(() => String, { description: 'Rule that the conflict breaks, in words.' })
  rule!: string;

  @Field(() => Boolean, {
    description:
      'Whether a waiver can override the conflict. A conflict of severity LOW needs none, and nobody can waive ' +
      'MEDIA_NOT_AUTHORISED.',
  })
  waivable!: boolean;

  @Field(() => ScheduleConflictPartyType, {
    description:
      'Work that has the conflict. Between two pieces of work, it is the one that starts later, or the one ' +
      'of the queried release or distribution.',
  })
  left!: ScheduleConflictPartyType;

  @Field(() => ScheduleConflictPartyType, {
    description:
      'Other side: the work that `left` conflicts with, the window or the media version. A waiver can name it.',
  })
  right!: ScheduleConflictPartyType;

  windowId!: string | null;
  mediaId!: string | null;
  personId!: string | null;
  teamId!: string | null;
  ciId!: string | null;
  pathIds!: readonly string[];
  relationIds!: readonly string[];
}

export const ScheduleConflictConnection = connectionType('ScheduleConflict', () => ScheduleConflictType);

/** A free slot in the schedule. */
@ObjectType('ScheduleSlot', {
  description: 'Free slot in the schedule for work on given configuration items.',
  simpleResolvers: true,
})
export class ScheduleSlotType {
  @Field(() => DateTime, { description: 'Earliest start of the work in the slot.' })
  startsAt!: Date;

  @Field(() => DateTime, { description: 'End of the work if it starts at `startsAt`.' })
  endsAt!: Date;

  @Field(() => DateTime, { description: 'Latest start at which the work still ends within the slot.' })
  latestStartsAt!: Date;

  @Field(() => DateTime, {
    description: 'End of the free time, exclusive.',
  })
  freeUntil!: Date;
}

import { Field, Int, ObjectType } from 'type-graphql';
import {
  CONFLICT_SEVERITIES,
  CONFLICT_SEVERITY_DESCRIPTIONS,
  SCHEDULE_CONFLICT_KIND_DESCRIPTIONS,
  SCHEDULE_CONFLICT_KINDS,
  type ConflictParty,
  type ConflictSeverity,
  type ScheduleConflictKind,
} from '../../domain/schedule/schedule-conflict.js';
import { connectionType } from '../connection.js';
import { enumFrom } from '../enums.js';
import { DateTime } from '../scalars.js';

export const ScheduleConflictKindEnum = enumFrom(
  'ScheduleConflictKind',
  SCHEDULE_CONFLICT_KINDS,
  'What does not go together in the schedule. Blockers and waivers use the same codes.',
  SCHEDULE_CONFLICT_KIND_DESCRIPTIONS,
);
export const ConflictSeverityEnum = enumFrom(
  'ConflictSeverity',
  CONFLICT_SEVERITIES,
  'How bad a conflict is.',
  CONFLICT_SEVERITY_DESCRIPTIONS,
);

/** A conflict as the API shows it. Computed afresh whenever it is asked for. */
@ObjectType('ScheduleConflict', {
  description:
    'Two things in the schedule that do not go together. Conflicts are not stored: they are worked out from ' +
    'entries, windows and relations whenever they are asked for.',
  simpleResolvers: true,
})
export class ScheduleConflictType {
  @Field(() => String, {
    description: 'Tells conflicts apart; the same conflict has the same key whenever it is worked out.',
  })
  key!: string;

  @Field(() => ScheduleConflictKindEnum, { description: 'What kind of conflict it is.' })
  kind!: ScheduleConflictKind;

  @Field(() => ConflictSeverityEnum, { description: 'How bad it is.' })
  severity!: ConflictSeverity;

  @Field(() => DateTime, {
    description: 'Start of the time it is about: what both sides share, or the first time outside every window.',
  })
  startsAt!: Date;

  @Field(() => DateTime, { description: 'End of that time. The interval does not include this instant.' })
  endsAt!: Date;

  @Field(() => String, { description: 'A sentence for people that names both sides and the time.' })
  message!: string;

  @Field(() => String, { description: 'The rule that is broken.' })
  rule!: string;

  @Field(() => Boolean, { description: 'Whether a recorded waiver can set it aside. Notices (LOW) need none.' })
  waivable!: boolean;

  leftParty!: ConflictParty;
  rightParty!: ConflictParty;
  ciId!: string | null;
  pathIds!: readonly string[];
  relationIds!: readonly string[];
}

export const ScheduleConflictConnection = connectionType('ScheduleConflict', () => ScheduleConflictType);

/** A free place in the schedule. */
@ObjectType('ScheduleSlot', {
  description: 'A free place in the schedule for work on some configuration items.',
  simpleResolvers: true,
})
export class ScheduleSlotType {
  @Field(() => DateTime, { description: 'Earliest start of the work.' })
  startsAt!: Date;

  @Field(() => DateTime, { description: 'End of the work when it starts then.' })
  endsAt!: Date;

  @Field(() => DateTime, { description: 'Latest start with which the work still ends in time.' })
  latestStartsAt!: Date;

  @Field(() => DateTime, {
    description: 'Until when nothing stands in the way. The interval does not include this instant.',
  })
  freeUntil!: Date;
}

/** A configuration item that feels work on another one. */
@ObjectType('ImpactedCi', {
  description: 'A configuration item that feels work on another one.',
  simpleResolvers: true,
})
export class ImpactedCiType {
  @Field(() => Int, { description: 'How many relations away it is, by the shortest way.' })
  depth!: number;

  ciId!: string;
  pathIds!: readonly string[];
  relationIds!: readonly string[];
}

export const ImpactedCiConnection = connectionType('ImpactedCi', () => ImpactedCiType);

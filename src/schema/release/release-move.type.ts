import { Field, Int, ObjectType } from 'type-graphql';
import type { Blocker } from '../../domain/blocker.js';
import {
  MOVE_EFFECTS,
  MOVE_WARNINGS,
  type MoveEffect,
  type MoveWarningCode,
} from '../../domain/release/release-move.js';
import { enumFrom } from '../enums.js';
import { DateTime } from '../scalars.js';
import { ScheduleConflictType } from '../schedule/schedule-conflict.type.js';

/** Most conflicts, followers and warnings of each kind that a simulated move shows. */
export const MAX_MOVED = 100;

export const MoveEffectEnum = enumFrom(
  'MoveEffect',
  Object.keys(MOVE_EFFECTS) as MoveEffect[],
  'What happens to a part of a release that gets another time.',
  MOVE_EFFECTS,
);

export const MoveWarningCodeEnum = enumFrom(
  'MoveWarningCode',
  Object.keys(MOVE_WARNINGS) as MoveWarningCode[],
  'What a move makes worse without being refused for it.',
  MOVE_WARNINGS,
);

/** A part of a release that follows it. */
@ObjectType('MoveFollower', {
  description: 'Task, change or distribution of a release that would follow it to another time, or be left outside.',
  simpleResolvers: true,
})
export class MoveFollowerType {
  @Field(() => MoveEffectEnum, { description: 'What happens to it.' })
  effect!: MoveEffect;

  @Field(() => DateTime, { nullable: true, description: 'Its start now. Null if it has none.' })
  startsAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Its end now, exclusive. Null if it has none.' })
  endsAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Its start after the move. Null if it has none.' })
  newStartsAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Its end after the move, exclusive. Null if it has none.' })
  newEndsAt!: Date | null;

  taskId!: string | null;
  changeId!: string | null;
  distributionId!: string | null;
}

/** Something to look at after a move. */
@ObjectType('MoveWarning', {
  description: 'Something that a move makes worse without being refused for it.',
  simpleResolvers: true,
})
export class MoveWarningType {
  @Field(() => MoveWarningCodeEnum, { description: 'What it is about.' })
  code!: MoveWarningCode;

  @Field(() => String, { description: 'Message for people.' })
  message!: string;

  taskId!: string | null;
  waiverId!: string | null;
}

/** What another time of a release would change. */
@ObjectType('ReleaseMoveSimulation', {
  description:
    'What another planned time of a release would bring: whether the command is allowed, the conflicts that come, go ' +
    'and stay, and what follows.',
  simpleResolvers: true,
})
export class ReleaseMoveSimulationType {
  @Field(() => [ScheduleConflictType], {
    description:
      'Conflicts that the release, or a distribution that moves along, has only at the new time, most severe first, ' +
      `at most ${MAX_MOVED}.`,
  })
  breaks!: readonly ScheduleConflictType[];

  @Field(() => Int, { description: 'Number of conflicts that it has only at the new time.' })
  breaksCount!: number;

  @Field(() => [ScheduleConflictType], {
    description: `Conflicts that it has only at its present time, most severe first, at most ${MAX_MOVED}.`,
  })
  fixes!: readonly ScheduleConflictType[];

  @Field(() => Int, { description: 'Number of conflicts that it has only at its present time.' })
  fixesCount!: number;

  @Field(() => [ScheduleConflictType], {
    description:
      'Conflicts that it has at both times, with the same party about the same item, as they are at the new time, at ' +
      `most ${MAX_MOVED}.`,
  })
  keeps!: readonly ScheduleConflictType[];

  @Field(() => Int, { description: 'Number of conflicts that it has at both times.' })
  keepsCount!: number;

  @Field(() => [MoveFollowerType], {
    description: `Distributions, changes and tasks that follow, or are left outside, at most ${MAX_MOVED}.`,
  })
  followers!: readonly MoveFollowerType[];

  @Field(() => Int, { description: 'Number of distributions, changes and tasks that follow or are left outside.' })
  followersCount!: number;

  @Field(() => [MoveWarningType], {
    description: `What the move makes worse without being refused for it, at most ${MAX_MOVED}.`,
  })
  warnings!: readonly MoveWarningType[];

  commandName!: 'releaseMoveSchedule' | 'releaseSchedule' | null;
  rules!: readonly Blocker[];
}

import { Field, Int, ObjectType } from 'type-graphql';
import { SLOT_REASONS, type SlotReason } from '../../domain/schedule/slot-rank.js';
import { SLOT_RULE_KINDS, type SlotRuleKind } from '../../domain/schedule/slot-rule.js';
import { enumFrom } from '../enums.js';
import { DateTime } from '../scalars.js';
import { ScheduleConflictPartyType, ScheduleSlotType } from './schedule-conflict.type.js';

const reasons = Object.keys(SLOT_REASONS) as SlotReason[];

export const SlotReasonEnum = enumFrom(
  'SlotReason',
  reasons,
  'What makes a time better than others. A time has the points of all of its reasons.',
  Object.fromEntries(
    reasons.map((reason) => [reason, `${SLOT_REASONS[reason].meaning} ${SLOT_REASONS[reason].points} points.`]),
  ) as Record<SlotReason, string>,
);

export const SlotRuleKindEnum = enumFrom(
  'SlotRuleKind',
  Object.keys(SLOT_RULE_KINDS) as SlotRuleKind[],
  'Kind of rule that keeps work from certain times.',
  SLOT_RULE_KINDS,
);

/** Most rules that an answer names. */
export const MAX_OBSTACLES = 100;

/** A place in the schedule with what speaks for it. */
@ObjectType('RankedSlot', {
  description: 'Free slot in the schedule with the reasons for its place among others.',
  simpleResolvers: true,
})
export class RankedSlotType extends ScheduleSlotType {
  @Field(() => Int, { description: 'Sum of the points of its reasons. The best slot has most.' })
  score!: number;

  @Field(() => [SlotReasonEnum], { description: 'What makes it better than others.' })
  reasons!: readonly SlotReason[];
}

/** A rule that keeps work from every time, together with others. */
@ObjectType('SlotObstacle', {
  description: 'Rule that, together with the other obstacles, leaves no time for some work.',
  simpleResolvers: true,
})
export class SlotObstacleType {
  @Field(() => SlotRuleKindEnum, { description: 'Kind of rule.' })
  kind!: SlotRuleKind;

  @Field(() => String, { description: 'Message for people that names the window, the other work or the person.' })
  message!: string;

  @Field(() => ScheduleConflictPartyType, { nullable: true, description: 'Other work. Null for other kinds.' })
  work!: ScheduleConflictPartyType | null;

  windowIds!: readonly string[];
  personId!: string | null;
  teamId!: string | null;
  ciId!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Start of the time that the rule takes. Null for a rule that repeats.',
  })
  startsAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'End of that time, exclusive. Null for a rule that repeats.' })
  endsAt!: Date | null;
}

/** The best times for some work or, where there is none, why. */
@ObjectType('ScheduleTimes', {
  description: 'The best times for some work or, if there is none, the fewest rules that leave none.',
  simpleResolvers: true,
})
export class ScheduleTimesType {
  @Field(() => [RankedSlotType], {
    description: 'Slots, best first: the one with the highest score, and the earlier one of equals. No two overlap.',
  })
  slots!: readonly RankedSlotType[];

  @Field(() => [SlotObstacleType], {
    description:
      'If there is no slot: rules that leave no time together. Without any one of them there would be a slot. At ' +
      `most ${MAX_OBSTACLES}. Empty if there are slots.`,
  })
  obstacles!: readonly SlotObstacleType[];

  @Field(() => Int, { description: 'Number of rules that leave no time together. 0 if there are slots.' })
  obstaclesCount!: number;

  @Field(() => Boolean, {
    description:
      'Whether no smaller set of rules leaves no time. False if the search was ended early: then none of the ' +
      'obstacles can be left out, but other rules may be fewer.',
  })
  obstaclesAreFewest!: boolean;
}

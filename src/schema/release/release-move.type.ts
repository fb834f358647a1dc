import { Field, Int, ObjectType } from 'type-graphql';
import { ScheduleConflictType } from '../schedule/schedule-conflict.type.js';

/** Most conflicts of each kind that a simulated move shows. */
export const MAX_MOVED = 100;

/** What another time of a release would change. */
@ObjectType('ReleaseMoveSimulation', {
  description: 'Conflicts that another planned time of a release would bring, solve and leave.',
  simpleResolvers: true,
})
export class ReleaseMoveSimulationType {
  @Field(() => [ScheduleConflictType], {
    description: `Conflicts that the release has only at the new time, most severe first, at most ${MAX_MOVED}.`,
  })
  breaks!: readonly ScheduleConflictType[];

  @Field(() => Int, { description: 'Number of conflicts that the release has only at the new time.' })
  breaksCount!: number;

  @Field(() => [ScheduleConflictType], {
    description: `Conflicts that the release has only at its present time, most severe first, at most ${MAX_MOVED}.`,
  })
  fixes!: readonly ScheduleConflictType[];

  @Field(() => Int, { description: 'Number of conflicts that the release has only at its present time.' })
  fixesCount!: number;

  @Field(() => [ScheduleConflictType], {
    description:
      'Conflicts that the release has at both times, with the same party about the same item, as they are at the new ' +
      `time, at most ${MAX_MOVED}.`,
  })
  keeps!: readonly ScheduleConflictType[];

  @Field(() => Int, { description: 'Number of conflicts that the release has at both times.' })
  keepsCount!: number;
}

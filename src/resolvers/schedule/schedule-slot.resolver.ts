import { Arg, Authorized, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { askSlots, askTimes } from '../../facts/schedule/schedule-question.facts.js';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { teamRead } from '../../reads/people/team.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { presentTimes } from '../../reads/schedule/schedule-slot.reads.js';
import { scheduleWindowRead } from '../../reads/schedule/schedule-window.reads.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { TeamType } from '../../schema/people/team.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { DateTime } from '../../schema/scalars.js';
import { ScheduleSlotType } from '../../schema/schedule/schedule-conflict.type.js';
import { ScheduleTimesType, SlotObstacleType } from '../../schema/schedule/schedule-slot.type.js';
import { ScheduleWindowType } from '../../schema/schedule/schedule-window.type.js';
import type { Context } from '../context.js';
import { WORK } from '../work.js';

/** Free times for work. */
@Resolver(() => SlotObstacleType)
export class ScheduleSlotResolver {
  @Authorized()
  @Query(() => ScheduleTimesType, {
    complexity: WORK.search,
    description:
      'Finds the best times for work on configuration items by people. A time keeps to every rule: the change ' +
      'windows of every item, blackouts on what the work impacts, other work there, redundancy, other tasks, working ' +
      'calendars and absences of the people, and the capacity of the teams. If there is none, it tells which rules ' +
      'leave none. `scheduleSlots` lists times by date instead.',
  })
  async scheduleFindTime(
    @Arg('durationMinutes', () => Int, { description: 'Duration of the work in minutes.' }) durationMinutes: number,
    @Arg('ciIds', () => [ID], { description: 'Ids of the configuration items to work on.' }) ciIds: string[],
    @Arg('personIds', () => [ID], {
      defaultValue: [],
      description: 'Ids of the people who are needed all the time, at most 50.',
    })
    personIds: string[],
    @Arg('teamIds', () => [ID], {
      defaultValue: [],
      description: 'Ids of teams, at most 50. Somebody of each is needed all the time.',
    })
    teamIds: string[],
    @Arg('from', () => DateTime, {
      nullable: true,
      description: 'Start of the search. Default, and at the earliest: now.',
    })
    from: string | null,
    @Arg('days', () => Int, { defaultValue: 30, description: 'Number of days to search, 1 to 90.' }) days: number,
    @Arg('first', () => Int, { defaultValue: 10, description: 'Maximum number of slots, 1 to 100.' }) first: number,
    @Arg('backOutMinutes', () => Int, {
      nullable: true,
      description:
        'Duration of a back-out after the work, in minutes, 1 to 10,080. It lies in the windows and outside ' +
        'blackouts, too. Default: that of `release`, or none.',
    })
    backOutMinutes: number | null,
    @Arg('release', () => ID, {
      nullable: true,
      description: 'Id of a release to reschedule. Its own bookings and tasks are ignored.',
    })
    release: string | null,
    @Ctx() { reads, services }: Context,
  ) {
    const now = services.clock();
    const asked = from == null || new Date(from) < now ? now : new Date(from);
    return presentTimes(
      await askTimes(reads.db, {
        durationMinutes,
        backOutMinutes,
        ciIds,
        personIds,
        teamIds,
        from: asked,
        days,
        first,
        release,
      }),
    );
  }

  @Authorized()
  @Query(() => [ScheduleSlotType], {
    complexity: WORK.search,
    description:
      'Finds the next free slots for work on configuration items, one per period of free time. A slot is inside the ' +
      'change windows of every item, without a blackout on the items or on those they impact, and without other ' +
      'work that impacts or is impacted.',
  })
  async scheduleSlots(
    @Arg('durationMinutes', () => Int, { description: 'Duration of the work in minutes.' }) durationMinutes: number,
    @Arg('ciIds', () => [ID], { description: 'Ids of the configuration items to work on.' }) ciIds: string[],
    @Arg('from', () => DateTime, { nullable: true, description: 'Start of the search. Default: now.' })
    from: string | null,
    @Arg('days', () => Int, { defaultValue: 30, description: 'Number of days to search, 1 to 90.' }) days: number,
    @Arg('first', () => Int, { defaultValue: 10, description: 'Maximum number of slots, 1 to 100.' }) first: number,
    @Arg('backOutMinutes', () => Int, {
      nullable: true,
      description:
        'Duration of a back-out after the work, in minutes, 1 to 10,080. It lies in the windows and outside ' +
        'blackouts, too. Default: that of `release`, or none.',
    })
    backOutMinutes: number | null,
    @Arg('release', () => ID, {
      nullable: true,
      description: 'Id of a release to reschedule. Its own bookings are ignored.',
    })
    release: string | null,
    @Ctx() { reads, services }: Context,
  ) {
    return await askSlots(reads.db, {
      durationMinutes,
      backOutMinutes,
      ciIds,
      from: from == null ? services.clock() : new Date(from),
      days,
      first,
      release,
    });
  }

  @FieldResolver(() => [ScheduleWindowType], {
    complexity: WORK.path,
    description: 'The blackout, or the windows that work on the item must lie in. Empty for other kinds.',
  })
  windows(@Root() { windowIds }: SlotObstacleType, @Ctx() { reads }: Context) {
    return reads.byIds(scheduleWindowRead, windowIds);
  }

  @FieldResolver(() => ConfigurationItemType, {
    nullable: true,
    description: 'Configuration item on which the rule meets the work. Null for rules about people.',
  })
  ci(@Root() { ciId }: SlotObstacleType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, ciId);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Person that the rule is about. Null for rules about items.',
  })
  person(@Root() { personId }: SlotObstacleType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, personId);
  }

  @FieldResolver(() => TeamType, { nullable: true, description: 'Team that the rule is about. Null for other rules.' })
  team(@Root() { teamId }: SlotObstacleType, @Ctx() { reads }: Context) {
    return reads.byId(teamRead, teamId);
  }
}

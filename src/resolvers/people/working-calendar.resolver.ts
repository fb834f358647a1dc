import { Arg, Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { ListInput } from '../../domain/list.js';
import { workingTimesOf } from '../../facts/people/availability.facts.js';
import { spanOf } from '../../facts/schedule/schedule-window.facts.js';
import { eventsOf } from '../../reads/event.reads.js';
import {
  calendarOf,
  itemsOfCalendar,
  peopleOfCalendar,
  teamsOfCalendar,
  workingCalendarRead,
} from '../../reads/people/working-calendar.reads.js';
import { configurationItemList, ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { PageArgs } from '../../schema/connection.js';
import { EventConnection } from '../../schema/event.type.js';
import { ListArgs } from '../../schema/list.js';
import { personList, PersonType } from '../../schema/people/person.type.js';
import { teamList, TeamType } from '../../schema/people/team.type.js';
import {
  workingCalendarList,
  WorkingCalendarType,
  WorkingTimeType,
} from '../../schema/people/working-calendar.type.js';
import { DateTime } from '../../schema/scalars.js';
import type { Context } from '../context.js';
import { WORK } from '../work.js';

/** Longest span of time whose working times are asked for at once, in days. */
const MAX_WORKING_TIME_DAYS = 100;

const calendarEvents = eventsOf('WorkingCalendar');

/** Working calendars. */
@Resolver(() => WorkingCalendarType)
export class WorkingCalendarResolver {
  @Authorized()
  @Query(() => workingCalendarList.Connection, { description: 'Lists working calendars.' })
  workingCalendars(@ListArgs(workingCalendarList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(workingCalendarRead, list);
  }

  @FieldResolver(() => personList.Connection, { description: 'People with this calendar of their own, by name.' })
  people(@Root() { id }: WorkingCalendarType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(peopleOfCalendar, id, page);
  }

  @FieldResolver(() => teamList.Connection, { description: 'Teams with this calendar, sorted by name.' })
  teams(@Root() { id }: WorkingCalendarType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(teamsOfCalendar, id, page);
  }

  @FieldResolver(() => configurationItemList.Connection, {
    description: 'Configuration items whose service hours the calendar has.',
  })
  configurationItems(
    @Root() { id }: WorkingCalendarType,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(itemsOfCalendar, id, page);
  }

  @FieldResolver(() => EventConnection, { description: 'History of the calendar, newest first.' })
  events(@Root() { id }: WorkingCalendarType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(calendarEvents, id, page);
  }
}

/** When people work. */
@Resolver(() => PersonType)
export class PersonWorkingCalendarResolver {
  @FieldResolver(() => WorkingCalendarType, {
    nullable: true,
    description: 'Working calendar of the person. Null: the calendars of their teams count.',
  })
  workingCalendar(@Root() { id }: PersonType, @Ctx() { reads }: Context) {
    return reads.batch('person.workingCalendar', calendarOf.person, id);
  }

  @FieldResolver(() => [WorkingTimeType], {
    complexity: WORK.occurrences,
    description:
      `Times at which the person works, in order, in a period of at most ${MAX_WORKING_TIME_DAYS} days: in the hours ` +
      'of their calendar, or of one of their teams, and not while they are absent. All of the period if they have no ' +
      'calendar.',
  })
  async workingTimes(
    @Root() { id }: PersonType,
    @Arg('from', () => DateTime, { description: 'Start of the period.' }) from: string,
    @Arg('to', () => DateTime, { description: 'End of the period.' }) to: string,
    @Ctx() { reads }: Context,
  ) {
    const span = spanOf(from, to, MAX_WORKING_TIME_DAYS);
    const read = `person.workingTimes:${from}:${to}`;
    return (await reads.batch(read, async (ids, db) => await workingTimesOf(db, ids, span), id)) ?? [];
  }
}

/** When teams work. */
@Resolver(() => TeamType)
export class TeamWorkingCalendarResolver {
  @FieldResolver(() => WorkingCalendarType, {
    nullable: true,
    description: 'Working calendar of the team. Members without a calendar of their own work by it. Null if none.',
  })
  workingCalendar(@Root() { id }: TeamType, @Ctx() { reads }: Context) {
    return reads.batch('team.workingCalendar', calendarOf.team, id);
  }
}

/** When services are used. */
@Resolver(() => ConfigurationItemType)
export class ConfigurationItemServiceHoursResolver {
  @FieldResolver(() => WorkingCalendarType, {
    nullable: true,
    description:
      'Hours in which the item, usually a service, is used. `scheduleFindTime` prefers times outside them. Null ' +
      'if none are known.',
  })
  serviceHours(@Root() { id }: ConfigurationItemType, @Ctx() { reads }: Context) {
    return reads.batch('configurationItem.serviceHours', calendarOf.ci, id);
  }
}

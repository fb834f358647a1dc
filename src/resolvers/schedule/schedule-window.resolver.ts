import { Arg, Args, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { eventsOf } from '../../reads/event.reads.js';
import { cisOfWindow, scheduleWindowRead } from '../../reads/schedule/schedule-window.reads.js';
import { ConfigurationItemConnection } from '../../schema/cmdb/configuration-item.type.js';
import { PageArgs } from '../../schema/connection.js';
import { EventConnection } from '../../schema/event.type.js';
import { commandInput, type CommandOnly } from '../../schema/inputs.js';
import { DateTime } from '../../schema/scalars.js';
import {
  ScheduleWindowConnection,
  ScheduleWindowCreateInput,
  ScheduleWindowCreatePayload,
  ScheduleWindowDeactivatePayload,
  ScheduleWindowFilter,
  ScheduleWindowOrder,
  ScheduleWindowType,
  ScheduleWindowUpdateInput,
  ScheduleWindowUpdatePayload,
  WindowOccurrenceType,
} from '../../schema/schedule/schedule-window.type.js';
import { MAX_OCCURRENCES, MAX_OCCURRENCES_DAYS, occurrencesOf } from '../../facts/schedule/schedule-window.facts.js';
import * as service from '../../services/schedule/schedule-window.service.js';
import { command } from '../command.js';
import type { Context } from '../context.js';

const ScheduleWindowDeactivateInput = commandInput('scheduleWindowDeactivate', 'window');
const windowEvents = eventsOf('ScheduleWindow');

const shows = (mutation: string) => ({ mutation, field: 'scheduleWindow', model: scheduleWindowRead });

/** Change windows, maintenance windows and blackouts. */
@Resolver(() => ScheduleWindowType)
export class ScheduleWindowResolver {
  @Authorized()
  @Query(() => ScheduleWindowConnection, { description: 'Change windows, maintenance windows and blackouts.' })
  scheduleWindows(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ScheduleWindowFilter, { nullable: true, description: 'Which ones.' })
    filter: ScheduleWindowFilter | null,
    @Arg('orderBy', () => [ScheduleWindowOrder], {
      nullable: true,
      description: 'In which order. Default: oldest first.',
    })
    orderBy: ScheduleWindowOrder[] | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.page(scheduleWindowRead, { page, filter, orderBy });
  }

  @FieldResolver(() => [WindowOccurrenceType], {
    description: `When it is open (or in force) in a span of ${MAX_OCCURRENCES_DAYS} days at most: every occurrence that overlaps the span, whole, in order; ${MAX_OCCURRENCES} at most.`,
  })
  occurrences(
    @Root() window: ScheduleWindowType,
    @Arg('from', () => DateTime, { description: 'Start of the span.' }) from: string,
    @Arg('to', () => DateTime, { description: 'End of the span.' }) to: string,
  ) {
    return occurrencesOf(window, from, to);
  }

  @FieldResolver(() => ConfigurationItemConnection, { description: 'The configuration items that it names.' })
  cis(@Root() window: ScheduleWindowType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(cisOfWindow, window.id, { page });
  }

  @FieldResolver(() => EventConnection, { description: 'Its history, newest first.' })
  events(@Root() window: ScheduleWindowType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(windowEvents, window.id, { page });
  }

  @Authorized('RELEASE_MANAGER', 'CHANGE_MANAGER', 'CHANGE_AUTHORITY')
  @Mutation(() => ScheduleWindowCreatePayload, {
    description:
      'Makes a window. Change and maintenance windows: RELEASE_MANAGER or CHANGE_MANAGER; blackouts: CHANGE_MANAGER or CHANGE_AUTHORITY.',
  })
  scheduleWindowCreate(
    @Arg('input', () => ScheduleWindowCreateInput, { description: 'The new window.' }) input: ScheduleWindowCreateInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('scheduleWindowCreate'), input, (uow) => service.scheduleWindowCreate(uow, input));
  }

  @Authorized('RELEASE_MANAGER', 'CHANGE_MANAGER', 'CHANGE_AUTHORITY')
  @Mutation(() => ScheduleWindowUpdatePayload, {
    description: 'Edits a window. The same people may that may make one of its kind.',
  })
  scheduleWindowUpdate(
    @Arg('input', () => ScheduleWindowUpdateInput, { description: 'What changes.' }) input: ScheduleWindowUpdateInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('scheduleWindowUpdate'), input, (uow) => service.scheduleWindowUpdate(uow, input));
  }

  @Authorized('RELEASE_MANAGER', 'CHANGE_MANAGER', 'CHANGE_AUTHORITY')
  @Mutation(() => ScheduleWindowDeactivatePayload, {
    description: 'Takes a window out of force; it stays on record. Doing so again changes nothing.',
  })
  scheduleWindowDeactivate(
    @Arg('input', () => ScheduleWindowDeactivateInput, { description: 'Which window.' }) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('scheduleWindowDeactivate'), input, (uow) =>
      service.scheduleWindowDeactivate(uow, input),
    );
  }
}

import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import {
  scheduleWindowList,
  ScheduleWindowPreviewInput,
  ScheduleWindowType,
  WindowOccurrenceType,
  WindowPreviewType,
} from '../../schema/schedule/schedule-window.type.js';
import { configurationItemList } from '../../schema/cmdb/configuration-item.type.js';
import { Arg, Args, Authorized, Ctx, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import { eventsOf } from '../../reads/event.reads.js';
import { cisOfWindow, servicesOfWindow, windowsPage } from '../../reads/schedule/schedule-window.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { EventConnection } from '../../schema/event.type.js';
import { DateTime } from '../../schema/scalars.js';
import {
  MAX_OCCURRENCES,
  MAX_OCCURRENCES_DAYS,
  MAX_PREVIEWED,
  occurrencesOf,
  previewOf,
} from '../../facts/schedule/schedule-window.facts.js';
import { WORK } from '../work.js';
import type { Context } from '../context.js';

const windowEvents = eventsOf('ScheduleWindow');

/** Change windows, maintenance windows and blackouts. */
@Resolver(() => ScheduleWindowType)
export class ScheduleWindowResolver {
  @Authorized()
  @Query(() => scheduleWindowList.Connection, {
    description: 'Lists change windows, maintenance windows and blackouts.',
  })
  scheduleWindows(@ListArgs(scheduleWindowList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return windowsPage(reads, list);
  }

  @Authorized()
  @Query(() => WindowPreviewType, {
    complexity: WORK.search,
    description: 'Shows when a window would be open and what is wrong with it. Saves nothing.',
  })
  scheduleWindowPreview(
    @Arg('window', () => ScheduleWindowPreviewInput, { description: 'Times of the window.' })
    window: InstanceType<typeof ScheduleWindowPreviewInput>,
    @Arg('from', () => DateTime, { nullable: true, description: 'Start of the list. Default: the first occurrence.' })
    from: string | null,
    @Arg('first', () => Int, { defaultValue: 10, description: `Length of the list, 1 to ${MAX_PREVIEWED}.` })
    first: number,
  ) {
    return previewOf(window, from, first);
  }

  @FieldResolver(() => [WindowOccurrenceType], {
    complexity: WORK.occurrences,
    description:
      `Occurrences that overlap a period of at most ${MAX_OCCURRENCES_DAYS} days, in order and at full length; at ` +
      `most ${MAX_OCCURRENCES}.`,
  })
  occurrences(
    @Root() window: ScheduleWindowType,
    @Arg('from', () => DateTime, { description: 'Start of the period.' }) from: string,
    @Arg('to', () => DateTime, { description: 'End of the period.' }) to: string,
  ) {
    return occurrencesOf(window, from, to);
  }

  @FieldResolver(() => configurationItemList.Connection, { description: 'Configuration items that the window names.' })
  cis(@Root() window: ScheduleWindowType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(cisOfWindow, window.id, page);
  }

  @FieldResolver(() => configurationItemList.Connection, {
    description: 'Services that the window applies to, with everything they depend on.',
  })
  services(@Root() window: ScheduleWindowType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(servicesOfWindow, window.id, page);
  }

  @FieldResolver(() => EventConnection, { description: 'History of the window, newest first.' })
  events(@Root() window: ScheduleWindowType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(windowEvents, window.id, page);
  }
}

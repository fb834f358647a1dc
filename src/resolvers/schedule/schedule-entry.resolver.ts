import { cabMeetingMachine, cabMeetingState } from '../../domain/schedule/cab-meeting.machine.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { presentCommands } from '../available-commands.js';
import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { scheduleEntryList, ScheduleEntryType } from '../../schema/schedule/schedule-entry.type.js';
import { configurationItemList } from '../../schema/cmdb/configuration-item.type.js';
import { Arg, Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { sql } from 'kysely';
import { eventsOf } from '../../reads/event.reads.js';
import { changeRead } from '../../reads/change/change.reads.js';
import { distributionRead } from '../../reads/distribution/distribution.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import { approvedBetween, cisOfEntry, scheduleEntryRead } from '../../reads/schedule/schedule-entry.reads.js';
import { taskRead } from '../../reads/release/task.reads.js';
import { ChangeType } from '../../schema/change/change.type.js';
import { PageArgs } from '../../schema/connection.js';
import { DistributionType } from '../../schema/distribution/distribution.type.js';
import { EventConnection } from '../../schema/event.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import { DateTime } from '../../schema/scalars.js';
import { TaskType } from '../../schema/release/task.type.js';
import { WORK } from '../work.js';
import type { Context } from '../context.js';

const entryEvents = eventsOf('ScheduleEntry');

/** The Change Implementation Schedule. */
@Resolver(() => ScheduleEntryType)
export class ScheduleEntryResolver {
  @Authorized()
  @Query(() => scheduleEntryList.Connection, {
    description:
      'Lists the Change Implementation Schedule: releases, distributions, dated tasks, authorised changes and ' +
      'CAB meetings on one timeline, sorted by start.',
  })
  scheduleEntries(
    @ListArgs(scheduleEntryList, 'by start') list: ListInput,
    @Arg('from', () => DateTime, { nullable: true, description: 'Lists only entries that end after this instant.' })
    from: string | null,
    @Arg('to', () => DateTime, { nullable: true, description: 'Lists only entries that start before this instant.' })
    to: string | null,

    @Arg('includeWithdrawn', () => Boolean, {
      defaultValue: false,
      description: 'Whether to include entries that are no longer in force.',
    })
    includeWithdrawn: boolean,
    @Ctx() { reads }: Context,
  ) {
    const scope = sql.join(
      [
        sql`(t.live or ${includeWithdrawn})`,
        ...(from == null ? [] : [sql`t.ends_at > ${from}::timestamptz`]),
        ...(to == null ? [] : [sql`t.starts_at < ${to}::timestamptz`]),
      ],
      sql` and `,
    );
    return reads.page(scheduleEntryRead, list, [{ field: 'STARTS_AT', direction: 'ASC' }], scope);
  }

  @Authorized()
  @Query(() => scheduleEntryList.Connection, {
    description:
      'Lists the Forward Schedule of Change, sorted by start: authorised changes, and accepted releases with their ' +
      'distributions. What is only planned is missing; `scheduleEntries` has it.',
  })
  forwardScheduleOfChange(
    @ListArgs(scheduleEntryList, 'by start') list: ListInput,
    @Arg('from', () => DateTime, {
      nullable: true,
      description: 'Lists only entries that end after this instant. Default: now.',
    })
    from: string | null,
    @Arg('to', () => DateTime, { nullable: true, description: 'Lists only entries that start before this instant.' })
    to: string | null,
    @Ctx() { reads, services }: Context,
  ) {
    const scope = approvedBetween(from ?? services.clock().toISOString(), to ?? null);
    return reads.page(scheduleEntryRead, list, [{ field: 'STARTS_AT', direction: 'ASC' }], scope);
  }

  @FieldResolver(() => ReleaseType, {
    nullable: true,
    description: 'Release that the entry belongs to. Null for a meeting without one.',
  })
  release(@Root() entry: ScheduleEntryType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, entry.releaseId);
  }

  @FieldResolver(() => DistributionType, {
    nullable: true,
    description: 'Distribution that the entry represents. Null for other kinds.',
  })
  distribution(@Root() entry: ScheduleEntryType, @Ctx() { reads }: Context) {
    return reads.byId(distributionRead, entry.distributionId);
  }

  @FieldResolver(() => TaskType, {
    nullable: true,
    description: 'Task that the entry represents. Null for other kinds.',
  })
  task(@Root() entry: ScheduleEntryType, @Ctx() { reads }: Context) {
    return reads.byId(taskRead, entry.taskId);
  }

  @FieldResolver(() => ChangeType, {
    nullable: true,
    description: 'Change that the entry represents. Null for other kinds.',
  })
  change(@Root() entry: ScheduleEntryType, @Ctx() { reads }: Context) {
    return reads.byId(changeRead, entry.changeId);
  }

  @FieldResolver(() => configurationItemList.Connection, {
    description: 'Configuration items that the entry works on: targets of the release, distribution or change.',
  })
  cis(@Root() entry: ScheduleEntryType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(cisOfEntry, entry.id, page);
  }

  @FieldResolver(() => EventConnection, {
    description: 'History of the entry, newest first. Events of a task or change are in its own history.',
  })
  events(@Root() entry: ScheduleEntryType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(entryEvents, entry.id, page);
  }

  @FieldResolver(() => [AvailableCommandType], {
    complexity: WORK.facts,
    description: 'Commands of a CAB meeting in its current state. Empty for other kinds, which move with their object.',
  })
  async availableCommands(@Root() entry: ScheduleEntryType, @Ctx() { reads }: Context) {
    return await presentCommands(reads.perRow, cabMeetingMachine, cabMeetingState(entry), {});
  }
}

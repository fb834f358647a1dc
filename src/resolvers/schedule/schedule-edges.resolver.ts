import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { scheduleWindowList } from '../../schema/schedule/schedule-window.type.js';
import { scheduleEntryList } from '../../schema/schedule/schedule-entry.type.js';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { conflictPage } from '../../reads/schedule/schedule-conflict.reads.js';
import { entriesOfCi, entriesOfRelease } from '../../reads/schedule/schedule-entry.reads.js';
import { windowsOfCi } from '../../reads/schedule/schedule-window.reads.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { PageArgs } from '../../schema/connection.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import { ScheduleConflictConnection } from '../../schema/schedule/schedule-conflict.type.js';
import { releaseConflicts } from '../../facts/schedule/schedule.facts.js';
import { WORK } from '../work.js';
import type { Context } from '../context.js';

/** Schedule of a release. */
@Resolver(() => ReleaseType)
export class ReleaseScheduleResolver {
  @FieldResolver(() => scheduleEntryList.Connection, {
    description:
      'Live entries of the release in the schedule, sorted by start: its own, those of its distributions, tasks and ' +
      'changes, and meetings about it.',
  })
  scheduleEntries(
    @Root() release: ReleaseType,
    @ListArgs(scheduleEntryList) list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(entriesOfRelease, release.id, list);
  }

  @FieldResolver(() => ScheduleConflictConnection, {
    complexity: WORK.conflicts,
    description:
      'Conflicts of the planned interval of the release with the schedule, booked or not, most severe ' +
      'first. Computed for each query, which is costly for many releases. Empty without planned start and ' +
      'end.',
  })
  async conflicts(@Root() release: ReleaseType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    const found = await reads.batch(
      'release.conflicts',
      async (ids, db) => await releaseConflicts(db, ids),
      release.id,
    );
    return conflictPage(found ?? [], page);
  }
}

/** Schedule of a configuration item. */
@Resolver(() => ConfigurationItemType)
export class ConfigurationItemScheduleResolver {
  @FieldResolver(() => scheduleEntryList.Connection, {
    description: 'Live entries of the schedule that work on the item, sorted by start.',
  })
  scheduleEntries(
    @Root() ci: ConfigurationItemType,
    @ListArgs(scheduleEntryList) list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(entriesOfCi, ci.id, list);
  }

  @FieldResolver(() => scheduleWindowList.Connection, {
    description:
      'Active windows that apply to work on the item: by name, by a service that depends on it, by its class, by a ' +
      'filter or because they apply to everything.',
  })
  scheduleWindows(
    @Root() ci: ConfigurationItemType,
    @ListArgs(scheduleWindowList) list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return windowsOfCi(reads.perRow, ci.id, list);
  }
}

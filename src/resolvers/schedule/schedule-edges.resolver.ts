import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { scheduleWindowList } from '../../schema/schedule/schedule-window.type.js';
import { scheduleEntryList } from '../../schema/schedule/schedule-entry.type.js';
import { Arg, Args, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { RequestError } from '../../domain/errors.js';
import { MAX_IMPACT_DEPTH } from '../../domain/cmdb/impact.js';
import { ciRelationRead } from '../../reads/cmdb/ci-relation.reads.js';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { impactedCis } from '../../reads/cmdb/impacted-ci.reads.js';
import { conflictPage } from '../../reads/schedule/schedule-conflict.reads.js';
import { entriesOfCi, entriesOfRelease } from '../../reads/schedule/schedule-entry.reads.js';
import { windowsOfCi } from '../../reads/schedule/schedule-window.reads.js';
import { CiRelationType } from '../../schema/cmdb/ci-relation.type.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { PageArgs } from '../../schema/connection.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import {
  ImpactedCiConnection,
  ImpactedCiType,
  ScheduleConflictConnection,
} from '../../schema/schedule/schedule-conflict.type.js';
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

  @FieldResolver(() => ImpactedCiConnection, {
    complexity: WORK.walk,
    description:
      'Configuration items that work on this item impacts, nearest first, each once with the shortest path. Cycles ' +
      'are handled.',
  })
  async impactedCis(
    @Root() ci: ConfigurationItemType,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('depth', () => Int, {
      defaultValue: MAX_IMPACT_DEPTH,
      description: `Maximum number of relations to follow, 1 to ${MAX_IMPACT_DEPTH}.`,
    })
    depth: number,
    @Ctx() { reads }: Context,
  ) {
    if (depth < 1 || depth > MAX_IMPACT_DEPTH)
      throw new RequestError('BAD_USER_INPUT', `"depth" is 1 to ${MAX_IMPACT_DEPTH}.`, {
        field: 'depth',
        max: MAX_IMPACT_DEPTH,
      });
    return await impactedCis(reads.perRow, ci.id, depth, page);
  }
}

/** Fields of an impacted configuration item. */
@Resolver(() => ImpactedCiType)
export class ImpactedCiResolver {
  @FieldResolver(() => ConfigurationItemType, {
    complexity: WORK.object,
    description: 'Configuration item that is impacted.',
  })
  ci(@Root() impacted: ImpactedCiType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, impacted.ciId);
  }

  @FieldResolver(() => [ConfigurationItemType], {
    complexity: WORK.path,
    description: 'Path from the item that is worked on to the impacted item, both included.',
  })
  path(@Root() impacted: ImpactedCiType, @Ctx() { reads }: Context) {
    return reads.byIds(configurationItemRead, impacted.pathIds);
  }

  @FieldResolver(() => [CiRelationType], {
    complexity: WORK.path,
    description: 'Relations along the path, in order. Each keeps its recorded direction.',
  })
  relations(@Root() impacted: ImpactedCiType, @Ctx() { reads }: Context) {
    return reads.byIds(ciRelationRead, impacted.relationIds);
  }
}

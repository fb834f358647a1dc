import { Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { targetGroupMachine } from '../../domain/distribution/target-group.machine.js';
import type { ListInput } from '../../domain/list.js';
import { targetGroupFacts } from '../../facts/distribution/target-group.facts.js';
import { membersOfTargetGroup, targetGroupRead } from '../../reads/distribution/target-group.reads.js';
import { eventsOf } from '../../reads/event.reads.js';
import { configurationItemList } from '../../schema/cmdb/configuration-item.type.js';
import { PageArgs } from '../../schema/connection.js';
import { targetGroupList, TargetGroupType } from '../../schema/distribution/target-group.type.js';
import { EventConnection } from '../../schema/event.type.js';
import { ListArgs } from '../../schema/list.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { presentCommands } from '../available-commands.js';
import type { Context } from '../context.js';
import { WORK } from '../work.js';

const targetGroupEvents = eventsOf('TargetGroup');

/** Queries on target groups, and their fields. */
@Resolver(() => TargetGroupType)
export class TargetGroupResolver {
  @Authorized()
  @Query(() => targetGroupList.Connection, { description: 'Lists target groups.' })
  targetGroups(@ListArgs(targetGroupList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(targetGroupRead, list);
  }

  @FieldResolver(() => configurationItemList.Connection, {
    complexity: WORK.found,
    description: 'Members of the group, sorted by name: the listed ones, or what its filter finds now.',
  })
  members(@Root() group: TargetGroupType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return membersOfTargetGroup(reads.perRow, group, page);
  }

  @FieldResolver(() => EventConnection, { description: 'History of the group, newest first.' })
  events(@Root() group: TargetGroupType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(targetGroupEvents, group.id, page);
  }

  @FieldResolver(() => [AvailableCommandType], {
    complexity: WORK.facts,
    description: 'Commands in the current state, with the blockers that apply to you.',
  })
  async availableCommands(@Root() group: TargetGroupType, @Ctx() { reads }: Context) {
    const facts = await reads.batch(
      'targetGroup.facts',
      async (ids, db, actor) => await targetGroupFacts(db, actor, ids),
      group.id,
    );
    return await presentCommands(reads, targetGroupMachine, group.state, facts);
  }
}

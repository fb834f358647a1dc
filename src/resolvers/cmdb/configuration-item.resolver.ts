import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { CiRelationConnection } from '../../schema/cmdb/ci-relation.type.js';
import { configurationItemList, ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { configurationItemMachine } from '../../domain/cmdb/configuration-item.machine.js';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { incomingRelations, outgoingRelations } from '../../reads/cmdb/ci-relation.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { teamRead } from '../../reads/people/team.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { PersonType } from '../../schema/people/person.type.js';
import { TeamType } from '../../schema/people/team.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { configurationItemFacts } from '../../facts/cmdb/configuration-item.facts.js';
import { presentCommands } from '../available-commands.js';
import { WORK } from '../work.js';
import type { Context } from '../context.js';

/** Queries on configuration items, and their fields. */
@Resolver(() => ConfigurationItemType)
export class ConfigurationItemResolver {
  @Authorized()
  @Query(() => configurationItemList.Connection, { description: 'Lists configuration items.' })
  configurationItems(@ListArgs(configurationItemList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(configurationItemRead, list);
  }

  @FieldResolver(() => CiRelationConnection, {
    description: 'Relations that start at this item, read as "this KIND other".',
  })
  outgoingRelations(
    @Root() ci: ConfigurationItemType,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(outgoingRelations, ci.id, page);
  }

  @FieldResolver(() => CiRelationConnection, {
    description: 'Relations that end at this item, read as "other KIND this".',
  })
  incomingRelations(
    @Root() ci: ConfigurationItemType,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(incomingRelations, ci.id, page);
  }

  @FieldResolver(() => TeamType, { nullable: true, description: 'Team that owns the item. Null if there is none.' })
  ownerTeam(@Root() ci: ConfigurationItemType, @Ctx() { reads }: Context) {
    return reads.byId(teamRead, ci.ownerTeamId);
  }

  @FieldResolver(() => TeamType, { nullable: true, description: 'Team that supports the item. Null if there is none.' })
  supportTeam(@Root() ci: ConfigurationItemType, @Ctx() { reads }: Context) {
    return reads.byId(teamRead, ci.supportTeamId);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Person who answers for the item. Null if there is none.',
  })
  owner(@Root() ci: ConfigurationItemType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, ci.ownerId);
  }

  @FieldResolver(() => [AvailableCommandType], {
    complexity: WORK.facts,
    description: 'Commands in the current state, with the blockers that apply to you.',
  })
  async availableCommands(@Root() ci: ConfigurationItemType, @Ctx() { reads }: Context) {
    const facts = await reads.batch(
      'configurationItem.facts',
      async (ids, db, actor) => await configurationItemFacts(db, actor, ids),
      ci.id,
    );
    return await presentCommands(reads, configurationItemMachine, ci.state, facts);
  }
}

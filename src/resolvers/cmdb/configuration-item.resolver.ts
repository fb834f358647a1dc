import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import {
  CiRelationConnection,
  CiRelationType,
  configurationItemList,
  ConfigurationItemType,
} from '../../schema/cmdb/configuration-item.type.js';
import { Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { configurationItemMachine } from '../../domain/cmdb/configuration-item.machine.js';
import {
  configurationItemRead,
  incomingRelations,
  outgoingRelations,
} from '../../reads/cmdb/configuration-item.reads.js';
import { teamRead } from '../../reads/people/team.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { TeamType } from '../../schema/people/team.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { configurationItemFacts } from '../../facts/cmdb/configuration-item.facts.js';
import { presentCommands } from '../available-commands.js';
import type { Context } from '../context.js';

/** Queries and commands on configuration items. */
@Resolver(() => ConfigurationItemType)
export class ConfigurationItemResolver {
  @Authorized()
  @Query(() => configurationItemList.Connection, { description: 'Configuration items.' })
  configurationItems(@ListArgs(configurationItemList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(configurationItemRead, list);
  }

  @FieldResolver(() => CiRelationConnection, { description: 'Relations that start from this item: "this KIND other".' })
  outgoingRelations(
    @Root() ci: ConfigurationItemType,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(outgoingRelations, ci.id, page);
  }

  @FieldResolver(() => CiRelationConnection, { description: 'Relations that lead to this item: "other KIND this".' })
  incomingRelations(
    @Root() ci: ConfigurationItemType,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(incomingRelations, ci.id, page);
  }

  @FieldResolver(() => TeamType, { nullable: true, description: 'The team that owns it.' })
  ownerTeam(@Root() ci: ConfigurationItemType, @Ctx() { reads }: Context) {
    return reads.byId(teamRead, ci.ownerTeamId);
  }

  @FieldResolver(() => [AvailableCommandType], {
    description: 'Commands that exist in its present state, and what stands in their way for you.',
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

/** Ends of a relation. */
@Resolver(() => CiRelationType)
export class CiRelationResolver {
  @FieldResolver(() => ConfigurationItemType, { description: 'Where the relation starts.' })
  source(@Root() relation: CiRelationType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, relation.sourceId);
  }

  @FieldResolver(() => ConfigurationItemType, { description: 'Where the relation leads.' })
  target(@Root() relation: CiRelationType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, relation.targetId);
  }
}

import { Arg, Args, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { configurationItemMachine } from '../../domain/cmdb/configuration-item.machine.js';
import {
  ciRelationRead,
  configurationItemRead,
  incomingRelations,
  outgoingRelations,
} from '../../reads/cmdb/configuration-item.reads.js';
import { teamRead } from '../../reads/people/team.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { commandInput, type CommandOnly } from '../../schema/inputs.js';
import {
  CiRelationConnection,
  CiRelationType,
  ConfigurationItemAuthorisePayload,
  ConfigurationItemConnection,
  ConfigurationItemFilter,
  ConfigurationItemOrder,
  ConfigurationItemRegisterInput,
  ConfigurationItemRegisterPayload,
  ConfigurationItemRelateInput,
  ConfigurationItemRelatePayload,
  ConfigurationItemRetirePayload,
  ConfigurationItemType,
  ConfigurationItemUnrelatePayload,
  ConfigurationItemUpdateInput,
  ConfigurationItemUpdatePayload,
  ConfigurationItemUpsertInput,
  ConfigurationItemUpsertPayload,
} from '../../schema/cmdb/configuration-item.type.js';
import { TeamType } from '../../schema/people/team.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { configurationItemFacts } from '../../facts/cmdb/configuration-item.facts.js';
import * as service from '../../services/cmdb/configuration-item.service.js';
import { presentCommands } from '../available-commands.js';
import { command } from '../command.js';
import type { Context } from '../context.js';

const ConfigurationItemAuthoriseInput = commandInput('configurationItemAuthorise', 'configuration item');
const ConfigurationItemRetireInput = commandInput('configurationItemRetire', 'configuration item');
const ConfigurationItemUnrelateInput = commandInput('configurationItemUnrelate', 'relation');

const shows = (mutation: string) => ({ mutation, field: 'configurationItem', model: configurationItemRead });

/** Queries and commands on configuration items. */
@Resolver(() => ConfigurationItemType)
export class ConfigurationItemResolver {
  @Authorized()
  @Query(() => ConfigurationItemConnection, { description: 'Configuration items.' })
  configurationItems(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ConfigurationItemFilter, { nullable: true, description: 'Which ones.' })
    filter: ConfigurationItemFilter | null,
    @Arg('orderBy', () => [ConfigurationItemOrder], {
      nullable: true,
      description: 'In which order. Default: oldest first.',
    })
    orderBy: ConfigurationItemOrder[] | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.page(configurationItemRead, { page, filter, orderBy });
  }

  @FieldResolver(() => CiRelationConnection, { description: 'Relations that start from this item: "this KIND other".' })
  outgoingRelations(
    @Root() ci: ConfigurationItemType,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(outgoingRelations, ci.id, { page });
  }

  @FieldResolver(() => CiRelationConnection, { description: 'Relations that lead to this item: "other KIND this".' })
  incomingRelations(
    @Root() ci: ConfigurationItemType,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(incomingRelations, ci.id, { page });
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

  @Authorized('CONFIGURATION_MANAGER')
  @Mutation(() => ConfigurationItemRegisterPayload, {
    description:
      'Registers a configuration item. It starts as DISCOVERED and must be authorised before it can be a target.',
  })
  configurationItemRegister(
    @Arg('input', () => ConfigurationItemRegisterInput, { description: 'The new item.' })
    input: ConfigurationItemRegisterInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('configurationItemRegister'), input, (uow) =>
      service.configurationItemRegister(uow, input),
    );
  }

  @Authorized('CONFIGURATION_MANAGER')
  @Mutation(() => ConfigurationItemUpdatePayload, {
    description:
      'Edits a configuration item. In a protected lifecycle state this needs an authorised change that names it as target.',
  })
  configurationItemUpdate(
    @Arg('input', () => ConfigurationItemUpdateInput, { description: 'What changes.' })
    input: ConfigurationItemUpdateInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('configurationItemUpdate'), input, (uow) =>
      service.configurationItemUpdate(uow, input),
    );
  }

  @Authorized('CONFIGURATION_MANAGER')
  @Mutation(() => ConfigurationItemUpsertPayload, {
    description: 'Registers or edits the configuration item that another system knows by a reference.',
  })
  configurationItemUpsert(
    @Arg('input', () => ConfigurationItemUpsertInput, { description: 'The item as the other system knows it.' })
    input: ConfigurationItemUpsertInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('configurationItemUpsert'), input, (uow) =>
      service.configurationItemUpsert(uow, input),
    );
  }

  @Authorized('CONFIGURATION_MANAGER')
  @Mutation(() => ConfigurationItemAuthorisePayload, {
    description: 'Puts a configuration item under the control of Configuration Management, so that it can be a target.',
  })
  configurationItemAuthorise(
    @Arg('input', () => ConfigurationItemAuthoriseInput, { description: 'Which item.' }) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('configurationItemAuthorise'), input, (uow) =>
      service.configurationItemAuthorise(uow, input),
    );
  }

  @Authorized('CONFIGURATION_MANAGER')
  @Mutation(() => ConfigurationItemRetirePayload, { description: 'Takes a configuration item out of use for good.' })
  configurationItemRetire(
    @Arg('input', () => ConfigurationItemRetireInput, { description: 'Which item.' }) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('configurationItemRetire'), input, (uow) =>
      service.configurationItemRetire(uow, input),
    );
  }

  @Authorized('CONFIGURATION_MANAGER')
  @Mutation(() => ConfigurationItemRelatePayload, {
    description: 'Records a relation between two configuration items. Recording it again changes nothing.',
  })
  configurationItemRelate(
    @Arg('input', () => ConfigurationItemRelateInput, { description: 'The relation.' })
    input: ConfigurationItemRelateInput,
    @Ctx() context: Context,
  ) {
    return command(
      context,
      { mutation: 'configurationItemRelate', field: 'ciRelation', model: ciRelationRead },
      input,
      (uow) => service.configurationItemRelate(uow, input),
    );
  }

  @Authorized('CONFIGURATION_MANAGER')
  @Mutation(() => ConfigurationItemUnrelatePayload, {
    description: 'Removes a relation between two configuration items.',
  })
  configurationItemUnrelate(
    @Arg('input', () => ConfigurationItemUnrelateInput, { description: 'Which relation.' }) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('configurationItemUnrelate'), input, (uow) =>
      service.configurationItemUnrelate(uow, input),
    );
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

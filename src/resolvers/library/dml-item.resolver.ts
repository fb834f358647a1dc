import { Arg, Args, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import {
  dmlItemRead,
  dmlItemsOfConfigurationItem,
  dmlRepositoryRead,
  versionsOfItem,
} from '../../reads/library/dml.reads.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { PageArgs } from '../../schema/connection.js';
import {
  DmlItemVersionConnection,
  DmlItemVersionFilter,
  DmlItemVersionOrder,
} from '../../schema/library/dml-item-version.type.js';
import {
  DmlItemConnection,
  DmlItemCreateInput,
  DmlItemCreatePayload,
  DmlItemFilter,
  DmlItemOrder,
  DmlItemType,
  DmlItemUpdateInput,
  DmlItemUpdatePayload,
  DmlItemUpsertInput,
  DmlItemUpsertPayload,
} from '../../schema/library/dml-item.type.js';
import { DmlRepositoryType } from '../../schema/library/dml-repository.type.js';
import * as service from '../../services/library/dml-item.service.js';
import { command } from '../command.js';
import type { Context } from '../context.js';

const shows = (mutation: string) => ({ mutation, field: 'dmlItem', model: dmlItemRead });

/** Queries and commands on items of the Definitive Media Library. */
@Resolver(() => DmlItemType)
export class DmlItemResolver {
  @Authorized()
  @Query(() => DmlItemConnection, { description: 'Items of the Definitive Media Library.' })
  dmlItems(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => DmlItemFilter, { nullable: true, description: 'Which ones.' }) filter: DmlItemFilter | null,
    @Arg('orderBy', () => [DmlItemOrder], { nullable: true, description: 'In which order. Default: oldest first.' })
    orderBy: DmlItemOrder[] | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.page(dmlItemRead, { page, filter, orderBy });
  }

  @FieldResolver(() => DmlRepositoryType, { description: 'The repository that holds it.' })
  repository(@Root() item: DmlItemType, @Ctx() { reads }: Context) {
    return reads.byId(dmlRepositoryRead, item.repositoryId);
  }

  @FieldResolver(() => ConfigurationItemType, {
    nullable: true,
    description: 'The configuration item that stands for it in the CMDB.',
  })
  configurationItem(@Root() item: DmlItemType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, item.configurationItemId);
  }

  @FieldResolver(() => DmlItemVersionConnection, { description: 'Its versions.' })
  versions(
    @Root() item: DmlItemType,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => DmlItemVersionFilter, { nullable: true, description: 'Which ones.' })
    filter: DmlItemVersionFilter | null,
    @Arg('orderBy', () => [DmlItemVersionOrder], {
      nullable: true,
      description: 'In which order. Default: oldest first.',
    })
    orderBy: DmlItemVersionOrder[] | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(versionsOfItem, item.id, { page, filter, orderBy });
  }

  @Authorized('DML_LIBRARIAN')
  @Mutation(() => DmlItemCreatePayload, {
    description: 'Adds an item to a repository of the Definitive Media Library.',
  })
  dmlItemCreate(
    @Arg('input', () => DmlItemCreateInput, { description: 'The new item.' }) input: DmlItemCreateInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('dmlItemCreate'), input, (uow) => service.dmlItemCreate(uow, input));
  }

  @Authorized('DML_LIBRARIAN')
  @Mutation(() => DmlItemUpdatePayload, { description: 'Edits an item of the Definitive Media Library.' })
  dmlItemUpdate(
    @Arg('input', () => DmlItemUpdateInput, { description: 'What changes.' }) input: DmlItemUpdateInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('dmlItemUpdate'), input, (uow) => service.dmlItemUpdate(uow, input));
  }

  @Authorized('DML_LIBRARIAN')
  @Mutation(() => DmlItemUpsertPayload, {
    description: 'Adds or edits the item that another system knows by a reference.',
  })
  dmlItemUpsert(
    @Arg('input', () => DmlItemUpsertInput, { description: 'The item as the other system knows it.' })
    input: DmlItemUpsertInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('dmlItemUpsert'), input, (uow) => service.dmlItemUpsert(uow, input));
  }
}

/** What a configuration item has to do with the library. */
@Resolver(() => ConfigurationItemType)
export class ConfigurationItemMediaResolver {
  @FieldResolver(() => DmlItemConnection, {
    description: 'The items of the Definitive Media Library that it stands for.',
  })
  dmlItems(@Root() ci: ConfigurationItemType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(dmlItemsOfConfigurationItem, ci.id, { page });
  }
}

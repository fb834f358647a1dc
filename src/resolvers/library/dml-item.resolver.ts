import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { dmlItemList, DmlItemType } from '../../schema/library/dml-item.type.js';
import { dmlItemVersionList } from '../../schema/library/dml-item-version.type.js';
import { Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { PageArgs } from '../../schema/connection.js';
import { DmlRepositoryType } from '../../schema/library/dml-repository.type.js';
import type { Context } from '../context.js';
import { dmlItemRead, dmlItemsOfConfigurationItem } from '../../reads/library/dml-item.reads.js';
import { dmlRepositoryRead } from '../../reads/library/dml-repository.reads.js';
import { versionsOfItem } from '../../reads/library/dml-item-version.reads.js';

/** Queries and commands on items of the Definitive Media Library. */
@Resolver(() => DmlItemType)
export class DmlItemResolver {
  @Authorized()
  @Query(() => dmlItemList.Connection, { description: 'Lists items of the Definitive Media Library.' })
  dmlItems(@ListArgs(dmlItemList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(dmlItemRead, list);
  }

  @FieldResolver(() => DmlRepositoryType, { description: 'Repository that holds the item.' })
  repository(@Root() item: DmlItemType, @Ctx() { reads }: Context) {
    return reads.byId(dmlRepositoryRead, item.repositoryId);
  }

  @FieldResolver(() => ConfigurationItemType, {
    nullable: true,
    description: 'Configuration item that represents the item in the CMDB. Null if there is none.',
  })
  configurationItem(@Root() item: DmlItemType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, item.configurationItemId);
  }

  @FieldResolver(() => dmlItemVersionList.Connection, { description: 'Versions of the item, with their media.' })
  versions(
    @Root() item: DmlItemType,
    @ListArgs(dmlItemVersionList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(versionsOfItem, item.id, list);
  }
}

/** DML items of a configuration item. */
@Resolver(() => ConfigurationItemType)
export class ConfigurationItemMediaResolver {
  @FieldResolver(() => dmlItemList.Connection, {
    description: 'Items of the Definitive Media Library that this configuration item represents.',
  })
  dmlItems(@Root() ci: ConfigurationItemType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(dmlItemsOfConfigurationItem, ci.id, page);
  }
}

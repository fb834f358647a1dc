import { Arg, Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
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
import { DmlItemConnection, DmlItemFilter, DmlItemOrder, DmlItemType } from '../../schema/library/dml-item.type.js';
import { DmlRepositoryType } from '../../schema/library/dml-repository.type.js';
import type { Context } from '../context.js';

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

import { Arg, Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { deploymentToolRead } from '../../reads/distribution/deployment-tool.reads.js';
import { dmlRepositoryRead, itemsOfRepository } from '../../reads/library/dml.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { DeploymentToolType } from '../../schema/distribution/deployment-tool.type.js';
import { DmlItemConnection, DmlItemFilter, DmlItemOrder } from '../../schema/library/dml-item.type.js';
import {
  DmlRepositoryConnection,
  DmlRepositoryFilter,
  DmlRepositoryOrder,
  DmlRepositoryType,
} from '../../schema/library/dml-repository.type.js';
import type { Context } from '../context.js';

/** Queries and commands on repositories of the Definitive Media Library. */
@Resolver(() => DmlRepositoryType)
export class DmlRepositoryResolver {
  @Authorized()
  @Query(() => DmlRepositoryConnection, { description: 'Repositories of the Definitive Media Library.' })
  dmlRepositories(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => DmlRepositoryFilter, { nullable: true, description: 'Which ones.' })
    filter: DmlRepositoryFilter | null,
    @Arg('orderBy', () => [DmlRepositoryOrder], {
      nullable: true,
      description: 'In which order. Default: oldest first.',
    })
    orderBy: DmlRepositoryOrder[] | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.page(dmlRepositoryRead, { page, filter, orderBy });
  }

  @FieldResolver(() => DeploymentToolType, {
    nullable: true,
    description: 'The deployment tool it feeds; null for a storeroom whose content people distribute.',
  })
  deploymentTool(@Root() repository: DmlRepositoryType, @Ctx() { reads }: Context) {
    return reads.byId(deploymentToolRead, repository.deploymentToolId);
  }

  @FieldResolver(() => DmlItemConnection, { description: 'The items it holds.' })
  items(
    @Root() repository: DmlRepositoryType,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => DmlItemFilter, { nullable: true, description: 'Which ones.' }) filter: DmlItemFilter | null,
    @Arg('orderBy', () => [DmlItemOrder], { nullable: true, description: 'In which order. Default: oldest first.' })
    orderBy: DmlItemOrder[] | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(itemsOfRepository, repository.id, { page, filter, orderBy });
  }
}

import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { dmlRepositoryList, DmlRepositoryType } from '../../schema/library/dml-repository.type.js';
import { dmlItemList } from '../../schema/library/dml-item.type.js';
import { Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { deploymentToolRead } from '../../reads/distribution/deployment-tool.reads.js';
import { DeploymentToolType } from '../../schema/distribution/deployment-tool.type.js';
import type { Context } from '../context.js';
import { dmlRepositoryRead } from '../../reads/library/dml-repository.reads.js';
import { itemsOfRepository } from '../../reads/library/dml-item.reads.js';

/** Queries and commands on repositories of the Definitive Media Library. */
@Resolver(() => DmlRepositoryType)
export class DmlRepositoryResolver {
  @Authorized()
  @Query(() => dmlRepositoryList.Connection, { description: 'Lists repositories of the Definitive Media Library.' })
  dmlRepositories(@ListArgs(dmlRepositoryList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(dmlRepositoryRead, list);
  }

  @FieldResolver(() => DeploymentToolType, {
    nullable: true,
    description: 'Deployment tool that distributes from the repository. Null for a storeroom with manual distribution.',
  })
  deploymentTool(@Root() repository: DmlRepositoryType, @Ctx() { reads }: Context) {
    return reads.byId(deploymentToolRead, repository.deploymentToolId);
  }

  @FieldResolver(() => dmlItemList.Connection, { description: 'Items that the repository holds.' })
  items(
    @Root() repository: DmlRepositoryType,
    @ListArgs(dmlItemList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(itemsOfRepository, repository.id, list);
  }
}

import { Arg, Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { deploymentToolMachine } from '../../domain/distribution/deployment-tool.machine.js';
import { deploymentToolRead } from '../../reads/distribution/deployment-tool.reads.js';
import { toolDistributions } from '../../reads/distribution/distribution.reads.js';
import { PageArgs } from '../../schema/connection.js';
import {
  DeploymentToolConnection,
  DeploymentToolFilter,
  DeploymentToolOrder,
  DeploymentToolType,
} from '../../schema/distribution/deployment-tool.type.js';
import { DistributionConnection, DistributionFilter } from '../../schema/distribution/distribution.type.js';
import { JSONObject } from '../../schema/scalars.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { deploymentToolFacts } from '../../facts/distribution/deployment-tool.facts.js';
import { presentCommands } from '../available-commands.js';
import type { Context } from '../context.js';

/** Queries and commands on deployment tools. */
@Resolver(() => DeploymentToolType)
export class DeploymentToolResolver {
  @Authorized()
  @Query(() => DeploymentToolConnection, { description: 'Deployment tools.' })
  deploymentTools(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => DeploymentToolFilter, { nullable: true, description: 'Which ones.' })
    filter: DeploymentToolFilter | null,
    @Arg('orderBy', () => [DeploymentToolOrder], {
      nullable: true,
      description: 'In which order. Default: oldest first.',
    })
    orderBy: DeploymentToolOrder[] | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.page(deploymentToolRead, { page, filter, orderBy });
  }

  @FieldResolver(() => DistributionConnection, { description: 'Distributions planned with it, newest first.' })
  distributions(
    @Root() tool: DeploymentToolType,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => DistributionFilter, { nullable: true, description: 'Which ones.' })
    filter: DistributionFilter | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(toolDistributions, tool.id, { page, filter });
  }

  @FieldResolver(() => JSONObject, {
    nullable: true,
    description:
      'JSON Schema of what a configuration item must carry in `bindings` under the name of this tool to be a target; null while it is not connected.',
  })
  targetSchema(@Root() tool: DeploymentToolType, @Ctx() { services }: Context) {
    return services.adapters.entry(tool.name)?.targetSchema ?? null;
  }

  @FieldResolver(() => JSONObject, {
    nullable: true,
    description:
      'JSON Schema of what a DML item version must carry in `bindings` under the name of this tool to be distributed by it; null while it is not connected.',
  })
  packageSchema(@Root() tool: DeploymentToolType, @Ctx() { services }: Context) {
    return services.adapters.entry(tool.name)?.packageSchema ?? null;
  }

  @FieldResolver(() => [AvailableCommandType], {
    description: 'Commands that exist in its present state, and what stands in their way for you.',
  })
  async availableCommands(@Root() tool: DeploymentToolType, @Ctx() { reads }: Context) {
    const facts = await reads.batch(
      'deploymentTool.facts',
      async (ids, db, actor) => await deploymentToolFacts(db, actor, ids),
      tool.id,
    );
    return await presentCommands(reads, deploymentToolMachine, tool.state, facts);
  }
}

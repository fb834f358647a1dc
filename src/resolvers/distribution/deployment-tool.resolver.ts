import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { distributionList } from '../../schema/distribution/distribution.type.js';
import { deploymentToolList, DeploymentToolType } from '../../schema/distribution/deployment-tool.type.js';
import { Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { deploymentToolMachine } from '../../domain/distribution/deployment-tool.machine.js';
import { deploymentToolRead } from '../../reads/distribution/deployment-tool.reads.js';
import { toolDistributions } from '../../reads/distribution/distribution.reads.js';
import { JSONObject } from '../../schema/scalars.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { deploymentToolFacts } from '../../facts/distribution/deployment-tool.facts.js';
import { presentCommands } from '../available-commands.js';
import { WORK } from '../work.js';
import type { Context } from '../context.js';

/** Queries on deployment tools, and their fields. */
@Resolver(() => DeploymentToolType)
export class DeploymentToolResolver {
  @Authorized()
  @Query(() => deploymentToolList.Connection, { description: 'Lists deployment tools.' })
  deploymentTools(@ListArgs(deploymentToolList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(deploymentToolRead, list);
  }

  @FieldResolver(() => distributionList.Connection, { description: 'Distributions that use the tool, newest first.' })
  distributions(
    @Root() tool: DeploymentToolType,
    @ListArgs(distributionList) list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(toolDistributions, tool.id, list);
  }

  @FieldResolver(() => JSONObject, {
    nullable: true,
    description:
      'JSON Schema of the entry that a target needs in its `bindings` under the name of the tool. Null while the ' +
      'tool is not connected.',
  })
  targetSchema(@Root() tool: DeploymentToolType, @Ctx() { services }: Context) {
    return services.adapters.entry(tool.name)?.targetSchema ?? null;
  }

  @FieldResolver(() => JSONObject, {
    nullable: true,
    description:
      'JSON Schema of the entry that a DML item version needs in its `bindings` under the name of the tool. Null ' +
      'while the tool is not connected.',
  })
  packageSchema(@Root() tool: DeploymentToolType, @Ctx() { services }: Context) {
    return services.adapters.entry(tool.name)?.packageSchema ?? null;
  }

  @FieldResolver(() => JSONObject, {
    nullable: true,
    description:
      'JSON Schema of the `parameters` of a distribution through this tool. Null while the tool is not ' +
      'connected, or if its adapter does not describe them.',
  })
  parametersSchema(@Root() tool: DeploymentToolType, @Ctx() { services }: Context) {
    return services.adapters.entry(tool.name)?.parametersSchema ?? null;
  }

  @FieldResolver(() => [AvailableCommandType], {
    complexity: WORK.facts,
    description: 'Commands in the current state, with the blockers that apply to you.',
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

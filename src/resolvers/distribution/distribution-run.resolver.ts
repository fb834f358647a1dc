import { DistributionRunType } from '../../schema/distribution/distribution-run.type.js';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { deploymentToolRead } from '../../reads/distribution/deployment-tool.reads.js';
import { distributionRead } from '../../reads/distribution/distribution.reads.js';
import { DeploymentToolType } from '../../schema/distribution/deployment-tool.type.js';
import { DistributionType } from '../../schema/distribution/distribution.type.js';
import type { Context } from '../context.js';

/** Objects that a run refers to. */
@Resolver(() => DistributionRunType)
export class DistributionRunResolver {
  @FieldResolver(() => DistributionType, { description: 'Distribution of the attempt.' })
  distribution(@Root() run: DistributionRunType, @Ctx() { reads }: Context) {
    return reads.byId(distributionRead, run.distributionId);
  }

  @FieldResolver(() => DeploymentToolType, { description: 'Deployment tool of the attempt.' })
  deploymentTool(@Root() run: DistributionRunType, @Ctx() { reads }: Context) {
    return reads.byId(deploymentToolRead, run.deploymentToolId);
  }
}

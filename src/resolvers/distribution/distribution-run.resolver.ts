import { DistributionRunType } from '../../schema/distribution/distribution-run.type.js';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { distributionRead } from '../../reads/distribution/distribution.reads.js';
import { DistributionType } from '../../schema/distribution/distribution.type.js';
import type { Context } from '../context.js';

/** Objects that a run refers to. */
@Resolver(() => DistributionRunType)
export class DistributionRunResolver {
  @FieldResolver(() => DistributionType, { description: 'Distribution of the attempt.' })
  distribution(@Root() run: DistributionRunType, @Ctx() { reads }: Context) {
    return reads.byId(distributionRead, run.distributionId);
  }
}

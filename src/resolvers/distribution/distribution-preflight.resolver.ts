import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { ListInput } from '../../domain/list.js';
import { distributionPreflights, preflightTargets } from '../../reads/distribution/distribution-preflight.reads.js';
import { DistributionPreflightType } from '../../schema/distribution/distribution-preflight.type.js';
import { DistributionType } from '../../schema/distribution/distribution.type.js';
import { targetExecutionList } from '../../schema/distribution/target-execution.type.js';
import { ListArgs } from '../../schema/list.js';
import type { Context } from '../context.js';
import { WORK } from '../work.js';

/** The preflight of a distribution. */
@Resolver(() => DistributionType)
export class DistributionPreflightOfResolver {
  @FieldResolver(() => DistributionPreflightType, {
    nullable: true,
    complexity: WORK.facts,
    description: 'Latest preflight. Null if there was none. `distributionPreflight` requests one.',
  })
  preflight(@Root() { id }: DistributionType, @Ctx() { reads }: Context) {
    return reads.batch('distribution.preflight', distributionPreflights, id);
  }
}

/** What a tool said of the targets. */
@Resolver(() => DistributionPreflightType)
export class DistributionPreflightResolver {
  @FieldResolver(() => targetExecutionList.Connection, {
    description: 'Targets that the tool named, each with its `preflightVerdict`.',
  })
  targets(
    @Root() preflight: DistributionPreflightType,
    @ListArgs(targetExecutionList, 'as planned') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(preflightTargets, preflight.distributionId, list);
  }
}

import { Arg, Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { distributionMachine } from '../../domain/distribution/distribution.machine.js';
import { distributionRead } from '../../reads/distribution/distribution.reads.js';
import { PageArgs } from '../../schema/connection.js';
import {
  DistributionConnection,
  DistributionFilter,
  DistributionOrder,
  DistributionType,
} from '../../schema/distribution/distribution.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { distributionFacts } from '../../facts/distribution/distribution.facts.js';
import { presentCommands } from '../available-commands.js';
import type { Context } from '../context.js';

/** Queries on distributions, their planning, and reports by people. */
@Resolver(() => DistributionType)
export class DistributionResolver {
  @Authorized()
  @Query(() => DistributionConnection, { description: 'Distributions.' })
  distributions(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => DistributionFilter, { nullable: true, description: 'Which ones.' })
    filter: DistributionFilter | null,
    @Arg('orderBy', () => [DistributionOrder], {
      nullable: true,
      description: 'In which order. Default: oldest first.',
    })
    orderBy: DistributionOrder[] | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.page(distributionRead, { page, filter, orderBy });
  }

  @FieldResolver(() => [AvailableCommandType], {
    description: 'Commands that exist in its present state, and what stands in their way for you at this moment.',
  })
  async availableCommands(@Root() distribution: DistributionType, @Ctx() { reads, services }: Context) {
    const facts = await reads.batch(
      'distribution.facts',
      async (ids, db, actor) => await distributionFacts(db, actor, ids, services.clock()),
      distribution.id,
    );
    return await presentCommands(reads, distributionMachine, distribution.state, facts);
  }
}

import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { distributionList, DistributionType } from '../../schema/distribution/distribution.type.js';
import { Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { distributionMachine } from '../../domain/distribution/distribution.machine.js';
import { distributionRead } from '../../reads/distribution/distribution.reads.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { distributionFacts } from '../../facts/distribution/distribution.facts.js';
import { presentCommands } from '../available-commands.js';
import type { Context } from '../context.js';

/** Queries on distributions, and their fields. */
@Resolver(() => DistributionType)
export class DistributionResolver {
  @Authorized()
  @Query(() => distributionList.Connection, { description: 'Lists distributions.' })
  distributions(@ListArgs(distributionList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(distributionRead, list);
  }

  @FieldResolver(() => [AvailableCommandType], {
    description: 'Commands in the current state, each with the rules that block it for you.',
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

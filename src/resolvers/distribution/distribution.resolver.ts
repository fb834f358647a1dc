import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { distributionList, DistributionType } from '../../schema/distribution/distribution.type.js';
import { Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { distributionMachine } from '../../domain/distribution/distribution.machine.js';
import { distributionRead } from '../../reads/distribution/distribution.reads.js';
import type { AppServices } from '../../app-services.js';
import { collectBlockers } from '../../domain/blocker.js';
import { distributionApprovalIsFresh } from '../../domain/distribution/distribution.guards.js';
import type { Reads } from '../../reads/reads.js';
import { AvailableCommandType, BlockerType } from '../../schema/user-error.type.js';
import { presentBlocker } from '../command.js';
import { distributionFacts } from '../../facts/distribution/distribution.facts.js';
import { presentCommands } from '../available-commands.js';
import { WORK } from '../work.js';
import type { Context } from '../context.js';

/** Queries on distributions, and their fields. */
@Resolver(() => DistributionType)
export class DistributionResolver {
  @Authorized()
  @Query(() => distributionList.Connection, { description: 'Lists distributions.' })
  distributions(@ListArgs(distributionList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(distributionRead, list);
  }

  @FieldResolver(() => [BlockerType], {
    description:
      'Why the approval of the distribution does not hold: one APPROVAL_STALE if a required approval is ' +
      'missing, and one for each difference from what was approved or scheduled, with its object. Between two ' +
      'waves, only the targets of the next one are compared. Empty while the approval holds.',
  })
  async approvalLapses(@Root() { id }: DistributionType, @Ctx() { reads, services }: Context) {
    const facts = await this.facts(id, reads.perRow, services);
    const lapses = facts === null ? [] : collectBlockers([distributionApprovalIsFresh(facts)]);
    return await Promise.all(lapses.map(async (lapse) => await presentBlocker(reads.perRow, lapse)));
  }

  @FieldResolver(() => [AvailableCommandType], {
    complexity: WORK.factsWithConflicts,
    description: 'Commands in the current state, with the blockers that apply to you.',
  })
  async availableCommands(@Root() distribution: DistributionType, @Ctx() { reads, services }: Context) {
    const facts = await this.facts(distribution.id, reads.perRow, services);
    return await presentCommands(reads, distributionMachine, distribution.state, facts);
  }

  private async facts(id: string, reads: Reads, services: AppServices) {
    return await reads.batch(
      'distribution.facts',
      async (ids, db, actor) => await distributionFacts(db, actor, ids, services.clock()),
      id,
    );
  }
}

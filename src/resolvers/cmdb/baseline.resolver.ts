import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { baselineMachine } from '../../domain/cmdb/baseline.machine.js';
import type { ListInput } from '../../domain/list.js';
import { baselineFacts } from '../../facts/cmdb/baseline.facts.js';
import {
  baselineDiff,
  baselineRead,
  baselinesOfCi,
  baselinesOfDistribution,
  verifyBaseline,
} from '../../reads/cmdb/baseline.reads.js';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { distributionRead } from '../../reads/distribution/distribution.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { baselineList, BaselineType, BaselineVerdictEnum } from '../../schema/cmdb/baseline.type.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { PageArgs } from '../../schema/connection.js';
import { DistributionType } from '../../schema/distribution/distribution.type.js';
import { ListArgs } from '../../schema/list.js';
import { PersonType } from '../../schema/people/person.type.js';
import { ConfigurationItemDifferenceConnection } from '../../schema/snapshot-diff.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { presentCommands } from '../available-commands.js';
import type { Context } from '../context.js';
import { WORK } from '../work.js';

/** The list of baselines, what they refer to, and what they are compared with. */
@Resolver(() => BaselineType)
export class BaselineResolver {
  @Authorized()
  @Query(() => baselineList.Connection, { description: 'Lists baselines.' })
  baselines(@ListArgs(baselineList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(baselineRead, list);
  }

  @Authorized()
  @Query(() => BaselineVerdictEnum, {
    complexity: WORK.search,
    description: 'Whether the history still gives the content that a baseline was taken of. It is read again.',
  })
  async baselineVerification(
    @Arg('baseline', () => ID, { description: 'Id of the baseline.' }) baseline: string,
    @Ctx() { reads }: Context,
  ) {
    return await verifyBaseline(reads.db, baseline);
  }

  @Authorized()
  @Query(() => ConfigurationItemDifferenceConnection, {
    complexity: WORK.factsWithConflicts,
    description:
      'Configuration items of a baseline that differ from another one of the same item or distribution, or from the ' +
      'record as it is now. Oldest first.',
  })
  async baselineDiff(
    @Arg('baseline', () => ID, { description: 'Id of the baseline.' }) baseline: string,
    @Arg('to', () => ID, { nullable: true, description: 'Id of a later baseline. Default: the record of now.' })
    to: string | null | undefined,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() { reads }: Context,
  ) {
    return await baselineDiff(reads.perRow, { baseline, to: to ?? null }, page);
  }

  @FieldResolver(() => ConfigurationItemType, {
    nullable: true,
    description: 'Item that it was taken of. Null for one around a distribution.',
  })
  ci(@Root() baseline: BaselineType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, baseline.ciId);
  }

  @FieldResolver(() => DistributionType, {
    nullable: true,
    description: 'Distribution that it was taken around. Null for one that a person took.',
  })
  distribution(@Root() baseline: BaselineType, @Ctx() { reads }: Context) {
    return reads.byId(distributionRead, baseline.distributionId);
  }

  @FieldResolver(() => PersonType, { nullable: true, description: 'Person who took it. Null if the server did.' })
  takenBy(@Root() baseline: BaselineType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, baseline.takenById);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Person who approved or rejected it. Null if nobody did.',
  })
  decidedBy(@Root() baseline: BaselineType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, baseline.decidedById);
  }

  @FieldResolver(() => [AvailableCommandType], {
    complexity: WORK.facts,
    description: 'Commands in the current state, with the blockers that apply to you.',
  })
  async availableCommands(@Root() baseline: BaselineType, @Ctx() { reads }: Context) {
    const facts = await reads.batch(
      'baseline.facts',
      async (ids, db, actor) => await baselineFacts(db, actor, ids),
      baseline.id,
    );
    return await presentCommands(reads, baselineMachine, baseline.state, facts);
  }
}

/** Baselines of a configuration item. */
@Resolver(() => ConfigurationItemType)
export class ConfigurationItemBaselinesResolver {
  @FieldResolver(() => baselineList.Connection, { description: 'Baselines that were taken of the item.' })
  baselines(
    @Root() ci: ConfigurationItemType,
    @ListArgs(baselineList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(baselinesOfCi, ci.id, list);
  }
}

/** Baselines of a distribution. */
@Resolver(() => DistributionType)
export class DistributionBaselinesResolver {
  @FieldResolver(() => baselineList.Connection, {
    description: 'What its targets and everything they depend on were before it started and after it ended.',
  })
  baselines(
    @Root() distribution: DistributionType,
    @ListArgs(baselineList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(baselinesOfDistribution, distribution.id, list);
  }
}

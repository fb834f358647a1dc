import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { MAX_IMPACT_DEPTH } from '../../domain/cmdb/impact.js';
import { OUTAGE_EFFECTS } from '../../domain/cmdb/impact-effect.js';
import { ciRelationRead } from '../../reads/cmdb/ci-relation.reads.js';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import {
  impactedCis,
  impactedCisTogether,
  impactingCis,
  lossAlone,
  MAX_LOST_TOGETHER,
} from '../../reads/cmdb/impacted-ci.reads.js';
import { CiRelationType } from '../../schema/cmdb/ci-relation.type.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import {
  ImpactedCiConnection,
  ImpactedCiType,
  ImpactingCiConnection,
  ImpactingCiType,
} from '../../schema/cmdb/impacted-ci.type.js';
import { PageArgs } from '../../schema/connection.js';
import { OutageEffectEnum } from '../../schema/schedule/service-outage.type.js';
import type { Context } from '../context.js';
import { WORK } from '../work.js';

/** The depth of a walk. */
const Depth = () =>
  Arg('depth', () => Int, {
    defaultValue: MAX_IMPACT_DEPTH,
    description: `Maximum number of relations to follow, 1 to ${MAX_IMPACT_DEPTH}.`,
  });

/** What a configuration item impacts, and what impacts it. */
@Resolver(() => ConfigurationItemType)
export class ConfigurationItemImpactResolver {
  @FieldResolver(() => ImpactedCiConnection, {
    complexity: WORK.walk,
    description:
      'Configuration items that work on this item impacts, nearest first, each once with the shortest path. Cycles ' +
      'are handled.',
  })
  impactedCis(
    @Root() ci: ConfigurationItemType,
    @Args(() => PageArgs) page: PageArgs,
    @Depth() depth: number,
    @Ctx() { reads }: Context,
  ) {
    return impactedCis(reads.perRow, ci.id, depth, page);
  }

  @FieldResolver(() => ImpactingCiConnection, {
    complexity: WORK.walk,
    description:
      'Configuration items that this item stands on, nearest first, each once with the shortest path: work on them ' +
      'impacts it. Cycles are handled.',
  })
  impactingCis(
    @Root() ci: ConfigurationItemType,
    @Args(() => PageArgs) page: PageArgs,
    @Depth() depth: number,
    @Ctx() { reads }: Context,
  ) {
    return impactingCis(reads.perRow, ci.id, depth, page);
  }

  @Authorized()
  @Query(() => ImpactedCiConnection, {
    complexity: WORK.walk,
    description:
      'Configuration items that are impacted when several items are down together, nearest first. Two members of a ' +
      'cluster can take down what neither takes down alone.',
  })
  impactedCisTogether(
    @Arg('ids', () => [ID], { description: `Ids of the items that are down, 1 to ${MAX_LOST_TOGETHER}.` })
    ids: string[],
    @Args(() => PageArgs) page: PageArgs,
    @Depth() depth: number,
    @Ctx() { reads }: Context,
  ) {
    return impactedCisTogether(reads.perRow, ids, depth, page);
  }
}

/** Fields of an impacted configuration item. */
@Resolver(() => ImpactedCiType)
export class ImpactedCiResolver {
  @FieldResolver(() => ConfigurationItemType, {
    complexity: 2 * WORK.object,
    description: 'Configuration item that is impacted.',
  })
  ci(@Root() impacted: ImpactedCiType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, impacted.ciId);
  }

  @FieldResolver(() => [ConfigurationItemType], {
    complexity: WORK.path,
    description: 'Path from the item that is worked on to the impacted item, both included.',
  })
  path(@Root() impacted: ImpactedCiType, @Ctx() { reads }: Context) {
    return reads.byIds(configurationItemRead, impacted.pathIds);
  }

  @FieldResolver(() => [CiRelationType], {
    complexity: WORK.path,
    description: 'Relations along the path, in order. Each keeps its recorded direction.',
  })
  relations(@Root() impacted: ImpactedCiType, @Ctx() { reads }: Context) {
    return reads.byIds(ciRelationRead, impacted.relationIds);
  }
}

/** Fields of a configuration item that another one stands on. */
@Resolver(() => ImpactingCiType)
export class ImpactingCiResolver {
  @FieldResolver(() => ConfigurationItemType, {
    complexity: 2 * WORK.object,
    description: 'Configuration item that the other one stands on.',
  })
  ci(@Root() impacting: ImpactingCiType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, impacting.ciId);
  }

  @FieldResolver(() => OutageEffectEnum, {
    complexity: WORK.walk,
    description: `What happens to the other item when this one alone is down. DOWN: ${OUTAGE_EFFECTS.DOWN}`,
  })
  async effect(@Root() impacting: ImpactingCiType, @Ctx() { reads }: Context) {
    return (await lossAlone(reads.perRow, impacting)).effect;
  }

  @FieldResolver(() => String, {
    complexity: WORK.walk,
    description: 'What the effect comes from, e.g. `payroll cannot do without db-1.`',
  })
  async reason(@Root() impacting: ImpactingCiType, @Ctx() { reads }: Context) {
    return (await lossAlone(reads.perRow, impacting)).reason;
  }

  @FieldResolver(() => [ConfigurationItemType], {
    complexity: WORK.path,
    description: 'Path from this item to the one that stands on it, both included.',
  })
  path(@Root() impacting: ImpactingCiType, @Ctx() { reads }: Context) {
    return reads.byIds(configurationItemRead, impacting.pathIds);
  }

  @FieldResolver(() => [CiRelationType], {
    complexity: WORK.path,
    description: 'Relations along the path, in order. Each keeps its recorded direction.',
  })
  relations(@Root() impacting: ImpactingCiType, @Ctx() { reads }: Context) {
    return reads.byIds(ciRelationRead, impacting.relationIds);
  }
}

/** The resolvers of impact, in both directions. */
export const IMPACT_RESOLVERS = [ConfigurationItemImpactResolver, ImpactedCiResolver, ImpactingCiResolver] as const;

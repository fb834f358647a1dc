import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { effectiveCriticalityOfCis } from '../../reads/cmdb/effective-criticality.reads.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { EffectiveCriticalityType } from '../../schema/cmdb/effective-criticality.type.js';
import { WORK } from '../work.js';
import type { Context } from '../context.js';

/** How much work on a configuration item can harm. */
@Resolver(() => ConfigurationItemType)
export class ConfigurationItemCriticalityResolver {
  @FieldResolver(() => EffectiveCriticalityType, {
    complexity: WORK.rating,
    description:
      'Highest criticality among the item and everything that work on it impacts. It is up to date with ' +
      'every change of the relations. Items that back each other up count separately.',
  })
  effectiveCriticality(@Root() ci: ConfigurationItemType, @Ctx() { reads }: Context) {
    return reads.batch('configurationItem.effectiveCriticality', effectiveCriticalityOfCis, ci.id);
  }
}

/** The items behind an effective criticality. */
@Resolver(() => EffectiveCriticalityType)
export class EffectiveCriticalityResolver {
  @FieldResolver(() => ConfigurationItemType, {
    description: 'Nearest item of that criticality: the item itself, or one that depends on it.',
  })
  forcedBy(@Root() { forcedById }: EffectiveCriticalityType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, forcedById);
  }

  @FieldResolver(() => [ConfigurationItemType], {
    complexity: WORK.path,
    description: 'Items along the impact, from the item to `forcedBy`, both included.',
  })
  async path(@Root() { pathIds }: EffectiveCriticalityType, @Ctx() { reads }: Context) {
    const found = await reads.byIds(configurationItemRead, pathIds);
    return found.filter((ci) => ci !== null);
  }
}

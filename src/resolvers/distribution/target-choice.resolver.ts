import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { changedTargets, chosenGroups } from '../../reads/distribution/target-choice.reads.js';
import { configurationItemList } from '../../schema/cmdb/configuration-item.type.js';
import { PageArgs } from '../../schema/connection.js';
import { DistributionType, TargetChangesType } from '../../schema/distribution/distribution.type.js';
import { targetGroupList } from '../../schema/distribution/target-group.type.js';
import { WORK } from '../work.js';
import type { Context } from '../context.js';

/** How the targets of a distribution were chosen. */
@Resolver(() => DistributionType)
export class TargetChoiceResolver {
  @FieldResolver(() => targetGroupList.Connection, {
    description: 'Target groups by which the targets were chosen, sorted by name.',
  })
  targetGroups(@Root() { id }: DistributionType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(chosenGroups, id, page);
  }

  @FieldResolver(() => TargetChangesType, {
    description: 'How the targets would change if they were chosen again now.',
  })
  targetChanges(@Root() { id }: DistributionType): TargetChangesType {
    return { distributionId: id };
  }
}

/** What a new choice of the targets would change. */
@Resolver(() => TargetChangesType)
export class TargetChangesResolver {
  @FieldResolver(() => configurationItemList.Connection, {
    complexity: WORK.choice,
    description: 'Targets of the release that the choice finds and the distribution does not have, sorted by name.',
  })
  joined(@Root() changes: TargetChangesType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return changedTargets(reads.perRow, changes.distributionId, 'joined', page);
  }

  @FieldResolver(() => configurationItemList.Connection, {
    complexity: WORK.choice,
    description: 'Targets of the distribution that the choice no longer finds, sorted by name.',
  })
  left(@Root() changes: TargetChangesType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return changedTargets(reads.perRow, changes.distributionId, 'left', page);
  }
}

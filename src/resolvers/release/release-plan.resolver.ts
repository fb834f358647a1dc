import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { taskRead } from '../../reads/release/task.reads.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { AddedStepType, DecidingTargetType, ForcedStepType } from '../../schema/release/release-plan.type.js';
import { TaskType } from '../../schema/release/task.type.js';
import type { Context } from '../context.js';

/** The targets that require a state. */
@Resolver(() => ForcedStepType)
export class ForcedStepResolver {
  @FieldResolver(() => [ConfigurationItemType], {
    description: 'Targets that require the state, by name. At most the first 50.',
  })
  async configurationItems(@Root() { ciIds }: ForcedStepType, @Ctx() { reads }: Context) {
    const found = await reads.byIds(configurationItemRead, ciIds);
    return found.filter((ci) => ci !== null);
  }
}

/** The configuration item behind a target that decides. */
@Resolver(() => DecidingTargetType)
export class DecidingTargetResolver {
  @FieldResolver(() => ConfigurationItemType, { description: 'The target.' })
  configurationItem(@Root() { ciId }: DecidingTargetType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, ciId);
  }
}

/** The task behind a step that a rule added. */
@Resolver(() => AddedStepType)
export class AddedStepResolver {
  @FieldResolver(() => TaskType, { description: 'The task in the plan of the release.' })
  task(@Root() { taskId }: AddedStepType, @Ctx() { reads }: Context) {
    return reads.byId(taskRead, taskId);
  }
}

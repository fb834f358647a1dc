import { Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { customClassMachine } from '../../domain/cmdb/custom-class.machine.js';
import type { ListInput } from '../../domain/list.js';
import { customClassFacts } from '../../facts/cmdb/custom-class.facts.js';
import { classesBelow, customClassRead, itemsOfClass } from '../../reads/cmdb/custom-class.reads.js';
import { configurationItemList, ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { customClassList, CustomClassType } from '../../schema/cmdb/custom-class.type.js';
import { PageArgs } from '../../schema/connection.js';
import { ListArgs } from '../../schema/list.js';
import { ConfigurationItemSnapshotType } from '../../schema/snapshot.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { presentCommands } from '../available-commands.js';
import type { Context } from '../context.js';
import { WORK } from '../work.js';

/** The list of classes, and what belongs to them. */
@Resolver(() => CustomClassType)
export class CustomClassResolver {
  @Authorized()
  @Query(() => customClassList.Connection, { description: 'Lists classes of your own.' })
  customClasses(@ListArgs(customClassList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(customClassRead, list);
  }

  @FieldResolver(() => CustomClassType, {
    nullable: true,
    description: 'Class of your own right above it. Null if it is right below a built-in class.',
  })
  parent(@Root() customClass: CustomClassType, @Ctx() { reads }: Context) {
    return reads.byId(customClassRead, customClass.parentId);
  }

  @FieldResolver(() => customClassList.Connection, { description: 'Classes right below it, by key.' })
  below(@Root() customClass: CustomClassType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(classesBelow, customClass.id, page);
  }

  @FieldResolver(() => configurationItemList.Connection, {
    description: 'Configuration items of the class, without those of classes below it.',
  })
  configurationItems(
    @Root() customClass: CustomClassType,
    @ListArgs(configurationItemList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(itemsOfClass, customClass.id, list);
  }

  @FieldResolver(() => [AvailableCommandType], {
    complexity: WORK.facts,
    description: 'Commands in the current state, with the blockers that apply to you.',
  })
  async availableCommands(@Root() customClass: CustomClassType, @Ctx() { reads }: Context) {
    const facts = await reads.batch(
      'customClass.facts',
      async (ids, db, actor) => await customClassFacts(db, actor, ids),
      customClass.id,
    );
    return await presentCommands(reads, customClassMachine, customClass.state, facts);
  }
}

const OF_ITEM = { nullable: true, description: 'Class of your own that the item is of. Null if there is none.' };

/** The class of a configuration item. */
@Resolver(() => ConfigurationItemType)
export class ConfigurationItemCustomClassResolver {
  @FieldResolver(() => CustomClassType, OF_ITEM)
  customClass(@Root() ci: ConfigurationItemType, @Ctx() { reads }: Context) {
    return reads.byId(customClassRead, ci.customClassId);
  }
}

/** The class that an item had. */
@Resolver(() => ConfigurationItemSnapshotType)
export class ConfigurationItemSnapshotCustomClassResolver {
  @FieldResolver(() => CustomClassType, {
    nullable: true,
    description: 'Class of your own that the item was of, as the class is now. Null if there was none.',
  })
  customClass(@Root() ci: ConfigurationItemSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(ci).byId(customClassRead, ci.customClassId);
  }
}

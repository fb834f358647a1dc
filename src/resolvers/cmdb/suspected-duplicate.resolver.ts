import { Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { suspectedDuplicateMachine } from '../../domain/cmdb/suspected-duplicate.machine.js';
import type { ListInput } from '../../domain/list.js';
import { suspectedDuplicateFacts } from '../../facts/cmdb/suspected-duplicate.facts.js';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { duplicatesOfCi, suspectedDuplicateRead } from '../../reads/cmdb/suspected-duplicate.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { suspectedDuplicateList, SuspectedDuplicateType } from '../../schema/cmdb/suspected-duplicate.type.js';
import { ListArgs } from '../../schema/list.js';
import { PersonType } from '../../schema/people/person.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { presentCommands } from '../available-commands.js';
import type { Context } from '../context.js';
import { WORK } from '../work.js';

/** The list of suspected duplicates, and what one refers to. */
@Resolver(() => SuspectedDuplicateType)
export class SuspectedDuplicateResolver {
  @Authorized()
  @Query(() => suspectedDuplicateList.Connection, {
    description: 'Lists pairs of configuration items that may be one. With `state: OPEN`, those to look at.',
  })
  suspectedDuplicates(@ListArgs(suspectedDuplicateList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(suspectedDuplicateRead, list);
  }

  @FieldResolver(() => ConfigurationItemType, { description: 'Item of the two that was recorded first.' })
  ci(@Root() pair: SuspectedDuplicateType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, pair.ciId);
  }

  @FieldResolver(() => ConfigurationItemType, { description: 'Item of the two that was recorded later.' })
  other(@Root() pair: SuspectedDuplicateType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, pair.otherId);
  }

  @FieldResolver(() => PersonType, { nullable: true, description: 'Person who dismissed it. Null if nobody did.' })
  decidedBy(@Root() pair: SuspectedDuplicateType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, pair.decidedById);
  }

  @FieldResolver(() => [AvailableCommandType], {
    complexity: WORK.facts,
    description: 'Commands in the current state, with the blockers that apply to you.',
  })
  async availableCommands(@Root() pair: SuspectedDuplicateType, @Ctx() { reads }: Context) {
    const facts = await reads.batch(
      'suspectedDuplicate.facts',
      async (ids, db, actor) => await suspectedDuplicateFacts(db, actor, ids),
      pair.id,
    );
    return await presentCommands(reads, suspectedDuplicateMachine, pair.state, facts);
  }
}

/** Suspicions about a configuration item. */
@Resolver(() => ConfigurationItemType)
export class ConfigurationItemDuplicatesResolver {
  @FieldResolver(() => suspectedDuplicateList.Connection, {
    description: 'Suspicions that the item and another one are the same.',
  })
  suspectedDuplicates(
    @Root() ci: ConfigurationItemType,
    @ListArgs(suspectedDuplicateList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(duplicatesOfCi, ci.id, list);
  }
}

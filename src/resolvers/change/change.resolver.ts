import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { configurationItemList, ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { changeList, ChangeType } from '../../schema/change/change.type.js';
import { changeReleaseRequestList } from '../../schema/change/change-release-request.type.js';
import { Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { changeMachine } from '../../domain/change/change.machine.js';
import { requestsOfChange } from '../../reads/change/change-release-request.reads.js';
import { changeRead, changesOfCi, sourceCisOfChange, targetCisOfChange } from '../../reads/change/change.reads.js';
import { eventsOf } from '../../reads/event.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { releaseHistoryOfChange } from '../../reads/release/release-change.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { EventConnection } from '../../schema/event.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { ReleaseChangeConnection } from '../../schema/release/release-change.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { changeFacts } from '../../facts/change/change.facts.js';
import { presentCommands } from '../available-commands.js';
import { WORK } from '../work.js';
import type { Context } from '../context.js';

const eventsOfChange = eventsOf('Change');
const eventsOfCi = eventsOf('ConfigurationItem');

/** The list of changes, and the related objects and available commands of a change. */
@Resolver(() => ChangeType)
export class ChangeResolver {
  @Authorized()
  @Query(() => changeList.Connection, { description: 'Lists requests for change, in any state.' })
  changes(@ListArgs(changeList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(changeRead, list);
  }

  @FieldResolver(() => PersonType, { description: 'Person who requested the change.' })
  requestedBy(@Root() change: ChangeType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, change.requestedById);
  }

  @FieldResolver(() => PersonType, { nullable: true, description: 'Person who authorised the change.' })
  authorisedBy(@Root() change: ChangeType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, change.authorisedById);
  }

  @FieldResolver(() => configurationItemList.Connection, {
    description: 'Configuration items that the change acts on.',
  })
  targetCis(
    @Root() change: ChangeType,
    @ListArgs(configurationItemList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(targetCisOfChange, change.id, list);
  }

  @FieldResolver(() => configurationItemList.Connection, {
    description: 'Configuration items that supply the content of the change.',
  })
  sourceCis(
    @Root() change: ChangeType,
    @ListArgs(configurationItemList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(sourceCisOfChange, change.id, list);
  }

  @FieldResolver(() => ReleaseType, {
    nullable: true,
    description: 'Current release of the change; a change is in at most one at a time.',
  })
  release(@Root() change: ChangeType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, change.liveReleaseId);
  }

  @FieldResolver(() => ReleaseChangeConnection, {
    description: 'Current and former releases of the change, latest first.',
  })
  releaseHistory(@Root() change: ChangeType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(releaseHistoryOfChange, change.id, page);
  }

  @FieldResolver(() => changeReleaseRequestList.Connection, {
    description: 'Requests to implement the change in a release, latest first.',
  })
  requests(@Root() change: ChangeType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(requestsOfChange, change.id, page);
  }

  @FieldResolver(() => EventConnection, { description: 'Events of the change, newest first.' })
  events(@Root() change: ChangeType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(eventsOfChange, change.id, page);
  }

  @FieldResolver(() => [AvailableCommandType], {
    complexity: WORK.facts,
    description: 'Commands in the current state, with the blockers that apply to you.',
  })
  async availableCommands(@Root() change: ChangeType, @Ctx() { reads }: Context) {
    const facts = await reads.batch(
      'change.facts',
      async (ids, db, actor) => await changeFacts(db, actor, ids),
      change.id,
    );
    return await presentCommands(reads, changeMachine, change.state, facts);
  }
}

/** The changes and the history of a configuration item. */
@Resolver(() => ConfigurationItemType)
export class ConfigurationItemChangesResolver {
  @FieldResolver(() => changeList.Connection, {
    description:
      'Changes that have the item as source or target. Filter by `targetCi` or `sourceCi` to get one of the two.',
  })
  changes(
    @Root() ci: ConfigurationItemType,
    @ListArgs(changeList, 'latest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(changesOfCi, ci.id, list);
  }

  @FieldResolver(() => EventConnection, {
    description: 'Events of the item and of the changes, releases and distributions that concern it, newest first.',
  })
  events(@Root() ci: ConfigurationItemType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(eventsOfCi, ci.id, page);
  }
}

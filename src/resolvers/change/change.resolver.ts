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
import { releaseHistoryOfChange } from '../../reads/release/release-scope.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { EventConnection } from '../../schema/event.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { ReleaseChangeConnection } from '../../schema/release/release-scope.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { changeFacts } from '../../facts/change/change.facts.js';
import { presentCommands } from '../available-commands.js';
import type { Context } from '../context.js';

const eventsOfChange = eventsOf('Change');
const eventsOfCi = eventsOf('ConfigurationItem');

/** Changes as a list, and what hangs on one. */
@Resolver(() => ChangeType)
export class ChangeResolver {
  @Authorized()
  @Query(() => changeList.Connection, { description: 'Requests for change.' })
  changes(@ListArgs(changeList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(changeRead, list);
  }

  @FieldResolver(() => PersonType, { description: 'Who asked for it.' })
  requestedBy(@Root() change: ChangeType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, change.requestedById);
  }

  @FieldResolver(() => PersonType, { nullable: true, description: 'Who authorised it.' })
  authorisedBy(@Root() change: ChangeType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, change.authorisedById);
  }

  @FieldResolver(() => configurationItemList.Connection, { description: 'Configuration items that it acts on.' })
  targetCis(
    @Root() change: ChangeType,
    @ListArgs(configurationItemList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(targetCisOfChange, change.id, list);
  }

  @FieldResolver(() => configurationItemList.Connection, {
    description: 'Configuration items that supply its content.',
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
    description: 'The release that implements it. At most one at a time.',
  })
  release(@Root() change: ChangeType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, change.liveReleaseId);
  }

  @FieldResolver(() => ReleaseChangeConnection, {
    description: 'Every release it belongs or belonged to, the latest first.',
  })
  releaseHistory(@Root() change: ChangeType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(releaseHistoryOfChange, change.id, page);
  }

  @FieldResolver(() => changeReleaseRequestList.Connection, {
    description: 'Requests that it be implemented by a release, the latest first.',
  })
  requests(@Root() change: ChangeType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(requestsOfChange, change.id, page);
  }

  @FieldResolver(() => EventConnection, { description: 'Its history, the latest first.' })
  events(@Root() change: ChangeType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(eventsOfChange, change.id, page);
  }

  @FieldResolver(() => [AvailableCommandType], {
    description: 'Commands that exist in its present state, and what stands in their way for you.',
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
    description: 'Changes that name it as source or target, the latest first. Filter by `targetCi` for one of the two.',
  })
  changes(
    @Root() ci: ConfigurationItemType,
    @ListArgs(changeList, 'latest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(changesOfCi, ci.id, list);
  }

  @FieldResolver(() => EventConnection, {
    description:
      'Its history, the latest first: what happened to it, and in changes, releases and distributions that concern it.',
  })
  events(@Root() ci: ConfigurationItemType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(eventsOfCi, ci.id, page);
  }
}

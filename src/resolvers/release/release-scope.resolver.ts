import { Arg, Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { requestsOfRelease } from '../../reads/change/change-release-request.reads.js';
import * as scope from '../../reads/release/release-scope.reads.js';
import {
  ChangeReleaseRequestConnection,
  ChangeReleaseRequestFilter,
  ChangeReleaseRequestOrder,
} from '../../schema/change/change-release-request.type.js';
import { ChangeConnection, ChangeFilter, ChangeOrder } from '../../schema/change/change.type.js';
import {
  ConfigurationItemConnection,
  ConfigurationItemFilter,
  ConfigurationItemOrder,
} from '../../schema/cmdb/configuration-item.type.js';
import { PageArgs } from '../../schema/connection.js';
import {
  ReleaseChangeConnection,
  ReleaseCiConnection,
  ReleaseCiFilter,
  ReleaseContentConnection,
} from '../../schema/release/release-scope.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import type { Context } from '../context.js';

/** What a release comprises: changes, configuration items, media. */
@Resolver(() => ReleaseType)
export class ReleaseScopeResolver {
  @FieldResolver(() => ChangeConnection, { description: 'Changes that it implements.' })
  changes(
    @Root() release: ReleaseType,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ChangeFilter, { nullable: true, description: 'Which ones.' }) filter: ChangeFilter | null,
    @Arg('orderBy', () => [ChangeOrder], { nullable: true, description: 'In which order. Default: oldest first.' })
    orderBy: ChangeOrder[] | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(scope.changesOfRelease, release.id, { page, filter, orderBy });
  }

  @FieldResolver(() => ReleaseChangeConnection, {
    description: 'Every change that belongs or belonged to it, the latest first.',
  })
  changeHistory(@Root() release: ReleaseType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(scope.changeHistoryOfRelease, release.id, { page });
  }

  @FieldResolver(() => ChangeReleaseRequestConnection, { description: 'Requests to join it, the latest first.' })
  requests(
    @Root() release: ReleaseType,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ChangeReleaseRequestFilter, { nullable: true, description: 'Which ones.' })
    filter: ChangeReleaseRequestFilter | null,
    @Arg('orderBy', () => [ChangeReleaseRequestOrder], {
      nullable: true,
      description: 'In which order. Default: latest first.',
    })
    orderBy: ChangeReleaseRequestOrder[] | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(requestsOfRelease, release.id, { page, filter, orderBy });
  }

  @FieldResolver(() => ReleaseCiConnection, {
    description:
      'Its configuration items with their provenance: one entry for each contribution, by a change or by a person.',
  })
  scope(
    @Root() release: ReleaseType,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ReleaseCiFilter, { nullable: true, description: 'Which ones.' })
    filter: ReleaseCiFilter | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(scope.scopeOfRelease, release.id, { page, filter });
  }

  @FieldResolver(() => ConfigurationItemConnection, { description: 'Configuration items that it acts on, each once.' })
  targetCis(
    @Root() release: ReleaseType,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ConfigurationItemFilter, { nullable: true, description: 'Which ones.' })
    filter: ConfigurationItemFilter | null,
    @Arg('orderBy', () => [ConfigurationItemOrder], {
      nullable: true,
      description: 'In which order. Default: oldest first.',
    })
    orderBy: ConfigurationItemOrder[] | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(scope.targetCisOfRelease, release.id, { page, filter, orderBy });
  }

  @FieldResolver(() => ConfigurationItemConnection, {
    description: 'Configuration items that supply its content, each once.',
  })
  sourceCis(
    @Root() release: ReleaseType,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ConfigurationItemFilter, { nullable: true, description: 'Which ones.' })
    filter: ConfigurationItemFilter | null,
    @Arg('orderBy', () => [ConfigurationItemOrder], {
      nullable: true,
      description: 'In which order. Default: oldest first.',
    })
    orderBy: ConfigurationItemOrder[] | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(scope.sourceCisOfRelease, release.id, { page, filter, orderBy });
  }

  @FieldResolver(() => ReleaseContentConnection, {
    description: 'Its package: the versions of DML items that it delivers.',
  })
  contents(@Root() release: ReleaseType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(scope.contentsOfRelease, release.id, { page });
  }
}

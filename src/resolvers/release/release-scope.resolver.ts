import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import {
  ReleaseChangeConnection,
  releaseCiList,
  ReleaseContentConnection,
} from '../../schema/release/release-scope.type.js';
import { configurationItemList } from '../../schema/cmdb/configuration-item.type.js';
import { changeList } from '../../schema/change/change.type.js';
import { changeReleaseRequestList } from '../../schema/change/change-release-request.type.js';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { requestsOfRelease } from '../../reads/change/change-release-request.reads.js';
import * as scope from '../../reads/release/release-scope.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import type { Context } from '../context.js';

/** What a release comprises: changes, configuration items, media. */
@Resolver(() => ReleaseType)
export class ReleaseScopeResolver {
  @FieldResolver(() => changeList.Connection, { description: 'Changes that it implements.' })
  changes(
    @Root() release: ReleaseType,
    @ListArgs(changeList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(scope.changesOfRelease, release.id, list);
  }

  @FieldResolver(() => ReleaseChangeConnection, {
    description: 'Every change that belongs or belonged to it, the latest first.',
  })
  changeHistory(@Root() release: ReleaseType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(scope.changeHistoryOfRelease, release.id, page);
  }

  @FieldResolver(() => changeReleaseRequestList.Connection, { description: 'Requests to join it, the latest first.' })
  requests(
    @Root() release: ReleaseType,
    @ListArgs(changeReleaseRequestList, 'latest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(requestsOfRelease, release.id, list);
  }

  @FieldResolver(() => releaseCiList.Connection, {
    description:
      'Its configuration items with their provenance: one entry for each contribution, by a change or by a person.',
  })
  scope(@Root() release: ReleaseType, @ListArgs(releaseCiList) list: ListInput, @Ctx() { reads }: Context) {
    return reads.edge(scope.scopeOfRelease, release.id, list);
  }

  @FieldResolver(() => configurationItemList.Connection, {
    description: 'Configuration items that it acts on, each once.',
  })
  targetCis(
    @Root() release: ReleaseType,
    @ListArgs(configurationItemList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(scope.targetCisOfRelease, release.id, list);
  }

  @FieldResolver(() => configurationItemList.Connection, {
    description: 'Configuration items that supply its content, each once.',
  })
  sourceCis(
    @Root() release: ReleaseType,
    @ListArgs(configurationItemList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(scope.sourceCisOfRelease, release.id, list);
  }

  @FieldResolver(() => ReleaseContentConnection, {
    description: 'Its package: the versions of DML items that it delivers.',
  })
  contents(@Root() release: ReleaseType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(scope.contentsOfRelease, release.id, page);
  }
}

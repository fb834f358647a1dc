import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { ReleaseChangeConnection } from '../../schema/release/release-change.type.js';
import { releaseCiList } from '../../schema/release/release-ci.type.js';
import { ReleaseContentConnection } from '../../schema/release/release-content.type.js';
import { configurationItemList } from '../../schema/cmdb/configuration-item.type.js';
import { changeList } from '../../schema/change/change.type.js';
import { changeReleaseRequestList } from '../../schema/change/change-release-request.type.js';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { requestsOfRelease } from '../../reads/change/change-release-request.reads.js';
import { changeHistoryOfRelease, changesOfRelease } from '../../reads/release/release-change.reads.js';
import { scopeOfRelease, sourceCisOfRelease, targetCisOfRelease } from '../../reads/release/release-ci.reads.js';
import { contentsOfRelease } from '../../reads/release/release-content.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { predecessorsOfRelease, successorsOfRelease } from '../../reads/release/release.reads.js';
import { releaseList, ReleaseType } from '../../schema/release/release.type.js';
import type { Context } from '../context.js';

/** The contents of a release: changes, configuration items and media. */
@Resolver(() => ReleaseType)
export class ReleaseScopeResolver {
  @FieldResolver(() => changeList.Connection, { description: 'Changes that the release implements.' })
  changes(
    @Root() release: ReleaseType,
    @ListArgs(changeList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(changesOfRelease, release.id, list);
  }

  @FieldResolver(() => ReleaseChangeConnection, {
    description: 'Current and former changes of the release, latest first.',
  })
  changeHistory(@Root() release: ReleaseType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(changeHistoryOfRelease, release.id, page);
  }

  @FieldResolver(() => changeReleaseRequestList.Connection, {
    description: 'Requests for changes to join the release, latest first.',
  })
  requests(
    @Root() release: ReleaseType,
    @ListArgs(changeReleaseRequestList, 'latest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(requestsOfRelease, release.id, list);
  }

  @FieldResolver(() => releaseCiList.Connection, {
    description: 'Configuration items in scope, with their origin: one entry per contributing change or person.',
  })
  scope(@Root() release: ReleaseType, @ListArgs(releaseCiList) list: ListInput, @Ctx() { reads }: Context) {
    return reads.edge(scopeOfRelease, release.id, list);
  }

  @FieldResolver(() => configurationItemList.Connection, {
    description: 'Configuration items that the release changes, without duplicates.',
  })
  targetCis(
    @Root() release: ReleaseType,
    @ListArgs(configurationItemList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(targetCisOfRelease, release.id, list);
  }

  @FieldResolver(() => configurationItemList.Connection, {
    description: 'Configuration items that supply content, without duplicates.',
  })
  sourceCis(
    @Root() release: ReleaseType,
    @ListArgs(configurationItemList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(sourceCisOfRelease, release.id, list);
  }

  @FieldResolver(() => releaseList.Connection, {
    description:
      'Releases that this one depends on. None of its distributions starts before all of them are DEPLOYED ' +
      '(`deployedAt`).',
  })
  predecessors(
    @Root() release: ReleaseType,
    @ListArgs(releaseList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(predecessorsOfRelease, release.id, list);
  }

  @FieldResolver(() => releaseList.Connection, { description: 'Releases that depend on this one and wait for it.' })
  successors(
    @Root() release: ReleaseType,
    @ListArgs(releaseList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(successorsOfRelease, release.id, list);
  }

  @FieldResolver(() => ReleaseContentConnection, {
    description: 'Package of the release: the versions of DML items that it delivers.',
  })
  contents(@Root() release: ReleaseType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(contentsOfRelease, release.id, page);
  }
}

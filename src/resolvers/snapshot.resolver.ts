import { Arg, Authorized, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { ListInput } from '../domain/list.js';
import { fromNodeId } from '../domain/node-id.js';
import {
  changeSnapshotRead,
  ciSnapshotRead,
  releaseSnapshotRead,
  snapshotRead,
  versionSnapshotRead,
} from '../reads/snapshot.reads.js';
import { changeList } from '../schema/change/change.type.js';
import { configurationItemList } from '../schema/cmdb/configuration-item.type.js';
import { dmlItemVersionList } from '../schema/library/dml-item-version.type.js';
import { ListArgs } from '../schema/list.js';
import { releaseList } from '../schema/release/release.type.js';
import { DateTime } from '../schema/scalars.js';
import {
  ChangeSnapshotConnection,
  ChangeSnapshotType,
  ConfigurationItemSnapshotConnection,
  ConfigurationItemSnapshotType,
  DmlItemVersionSnapshotConnection,
  DmlItemVersionSnapshotType,
  ReleaseSnapshotConnection,
  ReleaseSnapshotType,
  SnapshotType,
} from '../schema/snapshot.type.js';
import type { Context } from './context.js';

/** The record at a moment, and what it had. */
@Resolver(() => SnapshotType)
export class SnapshotResolver {
  @Authorized()
  @Query(() => SnapshotType, {
    description:
      'The record at a moment: what was so at `asOf`, as it was known at `knownAt`. One query may ask for several.',
  })
  snapshot(
    @Arg('asOf', () => DateTime, { nullable: true, description: 'When it was so. Default: now.' })
    asOf: string | null | undefined,
    @Arg('knownAt', () => DateTime, {
      nullable: true,
      description: 'When it was believed to be so. What became known later does not count. Default: now.',
    })
    knownAt: string | null | undefined,
    @Ctx() { reads }: Context,
  ) {
    return reads.past(snapshotRead, { asOf: asOf ?? null, knownAt: knownAt ?? null });
  }

  @FieldResolver(() => ConfigurationItemSnapshotType, {
    nullable: true,
    description: 'The configuration item with an id. Null if there was none.',
  })
  configurationItem(
    @Root() snapshot: SnapshotType,
    @Arg('id', () => ID, { description: 'Id of the configuration item.' }) id: string,
    @Ctx() { reads }: Context,
  ) {
    return reads.in(snapshot).byId(ciSnapshotRead, fromNodeId('ConfigurationItem', id, 'id'));
  }

  @FieldResolver(() => ConfigurationItemSnapshotConnection, { description: 'The configuration items of the moment.' })
  configurationItems(
    @Root() snapshot: SnapshotType,
    @ListArgs(configurationItemList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.in(snapshot).page(ciSnapshotRead, list);
  }

  @FieldResolver(() => ReleaseSnapshotType, {
    nullable: true,
    description: 'The release with an id. Null if there was none.',
  })
  release(
    @Root() snapshot: SnapshotType,
    @Arg('id', () => ID, { description: 'Id of the release.' }) id: string,
    @Ctx() { reads }: Context,
  ) {
    return reads.in(snapshot).byId(releaseSnapshotRead, fromNodeId('Release', id, 'id'));
  }

  @FieldResolver(() => ReleaseSnapshotConnection, { description: 'The releases of the moment.' })
  releases(
    @Root() snapshot: SnapshotType,
    @ListArgs(releaseList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.in(snapshot).page(releaseSnapshotRead, list);
  }

  @FieldResolver(() => ChangeSnapshotType, {
    nullable: true,
    description: 'The change with an id. Null if there was none.',
  })
  change(
    @Root() snapshot: SnapshotType,
    @Arg('id', () => ID, { description: 'Id of the change.' }) id: string,
    @Ctx() { reads }: Context,
  ) {
    return reads.in(snapshot).byId(changeSnapshotRead, fromNodeId('Change', id, 'id'));
  }

  @FieldResolver(() => ChangeSnapshotConnection, { description: 'The changes of the moment.' })
  changes(
    @Root() snapshot: SnapshotType,
    @ListArgs(changeList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.in(snapshot).page(changeSnapshotRead, list);
  }

  @FieldResolver(() => DmlItemVersionSnapshotType, {
    nullable: true,
    description: 'The DML item version with an id. Null if there was none.',
  })
  dmlItemVersion(
    @Root() snapshot: SnapshotType,
    @Arg('id', () => ID, { description: 'Id of the DML item version.' }) id: string,
    @Ctx() { reads }: Context,
  ) {
    return reads.in(snapshot).byId(versionSnapshotRead, fromNodeId('DmlItemVersion', id, 'id'));
  }

  @FieldResolver(() => DmlItemVersionSnapshotConnection, { description: 'The DML item versions of the moment.' })
  dmlItemVersions(
    @Root() snapshot: SnapshotType,
    @ListArgs(dmlItemVersionList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.in(snapshot).page(versionSnapshotRead, list);
  }
}

import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import {
  installationsOfVersionThen,
  itemSnapshotRead,
  personSnapshotRead,
  releasesOfVersionThen,
  versionsOfItemThen,
} from '../../reads/snapshot.reads.js';
import { PageArgs } from '../../schema/connection.js';
import {
  DmlItemSnapshotType,
  DmlItemVersionSnapshotConnection,
  DmlItemVersionSnapshotType,
  InstallationSnapshotConnection,
  PersonSnapshotType,
  ReleaseSnapshotConnection,
} from '../../schema/snapshot.type.js';
import type { Context } from '../context.js';

/** What a version belonged to, and where it was. */
@Resolver(() => DmlItemVersionSnapshotType)
export class DmlItemVersionSnapshotResolver {
  @FieldResolver(() => DmlItemSnapshotType, {
    nullable: true,
    description: 'DML item of the version. Null if it was not recorded.',
  })
  item(@Root() version: DmlItemVersionSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(version).byId(itemSnapshotRead, version.itemId);
  }

  @FieldResolver(() => PersonSnapshotType, {
    nullable: true,
    description: 'Person who had authorised the version. Null if nobody had.',
  })
  authorisedBy(@Root() version: DmlItemVersionSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(version).byId(personSnapshotRead, version.authorisedById);
  }

  @FieldResolver(() => InstallationSnapshotConnection, {
    description: 'Where the version was installed at the moment.',
  })
  installations(
    @Root() version: DmlItemVersionSnapshotType,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() { reads }: Context,
  ) {
    return reads.in(version).edge(installationsOfVersionThen, version.id, page);
  }

  @FieldResolver(() => ReleaseSnapshotConnection, { description: 'Releases whose package contained the version.' })
  releases(
    @Root() version: DmlItemVersionSnapshotType,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() { reads }: Context,
  ) {
    return reads.in(version).edge(releasesOfVersionThen, version.id, page);
  }
}

/** The versions of an item. */
@Resolver(() => DmlItemSnapshotType)
export class DmlItemSnapshotResolver {
  @FieldResolver(() => DmlItemVersionSnapshotConnection, { description: 'Versions of the item at the moment.' })
  versions(@Root() item: DmlItemSnapshotType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.in(item).edge(versionsOfItemThen, item.id, page);
  }
}

/** The resolvers of the library at a moment. */
export const DML_SNAPSHOT_RESOLVERS = [DmlItemSnapshotResolver, DmlItemVersionSnapshotResolver] as const;

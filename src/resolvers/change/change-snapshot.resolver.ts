import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import {
  personSnapshotRead,
  releaseSnapshotRead,
  sourceCisOfChangeThen,
  targetCisOfChangeThen,
} from '../../reads/snapshot.reads.js';
import { PageArgs } from '../../schema/connection.js';
import {
  ChangeSnapshotType,
  ConfigurationItemSnapshotConnection,
  PersonSnapshotType,
  ReleaseSnapshotType,
} from '../../schema/snapshot.type.js';
import type { Context } from '../context.js';

/** What belonged to a change. */
@Resolver(() => ChangeSnapshotType)
export class ChangeSnapshotResolver {
  @FieldResolver(() => PersonSnapshotType, { description: 'Person who had requested the change.' })
  requestedBy(@Root() change: ChangeSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(change).byId(personSnapshotRead, change.requestedById);
  }

  @FieldResolver(() => PersonSnapshotType, {
    nullable: true,
    description: 'Person who had authorised the change. Null if nobody had.',
  })
  authorisedBy(@Root() change: ChangeSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(change).byId(personSnapshotRead, change.authorisedById);
  }

  @FieldResolver(() => ReleaseSnapshotType, {
    nullable: true,
    description: 'Release that the change belonged to. Null if there was none.',
  })
  release(@Root() change: ChangeSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(change).byId(releaseSnapshotRead, change.liveReleaseId);
  }

  @FieldResolver(() => ConfigurationItemSnapshotConnection, {
    description: 'Configuration items that the change acted on.',
  })
  targetCis(@Root() change: ChangeSnapshotType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.in(change).edge(targetCisOfChangeThen, change.id, page);
  }

  @FieldResolver(() => ConfigurationItemSnapshotConnection, {
    description: 'Configuration items that supplied content.',
  })
  sourceCis(@Root() change: ChangeSnapshotType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.in(change).edge(sourceCisOfChangeThen, change.id, page);
  }
}

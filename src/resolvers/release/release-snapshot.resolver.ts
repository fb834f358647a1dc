import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import {
  changesOfReleaseThen,
  contentsOfReleaseThen,
  installationsOfReleaseThen,
  predecessorsOfReleaseThen,
  personSnapshotRead,
  sourceCisOfReleaseThen,
  targetCisOfReleaseThen,
  versionSnapshotRead,
} from '../../reads/snapshot.reads.js';
import { PageArgs } from '../../schema/connection.js';
import {
  ChangeSnapshotConnection,
  ConfigurationItemSnapshotConnection,
  DmlItemVersionSnapshotType,
  InstallationSnapshotConnection,
  PersonSnapshotType,
  ReleaseContentSnapshotConnection,
  ReleaseContentSnapshotType,
  ReleaseSnapshotConnection,
  ReleaseSnapshotType,
} from '../../schema/snapshot.type.js';
import type { Context } from '../context.js';

/** What belonged to a release. */
@Resolver(() => ReleaseSnapshotType)
export class ReleaseSnapshotResolver {
  @FieldResolver(() => PersonSnapshotType, { description: 'Person who owned the release.' })
  owner(@Root() release: ReleaseSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(release).byId(personSnapshotRead, release.ownerId);
  }

  @FieldResolver(() => PersonSnapshotType, {
    nullable: true,
    description: 'Person who had accepted the release. Null if nobody had.',
  })
  acceptedBy(@Root() release: ReleaseSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(release).byId(personSnapshotRead, release.acceptedById);
  }

  @FieldResolver(() => ConfigurationItemSnapshotConnection, {
    description: 'Configuration items that the release acted on.',
  })
  targetCis(@Root() release: ReleaseSnapshotType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.in(release).edge(targetCisOfReleaseThen, release.id, page);
  }

  @FieldResolver(() => ConfigurationItemSnapshotConnection, {
    description: 'Configuration items that supplied content.',
  })
  sourceCis(@Root() release: ReleaseSnapshotType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.in(release).edge(sourceCisOfReleaseThen, release.id, page);
  }

  @FieldResolver(() => ReleaseContentSnapshotConnection, { description: 'Package of the release.' })
  contents(@Root() release: ReleaseSnapshotType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.in(release).edge(contentsOfReleaseThen, release.id, page);
  }

  @FieldResolver(() => ChangeSnapshotConnection, { description: 'Changes that belonged to the release.' })
  changes(@Root() release: ReleaseSnapshotType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.in(release).edge(changesOfReleaseThen, release.id, page);
  }

  @FieldResolver(() => ReleaseSnapshotConnection, { description: 'Releases that the release depended on.' })
  predecessors(@Root() release: ReleaseSnapshotType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.in(release).edge(predecessorsOfReleaseThen, release.id, page);
  }

  @FieldResolver(() => InstallationSnapshotConnection, {
    description: 'What was installed at the moment and came from the release.',
  })
  installations(@Root() release: ReleaseSnapshotType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.in(release).edge(installationsOfReleaseThen, release.id, page);
  }
}

/** The version in a package. */
@Resolver(() => ReleaseContentSnapshotType)
export class ReleaseContentSnapshotResolver {
  @FieldResolver(() => DmlItemVersionSnapshotType, {
    nullable: true,
    description: 'DML item version in the package. Null if it was not recorded.',
  })
  dmlItemVersion(@Root() content: ReleaseContentSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(content).byId(versionSnapshotRead, content.dmlItemVersionId);
  }
}

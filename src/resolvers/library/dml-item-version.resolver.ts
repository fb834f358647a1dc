import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { releaseList } from '../../schema/release/release.type.js';
import { dmlItemVersionList, DmlItemVersionType } from '../../schema/library/dml-item-version.type.js';
import { Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { dmlItemVersionMachine } from '../../domain/library/dml-item-version.machine.js';
import { eventsOf } from '../../reads/event.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { DmlItemType } from '../../schema/library/dml-item.type.js';
import { EventConnection } from '../../schema/event.type.js';
import { MediaBlobType } from '../../schema/library/media-blob.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { dmlItemVersionFacts } from '../../facts/library/dml-item-version.facts.js';
import { presentCommands } from '../available-commands.js';
import { WORK } from '../work.js';
import type { Context } from '../context.js';
import { dmlItemRead } from '../../reads/library/dml-item.reads.js';
import { dmlItemVersionRead, releasesOfVersion } from '../../reads/library/dml-item-version.reads.js';
import { mediaBlobRead } from '../../reads/library/media-blob.reads.js';

const eventsOfVersion = eventsOf('DmlItemVersion');

/** Queries on media versions, and their fields. */
@Resolver(() => DmlItemVersionType)
export class DmlItemVersionResolver {
  @Authorized()
  @Query(() => dmlItemVersionList.Connection, { description: 'Lists media versions of the Definitive Media Library.' })
  dmlItemVersions(@ListArgs(dmlItemVersionList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(dmlItemVersionRead, list);
  }

  @FieldResolver(() => DmlItemType, { description: 'DML item that this is a version of.' })
  item(@Root() version: DmlItemVersionType, @Ctx() { reads }: Context) {
    return reads.byId(dmlItemRead, version.itemId);
  }

  @FieldResolver(() => MediaBlobType, {
    nullable: true,
    description: 'Stored bytes of the version. Null until they are uploaded.',
  })
  media(@Root() version: DmlItemVersionType, @Ctx() { reads }: Context) {
    return reads.byId(mediaBlobRead, version.mediaId);
  }

  @FieldResolver(() => PersonType, {
    description: 'Person who registered the version. Another person must authorise it.',
  })
  author(@Root() version: DmlItemVersionType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, version.authorId);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Person who uploaded the bytes. Another person must authorise the version.',
  })
  uploadedBy(@Root() version: DmlItemVersionType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, version.uploadedById);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Person who authorised the version. Null if it is not authorised.',
  })
  authorisedBy(@Root() version: DmlItemVersionType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, version.authorisedById);
  }

  @FieldResolver(() => releaseList.Connection, { description: 'Releases whose package contains the version.' })
  releases(@Root() version: DmlItemVersionType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(releasesOfVersion, version.id, page);
  }

  @FieldResolver(() => EventConnection, { description: 'History of the media version, newest first.' })
  events(@Root() version: DmlItemVersionType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(eventsOfVersion, version.id, page);
  }

  @FieldResolver(() => [AvailableCommandType], {
    complexity: WORK.facts,
    description: 'Commands in the current state, with the blockers that apply to you.',
  })
  async availableCommands(@Root() version: DmlItemVersionType, @Ctx() { reads }: Context) {
    const facts = await reads.batch(
      'dmlItemVersion.facts',
      async (ids, db, actor) => await dmlItemVersionFacts(db, actor, ids),
      version.id,
    );
    return await presentCommands(reads, dmlItemVersionMachine, version.state, facts);
  }
}

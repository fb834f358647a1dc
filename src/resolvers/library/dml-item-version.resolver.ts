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
import type { Context } from '../context.js';
import { dmlItemRead } from '../../reads/library/dml-item.reads.js';
import { dmlItemVersionRead, releasesOfVersion } from '../../reads/library/dml-item-version.reads.js';
import { mediaBlobRead } from '../../reads/library/media-blob.reads.js';

const eventsOfVersion = eventsOf('DmlItemVersion');

/** Media versions and what hangs on them. */
@Resolver(() => DmlItemVersionType)
export class DmlItemVersionResolver {
  @Authorized()
  @Query(() => dmlItemVersionList.Connection, { description: 'Media versions of the Definitive Media Library.' })
  dmlItemVersions(@ListArgs(dmlItemVersionList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(dmlItemVersionRead, list);
  }

  @FieldResolver(() => DmlItemType, { description: 'The item it is a version of.' })
  item(@Root() version: DmlItemVersionType, @Ctx() { reads }: Context) {
    return reads.byId(dmlItemRead, version.itemId);
  }

  @FieldResolver(() => MediaBlobType, { nullable: true, description: 'Its bytes; null until they are uploaded.' })
  media(@Root() version: DmlItemVersionType, @Ctx() { reads }: Context) {
    return reads.byId(mediaBlobRead, version.mediaId);
  }

  @FieldResolver(() => PersonType, { description: 'Who registered it. Somebody else has to authorise it.' })
  author(@Root() version: DmlItemVersionType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, version.authorId);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Who uploaded the bytes. Somebody else has to authorise it.',
  })
  uploadedBy(@Root() version: DmlItemVersionType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, version.uploadedById);
  }

  @FieldResolver(() => PersonType, { nullable: true, description: 'Who authorised it.' })
  authorisedBy(@Root() version: DmlItemVersionType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, version.authorisedById);
  }

  @FieldResolver(() => releaseList.Connection, { description: 'The releases whose package contains it.' })
  releases(@Root() version: DmlItemVersionType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(releasesOfVersion, version.id, page);
  }

  @FieldResolver(() => EventConnection, { description: 'Its history, newest first.' })
  events(@Root() version: DmlItemVersionType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(eventsOfVersion, version.id, page);
  }

  @FieldResolver(() => [AvailableCommandType], {
    description: 'Commands that exist in its present state, and what stands in their way for you.',
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

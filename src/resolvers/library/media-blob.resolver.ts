import { Arg, Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { mediaBlobRead, versionsOfMedia } from '../../reads/library/dml.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { DmlItemVersionConnection } from '../../schema/library/dml-item-version.type.js';
import {
  MediaBlobConnection,
  MediaBlobFilter,
  MediaBlobOrder,
  MediaBlobType,
} from '../../schema/library/media-blob.type.js';
import type { Context } from '../context.js';

/** The stored bytes, and what the daily look at them found. */
@Resolver(() => MediaBlobType)
export class MediaBlobResolver {
  @Authorized()
  @Query(() => MediaBlobConnection, {
    description:
      'The stored media. `filter: { damaged: true }` is the result of the audit: bytes that are missing or altered.',
  })
  mediaBlobs(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => MediaBlobFilter, { nullable: true, description: 'Which ones.' })
    filter: MediaBlobFilter | null,
    @Arg('orderBy', () => [MediaBlobOrder], { nullable: true, description: 'In which order. Default: oldest first.' })
    orderBy: MediaBlobOrder[] | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.page(mediaBlobRead, { page, filter, orderBy });
  }

  @FieldResolver(() => DmlItemVersionConnection, { description: 'The media versions that consist of these bytes.' })
  versions(@Root() media: MediaBlobType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(versionsOfMedia, media.id, { page });
  }
}

import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { mediaBlobList, MediaBlobType } from '../../schema/library/media-blob.type.js';
import { dmlItemVersionList } from '../../schema/library/dml-item-version.type.js';
import { Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { PageArgs } from '../../schema/connection.js';
import type { Context } from '../context.js';
import { mediaBlobRead } from '../../reads/library/media-blob.reads.js';
import { versionsOfMedia } from '../../reads/library/dml-item-version.reads.js';

/** Queries on stored bytes, with the results of their daily checks. */
@Resolver(() => MediaBlobType)
export class MediaBlobResolver {
  @Authorized()
  @Query(() => mediaBlobList.Connection, {
    description:
      'Lists the stored media. `filter: { damaged: true }` lists the blobs that an audit found missing or altered.',
  })
  mediaBlobs(@ListArgs(mediaBlobList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(mediaBlobRead, list);
  }

  @FieldResolver(() => dmlItemVersionList.Connection, {
    description: 'Media versions that consist of these bytes.',
  })
  versions(@Root() media: MediaBlobType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(versionsOfMedia, media.id, page);
  }
}

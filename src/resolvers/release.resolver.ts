import { Arg, Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { itupStatus, type ItupStatus } from '../domain/release.machine.js';
import { releaseRead } from '../reads/release.reads.js';
import { PageArgs } from '../schema/connection.js';
import { ItupStatusEnum, ReleaseConnection, ReleaseFilter, ReleaseOrder, ReleaseType } from '../schema/release.type.js';
import type { Context } from './context.js';

/** Releases as a list, and what hangs on one. */
@Resolver(() => ReleaseType)
export class ReleaseResolver {
  @Authorized()
  @Query(() => ReleaseConnection, { description: 'Releases.' })
  releases(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ReleaseFilter, { nullable: true, description: 'Which ones.' }) filter: ReleaseFilter | null,
    @Arg('orderBy', () => [ReleaseOrder], { nullable: true, description: 'In which order. Default: oldest first.' }) orderBy: ReleaseOrder[] | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.page(releaseRead, { page, filter, orderBy });
  }

  @FieldResolver(() => ItupStatusEnum, { description: "The corresponding status in IBM's Unified Process, for readers who know that." })
  itupStatus(@Root() release: ReleaseType): ItupStatus {
    return itupStatus(release.state);
  }
}

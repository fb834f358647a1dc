import { Arg, Authorized, Ctx, ID, Query, Resolver } from 'type-graphql';
import { releaseMove } from '../../reads/release/release-move.reads.js';
import { ReleaseMoveSimulationType } from '../../schema/release/release-move.type.js';
import { DateTime } from '../../schema/scalars.js';
import type { Context } from '../context.js';
import { WORK } from '../work.js';

/** What another time of a release would change. */
@Resolver(() => ReleaseMoveSimulationType)
export class ReleaseMoveResolver {
  @Authorized()
  @Query(() => ReleaseMoveSimulationType, {
    complexity: 2 * WORK.conflicts,
    description:
      'Tells which conflicts another planned time of a release would bring and which it would solve, before ' +
      '`releaseMoveSchedule` or `releaseSchedule` does it. Nothing changes.',
  })
  async releaseSimulateMove(
    @Arg('id', () => ID, { description: 'Id of the release.' }) id: string,
    @Arg('startsAt', () => DateTime, { description: 'New planned start.' }) startsAt: string,
    @Arg('endsAt', () => DateTime, { description: 'New planned end, exclusive.' }) endsAt: string,
    @Ctx() { reads }: Context,
  ) {
    return await releaseMove(reads.db, { id, startsAt, endsAt });
  }
}

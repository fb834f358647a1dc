import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { ListInput } from '../../domain/list.js';
import { distributionsGoingOn, heldDistributions } from '../../reads/distribution/distribution.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { distributionList } from '../../schema/distribution/distribution.type.js';
import { ListArgs } from '../../schema/list.js';
import { PersonType } from '../../schema/people/person.type.js';
import { ReleaseHoldType } from '../../schema/release/release.type.js';
import type { Context } from '../context.js';

/** The person behind a hold, and what the hold does to the distributions of the release. */
@Resolver(() => ReleaseHoldType)
export class ReleaseHoldResolver {
  @FieldResolver(() => PersonType, {
    nullable: true,
    description:
      'Person who put the release on hold. Null if the server did, because a ' +
      'target requires a state that the release has skipped and passed.',
  })
  by(@Root() { byId }: ReleaseHoldType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, byId);
  }

  @FieldResolver(() => distributionList.Connection, {
    description: 'Distributions that the hold paused, oldest first. The end of the hold resumes them.',
  })
  paused(
    @Root() { releaseId }: ReleaseHoldType,
    @ListArgs(distributionList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(heldDistributions, releaseId, list);
  }

  @FieldResolver(() => distributionList.Connection, {
    description:
      'Distributions that continue at their tools during the hold, e.g. because the tool cannot pause, ' +
      'oldest first. Their `availableCommands` show whether they can be stopped.',
  })
  goesOn(
    @Root() { releaseId }: ReleaseHoldType,
    @ListArgs(distributionList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(distributionsGoingOn, releaseId, list);
  }
}

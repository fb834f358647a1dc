import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { changeRead } from '../../reads/change/change.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import { ChangeType } from '../../schema/change/change.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { ReleaseChangeType } from '../../schema/release/release-change.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import type { Context } from '../context.js';

/** The objects that a membership connects. */
@Resolver(() => ReleaseChangeType)
export class ReleaseChangeResolver {
  @FieldResolver(() => ReleaseType, { description: 'Release of the membership.' })
  release(@Root() row: ReleaseChangeType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, row.releaseId);
  }

  @FieldResolver(() => ChangeType, { description: 'Change of the membership.' })
  change(@Root() row: ReleaseChangeType, @Ctx() { reads }: Context) {
    return reads.byId(changeRead, row.changeId);
  }

  @FieldResolver(() => PersonType, { description: 'Person who added the change to the release.' })
  addedBy(@Root() row: ReleaseChangeType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, row.addedById);
  }
}

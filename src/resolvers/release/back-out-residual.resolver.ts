import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { personRead } from '../../reads/people/person.reads.js';
import { PersonType } from '../../schema/people/person.type.js';
import { BackOutResidualType } from '../../schema/release/release.type.js';
import type { Context } from '../context.js';

/** The person behind what stays after a back-out. */
@Resolver(() => BackOutResidualType)
export class BackOutResidualResolver {
  @FieldResolver(() => PersonType, { nullable: true, description: 'Owner of the release who decided that it stays.' })
  by(@Root() { byId }: BackOutResidualType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, byId);
  }
}

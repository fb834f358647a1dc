import { Arg, Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { personRead } from '../../reads/people/person.reads.js';
import { teamsOfPerson } from '../../reads/people/team.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { PersonConnection, PersonFilter, PersonOrder, PersonType } from '../../schema/people/person.type.js';
import { TeamConnection } from '../../schema/people/team.type.js';
import type { Context } from '../context.js';

/** Queries and commands on people. */
@Resolver(() => PersonType)
export class PersonResolver {
  @Authorized()
  @Query(() => PersonConnection, { description: 'People and service accounts.' })
  people(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => PersonFilter, { nullable: true, description: 'Which ones.' }) filter: PersonFilter | null,
    @Arg('orderBy', () => [PersonOrder], { nullable: true, description: 'In which order. Default: oldest first.' })
    orderBy: PersonOrder[] | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.page(personRead, { page, filter, orderBy });
  }

  @FieldResolver(() => TeamConnection, { description: 'The teams they are a member of, by name.' })
  teams(@Root() person: PersonType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(teamsOfPerson, person.id, { page });
  }
}

import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { teamList } from '../../schema/people/team.type.js';
import { personList, PersonType } from '../../schema/people/person.type.js';
import { Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { personRead } from '../../reads/people/person.reads.js';
import { teamsOfPerson } from '../../reads/people/team.reads.js';
import { PageArgs } from '../../schema/connection.js';
import type { Context } from '../context.js';

/** Queries and commands on people. */
@Resolver(() => PersonType)
export class PersonResolver {
  @Authorized()
  @Query(() => personList.Connection, { description: 'Lists people and service accounts.' })
  people(@ListArgs(personList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(personRead, list);
  }

  @FieldResolver(() => teamList.Connection, { description: 'Teams that the person is a member of, sorted by name.' })
  teams(@Root() person: PersonType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(teamsOfPerson, person.id, page);
  }
}

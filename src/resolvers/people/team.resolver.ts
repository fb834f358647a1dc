import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { teamList, TeamType } from '../../schema/people/team.type.js';
import { personList } from '../../schema/people/person.type.js';
import { configurationItemList } from '../../schema/cmdb/configuration-item.type.js';
import { Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { teamMembers } from '../../reads/people/person.reads.js';
import { configurationItemsOfTeam, teamRead } from '../../reads/people/team.reads.js';
import { PageArgs } from '../../schema/connection.js';
import type { Context } from '../context.js';

/** Queries and commands on teams. */
@Resolver(() => TeamType)
export class TeamResolver {
  @Authorized()
  @Query(() => teamList.Connection, { description: 'Lists teams.' })
  teams(@ListArgs(teamList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(teamRead, list);
  }

  @FieldResolver(() => personList.Connection, { description: 'Members of the team, sorted by name.' })
  members(@Root() team: TeamType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(teamMembers, team.id, page);
  }

  @FieldResolver(() => configurationItemList.Connection, { description: 'Configuration items that the team owns.' })
  configurationItems(@Root() team: TeamType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(configurationItemsOfTeam, team.id, page);
  }
}

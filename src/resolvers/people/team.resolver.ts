import { Arg, Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { teamMembers } from '../../reads/people/person.reads.js';
import { configurationItemsOfTeam, teamRead } from '../../reads/people/team.reads.js';
import { ConfigurationItemConnection } from '../../schema/cmdb/configuration-item.type.js';
import { PageArgs } from '../../schema/connection.js';
import { PersonConnection } from '../../schema/people/person.type.js';
import { TeamConnection, TeamFilter, TeamOrder, TeamType } from '../../schema/people/team.type.js';
import type { Context } from '../context.js';

/** Queries and commands on teams. */
@Resolver(() => TeamType)
export class TeamResolver {
  @Authorized()
  @Query(() => TeamConnection, { description: 'Teams.' })
  teams(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => TeamFilter, { nullable: true, description: 'Which ones.' }) filter: TeamFilter | null,
    @Arg('orderBy', () => [TeamOrder], { nullable: true, description: 'In which order. Default: oldest first.' })
    orderBy: TeamOrder[] | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.page(teamRead, { page, filter, orderBy });
  }

  @FieldResolver(() => PersonConnection, { description: 'Its members, by name.' })
  members(@Root() team: TeamType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(teamMembers, team.id, { page });
  }

  @FieldResolver(() => ConfigurationItemConnection, { description: 'Configuration items it owns.' })
  configurationItems(@Root() team: TeamType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(configurationItemsOfTeam, team.id, { page });
  }
}

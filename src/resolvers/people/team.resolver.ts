import { Arg, Args, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { teamMembers } from '../../reads/people/person.reads.js';
import { configurationItemsOfTeam, teamRead } from '../../reads/people/team.reads.js';
import { ConfigurationItemConnection } from '../../schema/cmdb/configuration-item.type.js';
import { PageArgs } from '../../schema/connection.js';
import { PersonConnection } from '../../schema/people/person.type.js';
import {
  TeamAddMemberInput,
  TeamAddMemberPayload,
  TeamConnection,
  TeamCreateInput,
  TeamCreatePayload,
  TeamFilter,
  TeamOrder,
  TeamRemoveMemberInput,
  TeamRemoveMemberPayload,
  TeamType,
  TeamUpdateInput,
  TeamUpdatePayload,
  TeamUpsertInput,
  TeamUpsertPayload,
} from '../../schema/people/team.type.js';
import * as service from '../../services/people/team.service.js';
import { command } from '../command.js';
import type { Context } from '../context.js';

const shows = (mutation: string) => ({ mutation, field: 'team', model: teamRead });

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

  @Authorized('ADMINISTRATOR', 'CONFIGURATION_MANAGER')
  @Mutation(() => TeamCreatePayload, { description: 'Makes a team.' })
  teamCreate(
    @Arg('input', () => TeamCreateInput, { description: 'The new team.' }) input: TeamCreateInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('teamCreate'), input, (uow) => service.teamCreate(uow, input));
  }

  @Authorized('ADMINISTRATOR', 'CONFIGURATION_MANAGER')
  @Mutation(() => TeamUpdatePayload, { description: 'Edits a team.' })
  teamUpdate(
    @Arg('input', () => TeamUpdateInput, { description: 'What changes.' }) input: TeamUpdateInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('teamUpdate'), input, (uow) => service.teamUpdate(uow, input));
  }

  @Authorized('ADMINISTRATOR', 'CONFIGURATION_MANAGER')
  @Mutation(() => TeamUpsertPayload, { description: 'Makes or edits the team that a directory knows by a reference.' })
  teamUpsert(
    @Arg('input', () => TeamUpsertInput, { description: 'The team as the directory knows it.' }) input: TeamUpsertInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('teamUpsert'), input, (uow) => service.teamUpsert(uow, input));
  }

  @Authorized('ADMINISTRATOR', 'CONFIGURATION_MANAGER')
  @Mutation(() => TeamAddMemberPayload, {
    description: 'Adds a person to a team. Somebody who is a member already changes nothing.',
  })
  teamAddMember(
    @Arg('input', () => TeamAddMemberInput, { description: 'Whom to which team.' }) input: TeamAddMemberInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('teamAddMember'), input, (uow) => service.teamAddMember(uow, input));
  }

  @Authorized('ADMINISTRATOR', 'CONFIGURATION_MANAGER')
  @Mutation(() => TeamRemoveMemberPayload, {
    description: 'Takes a person out of a team. Somebody who is no member changes nothing.',
  })
  teamRemoveMember(
    @Arg('input', () => TeamRemoveMemberInput, { description: 'Whom out of which team.' }) input: TeamRemoveMemberInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('teamRemoveMember'), input, (uow) => service.teamRemoveMember(uow, input));
  }
}

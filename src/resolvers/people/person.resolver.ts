import { Arg, Args, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { personRead } from '../../reads/people/person.reads.js';
import { teamsOfPerson } from '../../reads/people/team.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { commandInput, type CommandOnly } from '../../schema/inputs.js';
import {
  PersonActivatePayload,
  PersonConnection,
  PersonCreateInput,
  PersonCreatePayload,
  PersonDeactivatePayload,
  PersonFilter,
  PersonGrantRoleInput,
  PersonGrantRolePayload,
  PersonOrder,
  PersonRevokeRoleInput,
  PersonRevokeRolePayload,
  PersonType,
  PersonUpdateInput,
  PersonUpdatePayload,
  PersonUpsertInput,
  PersonUpsertPayload,
} from '../../schema/people/person.type.js';
import { TeamConnection } from '../../schema/people/team.type.js';
import * as service from '../../services/people/person.service.js';
import { command } from '../command.js';
import type { Context } from '../context.js';

const PersonDeactivateInput = commandInput('personDeactivate', 'person');
const PersonActivateInput = commandInput('personActivate', 'person');

const shows = (mutation: string) => ({ mutation, field: 'person', model: personRead });

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

  @Authorized('ADMINISTRATOR')
  @Mutation(() => PersonCreatePayload, {
    description:
      'Makes a person or service account. They sign in through the identity provider or with a token (`accessTokenCreate`).',
  })
  personCreate(
    @Arg('input', () => PersonCreateInput, { description: 'The new person.' }) input: PersonCreateInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('personCreate'), input, (uow) => service.personCreate(uow, input));
  }

  @Authorized('ADMINISTRATOR')
  @Mutation(() => PersonUpdatePayload, { description: 'Edits who a person is.' })
  personUpdate(
    @Arg('input', () => PersonUpdateInput, { description: 'What changes.' }) input: PersonUpdateInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('personUpdate'), input, (uow) => service.personUpdate(uow, input));
  }

  @Authorized('ADMINISTRATOR')
  @Mutation(() => PersonUpsertPayload, {
    description: 'Makes or edits the person that a directory knows by a reference.',
  })
  personUpsert(
    @Arg('input', () => PersonUpsertInput, { description: 'The person as the directory knows them.' })
    input: PersonUpsertInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('personUpsert'), input, (uow) => service.personUpsert(uow, input));
  }

  @Authorized('ADMINISTRATOR')
  @Mutation(() => PersonGrantRolePayload, { description: 'Grants a role. Nobody can grant one to themselves.' })
  personGrantRole(
    @Arg('input', () => PersonGrantRoleInput, { description: 'Whom which role.' }) input: PersonGrantRoleInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('personGrantRole'), input, (uow) => service.personGrantRole(uow, input));
  }

  @Authorized('ADMINISTRATOR')
  @Mutation(() => PersonRevokeRolePayload, {
    description:
      'Takes a role away, also from running requests and subscriptions within about a second. The last administrator cannot lose theirs.',
  })
  personRevokeRole(
    @Arg('input', () => PersonRevokeRoleInput, { description: 'From whom which role.' }) input: PersonRevokeRoleInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('personRevokeRole'), input, (uow) => service.personRevokeRole(uow, input));
  }

  @Authorized('ADMINISTRATOR')
  @Mutation(() => PersonDeactivatePayload, {
    description:
      'Ends all access of a person within about a second: sign-ins, tokens, running subscriptions. What they did stays in the records.',
  })
  personDeactivate(
    @Arg('input', () => PersonDeactivateInput, { description: 'Which person.' }) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('personDeactivate'), input, (uow) => service.personDeactivate(uow, input));
  }

  @Authorized('ADMINISTRATOR')
  @Mutation(() => PersonActivatePayload, {
    description: 'Lets a deactivated person in again, with the roles they had and the tokens that have not expired.',
  })
  personActivate(
    @Arg('input', () => PersonActivateInput, { description: 'Which person.' }) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('personActivate'), input, (uow) => service.personActivate(uow, input));
  }
}

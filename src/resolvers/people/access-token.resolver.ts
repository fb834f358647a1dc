import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import {
  AccessTokenCreateInput,
  AccessTokenCreatePayload,
  accessTokenList,
  AccessTokenType,
} from '../../schema/people/access-token.type.js';
import { Arg, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { accessTokenRead, ownAccessTokenRead } from '../../reads/people/access-token.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { PersonType } from '../../schema/people/person.type.js';
import { accessTokenCreate } from '../../services/people/access-token.service.js';
import { command } from '../command.js';
import type { Context } from '../context.js';

// The use cases check that the token is the actor's own or the actor an administrator, so the payload may show it.
const shows = (mutation: string) => ({ mutation, field: 'accessToken', model: ownAccessTokenRead });

/** Queries and commands on bearer tokens. */
@Resolver(() => AccessTokenType)
export class AccessTokenResolver {
  @Authorized('ADMINISTRATOR', 'AUDITOR')
  @Query(() => accessTokenList.Connection, {
    description: 'All bearer tokens, without their secrets. Your own are under `viewer`.',
  })
  accessTokens(@ListArgs(accessTokenList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(accessTokenRead, list);
  }

  @FieldResolver(() => PersonType, { description: 'Who acts with it.' })
  person(@Root() token: AccessTokenType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, token.personId);
  }

  @Authorized()
  @Mutation(() => AccessTokenCreatePayload, {
    description:
      'Makes a bearer token: for yourself with some of your roles, or as an administrator for anybody with some of theirs. A token made with a token does not outlive it, unless an administrator makes it. ' +
      '`secret` shows its text exactly once; a repetition with the same idempotency key does not show it again.',
  })
  async accessTokenCreate(
    @Arg('input', () => AccessTokenCreateInput, { description: 'The new token.' }) input: AccessTokenCreateInput,
    @Ctx() context: Context,
  ) {
    let secret: string | null = null;
    const payload = await command(context, shows('accessTokenCreate'), input, async (uow) => {
      const { accessToken, text } = await accessTokenCreate(uow, input);
      secret = text;
      return accessToken;
    });
    // A try that lost against the same key elsewhere made a text for a token that does not exist.
    return { ...payload, secret: payload.replayed ? null : secret };
  }
}

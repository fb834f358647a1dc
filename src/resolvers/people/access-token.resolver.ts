import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import {
  AccessTokenCreateInput,
  AccessTokenCreatePayload,
  accessTokenList,
  AccessTokenType,
} from '../../schema/people/access-token.type.js';
import { Arg, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { toNodeId } from '../../domain/node-id.js';
import { accessTokenRead, ownAccessTokenRead } from '../../reads/people/access-token.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { PersonType } from '../../schema/people/person.type.js';
import { accessTokenCreate } from '../../services/people/access-token.service.js';
import { command } from '../command.js';
import type { Context } from '../context.js';

// The use cases check that the actor owns the token or is an administrator, so the payload can return it.
const shows = (mutation: string) => ({ mutation, field: 'accessToken', model: ownAccessTokenRead });

/** Queries and commands on bearer tokens. */
@Resolver(() => AccessTokenType)
export class AccessTokenResolver {
  @Authorized('ADMINISTRATOR', 'AUDITOR')
  @Query(() => accessTokenList.Connection, {
    description: 'Lists all bearer tokens, without their secrets. Your own tokens are under `viewer`.',
  })
  accessTokens(@ListArgs(accessTokenList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(accessTokenRead, list);
  }

  @FieldResolver(() => PersonType, { description: 'Person or service account that the token belongs to.' })
  person(@Root() token: AccessTokenType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, token.personId);
  }

  @FieldResolver()
  lineage(@Root() token: AccessTokenType): string[] {
    return token.lineage.map((id) => toNodeId('AccessToken', id));
  }

  @Authorized()
  @Mutation(() => AccessTokenCreatePayload, {
    description:
      'Creates a bearer token for yourself with some of your roles. For somebody else, an administrator proposes one ' +
      'with `accessGrantProposeToken`. A token that you create with a token expires no later than that one, ' +
      'and is revoked with it. ' +
      '`secret` returns the text of the token once; a replay with the same idempotency key does not return it.',
  })
  async accessTokenCreate(
    @Arg('input', () => AccessTokenCreateInput, { description: 'Token to create.' }) input: AccessTokenCreateInput,
    @Ctx() context: Context,
  ) {
    let secret: string | null = null;
    const payload = await command(context, shows('accessTokenCreate'), input, async (uow) => {
      const { accessToken, text } = await accessTokenCreate(uow, input);
      secret = text;
      return accessToken;
    });
    // An attempt that lost a race for the same key produced a text for a token that does not exist.
    return { ...payload, secret: payload.replayed ? null : secret };
  }
}

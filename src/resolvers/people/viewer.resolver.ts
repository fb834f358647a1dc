import { accessTokenList } from '../../schema/people/access-token.type.js';
import { sql } from 'kysely';
import { Args, Authorized, Ctx, FieldResolver, Query, Resolver } from 'type-graphql';
import { mayRead } from '../../reads/access.js';
import { ownAccessTokenRead } from '../../reads/people/access-token.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { PersonType } from '../../schema/people/person.type.js';
import { ViewerType } from '../../schema/people/viewer.type.js';
import { SIGNED_IN, signedIn } from '../authorise.js';
import type { Context } from '../context.js';

/** The signed-in actor. */
@Resolver(() => ViewerType)
export class ViewerResolver {
  @Authorized(SIGNED_IN)
  @Query(() => ViewerType, {
    description: 'Returns the signed-in person or service account and the roles of the request. Needs no role.',
  })
  viewer(@Ctx() context: Context): ViewerType {
    const { roles, via, expiresAt } = signedIn(context);
    return {
      roles: [...roles],
      via: via === 'oidc' ? 'OIDC' : 'TOKEN',
      expiresAt: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
    };
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Your own record. Null if none of your roles can read people.',
  })
  person(@Ctx() { reads }: Context) {
    return mayRead(reads.actor, personRead) ? reads.byId(personRead, reads.actor.id) : null;
  }

  @FieldResolver(() => accessTokenList.Connection, {
    description: 'Your own bearer tokens, newest first, without their secrets.',
  })
  accessTokens(@Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.page(
      ownAccessTokenRead,
      page,
      [{ field: 'ID', direction: 'DESC' }],
      sql`t.person_id = ${reads.actor.id}::uuid`,
    );
  }
}

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

/** Who is asking. */
@Resolver(() => ViewerType)
export class ViewerResolver {
  @Authorized(SIGNED_IN)
  @Query(() => ViewerType, {
    description: 'Who you are to this server, and with which roles. Everybody who is signed in may ask.',
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
    description: 'Your record. Null when your roles allow no reading.',
  })
  person(@Ctx() { reads }: Context) {
    return mayRead(reads.actor, personRead) ? reads.byId(personRead, reads.actor.id) : null;
  }

  @FieldResolver(() => accessTokenList.Connection, {
    description: 'Your own bearer tokens, without their secrets, newest first.',
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

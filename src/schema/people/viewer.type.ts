import { Field, ObjectType } from 'type-graphql';
import type { Role } from '../../domain/roles.js';
import { enumFrom, RoleEnum } from '../enums.js';
import { DateTime } from '../scalars.js';

/** Way in which an actor signed in. */
export type SignInMethod = 'TOKEN' | 'OIDC';

export const SignInMethodEnum = enumFrom('SignInMethod', ['TOKEN', 'OIDC'], 'Way in which an actor signed in.', {
  TOKEN: 'With a bearer token that this server issued.',
  OIDC: 'With a JWT that the identity provider issued.',
});

/** The signed-in actor in the API. */
@ObjectType('Viewer', {
  description: 'Signed-in person or service account, and the roles of this request.',
  simpleResolvers: true,
})
export class ViewerType {
  @Field(() => [RoleEnum], {
    description:
      'Roles of this request. With a token: those roles of the token that you hold now. With a JWT: the roles it ' +
      'claims plus the roles granted on this server.',
  })
  roles!: Role[];

  @Field(() => SignInMethodEnum, { description: 'Way in which you signed in.' })
  via!: SignInMethod;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Time at which the token or JWT expires. Null if it does not expire.',
  })
  expiresAt!: string | null;
}

import { Field, ObjectType } from 'type-graphql';
import type { Role } from '../../domain/roles.js';
import { enumFrom, RoleEnum } from '../enums.js';
import { DateTime } from '../scalars.js';

/** How an actor proved who they are. */
export type SignInMethod = 'TOKEN' | 'OIDC';

export const SignInMethodEnum = enumFrom('SignInMethod', ['TOKEN', 'OIDC'], 'How an actor proved who they are.', {
  TOKEN: 'With a bearer token of this server.',
  OIDC: 'With a JWT of the identity provider.',
});

/** Who is asking, as the API shows it. */
@ObjectType('Viewer', { description: 'Who is asking, and with which roles.', simpleResolvers: true })
export class ViewerType {
  @Field(() => [RoleEnum], {
    description:
      'The roles that hold for this request. With a token: those of its roles that you hold now. With a JWT: those it claims and those granted here.',
  })
  roles!: Role[];

  @Field(() => SignInMethodEnum, { description: 'How you proved who you are.' })
  via!: SignInMethod;

  @Field(() => DateTime, { nullable: true, description: 'When that proof ends by itself.' })
  expiresAt!: string | null;
}

import { Authorized, Field, Int, ObjectType } from 'type-graphql';
import type { Role } from '../../domain/roles.js';
import { enumFrom, RoleEnum } from '../enums.js';
import { ExternalRef } from '../external-ref.type.js';
import { enumFilter, enumListFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import type { PERSON_KINDS } from '../../domain/people/person.js';
import { anyOf, flag, id, instant, listType, oneOf, text } from '../list.js';

/** A kind of person. */
export type PersonKind = (typeof PERSON_KINDS)[number];

export const PersonKindEnum = enumFrom(
  'PersonKind',
  ['HUMAN', 'SERVICE'],
  'Kind of actor: a human being or a program.',
  {
    HUMAN: 'A human being.',
    SERVICE: 'A program, e.g. a pipeline, a deployment tool or another system.',
  },
);

/** A person in the API, and the row it is read as. */
@ObjectType('Person', {
  implements: NodeType,
  description: 'Person or service account that can act in release management, e.g. own a release, approve or report.',
  simpleResolvers: true,
})
export class PersonType extends NodeType {
  @Field(() => String, { description: 'Name of the person or service account.' })
  name!: string;

  @Field(() => String, { description: 'E-mail address. Unique among people.' })
  email!: string;

  @Field(() => PersonKindEnum, { description: 'Kind of account: human being or program.' })
  kind!: PersonKind;

  @Field(() => [RoleEnum], {
    description: 'Roles granted on this server. The identity provider can add more for the duration of a sign-in.',
  })
  roles!: Role[];

  @Field(() => Boolean, {
    description: 'Whether the person can sign in. The records of a deactivated person are kept.',
  })
  active!: boolean;

  // Not simple: a simple field would skip the role check.
  @Authorized('ADMINISTRATOR')
  @Field(() => String, {
    simple: false,
    nullable: true,
    description: 'Claim `sub` of the person at the identity provider. Only administrators can read it.',
  })
  subject!: string | null;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which the record was created.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to the record.' })
  updatedAt!: string;

  @Field(() => ExternalRef, {
    nullable: true,
    description: 'Reference in the system that the record came from. Null if there is none.',
  })
  externalRef!: ExternalRef | null;
}

export const PersonKindFilter = enumFilter('PersonKind', PersonKindEnum);
export const RoleListFilter = enumListFilter('Role', RoleEnum);

/** Lists of people, with their filters and sort fields. */
export const personList = listType('Person', () => PersonType, {
  of: 'people',
  filter: {
    name: text('Name of the person.'),
    email: text('E-mail address of the person.'),
    kind: oneOf(PersonKindFilter, 'Kind of account: human being or program.'),
    roles: anyOf(RoleListFilter, 'Roles that were granted to the person.'),
    active: flag('Whether the person can sign in.'),
    team: id('Team', 'Team that the person is a member of.'),
    externalSource: text('System that the record came from, e.g. `ldap`.'),
    externalKey: text('Key of the record in the other system.'),
  },
  order: {
    NAME: text('Name of the person.'),
    EMAIL: text('E-mail address.'),
    UPDATED_AT: instant('Time of the last change.'),
  },
});

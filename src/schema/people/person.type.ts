import { Authorized, Field, Int, ObjectType } from 'type-graphql';
import type { Role } from '../../domain/roles.js';
import { enumFrom, RoleEnum } from '../enums.js';
import { ExternalRef } from '../external-ref.type.js';
import { enumFilter, enumListFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import type { PERSON_KINDS } from '../../domain/people/person.js';
import { anyOf, flag, id, instant, listType, oneOf, text } from '../list.js';

/** One of the kinds of a person. */
export type PersonKind = (typeof PERSON_KINDS)[number];

export const PersonKindEnum = enumFrom(
  'PersonKind',
  ['HUMAN', 'SERVICE'],
  'Whether an actor is a human being or a program.',
  {
    HUMAN: 'A human being.',
    SERVICE: 'A program: a pipeline, a deployment tool, another system.',
  },
);

/** A person as the API shows them, and the row they are read as. */
@ObjectType('Person', {
  implements: NodeType,
  description: 'Somebody, or some program, who acts: owns, approves, is assigned, reports.',
  simpleResolvers: true,
})
export class PersonType extends NodeType {
  @Field(() => String, { description: 'Name.' })
  name!: string;

  @Field(() => String, { description: 'E-mail address. Unique.' })
  email!: string;

  @Field(() => PersonKindEnum, { description: 'Whether it is a human being or a program.' })
  kind!: PersonKind;

  @Field(() => [RoleEnum], {
    description: 'Roles granted here. The identity provider may add more for the length of a sign-in.',
  })
  roles!: Role[];

  @Field(() => Boolean, {
    description: 'Whether they can sign in. What a deactivated person did stays in the records.',
  })
  active!: boolean;

  // Not simple: a simple field would skip the check of the role.
  @Authorized('ADMINISTRATOR')
  @Field(() => String, {
    simple: false,
    nullable: true,
    description: 'Their `sub` at the identity provider. For administrators only.',
  })
  subject!: string | null;

  @Field(() => Int, { description: 'Grows with every change; give it back as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When the record was made.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When the record last changed.' })
  updatedAt!: string;

  @Field(() => ExternalRef, { nullable: true, description: 'Their name in the system the record came from.' })
  externalRef!: ExternalRef | null;
}

export const PersonKindFilter = enumFilter('PersonKind', PersonKindEnum);
export const RoleListFilter = enumListFilter('Role', RoleEnum);

/** Lists of people: what they can be filtered and ordered by. */
export const personList = listType('Person', () => PersonType, {
  of: 'people',
  filter: {
    name: text('By name.'),
    email: text('By e-mail address.'),
    kind: oneOf(PersonKindFilter, 'By kind: human beings or programs.'),
    roles: anyOf(RoleListFilter, 'By the roles they hold.'),
    active: flag('By whether they can sign in.'),
    team: id('Team', 'By a team they are a member of.'),
    externalSource: text('By the system the record came from.'),
    externalKey: text('By the key in that system.'),
  },
  order: { NAME: text('Name.'), EMAIL: text('E-mail address.'), UPDATED_AT: instant('Time of the last change.') },
});

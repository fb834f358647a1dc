import { Authorized, Field, InputType, Int, ObjectType } from 'type-graphql';
import type { Role } from '../../domain/roles.js';
import { connectionType } from '../connection.js';
import { enumFrom, OrderDirection, RoleEnum } from '../enums.js';
import { ExternalRef } from '../external-ref.type.js';
import { Combinable, enumFilter, enumListFilter, IdFilter, StringFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import type { OrderTerm } from '../../domain/list.js';
import type { PERSON_KINDS } from '../../domain/people/person.js';

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

export const PersonConnection = connectionType('Person', () => PersonType);

export const PersonKindFilter = enumFilter('PersonKind', PersonKindEnum);
export const RoleListFilter = enumListFilter('Role', RoleEnum);

/** What lists of people can be narrowed by. */
@Combinable()
@InputType('PersonFilter', { description: 'Narrows a list of people. All that is given must hold.' })
export class PersonFilter {
  @Field(() => IdFilter, { nullable: true, description: 'By id.' })
  id?: IdFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By name.' })
  name?: StringFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By e-mail address.' })
  email?: StringFilter;
  @Field(() => PersonKindFilter, { nullable: true, description: 'By kind: human beings or programs.' })
  kind?: InstanceType<typeof PersonKindFilter>;
  @Field(() => RoleListFilter, { nullable: true, description: 'By the roles they hold.' })
  roles?: InstanceType<typeof RoleListFilter>;
  @Field(() => Boolean, { nullable: true, description: 'By whether they can sign in.' })
  active?: boolean;
  @Field(() => IdFilter, { nullable: true, description: 'By a team they are a member of.' })
  team?: IdFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By the system the record came from.' })
  externalSource?: StringFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By the key in that system.' })
  externalKey?: StringFilter;
}

export const PersonOrderField = enumFrom(
  'PersonOrderField',
  ['ID', 'NAME', 'EMAIL', 'UPDATED_AT'],
  'What people can be ordered by.',
  {
    ID: 'Age of the record.',
    NAME: 'Name.',
    EMAIL: 'E-mail address.',
    UPDATED_AT: 'Time of the last change.',
  },
);

/** One term of an order of people. */
@InputType('PersonOrder', { description: 'One term of an order of people.' })
export class PersonOrder implements OrderTerm {
  @Field(() => PersonOrderField, { description: 'By what.' })
  field!: keyof typeof PersonOrderField;
  @Field(() => OrderDirection, { defaultValue: 'ASC', description: 'In which direction.' })
  direction!: 'ASC' | 'DESC';
}

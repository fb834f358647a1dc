import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { connectionType } from '../connection.js';
import { enumFrom, OrderDirection } from '../enums.js';
import { ExternalRef } from '../external-ref.type.js';
import { Combinable, IdFilter, StringFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import type { OrderTerm } from '../../domain/list.js';

/** A team as the API shows it, and the row it is read as. */
@ObjectType('Team', {
  implements: NodeType,
  description: 'A group of people that can own configuration items.',
  simpleResolvers: true,
})
export class TeamType extends NodeType {
  @Field(() => String, { description: 'Name. Unique.' })
  name!: string;

  @Field(() => String, { description: 'What the team is for.' })
  description!: string;

  @Field(() => Int, { description: 'Grows with every change; give it back as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When the record was made.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When the record last changed.' })
  updatedAt!: string;

  @Field(() => ExternalRef, { nullable: true, description: 'Its name in the system the record came from.' })
  externalRef!: ExternalRef | null;
}

export const TeamConnection = connectionType('Team', () => TeamType);

/** What lists of teams can be narrowed by. */
@Combinable()
@InputType('TeamFilter', { description: 'Narrows a list of teams. All that is given must hold.' })
export class TeamFilter {
  @Field(() => IdFilter, { nullable: true, description: 'By id.' })
  id?: IdFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By name.' })
  name?: StringFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By a person who is a member.' })
  member?: IdFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By the system the record came from.' })
  externalSource?: StringFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By the key in that system.' })
  externalKey?: StringFilter;
}

export const TeamOrderField = enumFrom(
  'TeamOrderField',
  ['ID', 'NAME', 'UPDATED_AT'],
  'What teams can be ordered by.',
  {
    ID: 'Age of the record.',
    NAME: 'Name.',
    UPDATED_AT: 'Time of the last change.',
  },
);

/** One term of an order of teams. */
@InputType('TeamOrder', { description: 'One term of an order of teams.' })
export class TeamOrder implements OrderTerm {
  @Field(() => TeamOrderField, { description: 'By what.' })
  field!: keyof typeof TeamOrderField;
  @Field(() => OrderDirection, { defaultValue: 'ASC', description: 'In which direction.' })
  direction!: 'ASC' | 'DESC';
}

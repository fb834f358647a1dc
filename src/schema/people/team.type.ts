import { Field, Int, ObjectType } from 'type-graphql';
import { ExternalRef } from '../external-ref.type.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { id, instant, listType, text } from '../list.js';

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

/** Lists of teams: what they can be filtered and ordered by. */
export const teamList = listType('Team', () => TeamType, {
  of: 'teams',
  filter: {
    name: text('By name.'),
    member: id('Person', 'By a person who is a member.'),
    externalSource: text('By the system the record came from.'),
    externalKey: text('By the key in that system.'),
  },
  order: { NAME: text('Name.'), UPDATED_AT: instant('Time of the last change.') },
});

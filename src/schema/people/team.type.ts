import { Field, Int, ObjectType } from 'type-graphql';
import { ExternalRef } from '../external-ref.type.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { id, instant, listType, text } from '../list.js';

/** A team in the API, and the row it is read as. */
@ObjectType('Team', {
  implements: NodeType,
  description: 'Group of people that can own configuration items.',
  simpleResolvers: true,
})
export class TeamType extends NodeType {
  @Field(() => String, { description: 'Name of the team. Unique among teams.' })
  name!: string;

  @Field(() => String, { description: 'Purpose of the team.' })
  description!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'Maximum number of tasks that its members have at once. Null for no limit.',
  })
  maxTasksAtOnce!: number | null;

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

/** Lists of teams, with their filters and sort fields. */
export const teamList = listType('Team', () => TeamType, {
  of: 'teams',
  filter: {
    name: text('Name of the team.'),
    member: id('Person', 'Person who is a member of the team.'),
    externalSource: text('System that the record came from, e.g. `ldap`.'),
    externalKey: text('Key of the record in the other system.'),
  },
  order: { NAME: text('Name of the team.'), UPDATED_AT: instant('Time of the last change.') },
});

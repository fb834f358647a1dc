import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { connectionType } from '../connection.js';
import { enumFrom, OrderDirection } from '../enums.js';
import { ExternalRef, ExternalRefInput } from '../external-ref.type.js';
import { Combinable, IdFilter, StringFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { payloadType } from '../payload.js';
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

const KEY =
  'Makes repeating the call safe: the same key with the same input gives the first result again. Kept at least 24 hours.';

/** Input of `teamCreate`. */
@InputType('TeamCreateInput', { description: 'A new team.' })
export class TeamCreateInput {
  @Field(() => String, { description: 'Name, 1 to 200 characters; no other team may have it.' })
  name!: string;
  @Field(() => String, { nullable: true, description: 'What the team is for.' })
  description?: string | null;
  @Field(() => ExternalRefInput, { nullable: true, description: 'Its name in the system the record comes from.' })
  externalRef?: ExternalRefInput | null;
  @Field(() => String, { nullable: true, description: KEY })
  idempotencyKey?: string | null;
}

/** Input of `teamUpdate`. */
@InputType('TeamUpdateInput', { description: 'Changes to a team. What is absent stays as it is.' })
export class TeamUpdateInput {
  @Field(() => ID, { description: 'The team.' })
  id!: string;
  @Field(() => Int, { description: 'The version that was read; another one is refused with CONFLICT.' })
  expectedVersion!: number;
  @Field(() => String, { nullable: true, description: 'Name, 1 to 200 characters; no other team may have it.' })
  name?: string | null;
  @Field(() => String, { nullable: true, description: 'What the team is for.' })
  description?: string | null;
  @Field(() => String, { nullable: true, description: KEY })
  idempotencyKey?: string | null;
}

/** Input of `teamUpsert`. */
@InputType('TeamUpsertInput', {
  description: 'A team of a directory: made when the reference is new, changed otherwise.',
})
export class TeamUpsertInput {
  @Field(() => ExternalRefInput, { description: 'Its name in the directory.' })
  externalRef!: ExternalRefInput;
  @Field(() => String, { description: 'Name, 1 to 200 characters; no other team may have it.' })
  name!: string;
  @Field(() => String, { nullable: true, description: 'What the team is for.' })
  description?: string | null;
  @Field(() => String, { nullable: true, description: KEY })
  idempotencyKey?: string | null;
}

/** What adding and removing a member say. */
@InputType()
abstract class TeamMemberInput {
  @Field(() => ID, { description: 'The team.' })
  id!: string;
  @Field(() => ID, { description: 'The person.' })
  personId!: string;
  @Field(() => Int, {
    nullable: true,
    description: 'The version of the team that was read; when given, another one is refused with CONFLICT.',
  })
  expectedVersion?: number | null;
  @Field(() => String, { nullable: true, description: KEY })
  idempotencyKey?: string | null;
}

/** Input of `teamAddMember`. */
@InputType('TeamAddMemberInput', { description: 'A person who becomes a member of a team.' })
export class TeamAddMemberInput extends TeamMemberInput {}

/** Input of `teamRemoveMember`. */
@InputType('TeamRemoveMemberInput', { description: 'A person who leaves a team.' })
export class TeamRemoveMemberInput extends TeamMemberInput {}

const payload = (mutation: string) => payloadType(mutation, 'team', () => TeamType);
export const TeamCreatePayload = payload('teamCreate');
export const TeamUpdatePayload = payload('teamUpdate');
export const TeamUpsertPayload = payload('teamUpsert');
export const TeamAddMemberPayload = payload('teamAddMember');
export const TeamRemoveMemberPayload = payload('teamRemoveMember');

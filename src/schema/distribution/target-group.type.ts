import { Field, Int, ObjectType } from 'type-graphql';
import {
  TARGET_GROUP_STATE_DESCRIPTIONS,
  TARGET_GROUP_STATES,
  type TargetGroupState,
} from '../../domain/distribution/target-group.machine.js';
import { enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { id, instant, listType, oneOf, text } from '../list.js';
import { NodeType } from '../node.type.js';
import { DateTime, JSONObject } from '../scalars.js';

export const TargetGroupStateEnum = enumFrom(
  'TargetGroupState',
  TARGET_GROUP_STATES,
  'State of a target group.',
  TARGET_GROUP_STATE_DESCRIPTIONS,
);

/** A target group in the API, and the row it is read as. */
@ObjectType('TargetGroup', {
  implements: NodeType,
  description:
    'Named set of configuration items that distributions can be planned for, e.g. the tills of one country. A ' +
    'distribution takes the members at the time of its planning.',
  simpleResolvers: true,
})
export class TargetGroupType extends NodeType {
  @Field(() => String, { description: 'Name of the group. Unique among target groups.' })
  name!: string;

  @Field(() => String, { description: 'Purpose of the group.' })
  description!: string;

  @Field(() => JSONObject, {
    nullable: true,
    description: 'Filter that finds the members, as it was given. Null for a group whose members are listed.',
  })
  filter!: Record<string, unknown> | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Maximum number of members that distributions work on at a time. Null for no limit.',
  })
  maxTargetsAtOnce!: number | null;

  @Field(() => TargetGroupStateEnum, { description: 'State of the group.' })
  state!: TargetGroupState;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which the group was created.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to the group or its members.' })
  updatedAt!: string;
}

export const TargetGroupStateFilter = enumFilter('TargetGroupState', TargetGroupStateEnum);

/** Lists of target groups, with their filters and sort fields. */
export const targetGroupList = listType('TargetGroup', () => TargetGroupType, {
  of: 'target groups',
  filter: {
    name: text('Name of the group.'),
    state: oneOf(TargetGroupStateFilter, 'State of the group.'),
    member: id('ConfigurationItem', 'Configuration item that is a member of the group.'),
  },
  order: { NAME: text('Name of the group.'), UPDATED_AT: instant('Time of the last change.') },
});

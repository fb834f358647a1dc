import { Field, ID, InputType, ObjectType } from 'type-graphql';
import {
  CI_TOUCH_KIND_DESCRIPTIONS,
  CI_TOUCH_KINDS,
  CI_TOUCH_ROLE_DESCRIPTIONS,
  CI_TOUCH_ROLES,
  type CiTouchKind,
  type CiTouchRole,
} from '../../domain/cmdb/ci-touch.js';
import type { TargetState } from '../../domain/distribution/observation.js';
import { connectionType } from '../connection.js';
import { TargetStateEnum } from '../distribution/distribution.type.js';
import { enumFrom } from '../enums.js';
import { Combinable, DateTimeFilter, enumFilter, IdFilter } from '../filters.js';
import { listArgs } from '../list.js';
import { DateTime } from '../scalars.js';

export const CiTouchKindEnum = enumFrom(
  'CiTouchKind',
  CI_TOUCH_KINDS,
  'What was done to a configuration item.',
  CI_TOUCH_KIND_DESCRIPTIONS,
);

export const CiTouchRoleEnum = enumFrom(
  'CiTouchRole',
  CI_TOUCH_ROLES,
  'Part that a person had in what was done to a configuration item.',
  CI_TOUCH_ROLE_DESCRIPTIONS,
);

/** Something that was done to a configuration item, and the row it is read as. */
@ObjectType('CiTouch', {
  description:
    'Something that was done to a configuration item: a delivery to it, or an edit of its record or of its ' +
    'relations. A delivery that is tried again is one touch, with the latest attempt that reached the item.',
  simpleResolvers: true,
})
export class CiTouchType {
  readonly id!: string;

  @Field(() => CiTouchKindEnum, { description: 'What was done, e.g. INSTALLED.' })
  kind!: CiTouchKind;

  @Field(() => DateTime, { description: 'When it was done. For a delivery that has not ended, when it began.' })
  at!: string;

  @Field(() => TargetStateEnum, {
    nullable: true,
    description: 'State of the delivery, e.g. FAILED. Null for an edit of the record.',
  })
  state!: TargetState | null;

  @Field(() => [String], {
    description: 'Names of the fields of the record that were changed. Empty for a delivery.',
  })
  fields!: string[];

  @Field(() => String, { nullable: true, description: 'Reason that was given for an edit. Null if there is none.' })
  reason!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Id of the request of an edit, by which `events` finds each value before and after. Null otherwise.',
  })
  requestId!: string | null;

  ciId!: string;
  actorId!: string | null;
  distributionId!: string | null;
  releaseId!: string | null;
  targetExecutionId!: string | null;
}

export const CiTouchConnection = connectionType('CiTouch', () => CiTouchType);
const CiTouchKindFilter = enumFilter('CiTouchKind', CiTouchKindEnum);

/** A person with a part in a touch. */
@InputType('CiTouchPersonFilter', { description: 'Person who had a part in what was done.' })
export class CiTouchPersonFilter {
  @Field(() => ID, { description: 'Id of the person.' })
  id!: string;

  @Field(() => [CiTouchRoleEnum], {
    nullable: true,
    description: 'Parts of which the person had at least one. Default: all of them.',
  })
  roles?: CiTouchRole[] | null;
}

/** Filter of touches. */
@Combinable()
@InputType('CiTouchFilter', {
  description: 'Filter for what was done to configuration items. Every given condition must hold.',
})
export class CiTouchFilter {
  @Field(() => IdFilter, { nullable: true, description: 'Configuration item that was touched.' })
  ci?: IdFilter;

  @Field(() => CiTouchKindFilter, { nullable: true, description: 'What was done.' })
  kind?: InstanceType<typeof CiTouchKindFilter>;

  @Field(() => DateTimeFilter, { nullable: true, description: 'When it was done, e.g. a window from `gte` to `lt`.' })
  at?: DateTimeFilter;

  @Field(() => IdFilter, {
    nullable: true,
    description:
      'Change behind it: the release of the delivery carries the change, which has the item as a target, or the item ' +
      'was protected and edited under the change.',
  })
  change?: IdFilter;

  @Field(() => IdFilter, { nullable: true, description: 'Release that delivered to the item.' })
  release?: IdFilter;

  @Field(() => IdFilter, { nullable: true, description: 'Distribution that delivered to the item.' })
  distribution?: IdFilter;

  @Field(() => IdFilter, { nullable: true, description: 'DML item version among the contents of the delivery.' })
  dmlItemVersion?: IdFilter;

  @Field(() => String, {
    nullable: true,
    description: 'SHA-256 of a version among the contents of the delivery, as 64 hexadecimal digits.',
  })
  digest?: string;

  @Field(() => CiTouchPersonFilter, { nullable: true, description: 'Person who had a part in it.' })
  person?: CiTouchPersonFilter;
}

export const CiTouchListArgs = listArgs(CiTouchFilter, undefined, 'newest first');

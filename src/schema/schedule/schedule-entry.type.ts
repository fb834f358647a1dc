import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import {
  SCHEDULE_ENTRY_KIND_DESCRIPTIONS,
  SCHEDULE_ENTRY_KINDS,
  type ScheduleEntryKind,
} from '../../domain/schedule/schedule.js';
import { CiClassFilter } from '../cmdb/configuration-item.type.js';
import { connectionType } from '../connection.js';
import { enumFrom, OrderDirection } from '../enums.js';
import { Combinable, DateTimeFilter, enumFilter, IdFilter, StringFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import type { OrderTerm } from '../../domain/list.js';

export const ScheduleEntryKindEnum = enumFrom(
  'ScheduleEntryKind',
  SCHEDULE_ENTRY_KINDS,
  'What an entry of the schedule stands for.',
  SCHEDULE_ENTRY_KIND_DESCRIPTIONS,
);

/** An entry of the schedule as the API shows it, and the row it is read as. */
@ObjectType('ScheduleEntry', {
  implements: NodeType,
  description:
    'An interval in the Change Implementation Schedule: the deployment of a release, a distribution, a dated task, a CAB meeting.',
  simpleResolvers: true,
})
export class ScheduleEntryType extends NodeType {
  @Field(() => ScheduleEntryKindEnum, { description: 'What it stands for.' })
  kind!: ScheduleEntryKind;

  @Field(() => String, { description: 'Number and name of what it stands for, or the title of the meeting.' })
  title!: string;

  @Field(() => DateTime, { description: 'Its start.' })
  startsAt!: string;

  @Field(() => DateTime, {
    description: 'Its end. The interval does not include this instant, so touching entries do not overlap.',
  })
  endsAt!: string;

  @Field(() => Boolean, {
    description: 'False once it was withdrawn: cancelled, or booked at another time and not again.',
  })
  live!: boolean;

  @Field(() => Int, { description: 'Grows with every change; give it back as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When it was booked first.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When it last changed.' })
  updatedAt!: string;

  releaseId!: string | null;
  distributionId!: string | null;
  taskId!: string | null;
}

export const ScheduleEntryConnection = connectionType('ScheduleEntry', () => ScheduleEntryType);
export const ScheduleEntryKindFilter = enumFilter('ScheduleEntryKind', ScheduleEntryKindEnum);

/** What the schedule can be narrowed by. */
@Combinable()
@InputType('ScheduleEntryFilter', { description: 'Narrows the schedule. All that is given must hold.' })
export class ScheduleEntryFilter {
  @Field(() => IdFilter, { nullable: true, description: 'By id.' })
  id?: IdFilter;
  @Field(() => ScheduleEntryKindFilter, { nullable: true, description: 'By what they stand for.' })
  kind?: InstanceType<typeof ScheduleEntryKindFilter>;
  @Field(() => StringFilter, { nullable: true, description: 'By title.' })
  title?: StringFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By the release they belong to.' })
  release?: IdFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By the distribution they stand for.' })
  distribution?: IdFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By the task they stand for.' })
  task?: IdFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By a configuration item that they work on.' })
  ci?: IdFilter;
  @Field(() => CiClassFilter, {
    nullable: true,
    description: 'By the class of a configuration item that they work on.',
  })
  ciClass?: InstanceType<typeof CiClassFilter>;
  @Field(() => ID, {
    nullable: true,
    description:
      'Entries that work on this configuration item or on one that it depends on, up to 20 relations away: all that a service will feel.',
  })
  felt?: string;
  @Field(() => IdFilter, {
    nullable: true,
    description: 'By a person: owner or manager of the release, or assignee of the task.',
  })
  person?: IdFilter;
  @Field(() => DateTimeFilter, { nullable: true, description: 'By start.' })
  startsAt?: DateTimeFilter;
  @Field(() => DateTimeFilter, { nullable: true, description: 'By end.' })
  endsAt?: DateTimeFilter;
}

export const ScheduleEntryOrderField = enumFrom(
  'ScheduleEntryOrderField',
  ['ID', 'STARTS_AT', 'ENDS_AT'],
  'What entries of the schedule can be ordered by.',
  {
    ID: 'Age of the record.',
    STARTS_AT: 'Start.',
    ENDS_AT: 'End.',
  },
);

/** One term of an order of entries. */
@InputType('ScheduleEntryOrder', { description: 'One term of an order of entries of the schedule.' })
export class ScheduleEntryOrder implements OrderTerm {
  @Field(() => ScheduleEntryOrderField, { description: 'By what.' })
  field!: keyof typeof ScheduleEntryOrderField;
  @Field(() => OrderDirection, { defaultValue: 'ASC', description: 'In which direction.' })
  direction!: 'ASC' | 'DESC';
}

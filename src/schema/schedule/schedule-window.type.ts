import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { CiClass } from '../../domain/cmdb/configuration-item.machine.js';
import { WINDOW_KIND_DESCRIPTIONS, WINDOW_KINDS, type WindowKind } from '../../domain/schedule/schedule.js';
import { connectionType } from '../connection.js';
import { CiClassEnum, enumFrom, OrderDirection } from '../enums.js';
import { Combinable, DateTimeFilter, enumFilter, enumListFilter, IdFilter, StringFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import type { OrderTerm } from '../../domain/list.js';

export const WindowKindEnum = enumFrom(
  'WindowKind',
  WINDOW_KINDS,
  'Whether a window allows or forbids work.',
  WINDOW_KIND_DESCRIPTIONS,
);

/** One time at which a window is open (or a blackout in force). */
@ObjectType('WindowOccurrence', {
  description: 'One time at which a window is open, or a blackout in force.',
  simpleResolvers: true,
})
export class WindowOccurrenceType {
  @Field(() => DateTime, { description: 'Its start.' })
  startsAt!: Date;

  @Field(() => DateTime, { description: 'Its end. The interval does not include this instant.' })
  endsAt!: Date;
}

/** A window as the API shows it, and the row it is read as. */
@ObjectType('ScheduleWindow', {
  implements: NodeType,
  description:
    'A change window, maintenance window or blackout, once or recurring. It holds for its configuration items and classes or, with neither, for everything. ' +
    'Of the change and maintenance windows that hold for an item the most specific count: its own, else those of its class, else the general ones.',
  simpleResolvers: true,
})
export class ScheduleWindowType extends NodeType {
  @Field(() => String, { description: 'Number for people, e.g. WIN-1042.' })
  number!: string;

  @Field(() => String, { description: 'Name.' })
  name!: string;

  @Field(() => String, { description: 'What it is for.' })
  description!: string;

  @Field(() => WindowKindEnum, { description: 'Whether it allows or forbids work.' })
  kind!: WindowKind;

  @Field(() => DateTime, { description: 'Start of the first occurrence.' })
  startsAt!: string;

  @Field(() => DateTime, { description: 'End of the first occurrence. The interval does not include this instant.' })
  endsAt!: string;

  @Field(() => String, {
    nullable: true,
    description: 'RFC 5545 recurrence rule, such as `FREQ=WEEKLY;BYDAY=SU`. Null: it is open once.',
  })
  rrule!: string | null;

  @Field(() => String, {
    description:
      'IANA time zone, such as `Europe/Berlin`. Occurrences keep their local time over changes to and from daylight saving.',
  })
  timeZone!: string;

  @Field(() => [CiClassEnum], { description: 'Classes of configuration items that it holds for.' })
  ciClasses!: CiClass[];

  @Field(() => Boolean, { description: 'Whether it holds for everything: it names neither items nor classes.' })
  everything!: boolean;

  @Field(() => Boolean, { description: 'False once it was deactivated: then it counts for nothing.' })
  active!: boolean;

  @Field(() => Int, { description: 'Grows with every change; give it back as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When it was recorded.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When it last changed.' })
  updatedAt!: string;
}

export const ScheduleWindowConnection = connectionType('ScheduleWindow', () => ScheduleWindowType);
export const WindowKindFilter = enumFilter('WindowKind', WindowKindEnum);
export const CiClassListFilter = enumListFilter('CiClass', CiClassEnum);

/** What lists of windows can be narrowed by. */
@Combinable()
@InputType('ScheduleWindowFilter', { description: 'Narrows a list of windows. All that is given must hold.' })
export class ScheduleWindowFilter {
  @Field(() => IdFilter, { nullable: true, description: 'By id.' })
  id?: IdFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By number.' })
  number?: StringFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By name.' })
  name?: StringFilter;
  @Field(() => WindowKindFilter, { nullable: true, description: 'By kind.' })
  kind?: InstanceType<typeof WindowKindFilter>;
  @Field(() => Boolean, { nullable: true, description: 'True: in force. False: deactivated.' })
  active?: boolean;
  @Field(() => Boolean, { nullable: true, description: 'True: recurring. False: open once.' })
  recurring?: boolean;
  @Field(() => IdFilter, { nullable: true, description: 'By a configuration item that it names.' })
  ci?: IdFilter;
  @Field(() => ID, {
    nullable: true,
    description:
      'Windows that hold for this configuration item: by name, by its class, or because they hold for everything.',
  })
  holdsForCi?: string;
  @Field(() => CiClassListFilter, { nullable: true, description: 'By the classes that it names.' })
  ciClasses?: InstanceType<typeof CiClassListFilter>;
  @Field(() => DateTimeFilter, { nullable: true, description: 'By the start of the first occurrence.' })
  startsAt?: DateTimeFilter;
}

export const ScheduleWindowOrderField = enumFrom(
  'ScheduleWindowOrderField',
  ['ID', 'NAME', 'NUMBER', 'STARTS_AT'],
  'What windows can be ordered by.',
  {
    ID: 'Age of the record.',
    NAME: 'Name.',
    NUMBER: 'Number, as text.',
    STARTS_AT: 'Start of the first occurrence.',
  },
);

/** One term of an order of windows. */
@InputType('ScheduleWindowOrder', { description: 'One term of an order of windows.' })
export class ScheduleWindowOrder implements OrderTerm {
  @Field(() => ScheduleWindowOrderField, { description: 'By what.' })
  field!: keyof typeof ScheduleWindowOrderField;
  @Field(() => OrderDirection, { defaultValue: 'ASC', description: 'In which direction.' })
  direction!: 'ASC' | 'DESC';
}

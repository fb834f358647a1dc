import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { CiClass } from '../../domain/cmdb/configuration-item.machine.js';
import { WINDOW_KIND_DESCRIPTIONS, WINDOW_KINDS, type WindowKind } from '../../domain/schedule/schedule.js';
import { CiClassEnum, enumFrom } from '../enums.js';
import { enumFilter, enumListFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { anyOf, custom, flag, id, instant, listType, oneOf, text } from '../list.js';

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
    'Of the change and maintenance windows that hold for an item the most specific count: its own, else those of ' +
    'its class, else the general ones.',
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

export const WindowKindFilter = enumFilter('WindowKind', WindowKindEnum);
export const CiClassListFilter = enumListFilter('CiClass', CiClassEnum);

/** Lists of windows: what they can be filtered and ordered by. */
export const scheduleWindowList = listType('ScheduleWindow', () => ScheduleWindowType, {
  of: 'windows',
  filter: {
    number: text('By number.'),
    name: text('By name.'),
    kind: oneOf(WindowKindFilter, 'By kind.'),
    active: flag('True: in force. False: deactivated.'),
    recurring: flag('True: recurring. False: open once.'),
    ci: id('ConfigurationItem', 'By a configuration item that it names.'),
    holdsForCi: custom(
      ID,
      'Windows that hold for this configuration item: by name, by its class, or because they hold for everything.',
    ),
    ciClasses: anyOf(CiClassListFilter, 'By the classes that it names.'),
    startsAt: instant('By the start of the first occurrence.'),
  },
  order: {
    NAME: text('Name.'),
    NUMBER: text('Number, as text.'),
    STARTS_AT: instant('Start of the first occurrence.'),
  },
});

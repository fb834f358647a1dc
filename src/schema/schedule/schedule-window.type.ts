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
  'Kind of window. It decides whether the window allows or forbids work.',
  WINDOW_KIND_DESCRIPTIONS,
);

/** One occurrence of a window. */
@ObjectType('WindowOccurrence', {
  description: 'One period in which a window is open or a blackout is in force.',
  simpleResolvers: true,
})
export class WindowOccurrenceType {
  @Field(() => DateTime, { description: 'Start of the occurrence.' })
  startsAt!: Date;

  @Field(() => DateTime, { description: 'End of the occurrence, exclusive.' })
  endsAt!: Date;
}

/** A window in the API, and the row it is read as. */
@ObjectType('ScheduleWindow', {
  implements: NodeType,
  description:
    'Change window, maintenance window or blackout, one-time or recurring. It applies to its configuration items ' +
    'and classes or, with neither, to everything. ' +
    'If several change and maintenance windows apply to an item, the most specific count: its own, else those of ' +
    'its class, else the general ones.',
  simpleResolvers: true,
})
export class ScheduleWindowType extends NodeType {
  @Field(() => String, { description: 'Human-readable number, e.g. WIN-1042.' })
  number!: string;

  @Field(() => String, { description: 'Name of the window.' })
  name!: string;

  @Field(() => String, { description: 'Purpose of the window.' })
  description!: string;

  @Field(() => WindowKindEnum, { description: 'Kind of window, e.g. BLACKOUT.' })
  kind!: WindowKind;

  @Field(() => DateTime, { description: 'Start of the first occurrence.' })
  startsAt!: string;

  @Field(() => DateTime, { description: 'End of the first occurrence, exclusive.' })
  endsAt!: string;

  @Field(() => String, {
    nullable: true,
    description: 'RFC 5545 recurrence rule, e.g. `FREQ=WEEKLY;BYDAY=SU`. Null for a one-time window.',
  })
  rrule!: string | null;

  @Field(() => String, {
    description:
      'IANA time zone, e.g. `Europe/Berlin`. Occurrences keep their local time when daylight saving starts or ends.',
  })
  timeZone!: string;

  @Field(() => [CiClassEnum], { description: 'Classes of configuration items that the window applies to.' })
  ciClasses!: CiClass[];

  @Field(() => Boolean, {
    description: 'Whether the window applies to everything, i.e. names neither items nor classes.',
  })
  everything!: boolean;

  @Field(() => Boolean, { description: 'Whether the window is in force. False after it was deactivated.' })
  active!: boolean;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which the window was created.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to the window.' })
  updatedAt!: string;
}

export const WindowKindFilter = enumFilter('WindowKind', WindowKindEnum);
export const CiClassListFilter = enumListFilter('CiClass', CiClassEnum);

/** Lists of windows, with their filters and sort fields. */
export const scheduleWindowList = listType('ScheduleWindow', () => ScheduleWindowType, {
  of: 'windows',
  filter: {
    number: text('Number of the window, e.g. WIN-1042.'),
    name: text('Name of the window.'),
    kind: oneOf(WindowKindFilter, 'Kind of window.'),
    active: flag('True: the window is in force. False: it is deactivated.'),
    recurring: flag('True: the window recurs. False: it is a one-time window.'),
    ci: id('ConfigurationItem', 'Configuration item that the window names.'),
    holdsForCi: custom(
      ID,
      'Id of a configuration item. Matches windows that apply to it: by name, by its class or because they apply to ' +
        'everything.',
    ),
    ciClasses: anyOf(CiClassListFilter, 'Classes that the window names.'),
    startsAt: instant('Start of the first occurrence.'),
  },
  order: {
    NAME: text('Name of the window.'),
    NUMBER: text('Number of the window, compared as text.'),
    STARTS_AT: instant('Start of the first occurrence.'),
  },
});

import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { CiClass } from '../../domain/cmdb/configuration-item.machine.js';
import { MAX_PREVIEW_YEARS } from '../../domain/schedule/window-preview.js';
import { WINDOW_PROBLEMS, type WindowProblemCode } from '../../domain/schedule/recurrence-problem.js';
import { WINDOW_KIND_DESCRIPTIONS, WINDOW_KINDS, type WindowKind } from '../../domain/schedule/schedule.js';
import { CiClassEnum, enumFrom } from '../enums.js';
import { ExternalRef } from '../external-ref.type.js';
import { inputType, optional, required, withDefault } from '../fields.js';
import { enumFilter, enumListFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime, JSONObject } from '../scalars.js';
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

/** What differs from the rule of a window. */
@ObjectType('WindowException', {
  description: 'Occurrence of a recurring window that is cancelled, moved or added.',
  simpleResolvers: true,
})
export class WindowExceptionType {
  @Field(() => DateTime, {
    nullable: true,
    description: 'Start of the occurrence as the rule gives it. Null for an added occurrence.',
  })
  occurrence!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Start it has instead. Null if it is cancelled.' })
  startsAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'End it has instead, exclusive. Null if it is cancelled.' })
  endsAt!: string | null;
}

export const WindowExceptionInput = inputType(
  'WindowExceptionInput',
  'Occurrence of a recurring window that is cancelled (`occurrence` alone), moved (all fields) or added (times alone).',
  {
    occurrence: optional(DateTime, 'Start of the occurrence as the rule gives it. Absent for an added occurrence.'),
    startsAt: optional(DateTime, 'Start it has instead. Not before the first occurrence of the window.'),
    endsAt: optional(DateTime, 'End it has instead, exclusive.'),
  },
);

export const WindowProblemCodeEnum = enumFrom(
  'WindowProblemCode',
  Object.keys(WINDOW_PROBLEMS) as WindowProblemCode[],
  'What can be wrong with the times of a window.',
  WINDOW_PROBLEMS,
);

export const ScheduleWindowPreviewInput = inputType('ScheduleWindowPreviewInput', 'Times of a window to look at.', {
  kind: required(WindowKindEnum, 'Kind of window.'),
  startsAt: required(DateTime, 'Start of the first occurrence.'),
  endsAt: required(DateTime, 'End of the first occurrence, exclusive.'),
  rrule: optional(String, 'RFC 5545 recurrence rule. Without it, the window occurs once.'),
  timeZone: withDefault(String, 'UTC', 'IANA time zone, e.g. `Europe/Berlin`.'),
  exceptions: optional([WindowExceptionInput], 'Occurrences that are cancelled, moved or added.'),
});

/** What is wrong with a window that somebody is about to save. */
@ObjectType('WindowProblem', { description: 'Reason for which a window is not saved.', simpleResolvers: true })
export class WindowProblemType {
  @Field(() => WindowProblemCodeEnum, { description: 'What is wrong.' })
  code!: WindowProblemCode;

  @Field(() => String, { description: 'Input field that it is about, e.g. `rrule` or `exceptions.0.occurrence`.' })
  field!: string;

  @Field(() => String, { description: 'Explanation for people.' })
  message!: string;
}

/** When a window would be open. */
@ObjectType('WindowPreview', {
  description: 'When a window would be open if it were saved, and what is wrong with it.',
  simpleResolvers: true,
})
export class WindowPreviewType {
  @Field(() => [WindowProblemType], { description: 'Everything that is wrong. A window with problems is refused.' })
  problems!: readonly WindowProblemType[];

  @Field(() => [WindowOccurrenceType], {
    description: `The next occurrences, in order, within ${MAX_PREVIEW_YEARS} years. Empty for a window with problems.`,
  })
  occurrences!: readonly WindowOccurrenceType[];

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the window ends for good. Null if it repeats endlessly, or has problems.',
  })
  endsForGoodAt!: Date | null;
}

/** A window in the API, and the row it is read as. */
@ObjectType('ScheduleWindow', {
  implements: NodeType,
  description:
    'Change window, maintenance window or blackout, one-time or recurring. It applies to its configuration items, ' +
    'services and classes and to what its filter finds or, with none of them, to everything. ' +
    'If several change and maintenance windows apply to an item, the most specific count: its own, else those of ' +
    'services that depend on it, else those of its class or by a filter, else the general ones.',
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

  @Field(() => [WindowExceptionType], { description: 'Occurrences that are cancelled, moved or added.' })
  exceptions!: WindowExceptionType[];

  @Field(() => [CiClassEnum], { description: 'Classes of configuration items that the window applies to.' })
  ciClasses!: CiClass[];

  @Field(() => JSONObject, {
    nullable: true,
    description: 'Filter of the configuration items that the window applies to. Null if it has none.',
  })
  filter!: Record<string, unknown> | null;

  @Field(() => Boolean, {
    description: 'Whether the window applies to everything, i.e. has no items, services, classes and filter.',
  })
  everything!: boolean;

  @Field(() => Boolean, { description: 'Whether the window is in force. False after it was deactivated.' })
  active!: boolean;

  @Field(() => ExternalRef, {
    nullable: true,
    description: 'Imported calendar and UID of the event in it. Null for a window that was not imported.',
  })
  externalRef!: ExternalRef | null;

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
      'Id of a configuration item. Matches windows that apply to it: by name, by a service that depends on it, by ' +
        'its class, by a filter or because they apply to everything.',
    ),
    service: id('ConfigurationItem', 'Service that the window applies to.'),
    ciClasses: anyOf(CiClassListFilter, 'Classes that the window names.'),
    startsAt: instant('Start of the first occurrence.'),
    externalSource: text('Calendar that the window was imported from.'),
    externalKey: text('UID of the event in that calendar.'),
  },
  order: {
    NAME: text('Name of the window.'),
    NUMBER: text('Number of the window, compared as text.'),
    STARTS_AT: instant('Start of the first occurrence.'),
  },
});

import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { CiClass } from '../../domain/cmdb/configuration-item.machine.js';
import { MAX_CALENDAR_EVENTS, MAX_CALENDAR_LENGTH } from '../../domain/schedule/calendar-text.js';
import {
  WINDOW_IMPORT_REFUSALS,
  WINDOW_IMPORT_STATUSES,
  type WindowImportRefusal,
  type WindowImportStatus,
} from '../../domain/schedule/window-import.js';
import type { WindowKind } from '../../domain/schedule/schedule.js';
import { configurationItemList } from '../cmdb/configuration-item.type.js';
import { CiClassEnum, enumFrom } from '../enums.js';
import { QueryType } from '../query.type.js';
import { UserErrorType } from '../user-error.type.js';
import { WindowKindEnum } from './schedule-window.type.js';

export const WindowImportStatusEnum = enumFrom(
  'WindowImportStatus',
  Object.keys(WINDOW_IMPORT_STATUSES) as WindowImportStatus[],
  'Outcome of an event of an imported calendar.',
  WINDOW_IMPORT_STATUSES,
);

export const WindowImportRefusalEnum = enumFrom(
  'WindowImportRefusal',
  Object.keys(WINDOW_IMPORT_REFUSALS) as WindowImportRefusal[],
  'Reason for which an event of a calendar makes no window.',
  WINDOW_IMPORT_REFUSALS,
);

/** Input of `scheduleWindowsImport`. */
@InputType('ScheduleWindowsImportInput', { description: 'Calendar to import, and what its windows apply to.' })
export class ScheduleWindowsImportInput {
  @Field(() => String, {
    description:
      'Name of the calendar, e.g. `holidays-berlin`, 1 to 100 characters. Another import with the same name changes ' +
      'the windows of this one.',
  })
  source!: string;

  @Field(() => String, {
    description:
      `Text of the calendar (iCalendar, RFC 5545): at most ${MAX_CALENDAR_LENGTH} characters and ` +
      `${MAX_CALENDAR_EVENTS} events. The request must fit the server's body limit.`,
  })
  calendar!: string;

  @Field(() => WindowKindEnum, {
    description: 'Kind of all windows of the calendar. A blackout needs CHANGE_MANAGER or CHANGE_AUTHORITY.',
  })
  kind!: WindowKind;

  @Field(() => String, {
    description: 'IANA time zone of whole days and of times without a zone, e.g. `Europe/Berlin`.',
  })
  timeZone!: string;

  @Field(() => [ID], {
    nullable: true,
    description:
      'Ids of the configuration items that all windows of the calendar apply to. Without items, services, classes ' +
      'and filter they apply to everything.',
  })
  ciIds?: string[] | null;

  @Field(() => [ID], {
    nullable: true,
    description: 'Ids of services that all windows of the calendar apply to, with everything they depend on.',
  })
  serviceIds?: string[] | null;

  @Field(() => [CiClassEnum], {
    nullable: true,
    description: 'Classes of configuration items that all windows of the calendar apply to.',
  })
  ciClasses?: CiClass[] | null;

  @Field(() => configurationItemList.Filter, {
    nullable: true,
    description: 'Filter of the configuration items that all windows of the calendar apply to.',
  })
  filter?: object | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'True: reports what the import would do, and writes nothing.',
  })
  dryRun!: boolean;

  @Field(() => String, { nullable: true, description: 'Reason for the command. Recorded in the events.' })
  reason?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Makes retries safe. The first result is kept for at least 24 hours.',
  })
  idempotencyKey?: string | null;
}

/** What an import did with an event. */
@ObjectType('WindowImportResult', {
  description: 'Outcome of an event of an imported calendar, or of a window whose event is no longer in it.',
  simpleResolvers: true,
})
export class WindowImportResultType {
  @Field(() => String, { description: 'UID of the event. Empty for an event without one, which is refused.' })
  uid!: string;

  @Field(() => String, { description: 'Name of the event (SUMMARY), or of the window whose event is gone.' })
  name!: string;

  @Field(() => WindowImportStatusEnum, { description: 'Outcome of the event, e.g. CREATED or REFUSED.' })
  status!: WindowImportStatus;

  @Field(() => WindowImportRefusalEnum, { nullable: true, description: 'What is wrong. Null unless it was refused.' })
  code!: WindowImportRefusal | null;

  @Field(() => String, { nullable: true, description: 'Explanation for people. Null unless it was refused.' })
  message!: string | null;

  windowId!: string | null;
}

/** Payload of `scheduleWindowsImport`. */
@ObjectType('ScheduleWindowsImportPayload', {
  description: 'Result of `scheduleWindowsImport`.',
  simpleResolvers: true,
})
export class ScheduleWindowsImportPayload {
  @Field(() => [WindowImportResultType], {
    description: 'Results: one per event (UID) of the calendar, then the windows whose events are gone.',
  })
  results!: readonly WindowImportResultType[];

  @Field(() => Int, { description: 'Number of windows that were created.' })
  created!: number;

  @Field(() => Int, { description: 'Number of windows that were changed.' })
  updated!: number;

  @Field(() => Int, { description: 'Number of windows that were deactivated.' })
  removed!: number;

  @Field(() => Int, { description: 'Number of events that make no window. The others are imported all the same.' })
  refused!: number;

  @Field(() => [UserErrorType], { description: 'Always empty. The result of each event says what is wrong with it.' })
  userErrors!: UserErrorType[];

  @Field(() => Boolean, {
    description: 'Whether this is the stored result of an earlier call with this key.',
  })
  replayed!: boolean;

  @Field(() => QueryType, { description: 'Query root, to fetch other objects that the command affected.' })
  query!: object;
}

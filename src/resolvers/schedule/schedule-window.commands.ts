import { ID } from 'type-graphql';
import { scheduleWindowRead } from '../../reads/schedule/schedule-window.reads.js';
import { commandsOn } from '../commands-on.js';
import { CiClassEnum } from '../../schema/enums.js';
import { editFields, optional, reasonField, required } from '../../schema/fields.js';
import { DateTime } from '../../schema/scalars.js';
import { ScheduleWindowType, WindowKindEnum } from '../../schema/schedule/schedule-window.type.js';
import * as useCases from '../../services/schedule/schedule-window.service.js';

const subject = { field: 'scheduleWindow', noun: 'window', type: () => ScheduleWindowType, model: scheduleWindowRead };

const scheduleWindowFields = {
  description: optional(String, 'What it is for.'),
  rrule: optional(
    String,
    'RFC 5545 recurrence rule, such as `FREQ=MONTHLY;BYDAY=1SU` or `FREQ=DAILY;COUNT=5`; FREQ is DAILY, WEEKLY, MONTHLY or YEARLY. The time of day is that of the first occurrence. Null: open once.',
  ),
  timeZone: optional(String, 'IANA time zone, such as `Europe/Berlin`. Default UTC.'),
  ciIds: optional([ID], 'Configuration items that it holds for. Replaces all of them.'),
  ciClasses: optional(
    [CiClassEnum],
    'Classes of configuration items that it holds for. Replaces all of them. With neither items nor classes it ' +
      'holds for everything.',
  ),
};

/** The commands of schedule window objects. */
export const ScheduleWindowCommands = commandsOn(subject, useCases, {
  scheduleWindowCreate: {
    roles: ['RELEASE_MANAGER', 'CHANGE_MANAGER', 'CHANGE_AUTHORITY'],
    description:
      'Makes a window. Change and maintenance windows: RELEASE_MANAGER or CHANGE_MANAGER; blackouts: ' +
      'CHANGE_MANAGER or CHANGE_AUTHORITY.',
    about: 'The new window.',
    inputDescription: 'A new window.',
    input: {
      ...scheduleWindowFields,
      name: required(String, 'Name, 1 to 200 characters.'),
      kind: required(
        WindowKindEnum,
        'Whether it allows or forbids work. Blackouts are made by CHANGE_MANAGER or CHANGE_AUTHORITY only.',
      ),
      startsAt: required(DateTime, 'Start of the first occurrence.'),
      endsAt: required(DateTime, 'End of the first occurrence. The interval does not include this instant.'),
    },
  },
  scheduleWindowUpdate: {
    roles: ['RELEASE_MANAGER', 'CHANGE_MANAGER', 'CHANGE_AUTHORITY'],
    description: 'Edits a window. The same people may that may make one of its kind.',
    about: 'What changes.',
    inputDescription: 'Changes to a window. What is absent stays as it is; its kind always does.',
    input: {
      ...editFields('window'),
      ...reasonField,
      ...scheduleWindowFields,
      name: optional(String, 'Name, 1 to 200 characters.'),
      startsAt: optional(DateTime, 'Start of the first occurrence.'),
      endsAt: optional(DateTime, 'End of the first occurrence. The interval does not include this instant.'),
      active: optional(Boolean, 'True: takes a deactivated window up again. False: deactivates it.'),
    },
  },
  scheduleWindowDeactivate: {
    roles: ['RELEASE_MANAGER', 'CHANGE_MANAGER', 'CHANGE_AUTHORITY'],
    description: 'Takes a window out of force; it stays on record. Doing so again changes nothing.',
    about: 'Which window.',
  },
});

import { ID } from 'type-graphql';
import { scheduleWindowRead } from '../../reads/schedule/schedule-window.reads.js';
import { commandsOn } from '../commands-on.js';
import { configurationItemList } from '../../schema/cmdb/configuration-item.type.js';
import { CiClassEnum } from '../../schema/enums.js';
import { clearable, editFields, optional, reasonField, required } from '../../schema/fields.js';
import { DateTime } from '../../schema/scalars.js';
import {
  ScheduleWindowType,
  WindowExceptionInput,
  WindowKindEnum,
} from '../../schema/schedule/schedule-window.type.js';
import * as useCases from '../../services/schedule/schedule-window.service.js';

const subject = { field: 'scheduleWindow', noun: 'window', type: () => ScheduleWindowType, model: scheduleWindowRead };

const scheduleWindowFields = {
  description: optional(String, 'Purpose of the window.'),
  rrule: clearable(
    String,
    'RFC 5545 recurrence rule, e.g. `FREQ=MONTHLY;BYDAY=1SU` or `FREQ=DAILY;COUNT=5`. FREQ is DAILY, WEEKLY, ' +
      'MONTHLY or YEARLY. The time of day is that of the first occurrence. Without it, the window occurs once.',
  ),
  timeZone: optional(String, 'IANA time zone, e.g. `Europe/Berlin`. Default UTC.'),
  exceptions: optional(
    [WindowExceptionInput],
    'Occurrences that are cancelled, moved or added, at most 500. Replaces all of them.',
  ),
  ciIds: optional([ID], 'Ids of the configuration items that the window applies to. Replaces all of them.'),
  serviceIds: optional(
    [ID],
    'Ids of services that the window applies to, at most 100. It then also holds for work on everything that they ' +
      'depend on. Replaces all of them.',
  ),
  ciClasses: optional(
    [CiClassEnum],
    'Classes of configuration items that the window applies to. Replaces all of them. A window without items, ' +
      'services, classes and filter applies to everything.',
  ),
  filter: clearable(
    configurationItemList.Filter,
    'Filter of the configuration items that the window applies to. Items that begin or cease to match do so at once.',
  ),
};

/** Commands on windows. */
export const ScheduleWindowCommands = commandsOn(subject, useCases, {
  scheduleWindowCreate: {
    roles: ['RELEASE_MANAGER', 'CHANGE_MANAGER', 'CHANGE_AUTHORITY'],
    description:
      'Creates a window. A change or maintenance window needs RELEASE_MANAGER or CHANGE_MANAGER; a blackout needs ' +
      'CHANGE_MANAGER or CHANGE_AUTHORITY.',
    about: 'Window to create.',
    inputDescription: 'Window to create.',
    input: {
      ...scheduleWindowFields,
      name: required(String, 'Name of the window, 1 to 200 characters.'),
      kind: required(WindowKindEnum, 'Kind of window. A blackout needs CHANGE_MANAGER or CHANGE_AUTHORITY.'),
      startsAt: required(DateTime, 'Start of the first occurrence.'),
      endsAt: required(DateTime, 'End of the first occurrence, exclusive.'),
    },
  },
  scheduleWindowUpdate: {
    roles: ['RELEASE_MANAGER', 'CHANGE_MANAGER', 'CHANGE_AUTHORITY'],
    description: 'Updates a window. Requires the same roles as creating a window of this kind.',
    about: 'Changes to the window.',
    inputDescription: 'Changes to a window. Absent fields keep their values; the kind cannot change.',
    input: {
      ...editFields('window'),
      ...reasonField,
      ...scheduleWindowFields,
      name: optional(String, 'Name of the window, 1 to 200 characters.'),
      startsAt: optional(DateTime, 'Start of the first occurrence.'),
      endsAt: optional(DateTime, 'End of the first occurrence, exclusive.'),
      active: optional(Boolean, 'True reactivates a deactivated window. False deactivates it.'),
    },
  },
  scheduleWindowDeactivate: {
    roles: ['RELEASE_MANAGER', 'CHANGE_MANAGER', 'CHANGE_AUTHORITY'],
    description: 'Deactivates a window. The record is kept. Deactivating it again changes nothing.',
    about: 'Window to deactivate.',
  },
});

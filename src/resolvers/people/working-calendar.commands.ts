import { ID } from 'type-graphql';
import { workingCalendarRead } from '../../reads/people/working-calendar.reads.js';
import { commandFields, editFields, optional, reasonField, required } from '../../schema/fields.js';
import { WeeklyHoursInput, WorkingCalendarType, WorkingDayInput } from '../../schema/people/working-calendar.type.js';
import * as useCases from '../../services/people/working-calendar.service.js';
import { commandsOn } from '../commands-on.js';

const subject = {
  field: 'workingCalendar',
  noun: 'calendar',
  type: () => WorkingCalendarType,
  model: workingCalendarRead,
};

const roles = ['ADMINISTRATOR', 'CONFIGURATION_MANAGER', 'RELEASE_MANAGER'] as const;

const exceptions = optional(
  [WorkingDayInput],
  'Dates that differ, such as holidays, at most 500. Replaces all of them.',
);

const userFields = {
  ...commandFields('calendar'),
  ...reasonField,
  personId: optional(ID, 'Id of a person.'),
  teamId: optional(ID, 'Id of a team. Its members work by the calendar unless they have one of their own.'),
  ciId: optional(ID, 'Id of a configuration item, usually a service. The calendar is then its service hours.'),
};

/** Commands on working calendars. */
export const WorkingCalendarCommands = commandsOn(subject, useCases, {
  workingCalendarCreate: {
    roles,
    description: 'Creates a working calendar. Nobody works by it until it is assigned.',
    about: 'Calendar to create.',
    inputDescription: 'Working calendar to create.',
    input: {
      name: required(String, 'Name of the calendar, 1 to 200 characters. Must be unique among working calendars.'),
      timeZone: required(String, 'IANA time zone, e.g. `Europe/Berlin`.'),
      hours: required([WeeklyHoursInput], 'Working hours of each week.'),
      exceptions,
    },
  },
  workingCalendarUpdate: {
    roles,
    description: 'Updates a working calendar for everybody who works by it.',
    about: 'Changes to the calendar.',
    inputDescription: 'Changes to a working calendar. Absent fields keep their values.',
    input: {
      ...editFields('calendar'),
      name: optional(String, 'Name of the calendar, 1 to 200 characters. Must be unique among working calendars.'),
      timeZone: optional(String, 'IANA time zone, e.g. `Europe/Berlin`.'),
      hours: optional([WeeklyHoursInput], 'Working hours of each week. Replaces all of them.'),
      exceptions,
    },
  },
  workingCalendarAssign: {
    roles,
    description:
      'Assigns a calendar to a person, a team or a service, in place of the previous one. Assigning it again changes ' +
      'nothing.',
    about: 'Calendar, and who works by it.',
    inputDescription: 'Calendar, and exactly one person, team or configuration item.',
    input: userFields,
  },
  workingCalendarUnassign: {
    roles,
    description: 'Takes a calendar from a person, a team or a service. If they do not have it, nothing changes.',
    about: 'Calendar, and who no longer works by it.',
    inputDescription: 'Calendar, and exactly one person, team or configuration item.',
    input: userFields,
  },
});

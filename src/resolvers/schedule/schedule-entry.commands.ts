import { ID } from 'type-graphql';
import { scheduleEntryRead } from '../../reads/schedule/schedule-entry.reads.js';
import { commandsOn } from '../commands-on.js';
import { editFields, optional, required } from '../../schema/fields.js';
import { DateTime } from '../../schema/scalars.js';
import { ScheduleEntryType } from '../../schema/schedule/schedule-entry.type.js';
import * as useCases from '../../services/schedule/cab-meeting.service.js';

const subject = {
  field: 'scheduleEntry',
  noun: 'meeting',
  type: () => ScheduleEntryType,
  model: scheduleEntryRead,
};

/** Commands on entries of the schedule. */
export const ScheduleEntryCommands = commandsOn(subject, useCases, {
  scheduleEntryCreate: {
    roles: ['CHANGE_MANAGER', 'CHANGE_AUTHORITY'],
    description: 'Adds a CAB meeting to the schedule. Meetings cause no conflicts.',
    about: 'Meeting to add.',
    inputDescription: 'CAB meeting to add. Releases, distributions and tasks are scheduled by their own commands.',
    input: {
      title: required(String, 'Title of the meeting, 1 to 200 characters.'),
      startsAt: required(DateTime, 'Start of the meeting.'),
      endsAt: required(DateTime, 'End of the meeting.'),
      releaseId: optional(ID, 'Id of the release that the meeting is about. Default: none.'),
    },
  },
  scheduleEntryUpdate: {
    roles: ['CHANGE_MANAGER', 'CHANGE_AUTHORITY'],
    description: 'Updates a CAB meeting. Other entries follow the release, distribution or task that they represent.',
    about: 'Changes to the meeting.',
    inputDescription: 'Changes to a CAB meeting. Absent fields keep their values.',
    input: {
      ...editFields('meeting'),
      title: optional(String, 'Title of the meeting, 1 to 200 characters.'),
      startsAt: optional(DateTime, 'Start of the meeting.'),
      endsAt: optional(DateTime, 'End of the meeting.'),
    },
  },
  scheduleEntryCancel: {
    roles: ['CHANGE_MANAGER', 'CHANGE_AUTHORITY'],
    description: 'Cancels a CAB meeting. The entry is kept in the history.',
    about: 'Meeting to cancel.',
  },
});

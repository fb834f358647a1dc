import { ID } from 'type-graphql';
import { scheduleEntryRead } from '../../reads/schedule/schedule-entry.reads.js';
import { commandsOn } from '../commands-on.js';
import { editFields, optional, required } from '../../schema/fields.js';
import { DateTime } from '../../schema/scalars.js';
import { ScheduleEntryType } from '../../schema/schedule/schedule-entry.type.js';
import * as useCases from '../../services/schedule/cab-meeting.service.js';

const subject = {
  field: 'scheduleEntry',
  noun: 'entry of the meeting',
  type: () => ScheduleEntryType,
  model: scheduleEntryRead,
};

/** The commands of schedule entry objects. */
export const ScheduleEntryCommands = commandsOn(subject, useCases, {
  scheduleEntryCreate: {
    roles: ['CHANGE_MANAGER', 'CHANGE_AUTHORITY'],
    description: 'Puts a CAB meeting into the schedule. Meetings clash with nothing.',
    about: 'The meeting.',
    inputDescription: 'A CAB meeting. Releases, distributions and tasks come into the schedule by their own commands.',
    input: {
      title: required(String, 'Title of the meeting, 1 to 200 characters.'),
      startsAt: required(DateTime, 'Its start.'),
      endsAt: required(DateTime, 'Its end.'),
      releaseId: optional(ID, 'The release it is about, if it is about one.'),
    },
  },
  scheduleEntryUpdate: {
    roles: ['CHANGE_MANAGER', 'CHANGE_AUTHORITY'],
    description: 'Edits a CAB meeting. Other entries move with what they stand for.',
    about: 'What changes.',
    inputDescription: 'Changes to a CAB meeting. What is absent stays as it is.',
    input: {
      ...editFields('entry of the meeting'),
      title: optional(String, 'Title of the meeting, 1 to 200 characters.'),
      startsAt: optional(DateTime, 'Its start.'),
      endsAt: optional(DateTime, 'Its end.'),
    },
  },
  scheduleEntryCancel: {
    roles: ['CHANGE_MANAGER', 'CHANGE_AUTHORITY'],
    description: 'Cancels a CAB meeting. The entry stays in the history.',
    about: 'Which meeting.',
  },
});

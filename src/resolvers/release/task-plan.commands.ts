import { ID, Int } from 'type-graphql';
import { releaseRead } from '../../reads/release/release.reads.js';
import { taskRead } from '../../reads/release/task.reads.js';
import { commandsOn } from '../commands-on.js';
import { RoleEnum } from '../../schema/enums.js';
import { commandFields, editFields, optional, reasonField, required } from '../../schema/fields.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import { TaskKindEnum, TaskType } from '../../schema/release/task.type.js';
import { DateTime } from '../../schema/scalars.js';
import * as useCases from '../../services/release/task-edit.service.js';

const subject = { field: 'task', type: () => TaskType, model: taskRead };

/** The commands of task plan objects. */
export const TaskPlanCommands = commandsOn(subject, useCases, {
  taskAdd: {
    roles: ['RELEASE_MANAGER'],
    description: 'Adds a task to a phase, also while the release is under way.',
    about: 'The task.',
    inputDescription: 'A task to be added to a phase of a release plan, also while the release is under way.',
    input: {
      phaseId: required(ID, 'The phase.'),
      name: required(String, 'Name, 1 to 200 characters.'),
      description: optional(String, 'What is to be done.'),
      kind: optional(TaskKindEnum, 'What kind of work it is. Default MANUAL.'),
      mandatory: optional(Boolean, 'Whether it can be skipped or taken out only with a waiver. Default false.'),
      role: optional(RoleEnum, 'The role it is meant for.'),
      assigneeId: optional(ID, 'The person it is assigned to.'),
      plannedStart: optional(DateTime, 'When it is planned to start. Not before the tasks it comes after end.'),
      plannedEnd: optional(DateTime, 'When it is due.'),
      predecessorIds: optional([ID], 'Tasks of the same release that must be done before it.'),
      position: optional(Int, 'Its place among the tasks of the phase, from 0. Default: last.'),
    },
  },
  taskUpdate: {
    roles: ['RELEASE_MANAGER'],
    description: 'Edits the given details of a task. Its dates must agree with the tasks before and after it.',
    about: 'What changes.',
    inputDescription: 'Changes to the details of a task. What is absent stays as it is.',
    input: {
      ...editFields('task'),
      name: optional(String, 'Name, 1 to 200 characters.'),
      description: optional(String, 'What is to be done.'),
      kind: optional(TaskKindEnum, 'What kind of work it is; fixed once the task has been started.'),
      mandatory: optional(
        Boolean,
        'Whether it can be skipped or taken out only with a waiver; fixed once the task has been started.',
      ),
      waiverReason: optional(String, 'Needed to make a mandatory task optional: why that is waived. Kept as a waiver.'),
      plannedStart: optional(DateTime, 'When it is planned to start; null removes the date.'),
      plannedEnd: optional(DateTime, 'When it is due; null removes the date.'),
    },
  },
  taskRemove: {
    roles: ['RELEASE_MANAGER'],
    description: 'Takes a task that has not been started out of the plan. A mandatory one needs a waiver.',
    about: 'Which task.',
    shows: { field: 'release', type: () => ReleaseType, model: releaseRead },
    inputDescription:
      'A task that has not been started, to be taken out of the plan. What came after it comes after its predecessors.',
    input: {
      ...commandFields('task'),
      ...reasonField,
      waiverReason: optional(
        String,
        'Needed when the task is mandatory and no waiver was granted: why that is waived. Kept as a waiver that is used up at once.',
      ),
    },
  },
  taskMove: {
    roles: ['RELEASE_MANAGER'],
    description: 'Moves a task that has not been started to another place, in its phase or in another one.',
    about: 'Which task, and where to.',
    inputDescription: 'Another place for a task that has not been started.',
    input: {
      ...editFields('task'),
      phaseId: optional(ID, 'The phase, of the same release. Default: the one it is in.'),
      position: optional(Int, 'Its place among the tasks of the phase, from 0. Default: last.'),
    },
  },
  taskSetPredecessors: {
    roles: ['RELEASE_MANAGER'],
    description:
      'Says after which tasks a task comes. A circle of tasks that wait for one another is refused and named.',
    about: 'Which task, after which others.',
    inputDescription: 'After which tasks a task comes. Replaces what was there.',
    input: {
      ...editFields('task'),
      predecessorIds: required(
        [ID],
        'Tasks of the same release that must be done before it. No circle may come about.',
      ),
    },
  },
});

import { ID, Int } from 'type-graphql';
import { releaseRead } from '../../reads/release/release.reads.js';
import { taskRead } from '../../reads/release/task.reads.js';
import { commandsOn } from '../commands-on.js';
import { RoleEnum } from '../../schema/enums.js';
import { clearable, commandFields, editFields, optional, reasonField, required } from '../../schema/fields.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import { TaskKindEnum, TaskType } from '../../schema/release/task.type.js';
import { DateTime } from '../../schema/scalars.js';
import * as editUseCases from '../../services/release/task-edit.service.js';
import { taskRemove } from '../../services/release/task-remove.service.js';

const useCases = { ...editUseCases, taskRemove };

const LINK =
  'of the same release that the task starts and ends with. It has not started, the task is of kind DISTRIBUTION, and ' +
  'its phase belongs to DISTRIBUTING.';

const subject = { field: 'task', type: () => TaskType, model: taskRead };

/** Mutations that edit the tasks of a release plan. */
export const TaskPlanCommands = commandsOn(subject, useCases, {
  taskAdd: {
    roles: ['RELEASE_MANAGER'],
    description: 'Adds a task to a phase of a release plan, even if the phase has started.',
    about: 'Task to add.',
    inputDescription: 'New task in a phase of a release plan.',
    input: {
      phaseId: required(ID, 'Phase that gets the task.'),
      name: required(String, 'Name, 1 to 200 characters.'),
      description: optional(String, 'Work to be done. At most 10,000 characters.'),
      kind: optional(TaskKindEnum, 'Kind of work. Default: MANUAL.'),
      mandatory: optional(Boolean, 'Whether leaving out the task requires a waiver. Default: false.'),
      role: optional(RoleEnum, 'Role that the task is intended for.'),
      assigneeId: optional(ID, 'Person to assign the task to.'),
      plannedStart: clearable(DateTime, 'Planned start. Not earlier than the planned end of its predecessors.'),
      plannedEnd: clearable(DateTime, 'Planned end; the task is due at this time.'),
      predecessorIds: optional([ID], 'Tasks of the same release that must be done before this task.'),
      distributionId: optional(ID, `Distribution ${LINK}`),
      position: optional(Int, 'Position among the tasks of the phase, starting at 0. Default: last.'),
    },
  },
  taskUpdate: {
    roles: ['RELEASE_MANAGER'],
    description: 'Updates fields of a task. Its dates must be consistent with its predecessors and successors.',
    about: 'Fields to update.',
    inputDescription: 'Changes to a task. Absent fields keep their values.',
    input: {
      ...editFields('task'),
      name: optional(String, 'Name, 1 to 200 characters. For a mandatory task, another name requires a waiver.'),
      description: optional(String, 'Work to be done. At most 10,000 characters.'),
      kind: optional(
        TaskKindEnum,
        'Kind of work. Cannot change once the task has started; for a mandatory task, another kind requires a waiver.',
      ),
      mandatory: optional(
        Boolean,
        'Whether leaving out the task requires a waiver. Cannot change once the task has started; making a ' +
          'mandatory task optional requires a waiver.',
      ),
      plannedStart: clearable(DateTime, 'Planned start.'),
      plannedEnd: clearable(DateTime, 'Planned end.'),
      distributionId: clearable(ID, `Distribution ${LINK} Another one for a mandatory task requires a waiver.`),
    },
  },
  taskRemove: {
    roles: ['RELEASE_MANAGER'],
    description:
      'Removes a task that has not started from the plan. A mandatory task requires a waiver of the release owner.',
    about: 'Task to remove.',
    shows: { field: 'release', type: () => ReleaseType, model: releaseRead },
    inputDescription: 'Task to remove from the plan. Its successors are linked to its predecessors.',
    input: {
      ...commandFields('task'),
      ...reasonField,
    },
  },
  taskMove: {
    roles: ['RELEASE_MANAGER'],
    description:
      'Moves a task that has not started to another position or phase. A mandatory task requires a waiver of the ' +
      'release owner to move to a phase of another release state.',
    about: 'Task to move, with its new position.',
    inputDescription: 'New position of a task that has not started.',
    input: {
      ...editFields('task'),
      phaseId: optional(ID, 'Target phase in the same release. Default: the current phase.'),
      position: optional(Int, 'Position among the tasks of the phase, starting at 0. Default: last.'),
    },
  },
  taskSetPredecessors: {
    roles: ['RELEASE_MANAGER'],
    description:
      'Replaces the predecessors of a task. Refused if this creates a ' +
      'cycle; the refusal lists the tasks in the cycle.',
    about: 'Task, with its new predecessors.',
    inputDescription: 'New predecessors of a task, which replace the current ones.',
    input: {
      ...editFields('task'),
      predecessorIds: required(
        [ID],
        'Tasks of the same release that must be done before this task. Must not create a cycle.',
      ),
    },
  },
});

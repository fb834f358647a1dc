import { ID } from 'type-graphql';
import { WORKING_ROLES } from '../../domain/roles.js';
import { taskRead } from '../../reads/release/task.reads.js';
import { commandsOn } from '../commands-on.js';
import { RoleEnum } from '../../schema/enums.js';
import { commandFields, optional, reasonField, required } from '../../schema/fields.js';
import { TaskType } from '../../schema/release/task.type.js';
import * as useCases from '../../services/release/task.service.js';

const subject = { field: 'task', type: () => TaskType, model: taskRead };

/** Mutations that assign tasks and move them through their lifecycle. */
export const TaskCommands = commandsOn(subject, useCases, {
  taskAssign: {
    roles: [...WORKING_ROLES],
    description:
      'Assigns a task to a person, or to a role whose holders can claim it. The assignee can hand the task over. ' +
      'A mandatory task of kind APPROVAL or REVIEW keeps its role, unless the owner of the release waives that.',
    about: 'Task to assign, with a person, a role or both.',
    inputDescription: 'New assignee of a task: a person, a role or both.',
    input: {
      ...commandFields('task'),
      ...reasonField,
      personId: optional(ID, 'New assignee; null removes the current assignee.'),
      role: optional(
        RoleEnum,
        'Role whose holders can claim the task while it is unassigned. ' +
          'Without `personId`, the current assignee is removed.',
      ),
    },
  },
  taskClaim: {
    roles: [...WORKING_ROLES],
    description: 'Assigns an unassigned task to you, if it is intended for a role that you hold.',
    about: 'Task to claim.',
  },
  taskStart: {
    roles: [...WORKING_ROLES],
    description:
      'Starts work on a READY task. An unassigned task is assigned to you. The start of a task with a distribution ' +
      'starts the distribution, and asks every rule of `distributionStart`, or after a failure of ' +
      '`distributionRetryFailed`.',
    about: 'Task to start.',
    run: (uow, input, services) => useCases.taskStart(uow, input, services.tools),
  },
  taskRequestInput: {
    roles: [...WORKING_ROLES],
    description: 'Pauses a task until someone answers a question. The task becomes WAITING_FOR_INPUT.',
    about: 'Task to pause, with the question.',
    inputDescription: 'Question that must be answered before work on a task continues.',
    input: { ...commandFields('task'), question: required(String, 'Question to be answered, 1 to 10,000 characters.') },
  },
  taskProvideInput: {
    roles: [...WORKING_ROLES],
    description: 'Answers the question that a task waits for, so that work on it continues.',
    about: 'Task, with the answer.',
    inputDescription: 'Answer to the question that a task waits for.',
    input: { ...commandFields('task'), answer: required(String, 'Answer, 1 to 10,000 characters; kept in the event.') },
  },
  taskComplete: {
    roles: [...WORKING_ROLES],
    description:
      'Completes a task, with evidence if its kind requires it. A task of kind TEST is completed by a test ' +
      'manager who had no part in the work, and its evidence counts for the current package of the release. ' +
      'A task of kind APPROVAL is completed by its assignee, who holds its role and had no part in the ' +
      'work. Successors without other open predecessors become READY.',
    about: 'Task to complete, with the evidence.',
    inputDescription: 'Task to complete, with the evidence.',
    input: {
      ...commandFields('task'),
      evidence: optional(
        String,
        'Evidence of the result: text or the URL of a report. Required for tasks of kind TEST and HARDWARE.',
      ),
      reason: optional(String, 'Remark; kept in the event.'),
    },
  },
  taskFail: {
    roles: [...WORKING_ROLES],
    description: 'Records the failure of a task. A failed task can be retried or skipped.',
    about: 'Task that failed, with the reason.',
    inputDescription: 'Task that failed, with the reason.',
    input: {
      ...commandFields('task'),
      reason: required(String, 'Description of the failure, 1 to 10,000 characters.'),
    },
  },
  taskRetry: { roles: [...WORKING_ROLES], description: 'Resets a failed task to READY.', about: 'Task to retry.' },
  taskSkip: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description: 'Skips a task. A mandatory task requires a waiver of the release owner.',
    about: 'Task to skip, with the reason.',
    inputDescription: 'Task to skip, with the reason.',
    input: {
      ...commandFields('task'),
      reason: required(String, 'Reason for skipping the task, 1 to 10,000 characters.'),
      waiverReason: optional(
        String,
        'Reason for the waiver, if the task is mandatory and has none yet. Only the owner of the release can give ' +
          'it, unless they took part in planning. Recorded as a waiver for this call only.',
      ),
    },
  },
});

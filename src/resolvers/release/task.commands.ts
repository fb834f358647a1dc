import { ID } from 'type-graphql';
import { WORKING_ROLES } from '../../domain/roles.js';
import { taskRead } from '../../reads/release/task.reads.js';
import { commandsOn } from '../commands-on.js';
import { RoleEnum } from '../../schema/enums.js';
import { commandFields, optional, reasonField, required } from '../../schema/fields.js';
import { TaskType } from '../../schema/release/task.type.js';
import * as useCases from '../../services/release/task.service.js';

const subject = { field: 'task', type: () => TaskType, model: taskRead };

/** The commands of task objects. */
export const TaskCommands = commandsOn(subject, useCases, {
  taskAssign: {
    roles: [...WORKING_ROLES],
    description:
      'Assigns a task to a person, or to a role whose holders may claim it. Who has the task may hand it over.',
    about: 'Which task, and who.',
    inputDescription: 'Who is to do a task. Give a person, a role, or both.',
    input: {
      ...commandFields('task'),
      ...reasonField,
      personId: optional(ID, 'The person; null takes the task from whoever has it.'),
      role: optional(
        RoleEnum,
        'The role, whose holders may claim the task while nobody has it. Given without a person it takes the task from whoever has it.',
      ),
    },
  },
  taskClaim: {
    roles: [...WORKING_ROLES],
    description: 'Takes a task that nobody has and that is meant for a role you hold.',
    about: 'Which task.',
  },
  taskStart: {
    roles: [...WORKING_ROLES],
    description: 'Begins to work on a task that is READY. A task that nobody has becomes yours.',
    about: 'Which task.',
  },
  taskRequestInput: {
    roles: [...WORKING_ROLES],
    description: 'Puts a task aside until somebody answers a question.',
    about: 'Which task, and the question.',
    inputDescription: 'What a task waits for.',
    input: { ...commandFields('task'), question: required(String, 'The question.') },
  },
  taskProvideInput: {
    roles: [...WORKING_ROLES],
    description: 'Answers what a task waits for; work on it goes on.',
    about: 'Which task, and the answer.',
    inputDescription: 'The answer that a task waits for.',
    input: { ...commandFields('task'), answer: required(String, 'The answer; kept in the event.') },
  },
  taskComplete: {
    roles: [...WORKING_ROLES],
    description:
      'Records that a task is done, with evidence where its kind asks for some. What waited for it becomes READY.',
    about: 'Which task, and the evidence.',
    inputDescription: 'A task that is done.',
    input: {
      ...commandFields('task'),
      evidence: optional(
        String,
        'Evidence of the result: a text, or the address of a report. Required for tasks of kind TEST and HARDWARE.',
      ),
      reason: optional(String, 'A remark; kept in the event.'),
    },
  },
  taskFail: {
    roles: [...WORKING_ROLES],
    description: 'Records that a task was tried and failed. It can be retried, or skipped.',
    about: 'Which task, and what went wrong.',
    inputDescription: 'A task that was tried and failed.',
    input: { ...commandFields('task'), reason: required(String, 'What went wrong.') },
  },
  taskRetry: { roles: [...WORKING_ROLES], description: 'Makes a failed task READY again.', about: 'Which task.' },
  taskSkip: {
    roles: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    description: 'Leaves a task out. A mandatory one only with a waiver.',
    about: 'Which task, and why.',
    inputDescription: 'A task that is left out.',
    input: {
      ...commandFields('task'),
      reason: required(String, 'Why.'),
      waiverReason: optional(
        String,
        'Needed when the task is mandatory and no waiver was granted: why that is waived. Kept as a waiver that is used up at once.',
      ),
    },
  },
});

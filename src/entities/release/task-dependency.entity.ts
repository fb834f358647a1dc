import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id } from '../columns.js';
import { Task } from './task.entity.js';

const TaskDependencySchema = defineEntity({
  name: 'TaskDependency',
  tableName: 'task_dependency',
  properties: {
    id: id(),
    taskId: () => p.manyToOne(Task).mapToPk().fieldName('task_id').deleteRule('cascade'),
    predecessorId: () => p.manyToOne(Task).mapToPk().fieldName('predecessor_id').deleteRule('cascade'),
    createdAt: createdAt(),
  },
  uniques: [{ properties: ['taskId', 'predecessorId'] }],
  indexes: [{ properties: ['predecessorId'] }],
});

/** `task` can start only after `predecessor` is done. */
export class TaskDependency extends TaskDependencySchema.class {}
TaskDependencySchema.setClass(TaskDependency);

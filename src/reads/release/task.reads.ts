import { taskList, TaskType } from '../../schema/release/task.type.js';
import { sql } from 'kysely';
import { column, defineEdge, defineRead } from '../model.js';

/** How tasks are read. */
export const taskRead = defineRead<TaskType>({
  list: taskList,
  type: 'Task',
  table: 'task',
  of: TaskType,
  keys: ['releaseId', 'phaseId', 'assigneeId', 'completedById', 'distributionId'],
  computed: { role: sql`t.assignee_role` },
  order: {
    POSITION: { column: column('position'), type: 'int' },
    PLAN: {
      column: sql`((select f.position from phase f where f.id = t.phase_id) * 1000000::bigint + t.position)`,
      type: 'bigint',
    },
    PLANNED_START: { column: sql`coalesce(t.planned_start, 'infinity')`, type: 'timestamptz' },
    DUE: { column: sql`coalesce(t.planned_end, 'infinity')`, type: 'timestamptz' },
  },
  filters: {
    role: { kind: 'enum', column: sql`t.assignee_role` },
    due: { kind: 'instant', column: column('plannedEnd') },
  },
});

/** The phases of a release, in order. */

/** The tasks of a release, in the order of the plan. */
export const tasksOfRelease = defineEdge({
  name: 'Release.tasks',
  model: taskRead,
  on: sql`t.release_id = p.id`,
  defaultOrder: [{ field: 'PLAN', direction: 'ASC' }],
});

/** The tasks of a phase, in order. */
export const tasksOfPhase = defineEdge({
  name: 'Phase.tasks',
  model: taskRead,
  on: sql`t.phase_id = p.id`,
  defaultOrder: [{ field: 'POSITION', direction: 'ASC' }],
});

/** The tasks that come right before a task. */
export const predecessorsOfTask = defineEdge({
  name: 'Task.predecessors',
  model: taskRead,
  join: sql`join task_dependency d on d.predecessor_id = t.id`,
  on: sql`d.task_id = p.id`,
});

/** The tasks that come right after a task. */
export const successorsOfTask = defineEdge({
  name: 'Task.successors',
  model: taskRead,
  join: sql`join task_dependency d on d.task_id = t.id`,
  on: sql`d.predecessor_id = p.id`,
});

/** The tasks that start and end with a distribution, in the order of the plan. */
export const tasksOfDistribution = defineEdge({
  name: 'Distribution.tasks',
  model: taskRead,
  on: sql`t.distribution_id = p.id`,
  defaultOrder: [{ field: 'PLAN', direction: 'ASC' }],
});

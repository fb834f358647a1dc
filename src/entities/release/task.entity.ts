import { Phase } from './phase.entity.js';
import { defineEntity, p } from '@mikro-orm/core';
import { ROLES } from '../../domain/roles.js';
import { TASK_KINDS, TASK_STATES } from '../../domain/release/task.machine.js';
import { byInstant, id, mutable, number } from '../columns.js';
import { Distribution } from '../distribution/distribution.entity.js';
import { Person } from '../people/person.entity.js';
import { Release } from './release.entity.js';

const TaskSchema = defineEntity({
  name: 'Task',
  tableName: 'task',
  properties: {
    id: id(),
    number: number('TSK', 'task'),
    releaseId: () => p.manyToOne(Release).mapToPk().fieldName('release_id').deleteRule('restrict'),
    phaseId: () => p.manyToOne(Phase).mapToPk().fieldName('phase_id').deleteRule('restrict'),
    position: p.integer(),
    templateKey: p.text().nullable(),
    name: p.text(),
    description: p.text().default(''),
    kind: p.enum(TASK_KINDS).default('MANUAL'),
    state: p.enum(TASK_STATES).default('PLANNED'),
    stateReason: p.text().nullable(),
    mandatory: p.boolean().default(false),
    assigneeRole: p.enum(ROLES).nullable(),
    assigneeId: () => p.manyToOne(Person).mapToPk().fieldName('assignee_id').nullable().deleteRule('restrict'),
    plannedStart: p.datetime().nullable(),
    plannedEnd: p.datetime().nullable(),
    actualStart: p.datetime().nullable(),
    actualEnd: p.datetime().nullable(),
    evidence: p.text().nullable(),
    completedById: () => p.manyToOne(Person).mapToPk().fieldName('completed_by_id').nullable().deleteRule('restrict'),
    distributionId: () =>
      p.manyToOne(Distribution).mapToPk().fieldName('distribution_id').nullable().deleteRule('restrict'),
    ...mutable(),
  },
  indexes: [
    { properties: ['releaseId', 'position', 'id'] },
    { properties: ['phaseId', 'position', 'id'] },
    { properties: ['assigneeId', 'state'] },
    { properties: ['plannedEnd'] },
    { properties: ['distributionId'] },
    { properties: ['state', 'id'] },
    byInstant('task', 'planned_start'),
    byInstant('task', 'planned_end'),
  ],
});

/**
 * A task of a release plan, with assignee, predecessors, planned and actual dates and evidence. `templateKey` is as for
 * phases.
 */
export class Task extends TaskSchema.class {}
TaskSchema.setClass(Task);

import { Field, Int, ObjectType } from 'type-graphql';
import type { Role } from '../../domain/roles.js';
import {
  TASK_KIND_DESCRIPTIONS,
  TASK_KINDS,
  TASK_STATE_DESCRIPTIONS,
  TASK_STATES,
  type TaskKind,
  type TaskState,
} from '../../domain/release/task.machine.js';
import { enumFrom, RoleEnum } from '../enums.js';
import { enumFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { flag, id, instant, int, listType, oneOf, text } from '../list.js';

export const TaskStateEnum = enumFrom('TaskState', TASK_STATES, 'Lifecycle state of a task.', TASK_STATE_DESCRIPTIONS);
export const TaskKindEnum = enumFrom(
  'TaskKind',
  TASK_KINDS,
  'Kind of work that a task consists of.',
  TASK_KIND_DESCRIPTIONS,
);

/** A task in the API; also the shape of the row that the read model selects. */
@ObjectType('Task', {
  implements: NodeType,
  description: 'Unit of work in a release plan, with an assignee, predecessors, dates and evidence of its result.',
  simpleResolvers: true,
})
export class TaskType extends NodeType {
  @Field(() => String, { description: 'Human-readable number, e.g. TSK-1042.' })
  number!: string;

  @Field(() => String, { description: 'Name of the task, e.g. "Run regression tests".' })
  name!: string;

  @Field(() => String, { description: 'Work to be done.' })
  description!: string;

  @Field(() => TaskKindEnum, { description: 'Kind of work, e.g. MANUAL or TEST.' })
  kind!: TaskKind;

  @Field(() => TaskStateEnum, {
    description: 'Lifecycle state. BLOCKED and READY are derived from the predecessors and the state of the release.',
  })
  state!: TaskState;

  @Field(() => String, {
    nullable: true,
    description: 'Reason for the current state, e.g. of a failure, or the question that the task waits for.',
  })
  stateReason!: string | null;

  @Field(() => Boolean, {
    description: 'Whether leaving out or reshaping the task requires a waiver of the release owner.',
  })
  mandatory!: boolean;

  @Field(() => RoleEnum, {
    nullable: true,
    description: 'Role that the task is intended for. Its holders can claim the task while it is unassigned.',
  })
  role!: Role | null;

  @Field(() => Int, { description: 'Position among the tasks of the phase, starting at 0.' })
  position!: number;

  @Field(() => DateTime, { nullable: true, description: 'Planned start.' })
  plannedStart!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Planned end; the task is due at this time.' })
  plannedEnd!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When work on the task started.' })
  actualStart!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the task was completed, failed or skipped.' })
  actualEnd!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Evidence of the result: text or the URL of a report. The evidence of a test is bound to `testedContents`.',
  })
  evidence!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Key of the task in the template. Null if it was added to this release.',
  })
  templateKey!: string | null;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When the task was added to the plan.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When the task last changed.' })
  updatedAt!: string;

  releaseId!: string;
  phaseId!: string;
  assigneeId!: string | null;
  completedById!: string | null;
  distributionId!: string | null;
}

export const TaskStateFilter = enumFilter('TaskState', TaskStateEnum);
export const TaskKindFilter = enumFilter('TaskKind', TaskKindEnum);
export const RoleFilter = enumFilter('Role', RoleEnum);

/** The list of tasks, with its filters and sort fields. */
export const taskList = listType('Task', () => TaskType, {
  of: 'tasks',
  filter: {
    number: text('By task number, e.g. TSK-1042.'),
    name: text('By task name.'),
    state: oneOf(TaskStateFilter, 'By lifecycle state of the task.'),
    kind: oneOf(TaskKindFilter, 'By kind of work.'),
    mandatory: flag('True: only mandatory tasks. False: only optional tasks.'),
    assignee: id('Person', 'By assignee; `isNull: true` finds unassigned tasks.'),
    role: oneOf(RoleFilter, 'By the role that the task is intended for.'),
    release: id('Release', 'By the release whose plan contains the task.'),
    phase: id('Phase', 'By the phase that contains the task.'),
    distribution: id('Distribution', 'By the distribution that the task starts and ends with.'),
    plannedStart: instant('By planned start of the task.'),
    due: instant('By planned end of the task.'),
  },
  order: {
    PLAN: int('Position in the release plan: by phase, then within the phase.'),
    PLANNED_START: instant('Planned start; tasks without one come last.'),
    DUE: instant('Planned end; tasks without one come last.'),
    UPDATED_AT: instant('Time of the last change.'),
  },
});

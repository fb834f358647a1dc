import { Field, InputType, Int, ObjectType } from 'type-graphql';
import type { Role } from '../../domain/roles.js';
import {
  TASK_KIND_DESCRIPTIONS,
  TASK_KINDS,
  TASK_STATE_DESCRIPTIONS,
  TASK_STATES,
  type TaskKind,
  type TaskState,
} from '../../domain/release/task.machine.js';
import { connectionType } from '../connection.js';
import { enumFrom, OrderDirection, RoleEnum } from '../enums.js';
import { Combinable, DateTimeFilter, enumFilter, IdFilter, StringFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import type { OrderTerm } from '../../domain/list.js';

export const TaskStateEnum = enumFrom('TaskState', TASK_STATES, 'How far a task is.', TASK_STATE_DESCRIPTIONS);
export const TaskKindEnum = enumFrom('TaskKind', TASK_KINDS, 'What kind of work a task is.', TASK_KIND_DESCRIPTIONS);

/** A task as the API shows it, and the row it is read as. */
@ObjectType('Task', {
  implements: NodeType,
  description:
    'A piece of work in a release plan: what is to be done, by whom, after which other tasks, when, and with what result.',
  simpleResolvers: true,
})
export class TaskType extends NodeType {
  @Field(() => String, { description: 'Number for people, e.g. TSK-1042.' })
  number!: string;

  @Field(() => String, { description: 'Name.' })
  name!: string;

  @Field(() => String, { description: 'What is to be done.' })
  description!: string;

  @Field(() => TaskKindEnum, { description: 'What kind of work it is.' })
  kind!: TaskKind;

  @Field(() => TaskStateEnum, {
    description: 'How far it is. BLOCKED and READY follow from the tasks before it and from the state of the release.',
  })
  state!: TaskState;

  @Field(() => String, { nullable: true, description: 'Why it failed, was skipped, or what it waits for.' })
  stateReason!: string | null;

  @Field(() => Boolean, { description: 'Whether it can be skipped or taken out only with a waiver.' })
  mandatory!: boolean;

  @Field(() => RoleEnum, {
    nullable: true,
    description: 'The role it is meant for. Whoever holds it may claim the task while nobody is assigned.',
  })
  role!: Role | null;

  @Field(() => Int, { description: 'Its place among the tasks of its phase, from 0.' })
  position!: number;

  @Field(() => DateTime, { nullable: true, description: 'When it is planned to start.' })
  plannedStart!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it is due.' })
  plannedEnd!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was started.' })
  actualStart!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was completed, failed or skipped.' })
  actualEnd!: string | null;

  @Field(() => String, { nullable: true, description: 'Evidence of the result: a text, or the address of a report.' })
  evidence!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Its key in the template; null when somebody added it to this release.',
  })
  templateKey!: string | null;

  @Field(() => Int, { description: 'Grows with every change; give it back as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When it was added to the plan.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When it last changed.' })
  updatedAt!: string;

  releaseId!: string;
  phaseId!: string;
  assigneeId!: string | null;
}

export const TaskConnection = connectionType('Task', () => TaskType);

export const TaskStateFilter = enumFilter('TaskState', TaskStateEnum);
export const TaskKindFilter = enumFilter('TaskKind', TaskKindEnum);
export const RoleFilter = enumFilter('Role', RoleEnum);

/** What lists of tasks can be narrowed by. */
@Combinable()
@InputType('TaskFilter', { description: 'Narrows a list of tasks. All that is given must hold.' })
export class TaskFilter {
  @Field(() => IdFilter, { nullable: true, description: 'By id.' })
  id?: IdFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By number.' })
  number?: StringFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By name.' })
  name?: StringFilter;
  @Field(() => TaskStateFilter, { nullable: true, description: 'By state.' })
  state?: InstanceType<typeof TaskStateFilter>;
  @Field(() => TaskKindFilter, { nullable: true, description: 'By kind of work.' })
  kind?: InstanceType<typeof TaskKindFilter>;
  @Field(() => Boolean, { nullable: true, description: 'True: mandatory. False: optional.' })
  mandatory?: boolean;
  @Field(() => IdFilter, {
    nullable: true,
    description: 'By the person it is assigned to; `isNull: true` finds what nobody has taken.',
  })
  assignee?: IdFilter;
  @Field(() => RoleFilter, { nullable: true, description: 'By the role it is meant for.' })
  role?: InstanceType<typeof RoleFilter>;
  @Field(() => IdFilter, { nullable: true, description: 'By release.' })
  release?: IdFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By phase.' })
  phase?: IdFilter;
  @Field(() => DateTimeFilter, { nullable: true, description: 'By planned start.' })
  plannedStart?: DateTimeFilter;
  @Field(() => DateTimeFilter, { nullable: true, description: 'By when it is due.' })
  due?: DateTimeFilter;
}

export const TaskOrderField = enumFrom(
  'TaskOrderField',
  ['ID', 'PLAN', 'PLANNED_START', 'DUE', 'UPDATED_AT'],
  'What tasks can be ordered by.',
  {
    ID: 'Age of the record.',
    PLAN: 'Place in the plan of their release: by phase, then within the phase.',
    PLANNED_START: 'Planned start; tasks without one come last.',
    DUE: 'When they are due; tasks without a date come last.',
    UPDATED_AT: 'Time of the last change.',
  },
);

/** One term of an order of tasks. */
@InputType('TaskOrder', { description: 'One term of an order of tasks.' })
export class TaskOrder implements OrderTerm {
  @Field(() => TaskOrderField, { description: 'By what.' })
  field!: keyof typeof TaskOrderField;
  @Field(() => OrderDirection, { defaultValue: 'ASC', description: 'In which direction.' })
  direction!: 'ASC' | 'DESC';
}

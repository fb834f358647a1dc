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

export const TaskStateFilter = enumFilter('TaskState', TaskStateEnum);
export const TaskKindFilter = enumFilter('TaskKind', TaskKindEnum);
export const RoleFilter = enumFilter('Role', RoleEnum);

/** Lists of tasks: what they can be filtered and ordered by. */
export const taskList = listType('Task', () => TaskType, {
  of: 'tasks',
  filter: {
    number: text('By number.'),
    name: text('By name.'),
    state: oneOf(TaskStateFilter, 'By state.'),
    kind: oneOf(TaskKindFilter, 'By kind of work.'),
    mandatory: flag('True: mandatory. False: optional.'),
    assignee: id('Person', 'By the person it is assigned to; `isNull: true` finds what nobody has taken.'),
    role: oneOf(RoleFilter, 'By the role it is meant for.'),
    release: id('Release', 'By release.'),
    phase: id('Phase', 'By phase.'),
    plannedStart: instant('By planned start.'),
    due: instant('By when it is due.'),
  },
  order: {
    PLAN: int('Place in the plan of their release: by phase, then within the phase.'),
    PLANNED_START: instant('Planned start; tasks without one come last.'),
    DUE: instant('When they are due; tasks without a date come last.'),
    UPDATED_AT: instant('Time of the last change.'),
  },
});

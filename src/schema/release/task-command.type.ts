import { Field, ID, InputType, Int } from 'type-graphql';
import type { Role } from '../../domain/roles.js';
import type { TaskKind } from '../../domain/release/task.machine.js';
import { RoleEnum } from '../enums.js';
import { payloadType } from '../payload.js';
import { ReleaseType } from './release.type.js';
import { DateTime } from '../scalars.js';
import { TaskKindEnum, TaskType } from './task.type.js';

const KEY =
  'Makes repeating the call safe: the same key with the same input gives the first result again. Kept at least 24 hours.';
const WAIVER =
  'Needed when the task is mandatory and no waiver was granted: why that is waived. Kept as a waiver that is used up at once.';

/** What every command on a task takes. */
@InputType()
abstract class TaskCommandFields {
  @Field(() => ID, { description: 'The task.' })
  id!: string;
  @Field(() => Int, {
    nullable: true,
    description: 'The version that was read; when given, another one is refused with CONFLICT.',
  })
  expectedVersion?: number | null;
  @Field(() => String, { nullable: true, description: KEY })
  idempotencyKey?: string | null;
}

/** What every edit of a task takes. */
@InputType()
abstract class TaskEditFields {
  @Field(() => ID, { description: 'The task.' })
  id!: string;
  @Field(() => Int, { description: 'The version that was read; another one is refused with CONFLICT.' })
  expectedVersion!: number;
  @Field(() => String, { nullable: true, description: KEY })
  idempotencyKey?: string | null;
}

/** Input of `taskAdd`. */
@InputType('TaskAddInput', {
  description: 'A task to be added to a phase of a release plan, also while the release is under way.',
})
export class TaskAddInput {
  @Field(() => ID, { description: 'The phase.' })
  phaseId!: string;
  @Field(() => String, { description: 'Name, 1 to 200 characters.' })
  name!: string;
  @Field(() => String, { nullable: true, description: 'What is to be done.' })
  description?: string | null;
  @Field(() => TaskKindEnum, { nullable: true, description: 'What kind of work it is. Default MANUAL.' })
  kind?: TaskKind | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether it can be skipped or taken out only with a waiver. Default false.',
  })
  mandatory?: boolean | null;
  @Field(() => RoleEnum, { nullable: true, description: 'The role it is meant for.' })
  role?: Role | null;
  @Field(() => ID, { nullable: true, description: 'The person it is assigned to.' })
  assigneeId?: string | null;
  @Field(() => DateTime, {
    nullable: true,
    description: 'When it is planned to start. Not before the tasks it comes after end.',
  })
  plannedStart?: string | null;
  @Field(() => DateTime, { nullable: true, description: 'When it is due.' })
  plannedEnd?: string | null;
  @Field(() => [ID], { nullable: true, description: 'Tasks of the same release that must be done before it.' })
  predecessorIds?: string[] | null;
  @Field(() => Int, { nullable: true, description: 'Its place among the tasks of the phase, from 0. Default: last.' })
  position?: number | null;
  @Field(() => String, { nullable: true, description: KEY })
  idempotencyKey?: string | null;
}

/** Input of `taskUpdate`. */
@InputType('TaskUpdateInput', { description: 'Changes to the details of a task. What is absent stays as it is.' })
export class TaskUpdateInput extends TaskEditFields {
  @Field(() => String, { nullable: true, description: 'Name, 1 to 200 characters.' })
  name?: string | null;
  @Field(() => String, { nullable: true, description: 'What is to be done.' })
  description?: string | null;
  @Field(() => TaskKindEnum, {
    nullable: true,
    description: 'What kind of work it is; fixed once the task has been started.',
  })
  kind?: TaskKind | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether it can be skipped or taken out only with a waiver; fixed once the task has been started.',
  })
  mandatory?: boolean | null;
  @Field(() => String, {
    nullable: true,
    description: 'Needed to make a mandatory task optional: why that is waived. Kept as a waiver.',
  })
  waiverReason?: string | null;
  @Field(() => DateTime, { nullable: true, description: 'When it is planned to start; null removes the date.' })
  plannedStart?: string | null;
  @Field(() => DateTime, { nullable: true, description: 'When it is due; null removes the date.' })
  plannedEnd?: string | null;
}

/** Input of `taskRemove`. */
@InputType('TaskRemoveInput', {
  description:
    'A task that has not been started, to be taken out of the plan. What came after it comes after its predecessors.',
})
export class TaskRemoveInput extends TaskCommandFields {
  @Field(() => String, { nullable: true, description: WAIVER })
  waiverReason?: string | null;
  @Field(() => String, { nullable: true, description: 'Why; kept in the event.' })
  reason?: string | null;
}

/** Input of `taskMove`. */
@InputType('TaskMoveInput', { description: 'Another place for a task that has not been started.' })
export class TaskMoveInput extends TaskEditFields {
  @Field(() => ID, { nullable: true, description: 'The phase, of the same release. Default: the one it is in.' })
  phaseId?: string | null;
  @Field(() => Int, { nullable: true, description: 'Its place among the tasks of the phase, from 0. Default: last.' })
  position?: number | null;
}

/** Input of `taskSetPredecessors`. */
@InputType('TaskSetPredecessorsInput', { description: 'After which tasks a task comes. Replaces what was there.' })
export class TaskSetPredecessorsInput extends TaskEditFields {
  @Field(() => [ID], {
    description: 'Tasks of the same release that must be done before it. No circle may come about.',
  })
  predecessorIds!: string[];
}

/** Input of `taskAssign`. */
@InputType('TaskAssignInput', { description: 'Who is to do a task. Give a person, a role, or both.' })
export class TaskAssignInput extends TaskCommandFields {
  @Field(() => ID, { nullable: true, description: 'The person; null takes the task from whoever has it.' })
  personId?: string | null;
  @Field(() => RoleEnum, {
    nullable: true,
    description:
      'The role, whose holders may claim the task while nobody has it. Given without a person it takes the task from whoever has it.',
  })
  role?: Role | null;
  @Field(() => String, { nullable: true, description: 'Why; kept in the event.' })
  reason?: string | null;
}

/** Input of `taskRequestInput`. */
@InputType('TaskRequestInputInput', { description: 'What a task waits for.' })
export class TaskRequestInputInput extends TaskCommandFields {
  @Field(() => String, { description: 'The question.' })
  question!: string;
}

/** Input of `taskProvideInput`. */
@InputType('TaskProvideInputInput', { description: 'The answer that a task waits for.' })
export class TaskProvideInputInput extends TaskCommandFields {
  @Field(() => String, { description: 'The answer; kept in the event.' })
  answer!: string;
}

/** Input of `taskComplete`. */
@InputType('TaskCompleteInput', { description: 'A task that is done.' })
export class TaskCompleteInput extends TaskCommandFields {
  @Field(() => String, {
    nullable: true,
    description:
      'Evidence of the result: a text, or the address of a report. Required for tasks of kind TEST and HARDWARE.',
  })
  evidence?: string | null;
  @Field(() => String, { nullable: true, description: 'A remark; kept in the event.' })
  reason?: string | null;
}

/** Input of `taskFail`. */
@InputType('TaskFailInput', { description: 'A task that was tried and failed.' })
export class TaskFailInput extends TaskCommandFields {
  @Field(() => String, { description: 'What went wrong.' })
  reason!: string;
}

/** Input of `taskSkip`. */
@InputType('TaskSkipInput', { description: 'A task that is left out.' })
export class TaskSkipInput extends TaskCommandFields {
  @Field(() => String, { description: 'Why.' })
  reason!: string;
  @Field(() => String, { nullable: true, description: WAIVER })
  waiverReason?: string | null;
}

const payload = (mutation: string) => payloadType(mutation, 'task', () => TaskType);

export const TaskAddPayload = payload('taskAdd');
export const TaskUpdatePayload = payload('taskUpdate');
export const TaskMovePayload = payload('taskMove');
export const TaskSetPredecessorsPayload = payload('taskSetPredecessors');
export const TaskAssignPayload = payload('taskAssign');
export const TaskClaimPayload = payload('taskClaim');
export const TaskStartPayload = payload('taskStart');
export const TaskRequestInputPayload = payload('taskRequestInput');
export const TaskProvideInputPayload = payload('taskProvideInput');
export const TaskCompletePayload = payload('taskComplete');
export const TaskFailPayload = payload('taskFail');
export const TaskRetryPayload = payload('taskRetry');
export const TaskSkipPayload = payload('taskSkip');
export const TaskRemovePayload = payloadType('taskRemove', 'release', () => ReleaseType);
export const PhaseRemovePayload = payloadType('phaseRemove', 'release', () => ReleaseType);

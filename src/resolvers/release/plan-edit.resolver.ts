import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import { releaseRead } from '../../reads/release/release.reads.js';
import { phaseRead, taskRead } from '../../reads/release/task.reads.js';
import {
  PhaseAddInput,
  PhaseAddPayload,
  PhaseRemoveInput,
  PhaseUpdateInput,
  PhaseUpdatePayload,
} from '../../schema/release/phase.type.js';
import * as t from '../../schema/release/task-command.type.js';
import * as phases from '../../services/release/phase.service.js';
import * as tasks from '../../services/release/task-edit.service.js';
import { command } from '../command.js';
import type { Context } from '../context.js';

const task = (mutation: string) => ({ mutation, field: 'task', model: taskRead });
const phase = (mutation: string) => ({ mutation, field: 'phase', model: phaseRead });
const release = (mutation: string) => ({ mutation, field: 'release', model: releaseRead });

/** Dynamic flow: the plan of a release can be edited until the release is over; only what has not been started may move or go. */
@Resolver()
export class PlanEditResolver {
  @Authorized('RELEASE_MANAGER')
  @Mutation(() => PhaseAddPayload, { description: 'Adds a phase to the plan of a release.' })
  phaseAdd(
    @Arg('input', () => PhaseAddInput, { description: 'The phase.' }) input: PhaseAddInput,
    @Ctx() context: Context,
  ) {
    return command(context, phase('phaseAdd'), input, (uow) => phases.phaseAdd(uow, input));
  }

  @Authorized('RELEASE_MANAGER')
  @Mutation(() => PhaseUpdatePayload, {
    description: 'Renames a phase or moves it among the phases of the same state.',
  })
  phaseUpdate(
    @Arg('input', () => PhaseUpdateInput, { description: 'What changes.' }) input: PhaseUpdateInput,
    @Ctx() context: Context,
  ) {
    return command(context, phase('phaseUpdate'), input, (uow) => phases.phaseUpdate(uow, input));
  }

  @Authorized('RELEASE_MANAGER')
  @Mutation(() => t.PhaseRemovePayload, {
    description:
      'Takes a phase with its tasks out of a plan. None of them may have been started; mandatory ones need a waiver.',
  })
  phaseRemove(
    @Arg('input', () => PhaseRemoveInput, { description: 'Which phase.' }) input: PhaseRemoveInput,
    @Ctx() context: Context,
  ) {
    return command(context, release('phaseRemove'), input, (uow) => phases.phaseRemove(uow, input));
  }

  @Authorized('RELEASE_MANAGER')
  @Mutation(() => t.TaskAddPayload, { description: 'Adds a task to a phase, also while the release is under way.' })
  taskAdd(
    @Arg('input', () => t.TaskAddInput, { description: 'The task.' }) input: t.TaskAddInput,
    @Ctx() context: Context,
  ) {
    return command(context, task('taskAdd'), input, (uow) => tasks.taskAdd(uow, input));
  }

  @Authorized('RELEASE_MANAGER')
  @Mutation(() => t.TaskUpdatePayload, {
    description: 'Edits the given details of a task. Its dates must agree with the tasks before and after it.',
  })
  taskUpdate(
    @Arg('input', () => t.TaskUpdateInput, { description: 'What changes.' }) input: t.TaskUpdateInput,
    @Ctx() context: Context,
  ) {
    return command(context, task('taskUpdate'), input, (uow) => tasks.taskUpdate(uow, input));
  }

  @Authorized('RELEASE_MANAGER')
  @Mutation(() => t.TaskRemovePayload, {
    description: 'Takes a task that has not been started out of the plan. A mandatory one needs a waiver.',
  })
  taskRemove(
    @Arg('input', () => t.TaskRemoveInput, { description: 'Which task.' }) input: t.TaskRemoveInput,
    @Ctx() context: Context,
  ) {
    return command(context, release('taskRemove'), input, (uow) => tasks.taskRemove(uow, input));
  }

  @Authorized('RELEASE_MANAGER')
  @Mutation(() => t.TaskMovePayload, {
    description: 'Moves a task that has not been started to another place, in its phase or in another one.',
  })
  taskMove(
    @Arg('input', () => t.TaskMoveInput, { description: 'Which task, and where to.' }) input: t.TaskMoveInput,
    @Ctx() context: Context,
  ) {
    return command(context, task('taskMove'), input, (uow) => tasks.taskMove(uow, input));
  }

  @Authorized('RELEASE_MANAGER')
  @Mutation(() => t.TaskSetPredecessorsPayload, {
    description:
      'Says after which tasks a task comes. A circle of tasks that wait for one another is refused and named.',
  })
  taskSetPredecessors(
    @Arg('input', () => t.TaskSetPredecessorsInput, { description: 'Which task, after which others.' })
    input: t.TaskSetPredecessorsInput,
    @Ctx() context: Context,
  ) {
    return command(context, task('taskSetPredecessors'), input, (uow) => tasks.taskSetPredecessors(uow, input));
  }
}

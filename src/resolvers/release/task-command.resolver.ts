import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import { WORKING_ROLES } from '../../domain/roles.js';
import { taskRead } from '../../reads/release/task.reads.js';
import { commandInput, type CommandOnly } from '../../schema/inputs.js';
import * as t from '../../schema/release/task-command.type.js';
import * as service from '../../services/release/task.service.js';
import { command } from '../command.js';
import type { Context } from '../context.js';

const TaskClaimInput = commandInput('taskClaim', 'task');
const TaskStartInput = commandInput('taskStart', 'task');
const TaskRetryInput = commandInput('taskRetry', 'task');

const WHICH = { description: 'Which task.' };
const shows = (mutation: string) => ({ mutation, field: 'task', model: taskRead });

/** What people do with the tasks they have. Who may is decided task by task: the assignee, holders of its role, the release manager. */
@Resolver()
export class TaskCommandResolver {
  @Authorized(...WORKING_ROLES)
  @Mutation(() => t.TaskAssignPayload, {
    description:
      'Assigns a task to a person, or to a role whose holders may claim it. Who has the task may hand it over.',
  })
  taskAssign(
    @Arg('input', () => t.TaskAssignInput, { description: 'Which task, and who.' }) input: t.TaskAssignInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('taskAssign'), input, (uow) => service.taskAssign(uow, input));
  }

  @Authorized(...WORKING_ROLES)
  @Mutation(() => t.TaskClaimPayload, {
    description: 'Takes a task that nobody has and that is meant for a role you hold.',
  })
  taskClaim(@Arg('input', () => TaskClaimInput, WHICH) input: CommandOnly, @Ctx() context: Context) {
    return command(context, shows('taskClaim'), input, (uow) => service.taskClaim(uow, input));
  }

  @Authorized(...WORKING_ROLES)
  @Mutation(() => t.TaskStartPayload, {
    description: 'Begins to work on a task that is READY. A task that nobody has becomes yours.',
  })
  taskStart(@Arg('input', () => TaskStartInput, WHICH) input: CommandOnly, @Ctx() context: Context) {
    return command(context, shows('taskStart'), input, (uow) => service.taskStart(uow, input));
  }

  @Authorized(...WORKING_ROLES)
  @Mutation(() => t.TaskRequestInputPayload, { description: 'Puts a task aside until somebody answers a question.' })
  taskRequestInput(
    @Arg('input', () => t.TaskRequestInputInput, { description: 'Which task, and the question.' })
    input: t.TaskRequestInputInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('taskRequestInput'), input, (uow) => service.taskRequestInput(uow, input));
  }

  @Authorized(...WORKING_ROLES)
  @Mutation(() => t.TaskProvideInputPayload, { description: 'Answers what a task waits for; work on it goes on.' })
  taskProvideInput(
    @Arg('input', () => t.TaskProvideInputInput, { description: 'Which task, and the answer.' })
    input: t.TaskProvideInputInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('taskProvideInput'), input, (uow) => service.taskProvideInput(uow, input));
  }

  @Authorized(...WORKING_ROLES)
  @Mutation(() => t.TaskCompletePayload, {
    description:
      'Records that a task is done, with evidence where its kind asks for some. What waited for it becomes READY.',
  })
  taskComplete(
    @Arg('input', () => t.TaskCompleteInput, { description: 'Which task, and the evidence.' })
    input: t.TaskCompleteInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('taskComplete'), input, (uow) => service.taskComplete(uow, input));
  }

  @Authorized(...WORKING_ROLES)
  @Mutation(() => t.TaskFailPayload, {
    description: 'Records that a task was tried and failed. It can be retried, or skipped.',
  })
  taskFail(
    @Arg('input', () => t.TaskFailInput, { description: 'Which task, and what went wrong.' }) input: t.TaskFailInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('taskFail'), input, (uow) => service.taskFail(uow, input));
  }

  @Authorized(...WORKING_ROLES)
  @Mutation(() => t.TaskRetryPayload, { description: 'Makes a failed task READY again.' })
  taskRetry(@Arg('input', () => TaskRetryInput, WHICH) input: CommandOnly, @Ctx() context: Context) {
    return command(context, shows('taskRetry'), input, (uow) => service.taskRetry(uow, input));
  }

  @Authorized('RELEASE_MANAGER', 'RELEASE_OWNER')
  @Mutation(() => t.TaskSkipPayload, { description: 'Leaves a task out. A mandatory one only with a waiver.' })
  taskSkip(
    @Arg('input', () => t.TaskSkipInput, { description: 'Which task, and why.' }) input: t.TaskSkipInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('taskSkip'), input, (uow) => service.taskSkip(uow, input));
  }
}

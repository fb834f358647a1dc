import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { taskList, TaskType } from '../../schema/release/task.type.js';
import { Args, Authorized, Ctx, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import { taskMachine } from '../../domain/release/task.machine.js';
import { eventsOf } from '../../reads/event.reads.js';
import { distributionRead } from '../../reads/distribution/distribution.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import { predecessorsOfTask, successorsOfTask, taskRead } from '../../reads/release/task.reads.js';
import { taskSlack } from '../../reads/release/task-slack.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { DistributionType } from '../../schema/distribution/distribution.type.js';
import { EventConnection } from '../../schema/event.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { PhaseType } from '../../schema/release/phase.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { taskFacts } from '../../facts/release/task.facts.js';
import { presentCommands } from '../available-commands.js';
import { WORK } from '../work.js';
import type { Context } from '../context.js';
import { phaseRead } from '../../reads/release/phase.reads.js';

const taskEvents = eventsOf('Task');

/** The list of tasks of all releases, and the related objects and available commands of a task. */
@Resolver(() => TaskType)
export class TaskResolver {
  @Authorized()
  @Query(() => taskList.Connection, {
    description: 'Lists the tasks of all releases. Filter them, e.g. by assignee, role or due date.',
  })
  tasks(@ListArgs(taskList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(taskRead, list);
  }

  @FieldResolver(() => ReleaseType, { description: 'Release whose plan contains the task.' })
  release(@Root() { releaseId }: TaskType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, releaseId);
  }

  @FieldResolver(() => PhaseType, { description: 'Phase that contains the task.' })
  phase(@Root() { phaseId }: TaskType, @Ctx() { reads }: Context) {
    return reads.byId(phaseRead, phaseId);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Person assigned to the task. Null while it is unassigned.',
  })
  assignee(@Root() { assigneeId }: TaskType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, assigneeId);
  }

  @FieldResolver(() => DistributionType, {
    nullable: true,
    description: 'Distribution that the task starts and ends with. Null for a task of its own.',
  })
  distribution(@Root() { distributionId }: TaskType, @Ctx() { reads }: Context) {
    return reads.byId(distributionRead, distributionId);
  }

  @FieldResolver(() => taskList.Connection, {
    description: 'Direct predecessors: tasks that must be done before this task.',
  })
  predecessors(@Root() { id }: TaskType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(predecessorsOfTask, id, page);
  }

  @FieldResolver(() => taskList.Connection, { description: 'Direct successors: tasks that wait for this task.' })
  successors(@Root() { id }: TaskType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(successorsOfTask, id, page);
  }

  @FieldResolver(() => Int, {
    complexity: WORK.facts,
    nullable: true,
    description:
      'Number of minutes that the task can slip without delaying the end of the plan, based ' +
      'on planned durations. 0 on the critical path; null for back-out tasks.',
  })
  slackMinutes(@Root() { id }: TaskType, @Ctx() { reads }: Context) {
    return reads.batch('task.slack', taskSlack, id);
  }

  @FieldResolver(() => EventConnection, { description: 'Events of the task, newest first.' })
  events(@Root() { id }: TaskType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(taskEvents, id, page);
  }

  @FieldResolver(() => [AvailableCommandType], {
    complexity: WORK.task,
    description: 'Commands in the current state, with the blockers that apply to you.',
  })
  async availableCommands(@Root() task: TaskType, @Ctx() { reads, services }: Context) {
    const facts = await reads.batch(
      'task.facts',
      (ids, db, actor) => taskFacts(db, actor, ids, services.clock()),
      task.id,
    );
    return await presentCommands(reads, taskMachine, task.state, facts);
  }
}

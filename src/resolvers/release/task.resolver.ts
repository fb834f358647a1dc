import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { taskList, TaskType } from '../../schema/release/task.type.js';
import { Args, Authorized, Ctx, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import { taskMachine } from '../../domain/release/task.machine.js';
import { eventsOf } from '../../reads/event.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import { predecessorsOfTask, successorsOfTask, taskRead, tasksOfPhase } from '../../reads/release/task.reads.js';
import { taskSlack } from '../../reads/release/task-slack.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { EventConnection } from '../../schema/event.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { PhaseType } from '../../schema/release/phase.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { taskFacts } from '../../facts/release/task.facts.js';
import { presentCommands } from '../available-commands.js';
import type { Context } from '../context.js';
import { phaseRead } from '../../reads/release/phase.reads.js';

const taskEvents = eventsOf('Task');

/** Tasks as a list over all releases, and what hangs on one. */
@Resolver(() => TaskType)
export class TaskResolver {
  @Authorized()
  @Query(() => taskList.Connection, {
    description: 'Tasks of all releases: what somebody has to do, what a role may claim, what is overdue.',
  })
  tasks(@ListArgs(taskList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(taskRead, list);
  }

  @FieldResolver(() => ReleaseType, { description: 'The release whose plan it belongs to.' })
  release(@Root() { releaseId }: TaskType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, releaseId);
  }

  @FieldResolver(() => PhaseType, { description: 'The phase it belongs to.' })
  phase(@Root() { phaseId }: TaskType, @Ctx() { reads }: Context) {
    return reads.byId(phaseRead, phaseId);
  }

  @FieldResolver(() => PersonType, { nullable: true, description: 'Who has it; null while nobody does.' })
  assignee(@Root() { assigneeId }: TaskType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, assigneeId);
  }

  @FieldResolver(() => taskList.Connection, { description: 'Tasks that must be done right before it.' })
  predecessors(@Root() { id }: TaskType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(predecessorsOfTask, id, page);
  }

  @FieldResolver(() => taskList.Connection, { description: 'Tasks that wait for it directly.' })
  successors(@Root() { id }: TaskType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(successorsOfTask, id, page);
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description:
      'By how many minutes it may slip without delaying the end of the plan, by planned durations; 0 on the critical path. Null for tasks of a back-out.',
  })
  slackMinutes(@Root() { id }: TaskType, @Ctx() { reads }: Context) {
    return reads.batch('task.slack', taskSlack, id);
  }

  @FieldResolver(() => EventConnection, { description: 'Its history, newest first.' })
  events(@Root() { id }: TaskType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(taskEvents, id, page);
  }

  @FieldResolver(() => [AvailableCommandType], {
    description: 'Commands that exist in its present state, and what stands in their way for you.',
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

/** What hangs on a phase. */
@Resolver(() => PhaseType)
export class PhaseResolver {
  @FieldResolver(() => ReleaseType, { description: 'The release whose plan it belongs to.' })
  release(@Root() { releaseId }: PhaseType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, releaseId);
  }

  @FieldResolver(() => taskList.Connection, { description: 'Its tasks, in order.' })
  tasks(@Root() { id }: PhaseType, @ListArgs(taskList) list: ListInput, @Ctx() { reads }: Context) {
    return reads.edge(tasksOfPhase, id, list);
  }
}

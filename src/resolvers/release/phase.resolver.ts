import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { taskList } from '../../schema/release/task.type.js';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { releaseRead } from '../../reads/release/release.reads.js';
import { tasksOfPhase } from '../../reads/release/task.reads.js';
import { PhaseType } from '../../schema/release/phase.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import type { Context } from '../context.js';

/** The related objects of a phase. */
@Resolver(() => PhaseType)
export class PhaseResolver {
  @FieldResolver(() => ReleaseType, { description: 'Release whose plan contains the phase.' })
  release(@Root() { releaseId }: PhaseType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, releaseId);
  }

  @FieldResolver(() => taskList.Connection, { description: 'Tasks of the phase, in plan order.' })
  tasks(@Root() { id }: PhaseType, @ListArgs(taskList) list: ListInput, @Ctx() { reads }: Context) {
    return reads.edge(tasksOfPhase, id, list);
  }
}

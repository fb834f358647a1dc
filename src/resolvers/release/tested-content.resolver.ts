import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { dmlItemVersionRead } from '../../reads/library/dml-item-version.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { taskRead } from '../../reads/release/task.reads.js';
import { testedContentsOfTask } from '../../reads/release/tested-content.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { DmlItemVersionType } from '../../schema/library/dml-item-version.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { TaskType } from '../../schema/release/task.type.js';
import { TestedContentConnection, TestedContentType } from '../../schema/release/tested-content.type.js';
import type { Context } from '../context.js';

/** Who completed a task, and what the evidence of a test was given on. */
@Resolver(() => TaskType)
export class TaskEvidenceResolver {
  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Person who completed the task and gave its evidence. Null until then.',
  })
  completedBy(@Root() { completedById }: TaskType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, completedById);
  }

  @FieldResolver(() => TestedContentConnection, {
    description:
      'The package of the release when this test was completed, with its digests. Empty for tasks of other ' +
      'kinds, for tests of an empty package, and for tests completed before Interlock recorded it.',
  })
  testedContents(@Root() { id }: TaskType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(testedContentsOfTask, id, page);
  }
}

/** The objects that a tested media version connects. */
@Resolver(() => TestedContentType)
export class TestedContentResolver {
  @FieldResolver(() => TaskType, { description: 'Task of kind TEST whose evidence covers the version.' })
  task(@Root() { taskId }: TestedContentType, @Ctx() { reads }: Context) {
    return reads.byId(taskRead, taskId);
  }

  @FieldResolver(() => DmlItemVersionType, { description: 'Tested version of a DML item.' })
  dmlItemVersion(@Root() { dmlItemVersionId }: TestedContentType, @Ctx() { reads }: Context) {
    return reads.byId(dmlItemVersionRead, dmlItemVersionId);
  }
}

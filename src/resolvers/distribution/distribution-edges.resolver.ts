import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { DistributionRunConnection } from '../../schema/distribution/distribution-run.type.js';
import { targetExecutionList } from '../../schema/distribution/target-execution.type.js';
import {
  DistributionContentType,
  distributionList,
  DistributionProgressType,
  DistributionType,
} from '../../schema/distribution/distribution.type.js';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { deploymentToolRead, furtherTools } from '../../reads/distribution/deployment-tool.reads.js';
import {
  distributionContents,
  distributionProgress,
  releaseDistributions,
} from '../../reads/distribution/distribution.reads.js';
import { eventsOf } from '../../reads/event.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { tasksOfDistribution } from '../../reads/release/task.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { deploymentToolList, DeploymentToolType } from '../../schema/distribution/deployment-tool.type.js';
import { DmlItemVersionType } from '../../schema/library/dml-item-version.type.js';
import { EventConnection } from '../../schema/event.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { taskList } from '../../schema/release/task.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import { WORK } from '../work.js';
import type { Context } from '../context.js';
import { dmlItemVersionRead } from '../../reads/library/dml-item-version.reads.js';
import { distributionRuns } from '../../reads/distribution/distribution-run.reads.js';
import { distributionTargets } from '../../reads/distribution/target-execution.reads.js';

const distributionEvents = eventsOf('Distribution');

/** Objects that a distribution refers to. */
@Resolver(() => DistributionType)
export class DistributionEdgesResolver {
  @FieldResolver(() => ReleaseType, { description: 'Release that is delivered.' })
  release(@Root() distribution: DistributionType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, distribution.releaseId);
  }

  @FieldResolver(() => DeploymentToolType, {
    description: 'Deployment tool of the distribution, for every wave without a tool of its own.',
  })
  deploymentTool(@Root() distribution: DistributionType, @Ctx() { reads }: Context) {
    return reads.byId(deploymentToolRead, distribution.deploymentToolId);
  }

  @FieldResolver(() => deploymentToolList.Connection, {
    description: 'Deployment tools that single waves can have in place of `deploymentTool`.',
  })
  furtherDeploymentTools(
    @Root() distribution: DistributionType,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(furtherTools, distribution.id, page);
  }

  @FieldResolver(() => PersonType, { description: 'Person who planned the distribution or last edited the plan.' })
  plannedBy(@Root() distribution: DistributionType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, distribution.plannedById);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Person who approved the distribution. Null if it is not approved.',
  })
  approvedBy(@Root() distribution: DistributionType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, distribution.approvedById);
  }

  @FieldResolver(() => [DistributionContentType], {
    complexity: WORK.facts,
    description: 'DML item versions to deliver, with their planned digests. At most 100.',
  })
  contents(@Root() distribution: DistributionType, @Ctx() { reads }: Context) {
    return reads.batch('distribution.contents', distributionContents, distribution.id);
  }

  @FieldResolver(() => taskList.Connection, {
    description:
      'Tasks of the release plan that start and end with the distribution. It starts after their predecessors.',
  })
  tasks(@Root() distribution: DistributionType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(tasksOfDistribution, distribution.id, page);
  }

  @FieldResolver(() => targetExecutionList.Connection, { description: 'Targets, each with its state and progress.' })
  targets(
    @Root() distribution: DistributionType,
    @ListArgs(targetExecutionList, 'as planned') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(distributionTargets, distribution.id, list);
  }

  @FieldResolver(() => DistributionRunConnection, { description: 'Attempts at the tool, from first to last.' })
  runs(@Root() distribution: DistributionType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(distributionRuns, distribution.id, page);
  }

  @FieldResolver(() => DistributionProgressType, {
    complexity: WORK.facts,
    description: 'Progress of the distribution, counted by targets.',
  })
  progress(@Root() distribution: DistributionType, @Ctx() { reads }: Context) {
    return reads.batch('distribution.progress', distributionProgress, distribution.id);
  }

  @FieldResolver(() => EventConnection, { description: 'History of the distribution and its targets, newest first.' })
  events(@Root() distribution: DistributionType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(distributionEvents, distribution.id, page);
  }
}

/** Objects that a content of a distribution refers to. */
@Resolver(() => DistributionContentType)
export class DistributionContentResolver {
  @FieldResolver(() => DmlItemVersionType, { description: 'DML item version to deliver.' })
  dmlItemVersion(@Root() content: DistributionContentType, @Ctx() { reads }: Context) {
    return reads.byId(dmlItemVersionRead, content.dmlItemVersionId);
  }
}

/** Distributions of a release. */
@Resolver(() => ReleaseType)
export class ReleaseDistributionsResolver {
  @FieldResolver(() => distributionList.Connection, { description: 'Distributions of the release, oldest first.' })
  distributions(
    @Root() release: ReleaseType,
    @ListArgs(distributionList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(releaseDistributions, release.id, list);
  }
}

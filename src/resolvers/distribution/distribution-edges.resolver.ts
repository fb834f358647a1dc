import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { DistributionRunConnection, targetExecutionList } from '../../schema/distribution/target-execution.type.js';
import {
  DistributionContentType,
  distributionList,
  DistributionProgressType,
  DistributionType,
} from '../../schema/distribution/distribution.type.js';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { deploymentToolRead } from '../../reads/distribution/deployment-tool.reads.js';
import {
  distributionContents,
  distributionProgress,
  releaseDistributions,
} from '../../reads/distribution/distribution.reads.js';
import { eventsOf } from '../../reads/event.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { DeploymentToolType } from '../../schema/distribution/deployment-tool.type.js';
import { DmlItemVersionType } from '../../schema/library/dml-item-version.type.js';
import { EventConnection } from '../../schema/event.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import type { Context } from '../context.js';
import { dmlItemVersionRead } from '../../reads/library/dml-item-version.reads.js';
import { distributionRuns } from '../../reads/distribution/distribution-run.reads.js';
import { distributionTargets } from '../../reads/distribution/target-execution.reads.js';

const distributionEvents = eventsOf('Distribution');

/** Where a distribution leads to. */
@Resolver(() => DistributionType)
export class DistributionEdgesResolver {
  @FieldResolver(() => ReleaseType, { description: 'The release it delivers.' })
  release(@Root() distribution: DistributionType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, distribution.releaseId);
  }

  @FieldResolver(() => DeploymentToolType, { description: 'The deployment tool it goes through.' })
  deploymentTool(@Root() distribution: DistributionType, @Ctx() { reads }: Context) {
    return reads.byId(deploymentToolRead, distribution.deploymentToolId);
  }

  @FieldResolver(() => PersonType, { description: 'Who planned it, or planned it anew last.' })
  plannedBy(@Root() distribution: DistributionType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, distribution.plannedById);
  }

  @FieldResolver(() => PersonType, { nullable: true, description: 'Who approved it.' })
  approvedBy(@Root() distribution: DistributionType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, distribution.approvedById);
  }

  @FieldResolver(() => [DistributionContentType], {
    description: 'What it delivers, with the digests it was planned with. At most 100.',
  })
  contents(@Root() distribution: DistributionType, @Ctx() { reads }: Context) {
    return reads.batch('distribution.contents', distributionContents, distribution.id);
  }

  @FieldResolver(() => targetExecutionList.Connection, { description: 'Its targets and how far each has come.' })
  targets(
    @Root() distribution: DistributionType,
    @ListArgs(targetExecutionList, 'as planned') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(distributionTargets, distribution.id, list);
  }

  @FieldResolver(() => DistributionRunConnection, { description: 'Its attempts at the tool, first to last.' })
  runs(@Root() distribution: DistributionType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(distributionRuns, distribution.id, page);
  }

  @FieldResolver(() => DistributionProgressType, { description: 'Its targets counted by state.' })
  progress(@Root() distribution: DistributionType, @Ctx() { reads }: Context) {
    return reads.batch('distribution.progress', distributionProgress, distribution.id);
  }

  @FieldResolver(() => EventConnection, { description: 'What happened to it and to its targets, newest first.' })
  events(@Root() distribution: DistributionType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(distributionEvents, distribution.id, page);
  }
}

/** Where a content of a distribution leads to. */
@Resolver(() => DistributionContentType)
export class DistributionContentResolver {
  @FieldResolver(() => DmlItemVersionType, { description: 'The DML item version.' })
  dmlItemVersion(@Root() content: DistributionContentType, @Ctx() { reads }: Context) {
    return reads.byId(dmlItemVersionRead, content.dmlItemVersionId);
  }
}

/** Distributions of a release. */
@Resolver(() => ReleaseType)
export class ReleaseDistributionsResolver {
  @FieldResolver(() => distributionList.Connection, { description: 'Its distributions, oldest first.' })
  distributions(
    @Root() release: ReleaseType,
    @ListArgs(distributionList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(releaseDistributions, release.id, list);
  }
}

import { Arg, Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { configurationItemRead } from '../reads/configuration-item.reads.js';
import { deploymentToolRead } from '../reads/deployment-tool.reads.js';
import {
  ciTargetExecutions,
  distributionContents,
  distributionProgress,
  distributionRead,
  distributionRunRead,
  distributionRuns,
  distributionTargets,
  releaseDistributions,
  targetExecutionRead,
  targetReports,
} from '../reads/distribution.reads.js';
import { dmlItemVersionRead } from '../reads/dml.reads.js';
import { eventsOf } from '../reads/event.reads.js';
import { executionInstallations } from '../reads/installation.reads.js';
import { personRead } from '../reads/person.reads.js';
import { releaseRead } from '../reads/release.reads.js';
import { ConfigurationItemType } from '../schema/configuration-item.type.js';
import { PageArgs } from '../schema/connection.js';
import { DeploymentToolType } from '../schema/deployment-tool.type.js';
import { DistributionConnection, DistributionContentType, DistributionFilter, DistributionOrder, DistributionProgressType, DistributionType } from '../schema/distribution.type.js';
import { DmlItemVersionType } from '../schema/dml-item-version.type.js';
import { EventConnection } from '../schema/event.type.js';
import { InstallationConnection } from '../schema/installation.type.js';
import { PersonType } from '../schema/person.type.js';
import { ReleaseType } from '../schema/release.type.js';
import {
  DistributionRunConnection,
  DistributionRunType,
  TargetExecutionConnection,
  TargetExecutionFilter,
  TargetExecutionOrder,
  TargetExecutionType,
  TargetReportConnection,
  TargetReportType,
} from '../schema/target-execution.type.js';
import type { Context } from './context.js';

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

  @FieldResolver(() => [DistributionContentType], { description: 'What it delivers, with the digests it was planned with. At most 100.' })
  contents(@Root() distribution: DistributionType, @Ctx() { reads }: Context) {
    return reads.batch('distribution.contents', distributionContents, distribution.id);
  }

  @FieldResolver(() => TargetExecutionConnection, { description: 'Its targets and how far each has come.' })
  targets(
    @Root() distribution: DistributionType,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => TargetExecutionFilter, { nullable: true, description: 'Which ones.' }) filter: TargetExecutionFilter | null,
    @Arg('orderBy', () => [TargetExecutionOrder], { nullable: true, description: 'In which order. Default: as planned.' }) orderBy: TargetExecutionOrder[] | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(distributionTargets, distribution.id, { page, filter, orderBy });
  }

  @FieldResolver(() => DistributionRunConnection, { description: 'Its attempts at the tool, first to last.' })
  runs(@Root() distribution: DistributionType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(distributionRuns, distribution.id, { page });
  }

  @FieldResolver(() => DistributionProgressType, { description: 'Its targets counted by state.' })
  progress(@Root() distribution: DistributionType, @Ctx() { reads }: Context) {
    return reads.batch('distribution.progress', distributionProgress, distribution.id);
  }

  @FieldResolver(() => EventConnection, { description: 'What happened to it and to its targets, newest first.' })
  events(@Root() distribution: DistributionType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(distributionEvents, distribution.id, { page });
  }
}

/** Where a content of a distribution leads to. */
@Resolver(() => DistributionContentType)
export class DistributionContentResolver {
  @FieldResolver(() => DmlItemVersionType, { description: 'The DML item version.' })
  version(@Root() content: DistributionContentType, @Ctx() { reads }: Context) {
    return reads.byId(dmlItemVersionRead, content.dmlItemVersionId);
  }
}

/** Where a run leads to. */
@Resolver(() => DistributionRunType)
export class DistributionRunResolver {
  @FieldResolver(() => DistributionType, { description: 'The distribution it is an attempt of.' })
  distribution(@Root() run: DistributionRunType, @Ctx() { reads }: Context) {
    return reads.byId(distributionRead, run.distributionId);
  }
}

/** Where a target execution leads to. */
@Resolver(() => TargetExecutionType)
export class TargetExecutionResolver {
  @FieldResolver(() => ConfigurationItemType, { description: 'The target.' })
  ci(@Root() execution: TargetExecutionType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, execution.ciId);
  }

  @FieldResolver(() => DistributionType, { description: 'The distribution it belongs to.' })
  distribution(@Root() execution: TargetExecutionType, @Ctx() { reads }: Context) {
    return reads.byId(distributionRead, execution.distributionId);
  }

  @FieldResolver(() => TargetReportConnection, { description: 'Everything that was reported about it, in the order in which it was recorded.' })
  reports(@Root() execution: TargetExecutionType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(targetReports, execution.id, { page });
  }

  @FieldResolver(() => InstallationConnection, { description: 'What it put on the target.' })
  installations(@Root() execution: TargetExecutionType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(executionInstallations, execution.id, { page });
  }
}

/** Where a report leads to. */
@Resolver(() => TargetReportType)
export class TargetReportResolver {
  @FieldResolver(() => TargetExecutionType, { description: 'The target it is about.' })
  targetExecution(@Root() report: TargetReportType, @Ctx() { reads }: Context) {
    return reads.byId(targetExecutionRead, report.targetExecutionId);
  }

  @FieldResolver(() => DistributionRunType, { description: 'The attempt it is about.' })
  run(@Root() report: TargetReportType, @Ctx() { reads }: Context) {
    return reads.byId(distributionRunRead, report.runId);
  }

  @FieldResolver(() => PersonType, { nullable: true, description: 'Who reported it; null for a tool and for the server itself.' })
  reportedBy(@Root() report: TargetReportType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, report.reportedById);
  }
}

/** Distributions of a release. */
@Resolver(() => ReleaseType)
export class ReleaseDistributionsResolver {
  @FieldResolver(() => DistributionConnection, { description: 'Its distributions, oldest first.' })
  distributions(
    @Root() release: ReleaseType,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => DistributionFilter, { nullable: true, description: 'Which ones.' }) filter: DistributionFilter | null,
    @Arg('orderBy', () => [DistributionOrder], { nullable: true, description: 'In which order. Default: oldest first.' }) orderBy: DistributionOrder[] | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(releaseDistributions, release.id, { page, filter, orderBy });
  }
}

/** Deliveries to a configuration item. */
@Resolver(() => ConfigurationItemType)
export class ConfigurationItemDeliveriesResolver {
  @FieldResolver(() => TargetExecutionConnection, { description: 'Deliveries to it, newest first.' })
  targetExecutions(
    @Root() ci: ConfigurationItemType,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => TargetExecutionFilter, { nullable: true, description: 'Which ones.' }) filter: TargetExecutionFilter | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(ciTargetExecutions, ci.id, { page, filter });
  }
}

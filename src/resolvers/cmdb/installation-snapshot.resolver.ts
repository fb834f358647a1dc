import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import {
  changesOfInstallationThen,
  ciSnapshotRead,
  distributionSnapshotRead,
  executionSnapshotRead,
  itemSnapshotRead,
  personSnapshotRead,
  previousInstallationRead,
  releaseSnapshotRead,
  toolSnapshotRead,
  versionSnapshotRead,
} from '../../reads/snapshot.reads.js';
import { PageArgs } from '../../schema/connection.js';
import {
  ChangeSnapshotConnection,
  ConfigurationItemSnapshotType,
  DeploymentToolSnapshotType,
  DistributionSnapshotType,
  DmlItemSnapshotType,
  DmlItemVersionSnapshotType,
  InstallationSnapshotType,
  PersonSnapshotType,
  PreviousInstallationSnapshotType,
  TargetExecutionSnapshotType,
  ReleaseSnapshotType,
} from '../../schema/snapshot.type.js';
import type { Context } from '../context.js';

/** What an installation consisted of, and where it came from. */
@Resolver(() => InstallationSnapshotType)
export class InstallationSnapshotResolver {
  @FieldResolver(() => ConfigurationItemSnapshotType, {
    nullable: true,
    description: 'Configuration item that had the installation. Null if it was not recorded.',
  })
  ci(@Root() installation: InstallationSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(installation).byId(ciSnapshotRead, installation.ciId);
  }

  @FieldResolver(() => DmlItemSnapshotType, {
    nullable: true,
    description: 'DML item that was installed. Null if it was not recorded.',
  })
  dmlItem(@Root() installation: InstallationSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(installation).byId(itemSnapshotRead, installation.dmlItemId);
  }

  @FieldResolver(() => DmlItemVersionSnapshotType, {
    nullable: true,
    description: 'DML item version that was installed. Null if it was not recorded.',
  })
  dmlItemVersion(@Root() installation: InstallationSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(installation).byId(versionSnapshotRead, installation.dmlItemVersionId);
  }

  @FieldResolver(() => ReleaseSnapshotType, {
    nullable: true,
    description: 'Release that delivered it. Null if there was none.',
  })
  release(@Root() installation: InstallationSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(installation).byId(releaseSnapshotRead, installation.releaseId);
  }

  @FieldResolver(() => ChangeSnapshotConnection, {
    description: 'Changes behind it: those of the release that had the configuration item as a target.',
  })
  changes(
    @Root() installation: InstallationSnapshotType,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() { reads }: Context,
  ) {
    return reads.in(installation).edge(changesOfInstallationThen, installation.id, page);
  }

  @FieldResolver(() => DistributionSnapshotType, {
    nullable: true,
    description: 'Distribution that delivered it. Null if there was none.',
  })
  distribution(@Root() installation: InstallationSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(installation).byId(distributionSnapshotRead, installation.distributionId);
  }

  @FieldResolver(() => TargetExecutionSnapshotType, {
    nullable: true,
    description: 'Delivery of the distribution to the item. Null if there was none.',
  })
  targetExecution(@Root() installation: InstallationSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(installation).byId(executionSnapshotRead, installation.targetExecutionId);
  }

  @FieldResolver(() => PreviousInstallationSnapshotType, {
    nullable: true,
    description: 'Installation that it had replaced. Null if it was the first.',
  })
  previous(@Root() installation: InstallationSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(installation).byId(previousInstallationRead, installation.previousId);
  }
}

/** What had been installed before. */
@Resolver(() => PreviousInstallationSnapshotType)
export class PreviousInstallationSnapshotResolver {
  @FieldResolver(() => DmlItemVersionSnapshotType, {
    nullable: true,
    description: 'DML item version that had been installed. Null if it was not recorded.',
  })
  dmlItemVersion(@Root() installation: PreviousInstallationSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(installation).byId(versionSnapshotRead, installation.dmlItemVersionId);
  }
}

/** The people and the tool of a distribution. */
@Resolver(() => DistributionSnapshotType)
export class DistributionSnapshotResolver {
  @FieldResolver(() => DeploymentToolSnapshotType, {
    nullable: true,
    description: 'Deployment tool that delivered it.',
  })
  deploymentTool(@Root() distribution: DistributionSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(distribution).byId(toolSnapshotRead, distribution.deploymentToolId);
  }

  @FieldResolver(() => PersonSnapshotType, { description: 'Person who planned the distribution.' })
  plannedBy(@Root() distribution: DistributionSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(distribution).byId(personSnapshotRead, distribution.plannedById);
  }

  @FieldResolver(() => PersonSnapshotType, {
    nullable: true,
    description: 'Person who approved the distribution. Null if nobody did.',
  })
  approvedBy(@Root() distribution: DistributionSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(distribution).byId(personSnapshotRead, distribution.approvedById);
  }
}

/** The resolvers of what was installed. */
export const INSTALLATION_SNAPSHOT_RESOLVERS = [
  InstallationSnapshotResolver,
  PreviousInstallationSnapshotResolver,
  DistributionSnapshotResolver,
] as const;

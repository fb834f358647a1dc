import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { installationList, InstallationType } from '../../schema/cmdb/installation.type.js';
import { changeList } from '../../schema/change/change.type.js';
import { Arg, Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { distributionRead } from '../../reads/distribution/distribution.reads.js';
import {
  ciCurrentInstallations,
  ciInstallations,
  installationChanges,
  installationRead,
  releaseInstallations,
  versionInstallations,
} from '../../reads/cmdb/installation.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { PageArgs } from '../../schema/connection.js';
import { DistributionType } from '../../schema/distribution/distribution.type.js';
import { DmlItemType } from '../../schema/library/dml-item.type.js';
import { DmlItemVersionType } from '../../schema/library/dml-item-version.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import { TargetExecutionType } from '../../schema/distribution/target-execution.type.js';
import type { Context } from '../context.js';
import { dmlItemRead } from '../../reads/library/dml-item.reads.js';
import { dmlItemVersionRead } from '../../reads/library/dml-item-version.reads.js';
import { targetExecutionRead } from '../../reads/distribution/target-execution.reads.js';

/** Queries on installations, and where an installation leads to. */
@Resolver(() => InstallationType)
export class InstallationResolver {
  @Authorized()
  @Query(() => installationList.Connection, { description: 'What runs and ran where, newest first.' })
  installations(@ListArgs(installationList, 'newest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(installationRead, list, [{ field: 'VALID_FROM', direction: 'DESC' }]);
  }

  @FieldResolver(() => DmlItemVersionType, { description: 'The version that is or was installed.' })
  dmlItemVersion(@Root() installation: InstallationType, @Ctx() { reads }: Context) {
    return reads.byId(dmlItemVersionRead, installation.dmlItemVersionId);
  }

  @FieldResolver(() => DmlItemType, { description: 'The product.' })
  dmlItem(@Root() installation: InstallationType, @Ctx() { reads }: Context) {
    return reads.byId(dmlItemRead, installation.dmlItemId);
  }

  @FieldResolver(() => ConfigurationItemType, { description: 'Where it is or was installed.' })
  ci(@Root() installation: InstallationType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, installation.ciId);
  }

  @FieldResolver(() => InstallationType, {
    nullable: true,
    description: 'What it replaced; null when there was nothing before.',
  })
  previous(@Root() installation: InstallationType, @Ctx() { reads }: Context) {
    return reads.byId(installationRead, installation.previousId);
  }

  @FieldResolver(() => ReleaseType, { nullable: true, description: 'The release that put it there.' })
  release(@Root() installation: InstallationType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, installation.releaseId);
  }

  @FieldResolver(() => DistributionType, { nullable: true, description: 'The distribution that put it there.' })
  distribution(@Root() installation: InstallationType, @Ctx() { reads }: Context) {
    return reads.byId(distributionRead, installation.distributionId);
  }

  @FieldResolver(() => TargetExecutionType, {
    nullable: true,
    description: 'The very delivery that put it there, with its reports.',
  })
  targetExecution(@Root() installation: InstallationType, @Ctx() { reads }: Context) {
    return reads.byId(targetExecutionRead, installation.targetExecutionId);
  }

  @FieldResolver(() => changeList.Connection, {
    description: 'The changes that asked for it: those of its release that name its configuration item as target.',
  })
  changes(@Root() installation: InstallationType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(installationChanges, installation.id, page);
  }
}

/** What runs on a configuration item. */
@Resolver(() => ConfigurationItemType)
export class ConfigurationItemInstallationsResolver {
  @FieldResolver(() => installationList.Connection, { description: 'What runs and ran on it, newest first.' })
  installations(
    @Root() ci: ConfigurationItemType,
    @ListArgs(installationList) list: ListInput,
    @Arg('current', () => Boolean, { defaultValue: false, description: 'Only what is there now.' }) current: boolean,

    @Ctx() { reads }: Context,
  ) {
    return reads.edge(current ? ciCurrentInstallations : ciInstallations, ci.id, list);
  }
}

/** Where a DML item version is installed. */
@Resolver(() => DmlItemVersionType)
export class DmlItemVersionInstallationsResolver {
  @FieldResolver(() => installationList.Connection, { description: 'Where it runs and ran, newest first.' })
  installations(
    @Root() version: DmlItemVersionType,
    @ListArgs(installationList) list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(versionInstallations, version.id, list);
  }
}

/** What a release installed. */
@Resolver(() => ReleaseType)
export class ReleaseInstallationsResolver {
  @FieldResolver(() => installationList.Connection, { description: 'What it put on its targets, newest first.' })
  installations(@Root() release: ReleaseType, @ListArgs(installationList) list: ListInput, @Ctx() { reads }: Context) {
    return reads.edge(releaseInstallations, release.id, list);
  }
}

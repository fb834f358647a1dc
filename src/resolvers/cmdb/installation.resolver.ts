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

/** Queries on installations, and the objects that they refer to. */
@Resolver(() => InstallationType)
export class InstallationResolver {
  @Authorized()
  @Query(() => installationList.Connection, { description: 'Lists current and past installations, newest first.' })
  installations(@ListArgs(installationList, 'newest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(installationRead, list, [{ field: 'VALID_FROM', direction: 'DESC' }]);
  }

  @FieldResolver(() => DmlItemVersionType, { description: 'DML item version that is or was installed.' })
  dmlItemVersion(@Root() installation: InstallationType, @Ctx() { reads }: Context) {
    return reads.byId(dmlItemVersionRead, installation.dmlItemVersionId);
  }

  @FieldResolver(() => DmlItemType, { description: 'DML item that is or was installed.' })
  dmlItem(@Root() installation: InstallationType, @Ctx() { reads }: Context) {
    return reads.byId(dmlItemRead, installation.dmlItemId);
  }

  @FieldResolver(() => ConfigurationItemType, { description: 'Configuration item that has or had the installation.' })
  ci(@Root() installation: InstallationType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, installation.ciId);
  }

  @FieldResolver(() => InstallationType, {
    nullable: true,
    description: 'Installation that this one replaced. Null if it is the first.',
  })
  previous(@Root() installation: InstallationType, @Ctx() { reads }: Context) {
    return reads.byId(installationRead, installation.previousId);
  }

  @FieldResolver(() => ReleaseType, {
    nullable: true,
    description: 'Release that delivered the installation. Null if there was none.',
  })
  release(@Root() installation: InstallationType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, installation.releaseId);
  }

  @FieldResolver(() => DistributionType, {
    nullable: true,
    description: 'Distribution that delivered the installation. Null if there was none.',
  })
  distribution(@Root() installation: InstallationType, @Ctx() { reads }: Context) {
    return reads.byId(distributionRead, installation.distributionId);
  }

  @FieldResolver(() => TargetExecutionType, {
    nullable: true,
    description: 'Target execution that delivered the installation, with its reports. Null if there was none.',
  })
  targetExecution(@Root() installation: InstallationType, @Ctx() { reads }: Context) {
    return reads.byId(targetExecutionRead, installation.targetExecutionId);
  }

  @FieldResolver(() => changeList.Connection, {
    description: 'Changes behind the installation: those of the release that have the configuration item as a target.',
  })
  changes(@Root() installation: InstallationType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(installationChanges, installation.id, page);
  }
}

/** Installations on a configuration item. */
@Resolver(() => ConfigurationItemType)
export class ConfigurationItemInstallationsResolver {
  @FieldResolver(() => installationList.Connection, {
    description: 'Current and past installations on the item, newest first.',
  })
  installations(
    @Root() ci: ConfigurationItemType,
    @ListArgs(installationList) list: ListInput,
    @Arg('current', () => Boolean, { defaultValue: false, description: 'Whether to list only current installations.' })
    current: boolean,

    @Ctx() { reads }: Context,
  ) {
    return reads.edge(current ? ciCurrentInstallations : ciInstallations, ci.id, list);
  }
}

/** Installations of a DML item version. */
@Resolver(() => DmlItemVersionType)
export class DmlItemVersionInstallationsResolver {
  @FieldResolver(() => installationList.Connection, {
    description: 'Current and past installations of the version, newest first.',
  })
  installations(
    @Root() version: DmlItemVersionType,
    @ListArgs(installationList) list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(versionInstallations, version.id, list);
  }
}

/** Installations of a release. */
@Resolver(() => ReleaseType)
export class ReleaseInstallationsResolver {
  @FieldResolver(() => installationList.Connection, {
    description: 'Installations that the release delivered to its targets, newest first.',
  })
  installations(@Root() release: ReleaseType, @ListArgs(installationList) list: ListInput, @Ctx() { reads }: Context) {
    return reads.edge(releaseInstallations, release.id, list);
  }
}

import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import { targetExecutionList, TargetExecutionType } from '../../schema/distribution/target-execution.type.js';
import { TargetReportConnection } from '../../schema/distribution/target-report.type.js';
import { installationList } from '../../schema/cmdb/installation.type.js';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { distributionRead } from '../../reads/distribution/distribution.reads.js';
import { executionInstallations } from '../../reads/cmdb/installation.reads.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { PageArgs } from '../../schema/connection.js';
import { DistributionType } from '../../schema/distribution/distribution.type.js';
import type { Context } from '../context.js';
import { ciTargetExecutions } from '../../reads/distribution/target-execution.reads.js';
import { targetReports } from '../../reads/distribution/target-report.reads.js';

/** Objects that a target execution refers to. */
@Resolver(() => TargetExecutionType)
export class TargetExecutionResolver {
  @FieldResolver(() => ConfigurationItemType, { description: 'Configuration item that is the target.' })
  ci(@Root() execution: TargetExecutionType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, execution.ciId);
  }

  @FieldResolver(() => DistributionType, { description: 'Distribution of the target.' })
  distribution(@Root() execution: TargetExecutionType, @Ctx() { reads }: Context) {
    return reads.byId(distributionRead, execution.distributionId);
  }

  @FieldResolver(() => TargetReportConnection, {
    description: 'Reports about the target, in the order of recording.',
  })
  reports(@Root() execution: TargetExecutionType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(targetReports, execution.id, page);
  }

  @FieldResolver(() => installationList.Connection, {
    description: 'Installations that the execution delivered to the target.',
  })
  installations(
    @Root() execution: TargetExecutionType,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(executionInstallations, execution.id, page);
  }
}

/** Deliveries to a configuration item. */
@Resolver(() => ConfigurationItemType)
export class ConfigurationItemDeliveriesResolver {
  @FieldResolver(() => targetExecutionList.Connection, {
    description: 'Deliveries to the configuration item, newest first.',
  })
  targetExecutions(
    @Root() ci: ConfigurationItemType,
    @ListArgs(targetExecutionList) list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(ciTargetExecutions, ci.id, list);
  }
}

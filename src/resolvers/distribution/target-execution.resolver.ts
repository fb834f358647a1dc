import { ListArgs } from '../../schema/list.js';
import type { ListInput } from '../../domain/list.js';
import {
  DistributionRunType,
  targetExecutionList,
  TargetExecutionType,
  TargetReportConnection,
  TargetReportType,
} from '../../schema/distribution/target-execution.type.js';
import { installationList } from '../../schema/cmdb/installation.type.js';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { distributionRead } from '../../reads/distribution/distribution.reads.js';
import { executionInstallations } from '../../reads/cmdb/installation.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { PageArgs } from '../../schema/connection.js';
import { DistributionType } from '../../schema/distribution/distribution.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import type { Context } from '../context.js';
import { ciTargetExecutions, targetExecutionRead } from '../../reads/distribution/target-execution.reads.js';
import { distributionRunRead } from '../../reads/distribution/distribution-run.reads.js';
import { targetReports } from '../../reads/distribution/target-report.reads.js';

/** Objects that a run refers to. */
@Resolver(() => DistributionRunType)
export class DistributionRunResolver {
  @FieldResolver(() => DistributionType, { description: 'Distribution of the attempt.' })
  distribution(@Root() run: DistributionRunType, @Ctx() { reads }: Context) {
    return reads.byId(distributionRead, run.distributionId);
  }
}

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

/** Objects that a report refers to. */
@Resolver(() => TargetReportType)
export class TargetReportResolver {
  @FieldResolver(() => TargetExecutionType, { description: 'Target of the report.' })
  targetExecution(@Root() report: TargetReportType, @Ctx() { reads }: Context) {
    return reads.byId(targetExecutionRead, report.targetExecutionId);
  }

  @FieldResolver(() => DistributionRunType, { description: 'Attempt of the report.' })
  run(@Root() report: TargetReportType, @Ctx() { reads }: Context) {
    return reads.byId(distributionRunRead, report.runId);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Person who reported. Null for a tool and for the server itself.',
  })
  reportedBy(@Root() report: TargetReportType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, report.reportedById);
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

import { DistributionRunType } from '../../schema/distribution/distribution-run.type.js';
import { TargetExecutionType } from '../../schema/distribution/target-execution.type.js';
import { TargetReportType } from '../../schema/distribution/target-report.type.js';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { personRead } from '../../reads/people/person.reads.js';
import { PersonType } from '../../schema/people/person.type.js';
import type { Context } from '../context.js';
import { targetExecutionRead } from '../../reads/distribution/target-execution.reads.js';
import { distributionRunRead } from '../../reads/distribution/distribution-run.reads.js';

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
